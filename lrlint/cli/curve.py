"""`lrlint curve`: LR schedules, drawn."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from lrlint.cli import completing

_NO_METRIC = "1"
_SUFFIXES = (".py", ".pyi", ".ipynb")
_OF_SCHEDULES = {"steps": "--steps", "every": "--every", "metric": "--metric"}


@click.command("curve")
@click.argument("schedules", nargs=-1, required=True, metavar="SCHEDULE...|FILE", shell_complete=completing.path)
@click.option("--steps", type=click.IntRange(1), metavar="N", help="Draw so many steps of the optimizer.")
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Draw so many epochs.  [default in a file: 20]")
@click.option(
    "--steps-per-epoch",
    type=click.IntRange(1),
    metavar="N",
    help="The steps of the optimizer in an epoch.  [default: 1, in a file 5]",
)
@click.option(
    "--every",
    type=click.Choice(["step", "epoch"]),
    help="When the scheduler steps.  [default: each epoch, if these are counted; else, and in OneCycleLR and CyclicLR, "
    "each step]",
)
@click.option(
    "--metric",
    metavar="X,X,...",
    help=f"What ReduceLROnPlateau gets, one value a step of it; the last one stays.  [default: {_NO_METRIC}]",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Show two schedules as before and after; of a FILE its own, and those once it is fixed.",
)
@click.option("--log", "is_logarithmic", is_flag=True, help="A logarithmic scale for the LR.")
@click.option(
    "-o",
    "--output-file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a file instead of drawing here: its name ends in .png, .svg, .html or .csv.  Can be repeated.",
)
@click.pass_context
def command(
    ctx: click.Context,
    schedules: tuple[str, ...],
    steps: int | None,
    epochs: int | None,
    steps_per_epoch: int | None,
    every: str | None,
    metric: str | None,
    compare: bool,
    is_logarithmic: bool,
    files: tuple[Path, ...],
) -> None:
    """Draw LR schedules as torch computes them.

    A SCHEDULE is an expression: lrlint curve "OneCycleLR(SGD(lr=0.1), max_lr=0.1, total_steps=100)".  All optimizers
    and schedulers of torch can be in it, with numbers, lists, arithmetic, and lambdas of such.  Parameters can be left
    out; SGD([{"lr": 0.1}, {"lr": 0.01}]) has two groups.  Several schedules are drawn in one picture.

    A FILE is training code: drawn is what its loops, guards, constructors and steps do to the LR, for each optimizer
    and param group.  The model and the data are left out, and nothing else of the code is run; --epochs and
    --steps-per-epoch are for what the code does not tell.

    The schedule runs on the installed torch.  Without --steps or --epochs it is shown as long as it is.
    """
    if any(map(_is_file, schedules)):
        _draw_file(ctx, schedules, epochs, steps_per_epoch, compare, is_logarithmic, files)
        return
    if steps is not None and epochs is not None:
        raise click.UsageError("--steps and --epochs both say how long: give one of them")
    if every == "epoch" and epochs is None and steps_per_epoch is None:
        raise click.UsageError("--every epoch needs epochs: give --epochs or --steps-per-epoch")
    if compare and len(schedules) != 2:
        raise click.UsageError("--compare takes two schedules: before, after")
    from lrlint.cli.drawing import checked_files, deliver  # imports what `lrlint --help` does not need
    from lrlint.cli.schedules import Wish, chart_of

    checked_files(files)
    wish = Wish(steps, epochs, steps_per_epoch, every, metric)
    deliver(chart_of(schedules, wish, compare, is_logarithmic), files)


def _is_file(argument: str) -> bool:
    return argument.endswith(_SUFFIXES) or os.path.exists(argument)


def _draw_file(
    ctx: click.Context,
    given: Sequence[str],
    epochs: int | None,
    steps_per_epoch: int | None,
    is_comparing: bool,
    is_logarithmic: bool,
    files: Sequence[Path],
) -> None:
    """Draw what the code of a file does.  Raises UsageError for what is about typed schedules."""
    if len(given) > 1:
        raise click.UsageError("name one file, and no schedule beside it")
    for name, option in _OF_SCHEDULES.items():
        if ctx.params[name] is not None:
            raise click.UsageError(f"{option} is about schedules that are typed; a file tells it itself")
    from lrlint.cli.drawing import checked_files, deliver  # imports what `lrlint --help` does not need
    from lrlint.cli.followed import chart_of_file

    checked_files(files)
    chart = chart_of_file(given[0], epochs, steps_per_epoch, is_comparing)
    deliver(replace(chart, is_logarithmic=is_logarithmic), files)
