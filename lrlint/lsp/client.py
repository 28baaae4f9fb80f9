"""What the client can take, as it has said at the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from lrlint.lsp.positions import Positions


@dataclass(frozen=True, slots=True)
class Client:
    """The client's abilities.

    `shows_related`, `shows_tags`, `shows_links`: what diagnostics may have.  `versions_edits`: edits may name the
    version of the text that they are for.  `resolves_edits`: an action gets its edits when it is chosen.
    `reads_markdown`: pages may be Markdown.  `watches_files`: it tells of files that change on disk, if asked to.
    """

    positions: Positions
    shows_related: bool = False
    shows_tags: bool = False
    shows_links: bool = False
    versions_edits: bool = False
    resolves_edits: bool = False
    reads_markdown: bool = False
    watches_files: bool = False


def client_of(capabilities: types.ClientCapabilities, encoding: str) -> Client:
    """What a client can take; `encoding` is that of positions."""
    tags = _at(capabilities, "text_document.publish_diagnostics.tag_support.value_set") or ()
    resolved = _at(capabilities, "text_document.code_action.resolve_support.properties") or ()
    has_data = _at(capabilities, "text_document.code_action.data_support")
    formats = _at(capabilities, "text_document.hover.content_format") or ()
    return Client(
        Positions(encoding),
        shows_related=bool(_at(capabilities, "text_document.publish_diagnostics.related_information")),
        shows_tags=types.DiagnosticTag.Deprecated in tags,
        shows_links=bool(_at(capabilities, "text_document.publish_diagnostics.code_description_support")),
        versions_edits=bool(_at(capabilities, "workspace.workspace_edit.document_changes")),
        resolves_edits=bool(has_data) and "edit" in resolved,
        reads_markdown=types.MarkupKind.Markdown in formats,
        watches_files=bool(_at(capabilities, "workspace.did_change_watched_files.dynamic_registration")),
    )


def text_of(one: Any) -> str:
    """The text of a constant of the protocol, which may also come as that text."""
    return str(getattr(one, "value", one))


def _at(capabilities: Any, path: str) -> Any:
    """A value somewhere in the capabilities; None where the client has not said so much."""
    for name in path.split("."):
        capabilities = getattr(capabilities, name, None)
    return capabilities
