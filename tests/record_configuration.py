"""Write what is made from the table of options: `python -m tests.record_configuration`.

That is the JSON Schema of configuration files, and the options in docs/configuration.md.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

from lrlint.config.options import FILES, OPTIONS, OVERRIDABLE, Kind, Merging, Option
from lrlint.torch_api.signatures import releases
from tests.cases import ROOT

SCHEMA = ROOT / "docs" / "lrlint.schema.json"
PAGE = ROOT / "docs" / "configuration.md"
BEGIN = "<!-- options: from lrlint/config/options.py, by python -m tests.record_configuration -->\n"
END = "<!-- end of options -->\n"

_WIDTH = 120

_SELECTOR = {
    "type": "string",
    "pattern": r"^([A-Z]+[0-9]*|[a-z0-9]+(-[a-z0-9]+)+)$",
    "description": "A rule by its code or name, several by a prefix of codes, or ALL.",
}
_LISTS = {"type": "array", "items": {"$ref": "#/definitions/selector"}}
_RELEASES = "|".join(re.escape(str(release)) for release in releases())
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.FILE: {"type": "string"},
    Kind.BASELINE: {"type": "string"},
    Kind.FOLDER: {"type": "string"},
    Kind.RULES: _LISTS,
    Kind.RULES_OF_FILES: {"type": "object", "additionalProperties": _LISTS},
    Kind.PATTERNS: {"type": "array", "items": {"type": "string", "pattern": "^[^!]"}},
    Kind.RELEASE: {"type": "string", "pattern": rf"^({_RELEASES})(\.[0-9]+)?$"},
    Kind.FLAG: {"type": "boolean"},
    Kind.PATHS: {"type": "array", "items": {"type": "string"}},
}


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 7, which editors know) of `lrlint.toml`, and of [tool.lrlint]."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of lrlint",
        "description": "What lrlint.toml holds, or [tool.lrlint] in pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {option.name: _property(option) for option in OPTIONS},
        "definitions": {"selector": _SELECTOR},
    }


def _property(option: Option) -> dict[str, Any]:
    if option.kind is Kind.OVERRIDES:
        inner = {one.name: _property(one) for one in OPTIONS if one.name in OVERRIDABLE}
        patterns = {"type": "array", "items": {"type": "string"}}
        table = {"type": "object", "additionalProperties": False, "properties": {FILES: patterns, **inner}}
        return {"description": _plain(option.doc), "type": "array", "items": table, "default": option.default}
    known = {} if option.default is None else {"default": option.default}
    return {"description": _plain(option.doc), **_TYPES[option.kind], **known}


def _plain(doc: str) -> str:
    return doc.replace("[patterns](#patterns)", "patterns").replace("[pattern](#patterns)", "pattern")


def schema_text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema(), indent=2) + "\n"


def options_text() -> str:
    """The options as they stand in the documentation."""
    return BEGIN + "\n" + "\n".join(line for option in OPTIONS for line in _section(option)) + "\n" + END


def _section(option: Option) -> Iterator[str]:
    yield f"### `{option.name}`"
    yield ""
    yield from textwrap.wrap(option.doc, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield ""
    yield f"- type: {option.kind.value}"
    yield f"- default: {_default(option)}"
    if option.merging is not Merging.NEVER:
        yield f"- given several times: {option.merging.value}"
    yield ""
    yield "```toml"
    yield option.example
    yield "```"
    yield ""


def _default(option: Option) -> str:
    """The default of an option; a list that is long gets lines of its own."""
    if option.default is None:
        return option.unset
    text = f"`{json.dumps(option.default)}`"
    return textwrap.fill(text, _WIDTH - 2, initial_indent=" " * len("default: "), subsequent_indent="  ").lstrip()


def page_text() -> str:
    """The page of the documentation, with the options as they are now."""
    page = PAGE.read_text(encoding="utf-8")
    return page[: page.index(BEGIN)] + options_text() + page[page.index(END) + len(END) :]


def main() -> None:
    """Write both files."""
    for path, text in ((SCHEMA, schema_text()), (PAGE, page_text())):
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
