"""TOML, read with `tomllib`, or `tomli` before Python 3.11; imported only for a text that has to be read."""

from __future__ import annotations

import re
import sys
from typing import Any

_PLACE = re.compile(r"\s*\(at line (\d+), column (\d+)\)$")
_END = re.compile(r"\s*\(at end of document\)$")


class BrokenTomlError(ValueError):
    """A text is no TOML; the message says why, `line` and `column` (1-based) say where, as far as that is known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a text.  Raises BrokenTomlError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(str(error), text) from None
    except RecursionError:
        raise BrokenTomlError("it is nested too deeply") from None
    return tables


def _broken(message: str, text: str) -> BrokenTomlError:
    place = _PLACE.search(message)
    if place is not None:
        return BrokenTomlError(_begun_small(message[: place.start()]), int(place[1]), int(place[2]))
    at_end = _END.search(message)
    if at_end is not None:
        return BrokenTomlError(_begun_small(message[: at_end.start()]), text.rstrip().count("\n") + 1)
    return BrokenTomlError(_begun_small(message))


def _begun_small(message: str) -> str:
    return message[:1].lower() + message[1:]
