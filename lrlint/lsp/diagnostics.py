"""Findings as diagnostics: what editors underline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

from lsprotocol import types
from pygls.uris import from_fs_path

from lrlint.finding import Finding, Related
from lrlint.lsp.client import Client
from lrlint.lsp.documents import Document, path_of
from lrlint.report.level import Level, level_of
from lrlint.rule import Severity
from lrlint.source import Source

SOURCE = "lrlint"

_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.NOTE: types.DiagnosticSeverity.Information,
}


class Diagnostics:
    """Makes diagnostics for a client.

    `pages` are the addresses of rules on the web by their codes, `documents` the open ones by their paths, and
    `source_of` gives the text of any other file.
    """

    def __init__(
        self,
        client: Client,
        pages: Mapping[str, str],
        documents: Mapping[str, Document],
        source_of: Callable[[str], Source | None],
    ) -> None:
        self._client = client
        self._pages = pages
        self._documents = documents
        self._source_of = source_of

    def by_part(self, document: Document, findings: Iterable[Finding]) -> dict[str, list[types.Diagnostic]]:
        """The diagnostics of each part of a document, by its address; an empty list for a part without any."""
        found: dict[str, list[types.Diagnostic]] = {part.uri: [] for part in document.parts}
        for finding in findings:
            found[document.spot(finding.range).part.uri].append(self.of(document, finding))
        return found

    def of(self, document: Document, finding: Finding) -> types.Diagnostic:
        """A finding as a diagnostic of the part of the document that it is in."""
        spot = document.spot(finding.range)
        page = self._pages.get(finding.rule.code) if self._client.shows_links else None
        is_deprecation = finding.severity is Severity.DEPRECATION and self._client.shows_tags
        return types.Diagnostic(
            range=self._client.positions.range(spot.source, spot.range),
            severity=_SEVERITIES[level_of(finding.severity)],
            code=finding.rule.code,
            code_description=None if page is None else types.CodeDescription(page),
            source=SOURCE,
            message=finding.message,
            tags=[types.DiagnosticTag.Deprecated] if is_deprecation else None,
            related_information=list(self._related(finding)) if self._client.shows_related else None,
        )

    def _related(self, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        for related in finding.related:
            location = self._location(related)
            if location is not None:
                yield types.DiagnosticRelatedInformation(location, related.label)

    def _location(self, related: Related) -> types.Location | None:
        path = path_of("", os.path.abspath(related.path))
        document = self._documents.get(path)
        if document is not None:
            spot = document.spot(related.range)
            return types.Location(spot.part.uri, self._client.positions.range(spot.source, spot.range))
        source, uri = self._source_of(path), from_fs_path(path)
        if source is None or uri is None:
            return None
        return types.Location(uri, self._client.positions.range(source, related.range))
