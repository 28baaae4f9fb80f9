"""Objects: names, attributes and items of the state, read and made."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import NEVER, alternatives, chosen, one_of
from lrlint.program.collected import Key, value_of
from lrlint.program.contents import Items, may_be_absent, optional, present
from lrlint.program.selection import Several
from lrlint.program.state import Scope
from lrlint.program.values import (
    ABSENT,
    Bound,
    Choice,
    Class,
    Constant,
    Counter,
    External,
    Function,
    Imported,
    Instance,
    Mapping,
    OneOf,
    Opaque,
    Optimizer,
    Property,
    Scheduler,
    Sequence,
    Super,
    Value,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import signatures

if TYPE_CHECKING:
    from lrlint.program.project import Project

MAX_STARS = 3
"""How far a name is followed from one `import *` to the next."""

_BUILTINS = frozenset(dir(builtins))


def is_builtin(name: str) -> bool:
    """Whether Python knows a name without an import."""
    return name in _BUILTINS


def look_up(frame: Frame, name: str) -> Value:
    """What a name stands for at this point."""
    scope: Scope | None = frame.scope
    names = frame.walk.state.names
    while scope is not None:
        value = names.get(scope, name)
        if value is not None:
            return settle(frame, value)
        scope = scope.parent
    if is_builtin(name):
        return External(f"builtins.{name}")
    return name_of_star(frame, name) or frame.walk.opaque()


def name_of_star(frame: Frame, name: str) -> Value | None:
    """A name that an `import *` binds; None if none may, or several may."""
    stars = frame.walk.loaded[frame.module.path].stars
    return _only([_name_from(frame.walk.project, frame.module.path, star, name) for star in stars])


def _name_from(project: Project, importer: str, star: str, name: str, depth: int = 0) -> Value | None:
    """The name that `from star import *` may bind."""
    path, dotted = project.find(importer, star), f"{star}.{name}"
    if path is None:
        return External(dotted) if not star.startswith("torch.optim") or signatures.find(dotted) else None
    if project.may_bind(path, name):
        return Imported(path, (name,))
    if depth == MAX_STARS:
        return Imported(path, (name,)) if project.stars(path) else None
    found = [_name_from(project, path, inner, name, depth + 1) for inner in project.stars(path)]
    return _only(found) or (Imported(path, (name,)) if any(found) else None)


def _only(values: list[Value | None]) -> Value | None:
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def settle(frame: Frame, value: Value) -> Value:
    """What a value is on the path to this point, where tests on the way have decided choices."""
    if not isinstance(value, Choice):
        return value
    settled = _settle(frame, value)
    if settled == NEVER:
        return frame.walk.opaque()
    return OneOf(settled.values, settled.born, value) if isinstance(settled, OneOf) else settled


def _settle(frame: Frame, value: Value) -> Value:
    if not isinstance(value, Choice):
        return value
    verdict = frame.state.verdict(value.test)
    if verdict is not None:
        return _settle(frame, value.yes if verdict else value.no)
    return one_of((_settle(frame, value.yes), _settle(frame, value.no)), value.test.ident)


def bind_name(frame: Frame, name: str, value: Value) -> None:
    """Assign to a name."""
    frame.state.names.set(home_of(frame.scope, name), name, chosen(value))


def home_of(scope: Scope, name: str) -> Scope:
    """The scope in which an assignment to a name takes place."""
    if scope.function is None or name not in scope.function.outer:
        return scope
    home = scope
    while home.parent is not None:
        home = home.parent
        if home.function is not None and name in home.function.assigned and home.parent is not None:
            return home
    return home


def get_attribute(frame: Frame, owner: Value, attr: str, source: ir.Expression) -> Value:
    """The value of `owner.attr`."""
    if isinstance(owner, OneOf):
        values = [get_attribute(frame, one, attr, source) for one in alternatives(owner)]
        are_methods = all(isinstance(value, Function) for value in values)
        return one_of(values, owner.born if are_methods else frame.walk.tick())  # a method is as old as its object
    assigned = frame.state.attributes.get(storage(owner), attr)
    if assigned is not None:
        return settle(frame, assigned)
    special = _special_attribute(owner, attr) if attr.startswith("__") else None
    return special or _plain_attribute(frame, owner, attr, source)


def _plain_attribute(frame: Frame, owner: Value, attr: str, source: ir.Expression) -> Value:
    if isinstance(owner, Opaque):
        return Bound(owner, attr, source)
    if isinstance(owner, External):
        return External(f"{owner.name}.{attr}")
    if isinstance(owner, Imported):
        return Imported(owner.module, (*owner.names, attr))
    if isinstance(owner, Instance):
        return _member(owner, find_member(owner.klass, attr), attr, source)
    if isinstance(owner, Class):
        return _member_of_class(owner, attr, source)
    if isinstance(owner, Super):
        return _member(owner.owner, find_member_above(owner.klass, attr), attr, source)
    if isinstance(owner, Scheduler) and attr == "optimizer":
        return owner.optimizer
    if isinstance(owner, Constant | Counter):
        return frame.walk.derived(owner)
    return Bound(owner, attr, source)


def class_of(value: Value) -> Value | None:
    """The class of an object, as `type` gives it; None if it is not known."""
    if isinstance(value, Instance):
        return value.klass
    if isinstance(value, Scheduler):
        return value.klass or External(value.name)
    return External(value.name) if isinstance(value, Optimizer) else None


def _special_attribute(owner: Value, attr: str) -> Value | None:
    """`__class__` of an object, `__name__` of a class; None if it is not known."""
    if attr == "__class__":
        return class_of(owner)
    if attr == "__name__" and isinstance(owner, Class):
        return Constant(owner.definition.name)
    if attr == "__name__" and isinstance(owner, External) and signatures.find(owner.name):
        return Constant(owner.name.rpartition(".")[2])
    return None


def set_attribute(frame: Frame, owner: Value, attr: str, value: Value) -> None:
    """Assign to `owner.attr`.  A module that gets another part has other parameters from now on."""
    frame.state.attributes.set(storage(owner), attr, chosen(value))
    if isinstance(owner, Opaque | Instance) and isinstance(value, Opaque | Instance):
        frame.walk.changed[owner.ident] = frame.walk.tick()


def note_changes(frame: Frame, names: Iterable[str]) -> None:
    """Code that the walk passes over may change the objects that these names stand for."""
    for name in names:
        value = look_up(frame, name)
        if isinstance(value, Instance | Opaque):
            frame.walk.changed[value.ident] = frame.walk.clock
        elif isinstance(value, Sequence):
            frame.state.items[value.ident] = None
        elif isinstance(value, Mapping):
            frame.state.entries[value.ident] = None


def as_value(frame: Frame, value: Value) -> Value:
    """An attribute that is used as a value: a method of an unknown object may as well be its attribute."""
    if isinstance(value, Property):
        return frame.walk.opaque()
    if not isinstance(value, Bound):
        return value
    owner = value.owner
    if isinstance(owner, Opaque):
        default = owner.default.get(value.attr, ...) if isinstance(owner.default, dict) else ...
        path, version = (*owner.path, value.attr), _version(frame, owner)
        return Opaque(owner.ident, owner.born, path, version, owner.counters, default=default)
    if isinstance(owner, Instance):
        return Opaque(owner.ident, owner.ident, (value.attr,), frame.walk.version(owner.ident))
    return value if isinstance(owner, Optimizer | Scheduler) else frame.walk.derived(owner)


def elements(frame: Frame, iterable: Value) -> tuple[Value, ...] | None:
    """The items of an iterable, one by one and in order; None where they are not known."""
    if isinstance(iterable, Mapping):
        entries = entries_of(frame, iterable)
        return None if entries is None else tuple(map(value_of, entries))
    if isinstance(iterable, Instance) and iterable.klass.fields:
        values = [frame.state.attributes.get(iterable, name) for name in iterable.klass.fields]
        return None if None in values else tuple(settle(frame, value) for value in values if value is not None)
    return _singles(items_of(frame, iterable)) if isinstance(iterable, Sequence) else None


def possible_elements(frame: Frame, iterable: Value) -> tuple[Value, ...] | None:
    """Like `elements`, but some paths may not have put an item there: such a one can be ABSENT as well."""
    if isinstance(iterable, Sequence):
        return _singles(possible_items(frame, iterable))
    if isinstance(iterable, Mapping):
        entries = possible_entries(frame, iterable)
        return None if entries is None else tuple(optional(one, value_of(key)) for key, one in entries.items())
    return elements(frame, iterable)


def _singles(items: Items | None) -> tuple[Value, ...] | None:
    single = [item for item in items or () if not isinstance(item, Several)]
    return None if items is None or len(single) < len(items) else tuple(single)


def items_of(frame: Frame, sequence: Sequence) -> Items | None:
    """What a list holds, stretches of parameters included; None where that is not known."""
    items = possible_items(frame, sequence)
    return None if items is None or any(map(may_be_absent, items)) else items


def possible_items(frame: Frame, sequence: Sequence) -> Items | None:
    """What a list may hold: some paths may not have put all of these items there."""
    filled = possible_entries(frame, sequence)
    if filled is not None:
        return tuple(filled.values())
    items = frame.state.items.get(sequence.ident, sequence.items)
    if not any(isinstance(item, Choice) for item in items or ()):
        return items
    settled = (settle(frame, item) if isinstance(item, Choice) else item for item in items or ())
    return tuple(item for item in settled if item != ABSENT)


def entries_of(frame: Frame, mapping: Mapping) -> dict[object, Value] | None:
    """The entries of a dict; None where they are not known."""
    entries = possible_entries(frame, mapping)
    return None if entries is None or any(map(may_be_absent, entries.values())) else entries


def possible_entries(frame: Frame, holder: Mapping | Sequence) -> dict[object, Value] | None:
    """The entries that a dict, or a list filled by indices, may have: some paths may not have put all of them there."""
    if isinstance(holder, Sequence) and holder.ident in frame.state.items:
        return None  # it was changed in another way
    made = holder.entries if isinstance(holder, Mapping) else None
    entries = frame.state.entries.get(holder.ident, made)
    if entries is None:
        return None
    settled = {key: settle(frame, value) for key, value in entries}
    return {key: value for key, value in settled.items() if value != ABSENT}


def _member(owner: Value, member: Member | None, attr: str, source: ir.Expression) -> Value:
    """A member of a class as an attribute of an object of it; without a member, something unknown."""
    if member is None:
        return Bound(owner, attr, source)
    if isinstance(member.value, Function):
        return bind_method(member.value, owner, member.klass)
    if isinstance(member.value, Property):
        return Property(bind_method(member.value.getter, owner, member.klass))
    return member.value


def _member_of_class(klass: Class, attr: str, source: ir.Expression) -> Value:
    """`Class.attr`: methods are not bound to an object."""
    member = find_member(klass, attr)
    if member is None:
        return Bound(klass, attr, source)
    if not isinstance(member.value, Function):
        return member.value
    return bind_method(member.value, klass if member.value.is_class_method else None, member.klass)


def _version(frame: Frame, value: Opaque) -> int:
    return frame.walk.version(value.ident)


def storage(owner: Value) -> Value:
    """The key under which attributes of an object are kept: changes of an object do not forget what was assigned."""
    return Opaque(owner.ident, owner.born, owner.path) if isinstance(owner, Opaque) and owner.version else owner


def item_of(frame: Frame, value: Value, index: object) -> Value:
    """`value[index]` of something whose items are not known."""
    if isinstance(value, Opaque) and isinstance(index, int | str):
        return Opaque(value.ident, value.born, (*value.path, f"[{index!r}]"), _version(frame, value), value.counters)
    return frame.walk.derived(value)


def get_item(frame: Frame, owner: Value, index: Value) -> Value:
    """The value of `owner[index]`; an index that a loop changes is known on the loop's first round."""
    if isinstance(owner, Mapping | Sequence) and isinstance(index, Key):
        entry = (possible_entries(frame, owner) or {}).get(index)
        if entry is not None:
            return present(entry)
    if isinstance(index, Opaque) and index.first is not ...:
        item = get_item(frame, owner, Constant(index.first))
        return item if isinstance(item, Optimizer | Scheduler) else frame.walk.derived(owner, index)
    if not isinstance(index, Constant):
        return frame.walk.derived(owner, index)
    if isinstance(owner, Sequence | Instance) and isinstance(index.value, int):
        found = _item_at(frame, owner, index.value)
        if found is not None:
            return found
    if isinstance(owner, Mapping):
        entries = possible_entries(frame, owner)
        if entries is not None and index.value in entries:
            return present(entries[index.value])
    return item_of(frame, owner, index.value)


def _item_at(frame: Frame, owner: Sequence | Instance, index: int) -> Value | None:
    """The item at an index, None if that is not known: the ones before it may not all be there."""
    items = possible_elements(frame, owner)
    if items is None or not -len(items) <= index < len(items):
        return None
    are_counted = items[:index] if index >= 0 else items
    return None if any(map(may_be_absent, are_counted)) else present(items[index])


def as_constant(frame: Frame, sequence: Sequence) -> Value:
    """A list or tuple of constants as one constant, as it is now; anything else as it is."""
    items = elements(frame, sequence)
    if not items or not all(isinstance(item, Constant) for item in items):
        return sequence
    return Constant(tuple(item.value for item in items if isinstance(item, Constant)))


def new_sequence(frame: Frame, kind: str, source: ir.Expression, items: tuple[Value | Several, ...] | None) -> Sequence:
    """A new list or tuple."""
    return Sequence(frame.walk.tick(), kind, source, items)


@dataclass(frozen=True, slots=True)
class Member:
    """What a class holds under a name, and the class, itself or a base, in whose body it stands."""

    value: Value
    klass: Class


def find_member(klass: Class, name: str) -> Member | None:
    """A member of a class or of its bases in the program, None if there is none in view."""
    for one in linearize(klass):
        value = dict(one.members).get(name)
        if value is not None:
            return Member(value, one)
    return None


def find_member_above(klass: Class, name: str) -> Member | None:
    """A member of the bases of a class, as `super()` finds it."""
    for base in klass.bases:
        member = find_member(base, name) if isinstance(base, Class) else None
        if member is not None:
            return member
    return None


def linearize(klass: Class) -> tuple[Class, ...]:
    """A class and its bases in the program, depth first."""
    return (klass, *(one for base in klass.bases if isinstance(base, Class) for one in linearize(base)))


def outside_bases(klass: Class) -> tuple[Value, ...]:
    """The bases of a class, direct or not, that are not in the program."""
    return tuple(base for one in linearize(klass) for base in one.bases if not isinstance(base, Class))


def bind_method(function: Function, owner: Value | None, klass: Class) -> Function:
    """A function in the body of `klass` as a method of an object."""
    if function.is_class_method and isinstance(owner, Instance):
        owner = owner.klass
    return replace(function, owner=owner, klass=klass)
