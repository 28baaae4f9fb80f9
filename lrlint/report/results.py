"""What a run has to report, the same for every output format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lrlint.finding import Finding
from lrlint.registry import RegisteredRule
from lrlint.report.statistics import Count
from lrlint.report.terminal import PLAIN, Style
from lrlint.source import Source
from lrlint.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Results:
    """The results of a run, and how to write them.

    `findings` are in the order of path, position and code; `applied` are those that fixes removed.  `sources` are the
    texts at hand and `rules` those of the run, by path and by code.  `checked` are the paths of the files that nothing
    kept from being checked; `problems` say, for people, what kept others.  `counts` are there if they are asked for.
    `proofs` are what torch said about findings, where it was asked.  `unsafe` says that `--fix` would apply unsafe
    fixes too, `note` tells people what is not reported, `notes` what may be missing, and `style` is for the formats for
    people.
    """

    findings: Sequence[Finding] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    rules: Mapping[str, RegisteredRule] = field(default_factory=dict)
    checked: Sequence[str] = ()
    applied: Sequence[Finding] = ()
    problems: Sequence[str] = ()
    counts: Sequence[Count] | None = None
    proofs: Mapping[Finding, Verdict] = field(default_factory=dict)
    unsafe: bool = False
    note: str = ""
    notes: Sequence[str] = ()
    style: Style = PLAIN

    def styled(self, style: Style) -> Results:
        """The same, to be written in this style."""
        return replace(self, style=style)
