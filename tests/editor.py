"""An editor for tests: a client that drives a real `lrlint server` in a process of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as TooLateError
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar, final

from lsprotocol import types
from pytest_lsp.client import make_test_lsp_client

from tests.cases import ROOT

T = TypeVar("T")

PATIENCE = 60
"""Seconds to wait for what must come."""

FULL = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True),
    ),
    text_document=types.TextDocumentClientCapabilities(
        publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
            related_information=True,
            code_description_support=True,
            tag_support=types.ClientDiagnosticsTagOptions([types.DiagnosticTag.Deprecated]),
        ),
        code_action=types.CodeActionClientCapabilities(
            data_support=True, resolve_support=types.ClientCodeActionResolveOptions(["edit"])
        ),
        hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown]),
    ),
    notebook_document=types.NotebookDocumentClientCapabilities(types.NotebookDocumentSyncClientCapabilities()),
)
MINIMAL = types.ClientCapabilities()


def encoded(encoding: types.PositionEncodingKind) -> types.ClientCapabilities:
    """A client that counts columns so."""
    return types.ClientCapabilities(general=types.GeneralClientCapabilities(position_encodings=[encoding]))


@final
class Editor:
    """The client, its loop in a thread, and the texts as the client has them."""

    def __init__(
        self, root: Path, capabilities: types.ClientCapabilities = FULL, options: object = None, **variables: str
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._news = asyncio.Condition()
        self._published: dict[str, types.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self.watchers: list[Any] = []
        self._versions: dict[str, int] = {}
        self.initialized: types.InitializeResult = self._await(self._start(root, capabilities, options, variables))

    async def _start(self, root: Path, capabilities: Any, options: object, variables: dict[str, str]) -> Any:
        self._client: Any = make_test_lsp_client()
        self._client.protocol.fm._features.pop(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        self._client.protocol.fm._features.pop(types.WINDOW_SHOW_MESSAGE)
        self._client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(self._on_diagnostics())
        self._client.feature(types.WINDOW_SHOW_MESSAGE)(self._on_message())
        self._client.feature(types.CLIENT_REGISTER_CAPABILITY)(self._on_registration())
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment = {**kept, "PYTHONPATH": str(ROOT), **variables}
        await self._client.start_io(sys.executable, "-m", "lrlint", "server", env=environment)
        return await self._client.initialize_session(
            types.InitializeParams(capabilities=capabilities, root_uri=root.as_uri(), initialization_options=options)
        )

    def __enter__(self) -> Editor:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        code = self.shut_down()
        assert kind is not None or code == 0, "the server did not end as it should"

    def _on_diagnostics(self) -> Any:
        async def keep(params: types.PublishDiagnosticsParams) -> None:
            async with self._news:
                self._published[params.uri] = params
                self._news.notify_all()

        return keep

    def _on_message(self) -> Any:
        async def keep(params: types.ShowMessageParams) -> None:
            async with self._news:
                self.messages.append(params.message)
                self._news.notify_all()

        return keep

    def _on_registration(self) -> Any:
        def keep(params: types.RegistrationParams) -> None:
            self.watchers += [one for each in params.registrations for one in (each.register_options or {})["watchers"]]

        return keep

    def _await(self, coroutine: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result(PATIENCE)
        except TooLateError:
            future.cancel()
            raise AssertionError(f"the server does not answer; it has said {self.messages}") from None

    def _notify(self, method: str, params: object) -> None:
        async def send() -> None:
            self._client.protocol.notify(method, params)

        self._await(send())

    def request(self, method: str, params: object) -> Any:
        """The answer to a request."""
        return self._await(self._client.protocol.send_request_async(method, params))

    # Documents

    def open(self, path: Path | str, text: str, language: str = "python") -> str:
        """Open a text in place of a file; gives its address."""
        uri = path.as_uri() if isinstance(path, Path) else path
        self._versions[uri] = 1
        self._published.pop(uri, None)
        item = types.TextDocumentItem(uri, language, 1, text)
        self._notify(types.TEXT_DOCUMENT_DID_OPEN, types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri: str, *changes: types.TextDocumentContentChangeEvent | str) -> None:
        """Send changes, or whole new texts, as one new version."""
        self._versions[uri] += 1
        events = [types.TextDocumentContentChangeWholeDocument(one) if isinstance(one, str) else one for one in changes]
        identifier = types.VersionedTextDocumentIdentifier(version=self._versions[uri], uri=uri)
        params = types.DidChangeTextDocumentParams(text_document=identifier, content_changes=events)
        self._notify(types.TEXT_DOCUMENT_DID_CHANGE, params)

    def save(self, uri: str) -> None:
        """Say that a text was saved."""
        params = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
        self.forget()
        self._notify(types.TEXT_DOCUMENT_DID_SAVE, params)

    def configure(self, settings: object) -> None:
        """Send settings of the editor."""
        self.forget()
        params = types.DidChangeConfigurationParams(settings=settings)
        self._notify(types.WORKSPACE_DID_CHANGE_CONFIGURATION, params)

    def files_changed(self, *paths: Path) -> None:
        """Say that files have changed on disk."""
        events = [types.FileEvent(path.as_uri(), types.FileChangeType.Changed) for path in paths]
        self.forget()
        self._notify(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, types.DidChangeWatchedFilesParams(events))

    def close(self, uri: str) -> None:
        """Close a text."""
        self._published.pop(uri, None)
        params = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        self._notify(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def open_notebook(self, path: Path, *cells: str) -> list[str]:
        """Open a notebook of these code cells; gives the addresses of the cells."""
        uris = [self.cell_uri(path, number) for number in range(len(cells))]
        notebook = types.NotebookDocument(
            path.as_uri(),
            "jupyter-notebook",
            1,
            [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris],
        )
        items = [types.TextDocumentItem(uri, "python", 1, text) for uri, text in zip(uris, cells, strict=True)]
        self._versions |= dict.fromkeys([path.as_uri(), *uris], 1)
        params = types.DidOpenNotebookDocumentParams(notebook_document=notebook, cell_text_documents=items)
        self._notify(types.NOTEBOOK_DOCUMENT_DID_OPEN, params)
        return uris

    def cell_uri(self, path: Path, number: int) -> str:
        """The address of a cell, as VS Code makes them."""
        return f"{path.as_uri().replace('file:', 'vscode-notebook-cell:')}#W{number}sZmlsZQ%3D%3D"

    def change_notebook(self, path: Path, cells: types.NotebookDocumentCellChanges) -> None:
        """Send changes of a notebook."""
        self._versions[path.as_uri()] += 1
        identifier = types.VersionedNotebookDocumentIdentifier(version=self._versions[path.as_uri()], uri=path.as_uri())
        change = types.NotebookDocumentChangeEvent(cells=cells)
        self._notify(types.NOTEBOOK_DOCUMENT_DID_CHANGE, types.DidChangeNotebookDocumentParams(identifier, change))

    def cell_changed(self, uri: str, text: str) -> types.NotebookDocumentCellContentChanges:
        """A new text of a cell."""
        self._versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(version=self._versions[uri], uri=uri)
        return types.NotebookDocumentCellContentChanges(
            document=identifier, changes=[types.TextDocumentContentChangeWholeDocument(text)]
        )

    def close_notebook(self, path: Path, cells: Sequence[str]) -> None:
        """Close a notebook."""
        for uri in cells:
            self._published.pop(uri, None)
        params = types.DidCloseNotebookDocumentParams(
            notebook_document=types.NotebookDocumentIdentifier(path.as_uri()),
            cell_text_documents=[types.TextDocumentIdentifier(uri) for uri in cells],
        )
        self._notify(types.NOTEBOOK_DOCUMENT_DID_CLOSE, params)

    # What comes back

    def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Those of a text as it is now."""

        def is_there() -> bool:
            return uri in self._published and self._published[uri].version == self._versions[uri]

        self._await(self._until(is_there))
        return list(self._published[uri].diagnostics)

    def codes(self, uri: str) -> list[str]:
        """The codes of the diagnostics of a text as it is now."""
        return [str(diagnostic.code) for diagnostic in self.diagnostics(uri)]

    def wait_until_cleared(self, uri: str) -> None:
        """Wait until a text that is gone has no diagnostics any more."""

        def is_cleared() -> bool:
            return uri in self._published and not self._published[uri].diagnostics

        self._await(self._until(is_cleared))

    def message(self) -> str:
        """The next message for the user."""
        self._await(self._until(lambda: bool(self.messages)))
        return self.messages.pop(0)

    async def _until(self, is_there: Any) -> None:
        async with self._news:
            await self._news.wait_for(is_there)

    def forget(self) -> None:
        """Wait for news of all texts, also of those that are as they were."""
        self._published.clear()

    # Requests

    def actions(self, uri: str, line: int, *kinds: str) -> list[types.CodeAction]:
        """The actions at a line (0-based), if need be of some kinds alone, with their edits."""
        range_ = types.Range(types.Position(line, 0), types.Position(line, 200))
        context = types.CodeActionContext([], list(kinds) or None)
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), range_, context)
        found = self.request(types.TEXT_DOCUMENT_CODE_ACTION, params)
        return [one if one.edit else self.request(types.CODE_ACTION_RESOLVE, one) for one in found]

    def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        """What hovering shows."""
        place = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        found: types.Hover | None = self.request(types.TEXT_DOCUMENT_HOVER, place)
        return found

    def cancel_hover(self, uri: str) -> None:
        """Ask what hovering shows, and take the question back."""
        place = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))

        async def ask() -> None:
            self._client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, place, msg_id="hover")
            self._client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams("hover"))

        self._await(ask())

    # The end

    def shut_down(self) -> int:
        """Say that it is over; gives the exit code of the server."""

        async def end() -> int:
            await self._client.shutdown_session()
            code: int = self._client._server.returncode
            await self._client.stop()
            return code

        return self._finish(end())

    def hang_up(self) -> int:
        """Be gone without a word; gives the exit code of the server."""

        async def end() -> int:
            process = self._client._server
            process.stdin.close()
            code: int = await process.wait()
            await self._client.stop()
            return code

        return self._finish(end())

    def _finish(self, end: Coroutine[Any, Any, int]) -> int:
        try:
            return self._await(end)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


def edited(text: str, action: types.CodeAction, uri: str) -> str:
    """What an action makes of a text; positions must count characters, as in ASCII."""
    assert action.edit is not None
    edits = list(action.edit.changes[uri]) if action.edit.changes else _versioned(action.edit, uri)
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text


def _versioned(edit: types.WorkspaceEdit, uri: str) -> list[Any]:
    changes = [one for one in edit.document_changes or () if isinstance(one, types.TextDocumentEdit)]
    (change,) = (one for one in changes if one.text_document.uri == uri)
    assert change.text_document.version is not None
    return list(change.edits)
