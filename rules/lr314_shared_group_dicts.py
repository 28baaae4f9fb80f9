"""Two optimizers get the same dicts as their param groups, so the second one keeps settings of the first.

## What it finds

A list of param groups that is given to an optimizer, and later on the same way to another one, for which an option has
another value that is not in the dicts themselves.

    groups = [{"params": backbone}, {"params": head}]
    optimizer = optim.SGD(groups, lr=0.5, momentum=0.9)       # writes lr, momentum and the rest into the dicts
    ...
    optimizer = optim.SGD(groups, lr=0.01)                    # LR314: goes on with 0.5, and with the momentum

    optimizer = optim.SGD([dict(group) for group in groups], lr=0.01)   # right, if the first one got copies, too

## Why it harms

A constructor keeps the dicts that it gets and fills in all options that they lack. What the second one finds there it
takes for the group's own. Measured on torch 2.13: built with an LR of 0.5 and then one of 0.01, both optimizers train
with 0.5. And as they share the dicts, a scheduler on one of them sets the LR of both.

## Fix and its safety

Unsafe, since the LR changes: each constructor gets copies, `[dict(group) for group in groups]`. Offered where the
parameters of each group are surely a list: the copies of an iterator share what is left in it.

## What it cannot see

Dicts of which not all keys are known, and optimizers in functions that are not seen to run one after the other. Two
values that are written alike count as equal. It is silent where both optimizers have the same options, though a
scheduler then moves both.

## torch versions

All.

## References

* https://github.com/pytorch/pytorch/issues/51794
* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, optimizer_constructions
from lrlint.program.facts import ParamsGiven
from lrlint.program.iterators import ITERATOR
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.values import Constant, Opaque, Sequence, Value
from lrlint.program.values import Mapping as DictValue
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR314",
    name="shared-group-dicts",
    summary="two optimizers get the same dicts as their param groups",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS, "params"),
    fixes=(Applicability.UNSAFE,),
)

Entries = Mapping[tuple[int, int], Mapping[object, Value] | None]
"""What is in a dict when an optimizer gets it, by the idents of both."""


def check(program: Program) -> Iterator[Finding]:
    built = {one.call: one for one in optimizer_constructions(program)}
    entries = {
        (one.optimizer.ident, one.mapping.ident): None if one.entries is None else dict(one.entries)
        for one in program.facts.group_dicts
    }
    given = [one for one in program.facts.params_given if one.receiver == "optimizer" and one.call in built]
    reported: set[ir.Expression] = set()
    before: dict[DictValue, list[int]] = {}
    for index, second in enumerate(given):
        dicts = _dicts(second)
        candidates = sorted({number for one in dicts for number in before.get(one, ())})
        for one in dicts:
            before.setdefault(one, []).append(index)
        for first in (given[number] for number in candidates):
            shared = _shared(first, second) if second.place not in reported else ()
            option = _lost_option(first, second, shared, built, entries) if shared else None
            if option is not None and _follows(program, first, second):
                reported.add(second.place)
                copies = _fix(program, first, second) if _are_lists(first, entries) else None
                yield _finding(program, first, second, option, copies)


def _finding(program: Program, first: ParamsGiven, second: ParamsGiven, option: str, fix: Fix | None) -> Finding:
    return Finding(
        RULE,
        *program.place(second.place),
        f"{program.quote(second.place)} has the `{option}` of the optimizer before: the one passed here is ignored",
        "the same dicts again",
        (Related(*program.place(first.call), f"this constructor writes its `{option}` into the dicts"),),
        fix,
    )


def _shared(first: ParamsGiven, second: ParamsGiven) -> tuple[DictValue, ...]:
    """The dicts that both get, nothing if one of them may get other ones."""
    before = set(_dicts(first))
    return tuple(one for one in _dicts(second) if one in before)


def _dicts(given: ParamsGiven) -> tuple[DictValue, ...]:
    """The dicts in the list or tuple that an optimizer gets."""
    items = given.items if isinstance(given.value, Sequence) else None
    return tuple(dict.fromkeys(one for one in items or () if isinstance(one, DictValue)))


def _follows(program: Program, first: ParamsGiven, second: ParamsGiven) -> bool:
    """Whether a run that comes to the second surely has been at the first."""
    one, other = first.visit, second.visit
    if not (one.branches <= other.branches and one.verdicts <= other.verdicts) or is_attempt(program, first.call):
        return False
    return function_around(program, first.call) is function_around(program, second.call)


def _lost_option(
    first: ParamsGiven,
    second: ParamsGiven,
    shared: tuple[DictValue, ...],
    built: Mapping[ir.Call, Construction],
    entries: Entries,
) -> str | None:
    """An option in which the optimizers differ, and which the first one writes into one of the dicts."""
    found = [[entries.get((given.optimizer.ident, one.ident)) for given in (first, second)] for one in shared]
    for option in (one.name for one in built[second.call].signature.parameters if one.name != "params"):
        is_written = any(None not in each and not any(option in (keys or ()) for keys in each) for each in found)
        if is_written and _differ(first, second, option, built):
            return option
    return None


def _differ(first: ParamsGiven, second: ParamsGiven, option: str, built: Mapping[ir.Call, Construction]) -> bool:
    """Whether the optimizers get different values, or such as are written in different ways."""
    before, after = (one.optimizer.argument(option) for one in (first, second))
    constructions = built[first.call], built[second.call]
    parameters = [one.signature.parameter(option) for one in constructions]
    if any(one is None or one.default is None for one in parameters):
        return False
    values = [
        _known(value, parameter.default if parameter is not None else None)
        for value, parameter in zip((before, after), parameters, strict=True)
    ]
    if None not in values:
        return values[0] != values[1]
    if before is None or after is None or before == after or first.call is second.call:
        return False
    written = [one.bound[option].written if option in one.bound else None for one in constructions]
    texts = [dotted_name(one.value) if one is not None else None for one in written]
    return None not in texts and texts[0] != texts[1]


def _known(value: Value | None, default: str | None) -> str | None:
    """The text of a number or of another constant, or else of the default that counts where nothing is passed."""
    if value is None:
        return _plain(default)
    known = value.first if isinstance(value, Opaque) else value.value if isinstance(value, Constant) else ...
    return None if known is ... else _plain(repr(known))


def _plain(text: str | None) -> str | None:
    try:
        return text if text is None else repr(float(text))
    except ValueError:
        return text


def _are_lists(given: ParamsGiven, entries: Entries) -> bool:
    """Whether each group surely holds its parameters in a list, which can be read again."""
    for one in given.items or ():
        known = entries.get((given.optimizer.ident, one.ident)) if isinstance(one, DictValue) else None
        params = (known or {}).get("params")
        if not isinstance(params, Sequence) or params.kind == ITERATOR:
            return False
    return True


def _fix(program: Program, first: ParamsGiven, second: ParamsGiven) -> Fix | None:
    places = {first.place: None, second.place: None}
    if program.module_of(first.place) is not program.module_of(second.place):
        return None
    if any(dotted_name(place) is None for place in places):
        return None
    edits = tuple(sorted(Edit(program.range(one), f"[dict(group) for group in {program.text(one)}]") for one in places))
    return Fix(Applicability.UNSAFE, "give each optimizer copies of the dicts", edits)
