"""`lrlint prove`: what the rules say, shown on the installed torch."""

from __future__ import annotations

from pathlib import Path

import click

from lrlint.cli import Failure, completing


@click.command("prove")
@click.argument("rules", nargs=-1, metavar="[RULE]...", shell_complete=completing.rule)
@click.option("--all", "wants_all", is_flag=True, help="Prove every rule.")
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder with a folder of cases for each rule.  [default: that of the pack; where it has none, the example "
    "on the page of the rule]",
)
@click.option(
    "--full/--brief",
    "is_full",
    default=None,
    help="Show what torch does with each case, or a line for each rule.  [default: --brief with --all, else --full]",
)
@click.pass_context
def command(
    ctx: click.Context, rules: tuple[str, ...], wants_all: bool, cases: Path | None, is_full: bool | None
) -> None:
    """Prove rules on the installed torch.

    A RULE is a code, a prefix of codes or a name.  Its cases are run before and after the fix: shown are what torch
    warns or raises, and the LR that each optimizer.step() really used.

    Exits with 0 if torch does what the rules claim, 1 if it does not, and 2 if no case could be run.
    """
    if wants_all and rules:
        raise click.UsageError("--all means every rule: leave out the others")
    if not wants_all and not rules:
        raise click.UsageError("name rules, as in `lrlint prove LR101`, or give --all")
    if cases is not None and not cases.is_dir():
        raise Failure(f"{cases}: there is no such folder")
    from lrlint.cli.prove_rules import prove_rules  # imports the whole linter, which `lrlint --help` does not need
    from lrlint.registry import ALL

    is_shown = not wants_all if is_full is None else is_full
    ctx.exit(0 if prove_rules([ALL] if wants_all else rules, cases, is_shown) else 1)
