"""The open documents, kept as the messages of the client say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lsprotocol import types
from pygls.uris import to_fs_path

from lrlint.lsp.client import text_of
from lrlint.lsp.documents import Document, Part, path_of
from lrlint.lsp.positions import Positions

PYTHON = "python"
_SUFFIXES = (".py", ".pyi")


class OpenDocuments:
    """The documents that the client has open, `by_path`.  A document never changes, but another one takes its place."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self.by_path: dict[str, Document] = {}

    def find(self, uri: str) -> Document | None:
        """The document that has an address, or has a part that has it."""
        return next((document for document in self.by_path.values() if document.has(uri)), None)

    def open_text(self, item: types.TextDocumentItem) -> None:
        """Open a text, if it is Python."""
        if item.uri.endswith(_SUFFIXES) or text_of(item.language_id) == PYTHON:
            self._open(item.uri, (Part(item.uri, item.version, item.text),), is_notebook=False)

    def open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Open a notebook with its cells."""
        texts = {item.uri: item for item in params.cell_text_documents}
        cells = (_cell(cell, texts.get(cell.document)) for cell in params.notebook_document.cells)
        self._open(params.notebook_document.uri, tuple(cells), is_notebook=True)

    def change_text(
        self, identifier: types.VersionedTextDocumentIdentifier, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        """Change the text of a file, or of a cell."""
        document = self.find(identifier.uri)
        for part in document.parts if document is not None else ():
            if document is not None and part.uri == identifier.uri:
                text = self._positions.changed(part.text, changes)
                new = replace(part, text=text, version=identifier.version)
                self.by_path[document.path] = document.with_part(new)

    def change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Change which cells a notebook has, or the texts of some."""
        document, cells = self.find(params.notebook_document.uri), params.change.cells
        if document is None or cells is None:
            return
        if cells.structure is not None:
            array, texts = cells.structure.array, {item.uri: item for item in cells.structure.did_open or ()}
            known = {part.uri: part for part in document.parts}
            new = [known.get(cell.document) or _cell(cell, texts.get(cell.document)) for cell in array.cells or ()]
            self.by_path[document.path] = document.with_parts(array.start, array.delete_count, new)
        for text in cells.text_content or ():
            self.change_text(text.document, text.changes)

    def close(self, uri: str) -> Document | None:
        """Close a document; gives it, if it was open."""
        document = self.find(uri)
        return None if document is None else self.by_path.pop(document.path)

    def _open(self, uri: str, parts: tuple[Part, ...], is_notebook: bool) -> None:
        path = path_of(uri, to_fs_path(uri) if uri.startswith("file:") else None)
        self.by_path[path] = Document(uri, path, parts, is_notebook)


def _cell(cell: types.NotebookCell, text: types.TextDocumentItem | None) -> Part:
    """A cell of a notebook; without a text it is in another language, or none."""
    if text is None or cell.kind != types.NotebookCellKind.Code or text_of(text.language_id) != PYTHON:
        return Part(cell.document, None, "", is_code=False)
    return Part(cell.document, text.version, text.text)
