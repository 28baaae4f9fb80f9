"""What the rules say about the programs of cases, each linted and fixed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lrlint.cases.case import bytes_of, name_in
from lrlint.config.policy import Policy
from lrlint.edit import Applicability
from lrlint.files import discover
from lrlint.finding import Finding
from lrlint.registry import RegisteredRule, select_rules
from lrlint.run import FileResult, Fixing, check_files
from lrlint.torch_api.target import newest_target

Results = Mapping[str, FileResult]
"""What a run found out about the files of a program, by their names in it."""


def on_newest_torch(path: str) -> Policy:
    """The policy of a file that the newest torch runs, whatever the project around it asks for."""
    return Policy(target=newest_target())


class Bench:
    """Checks programs that lie in the folders of rules, by the rules that are on by default and the folder's own one.

    The programs are meant for the torch that they are run on, not for all that a project around them takes; `policy_of`
    says which that is.  Nothing is written.
    """

    def __init__(self, rules: Sequence[RegisteredRule], policy_of: Callable[[str], Policy] = on_newest_torch) -> None:
        self._rules = rules
        self._policy_of = policy_of
        self._chosen: dict[str, tuple[RegisteredRule, ...]] = {}
        self._results: dict[tuple[Path, Fixing], Results] = {}

    def check(self, program: Path, fixing: Fixing = Fixing.NONE) -> Results:
        """What `lrlint check` says about the files of a program."""
        if (program, fixing) not in self._results:
            self._results[program, fixing] = self._check(program, fixing)
        return self._results[program, fixing]

    def _check(self, program: Path, fixing: Fixing) -> Results:
        if fixing is not Fixing.NONE and not any(finding.fix for finding in self.lint(program)):
            return self.check(program)  # nothing could be fixed
        files = discover([str(program)]).files
        results = check_files(files, self._rules_of(program.parent.name), fixing, policy_of=self._policy_of)
        return {name_in(program, Path(file.path)): result for file, result in zip(files, results, strict=True)}

    def _rules_of(self, code: str) -> tuple[RegisteredRule, ...]:
        if code not in self._chosen:
            self._chosen[code] = select_rules(self._rules, extend_select=[code])
        return self._chosen[code]

    def lint(self, program: Path) -> list[Finding]:
        """What `lrlint check` finds."""
        return [finding for result in self.check(program).values() for finding in result.findings]

    def problems(self, program: Path) -> list[str]:
        """What kept `lrlint check` from checking or fixing."""
        kinds = Fixing.NONE, Fixing.UNSAFE
        results = [result for fixing in kinds for result in self.check(program, fixing).values()]
        return list(dict.fromkeys(problem for result in results for problem in result.problems))

    def fixed_bytes(self, program: Path, fixing: Fixing) -> dict[str, bytes]:
        """The files of a program as `lrlint check --fix` leaves them."""
        after = bytes_of(program)
        for name, result in self.check(program, fixing).items():
            if result.source is not None:
                after[name] = result.source.encode(result.source.text)
        return after

    def fixes(self, program: Path) -> set[Applicability]:
        """The kinds of the fixes that `lrlint check --fix --unsafe-fixes` makes."""
        applied = [finding for result in self.check(program, Fixing.UNSAFE).values() for finding in result.applied]
        return {finding.fix.applicability for finding in applied if finding.fix}
