"""Whether a terminal makes links of OSC 8 escape sequences.  None of them can be asked, but most have a sign."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO

_PROGRAMS = {"Hyper", "WezTerm", "ghostty", "iTerm.app", "rio", "terminology", "vscode", "zed"}
_SIGNS = ("DOMTERM", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION")
_TERMS = ("alacritty", "foot", "xterm-ghostty", "xterm-kitty")
_FIRST_VTE = 5000  # 0.50


def has_links(stream: IO[str], environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` is a terminal that is known to have links."""
    if not stream.isatty() or environment.get("CI") or environment.get("TERM") == "dumb":
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        any(environment.get(sign) for sign in _SIGNS)
        or environment.get("TERM_PROGRAM") in _PROGRAMS
        or environment.get("TERM", "").startswith(_TERMS)
        or (vte.isdigit() and int(vte) >= _FIRST_VTE)
    )
