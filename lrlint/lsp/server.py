"""The server: messages of the client in, diagnostics and actions out.

Messages are taken on one thread, and documents are checked on another one, one after the other.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from lrlint import __version__
from lrlint.config.errors import ConfigError
from lrlint.lsp.actions import FIX_ALL, Actions, Request
from lrlint.lsp.client import Client, client_of, text_of
from lrlint.lsp.diagnostics import Diagnostics
from lrlint.lsp.documents import Document, Part
from lrlint.lsp.hover import hover_of
from lrlint.lsp.opened import PYTHON, OpenDocuments
from lrlint.lsp.positions import Positions
from lrlint.lsp.session import Checked, Session
from lrlint.report.addresses import rule_pages
from lrlint.run import internal_error

PAUSE = 0.1
"""Seconds without a key stroke after which a text that is being typed is checked."""

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    [
        types.NotebookDocumentFilterWithNotebook(
            types.NotebookDocumentFilterNotebookType("jupyter-notebook"), [types.NotebookCellLanguage(PYTHON)]
        )
    ]
)
WATCHED = ("**/*.{py,pyi,toml}", "**/requirements*.txt", "**/setup.cfg", "**/env*.{yml,yaml}")
"""What findings may depend on: modules of the project, configuration, and what tells of its torch."""

_DOCUMENTS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)

_Known = tuple[Document, Checked]
"""A document, and what is found in it."""

_Results = Mapping[str, tuple[Checked, dict[str, list[types.Diagnostic]]]]


class Server:
    """One client, the documents that it has open, and what is found in them."""

    def __init__(self) -> None:
        self._server = LanguageServer("lrlint", __version__, notebook_document_sync=NOTEBOOKS)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="check")
        self._session = Session()
        self._client = Client(Positions("utf-16"))
        self._pages = rule_pages(self._session.rules)
        self._documents = OpenDocuments(self._client.positions)
        self._checked: dict[str, _Known] = {}
        self._told: frozenset[str] = frozenset()
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Task[None] | None = None
        self._is_due = False
        self._is_stale = False
        self._last_change = float("-inf")
        for method in _DOCUMENTS:  # pygls would keep texts too, and moves positions in the messages while it does
            self._server.protocol.fm.builtin_features.pop(method)
        for method, handler, options in self._features():
            self._server.feature(method, options)(partial(handler))  # which takes attributes, unlike a method

    def run(self) -> None:
        """Serve on standard input and output until the client says that it is over, or is gone."""
        output = sys.stdout.buffer
        sys.stdout = sys.stderr  # whatever is printed by mistake is no message
        self._server.start_io(sys.stdin.buffer, output)

    def _features(self) -> Sequence[tuple[str, Callable[..., Any], Any]]:
        kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
        return (
            (types.INITIALIZE, self._initialize, None),
            (types.INITIALIZED, self._initialized, None),
            (types.SHUTDOWN, self._shut_down, None),
            (types.TEXT_DOCUMENT_DID_OPEN, self._did_open, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._did_change, None),
            (types.TEXT_DOCUMENT_DID_SAVE, self._did_save, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._did_close, None),
            (types.NOTEBOOK_DOCUMENT_DID_OPEN, self._did_open_notebook, None),
            (types.NOTEBOOK_DOCUMENT_DID_CHANGE, self._did_change_notebook, None),
            (types.NOTEBOOK_DOCUMENT_DID_SAVE, self._did_save, None),
            (types.NOTEBOOK_DOCUMENT_DID_CLOSE, self._did_close_notebook, None),
            (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._did_save, None),
            (types.WORKSPACE_DID_CHANGE_CONFIGURATION, self._did_change_configuration, None),
            (types.TEXT_DOCUMENT_CODE_ACTION, self._code_action, types.CodeActionOptions(kinds, resolve_provider=True)),
            (types.CODE_ACTION_RESOLVE, self._resolve, None),
            (types.TEXT_DOCUMENT_HOVER, self._hover, None),
        )

    # The session

    def _initialize(self, params: types.InitializeParams) -> None:
        workspace = self._server.workspace
        self._client = client_of(params.capabilities, text_of(workspace.position_encoding))
        self._documents = OpenDocuments(self._client.positions)
        folders = [to_fs_path(folder.uri) for folder in workspace.folders.values()]
        root = next((folder for folder in (*folders, workspace.root_path) if folder and os.path.isdir(folder)), None)
        if root is not None:
            os.chdir(root)  # so that paths are shown, and projects end, as for the command in this folder
        options = params.initialization_options
        self._tell_new(self._configure(options.get("settings") if isinstance(options, dict) else None))

    def _initialized(self, params: types.InitializedParams) -> None:
        self._worker.submit(_warm_up)
        if self._client.watches_files:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("watched", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self._server.client_register_capability(types.RegistrationParams([registration]))

    def _shut_down(self, params: None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._is_due = False
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _did_change_configuration(self, params: types.DidChangeConfigurationParams) -> None:
        settings = params.settings.get("lrlint") if isinstance(params.settings, dict) else None
        if settings is not None:
            self._tell_new(await self._on_worker(self._configure, settings))
        self._read_anew()

    def _configure(self, settings: object) -> Sequence[str]:
        """Take settings of the editor; gives what is wrong with them."""
        try:
            self._session.configure(settings)
        except ConfigError as error:
            return [str(error)]
        return ()

    # Documents

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        self._documents.open_text(params.text_document)
        self._check_soon(0)

    def _did_open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        self._documents.open_notebook(params)
        self._check_soon(0)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._documents.change_text(params.text_document, params.content_changes)
        self._check_when_typed()

    def _did_change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> None:
        self._documents.change_notebook(params)
        structure = params.change.cells.structure if params.change.cells is not None else None
        for removed in structure.did_close or () if structure is not None else ():
            self._publish(Part(removed.uri, None, ""), [])
        self._check_when_typed()

    def _did_save(self, params: object) -> None:
        self._read_anew()

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._close(params.text_document.uri)

    def _did_close_notebook(self, params: types.DidCloseNotebookDocumentParams) -> None:
        self._close(params.notebook_document.uri)

    def _close(self, uri: str) -> None:
        document = self._documents.close(uri)
        if document is None:
            return
        self._checked.pop(document.path, None)
        for part in document.parts:
            self._publish(part, [])
        self._check_soon(0)

    # Checking

    def _read_anew(self) -> None:
        self._is_stale = True
        self._check_soon(0)

    def _check_when_typed(self) -> None:
        """Check the first change after a pause at once, and those of fast typing after the next pause."""
        now = asyncio.get_running_loop().time()
        self._check_soon(0 if now - self._last_change > PAUSE else PAUSE)
        self._last_change = now

    def _check_soon(self, delay: float) -> None:
        """Check what is open, when `delay` seconds have passed, in place of any check that was to come."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._start)

    def _start(self) -> asyncio.Task[None]:
        """Check what is open, behind a check that is running."""
        self._is_due = True
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())
        return self._running

    async def _run(self) -> None:
        while self._is_due:
            self._is_due = False
            documents, known = dict(self._documents.by_path), dict(self._checked)
            is_stale, self._is_stale = self._is_stale, False
            try:
                results = await self._on_worker(self._check, documents, known, is_stale)
            except Exception as error:  # noqa: BLE001 - the server lives on
                self._tell_new([internal_error("the server", error)])
                continue
            self._take(documents, results)
            self._tell_new([one.problem for _, one in self._checked.values() if one.problem is not None])

    async def _on_worker(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._worker, function, *arguments)

    def _check(self, documents: Mapping[str, Document], known: Mapping[str, _Known], is_stale: bool) -> _Results:
        """What is found in the documents that is not known, and how the client is to see it (on the worker)."""
        if is_stale:
            self._session.forget()
        checked = self._session.check(documents)
        diagnostics = Diagnostics(self._client, self._pages, documents, self._session.source)
        return {
            path: (one, diagnostics.by_part(documents[path], one.findings))
            for path, one in checked.items()
            if known.get(path) != (documents[path], one)
        }

    def _take(self, documents: Mapping[str, Document], results: _Results) -> None:
        """Keep results and publish them, but for documents that have changed since."""
        for path, (checked, diagnostics) in results.items():
            document = documents[path]
            if self._documents.by_path.get(path) is not document:
                continue
            self._checked[path] = document, checked
            for part in document.parts:
                self._publish(part, diagnostics[part.uri])

    async def _current(self, uri: str) -> _Known | None:
        """The document of an address as it is now, checked; None if it is not open, or can't be checked."""
        waited_for = None
        while (document := self._documents.find(uri)) is not waited_for and document is not None:
            if (known := self._known(document)) is not None:
                return known
            waited_for = document
            await asyncio.shield(self._start())  # a request that is cancelled cancels no check
        return None if document is None else self._known(document)

    def _known(self, document: Document) -> _Known | None:
        """What is found in a document, if that is known of its text as it is now."""
        known = self._checked.get(document.path)
        return known if known is not None and known[0] is document else None

    def _publish(self, part: Part, diagnostics: list[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(part.uri, diagnostics, part.version)
        )

    def _tell_new(self, problems: Sequence[str]) -> None:
        """Tell all that is wrong now, but for what was so before."""
        for problem in sorted({*problems} - self._told):
            self._tell(problem)
        self._told = frozenset(problems)

    def _tell(self, message: str) -> None:
        self._server.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"lrlint: {message}"))

    # Requests

    async def _code_action(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        current = await self._current(params.text_document.uri)
        if current is None:
            return []
        kinds = None if params.context.only is None else [text_of(kind) for kind in params.context.only]
        request = Request(params.text_document.uri, params.range, kinds)
        offered = await self._on_worker(list, self._actions(*current).offered(request))
        return offered if self._client.resolves_edits else [await self._resolve(action) for action in offered]

    async def _resolve(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edits."""
        data = action.data if isinstance(action.data, dict) else {}
        document = self._documents.by_path.get(data.get("path", ""))
        current = None if document is None else await self._current(document.uri)
        if current is None:
            return action
        fixed = await self._on_worker(self._session.fixed, current[0], data.get("code"))
        if isinstance(fixed, str):
            self._tell(fixed)
            return action
        actions = self._actions(*current)
        action.edit = actions.workspace_edit(actions.differences(fixed))
        return action

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        current = await self._current(params.text_document.uri)
        if current is None:
            return None
        actions, here = self._actions(*current), types.Range(params.position, params.position)
        findings = [one for one in current[1].findings if actions.is_at(one, params.text_document.uri, here)]
        codes = dict.fromkeys(finding.rule.code for finding in findings)
        rules = {registered.rule.code: registered for registered in self._session.rules}
        return hover_of(codes, rules, self._pages, self._client)

    def _actions(self, document: Document, checked: Checked) -> Actions:
        diagnostics = Diagnostics(self._client, self._pages, self._documents.by_path, self._session.source)
        return Actions(self._client, diagnostics, document, checked.findings)


def _warm_up() -> None:
    """Import what the first check needs, while the user is still looking at the file."""
    import lrlint.program.lower  # noqa: F401
