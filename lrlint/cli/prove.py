"""`lrlint prove`: rules and findings, shown on the installed torch."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import click

from lrlint.cli import Failure, completing

_LINE = re.compile(r":\d+\Z")
_CODE = re.compile(r"[A-Z]+\d*")
_SUFFIXES = (".py", ".pyi", ".ipynb")
_OF_RULES = {"cases": "--cases", "is_full": "--full/--brief"}
_OF_PATHS = {"show": "--show", "select": "--extend-select", "timeout": "--timeout"}


@click.command("prove")
@click.argument("asked", nargs=-1, metavar="[RULE|PATH[:LINE]]...", shell_complete=completing.rule)
@click.option("--all", "wants_all", is_flag=True, help="Rules: prove every one.")
@click.option(
    "--cases",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Rules: the folder with a folder of cases for each rule.  [default: that of the pack; where it has none, the "
    "example on the page of the rule]",
)
@click.option(
    "--full/--brief",
    "is_full",
    default=None,
    help="Rules: show what torch does with each case, or a line for each rule.  [default: --brief with --all, else "
    "--full]",
)
@click.option("--show", is_flag=True, help="Paths: print the script that reproduces each finding.")
@click.option(
    "--extend-select", "select", metavar="RULE", multiple=True, help="Paths: prove the findings of these rules as well."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.1),
    default=20.0,
    show_default=True,
    help="Paths: seconds for one script.",
)
@click.pass_context
def command(
    ctx: click.Context,
    asked: tuple[str, ...],
    wants_all: bool,
    cases: Path | None,
    is_full: bool | None,
    show: bool,
    select: tuple[str, ...],
    timeout: float,
) -> None:
    """Prove rules, or what is found in files, on torch.

    A RULE is a code, a prefix of codes or a name. Its cases are run before and after the fix: shown are what torch
    warns or raises, and the LR that each optimizer.step() really used. Exits with 0 if torch does what the rules claim,
    1 if it does not, and 2 if no case could be run.

    Each finding of a PATH becomes a script of the loops, conditions, constructors and steps of the program, with dummy
    parameters for the model and without data, which is run before and after the fix. Nothing else of the code is run.
    Exits with 0 if nothing was found, 1 if there are findings, 2 if something kept a file from being checked, and 3 if
    torch refutes a finding, which is a mistake of lrlint.
    """
    paths = [one for one in asked if _is_path(one)]
    if paths and (wants_all or len(paths) < len(asked)):
        raise click.UsageError("name either rules or paths, as in `lrlint prove LR101` or `lrlint prove train.py`")
    if not asked and not wants_all:
        raise click.UsageError(
            "name rules or paths, as in `lrlint prove LR101` or `lrlint prove train.py`, or give --all"
        )
    _refuse_given(ctx, _OF_RULES if paths else _OF_PATHS, "rules" if paths else "paths")
    if paths:
        from lrlint.cli.prove_files import prove_files  # imports the whole linter, which `lrlint --help` does not need

        ctx.exit(prove_files(asked, show, select, timeout))
    if wants_all and asked:
        raise click.UsageError("--all means every rule: leave out the others")
    ctx.exit(_prove_rules(asked, cases, is_full))


def _is_path(text: str) -> bool:
    """Whether an argument means a file or folder: it looks like one, or is there and is no code."""
    path = _LINE.sub("", text)
    return os.sep in path or path.endswith(_SUFFIXES) or (os.path.exists(path) and not _CODE.fullmatch(path))


def _refuse_given(ctx: click.Context, options: dict[str, str], kind: str) -> None:
    """Refuse options that are about something else than what is proved.  Raises UsageError."""
    default = click.core.ParameterSource.DEFAULT
    for name, option in options.items():
        if ctx.get_parameter_source(name) is not default:
            raise click.UsageError(f"{option} is about {kind}, of which none is named")


def _prove_rules(rules: Sequence[str], cases: Path | None, is_full: bool | None) -> int:
    if cases is not None and not cases.is_dir():
        raise Failure(f"{cases}: there is no such folder")
    from lrlint.cli.prove_rules import prove_rules  # as above
    from lrlint.registry import ALL

    is_shown = bool(rules) if is_full is None else is_full
    return 0 if prove_rules(rules or [ALL], cases, is_shown) else 1
