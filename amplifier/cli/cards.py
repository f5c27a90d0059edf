"""Threads as cards in a terminal: each post in full, with its length and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amplifier.model import Finding, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.model import Mode, Thread

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def show_threads(threads: Sequence[Thread], modes: dict[str, Mode]) -> None:
    """Every post on stdout, unwrapped: what is shown can be copied."""
    for thread in threads:
        mode = modes[thread.account]
        title = f"{thread.id} · {thread.account} on {thread.network} · {mode.banner}"
        click.echo(click.style(title, bold=True))
        total = len(thread.posts)
        for post in thread.posts:
            about = f"{post.k}/{total} · {post.length} of {post.limit} · {post.origin}"
            click.echo(click.style(f"  ┌ {about}", dim=True))
            for line in post.text.split("\n"):
                click.echo(click.style("  │ ", dim=True) + line)
            click.echo(click.style("  └" if post.k == total else "  ├", dim=True))
        click.echo()


def threads_as_json(threads: Sequence[Thread], modes: dict[str, Mode]) -> list[dict[str, object]]:
    """The same as data."""
    return [
        {
            "campaign": thread.campaign,
            "thread": thread.id,
            "account": thread.account,
            "network": thread.network,
            "mode": modes[thread.account].value,
            "posts": [
                {
                    "k": post.k,
                    "n": len(thread.posts),
                    "text": post.text,
                    "length": post.length,
                    "limit": post.limit,
                    "origin": str(post.origin),
                }
                for post in thread.posts
            ],
        }
        for thread in threads
    ]


def show_findings(findings: Sequence[Finding], *, err: bool = False) -> None:
    """Findings, a line and a hint each."""
    for finding in findings:
        about = f"post {finding.post}: " if finding.post else ""
        level = click.style(finding.level.value, fg=COLOURS[finding.level])
        click.echo(f"{finding.place}: {level}: {about}{finding.message}", err=err)
        if finding.hint:
            click.echo(f"    {finding.hint}", err=err)


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
