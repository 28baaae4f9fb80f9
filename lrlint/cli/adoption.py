"""The options of `lrlint check` with which a project takes up lrlint step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import click

from lrlint.cli import completing
from lrlint.ignore import Ignoring

_OPTIONS = (
    click.option(
        "--add-ignore",
        metavar="[=REASON]",
        help="Suppress what is found: add comments `# lrlint: ignore[...] REASON`.",
    ),
    click.option(
        "--baseline",
        metavar="FILE",
        shell_complete=completing.path,
        help="Do not report the findings that this file has.",
    ),
    click.option("--update-baseline", is_flag=True, help="Write what is found now into the baseline."),
    click.option(
        "--diff-base",
        metavar="REV",
        help="Only report what is on lines changed since the branch left this git revision.",
    ),
)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the command line says of adoption; the fields are those of the options above."""

    add_ignore: str | None
    baseline: str | None
    update_baseline: bool
    diff_base: str | None

    @property
    def ignoring(self) -> Ignoring | None:
        """How to suppress what is found, if that is asked for."""
        return None if self.add_ignore is None else Ignoring(self.add_ignore.strip())


def adoption_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def taken_from(options: dict[str, Any]) -> Adoption:
    """What a command gets of these options, which are taken from all of its options."""
    return Adoption(**{one.name: options.pop(one.name) for one in fields(Adoption)})


def refuse_misfits(adoption: Adoption, given: Mapping[str, bool], reads_stdin: bool, has_name: bool) -> None:
    """Raises click.UsageError for what can't go together; `given` says which options of the command are."""
    if adoption.add_ignore is not None:
        others = {**given, "--update-baseline": adoption.update_baseline}
        _refuse("--add-ignore suppresses what is found", others, "--statistics", "--output-format", "--output-file")
        if len(adoption.add_ignore.splitlines()) > 1:
            raise click.UsageError("the reason of --add-ignore must be one line, as a comment is")
    if adoption.update_baseline:
        _refuse("--update-baseline writes down what is found", {**given, "--diff-base": adoption.diff_base is not None})
        if reads_stdin:
            raise click.UsageError("--update-baseline is about files, so it can't go with standard input")
    if adoption.diff_base is not None and reads_stdin and not has_name:
        raise click.UsageError("--diff-base asks what file has changed: name standard input with --stdin-filename")


def _refuse(subject: str, given: Mapping[str, bool], *allowed: str) -> None:
    other = next((name for name, is_given in given.items() if is_given and name not in allowed), None)
    if other is not None:
        raise click.UsageError(f"{subject}, so it can't go with {other}")
