"""The loop over files: bytes through gate, source, linter and fixes to one result each.

Whatever goes wrong within one file becomes a problem of that file, told in words, and the others go on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from pathlib import Path

from lrlint import disk
from lrlint.checker import Checker, PolicyOf, everything_counts
from lrlint.collector import collector_paused
from lrlint.failures import WorkerDiedError, describe
from lrlint.files import DiscoveredFile
from lrlint.finding import Finding
from lrlint.fix import FixResult, Lint, fix_source
from lrlint.guarded import ISSUES
from lrlint.ignore import Ignoring, ignore_findings
from lrlint.imports.finder import canonical
from lrlint.notebook import is_notebook, read_source
from lrlint.profile import stage
from lrlint.registry import RegisteredRule
from lrlint.source import Source, UndecodableError
from lrlint.write import ChangedMeanwhileError, replace_file


class Fixing(Enum):
    """What becomes of fixes: only safe ones are applied, or unsafe ones too, or none at all."""

    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"


Repair = Fixing | Ignoring
"""What becomes of findings: they are reported, repaired, or suppressed."""

Screen = Callable[[str, Source, Sequence[Finding]], Sequence[Finding]]
"""Gives those findings of a file, by its absolute path, that are the business of a run."""


def everything(path: str, source: Source, findings: Sequence[Finding]) -> Sequence[Finding]:
    """Let all findings through."""
    return findings


@dataclass(frozen=True, slots=True)
class FileResult:
    """What a run found out about one file.

    `before` is the file as read and `source` the one after its fixes; both are None for a file that the
    gate dropped or that could not be read.  `findings` are those of `source`, without the `hidden` ones that the run is
    not about, `applied` those that fixes removed.  `problems` say, for people, what kept the file from being checked or
    repaired, and `notes` what else is worth knowing.
    """

    path: str
    before: Source | None = None
    source: Source | None = None
    findings: tuple[Finding, ...] = ()
    applied: tuple[Finding, ...] = ()
    problems: tuple[str, ...] = ()
    hidden: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether fixes changed the text."""
        return self.before is not None and self.source is not None and self.before.text != self.source.text


def check_files(
    files: Iterable[DiscoveredFile],
    rules: Sequence[RegisteredRule],
    repair: Repair = Fixing.NONE,
    write: bool = False,
    named: Collection[str] = (),
    policy_of: PolicyOf = everything_counts,
    folders: Collection[str] = (),
    screen: Screen = everything,
    jobs: int = 1,
) -> Iterator[FileResult]:
    """The result of each file, in the order given; `write` puts the fixed text into the file.

    `policy_of` says what counts of all that `rules` find in a file, by its absolute path.  `named` are the paths,
    normalized, that the user gave one by one: a file among them that is no text is a problem even where the gate shows
    that it can have no finding; `folders` are the absolute paths of directories all of whose files are in the run.
    Only findings that `screen` lets through are reported and repaired.  `jobs` is the most processes to use.
    """
    listed = list(files)
    checker = checker_of(listed, rules, named, policy_of, folders)
    if jobs > 1 and repair is Fixing.NONE:
        checker.lint_ahead(jobs)
    yield from check_with(checker, listed, repair, write, named, screen)


def checker_of(
    files: Sequence[DiscoveredFile],
    rules: Sequence[RegisteredRule],
    named: Collection[str],
    policy_of: PolicyOf,
    folders: Collection[str],
) -> Checker:
    """The checker of a run, which is all about files on disk; the parameters are those of `check_files`."""
    paths = {file.absolute: file.display for file in files}
    is_named = any(os.path.normpath(file.path) in named for file in files)
    return Checker(paths, rules, named=is_named, policy_of=policy_of, folders=folders)


def check_with(
    checker: Checker,
    files: Iterable[DiscoveredFile],
    repair: Repair,
    write: bool,
    named: Collection[str],
    screen: Screen,
) -> Iterator[FileResult]:
    """The result of each of some files of a checker; the other parameters are those of `check_files`."""
    check = _Check(checker, repair, screen)
    for file in files:
        is_named = os.path.normpath(file.path) in named
        result = _guarded(file.display, partial(_check_file, file, check, write, is_named))
        yield replace(result, problems=(*result.problems, *checker.new_failures()))


def check_bytes(
    path: str,
    data: bytes,
    rules: Sequence[RegisteredRule],
    repair: Repair = Fixing.NONE,
    policy_of: PolicyOf = everything_counts,
    screen: Screen = everything,
) -> FileResult:
    """The result of a file of these bytes; nothing is written.  `path` is what reports show."""
    absolute = canonical(path)
    checker = Checker({absolute: path}, rules, named=True, policy_of=policy_of)
    result = _guarded(path, partial(_check_bytes, path, absolute, data, _Check(checker, repair, screen)))
    return replace(result, problems=(*result.problems, *checker.new_failures()))


def check_text(
    path: str, text: str, rules: Sequence[RegisteredRule], policy_of: PolicyOf, heeds_noqa: bool = True
) -> FileResult:
    """The result of a text in memory, without fixes: Python, or the JSON of a notebook if `path` is called so.

    `heeds_noqa`: comments `# noqa` silence findings in it.
    """
    absolute = canonical(path)
    checker = Checker({absolute: path}, rules, named=True, policy_of=policy_of, heeds_noqa=heeds_noqa)
    result = _guarded(path, partial(_check_text, path, absolute, text, _Check(checker, Fixing.NONE, everything)))
    return replace(result, problems=(*result.problems, *checker.new_failures()))


def _check_text(path: str, absolute: str, text: str, check: _Check) -> FileResult:
    data = text.encode("utf-8", "surrogatepass")
    source = read_source(path, data) if is_notebook(path) else Source.from_text(path, text)
    check.checker.add_source(absolute, source)
    return _check_source(source, absolute, data, check)


def _guarded(path: str, check: Callable[[], FileResult]) -> FileResult:
    """What `check` returns, or what it raised as a problem."""
    try:
        with collector_paused():
            return check()
    except (UndecodableError, WorkerDiedError) as error:
        return FileResult(path, problems=(f"{path}: not checked: {error}",))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the native parser's panics are no Exception
        return FileResult(path, problems=(internal_error(path, error),))


def internal_error(place: str, error: BaseException) -> str:
    """A sentence for people about an exception that is a mistake of lrlint."""
    return f"internal error in {place}: {describe(error)}; please report it to {ISSUES}"


@dataclass(frozen=True, slots=True)
class _Check:
    """What is done with each file of a run."""

    checker: Checker
    repair: Repair
    screen: Screen

    def problem(self, path: str, reason: str) -> str:
        """What has kept a file from being changed, for people."""
        return f"{path}: not {'suppressed' if isinstance(self.repair, Ignoring) else 'fixed'}: {reason}"

    def result(self, source: Source, absolute: str) -> FileResult:
        """What is found in a file as it is."""
        return self._screened(source, absolute, self.checker.findings(absolute))

    def unrepaired(self, source: Source, absolute: str, reason: str) -> FileResult:
        """The result of a file that stays as it is, with all its findings."""
        result = self._screened(source, absolute, self.checker.findings_with(absolute, source))
        return replace(result, problems=(self.problem(source.path, reason),))

    def repaired(self, source: Source, absolute: str) -> FileResult:
        """What repairs make of a file, and what is found in it then."""
        found: dict[str, Sequence[Finding]] = {}

        def lint(text: Source) -> Sequence[Finding]:
            # What comments in other files have become changes nothing here, so all are linted together as they came.
            is_known = text is source and isinstance(self.repair, Ignoring)
            checker = self.checker
            found[text.text] = checker.findings(absolute) if is_known else checker.findings_with(absolute, text)
            return self.screen(absolute, text, found[text.text])

        result = self._repair(source, lint)
        if unproven := self.checker.failed_rules & {finding.rule.code for finding in result.applied}:
            return self.unrepaired(source, absolute, f"{', '.join(sorted(unproven))} failed on the fixed file")
        problems = (self.problem(source.path, result.problem),) if result.problem else ()
        self.checker.add_source(absolute, result.source)  # the other files' findings are about what it has become
        hidden = _without(found[result.source.text], result.findings)
        notes = self._notes(source.path, absolute)
        return FileResult(source.path, source, result.source, result.findings, result.applied, problems, hidden, notes)

    def _notes(self, path: str, absolute: str) -> tuple[str, ...]:
        line = self.checker.unfinished(absolute)
        if line is None:
            return ()
        return (f"{path}: too much to follow, given up at line {line}: findings may be missing",)

    def _repair(self, source: Source, lint: Lint) -> FixResult:
        if isinstance(self.repair, Ignoring):
            return ignore_findings(source, lint, self.repair)
        return fix_source(source, lint, unsafe=self.repair is Fixing.UNSAFE)

    def _screened(self, source: Source, absolute: str, findings: Sequence[Finding]) -> FileResult:
        kept = tuple(self.screen(absolute, source, findings))
        return FileResult(
            source.path, source, source, kept, hidden=_without(findings, kept), notes=self._notes(source.path, absolute)
        )


def _without(findings: Iterable[Finding], others: Collection[Finding]) -> tuple[Finding, ...]:
    places: dict[object, list[Finding]] = {}
    for other in others:
        places.setdefault(other.sort_key, []).append(other)
    return tuple(finding for finding in findings if finding not in places.get(finding.sort_key, ()))


def _check_bytes(path: str, absolute: str, data: bytes, check: _Check) -> FileResult:
    source = read_source(path, data)
    check.checker.add_source(absolute, source)
    return _check_source(source, absolute, data, check)


def _check_source(source: Source, absolute: str, data: bytes, check: _Check) -> FileResult:
    if not check.checker.is_checked(absolute):
        return FileResult(source.path)
    if check.repair is Fixing.NONE:
        return check.result(source, absolute)
    result = check.repaired(source, absolute)
    if not result.is_changed or result.source is None:
        return result
    if source.into(data) != data:
        reason = f"its encoding {source.encoding} can't write all of its bytes as they are"
        return check.unrepaired(source, absolute, reason)
    reread = read_source(source.path, result.source.into(data))  # places in the file are those in the new one
    if reread != result.source:
        return check.unrepaired(source, absolute, "it would not be read as meant any more")
    return replace(result, source=reread)


def _check_file(file: DiscoveredFile, check: _Check, write: bool, named: bool) -> FileResult:
    absolute = file.absolute
    is_code = not is_notebook(file.display)
    if is_code and not named and not check.checker.is_checked(absolute) and check.checker.can_read(absolute):
        return FileResult(file.display)
    try:
        with stage("read"):
            data = disk.read(file.path)
    except OSError as error:
        return FileResult(file.display, problems=(f"{file.display}: cannot be read: {_reason(error)}",))
    if not (named and is_code) and not check.checker.is_checked(absolute):
        return FileResult(file.display)
    source = read_source(file.display, data)
    result = _check_source(source, absolute, data, check)
    if not result.is_changed:
        return result
    reason = _refusal(file) or (_write(file, data, result) if write else None)
    return result if reason is None else check.unrepaired(source, absolute, reason)


def _refusal(file: DiscoveredFile) -> str | None:
    """Why a file must not be written to, if it must not."""
    if file.outside is None:
        return None
    return f"it is a link to {file.outside}, outside of the given paths; name it to have it changed"


def _write(file: DiscoveredFile, data: bytes, result: FileResult) -> str | None:
    """Put the changed text into the file; the reason, if it could not be."""
    assert result.source is not None
    try:
        replace_file(Path(file.path), data, result.source.into(data))
    except ChangedMeanwhileError as error:
        return str(error)
    except OSError as error:
        return f"it cannot be written: {_reason(error)}"
    return None


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else describe(error)
