"""What the imports of a module say that its names mean, without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lrlint.program import ir

if TYPE_CHECKING:
    from lrlint.program.project import Module


def imported_names(module: Module) -> Mapping[str, frozenset[str]]:
    """What imports bind, anywhere in a module: for each local name the dotted names that it may stand for."""
    found: dict[str, set[str]] = {}
    for binding in module.lowered.bindings:
        found.setdefault(binding.local, set()).add(binding.dotted)
    return {local: frozenset(dotted) for local, dotted in found.items()}


def meanings(written: str | None, imported: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What a dotted name that is written in a module may mean; nothing if it begins with no imported name."""
    first, _, rest = (written or "").partition(".")
    return frozenset(f"{origin}.{rest}" if rest else origin for origin in imported.get(first, ()))


def meanings_by_star(name: str, module: Module, taken_whole: Iterable[Module]) -> frozenset[str]:
    """What a name may mean that comes by `import *` from torch, or from modules of the project, `taken_whole`."""
    stars = [one.star for one in module.lowered.body.body if isinstance(one, ir.Import) and one.star is not None]
    of_torch = [f"{star}.{name}" for star in stars if star.startswith("torch.")]
    of_project = [dotted for one in taken_whole for dotted in imported_names(one).get(name, ())]
    return frozenset((*of_torch, *of_project)) if not name.startswith("_") else frozenset()
