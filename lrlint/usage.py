"""What each suppression of a source is good for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from lrlint.comments import layout_of
from lrlint.edit import Edit
from lrlint.finding import Finding
from lrlint.registry import RegisteredRule
from lrlint.source import Source
from lrlint.suppress import Directive, Word, directives, directives_about, regions_about
from lrlint.suppression import Listed, Suppression, Use

_AFTER_DIRECTIVE = " \t:.,;-\u2013\u2014"
"""What people write between a suppression and its reason."""


def may_be_ours(directive: Directive, words: Collection[str]) -> bool:
    """Whether a suppression may be of no use to lrlint: it is lrlint's own, or has one of these codes and names."""
    return directive.is_own or any(word.text in words or word.text.lower() in words for word in directive.words or ())


def suppressions_of(
    source: Source, findings: Iterable[Finding], judged: Collection[str], rules: Sequence[RegisteredRule]
) -> tuple[Suppression, ...]:
    """The suppressions of a source that list anything.

    `findings` are all that was found in it, silenced or not; `judged` are the codes of those of `rules` of which that
    is all there is to find.
    """
    listing = [directive for directive in directives(source) if directive.words is not None]
    if not listing:
        return ()
    needed = set(_needed(source, findings))
    return tuple(_suppression(source, directive, needed, judged, rules) for directive in listing)


def _needed(source: Source, findings: Iterable[Finding]) -> Iterable[Word]:
    for finding in findings:
        for directive in directives_about(source, finding):
            yield from (word for word in directive.words or () if word.means(finding.rule))
        for region in regions_about(source, finding):
            yield from filter(None, (region.word, region.end))


def _suppression(
    source: Source,
    directive: Directive,
    needed: Collection[Word],
    judged: Collection[str],
    rules: Sequence[RegisteredRule],
) -> Suppression:
    words = directive.words or ()
    listed = tuple(Listed(word.text, _use(word, directive, needed, judged, rules)) for word in words)
    place = source.range(words[0].start, words[-1].end) if words else source.range(directive.end, directive.end)
    range_ = source.range(directive.start, directive.end)
    return Suppression(source.path, range_, listed, place, _removal(source, directive))


def _use(
    word: Word,
    directive: Directive,
    needed: Collection[Word],
    judged: Collection[str],
    rules: Sequence[RegisteredRule],
) -> Use:
    if word in needed:
        return Use.NEEDED
    rule = next((one.rule for one in rules if word.means(one.rule)), None)
    if rule is None:
        return Use.UNKNOWN if directive.is_own else Use.OPEN
    return Use.UNUSED if rule.code in judged else Use.OPEN


def _removal(source: Source, directive: Directive) -> Edit:
    """The edit that removes a suppression, and the comment if nothing else is in it."""
    start = source.line_starts[directive.line - 1]
    text = source.line_text(directive.line)
    at = directive.start - start
    rest = text[directive.end - start :].lstrip(_AFTER_DIRECTIVE)
    if rest:
        kept = "" if rest.startswith("#") else "# "
        return Edit(source.range(directive.start, start + len(text) - len(rest)), kept)
    before = text[:at].rstrip()
    if before or at >= layout_of(source).comments[directive.line]:
        return Edit(source.range(start + len(before), start + len(text)), "")
    line = source.range(start, start + len(text))
    after = source.line_starts[directive.line] if directive.line < len(source.line_starts) else line.end
    is_last = source.shown(line).source.text.strip() == text.strip()  # and the cell that held it has one line still
    return Edit(line if is_last else source.range(start, after), "")
