"""`lrlint completion`: the script with which a shell completes command lines."""

from __future__ import annotations

import click

from lrlint.cli import Failure

_SHELLS = ("bash", "zsh", "fish")
_PROGRAM = "lrlint"


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes lrlint's command lines in a shell.

    \b
    bash  lrlint completion bash > ~/.local/share/bash-completion/completions/lrlint
    zsh   lrlint completion zsh > DIR/_lrlint, in a DIR of $fpath
    fish  lrlint completion fish > ~/.config/fish/completions/lrlint.fish

    It completes commands, options, rules, formats and releases of torch.
    """
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise Failure(f"click {click.__version__} has no completion for {shell}")
    completion = kind(ctx.find_root().command, {}, _PROGRAM, f"_{_PROGRAM.upper()}_COMPLETE")
    click.echo(ShellComplete.source(completion).strip())  # that of bash looks for a bash first
