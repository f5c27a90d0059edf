"""`status`: in one screen what is next and what needs a person, each with the command that mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import as_json_option, banner, common, counted, iso, print_json, say, table, with_app
from amplifier.cli.status_lines import ONLINE, lines
from amplifier.engagement.costs import reading_costs
from amplifier.model import State
from amplifier.networks.prices import MILLION, usd, usd_of
from amplifier.publishing.delivery import BEAT as ALERT
from amplifier.publishing.metrics import prometheus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.app import App
    from amplifier.engagement.costs import Reading
    from amplifier.publishing.overview import Account, Overview

ROWS = 8
"""Accounts that the screen shows; `--json` has all."""
SCREEN = 40
"""Lines of a screen."""


@click.command()
@click.option("--prometheus", "as_metrics", is_flag=True, help="Print the figures in Prometheus' text format; exit 0.")
@as_json_option
@common
def status(as_json: bool, as_metrics: bool) -> None:
    """Say in one screen what is next, and what needs a person.

    The exit code serves monitoring: 0 well, 1 held or failed, nothing runs, or messages reach nobody, 5 an account is
    blocked, 75 paused, 78 live posts but live is off.
    """
    if as_json and as_metrics:
        raise click.UsageError("--json and --prometheus exclude each other")
    app = with_app()
    found = app.overview()
    if as_metrics:
        click.echo(prometheus(found), nl=False)
        return
    if as_json:
        print_json(_data(app, found, reading_costs(app.store, found.at)))
    else:
        _show(app, found, reading_costs(app.store, found.at))
    click.get_current_context().exit(found.exit_code)


def _data(app: App, found: Overview, readings: Sequence[Reading]) -> dict[str, Any]:
    return {
        "at": found.at,
        "exit_code": found.exit_code,
        "modes": sorted(mode.value for mode in app.modes()),
        "next_at": found.next_at,
        "blocked": sorted({account.name for account in found.blocked}),
        "unacknowledged": sum(1 + entry.behind for entry in found.stopped),
        "live_queued_but_off": found.live_off,
        "silent_since": found.silent,
        "accounts": [_account_data(account) for account in found.accounts],
        "readings": [
            {
                "account": one.account,
                "mode": one.mode,
                "month_usd": one.spent / MILLION,
                "ahead_usd": one.ahead / MILLION,
                "ahead_followers_usd": one.followers / MILLION,
                "monthly_usd": app.reading_budget(one.account),
            }
            for one in readings
        ],
        "troubled": [
            {
                "post": str(entry.address),
                "state": entry.state,
                "why": ": ".join(filter(None, (entry.why, entry.detail))),
                "since": entry.since,
                "out": entry.out,
                "behind": entry.behind,
                **entry.mend.data,
            }
            for entry in found.stopped
        ],
        "in_doubt": [
            {"post": str(doubt.address), "state": doubt.state, "worker": doubt.worker, "until": doubt.until}
            for doubt in found.doubts
        ],
        "trying": [
            {
                "post": str(one.address),
                "tries": one.tries,
                "since": one.since,
                "detail": one.detail,
                "held_at": one.held_at,
                "next": ONLINE,
            }
            for one in found.trying
        ],
        "alerts": {
            "undelivered": found.messages.undelivered,
            "oldest": found.messages.oldest,
            "tried": found.messages.tried,
            "detail": found.messages.detail,
            "given_up": found.messages.given_up,
        },
        "waiting_for_approval": [
            {"thread": str(one.address), "start": one.planned_at, "approved_by": one.names, "approvals": one.needed}
            for one in found.unsigned
        ],
        "restored": found.restore and {"copy_of": found.restore.copy_of, "noticed_at": found.restore.noticed_at},
        "paused": list(found.paused),
        "pause_file": found.pause_file,
        "beats": list(found.beats),
    }


def _account_data(account: Account) -> dict[str, Any]:
    own = account.budget
    return {
        "name": account.name,
        "mode": account.mode,
        **{state.value: account.posts.get(state, 0) for state in State},
        "deleted": account.deleted,
        "next": account.next_at,
        "next_post": str(account.next_post) if account.next_post else None,
        "blocked_at": account.blocked_at,
        "blocked_why": account.blocked_why,
        "wait_until": account.wait_until,
        "restored_from": account.look_from,
        "budget": own
        and {
            "month_usd": own.used.month_cost / 1e6,
            "promised_usd": own.used.open_cost / 1e6,
            "monthly_usd": own.caps.monthly_usd,
            "day_posts": own.used.day_posts,
            "promised_posts": own.used.open_posts,
            "daily_posts": own.caps.daily_posts,
            "until": own.until,
        },
    }


def _show(app: App, found: Overview, readings: Sequence[Reading]) -> None:
    modes = {account.mode for account in found.accounts}
    click.echo(f"{banner(modes)} · {app.store.shown} · live is {'on' if app.settings.live else 'off'}")
    if found.accounts:
        shown = [_row(account) for account in found.accounts[:ROWS]]
        columns = [
            name for name in ("account", "mode", "next", "post", "posts", "budget") if any(r[name] for r in shown)
        ]
        table(shown, columns, wraps=("posts",))
        for one in readings[:ROWS]:
            click.echo(_reading(app, one))
        if len(found.accounts) > ROWS:
            click.echo(f"and {counted(len(found.accounts) - ROWS, 'more account')}: amplifier status --json")
    else:
        click.echo("nothing was approved yet")
    for line in lines(
        found, app.workspace.pause_file, SCREEN - 4 - min(len(found.accounts), ROWS) - min(len(readings), ROWS)
    ):
        click.echo(line)
    click.echo(_last_beats(found))
    say(*_next(found))


def _reading(app: App, one: Reading) -> str:
    """What an account's readings cost, and its budget if it has one."""
    budget = app.reading_budget(one.account)
    of = "" if budget is None else f" of {usd(budget)}"
    spent = f"at most {usd_of(one.spent)}{of} this month (UTC)"
    followers = f", {usd_of(one.followers)} of it for asking once a day how many follow" if one.followers else ""
    more = f"at most {usd_of(one.ahead)} more for the posts that are out{followers}"
    return f"readings of {one.account}: {spent}, and {more}"


def _row(account: Account) -> dict[str, Any]:
    posts = {state.value: account.posts.get(state, 0) for state in State}
    posts |= {"sent": posts["sent"] - account.deleted, "deleted": account.deleted}
    own, budget = account.budget, ""
    if own and own.caps.monthly_usd is not None:
        budget = f"${(own.used.month_cost + own.used.open_cost) / 1e6:.2f} of ${own.caps.monthly_usd:.2f}"
    if own and own.caps.daily_posts is not None:
        budget += f"{', ' if budget else ''}{own.used.day_posts + own.used.open_posts} of {own.caps.daily_posts} today"
    return {
        "account": account.name,
        "mode": account.mode.banner,
        "next": account.next_at,
        "post": str(account.next_post) if account.next_post else None,
        "posts": ", ".join(f"{number} {state}" for state, number in posts.items() if number),
        "budget": budget or None,
    }


def _last_beats(found: Overview) -> str:
    """When each kind of runner was last seen, in each mode: readings go on where publishing has stopped."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for beat in found.beats:  # newest first
        if beat["kind"] == ALERT:
            continue
        newest.setdefault((beat["kind"], beat["mode"]), beat)
    told: dict[tuple[str, Any, str], list[str]] = {}
    for (kind, mode), beat in sorted(newest.items(), reverse=True):
        told.setdefault((kind, beat["at"], beat["worker"]), []).append(mode)
    said = [
        " ".join(filter(None, (kind, f"({', '.join(sorted(modes))})" if any(modes) else "", iso(at), "by", worker)))
        for (kind, at, worker), modes in told.items()
    ]
    return f"last beat: {'; '.join(said) or 'never'}"


def _next(found: Overview) -> list[str]:
    if found.exit_code:
        return []  # each command stands beside what it mends
    if not found.accounts:
        return ["next: amplifier check, preview and approve a campaign file"]
    if found.next_at is None:
        return ["next: amplifier report"]
    if found.next_at <= found.at:
        return ["next: amplifier run --drain"]
    return ["next: cron runs `amplifier run --once`, a server `amplifier run`"]
