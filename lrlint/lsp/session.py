"""What is found in all open documents, kept from one key stroke to the next as far as it stays true."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lrlint.checker import Checker
from lrlint.collector import collector_paused
from lrlint.config.configuration import CommandLine, Configuration
from lrlint.config.errors import ConfigError, Place, with_slash, working_folder
from lrlint.config.exclusion import name_of
from lrlint.config.layer import Layer
from lrlint.config.nearest import is_top
from lrlint.config.values import layer_of
from lrlint.configured import name_shown
from lrlint.finding import Finding
from lrlint.fix import fix_source
from lrlint.lsp.documents import Document
from lrlint.registry import RegisteredRule, load_rules
from lrlint.run import internal_error
from lrlint.source import Source, UndecodableError

EDITOR = "the settings of the editor"


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What is found in a document; `problem` says, for people, why it could not be checked."""

    findings: tuple[Finding, ...] = ()
    problem: str | None = None


class Session:
    """Checks the open documents as the files of one run, each with the configuration around it.

    Configuration, other modules, and what was parsed are read again only after `forget`.
    """

    def __init__(self) -> None:
        self.rules: Sequence[RegisteredRule] = load_rules()
        self._layers: tuple[Layer, ...] = ()
        self._checker: Checker | None = None
        self._documents: Mapping[str, Document] = {}
        self._checked: dict[str, Checked] = {}
        self._files: frozenset[str] = frozenset()

    def configure(self, options: object) -> None:
        """Take options as those of a configuration file, with the last say.  Raises ConfigError."""
        self.forget()
        self._layers = ()
        place = Place(EDITOR, working_folder())
        if options is not None and not isinstance(options, dict):
            raise ConfigError(f"{EDITOR}: they must be an object with options as those of lrlint.toml")
        self._layers = (layer_of(options or {}, place, self.rules),)

    def forget(self) -> None:
        """Read all that lies on disk anew with the next check."""
        self._checker = None

    def check(self, documents: Mapping[str, Document]) -> Mapping[str, Checked]:
        """What is found in each document, by its path; the very object from before where nothing changed."""
        before, self._documents = self._documents, dict(documents)
        try:
            with collector_paused():
                for path in self._affected(before):
                    self._checked[path] = self._check(path)
        except Exception:
            self.forget()  # nothing is known of what was left half done
            raise
        return dict(self._checked)

    def fixed(self, document: Document, code: str | None) -> Source | str:
        """The source of a document with its safe fixes, or those of one rule; or why they can't be made."""
        if self._checker is None or document.path not in self._files:
            return f"{document.source.path}: it is not checked"
        checker = self._checker.with_source(document.path, document.source)

        def lint(source: Source) -> Sequence[Finding]:
            found = checker.findings_with(document.path, source)
            return [finding for finding in found if code is None or finding.rule.code == code]

        try:
            with collector_paused():
                result = fix_source(document.source, lint, unsafe=False)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the native parser's panics are no Exception
            return internal_error(document.source.path, error)
        return f"{document.source.path}: not fixed: {result.problem}" if result.problem else result.source

    def source(self, path: str) -> Source | None:
        """The text of a file of the project, by its absolute path; None where it can't be read."""
        return None if self._checker is None else self._checker.source(path)

    def _affected(self, before: Mapping[str, Document]) -> frozenset[str]:
        """The documents to check, since they, or others that they hang together with, are not as they were before."""
        changed = {path for path, document in self._documents.items() if document is not before.get(path)}
        is_same_run = self._checker is not None and self._documents.keys() == before.keys()
        if not is_same_run or any(self._checked[path].problem or self._unreadable(path) for path in changed):
            return self._start_anew()
        return frozenset[str]().union(*(self._take_over(path) for path in changed & self._files))

    def _take_over(self, path: str) -> frozenset[str]:
        """Take the new text of a document; gives those that hang together with it, or did so before."""
        assert self._checker is not None
        company = self._checker.company(path)
        self._checker = self._checker.with_source(path, self._documents[path].source)
        return company | self._checker.company(path)

    def _start_anew(self) -> frozenset[str]:
        """Read configuration and files anew; gives the documents to check."""
        configuration = Configuration(self.rules, CommandLine(self._layers))
        problems = {path: self._unreadable(path) or _misconfigured(path, configuration) for path in self._documents}
        self._checked = {path: Checked(problem=problem) for path, problem in problems.items()}
        self._files = frozenset(
            path for path, problem in problems.items() if problem is None and not _is_excluded(path, configuration)
        )
        rules = configuration.rules_in({_folder(path) for path in self._files})
        files = {path: self._documents[path].source.path for path in self._files}
        self._checker = Checker(files, rules, named=True, policy_of=configuration.policy, keeps_trees=True)
        for path in self._files:
            self._checker.add_source(path, self._documents[path].source)
        return self._files

    def _unreadable(self, path: str) -> str | None:
        """Why the text of a document can't be checked."""
        try:
            self._documents[path].source  # noqa: B018 - it is computed, and kept
        except UndecodableError as error:
            return f"{name_shown(path)}: not checked: {error}"
        return None

    def _check(self, path: str) -> Checked:
        assert self._checker is not None
        try:
            return Checked(self._checker.findings(path))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the native parser's panics are no Exception
            return Checked(problem=internal_error(name_shown(path), error))


def _misconfigured(path: str, configuration: Configuration) -> str | None:
    """What is wrong with the configuration of a file."""
    try:
        configuration.policy(path)
    except ConfigError as error:
        return str(error)
    return None


def _is_excluded(path: str, configuration: Configuration) -> bool:
    """Whether a file, or a folder around it in its project, is left out by its name.  Ignore files are not asked."""
    exclusion, place = configuration.exclusion(_folder(path)), path.replace(os.sep, "/")
    top = working_folder()
    while not exclusion.excludes(place, name_of(place)):
        place = place[: place.rfind("/", 0, -1) + 1]
        if place == top or is_top(place):
            return False
    return True


def _folder(path: str) -> str:
    return with_slash(os.path.dirname(path))
