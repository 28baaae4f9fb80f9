"""`--jobs`: how many processes a check uses."""

from __future__ import annotations

import os

import click


def _processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=_processors,
    metavar="N",
    help="Use up to N processes.  [default: the number of processors]",
)
