"""Projects: the modules that imports can reach, each read and parsed at most once, and only when it is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from lrlint.imports.building import may_build
from lrlint.imports.finder import Finder
from lrlint.imports.outline import ALL, ImportedNames, Outline
from lrlint.imports.spreading import Spreading
from lrlint.source import Range, Source, UndecodableError
from lrlint.torch_api.factories import building_names
from lrlint.torch_api.target import Target, newest_target

if TYPE_CHECKING:
    from lrlint.program import ir
    from lrlint.program.options import Options
    from lrlint.program.relevance import Relevance
    from lrlint.tree import Tree, UnreadableError

_MODULE_AS_VALUE = re.compile(rb"\boptim\.lr_scheduler\s*[,)]|\bgetattr\(\s*lr_scheduler\b")
"""Where a scheduler's class may be picked out of torch's module by a name that the text does not tell."""

_GETATTR = re.compile(rb"getattr\(\s*(?:\w+\.)*(\w+)\s*,")

_STEPPING = frozenset(["step", "optimizer_step"])

_MANY = 100
"""More relevant names in one module are not told apart: following each takes its time, and hardly a module has none."""

MAX_REEXPORTS = 4
"""Modules that pass a name on, up to which a class is looked for."""

Read = Callable[[str], "bytes | None"]
"""Gives the bytes of a file by its absolute path, None where it can't be read."""

TargetOf = Callable[[str], Target]
"""Gives the releases of torch that a file, by its absolute path, is meant for."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a source has no program, and where the reading stopped."""

    source: Source
    message: str
    range: Range


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module of the project, in its lowered form; `path` is its absolute path.

    `imported` are the names of interest that it takes from other modules of the project, or out of a module of torch.
    """

    path: str
    source: Source
    tree: Tree
    lowered: ir.Module
    relevance: Relevance
    options: Options
    imported: frozenset[str]


class Project:
    """Gives modules by path.

    `sources` are texts that are not on disk, or not as they are there, by absolute path; `display` are the paths that
    reports show, relative to the working directory where nothing else is given.  `target` tells for which releases of
    torch a file is meant.
    """

    def __init__(
        self,
        sources: Mapping[str, Source] | None = None,
        read: Read | None = None,
        finder: Finder | None = None,
        display: Mapping[str, str] | None = None,
        target: TargetOf = lambda path: newest_target(),
    ) -> None:
        self._sources = dict(sources or {})
        self._display = dict(display or {})
        self._read = read
        self._finder = finder
        self.target = target
        self._modules: dict[str, Module | Unreadable | None] = {}
        self._outlines: dict[str, Outline | None] = {}
        self._imports: dict[str, tuple[tuple[str, ImportedNames], ...]] = {}
        self._getattrs: dict[str, frozenset[str]] = {}
        self._partners: dict[str, tuple[str, ...]] = {}
        self._interest = Spreading(self.imports, self.outline, self._building, self._picked)
        self._relevance = Spreading(self.imports, self.outline, self._acting, self._picked, _MANY)

    def find(self, importer: str, dotted: str) -> str | None:
        """The module that a dotted name means in a file; None if it is none of the project's."""
        return self._finder.find(importer, dotted) if self._finder is not None else None

    def child(self, package: str, name: str) -> str | None:
        """The module `name` in a package."""
        return self._finder.child(package, name) if self._finder is not None else None

    def with_source(self, path: str, source: Source) -> Project:
        """The same project with another text at a path; what was parsed of the others is kept."""
        other = Project({**self._sources, path: source}, self._read, self._finder, self._display, self.target)
        other._modules = {key: module for key, module in self._modules.items() if key != path}
        other._outlines = {key: outline for key, outline in self._outlines.items() if key != path}
        other._imports = {key: imports for key, imports in self._imports.items() if key != path}
        return other

    def parsed_sources(self) -> dict[str, Source]:
        """The texts of the modules that were parsed and not forgotten, by path."""
        return {path: module.source for path, module in self._modules.items() if isinstance(module, Module)}

    def forget(self) -> None:
        """Let go of all that was parsed, and of the bytes of all files."""
        self._modules.clear()
        for outline in self._outlines.values():
            if outline is not None:
                outline.forget()

    def forget_misjudged(self) -> None:
        """Let go of modules in which other names are of interest now, since another one has changed."""
        modules = {path: one for path, one in self._modules.items() if isinstance(one, Module)}
        for path, module in modules.items():
            if self._interest_in(path) != module.imported:
                del self._modules[path]

    def source(self, path: str) -> Source | None:
        """The text of a file; None where it can't be read."""
        if path in self._sources:
            return self._sources[path]
        data = self._read(path) if self._read is not None else None
        try:
            return Source.from_bytes(self._display.get(path) or _relative(path), data) if data is not None else None
        except UndecodableError:
            return None

    def module(self, path: str) -> Module | None:
        """A module; None for folders and for files that can't be read or parsed."""
        found = self.reading(path)
        return found if isinstance(found, Module) else None

    def reading(self, path: str) -> Module | Unreadable | None:
        """A module, or why it can't be parsed; None for folders and files that can't be read."""
        if path not in self._modules:
            source = self.source(path)
            self._modules[path] = None if source is None else self._parse(path, source)
        return self._modules[path]

    def _parse(self, path: str, source: Source) -> Module | Unreadable:
        # These take their time to import, so only for a file that needs them.
        from lrlint.program.lower import lower_module
        from lrlint.program.options import options_of
        from lrlint.program.relevance import relevance_of
        from lrlint.tree import UnreadableError, deep_recursion, parse

        try:
            tree = parse(source)
            with deep_recursion():
                lowered = lower_module(tree)
        except UnreadableError as error:
            return unreadable_at(source, error)
        imported = self._interest_in(path)
        return Module(path, source, tree, lowered, relevance_of(lowered, imported), options_of(lowered), imported)

    def _interest_in(self, path: str) -> frozenset[str]:
        """The names of interest that a module does not bind itself."""
        return self.imported_interest(path) | (self._building(path) - building_names())

    def outline(self, path: str) -> Outline | None:
        """What a module imports and defines at its margin; None for folders and files that can't be read."""
        if path not in self._outlines:
            data = self._bytes(path)
            self._outlines[path] = None if data is None else Outline(data, partial(self._bytes, path))
        return self._outlines[path]

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None where it can't be read."""
        outline = self.outline(path)
        return None if outline is None else outline.data

    def _bytes(self, path: str) -> bytes | None:
        if path in self._sources:
            return self._sources[path].text.encode("utf-8", "replace")
        return self._read(path) if self._read is not None else None

    def imports(self, path: str) -> tuple[tuple[str, ImportedNames], ...]:
        """The modules of the project that a module imports, with the names that it takes from them.

        A name that is a module itself stands for that module.
        """
        if path not in self._imports:
            self._imports[path] = tuple(self._find_imports(path))
        return self._imports[path]

    def _find_imports(self, path: str) -> Iterator[tuple[str, ImportedNames]]:
        outline = self.outline(path) if self._finder is not None else None
        for imported in outline.imports if outline is not None else ():
            found = self.find(path, imported.module)
            if found is None:
                continue
            yield found, imported
            children = (self.child(found, name) for name, _ in sorted(imported.names))
            yield from ((child, ImportedNames(child, frozenset())) for child in children if child is not None)

    def imported_interest(self, path: str) -> frozenset[str]:
        """The names of interest that a module takes from others, or may ask imported modules for."""
        return self._interest.imported(path)

    def _picked(self, path: str, module: str) -> frozenset[str]:
        """The name of an imported module, without its package, if something is picked out of it by `getattr`."""
        if path not in self._getattrs:
            found = _GETATTR.finditer(self.data(path) or b"")
            self._getattrs[path] = frozenset(match[1].decode("utf-8", "replace") for match in found)
        return self._getattrs[path] & {os.path.basename(module).removesuffix(".py")}

    def interest(self, path: str) -> frozenset[str]:
        """The names of interest of a module: what can build an optimizer or scheduler, or holds one that was built."""
        return self._interest.names(path)

    def _building(self, path: str) -> frozenset[str]:
        return _building_in(self.data(path) or b"")

    def relevant(self, path: str) -> frozenset[str]:
        """The names of a module in which something may be found: those of interest, and what steps something."""
        return self._relevance.names(path)

    def _acting(self, path: str) -> frozenset[str]:
        return self.interest(path) | (_STEPPING if b"step" in (self.data(path) or b"") else frozenset())

    def taking_part(self, path: str) -> tuple[str, ...]:
        """The modules that a module imports with a relevant name, or as a whole if they have any."""
        if path not in self._partners:
            found = (module for module, imported in self.imports(path) if imported.locals_of(self.relevant(module)))
            self._partners[path] = tuple(dict.fromkeys(found))
        return self._partners[path]

    def is_of_interest(self, path: str, names: tuple[str, ...]) -> bool:
        """Whether what a dotted name means in a module can build an optimizer or scheduler, or holds one."""
        if not names:
            return False
        if names[0] in self.interest(path) or (len(names) > 1 and names[-1] in building_names()):
            return True  # `optim.lr_scheduler.StepLR` of a module that imports `optim`, too
        child = self.child(path, names[0])
        return child is not None and self.is_of_interest(child, names[1:])

    def binds(self, path: str, name: str) -> bool:
        """Whether the text of a module may bind a name, so that it is worth parsing for it."""
        return self.mentions(path, name) or b"import *" in (self.data(path) or b"")

    def mentions(self, path: str, name: str) -> bool:
        """Whether a name occurs in the text of a module."""
        data, word = self.data(path) or b"", name.encode()
        return word in data and re.search(rb"\b%s\b" % re.escape(word), data) is not None

    def defines_method(self, path: str, names: tuple[str, ...], method: str, depth: int = 0) -> bool:
        """Whether the text around the class that a dotted name means in a module defines a method of this name."""
        data = self.data(path) or b""
        if re.search(rb"\bdef[ \t]+%s\b" % re.escape(method.encode()), data):
            return True
        wanted = frozenset(names[:1])
        origins = [
            (module, names) for module, one in self.imports(path) if one.names and one.locals_of(wanted) & wanted
        ]
        child = self.child(path, names[0]) if len(names) > 1 else None
        if child is not None:
            origins.append((child, names[1:]))
        return depth < MAX_REEXPORTS and any(self.defines_method(*one, method, depth + 1) for one in origins)

    def may_bind(self, path: str, name: str) -> bool:
        """Whether a module may bind a name other than by an `import *`, as its outline tells."""
        outline = self.outline(path) if self.mentions(path, name) else None
        return outline is not None and outline.may_bind(name)

    def stars(self, path: str) -> tuple[str, ...]:
        """The modules from which a module imports all names."""
        outline = self.outline(path)
        return tuple(one.module for one in outline.imports if (ALL, ALL) in one.names) if outline is not None else ()

    def taken_whole(self, module: Module) -> tuple[Module, ...]:
        """The modules of the project from which a module imports all names."""
        paths = (self.find(module.path, star) for star in self.stars(module.path))
        found = (self.module(path) for path in paths if path is not None)
        return tuple(one for one in found if one is not None)


def project_of(source: Source) -> tuple[Project, str]:
    """A project of one source, which imports nothing of its own, and the path of its only module."""
    path = os.path.abspath(source.path)
    return Project({path: source}), path


def _building_in(data: bytes) -> frozenset[str]:
    """The names that a module of these bytes may build an optimizer or scheduler with."""
    if not may_build(data):
        return frozenset()
    names = frozenset(name for name in building_names() if name.encode() in data)
    return names | {"lr_scheduler"} if _MODULE_AS_VALUE.search(data) else names


@cache
def _relative(path: str) -> str:
    try:
        return os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        return path.replace(os.sep, "/")


def unreadable_at(source: Source, error: UnreadableError) -> Unreadable:
    """Why a source can't be read.  The position that a parser reports may lie behind the end of the text."""
    line = min(max(error.line, 1), len(source.line_starts))
    start = min(source.line_starts[line - 1] + max(error.column, 1) - 1, len(source.text))
    return Unreadable(source, str(error), source.range(start, min(start + 1, len(source.text))))
