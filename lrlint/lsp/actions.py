"""Code actions: repairs of single findings, all safe repairs, and comments that silence findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lsprotocol import types

from lrlint.edit import Applicability, Edit
from lrlint.finding import Finding
from lrlint.ignore import ignoring_edit
from lrlint.lsp.client import Client
from lrlint.lsp.diagnostics import Diagnostics
from lrlint.lsp.documents import Document, Part
from lrlint.source import Source

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.lrlint"

Edits = dict[str, list[types.TextEdit]]
"""The edits of each part of a document, by its address."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asks for: actions for a range of the part at `uri`, of some kinds or (None) of all."""

    uri: str
    range: types.Range
    kinds: Sequence[str] | None

    def wants(self, kind: str) -> bool:
        """Whether the client wants actions of a kind; asked for one, it wants those that are more special, too."""
        return self.kinds is None or any(kind == asked or kind.startswith(f"{asked}.") for asked in self.kinds)


class Actions:
    """Makes the actions for one document, of which some findings are known."""

    def __init__(
        self, client: Client, diagnostics: Diagnostics, document: Document, findings: Sequence[Finding]
    ) -> None:
        self._client = client
        self._diagnostics = diagnostics
        self._document = document
        self._findings = findings

    def offered(self, request: Request) -> Iterator[types.CodeAction]:
        """The actions that a request is about.  Those that make all fixes have no edits yet, but `data`."""
        here = [finding for finding in self._findings if self.is_at(finding, request.uri, request.range)]
        if request.wants(types.CodeActionKind.QuickFix.value):
            for finding in here:
                yield from self._repairs(finding)
            for code in dict.fromkeys(finding.rule.code for finding in here):
                yield from self._all_of_rule(code)
            yield from self._silencers(here)
        if request.wants(FIX_ALL) and any(map(_is_safe, self._findings)):
            yield self._lazy("lrlint: make all safe fixes", FIX_ALL, None)

    def is_at(self, finding: Finding, uri: str, range_: types.Range) -> bool:
        """Whether a finding touches a range of the part at an address."""
        spot = self._document.spot(finding.range)
        own = self._client.positions.range(spot.source, spot.range)
        return spot.part.uri == uri and own.start <= range_.end and range_.start <= own.end

    def workspace_edit(self, edits: Edits) -> types.WorkspaceEdit:
        """Edits as the client takes them."""
        if not self._client.versions_edits:
            return types.WorkspaceEdit(changes=edits)
        versions = {part.uri: part.version for part in self._document.parts}
        changes = (
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, versions[uri]), each)
            for uri, each in edits.items()
        )
        return types.WorkspaceEdit(document_changes=list(changes))

    def differences(self, fixed: Source) -> Edits:
        """The edits that make the text of each part that of a fixed source."""
        return {
            part.uri: list(self._line_edits(Source("", part.text), new))
            for part, new in zip(self._code_parts(), _texts(fixed), strict=True)
            if part.text != new
        }

    def _repairs(self, finding: Finding) -> Iterator[types.CodeAction]:
        if finding.fix is None:
            return
        label = "" if _is_safe(finding) else " (unsafe: it changes how the code trains)"
        action = types.CodeAction(
            title=f"{finding.rule.code}: {finding.fix.title}{label}",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self._diagnostics.of(self._document, finding)],
            edit=self.workspace_edit(self._client_edits(finding.fix.edits)),
        )
        if _is_safe(finding):
            action.is_preferred = True
        yield action

    def _all_of_rule(self, code: str) -> Iterator[types.CodeAction]:
        count = sum(_is_safe(finding) for finding in self._findings if finding.rule.code == code)
        if count > 1:
            title = f"{code}: make all {count} safe fixes of this rule in the file"
            yield self._lazy(title, types.CodeActionKind.QuickFix, code)

    def _silencers(self, findings: Iterable[Finding]) -> Iterator[types.CodeAction]:
        seen: list[Edits] = []
        for finding in findings:
            edit = ignoring_edit(self._document.source, finding)
            edits = {} if edit is None else self._client_edits([edit])
            if not edits or edits in seen:
                continue
            seen.append(edits)
            yield types.CodeAction(
                title=f"{finding.rule.code}: ignore it here with a comment",
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[self._diagnostics.of(self._document, finding)],
                edit=self.workspace_edit(edits),
            )

    def _lazy(self, title: str, kind: str, code: str | None) -> types.CodeAction:
        return types.CodeAction(title=title, kind=kind, data={"path": self._document.path, "code": code})

    def _client_edits(self, edits: Iterable[Edit]) -> Edits:
        found: Edits = {}
        for edit in edits:
            spot = self._document.spot(edit.range)
            range_ = self._client.positions.range(spot.source, spot.range)
            found.setdefault(spot.part.uri, []).append(types.TextEdit(range_, edit.content))
        return found

    def _code_parts(self) -> list[Part]:
        return [part for part in self._document.parts if part.is_code]

    def _line_edits(self, before: Source, after: str) -> Iterator[types.TextEdit]:
        """Edits of whole lines, so that all others, and the marks in them, stay as they are."""
        old, new = _lines(before), _lines(Source("", after))
        starts = [*before.line_starts[: len(old)], len(before.text)]
        for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                range_ = before.range(starts[start], starts[end])
                yield types.TextEdit(self._client.positions.range(before, range_), "".join(new[new_start:new_end]))


def _is_safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.applicability is Applicability.SAFE


def _lines(source: Source) -> list[str]:
    """The lines of a text, each with what ends it."""
    ends = [*source.line_starts[1:], len(source.text)]
    lines = [source.text[start:end] for start, end in zip(source.line_starts, ends, strict=True)]
    return lines if lines[-1] else lines[:-1]


def _texts(source: Source) -> list[str]:
    """The text of each code part of a source."""
    parts = source.parts()
    return [source.text] if parts == (source,) else [part.text.removesuffix("\n") for part in parts]
