"""`completion`: the shell's completion script."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from amplifier.cli.common import common


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), default="bash")
@common
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the shell's completion script.

    \b
    bash: amplifier completion bash > ~/.local/share/bash-completion/completions/amplifier
    zsh:  amplifier completion zsh > a folder of your $fpath, as _amplifier
    fish: amplifier completion fish > ~/.config/fish/completions/amplifier.fish
    """  # noqa: D301 - click reads the escape as "do not wrap"
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(found(ctx.find_root().command, {}, "amplifier", "_AMPLIFIER_COMPLETE").source())
