"""Where reports go: `--output-format FORMAT[:FILE]`, any number of times, and `--output-file`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from lrlint.files import SUFFIXES
from lrlint.report.formats import DEFAULT, FORMATS, Format, render
from lrlint.report.results import Results
from lrlint.write import write_file


@dataclass(frozen=True, slots=True)
class Output:
    """One report: its format, and the file that it is for; without, it is for standard output."""

    format: Format
    file: Path | None = None


def as_outputs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[Output, ...]:
    """The outputs that the values of `--output-format` mean.  Raises click.BadParameter."""
    return tuple(_as_output(value) for value in values)


def routed(outputs: Sequence[Output], file: str | None) -> tuple[Output, ...]:
    """The outputs of a run, the default one if none is asked for, with `--output-file` for the one on standard output.

    Raises click.UsageError where two outputs would be in the same place.
    """
    outputs = outputs or [Output(DEFAULT)]
    to_stdout = [output for output in outputs if output.file is None]
    if len(to_stdout) > 1:
        raise click.UsageError("only one format can go to standard output; give the others a file, as in `sarif:FILE`")
    if file is not None:
        if not to_stdout:
            raise click.UsageError("--output-file is for the format without a file of its own, and there is none")
        path = _as_path(file)
        outputs = [output if output.file else Output(output.format, path) for output in outputs]
    files = [output.file.absolute() for output in outputs if output.file]
    if len(files) > len(set(files)):
        raise click.UsageError("two formats can't go to the same file")
    return tuple(outputs)


def refuse_contradictions(outputs: Sequence[Output], diff: bool, statistics: bool) -> None:
    """Raises click.UsageError for outputs that can't be those of --diff or --statistics."""
    has_reports = any(output.file or not output.format.is_for_people for output in outputs)
    if diff and (has_reports or statistics):
        raise click.UsageError("--diff prints a diff alone, so it can't go with --statistics or reports for tools")
    for format_ in (output.format for output in outputs):
        if statistics and not (format_.is_for_people or format_.has_counts):
            raise click.UsageError(f"--statistics can't go with --output-format {format_.name}, which has no counts")


def stdout_format(outputs: Iterable[Output]) -> Format | None:
    """The format of the report on standard output, if there is one."""
    return next((output.format for output in outputs if output.file is None), None)


def write_files(outputs: Iterable[Output], results: Results) -> Iterator[str]:
    """Write the reports that are for files, without colours; the problems with that, for people."""
    for output in outputs:
        if output.file is None:
            continue
        text = render(output.format, results)
        try:
            write_file(output.file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            reason = error.strerror.lower() if error.strerror else str(error)
            yield f"{output.file}: the {output.format.name} report cannot be written: {reason}"


def _as_output(value: str) -> Output:
    name, colon, file = value.partition(":")
    if name not in FORMATS:
        import difflib  # for mistakes alone

        nearest = difflib.get_close_matches(name, FORMATS, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(FORMATS)}"
        raise click.BadParameter(f"there is no format {name!r}; {hint}")
    if colon and not file:
        raise click.BadParameter(f"a file is missing behind {value!r}")
    return Output(FORMATS[name], _as_path(file) if file else None)


def _as_path(file: str) -> Path:
    if not file or file.endswith(SUFFIXES):
        raise click.BadParameter(f"{file!r} is no file for a report; one with code would be overwritten")
    return Path(file)
