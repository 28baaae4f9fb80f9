"""Where the command starts: what can be answered at once is, before click and the linter are imported."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from lrlint import __version__

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main() -> None:
    """Run the command that was given."""
    arguments = sys.argv[1:]
    try:
        if arguments in (["--version"], ["-V"]):
            code = _told(f"lrlint {__version__}\n")
        elif arguments in (["--help"], ["-h"]):
            from lrlint.help import TEXT

            code = _told(TEXT)
        elif arguments[:1] == ["check"]:
            code = _checked(arguments)
        else:
            code = None
        sys.exit(_commanded() if code is None else code)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _checked(arguments: Sequence[str]) -> int | None:
    """Answer `lrlint check` if the cache knows what it would say, or there is plainly nothing to say."""
    from lrlint.cache import Run, default_folder

    run = Run(arguments)
    try:
        reply = run.reply(default_folder())
    except OSError:  # the working directory is gone
        return None
    if reply is not None:
        return _told(reply.text, reply.code)
    from lrlint.shortcut import plain_summary

    text = plain_summary(arguments[1:])
    return None if text is None else _told(text)


def _commanded() -> int:
    from lrlint.cache import Run
    from lrlint.cli import main as command

    command(prog_name="lrlint", obj=Run(sys.argv[1:]))
    return 0


def _told(text: str, code: int = 0) -> int | None:
    """Print a text; None where that fails, so that the command can say why."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return None
    return code
