"""What counts of that which is found in one file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lrlint.edit import Applicability
from lrlint.finding import Finding
from lrlint.rule import Rule
from lrlint.torch_api.target import Target


@dataclass(frozen=True, slots=True)
class Policy:
    """By code: the rules of a file, those of them whose fixes are not made, and those whose fixes are held for safe or
    unsafe whatever they say themselves.

    `rules` may be None, for all; `target` is the torch that the code runs on, None if the project tells.
    """

    rules: frozenset[str] | None = None
    unfixable: frozenset[str] = frozenset()
    safe: frozenset[str] = frozenset()
    unsafe: frozenset[str] = frozenset()
    target: Target | None = None

    def runs(self, rule: Rule) -> bool:
        """Whether the file is to have findings of a rule."""
        return self.rules is None or rule.code in self.rules

    def judge(self, finding: Finding) -> Finding | None:
        """The finding as the file is to have it; None if it is to have none of its rule."""
        code, fix = finding.rule.code, finding.fix
        if not self.runs(finding.rule):
            return None
        if fix is None:
            return finding
        if code in self.unfixable:
            return replace(finding, fix=None)
        applicability = self._applicability(code)
        if applicability in (None, fix.applicability):
            return finding
        return replace(finding, fix=replace(fix, applicability=applicability))

    def _applicability(self, code: str) -> Applicability | None:
        if code in self.unsafe:
            return Applicability.UNSAFE
        return Applicability.SAFE if code in self.safe else None
