"""Where the command starts: what can be answered at once is, before click and the linter are imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from lrlint import __version__

_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main() -> None:
    """Run the command that was given."""
    try:
        text = _answer(sys.argv[1:])
        if text is None or not _is_told(text):
            from lrlint.cli import main as command

            command(prog_name="lrlint")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _answer(arguments: Sequence[str]) -> str | None:
    """What is printed before the command exits with 0, if that is plain to see."""
    if arguments in (["--version"], ["-V"]):
        return f"lrlint {__version__}\n"
    if arguments[:1] != ["check"]:
        return None
    from lrlint.shortcut import plain_summary

    return plain_summary(arguments[1:])


def _is_told(text: str) -> bool:
    """Print a text; False where that fails, so that the command can say why."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError):
        return False
    return True
