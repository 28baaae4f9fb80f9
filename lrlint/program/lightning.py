"""Lightning: what the `configure_optimizers` of a LightningModule hands over, as its text says.

return [optimizer], [scheduler]
return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import behind_names
from lrlint.program.imported import imported_names, meanings
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import descend

if TYPE_CHECKING:
    from lrlint.program import Program

MODULES = frozenset(
    f"{package}.LightningModule"
    for package in ["lightning", "lightning.pytorch", "pytorch_lightning", "pytorch_lightning.core"]
)
"""The names of the class that Lightning trains."""

_OWN_LOOP = frozenset(["automatic_optimization", "lr_scheduler_step", "lr_schedulers"])
"""What a module mentions that steps its schedulers itself."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a dict: its key, or the whole argument of `dict(key=value)`, and its value."""

    key: ir.Expression | ir.Argument
    value: ir.Expression


Settings = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Configured:
    """A scheduler that Lightning gets from a module, and steps.

    `place` is the expression that hands it over, `scheduler` the one that gives it.  `settings` are those of the dict
    `written` that it comes in, None where it comes alone; `around` those of the dict in which it comes with its
    optimizer, None for a list of schedulers.  `is_alone`: that dict is all that the method returns.
    """

    klass: ir.DefineClass
    place: ir.Expression
    scheduler: ir.Expression
    settings: Settings | None
    written: ir.Expression | None
    around: Settings | None
    is_alone: bool


def configured_schedulers(program: Program) -> Iterator[Configured]:
    """The schedulers that `configure_optimizers` returns, one by one, where its text shows them.

    Left out are modules that step them on their own.
    """
    for module in program.modules:
        imported = imported_names(module)
        for element in program.of_kind_in(module, ir.DefineClass):
            if len(element.bases) != 1:
                continue
            names = meanings(dotted_name(element.bases[0]), imported)
            if names and names <= MODULES and element.mentions.isdisjoint(_OWN_LOOP):
                for method in _methods(element, "configure_optimizers"):
                    yield from _Method(program, element, method).schedulers()


def _methods(klass: ir.DefineClass, name: str) -> Iterator[ir.Function]:
    return (one.function for one in klass.body if isinstance(one, ir.Define) and one.function.name == name)


@dataclass(frozen=True, slots=True)
class _Method:
    """Reads what one method returns."""

    program: Program
    klass: ir.DefineClass
    function: ir.Function

    def schedulers(self) -> Iterator[Configured]:
        """Those of all returns."""
        elements = list(descend(self.function.body))
        inner = {one for e in elements if isinstance(e, ir.Function) for one in descend(e.body)}
        for element in elements:
            if isinstance(element, ir.Return) and element.value is not None and element not in inner:
                yield from self._returned(element.value)

    def _returned(self, value: ir.Expression) -> Iterator[Configured]:
        value = self._behind(value)
        entries = entries_of(value)
        if entries is not None:
            yield from self._of_dict(entries, is_alone=True)
        if not isinstance(value, ir.Collection):
            return
        items = [self._behind(item) for item in value.items]
        if len(items) == 2 and isinstance(items[0], ir.Collection):
            listed = items[1].items if isinstance(items[1], ir.Collection) else value.items[1:]
            yield from (one for item in listed for one in self._scheduler(item, None, is_alone=False))
            return
        for item in items:
            yield from self._of_dict(entries_of(item) or {}, is_alone=False)

    def _of_dict(self, around: Settings, is_alone: bool) -> Iterator[Configured]:
        if "optimizer" in around and "lr_scheduler" in around:
            yield from self._scheduler(around["lr_scheduler"].value, around, is_alone)

    def _scheduler(self, place: ir.Expression, around: Settings | None, is_alone: bool) -> Iterator[Configured]:
        value = self._behind(place)
        settings = entries_of(value)
        if settings is None:
            if isinstance(value, ir.Call):
                yield Configured(self.klass, place, value, None, None, around, is_alone)
        elif "scheduler" in settings:
            scheduler = self._behind(settings["scheduler"].value)
            yield Configured(self.klass, place, scheduler, settings, value, around, is_alone)

    def _behind(self, expression: ir.Expression) -> ir.Expression:
        """What a name stands for; the name itself if what it holds may be changed before it is returned."""
        value = behind_names(self.program, expression)
        is_container = isinstance(value, ir.Collection) or entries_of(value) is not None
        return expression if value is not expression and is_container and self._uses(expression) > 2 else value

    def _uses(self, name: ir.Expression) -> int:
        written = dotted_name(name)
        return sum(isinstance(one, ir.Name) and one.id == written for one in descend(self.function.body))


def entries_of(expression: ir.Expression) -> Settings | None:
    """The entries of a dict as it is written, with braces or as `dict(key=value)`; None for anything else."""
    if isinstance(expression, ir.Dict):
        words = [(key.value if isinstance(key, ir.Constant) else None, key, value) for key, value in expression.items]
        known = {word: Entry(key, value) for word, key, value in words if isinstance(word, str) and key is not None}
        return known if len(known) == len(expression.items) else None
    if not isinstance(expression, ir.Call) or dotted_name(expression.func) != "dict":
        return None
    named = {one.keyword: Entry(one, one.value) for one in expression.arguments if one.keyword is not None}
    return named if len(named) == len(expression.arguments) else None
