"""Which expressions stand for an attribute, the list of param groups, or one param group of torch's own optimizers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import Element, descend, targets_of
from lrlint.program.values import Optimizer, Scheduler, Value

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.facts import MemberUse, MethodCall
    from lrlint.program.project import Module

OWN_CLASS = "torch.optim.Optimizer"
"""What the walk calls an optimizer of a class of the program, which may have any attribute."""


def member_uses(program: Program, kind: type[Optimizer | Scheduler]) -> dict[ir.Attribute, list[MemberUse]]:
    """The places that use an attribute of what can only be torch's own optimizers, or schedulers, with their visits."""
    found: dict[ir.Attribute, list[MemberUse]] = {}
    for use in program.facts.member_uses:
        found.setdefault(use.place, []).append(use)
    return {place: uses for place, uses in found.items() if all(_are_torch(use.owners, kind) for use in uses)}


def is_torch(value: Value, kind: type[Optimizer | Scheduler]) -> bool:
    """Whether a value is an object of a class of torch itself, not of one that derives from it."""
    if not isinstance(value, kind):
        return False
    return value.klass is None if isinstance(value, Scheduler) else value.name != OWN_CLASS


def _are_torch(owners: Iterable[Value], kind: type[Optimizer | Scheduler]) -> bool:
    return all(is_torch(owner, kind) for owner in owners)


def group_lists(program: Program) -> frozenset[ir.Expression]:
    """The places that read `optimizer.param_groups`."""
    uses = member_uses(program, Optimizer)
    return frozenset(place for place in uses if place.attr == "param_groups" and not uses[place][0].is_stored)


def copied_lists(program: Program) -> dict[ir.Expression, ir.Call]:
    """The places that read `optimizer.state_dict()["param_groups"]`, whose groups are copies, with the calls."""
    calls = {one.call for one in program.facts.method_calls if _copies_groups(one)}
    if not calls:
        return {}
    return {
        one: one.value
        for one in program.of_kind(ir.Subscript)
        if isinstance(one.value, ir.Call) and one.value in calls
        if isinstance(one.index, ir.Constant) and one.index.value == "param_groups"
    }


def groups_in(program: Program, lists: Collection[ir.Expression]) -> dict[ir.Expression, ir.Expression]:
    """The expressions that stand for one group of these lists, each with the place that reads the list.

    `optimizer.param_groups[0]`, and the names that loops and comprehensions over the list give to its groups.
    """
    found: dict[ir.Expression, ir.Expression] = {}
    for element in program.of_kind(ir.Subscript, ir.For, ir.Comprehension) if lists else ():
        if isinstance(element, ir.Subscript) and _is_item(element, lists):
            found[element] = element.value
        elif isinstance(element, ir.For):
            found |= dict.fromkeys(_names_in_loop(element, lists), _iterated(element))
        elif isinstance(element, ir.Comprehension) and len(element.clauses) == 1:
            clause = element.clauses[0]
            if clause.iterable in lists and isinstance(clause.target, ir.Name):
                within = (element.element, *clause.conditions)
                found |= dict.fromkeys(_uses_of(clause.target.id, within) or (), clause.iterable)
    return found


def item_stores(elements: Iterable[Element]) -> Iterator[tuple[ir.Subscript, ir.Statement]]:
    """What assignments assign to by `owner[key]`, with the statements."""
    return _stores_among(one for one in descend(elements) if isinstance(one, ir.Assign | ir.AugmentedAssign))


def item_stores_in(program: Program, *modules: Module) -> Iterator[tuple[ir.Subscript, ir.Statement]]:
    """The same for all that stands in some modules."""
    assigns = (one for module in modules for one in program.of_kind_in(module, ir.Assign, ir.AugmentedAssign))
    return _stores_among(assigns)


def _stores_among(assigns: Iterable[ir.Statement]) -> Iterator[tuple[ir.Subscript, ir.Statement]]:
    for one in assigns:
        for target in targets_of(one):
            if isinstance(target, ir.Subscript):
                yield target, one


def key_of(subscript: ir.Expression) -> str | None:
    """`lr` of `group["lr"]`; None for anything but a constant text as the key."""
    index = subscript.index if isinstance(subscript, ir.Subscript) else None
    return index.value if isinstance(index, ir.Constant) and isinstance(index.value, str) else None


def _copies_groups(one: MethodCall) -> bool:
    return one.attr == "state_dict" and not one.call.arguments and _are_torch(one.owners, Optimizer)


def _is_item(subscript: ir.Subscript, lists: Collection[ir.Expression]) -> bool:
    """Whether an expression is one item of a list of groups, and no stretch of it."""
    return subscript.value in lists and subscript.index is not None and key_of(subscript) is None


def _iterated(loop: ir.For) -> ir.Expression:
    """What a loop goes through, perhaps by `enumerate`."""
    iterable = loop.iterable
    is_counted = (
        isinstance(iterable, ir.Call) and isinstance(iterable.func, ir.Name) and iterable.func.id == "enumerate"
    )
    return (
        iterable.arguments[0].value if is_counted and isinstance(iterable, ir.Call) and iterable.arguments else iterable
    )


def _names_in_loop(loop: ir.For, lists: Collection[ir.Expression]) -> frozenset[ir.Name]:
    """The uses of a group by its name in the body of a loop over such a list."""
    iterated, target = _iterated(loop), loop.target
    if iterated is not loop.iterable:
        is_pair = isinstance(target, ir.Collection) and len(target.items) == 2
        target = target.items[1] if isinstance(target, ir.Collection) and is_pair else iterated
    if iterated not in lists or not isinstance(target, ir.Name):
        return frozenset()
    return _uses_of(target.id, loop.body) or frozenset()


def _uses_of(name: str, elements: Iterable[Element]) -> frozenset[ir.Name] | None:
    """The uses of a name; None if anything gives it another object."""
    found: set[ir.Name] = set()
    for element in descend(elements):
        if isinstance(element, ir.Name) and element.id == name:
            found.add(element)
        if _binds(element, name):
            return None
    return frozenset(found)


def _binds(element: Element, name: str) -> bool:
    """Whether an element assigns to a name, or has another one of the same spelling."""
    if isinstance(element, ir.Function | ir.DefineClass | ir.Import | ir.Match):
        return True
    targets: tuple[ir.Expression, ...] = ()
    if isinstance(element, ir.Assign):
        targets = element.targets
    elif isinstance(element, ir.AugmentedAssign | ir.For | ir.NamedExpression | ir.Clause):
        targets = (element.target,)
    elif isinstance(element, ir.With):
        targets = tuple(target for _, target in element.items if target is not None)
    return any(isinstance(one, ir.Name) and one.id == name for target in targets for one in _bound(target))


def _bound(target: ir.Expression) -> Iterator[ir.Expression]:
    """The names and places that a target assigns to."""
    if isinstance(target, ir.Collection):
        for item in target.items:
            yield from _bound(item)
    elif isinstance(target, ir.Starred):
        yield from _bound(target.value)
    else:
        yield target
