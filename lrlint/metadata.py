"""The torch that a project asks for in its own metadata."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from typing import Any

from lrlint.imports.finder import Finder
from lrlint.toml import BrokenTomlError, parse_toml
from lrlint.torch_api.target import Target, newest_target, specified_target

_REQUIREMENT = re.compile(r"\s*torch(?![\w.-])\s*(?:\[[^\]]*\])?\s*\(?([^;#@)]*)", re.IGNORECASE)
_ITEM = re.compile(r"\s*-\s+[\"']?(.+)")
_CONDA_PACKAGE = re.compile(r"(?:[^\s:=]+::)?pytorch(?:-[cg]pu)?(?![\w.-])\s*([^#\"']*)", re.IGNORECASE)
_FUZZY_VERSION = re.compile(r"^=(?!=)\s*(\d+(?:\.\d+)*)(?![\d.])")  # conda's `=1.0` is pip's `==1.0.*`
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")

Read = Callable[[str], "bytes | None"]


class Metadata:
    """Tells for which releases of torch a file is meant, from what lies in the folders around it.

    The nearest folder counts that has a `pyproject.toml`, `requirements*.txt`, `reqs*.txt`, an environment of conda
    (`environment.yml`), `setup.cfg` or `setup.py` (the first of these in this order) with bounds for torch.  Each
    folder is looked into once.
    """

    def __init__(self, finder: Finder, read: Read) -> None:
        self._finder = finder
        self._read = read
        self._stated: dict[str, Target | None] = {}

    def target(self, path: str) -> Target:
        """The releases that the file at an absolute path is meant for; the newest known if nothing tells."""
        for folder in self._finder.folders_around(path):
            if folder not in self._stated:
                self._stated[folder] = self._stated_in(folder)
            stated = self._stated[folder]
            if stated is not None:
                return stated
        return newest_target()

    def _stated_in(self, folder: str) -> Target | None:
        names = self._finder.listing(folder)
        for pattern, specifiers_in in _READERS.items():
            found = [
                specifier
                for name in sorted(names)
                if fnmatch(name, pattern)
                for specifier in specifiers_in(_text(self._read(f"{folder}/{name}")))
            ]
            stated = specified_target(found)
            if stated is not None:
                return stated
        return None


def _text(data: bytes | None) -> str:
    """The text of a file; some shells write UTF-16 into `requirements.txt`."""
    data = data or b""
    return data.decode("utf-16" if data[:2] in _UTF_16_MARKS else "utf-8-sig", "replace")


def _in_pyproject(text: str) -> Iterator[str]:
    try:
        document = parse_toml(text)
    except BrokenTomlError:
        return
    project = _table(document.get("project"))
    yield from _in_requirements(
        "\n".join(_strings([project.get("dependencies"), project.get("optional-dependencies")]))
    )
    yield from _in_requirements("\n".join(_strings(document.get("dependency-groups"))))
    poetry = _table(_table(document.get("tool")).get("poetry"))
    for table in (poetry, *map(_table, _table(poetry.get("group")).values())):
        for key in ("dependencies", "dev-dependencies"):
            yield from _poetry_versions(_table(table.get(key)).get("torch"))


def _poetry_versions(constraint: object) -> Iterator[str]:
    """The version specifiers of a dependency of Poetry: `"^2.0"`, `{version = "^2.0"}`, or a list of them."""
    for one in constraint if isinstance(constraint, list) else [constraint]:
        specifier = one.get("version") if isinstance(one, dict) else one
        if isinstance(specifier, str):
            yield specifier


def _in_requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = _REQUIREMENT.match(line)
        if match is not None:
            yield match[1]


def _in_environment(text: str) -> Iterator[str]:
    """The requirements in an environment of conda, whose part for pip has them in pip's form."""
    items = "\n".join(match[1] for match in map(_ITEM.match, text.splitlines()) if match is not None)
    for match in filter(None, map(_CONDA_PACKAGE.match, items.splitlines())):
        yield _FUZZY_VERSION.sub(r"==\1.*", match[1])
    yield from _in_requirements(items)


def _in_setup_cfg(text: str) -> Iterator[str]:
    import configparser  # few projects have such a file

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    yield from _in_requirements(parser.get("options", "install_requires", fallback=""))
    if parser.has_section("options.extras_require"):
        for _name, requirements in parser.items("options.extras_require"):
            yield from _in_requirements(requirements)


def _in_setup_py(text: str) -> Iterator[str]:
    """The requirements that a `setup.py` writes out, in its call of `setup` or in lists of its module."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lists = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("install_requires", "extras_require"):
            value = lists.get(node.value.id, node.value) if isinstance(node.value, ast.Name) else node.value
            texts = (one.value for one in ast.walk(value) if isinstance(one, ast.Constant))
            yield from _in_requirements("\n".join(text for text in texts if isinstance(text, str)))


def _strings(value: object) -> Iterator[str]:
    """The strings in a value of lists and tables."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


_READERS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "pyproject.toml": _in_pyproject,
    "requirements*.txt": _in_requirements,
    "reqs*.txt": _in_requirements,
    "env*.y*ml": _in_environment,
    "setup.cfg": _in_setup_cfg,
    "setup.py": _in_setup_py,
}
