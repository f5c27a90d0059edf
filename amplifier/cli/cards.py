"""Threads as cards in a terminal: each post in full, with its length and where it comes from."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from amplifier.cli.common import plain
from amplifier.content.claims import traced
from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from amplifier.content.claims.gate import PostKey
    from amplifier.content.claims.model import Traced
    from amplifier.model import Mode, Thread

    Traces = Mapping[PostKey, Sequence[Traced]]

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def show_threads(
    threads: Sequence[Thread], modes: dict[str, Mode], traces: Traces | None = None, *, ledger: bool = True
) -> None:
    """Every post on stdout, unwrapped: what is shown can be copied. Below each, what its sentences rest on.

    `ledger`: whether there is one that they could rest on.
    """
    for thread in threads:
        mode = modes[thread.account]
        hook = f" · hook {thread.hook} of {len(thread.entry.hooks)}" if thread.hook else ""
        title = f"{thread.id} · {thread.account} on {thread.network} · {mode.banner}{hook}"
        click.echo(click.style(title, bold=True))
        total = len(thread.posts)
        for post in thread.posts:
            about = f"{post.k}/{total} · {post.length} of {post.limit} · {post.origin}"
            click.echo(click.style(f"  ┌ {about}", dim=True))
            for line in post.text.split("\n"):
                click.echo(click.style("  │ ", dim=True) + line)
            rests = traced.line((traces or {}).get((thread.id, thread.account, post.k), ()), ledger=ledger)
            click.echo(click.style(f"  {'└' if post.k == total else '├'} {rests}".rstrip(), dim=True))
        click.echo()


def threads_as_json(threads: Sequence[Thread], modes: dict[str, Mode], traces: Traces) -> list[dict[str, object]]:
    """The same as data."""
    return [
        {
            "campaign": thread.campaign,
            "thread": thread.id,
            "account": thread.account,
            "network": thread.network,
            "mode": modes[thread.account].value,
            "hook": thread.hook,
            "posts": [
                {
                    "k": post.k,
                    "n": len(thread.posts),
                    "text": post.text,
                    "length": post.length,
                    "limit": post.limit,
                    "origin": str(post.origin),
                    "sentences": traced.as_json(traces.get((thread.id, thread.account, post.k), ())),
                }
                for post in thread.posts
            ],
        }
        for thread in threads
    ]


def show_findings(findings: Sequence[Finding], *, err: bool = False) -> None:
    """Findings, a line each; the hint stands once below the last of those in a row that share it."""
    for finding, following in zip_longest(findings, findings[1:]):
        about = f"post {finding.post}: " if finding.post else ""
        level = click.style(finding.level.value, fg=COLOURS[finding.level])
        click.echo(f"{plain(str(finding.place))}: {level}: {plain(about + finding.message)}", err=err)
        if finding.hint and not (following and following.hint == finding.hint):
            click.echo(f"    {plain(finding.hint)}", err=err)


def findings_as_json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The same as data."""
    return [
        {
            "level": finding.level.value,
            "message": finding.message,
            "path": finding.place.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "hint": finding.hint,
            "post": finding.post,
        }
        for finding in findings
    ]
