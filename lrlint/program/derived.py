"""Which classes of a module derive from one of torch, as its text says, also where nothing builds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    from lrlint.torch_api.signatures import Signature

Find = Callable[[str], "Signature | None"]
"""Gives the class of torch with a dotted name."""


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
        for element in program.of_kind_in(module, ir.DefineClass):
            if len(element.bases) != 1:
                continue
            written = dotted_name(element.bases[0])
            found = [find(name) for name in sorted(meanings(written, imported))]
            if not found and written is not None:
                found = _by_star(program, module, written, find)
            if written is not None and found and all(found) and found[0] is not None:
                yield Derived(element, found[0].name, written)


def _by_star(program: Program, module: Module, written: str, find: Find) -> list[Signature | None]:
    """The classes of torch that a name may mean which comes by `import *`; none if the project has such a class."""
    others = program.taken_whole(module)
    definitions = (one for part in (module, *others) for one in program.elements_in(part))
    if any(isinstance(one, ir.DefineClass) and one.name == written for one in definitions):
        return []
    return [one for one in map(find, meanings_by_star(written, module, others)) if one is not None]


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
