"""Fingerprints: the same finding has the same one in the next run, also where lines have moved meanwhile."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from lrlint.finding import Finding
from lrlint.source import Source


def fingerprints(findings: Iterable[Finding], sources: Mapping[str, Source], of_path: bool = False) -> Iterator[str]:
    """The fingerprint of each finding, in hexadecimal digits: of its rule, its line of code whatever the white space,
    and which one of these it is in its file.

    They differ within a file, and with `of_path` also between files.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        key = (finding.path, finding.rule.code, _code(finding, sources.get(finding.path)))
        seen[key] += 1
        parts = [*(key if of_path else key[1:]), str(seen[key])]
        yield hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _code(finding: Finding, source: Source | None) -> str:
    if source is None or finding.range.line > len(source.line_starts):
        return ""
    return " ".join(source.line_text(finding.range.line).split())
