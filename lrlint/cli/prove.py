"""`lrlint prove`: findings and rules, run on torch."""

from __future__ import annotations

import click

from lrlint.cli import completing


@click.command("prove")
@click.argument("paths", nargs=-1, required=True, metavar="PATH[:LINE]...", shell_complete=completing.path)
@click.option("--show", is_flag=True, help="Print the script that reproduces each finding.")
@click.option(
    "--extend-select", "select", metavar="RULE", multiple=True, help="Prove the findings of these rules as well."
)
@click.option(
    "--timeout", type=click.FloatRange(min=0.1), default=20.0, show_default=True, help="Seconds for one script."
)
@click.pass_context
def command(ctx: click.Context, paths: tuple[str, ...], show: bool, select: tuple[str, ...], timeout: float) -> None:
    """Run what was found on torch, as small scripts made from the code.

    Each finding of PATHS becomes a script of the loops, conditions, constructors and steps of the program, with dummy
    parameters for the model and without data. It runs on the installed torch, before and after the fix. Nothing else of
    the code is run.

    Exits with 0 if nothing was found, 1 if there are findings, 2 if something kept a file from being checked, and 3 if
    torch refutes a finding, which is a mistake of lrlint.
    """
    from lrlint.cli.prove_files import prove_files  # imports the whole linter, which `lrlint --help` does not need

    ctx.exit(prove_files(paths, show, select, timeout))
