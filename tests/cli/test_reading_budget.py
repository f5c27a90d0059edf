"""What `plan`, `approve` and `status` say of the readings: what they cost, what their cap allows, and other ages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.house import TEXTS, House

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = House.build(tmp_path / "h", one=TEXTS["one"])
    made.write("one", post_gap="20m")
    made.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated"}
    read_at(made, "[15m, 1h]")
    return made


def read_at(house: House, ages: str) -> None:
    lines = [line for line in house.campaign.read_text("utf-8").splitlines() if not line.startswith("readings:")]
    house.campaign.write_text("\n".join(["readings: " + ages, *lines]) + "\n", "utf-8")


def at(house: House, moment: str) -> None:
    """Give its thread a time of its own, in Seoul."""
    house.write(f"one @ {moment}", post_gap="20m")
    read_at(house, "[15m, 1h]")


def test_a_plan_counts_the_reads_of_each_post_at_its_own_time(house: House) -> None:
    at(house, "2036-12-11 07:50")  # 22:50, 23:10 and 23:30 of UTC
    told = house.cli("plan", str(house.campaign)).stdout
    assert "reading them later, at 2 ages: $0.005 to $0.025 (5 reads, one a post and day (UTC)); " in told
    assert "; at most $0.02 more for asking 2 times, once a day, how many follow\n" in told
    data = json.loads(house.cli("plan", str(house.campaign), "--json").stdout)
    assert data["reading_usd"] == {"least": 0.005, "most": 0.045, "followers": 0.02}
    assert (data["reading_budgets"], data["readings"], data["readings_were"]) == ([], ["15m", "1h"], None)


@pytest.mark.parametrize(
    ("usd", "means"),
    (
        ("0", "$0.00 is spent this month (UTC): none of these readings will be taken"),
        ("0.002", "$0.002 is spent this month (UTC): not all of these readings will be taken"),
        ("0.01", "$0.01 is spent this month (UTC): maybe not all of these readings will be taken"),
        ("5", "$5.00 is spent this month (UTC)"),
    ),
)
def test_a_plan_says_what_the_cap_on_readings_means(house: House, usd: str, means: str) -> None:
    at(house, "2036-12-11 12:00")
    house.environment["AMPLIFIER_ACCOUNTS__MAIN__READINGS_MONTHLY_USD"] = usd
    line = f"reading budget of main: $0.00 of {means}\n"
    assert line in house.cli("plan", str(house.campaign)).stdout
    [data] = json.loads(house.cli("plan", str(house.campaign), "--json").stdout)["reading_budgets"]
    assert (data["account"], data["month_usd"]) == ("main", 0.0)
    assert line in house.cli("approve", str(house.campaign), "--yes").stdout
    read_at(house, "[]")
    assert "reading budget" not in house.cli("plan", str(house.campaign)).stdout


def test_other_ages_are_told_before_they_are_approved(house: House) -> None:
    file = str(house.campaign)
    assert "readings:" not in house.cli("plan", file).stdout
    house.cli("approve", file, "--yes")
    assert "readings:" not in house.cli("plan", file).stdout
    read_at(house, "[]")
    told = house.cli("plan", file).stdout
    assert "keep  one/main" in told
    assert "\nreadings: 15m, 1h -> none\n" in told
    data = json.loads(house.cli("plan", file, "--json").stdout)
    assert (data["readings"], data["readings_were"]) == ([], ["15m", "1h"])
    assert "\nreadings: 15m, 1h -> none\n" in house.cli("approve", file, "--yes").stdout
    assert "readings:" not in house.cli("plan", file).stdout
    read_at(house, "[90m, 24h, 48h, 36h]")
    assert "\nreadings: none -> 90m, 24h, 36h, 2d\n" in house.cli("plan", file).stdout


def test_status_tells_what_the_followers_will_cost(house: House) -> None:
    house.write("one", post_gap="0s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    house.cli("run", "--drain")
    told = house.cli("status").stdout
    assert (
        "readings of main: at most $0.00 this month (UTC), and at most $0.385 more for the posts that are out, " in told
    )
    assert ", $0.31 of it for asking once a day how many follow\n" in told
    [data] = json.loads(house.cli("status", "--json").stdout)["readings"]
    assert (data["ahead_usd"], data["ahead_followers_usd"]) == (0.385, 0.31)
