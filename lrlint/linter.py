"""One source through tree, program, rules and suppressions."""

from __future__ import annotations

from collections.abc import Sequence

from lrlint.finding import Finding
from lrlint.registry import RegisteredRule
from lrlint.source import Source
from lrlint.suppress import is_suppressed


def lint_source(source: Source, rules: Sequence[RegisteredRule]) -> tuple[Finding, ...]:
    """The findings of `rules` in `source`, sorted, without the suppressed ones."""
    from lrlint.program import build_program  # imports LibCST, so only for a file that needs it

    program = build_program(source)
    findings = (finding for registered in rules for finding in registered.check(program))
    kept = (finding for finding in findings if not is_suppressed(source, finding))
    return tuple(sorted(kept, key=lambda finding: finding.sort_key))
