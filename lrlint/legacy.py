"""Code of Python 3.6 and older, where `async` was a name like any other: `x.cuda(async=True)`."""

from __future__ import annotations

import string
import tokenize
from collections.abc import Iterator

from lrlint.source import Source

_NAME = "async"
_AFTER_KEYWORD = frozenset(["def", "for", "with"])


def async_names(source: Source) -> tuple[int, ...]:
    """The offsets at which `async` stands as a name, in order; none if the tokens of the text can't be told."""
    if _NAME not in source.text:
        return ()
    try:
        return tuple(_async_names(source))
    except (tokenize.TokenError, SyntaxError):
        return ()


def _async_names(source: Source) -> Iterator[int]:
    before: tokenize.TokenInfo | None = None
    for token in tokenize.generate_tokens(source.lines().__next__):
        if before is not None and before.string == _NAME and token.string not in _AFTER_KEYWORD:
            line, column = before.start
            yield source.line_starts[line - 1] + column
        before = token


def modern_text(source: Source) -> str:
    """A text to read in place of the source's: another name of the same length stands for `async`.

    All else stays as and where it is.  It is no text to write anywhere.
    """
    text, names = source.text, async_names(source)
    stand_in = next((name for last in string.ascii_lowercase if (name := _NAME[:-1] + last) not in text), None)
    if not names or stand_in is None:
        return text
    ends = [0, *(start + len(_NAME) for start in names)]
    return stand_in.join(text[end:start] for end, start in zip(ends, [*names, len(text)], strict=True))
