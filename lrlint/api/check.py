"""Checking texts and files: the same road that `lrlint check` takes, without its reports and fixes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from threading import Lock

from lrlint.api.findings import Finding, published
from lrlint.api.settings import Settings, configuration_of
from lrlint.configured import check_found, check_given_text, folders_in, name_shown
from lrlint.files import MissingPathError, discover
from lrlint.run import FileResult

_UNNAMED = "<source>"

_ONE_AT_A_TIME = Lock()
"""The limit of recursion and the filters of warnings belong to the whole process, so checks in threads take turns."""


class CheckError(Exception):
    """Something could not be checked.

    `problems` say, for people, what and why, a sentence each; `findings` are those of all that could be checked.
    """

    def __init__(self, problems: Sequence[str], findings: Sequence[Finding] = ()) -> None:
        super().__init__(tuple(problems), tuple(findings))
        self.problems = tuple(problems)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        return "\n".join(self.problems)


def check_source(
    source: str, path: str | os.PathLike[str] | None = None, settings: Settings | None = None
) -> list[Finding]:
    """What is found in a text, in the order of its places.

    `path` is where the text stands, or will: it decides which configuration holds, which modules imports mean, and what
    findings are called; the file need not be there, and is not read.  A text whose path ends in `.ipynb` is the JSON of
    a notebook.  A text that can't be parsed has the finding LR000.

    Raises ConfigError for a configuration that can't be used, and CheckError for a text that no file could hold, or
    that is no notebook.
    """
    name = _UNNAMED if path is None else name_shown(os.fspath(path))
    with _ONE_AT_A_TIME:
        configuration = configuration_of(settings or Settings())
        return _findings([check_given_text(name, source, configuration)], ())


def check_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], settings: Settings | None = None
) -> list[Finding]:
    """What is found in files, and in the Python files and notebooks in folders, in the order of paths and places.

    What is excluded and ignored is left out, as `lrlint check` does it.

    Raises ConfigError for a configuration that can't be used, and CheckError if a path is not there, or if a file or
    a folder could not be read; it has the findings of all others.
    """
    asked = [os.fspath(path) for path in ([paths] if isinstance(paths, str | os.PathLike) else paths)]
    with _ONE_AT_A_TIME:
        configuration = configuration_of(settings or Settings())
        try:
            discovery = discover(asked, exclusion_of=configuration.exclusion)
        except MissingPathError as error:
            raise CheckError([str(error)]) from None
        folders = () if discovery.problems else folders_in(asked)
        results = list(check_found(discovery.files, configuration, asked, folders=folders))
        return _findings(results, discovery.problems)


def _findings(results: Sequence[FileResult], problems: Sequence[str]) -> list[Finding]:
    """The findings of some files.  Raises CheckError where there are problems."""
    sources = {result.path: result.source for result in results if result.source is not None}
    findings = [published(finding, sources) for result in results for finding in result.findings]
    problems = [*problems, *(problem for result in results for problem in result.problems)]
    if problems:
        raise CheckError(problems, findings)
    return findings
