"""The loop over files: bytes through gate, source, linter and fixes to one result each.

Whatever goes wrong within one file becomes a problem of that file, told in words, and the others go on.
"""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from lrlint.files import DiscoveredFile
from lrlint.finding import Finding
from lrlint.fix import fix_source
from lrlint.gate import rules_for
from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule
from lrlint.source import Source, UndecodableError
from lrlint.write import ChangedMeanwhileError, replace_file

ISSUES = "the project's issue tracker"


class Fixing(Enum):
    """What becomes of fixes: only safe ones are applied, or unsafe ones too, or none at all."""

    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a run found out about one file.

    `before` is the file as read and `source` the one after its fixes; both are None for a file that the
    gate dropped or that could not be read.  `findings` are those of `source`, `applied` those that fixes
    removed.  `problems` say, for people, what kept the file from being checked or repaired.
    """

    path: str
    before: Source | None = None
    source: Source | None = None
    findings: tuple[Finding, ...] = ()
    applied: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether fixes changed the text."""
        return self.before is not None and self.source is not None and self.before.text != self.source.text


def check_files(
    files: Iterable[DiscoveredFile],
    rules: Sequence[RegisteredRule],
    fixing: Fixing = Fixing.NONE,
    write: bool = False,
    named: Collection[Path] = (),
) -> Iterator[FileResult]:
    """The result of each file, in the order given; `write` puts the fixed text into the file.

    `named` are the paths that the user gave one by one: a file among them that is no text is a problem
    even where the gate shows that it can have no finding.
    """
    for file in files:
        yield _guarded(file.display, partial(_check_file, file, rules, fixing, write, file.path in named))


def check_bytes(
    path: str, data: bytes, rules: Sequence[RegisteredRule], fixing: Fixing = Fixing.NONE, named: bool = True
) -> FileResult:
    """The result of a file of these bytes; nothing is written.  `path` is what reports show."""
    return _guarded(path, partial(_check_bytes, path, data, rules, fixing, named))


def _guarded(path: str, check: Callable[[], FileResult]) -> FileResult:
    """What `check` returns, or what it raised as a problem."""
    try:
        with _collector_paused():
            return check()
    except UndecodableError as error:
        return FileResult(path, problems=(f"{path}: not checked: {error}",))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the native parser's panics are no Exception
        return FileResult(path, problems=(internal_error(path, error),))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """While a tree lives, the garbage collector would look through all of it again and again and find nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def internal_error(place: str, error: BaseException) -> str:
    """A sentence for people about an exception that is a mistake of lrlint."""
    return f"internal error in {place}: {_describe(error)}; please report it to {ISSUES}"


def _check_bytes(path: str, data: bytes, rules: Sequence[RegisteredRule], fixing: Fixing, named: bool) -> FileResult:
    candidates = rules_for(data, rules)
    if not candidates and not named:
        return FileResult(path)
    source = Source.from_bytes(path, data)
    if not candidates:
        return FileResult(path)
    if fixing is Fixing.NONE:
        return FileResult(path, source, source, lint_source(source, candidates))
    result = _fix(source, candidates, fixing)
    if result.is_changed and source.encode(source.text) != data:
        problem = f"{path}: not fixed: its encoding {source.encoding} can't write all of its bytes as they are"
        return FileResult(path, source, source, lint_source(source, candidates), problems=(problem,))
    return result


def _fix(source: Source, rules: Sequence[RegisteredRule], fixing: Fixing) -> FileResult:
    result = fix_source(source, lambda text: lint_source(text, rules), unsafe=fixing is Fixing.UNSAFE)
    problems = (f"{source.path}: not fixed: {result.problem}",) if result.problem else ()
    return FileResult(source.path, source, result.source, result.findings, result.applied, problems)


def _check_file(
    file: DiscoveredFile, rules: Sequence[RegisteredRule], fixing: Fixing, write: bool, named: bool
) -> FileResult:
    try:
        data = file.path.read_bytes()
    except OSError as error:
        return FileResult(file.display, problems=(f"{file.display}: cannot be read: {_reason(error)}",))
    result = check_bytes(file.display, data, rules, fixing, named)
    if not (write and result.is_changed):
        return result
    problem = _write(file, data, result)
    if problem is None:
        return result
    unfixed = check_bytes(file.display, data, rules)  # its findings are still there
    return replace(unfixed, problems=(problem, *unfixed.problems))


def _write(file: DiscoveredFile, data: bytes, result: FileResult) -> str | None:
    """Put the fixed text into the file; the problem, if it could not be."""
    assert result.source is not None
    try:
        replace_file(file.path, data, result.source.encode(result.source.text))
    except ChangedMeanwhileError as error:
        return f"{file.display}: not fixed: {error}"
    except OSError as error:
        return f"{file.display}: not fixed: it cannot be written: {_reason(error)}"
    return None


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else _describe(error)


def _describe(error: BaseException) -> str:
    """Class, message and place of an exception; some exceptions raise when they are made a string."""
    name = type(error).__name__
    try:
        text = f"{name}: {error}"
    except Exception:  # noqa: BLE001 - whatever its __str__ does
        text = name
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return " ".join(text.split()) + place
