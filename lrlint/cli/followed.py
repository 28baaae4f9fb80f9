"""The schedules that the code of a file follows, run on torch and made a chart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lrlint.checker import Checker
from lrlint.cli import Failure
from lrlint.cli.reproducing import checker_for, configured
from lrlint.config.errors import ConfigError
from lrlint.curve.curves import Chart, Curve, compared, observed_curves
from lrlint.files import DiscoveredFile, MissingPathError, discover
from lrlint.fix import fix_source
from lrlint.notebook import is_notebook, read_source
from lrlint.report.counting import plural
from lrlint.report.terminal import visible
from lrlint.reproduction import NotReproducibleError, Reproduction, Settings, reproduce_schedule
from lrlint.reproduction.wholeness import NOT_WHOLE, is_of_script
from lrlint.runtime.evidence import Evidence, ObservationError, Observer, installed_torch
from lrlint.source import Source, UndecodableError

EPOCHS = 20
STEPS_PER_EPOCH = 5
_TIMEOUT = 60.0
_MOST_NOTES = 6


@dataclass(frozen=True, slots=True)
class _Followed:
    """One text of a file as a script, and what torch did with it."""

    script: Reproduction
    evidence: Evidence

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The LRs of the optimizers."""
        sites = self.script.optimizers
        places = [f"{visible(one.path)}:{one.line}" for one in sites]
        return observed_curves(self.evidence, [one.class_name for one in sites], places)


def chart_of_file(path: str, epochs: int | None, steps_per_epoch: int | None, is_comparing: bool) -> Chart:
    """The chart of the schedules that a file follows; `is_comparing`: and of those that it follows once it is fixed.

    `epochs` and `steps_per_epoch` are for what the code does not tell.  Raises Failure where there is none.
    """
    settings = Settings(epochs or EPOCHS, steps_per_epoch or STEPS_PER_EPOCH)
    try:
        with Observer() as observer:
            return _chart(path, settings, observer, is_comparing)
    except NotReproducibleError as error:
        raise Failure(f"{visible(path)}: its schedules can't be drawn: {error}") from None
    except (ConfigError, ObservationError, MissingPathError, UndecodableError) as error:
        raise Failure(str(error)) from None


def _chart(path: str, settings: Settings, observer: Observer, is_comparing: bool) -> Chart:
    file, checker = _file(path)
    source = _source(file, checker)
    before = _followed(checker, file, source, settings, observer)
    if not is_comparing:
        return Chart(file.display, before.curves, notes=tuple(_notes(before)))
    fixed, fixes = _fixed(source, file, checker)
    after = _followed(checker, file, fixed, settings, observer)
    curves = compared(before.curves, after.curves)
    return Chart(f"{file.display}, before and after {plural(fixes, 'fix')}", curves, notes=tuple(_notes(before)))


def _file(path: str) -> tuple[DiscoveredFile, Checker]:
    configuration = configured([path])
    files = discover([path], exclusion_of=configuration.exclusion).files
    if len(files) != 1 or not Path(path).is_file():
        raise Failure(f"{visible(path)}: name one file, the one whose schedules are to be drawn")
    return files[0], checker_for(files, configuration, [path])


def _source(file: DiscoveredFile, checker: Checker) -> Source:
    try:
        source = read_source(file.display, Path(file.path).read_bytes())
    except OSError as error:
        raise Failure(f"{file.display}: cannot be read: {error.strerror}") from None
    if is_notebook(file.display):
        checker.add_source(file.absolute, source)
    return source


def _fixed(source: Source, file: DiscoveredFile, checker: Checker) -> tuple[Source, int]:
    """The text with all fixes, unsafe ones too, and how many these are.  Raises Failure if there is none."""
    result = fix_source(source, lambda text: checker.findings_with(file.absolute, text), unsafe=True)
    if not result.applied:
        reason = result.problem or "nothing that is found in it has a fix"
        raise Failure(f"{file.display}: there is nothing to compare with: {reason}")
    return result.source, len(result.applied)


def _followed(
    checker: Checker, file: DiscoveredFile, source: Source, settings: Settings, observer: Observer
) -> _Followed:
    """What torch does with the schedules of a text, with tests of unknown outcome the other way if it steps nothing."""
    program = checker.program(file.absolute, source)
    script = reproduce_schedule(program, settings)
    found = _Followed(script, _observed(script, observer))
    for text, way in script.open_tests.items():
        if found.curves:
            return found
        script = reproduce_schedule(program, replace(settings, ways={text: not way}))
        found = _Followed(script, _observed(script, observer))
    if found.curves:
        return found
    raise NotReproducibleError(_error(found) or "no optimizer is stepped in it")


def _observed(script: Reproduction, observer: Observer) -> Evidence:
    with tempfile.TemporaryDirectory(prefix="lrlint-") as folder:
        path = Path(folder) / "schedules.py"
        path.write_text(script.text, encoding="utf-8")
        return observer.observe(path, _TIMEOUT, is_confined=True)


def _notes(followed: _Followed) -> Iterator[str]:
    """What torch said, and what was taken for granted."""
    if error := _error(followed):
        yield error
    for warning in followed.evidence.warnings:
        yield f"torch warns: {warning.category}: {warning.message}{_place(followed, warning.line)}"
    stand_ins = dict.fromkeys(f"{one.text} stands for {one.original}" for one in followed.script.stand_ins)
    yield from list(stand_ins)[:_MOST_NOTES]
    if len(stand_ins) > _MOST_NOTES:
        yield f"{len(stand_ins) - _MOST_NOTES} more stand for what the code does not tell."
    if any(text.startswith("range(") for text in stand_ins):
        yield "--epochs and --steps-per-epoch say how long loops are of which the code does not tell it."
    yield f"Computed by torch {installed_torch()}, from the loops and steps of the code, without its model and data."


def _error(followed: _Followed) -> str:
    error = followed.evidence.error
    if error is None:
        return ""
    told = f"{error.type}: {error.message}{_place(followed, error.line)}"
    if is_of_script(error, followed.script):
        return f"{NOT_WHOLE}: {told}"
    return f"torch raises: {told}" if error.is_of_torch else f"its script ends with {told}"


def _place(followed: _Followed, line: int | None) -> str:
    origin = followed.script.origin(line)
    return f" ({visible(origin[0])}:{origin[1]})" if origin is not None else ""
