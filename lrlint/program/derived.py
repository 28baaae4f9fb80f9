"""Which classes of a module derive from one of torch, as its text says, also where nothing builds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrlint.program import ir
from lrlint.program.imported import imported_names, meanings, meanings_by_star
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import calls_of
from lrlint.torch_api import signatures

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.project import Module


@dataclass(frozen=True, slots=True)
class Derived:
    """A class whose only base is torch's class `base`, by its dotted name; `written` is how the text names that."""

    definition: ir.DefineClass
    base: str
    written: str

    @property
    def methods(self) -> Iterator[ir.Function]:
        """The functions in its body."""
        return (one.function for one in self.definition.body if isinstance(one, ir.Define))


def derived_classes(program: Program, kind: Literal["optimizer", "scheduler"]) -> Iterator[Derived]:
    """The classes that derive from one of torch's optimizers or schedulers, and from nothing else.

    A name that imports may bind to several classes, as for several releases, counts if all of them are such.
    """
    find = signatures.optimizer if kind == "optimizer" else signatures.scheduler
    for module in program.modules:
        imported = imported_names(module)
        for element in program.elements_in(module):
            if not isinstance(element, ir.DefineClass) or len(element.bases) != 1:
                continue
            written = dotted_name(element.bases[0])
            found = [find(name) for name in sorted(meanings(written, imported))]
            if not found and written is not None and written not in _own_classes(program, module):
                found = [one for one in map(find, meanings_by_star(written, module)) if one is not None]
            if written is not None and found and all(found) and found[0] is not None:
                yield Derived(element, found[0].name, written)


def _own_classes(program: Program, module: Module) -> frozenset[str]:
    return frozenset(one.name for one in program.elements_in(module) if isinstance(one, ir.DefineClass))


def base_calls(derived: Derived, method: str) -> Iterator[ir.Call]:
    """The calls of the base class's method in a class: `super().method(…)` and `Base.method(self, …)`."""
    for function in derived.methods:
        for call in calls_of(frozenset([method]), function.body):
            if isinstance(call.func, ir.Attribute) and _is_base(call.func.value, derived):
                yield call


def _is_base(owner: ir.Expression, derived: Derived) -> bool:
    if not isinstance(owner, ir.Call):
        return dotted_name(owner) == derived.written
    name, given = dotted_name(owner.func), [dotted_name(one.value) for one in owner.arguments]
    return name == "super" and given[:1] in ([], [derived.definition.name], ["self.__class__"])
