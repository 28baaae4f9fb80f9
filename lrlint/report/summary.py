"""The last lines of a run: how many findings, and what `--fix` can do about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lrlint.finding import Finding
from lrlint.report.heading import is_fixable
from lrlint.report.terminal import Ink, Style


def render(findings: Sequence[Finding], applied: Sequence[Finding], checked: int, unsafe: bool, style: Style) -> str:
    """The summary of a run over `checked` files that left `findings` and removed the `applied` ones."""
    if not findings and not applied:
        return f"No findings in {plural(checked, 'file')}.\n" if checked else "No Python file was checked.\n"
    parts = f" ({len(applied)} fixed, {len(findings)} left)" if applied else ""
    found = f"Found {plural(len(findings) + len(applied), 'finding')}{parts}."
    return f"{style.paint(found, Ink.STRONG)}\n{_fixed(applied)}{_fixable(findings, unsafe, style)}"


def render_diff(fixed: int, left: int, files: int) -> str:
    """The summary of `--diff`: what `--fix` would do to how many files."""
    rest = f"; {plural(left, 'finding')} would be left" if left else ""
    if not fixed:
        return f"Nothing would be fixed{rest}.\n"
    return f"{plural(fixed, 'finding')} would be fixed in {plural(files, 'file')}{rest}.\n"


def plural(number: int, noun: str, ending: str = "s") -> str:
    """`1 file`, `2 files`; `ending` is what makes the plural."""
    return f"{number} {noun}{'' if number == 1 else ending}"


def _fixed(applied: Sequence[Finding]) -> str:
    if not applied:
        return ""
    counts = Counter(finding.rule.code for finding in applied)
    return f"Fixed {', '.join(f'{code} ({counts[code]})' for code in sorted(counts))}.\n"


def _fixable(findings: Sequence[Finding], unsafe: bool, style: Style) -> str:
    fixable = sum(is_fixable(finding, unsafe) for finding in findings)
    hidden = sum(is_fixable(finding, unsafe=True) for finding in findings) - fixable
    more = f" ({plural(hidden, 'hidden fix', 'es')} can be enabled with `--unsafe-fixes`)" if hidden else ""
    if fixable:
        return f"[{style.paint('*', Ink.MARK)}] {fixable} fixable with the `--fix` option{more}.\n"
    return f"No safe fixes{more}.\n" if hidden else ""
