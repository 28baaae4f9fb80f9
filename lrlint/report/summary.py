"""The last lines of a run: how many findings, and what `--fix` can do about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lrlint.finding import Finding
from lrlint.report.counting import nothing_found, plural
from lrlint.report.heading import is_fixable
from lrlint.report.terminal import Ink, Style, visible


def render(
    findings: Sequence[Finding],
    applied: Sequence[Finding],
    checked: int,
    unsafe: bool,
    style: Style,
    by_file: bool = False,
) -> str:
    """The summary of a run over `checked` files that left `findings` and removed the `applied` ones, which are told by
    file if `by_file`."""
    if not findings and not applied:
        return nothing_found(checked)
    parts = f" ({len(applied)} fixed, {len(findings)} left)" if applied else ""
    found = f"Found {plural(len(findings) + len(applied), 'finding')}{parts}."
    fixed = render_fixes(applied) if by_file else _fixed(applied)
    return f"{style.paint(found, Ink.STRONG)}\n{fixed}{_fixable(findings, unsafe, style)}"


def render_fix_only(applied: Sequence[Finding], checked: int, by_file: bool) -> str:
    """The summary of `--fix-only`, which tells nothing of what is left."""
    if not applied:
        return f"Nothing was fixed in {plural(checked, 'file')}.\n" if checked else "No Python file was checked.\n"
    return render_fixes(applied) if by_file else _fixed(applied)


def render_ignored(ignored: Sequence[Finding], left: int, checked: int) -> str:
    """The summary of `--add-ignore`, which has suppressed the `ignored` findings."""
    if not ignored and not left:
        return nothing_found(checked)
    files = plural(len({finding.path for finding in ignored}), "file")
    added = f"Suppressed {plural(len(ignored), 'finding')} in {files}.\n" if ignored else ""
    return f"{added}{plural(left, 'finding')} can't be suppressed.\n" if left else added


def render_fixes(applied: Sequence[Finding], intro: str = "Fixed") -> str:
    """What rules the fixes were of, by file, and how many; nothing if there were none."""
    if not applied:
        return ""
    files: dict[str, Counter[tuple[str, str]]] = {}
    for finding in applied:
        files.setdefault(finding.path, Counter())[finding.rule.code, finding.rule.name] += 1
    lines = [f"{intro} {plural(len(applied), 'finding')}:"]
    for path, counts in sorted(files.items()):
        lines.append(f"- {visible(path)}:")
        lines += (f"    {code} {name} ({number})" for (code, name), number in sorted(counts.items()))
    return "".join(f"{line}\n" for line in lines)


def render_diff(fixed: int, left: int, files: int) -> str:
    """The summary of `--diff`: what `--fix` would do to how many files."""
    rest = f"; {plural(left, 'finding')} would be left" if left else ""
    if not fixed:
        return f"Nothing would be fixed{rest}.\n"
    return f"{plural(fixed, 'finding')} would be fixed in {plural(files, 'file')}{rest}.\n"


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
