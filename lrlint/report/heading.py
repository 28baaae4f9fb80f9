"""What every report for people says of a finding: where it is, which rule, and what is wrong."""

from __future__ import annotations

from lrlint.edit import Applicability
from lrlint.finding import Finding
from lrlint.report.terminal import PLAIN, Ink, Style, visible
from lrlint.rule import Severity
from lrlint.source import Range, Source

_INKS = {
    Severity.ERROR: Ink.ERROR,
    Severity.CORRECTNESS: Ink.ERROR,
    Severity.DEPRECATION: Ink.WARNING,
    Severity.STYLE: Ink.NOTE,
}


def ink_of(severity: Severity) -> Ink:
    """The colour in which a rule of this severity is shown."""
    return _INKS[severity]


def is_fixable(finding: Finding, unsafe: bool) -> bool:
    """Whether `--fix` applies the finding's fix; with `unsafe`, whether it does under `--unsafe-fixes`."""
    return finding.fix is not None and (unsafe or finding.fix.applicability is Applicability.SAFE)


def heading(finding: Finding, unsafe: bool, style: Style) -> str:
    """`CODE [*] message`, on one line."""
    code = style.link(style.paint(finding.rule.code, ink_of(finding.severity)), finding.rule.code)
    mark = f" [{style.paint('*', Ink.MARK)}]" if is_fixable(finding, unsafe) else ""
    return f"{code}{mark} {visible(finding.message)}"


def fix_note(finding: Finding, unsafe: bool, style: Style = PLAIN) -> str | None:
    """`fix: title` or `unsafe fix: title`, with the option that this takes unless it is given; None without a fix."""
    if finding.fix is None:
        return None
    is_safe = is_fixable(finding, unsafe=False)
    kind = style.paint("fix:" if is_safe else "unsafe fix:", Ink.STRONG)
    option = "" if is_safe or unsafe else " (--unsafe-fixes)"
    return f"{kind} {visible(finding.fix.title)}{option}"


def location(path: str, range_: Range, source: Source | None) -> str:
    """`path:line:column`, as terminals and editors make a link of; `path:cell 3:line:column` in a notebook."""
    if source is not None:
        shown = source.shown(range_)
        path, range_ = shown.source.path, shown.range
    return f"{visible(path)}:{range_.line}:{range_.column}"
