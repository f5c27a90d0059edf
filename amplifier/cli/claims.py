"""`claims scan`, and the group that `claims review` and `claims list` belong to."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplifier.cli.common import as_json_option, common, counted, locate, print_json, say

if TYPE_CHECKING:
    from amplifier.content.claims.model import Claim, Ledger

COMMANDS = {
    "scan": ("claims:claims_scan", "Find what the article of FILE asserts, and write it into its ledger."),
    "review": ("claims_review:claims_review", "Ask you about the claims that the posts of FILE make."),
    "list": ("claims_list:list_", "List each sentence of the posts, what it rests on, and how its claims stand."),
}
"""Each command: its module here and its name there, and the line that help shows for it."""


class ClaimsCommands(click.Group):
    """Finds the commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command's module when it is called for."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"amplifier.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=ClaimsCommands)
@common
def claims() -> None:
    """Keep the ledger of what the article asserts: scan, review, list.

    The ledger lies beside the campaign file, as NAME.claims.yaml.
    """


@click.command("scan")
@click.argument("file", type=click.Path(path_type=Path))
@as_json_option
@common
def claims_scan(file: Path, as_json: bool) -> None:
    """Find what the article of FILE asserts, and write it into its ledger.

    Numbers, quantities, ages, dates, quotations, names and attributions. What a person wrote there stays; where the
    article has changed, a signature does not count any more.
    """
    from amplifier.content.article import load_article  # noqa: PLC0415
    from amplifier.content.campaign import load_campaign  # noqa: PLC0415
    from amplifier.content.claims.ledger import ledger_path  # noqa: PLC0415
    from amplifier.content.claims.write import write_scan  # noqa: PLC0415
    from amplifier.content.files import shown  # noqa: PLC0415

    root = locate(file)[0].root
    campaign, _ = load_campaign(file, root)
    article = load_article(campaign.article, root, campaign.language)
    old, new = write_scan(campaign, article)
    found = _compared(old, new)
    path = shown(ledger_path(campaign), root)
    if as_json:
        data = {what: [_as_json(claim) for claim in listed] for what, listed in found.items()}
        print_json({"path": path, "written": old != new, **data})
        return
    click.echo(f"{path}: {counted(len(new.claims), 'claim')} in {counted(len(new.passages), 'sentence')}")
    for what, listed in found.items():
        if listed:
            click.echo(f"{what}: {len(listed)}")
            if what != "kept":
                for claim in listed:
                    click.echo(f"  {claim.id}  {claim.kind.value}: {claim.quote}")
    if found["void"]:
        say("void: signed once, but the sentence has changed; look at them again")
    say(f"next: amplifier claims review {file}")


def _compared(old: Ledger | None, new: Ledger) -> dict[str, list[Claim]]:
    """The claims by what the scan made of them."""
    before = {claim.id: claim for claim in old.claims} if old else {}
    after = {claim.id for claim in new.claims}
    void = [
        claim for claim in new.claims if claim.id in before and before[claim.id].checked_by and not claim.checked_by
    ]
    return {
        "new": [claim for claim in new.claims if claim.id not in before],
        "kept": [claim for claim in new.claims if claim.id in before and claim not in void],
        "void": void,
        "gone": [claim for claim in before.values() if claim.id not in after],
    }


def _as_json(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "kind": claim.kind.value,
        "quote": claim.quote,
        "status": claim.status.value,
        "standing": claim.standing.value,
    }
