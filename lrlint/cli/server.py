"""`lrlint server`: the language server."""

from __future__ import annotations

import click

from lrlint.cli import Failure

_NEEDED = ("pygls", "lsprotocol")


@click.command("server")
@click.option(
    "--stdio", is_flag=True, expose_value=False, help="Talk on standard input and output; there is no other way."
)
def command() -> None:
    """Show findings in editors, as a language server.

    It gives findings while typing, fixes, and the pages of rules.  It speaks the Language Server Protocol on standard
    input and output, so an editor starts it.
    """
    try:
        from lrlint.lsp.server import Server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        hint = "python3 -m pip install 'lrlint[lsp]'"
        raise Failure(f"the language server needs pygls 2.1 or newer, which is not installed: {hint}") from None
    Server().run()
