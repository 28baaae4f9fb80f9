"""The rules as a plugin of flake8, which finds it by its entry point; `docs/flake8.md` describes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache

from lrlint import __version__
from lrlint.api.check import CheckError
from lrlint.config.configuration import Configuration
from lrlint.configured import check_given_text, name_shown
from lrlint.registry import load_rules


class Plugin:
    """Checks one file for flake8.

    flake8 chooses the files, and which codes are shown and at which lines, so `# noqa` is left to it.  The rules that
    run, and all else, are those of lrlint's configuration around the file.
    """

    name = "lrlint"
    version = __version__

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        # flake8 takes `tree` as the sign that the plugin is about whole files that Python can parse.
        self._path = name_shown(filename)
        self._text = "".join(lines)

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """Line (from 1 on), column (from 0 on), and code and message of each finding.

        Raises ConfigError and CheckError, which flake8 shows with the name of the file.
        """
        result = check_given_text(self._path, self._text, _configuration(), heeds_noqa=False)
        if result.problems:
            raise CheckError(result.problems)
        for finding in result.findings:
            place = finding.range
            yield place.line, place.column - 1, f"{finding.rule.code} {finding.message}", type(self)


@cache
def _configuration() -> Configuration:
    """The configuration of all files that the process checks: flake8 starts one for each run."""
    return Configuration(load_rules())
