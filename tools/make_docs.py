"""Write what is generated from the code, or with --check say what is stale."""

from __future__ import annotations

import inspect
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplifier.cli import COMMANDS, main
from amplifier.content.rendering.tools import VALUES, Toolbox
from amplifier.content.schema import campaign_schema, ledger_schema_text
from amplifier.settings import AccountSettings, Settings
from amplifier.store.schema import view_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

ROOT = Path(__file__).parent.parent
NOTICE = "<!-- generated: `make docs` writes this page from the code -->\n\n"
VIEWS_INTRO = """\
The views are the contract: they may grow at their end, and never lose or rename a column.
Instants are UTC; NULL means not told or not yet, never 0.
"""
EXITS = """\
| code | meaning |
|---|---|
| 0 | done |
| 1 | failed, or something is held |
| 2 | the command cannot mean anything |
| 3 | the file has errors |
| 4 | needs a person's yes |
| 5 | an account is blocked |
| 75 | try later: waiting or paused |
| 78 | configuration |
"""


def pages() -> dict[Path, str]:
    """Every generated file and what it must hold."""
    return {
        ROOT / "docs" / "reference.md": reference(),
        ROOT / "docs" / "data.md": data(),
        ROOT / ".env.example": env_example(),
        ROOT / "campaigns" / "campaign.schema.json": json.dumps(campaign_schema(), ensure_ascii=False, indent=2) + "\n",
        ROOT / "campaigns" / "claims.schema.json": ledger_schema_text(),
    }


def reference() -> str:
    """Commands, exit codes, settings, campaign keys, template values and tools."""
    parts = [f"# Reference\n\n{NOTICE}", "## Exit codes\n\n", EXITS, "\n## Commands\n"]
    context = click.Context(main, info_name="amplifier", max_content_width=100)
    for name in COMMANDS:
        command = main.get_command(context, name)
        if command is None:
            raise SystemExit(f"no command {name}")
        parts += commands(command, f"amplifier {name}", context)
    parts += ["\n## Settings\n\n| variable | default | meaning |\n|---|---|---|\n", *settings_rows()]
    parts += ["\n## Campaign keys\n\n", *campaign_keys()]
    parts += ["\n## What templates see\n\n| value | what it is |\n|---|---|\n"]
    parts += [f"| `{name}` | {what} |\n" for name, what in VALUES.items()]
    parts += ["\n## What templates can call\n\n", *tool_rows()]
    return "".join(parts)


def commands(command: click.Command, path: str, parent: click.Context) -> Iterator[str]:
    """The help text of a command and of those under it."""
    context = click.Context(command, info_name=path, max_content_width=100)
    text = command.get_help(context)
    yield f"\n### `{path}`\n\n```text\n{text}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found:
                yield from commands(found, f"{path} {name}", parent)


def settings_rows() -> Iterator[str]:
    """Every variable with its default."""
    for name, field, default in variables():
        yield f"| `{name}` | {default or 'none'} | {field.description} |\n"


def variables() -> Iterator[tuple[str, FieldInfo, str]]:
    """Name, field and shown default of every setting, accounts last."""
    for name, field in Settings.model_fields.items():
        if name != "accounts":
            yield f"AMPLIFIER_{name.upper()}", field, shown(field.default)
    for name, field in AccountSettings.model_fields.items():
        yield f"AMPLIFIER_ACCOUNTS__<NAME>__{name.upper()}", field, shown(field.default)


def shown(default: Any) -> str:
    """A default as it would be written in `.env`."""
    if default is None:
        return ""
    return str(int(default)) if isinstance(default, bool) else str(default)


def env_example() -> str:
    """Every setting, commented out, with its meaning."""
    lines = [
        "# Copy to .env and keep it to yourself: chmod 600 .env",
        "# Without any of these Amplifier works as a dry run on X, in amplifier.db.",
    ]
    account = False
    for name, field, default in variables():
        if "<NAME>" in name and not account:
            account = True
            lines += ["", "# One block per account; MAIN is the account called main in campaign files."]
        lines += ["", f"# {field.description}", f"#{name.replace('<NAME>', 'MAIN')}={default}"]
    return "\n".join(lines) + "\n"


def campaign_keys() -> Iterator[str]:
    """Every key of a campaign file, with its description from the schema."""
    schema = campaign_schema()

    def rows(part: dict[str, Any], prefix: str) -> Iterator[str]:
        for name, key in part.get("properties", {}).items():
            yield f"| `{prefix}{name}` | {key.get('description', '')} |\n"
            inner = resolve(schema, key)
            if inner:
                yield from rows(inner, f"{prefix}{name}.")

    yield "| key | meaning |\n|---|---|\n"
    yield from rows(schema, "")


def resolve(schema: dict[str, Any], key: dict[str, Any]) -> dict[str, Any] | None:
    """The object that a key, or a list's items, refers to."""
    for candidate in (key, key.get("items", {}), *key.get("anyOf", []), *key.get("allOf", [])):
        name = candidate.get("$ref") or candidate.get("items", {}).get("$ref")
        if name:
            found: dict[str, Any] = schema["$defs"][name.rsplit("/", 1)[1]]
            return found
    return key if "properties" in key else None


def tool_rows() -> Iterator[str]:
    """Functions, filters, tests and blocks with their example."""
    box = Toolbox()
    kinds = {"functions": box.functions, "filters": box.filters, "tests": box.tests, "blocks": box.blocks}
    for title, tools in kinds.items():
        yield f"### {title}\n\n"
        for name, tool in tools.items():
            said = inspect.cleandoc(tool.__doc__ or "")
            yield f"- `{name}`: {' '.join(said.split())}\n"
        yield "\n"


def data() -> str:
    """The views, a line per column, from the comments in views.sql."""
    parts = [f"# Data\n\n{NOTICE}{VIEWS_INTRO}"]
    for statement in view_statements():
        name = re.search(r"CREATE VIEW (\w+)", statement)
        parts.append(f"\n## {name[1] if name else ''}\n\n| column | meaning |\n|---|---|\n")
        for column, meaning in re.findall(r"\bAS (\w+),?\s+-- (.+)", statement):
            parts.append(f"| `{column}` | {meaning.strip().replace('|', '/')} |\n")
    return "".join(parts)


def run(*, check: bool) -> int:
    """Write, or compare; 1 when something is stale."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(pages()[path], encoding="utf-8")
    if check and stale:
        print("next: make docs")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(run(check="--check" in sys.argv))
