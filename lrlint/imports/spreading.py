"""How names of interest spread: a name that stands for something makes others stand for it, along imports as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from lrlint.imports.outline import ALL, ImportedNames, Outline

Imports = Callable[[str], "tuple[tuple[str, ImportedNames], ...]"]
"""Gives the modules that a module imports, with the names that it takes from them."""

Names = frozenset[str]
NONE: Names = frozenset()


class _Module:
    """What is known of one module: its names so far, those of them that are `new`, and all that was asked for in it."""

    def __init__(self, outline: Outline | None, most: int | None) -> None:
        self.outline = outline
        self.most = most
        self.names: set[str] = set()
        self.new: set[str] = set()
        self.asked: set[str] = set()

    def take(self, names: Names) -> None:
        """Add names, or ALL if they are too many to follow each."""
        if ALL in self.names:
            return
        if ALL in names or (self.most is not None and len(self.names | names) > self.most):
            self.new, self.names = {ALL}, {ALL}
        else:
            self.new |= names - self.names
            self.names |= names

    def hand_out(self) -> Names:
        """The names that were new, with those which statements bind that mention them; none is new then."""
        handed: set[str] = set()
        while self.new:
            names, self.new = self.new, set()
            handed |= names
            if ALL not in names:
                self.take(_bound(self, names))
        return frozenset(handed)


class Spreading:
    """Gives the names of a module that have to do with its seeds, or with such names of the modules that it imports.

    These are the names that it imports, and those bound by statements at the margin that mention a seed or such a name.
    `seeds` gives those of a module; `picked` the names of modules, without their packages, out of which a module may
    pick anything.  Where there are more names than `most`, they are ALL.
    """

    def __init__(
        self,
        imports: Imports,
        outline: Callable[[str], Outline | None],
        seeds: Callable[[str], Names],
        picked: Callable[[str, str], Names],
        most: int | None = None,
    ) -> None:
        self._imports = imports
        self._outline = outline
        self._seeds = seeds
        self._picked = picked
        self._most = most
        self._known: dict[str, Names] = {}

    def names(self, path: str) -> Names:
        """The names of a module."""
        if path not in self._known:
            self._settle(self._reach(path))
        return self._known[path]

    def imported(self, path: str) -> Names:
        """The names of a module that it takes from others."""
        return NONE.union(*(self._taken(path, *one, self.names(one[0])) for one in self._imports(path)))

    def _taken(self, path: str, module: str, imported: ImportedNames, names: Names) -> Names:
        """What a module calls those of some names of another one that it imports."""
        if imported.names or not names:
            return imported.locals_of(names)
        return imported.locals_of(names) | self._picked(path, module)

    def _reach(self, path: str) -> list[str]:
        """A module and all that it reaches and that is not known yet."""
        reach, entered = [path], {path}
        for current in reach:  # grows
            new = {module for module, _ in self._imports(current)} - entered - self._known.keys()
            entered |= new
            reach += new
        return reach

    def _settle(self, reach: Collection[str]) -> None:
        """Get to know the names of modules: each one that is new is handed on to the modules that import it."""
        modules = {path: _Module(self._outline(path), self._most) for path in reach}
        importers: dict[str, list[tuple[str, ImportedNames]]] = defaultdict(list)
        for path, module in modules.items():
            module.take(_bound(module, _seeded(module, self._seeds(path))))
            for source, imported in self._imports(path):
                if source in modules:
                    importers[source].append((path, imported))
                else:
                    module.take(self._taken(path, source, imported, self._known[source]))
        pending = {path for path, module in modules.items() if module.new}
        while pending:
            source = pending.pop()
            names = modules[source].hand_out()
            for path, imported in importers[source]:
                modules[path].take(self._taken(path, source, imported, names))
                pending |= {path} if modules[path].new else set()
        self._known |= {path: frozenset(module.names) for path, module in modules.items()}


def _seeded(module: _Module, seeds: Names) -> set[str]:
    """The seeds of a module, and what it calls those that it imports."""
    if module.outline is None or not seeds:
        return set()
    return set(seeds).union(*(one.locals_of(seeds) for one in module.outline.imports if one.names))


def _bound(module: _Module, names: Collection[str]) -> Names:
    """The names that are bound by statements of a module which mention one of some names, asked for once each."""
    new = set(names) - module.asked
    module.asked |= new
    return module.outline.mentioning(new) if module.outline is not None else NONE
