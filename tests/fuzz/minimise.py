"""Smaller programs that fail in the same way."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.programs import Files


def minimised(files: Files, fails: Callable[[Files], bool], tries: int = 400) -> Files:
    """`files` with as many files, lines and then characters left out as `tries` allow while it still `fails`."""
    left = tries

    def still_fails(candidate: Files) -> bool:
        nonlocal left
        left -= 1
        return left > 0 and fails(candidate)

    smallest = dict(files)
    for path in list(smallest):
        without = {name: data for name, data in smallest.items() if name != path}
        if without and still_fails(without):
            smallest = without
    for path in smallest:
        for split in (_lines, _characters):
            smallest = _with_fewer(smallest, path, split(smallest[path]), still_fails)
    return smallest


def _with_fewer(files: Files, path: str, parts: list[bytes], fails: Callable[[Files], bool]) -> dict[str, bytes]:
    """The files with as few of the parts of one of them as possible."""

    def joined(chosen: list[bytes]) -> dict[str, bytes]:
        return {**files, path: b"".join(chosen)}

    return joined(_fewer(parts, lambda chosen: fails(joined(chosen))))


def _lines(data: bytes) -> list[bytes]:
    return data.splitlines(keepends=True)


def _characters(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))] if len(data) <= 1000 else [data]


def _fewer(parts: list[bytes], fails: Callable[[list[bytes]], bool]) -> list[bytes]:
    """Leave out ever smaller stretches of the parts."""
    size = len(parts) // 2
    while size:
        start = 0
        while start < len(parts):
            candidate = parts[:start] + parts[start + size :]
            if fails(candidate):
                parts = candidate
            else:
                start += size
        size //= 2
    return parts
