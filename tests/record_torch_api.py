"""Write `lrlint/torch_api/signatures.json` from torch's own releases.

`python -m tests.record_torch_api` reads every release that the file has, `python -m tests.record_torch_api 2.14` adds
a new one (or reads one again) and keeps the others.  A release is read from its wheel, which pip downloads from the
index that it is configured for (50 to 220 MB each, deleted at once); nothing is installed.  Read the difference before
you commit it: this is what the project knows of torch.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lrlint.torch_api.versions import version
from tests.torch_wheels import Facts, NoWheelError, interface_of

TARGET = Path(__file__).parent.parent / "lrlint" / "torch_api" / "signatures.json"

Interface = Mapping[str, Facts]
"""The classes of one release, by name."""

INNERMOST = re.compile(r"\[[^\[\]{}]*\]")
LINE_BREAK = re.compile(r"\n *")


def joined(interfaces: Mapping[str, Interface]) -> dict[str, Any]:
    """What `signatures.json` holds for these releases: of each class a row for each stretch without a change."""
    releases = sorted(interfaces, key=version)
    names = sorted({name for interface in interfaces.values() for name in interface})
    return {"releases": releases, "classes": {name: _class(name, interfaces, releases) for name in names}}


def _class(name: str, interfaces: Mapping[str, Interface], releases: Sequence[str]) -> dict[str, Any]:
    history = [interfaces[release].get(name) for release in releases]
    newest = next(facts for facts in reversed(history) if facts is not None)
    rows = [facts and {key: facts[key] for key in ("bases", "parameters", "step")} for facts in history]
    methods = sorted({method for facts in history if facts for method in facts["methods"]})
    return {
        "kind": newest["kind"],
        "aliases": newest["aliases"],
        "signatures": list(_stretches(rows, releases)),
        "methods": {
            method: _span([bool(f and method in f["methods"]) for f in history], releases) for method in methods
        },
    }


def _stretches(rows: Sequence[dict[str, Any] | None], releases: Sequence[str]) -> Iterator[dict[str, Any]]:
    starts = [i for i, row in enumerate(rows) if i == 0 or row != rows[i - 1]]
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        row = rows[start]
        if row is not None:
            until = {} if end is None else {"until": releases[end]}
            yield {"since": releases[start], **until, **row}


def _span(has: Sequence[bool], releases: Sequence[str]) -> list[str]:
    """The release with which something came, and the one with which it was gone, if it is."""
    start = has.index(True)
    end = len(has) - has[::-1].index(True)
    return [releases[start], *releases[end : end + 1]]


def split(data: Mapping[str, Any]) -> dict[str, Interface]:
    """The releases that a file's data was joined from."""
    return {release: dict(_classes_of(release, data["classes"])) for release in data["releases"]}


def _classes_of(release: str, classes: Mapping[str, Any]) -> Iterator[tuple[str, Facts]]:
    for name, known in classes.items():
        row = next((row for row in known["signatures"] if _holds(release, row["since"], row.get("until"))), None)
        if row is not None:
            methods = [method for method, span in known["methods"].items() if _holds(release, *span)]
            signature = {key: row[key] for key in ("bases", "parameters", "step")}
            yield name, {"kind": known["kind"], "aliases": known["aliases"], **signature, "methods": methods}


def _holds(release: str, since: str, until: str | None = None) -> bool:
    return version(since) <= version(release) and (until is None or version(release) < version(until))


def as_text(data: Mapping[str, Any]) -> str:
    """The data as JSON, with one fact a line."""
    text = json.dumps(data, indent=1)
    return INNERMOST.sub(lambda match: LINE_BREAK.sub("", match[0]).replace(',"', ', "'), text) + "\n"


def main(asked: Sequence[str]) -> None:
    """Record these releases beside those of the file, or all of them anew."""
    known = split(json.loads(TARGET.read_text(encoding="utf-8")))
    interfaces = dict(known) if asked else {}
    for release in asked or known:
        found = _read(release)
        if found is not None:
            interfaces[release] = found
    TARGET.write_text(as_text(joined(interfaces)), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")


def _read(release: str) -> Interface | None:
    """The classes of a release; None, with a sentence on the error stream, if no wheel of it can be had."""
    try:
        found = interface_of(release)
    except NoWheelError as error:
        sys.stderr.write(f"{error}; torch {release} is not recorded\n")
        return None
    sys.stdout.write(f"torch {release}: {len(found)} classes\n")
    return found


if __name__ == "__main__":
    main([str(version(release)) for release in sys.argv[1:]])
