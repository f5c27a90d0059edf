from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from amplifier.cli.status_lines import lines
from amplifier.store import tables
from tests.support.house import House, Stage

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House.build(tmp_path / "w")
    built.write("one", "two", post_gap="0s")
    return built


def set_first(house: House, **values: object) -> None:
    """Bring the campaign's first post into a state that a network would have to bring it into."""
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.id == 1).values(**values))
    store.close()


def test_before_anything_is_approved_it_says_how_to_begin(house: House) -> None:
    told = house.cli("status")
    assert "nothing was approved yet" in told.stdout
    assert "last beat: never" in told.stdout
    assert "next: amplifier check, preview and approve" in told.stderr


def test_it_names_the_mode_the_counts_the_next_instant_and_the_next_command(house: House) -> None:
    house.cli("approve", str(house.campaign), "--yes")
    told = house.cli("status")
    assert told.stdout.startswith(f"DRY RUN · {house.root}/amplifier.db · live is off\n")
    assert "3 waiting, 2 queued" in told.stdout
    assert "  fence/one/main/1@dry  " in told.stdout, "an address that can be typed"
    assert "next: cron runs `amplifier run --once`" in told.stderr
    house.cli("approve", str(house.campaign), "--now", "--yes")
    assert "next: amplifier run --drain" in house.cli("status").stderr
    house.cli("run", "--drain")
    assert "next: amplifier report" in house.cli("status").stderr


def test_each_thing_that_needs_a_person_stands_beside_the_command_that_mends_it(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    set_first(house, state="held", why="perhaps sent", detail="two looks found nothing")
    told = house.cli("status", code=1)
    assert "held: fence/one/main/1@dry  perhaps sent: two looks found nothing\n" in told.stdout
    assert "    amplifier queue resolve fence/one/main/1@dry --sent URL\n    or: amplifier queue resolve" in told.stdout
    set_first(house, state="failed", why="refused", detail="too long")
    told = house.cli("status", code=1)
    assert "    first: mend the text; FILE is that of fence\n    amplifier approve FILE\n" in told.stdout
    set_first(house, state="held", why="late", detail="by an hour")
    assert (
        "    amplifier queue retry fence/one/main/1@dry\n"
        "    or: amplifier queue cancel fence/one/main/1@dry\n"
        "    or: amplifier queue ack fence/one/main/1@dry\n"
    ) in house.cli("status", code=1).stdout
    (troubled,) = json.loads(house.cli("status", "--json", code=1).stdout)["troubled"]
    assert (troubled["next"], len(troubled["or"])) == ("amplifier queue retry fence/one/main/1@dry", 2)
    set_first(house, acked_at=datetime.now(UTC))
    assert "amplifier queue retry" not in house.cli("status").stdout


def test_a_blocked_account_is_5_with_the_way_out(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    store = house.store()
    with store.write() as connection:
        connection.execute(
            update(tables.account).values(blocked_at=datetime(2026, 12, 1, tzinfo=UTC), blocked_why="suspended")
        )
    store.close()
    told = house.cli("status", code=5)
    assert "blocked: account main@dry since 2026-12-01T00:00:00Z: suspended" in told.stdout
    assert "amplifier account unblock main" in told.stdout
    assert json.loads(house.cli("status", "--json", code=5).stdout)["blocked"] == ["main"]


def test_an_unknown_post_is_shown_with_its_next_look_and_is_nobodys_fault_yet(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    look = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    set_first(house, state="unknown", why="perhaps sent", unknown_at=look, due_at=look)
    assert f"nothing: looked for at {look:%Y-%m-%dT%H:%M:%SZ}" in house.cli("status").stdout


def test_silence_of_the_publisher_is_not_hidden_by_a_reader_that_goes_on(house: House) -> None:
    house.cli("run", "--once")
    house.cli("collect")
    told = house.cli("status").stdout
    assert "last beat: publish " in told
    assert "; collect " in told


@pytest.mark.parametrize(
    ("blocked", "held", "paused", "code"), ((True, True, True, 5), (False, True, True, 1), (False, False, True, 75))
)
def test_the_worst_thing_decides_the_exit_code(
    house: House, blocked: bool, held: bool, paused: bool, code: int
) -> None:
    stage = Stage.open(house)
    stage.approve(at_once=True)
    with stage.app.store.write() as connection:
        if blocked:
            connection.execute(update(tables.account).values(blocked_at=stage.clock.now(), blocked_why="x"))
        if held:
            connection.execute(update(tables.post).where(tables.post.c.k == 1).values(state="held", why="late"))
        if paused:
            connection.execute(update(tables.pause).values(since=stage.clock.now() - timedelta(hours=1)))
    assert stage.app.overview().exit_code == code
    stage.app.close()


# ---------------------------------------------------------------- one screen


def stopped(house: House, threads: int, *reasons: str) -> None:
    """A campaign of so many threads, each held or failed at its first post for one of these reasons."""
    for number in range(threads):
        house.text(f"t{number}", f"Post one of {number}, about the fence.\n---\nPost two of {number}, about the rain.")
    house.write(*(f"t{number}" for number in range(threads)))
    house.cli("approve", str(house.campaign), "--now", "--yes")
    store = house.store()
    with store.write() as connection:
        for number in range(threads):
            why = reasons[number % len(reasons)]
            where = tables.post.c.thread_id == number + 1, tables.post.c.k == 1
            values = {"state": "failed" if why == "refused" else "held", "why": why}
            connection.execute(update(tables.post).where(*where).values(values))
            follows = tables.post.c.thread_id == number + 1, tables.post.c.k == 2
            connection.execute(update(tables.post).where(*follows).values(state="held", why="earlier post"))
    store.close()


def test_a_few_threads_are_named_each_with_what_waits_behind_them(house: House) -> None:
    stopped(house, 2, "perhaps sent", "over budget")
    told = house.cli("status", code=1).stdout
    assert "held: fence/t0/main/1@dry  perhaps sent (1 behind it)\n" in told
    assert "held: fence/t1/main/1@dry  over budget (1 behind it)\n" in told
    assert "    first: raise the account's cap\n    amplifier queue retry fence/t1/main/1@dry\n" in told
    assert told.count("earlier post") == 0


def test_many_are_told_together_and_it_stays_one_screen(house: House) -> None:
    stopped(house, 24, "late", "refused", "perhaps sent", "account blocked", "changed after approval")
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.account).values(blocked_at=datetime.now(UTC), blocked_why="suspended"))
        for number in range(12):
            connection.execute(
                tables.account.insert().values(name=f"other{number}", mode="dry", network="x", wait_until=None)
            )
    store.close()
    house.cli("pause", "--why", "the news")
    (house.root / "PAUSE").touch()
    told = house.cli("status", code=5)
    assert len(told.stdout.splitlines()) <= 40
    first = "fence/t0/main/1@dry"
    named = f"{first}, fence/t10/main/1@dry, fence/t15/main/1@dry and 2 more"
    assert f"held: late: 10 posts of 5 threads: {named}\n" in told.stdout
    assert f"    or: amplifier queue ack {first}\n    all: amplifier queue list --state held\n" in told.stdout
    data = json.loads(house.cli("status", "--json", code=5).stdout)
    assert len(data["troubled"]) == 24
    assert data["unacknowledged"] == 48
    assert data["exit_code"] == 5


def test_what_does_not_fit_is_counted(house: House) -> None:
    stopped(house, 4, "late")
    store = house.store()
    with store.write() as connection:
        for number in range(30):
            connection.execute(
                tables.pause.insert().values(scope="campaign", name=f"c{number}", since=datetime.now(UTC), who="Kim")
            )
        for number in range(30):
            made = (
                tables.account.insert()
                .values(name=f"a{number}", mode="dry", network="x")
                .returning(tables.account.c.id)
            )
            account = connection.execute(made).scalar_one()
            source = connection.execute(tables.post.select().limit(1)).mappings().one()
            values = {**source, "id": None, "account_id": account, "thread_id": source["thread_id"], "k": number + 10}
            values |= {"state": "cancelled", "why": "by a person"}
            connection.execute(tables.post.insert().values({k: v for k, v in values.items() if k != "id"}))
    store.close()
    told = house.cli("status", code=1).stdout.splitlines()
    assert len(told) <= 40
    assert any(line.startswith("and 23 more accounts: amplifier status --json") for line in told)
    assert any("more things: amplifier status --json" in line for line in told)


def test_what_goes_on_by_itself_says_until_when(house: House) -> None:
    stage = Stage.open(house, accounts__main__daily_posts="3", accounts__main__monthly_usd="1.5")
    stage.approve(at_once=True)
    stage.run()
    found = "\n".join(lines(stage.app.overview(), house.root / "PAUSE", 40))
    assert "over budget: account main until 2026-12-01T00:00:00Z: 3 of 3 posts a day are out or promised" in found
    assert "AMPLIFIER_ACCOUNTS__MAIN__MONTHLY_USD or __DAILY_POSTS" in found
    later = stage.clock.now() + timedelta(hours=1)
    with stage.app.store.write() as connection:
        connection.execute(update(tables.account).values(wait_until=later, look_from=later, restored_at=later))
        connection.execute(
            update(tables.post)
            .where(tables.post.c.state == "queued")
            .values(state="sending", worker="mail/once/1", lease_until=later)
        )
    found = "\n".join(lines(stage.app.overview(), house.root / "PAUSE", 40))
    assert "sending: fence/two/main/1@dry by mail/once/1, until 2026-11-30T13:00:00Z at the latest" in found
    assert "limited: account main until 2026-11-30T13:00:00Z" in found
    with stage.app.store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.state == "sending").values(state="queued"))
    found = "\n".join(lines(stage.app.overview(), house.root / "PAUSE", 40))
    assert "restored database: account main looks for what was sent since 2026-11-30T13:00:00Z before it sends" in found
    stage.app.close()


def test_what_is_tried_in_vain_is_named_with_what_to_look_at(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    since = datetime(2026, 11, 30, 16, 11, tzinfo=UTC)
    set_first(house, tries=4, first_tried_at=since, detail="no connection to X", due_at=datetime.now(UTC))
    assert (
        "trying again: fence/one/main/1@dry, 4 tries since 2026-11-30T16:11:00Z: no connection to X; held at "
        "2026-11-30T17:41:00Z\n    amplifier doctor --online\n"
    ) in house.cli("status").stdout
    (one,) = json.loads(house.cli("status", "--json").stdout)["trying"]
    assert (one["tries"], one["held_at"], one["next"]) == (4, "2026-11-30T17:41:00Z", "amplifier doctor --online")
    set_first(house, tries=1)
    assert ", 1 try since " in house.cli("status").stdout


def test_the_budget_stands_in_the_table(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.environment = {
        "AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS": "50", "AMPLIFIER_ACCOUNTS__MAIN__MONTHLY_USD": "20",
    }  # fmt: skip
    assert "$0.00 of $20.00, 0 of 50 today" in house.cli("status").stdout
    data = json.loads(house.cli("status", "--json").stdout)["accounts"][0]["budget"]
    assert (data["monthly_usd"], data["daily_posts"], data["day_posts"]) == (20.0, 50, 0)
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__DAILY_POSTS": "50"}
    assert "0 of 50 today" in house.cli("status").stdout


def test_a_silence_and_messages_that_reach_nobody_are_red(house: House) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    store = house.store()
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with store.write() as connection:
        connection.execute(update(tables.post).values(due_at=long_ago))
        connection.execute(
            tables.alert.insert().values(
                at=long_ago,
                kind="held",
                content='{"detail": "d"}',
                tries=3,
                next_at=long_ago,
                detail="it ended with exit code 1",
            )
        )
    told = house.cli("status", code=1).stdout
    assert "nothing runs: posts are due since" in told
    assert "1 message to you could not be delivered: it ended with exit code 1\n    amplifier alert --test" in told
    with store.write() as connection:
        connection.execute(update(tables.alert).values(next_at=None))
    store.close()
    assert "1 message to you reached nobody in the last week" in house.cli("status", code=1).stdout


@pytest.mark.parametrize("state", ("sending", "unknown"))
def test_a_post_in_doubt_that_no_run_deals_with_is_red_with_the_command_that_does(house: House, state: str) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    at = f"{until:%Y-%m-%dT%H:%M:%SZ}"
    set_first(house, state=state, worker="mail/once/7", lease_until=until, unknown_at=until)
    told = house.cli("status", code=1).stdout
    asked = "is cron, or the service, running?\n    amplifier run --once\n"
    assert f"nothing runs: posts are due since {at}; {asked}" in told
    first = "fence/one/main/1@dry"
    known = {"sending": f" by mail/once/7, which did not come back by {at}", "unknown": ""}[state]
    assert f"{state}: {first}{known}; a run looks whether it is out\n    amplifier run --once\n" in told


def test_prometheus_is_told_the_same_and_its_exit_code_is_0(house: House) -> None:
    stopped(house, 1, "late")
    told = house.cli("status", "--prometheus").stdout
    assert 'amplifier_posts{account="main",mode="dry",state="held"} 2\n' in told
    assert "amplifier_status 1\n" in told
    assert "exclude each other" in house.cli("status", "--prometheus", "--json", code=2).stderr


def test_live_posts_that_are_left_are_counted_and_a_runner_that_tells_is_no_publisher(house: House) -> None:
    stopped(house, 1, "by a person")
    house.environment = {"AMPLIFIER_ALERT_COMMAND": "/bin/true"}
    house.cli("run", "--once", code=1)
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.account).values(mode="live"))
        connection.execute(update(tables.post).values(mode="live", state="queued", why=None))
    store.close()
    told = house.cli("status", code=78).stdout
    assert "2 LIVE posts are queued but live is off\n    set AMPLIFIER_LIVE=1" in told
    assert "alert" not in told
    store = house.store()
    with store.write() as connection:
        connection.execute(update(tables.post).where(tables.post.c.k == 2).values(state="cancelled"))
    store.close()
    assert "1 LIVE post is queued but live is off" in house.cli("status", code=78).stdout


def test_a_run_leaves_the_figures_in_the_file(house: House) -> None:
    house.environment = {"AMPLIFIER_METRICS_FILE": "figures/amplifier.prom"}
    (house.root / "figures").mkdir()
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    told = (house.root / "figures/amplifier.prom").read_text("utf-8")
    assert 'amplifier_posts{account="main",mode="dry",state="sent"} 5\n' in told
    assert 'amplifier_last_beat_timestamp_seconds{kind="publish",mode="dry"}' in told
