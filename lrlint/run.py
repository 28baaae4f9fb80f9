"""The loop over files: bytes through gate, source, linter and fixes to one result each.

Whatever goes wrong within one file becomes a problem of that file, told in words, and the others go on.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from lrlint.checker import Checker, PolicyOf
from lrlint.collector import collector_paused
from lrlint.config.policy import Policy
from lrlint.files import DiscoveredFile
from lrlint.finding import Finding
from lrlint.fix import fix_source
from lrlint.notebook import is_notebook, read_source
from lrlint.program.finder import canonical
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
    policy_of: PolicyOf = lambda path: Policy(),
) -> Iterator[FileResult]:
    """The result of each file, in the order given; `write` puts the fixed text into the file.

    `policy_of` says what counts of all that `rules` find in a file, by its absolute path.  `named` are the paths that
    the user gave one by one: a file among them that is no text is a problem even where the gate shows that it can have
    no finding.
    """
    listed = list(files)
    paths = {canonical(file.path): file.display for file in listed}
    checker = Checker(paths, rules, named=any(file.path in named for file in listed), policy_of=policy_of)
    for file in listed:
        yield _guarded(file.display, partial(_check_file, file, checker, fixing, write, file.path in named))


def check_bytes(
    path: str,
    data: bytes,
    rules: Sequence[RegisteredRule],
    fixing: Fixing = Fixing.NONE,
    policy_of: PolicyOf = lambda path: Policy(),
) -> FileResult:
    """The result of a file of these bytes; nothing is written.  `path` is what reports show."""
    absolute = canonical(path)
    checker = Checker({absolute: path}, rules, named=True, policy_of=policy_of)
    return _guarded(path, partial(_check_bytes, path, absolute, data, checker, fixing))


def _guarded(path: str, check: Callable[[], FileResult]) -> FileResult:
    """What `check` returns, or what it raised as a problem."""
    try:
        with collector_paused():
            return check()
    except UndecodableError as error:
        return FileResult(path, problems=(f"{path}: not checked: {error}",))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the native parser's panics are no Exception
        return FileResult(path, problems=(internal_error(path, error),))


def internal_error(place: str, error: BaseException) -> str:
    """A sentence for people about an exception that is a mistake of lrlint."""
    return f"internal error in {place}: {_describe(error)}; please report it to {ISSUES}"


def _check_bytes(path: str, absolute: str, data: bytes, checker: Checker, fixing: Fixing) -> FileResult:
    source = read_source(path, data)
    checker.add_source(absolute, source)
    return _check_source(source, absolute, data, checker, fixing)


def _check_source(source: Source, absolute: str, data: bytes, checker: Checker, fixing: Fixing) -> FileResult:
    if not checker.is_checked(absolute):
        return FileResult(source.path)
    if fixing is Fixing.NONE:
        return FileResult(source.path, source, source, checker.findings(absolute))
    result = _fix(source, absolute, checker, fixing)
    if not result.is_changed or result.source is None:
        return result
    if source.into(data) != data:
        problem = f"{source.path}: not fixed: its encoding {source.encoding} can't write all of its bytes as they are"
        return _unfixed(source, absolute, checker, problem)
    reread = read_source(source.path, result.source.into(data))  # places in the file are those in the new one
    if reread != result.source:
        return _unfixed(source, absolute, checker, f"{source.path}: not fixed: it would not be read as meant any more")
    return replace(result, source=reread)


def _fix(source: Source, absolute: str, checker: Checker, fixing: Fixing) -> FileResult:
    lint = partial(checker.findings_with, absolute)
    result = fix_source(source, lint, unsafe=fixing is Fixing.UNSAFE)
    problems = (f"{source.path}: not fixed: {result.problem}",) if result.problem else ()
    checker.add_source(absolute, result.source)  # the other files' findings are about what it has become
    return FileResult(source.path, source, result.source, result.findings, result.applied, problems)


def _unfixed(source: Source, absolute: str, checker: Checker, problem: str) -> FileResult:
    """The result of a file that stays as it is, with all its findings."""
    return FileResult(source.path, source, source, checker.findings_with(absolute, source), problems=(problem,))


def _check_file(file: DiscoveredFile, checker: Checker, fixing: Fixing, write: bool, named: bool) -> FileResult:
    absolute = canonical(file.path)
    try:
        data = file.path.read_bytes()
    except OSError as error:
        return FileResult(file.display, problems=(f"{file.display}: cannot be read: {_reason(error)}",))
    if not (named and not is_notebook(file.display)) and not checker.is_checked(absolute):
        return FileResult(file.display)
    source = read_source(file.display, data)
    result = _check_source(source, absolute, data, checker, fixing)
    if not result.is_changed:
        return result
    problem = _refusal(file) or (_write(file, data, result) if write else None)
    return result if problem is None else _unfixed(source, absolute, checker, problem)


def _refusal(file: DiscoveredFile) -> str | None:
    """Why a file must not be written to, if it must not."""
    if file.outside is None:
        return None
    return f"{file.display}: not fixed: it is a link to {file.outside}, outside of the given paths; name it to fix it"


def _write(file: DiscoveredFile, data: bytes, result: FileResult) -> str | None:
    """Put the fixed text into the file; the problem, if it could not be."""
    assert result.source is not None
    try:
        replace_file(file.path, data, result.source.into(data))
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
