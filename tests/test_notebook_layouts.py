"""Notebooks of any layout: what a fix leaves alone, and that what it writes is the notebook that was meant."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.cli import main
from lrlint.notebook import read_source
from lrlint.notebook.document import Cell, read_cells
from tests.notebooks import EPOCH_ARGUMENT, LOOP, SCHEDULER, SETUP, document, sources

many = settings(derandomize=True, deadline=None, max_examples=100)

STRANGE = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ENDS = st.sampled_from(["", "\n", '  # ü 日 🔥 \\ "quoted" /', "\n\nprint('\\u00e9\\t')"])
RIGHT = st.sampled_from(
    [
        "x = 1",
        "%matplotlib inline\nprint(2)",
        "!ls",
        "%%bash\nls |",
        "",
        "text = '''\n\u2028%x\n'''",
        "y = (",
        "  z = 3",
    ]
)


def raw_string(draw: st.DrawFn, text: str) -> str:
    """A JSON string of a text, some characters of which are escaped without need."""
    form = draw(st.sampled_from(["ascii", "plain", "mixed"]))
    if form != "mixed":
        return json.dumps(text, ensure_ascii=form == "ascii")
    escaped = [f"\\u{ord(c):04X}" if c in "é/s(" else json.dumps(c, ensure_ascii=False)[1:-1] for c in text]
    return f'"{"".join(escaped)}"'


def written(draw: st.DrawFn, value: Any, layout: tuple[str, str, str], depth: int = 0) -> str:
    """The JSON of a value; `layout` are the newline, the indentation of a level and what stands behind a colon."""
    newline, indent, colon = layout
    inner, outer = newline + indent * (depth + 1), newline + indent * depth
    if isinstance(value, str):
        return raw_string(draw, value)
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value)
    parts = [written(draw, item, layout, depth + 1) for item in (value.values() if isinstance(value, dict) else value)]
    if isinstance(value, list):
        return f"[{inner}{f',{inner}'.join(parts)}{outer}]"
    keyed = [f"{json.dumps(key)}{colon}{part}" for key, part in zip(value, parts, strict=True)]
    return f"{{{inner}{f',{inner}'.join(keyed)}{outer}}}"


@st.composite
def cells(draw: st.DrawFn, text: str) -> dict[str, Any]:
    """A code cell with a text, its keys in any order, its source in any form."""
    cell = {
        "cell_type": "code",
        "execution_count": draw(st.none() | st.integers(0, 99)),
        "metadata": {draw(STRANGE): draw(STRANGE)},
        "outputs": [{"data": {"text/plain": draw(STRANGE)}, "source": "scheduler.step(epoch + 1)"}],
        "source": draw(st.sampled_from([text, re.findall(r".*\n|.+", text), [text] * bool(text)])),
    }
    return {key: cell[key] for key in draw(st.permutations(list(cell)))}


def notebooks(*required: str) -> st.SearchStrategy[bytes]:
    """Notebooks that hold the cells given, in order and among others, in any layout."""

    @st.composite
    def build(draw: st.DrawFn) -> bytes:
        parts: list[dict[str, Any]] = []
        for text in required:
            if draw(st.booleans()):
                parts.append({"cell_type": "markdown", "metadata": {}, "source": draw(STRANGE)})
            parts += [draw(cells(draw(RIGHT))) for _ in range(draw(st.integers(0, 2)))]
            parts.append(draw(cells(text + draw(ENDS))))
        newline = draw(st.sampled_from(["\n", "\r\n", ""]))
        layout = newline, draw(st.sampled_from([" ", "  ", "\t", ""])), draw(st.sampled_from([":", ": ", " : "]))
        end = draw(st.sampled_from(["", "\n", "\n\n"]))
        mark = draw(st.sampled_from(["", "\ufeff"]))
        return f"{mark}{written(draw, document(parts, {'x': draw(STRANGE)}), layout)}{end}".encode()

    return build()


def fix(folder: Path, data: bytes) -> bytes:
    """The bytes of a notebook behind `lrlint check --fix`."""
    path = folder / "a.ipynb"
    path.write_bytes(data)
    result = CliRunner().invoke(main, ["check", "--fix", "--ignore=LR000", str(path)], prog_name="lrlint")
    assert (result.exit_code, result.stderr) == (0, "")
    return path.read_bytes()


def test_a_notebook_without_findings_keeps_its_bytes(tmp_path: Path) -> None:
    @many
    @given(notebooks(SETUP, SCHEDULER, LOOP))
    def holds(data: bytes) -> None:
        assert fix(tmp_path, data) == data

    holds()


def test_a_fix_changes_the_source_of_its_cell_alone(tmp_path: Path) -> None:
    @many
    @given(notebooks(SETUP, SCHEDULER, EPOCH_ARGUMENT))
    def holds(data: bytes) -> None:
        fixed = fix(tmp_path, data)
        before, after = sources(data), sources(fixed)
        assert after == [text.replace("scheduler.step(epoch + 1)", "scheduler.step()") for text in before]
        (changed,) = [index for index, text in enumerate(before) if text != after[index]]
        assert around_source(fixed, changed) == around_source(data, changed)
        assert (written_lines(data, changed) - written_lines(fixed, changed)).total() == 1

    holds()


def cell_at(data: bytes, index: int) -> Cell:
    return next(cell for cell in read_cells(data) if cell.number == index + 1)


def around_source(data: bytes, index: int) -> tuple[str, str]:
    """What stands before and behind the source of the cell at an index."""
    text, cell = data.decode("utf-8-sig"), cell_at(data, index)
    return text[: cell.start], text[cell.end :]


def written_lines(data: bytes, index: int) -> Counter[str]:
    """The lines of the cell at an index, as they are written."""
    return Counter(raw for literal in cell_at(data, index).literals for _, raw in literal.lines())


@many
@given(notebooks(SETUP, SCHEDULER, EPOCH_ARGUMENT))
def test_each_place_is_that_of_the_same_text_in_the_file(data: bytes) -> None:
    source, text = read_source("a.ipynb", data), data.decode("utf-8-sig")
    for match in re.finditer(r"scheduler\.step|optimizer", source.text):
        range_ = source.range(*match.span())
        shown, place = source.shown(range_), source.in_file(range_)
        assert shown.source.text[shown.range.start : shown.range.end] == match[0]
        assert json.loads(f'"{text[place.start : place.end]}"') == match[0]
        line = text.split("\n")[place.line - 1]
        assert line[place.column - 1 :].startswith(text[place.start : place.end])
