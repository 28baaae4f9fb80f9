"""Contents of lists and dicts where paths meet that put different things into them.

schedulers = []
if args.plateau: schedulers.append(ReduceLROnPlateau(optimizer))
elif args.decay: schedulers.append(StepLR(optimizer, 30))
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from lrlint.program.alternatives import alternatives, chosen, leaves, one_of
from lrlint.program.selection import Several
from lrlint.program.values import ABSENT, Absent, Choice, Constant, Instance, OneOf, Opaque, Optimizer, Scheduler, Value

Items = tuple[Value | Several, ...]
Entries = tuple[tuple[object, Value], ...]
Merge = Callable[[Value, Value], Value]


def join_items(left: Items | None, right: Items | None, merge: Merge) -> Items | None:
    """The items of a list on two paths, place by place; where one path has fewer, the item of the other is optional."""
    if left is None or right is None:
        return None
    joined = [_either(one, other, merge) for one, other in zip_longest(left, right, fillvalue=ABSENT)]
    return None if None in joined else tuple(one for one in joined if one is not None)


def join_entries(left: Entries | None, right: Entries | None, merge: Merge) -> Entries | None:
    """The entries of a dict on two paths; where only one path has a key, its value is optional."""
    if left is None or right is None:
        return None
    one, other = dict(left), dict(right)
    joined = {key: _either(one.get(key, ABSENT), other.get(key, ABSENT), merge) for key in one | other}
    known = tuple((key, value) for key, value in joined.items() if value is not None and not isinstance(value, Several))
    return known if len(known) == len(joined) else None


def _either(left: Value | Several, right: Value | Several, merge: Merge) -> Value | Several | None:
    """Either of two items; None unless they are the same or objects that train something."""
    if left == right:
        return left
    if isinstance(left, Several) or isinstance(right, Several):
        return None
    return merge(left, right) if all(map(_is_object, leaves(left) | leaves(right))) else None


def _is_object(value: Value) -> bool:
    return value == Constant(None) or isinstance(value, Absent | Instance | Opaque | Optimizer | Scheduler)


def may_be_absent(item: Value | Several) -> bool:
    """Whether some paths did not put an item into its list or dict."""
    return not isinstance(item, Several) and ABSENT in leaves(item)


def present(item: Value) -> Value:
    """What an item is where it is there."""
    return one_of(alternatives(item), item.born) if isinstance(item, OneOf) and may_be_absent(item) else item


def optional(item: Value, value: Value) -> Value:
    """What is computed from an item, as an item of another list: it is there if that one is."""
    choice = item.choice if isinstance(item, OneOf) else None
    if isinstance(choice, Choice) and ABSENT in (choice.yes, choice.no):
        yes, no = (ABSENT if side == ABSENT else chosen(value) for side in (choice.yes, choice.no))
        return Choice(choice.test, yes, no)
    return one_of((value, ABSENT), item.born) if isinstance(item, OneOf) and may_be_absent(item) else value
