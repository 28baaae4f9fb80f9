"""`lrlint curve`: LR schedules, drawn."""

from __future__ import annotations

from pathlib import Path

import click

_NO_METRIC = "1"


@click.command("curve")
@click.argument("schedules", nargs=-1, required=True, metavar="SCHEDULE...")
@click.option("--steps", type=click.IntRange(1), metavar="N", help="Draw so many steps of the optimizer.")
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Draw so many epochs.")
@click.option(
    "--steps-per-epoch",
    type=click.IntRange(1),
    metavar="N",
    help="The steps of the optimizer in an epoch.  [default: 1]",
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
@click.option("--compare", is_flag=True, help="Show two schedules as before and after.")
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
def command(
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

    The schedule runs on the installed torch.  Without --steps or --epochs it is shown as long as it is.
    """
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
