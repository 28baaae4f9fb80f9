"""An iterator of parameters is read a second time, when nothing is left in it.

## What it finds

`model.parameters()`, `filter`, `map`, `chain` and generator expressions give their items once. Found is what reads such
an iterator when something else has surely read it to its end: an optimizer, a param group, `clip_grad_norm_`, a loop,
`list`, `sum`, … The same holds for one place in a loop that reads an iterator made before the loop.

    params = filter(lambda p: p.requires_grad, model.parameters())
    optimizer = optim.SGD(params, lr=0.1)
    …
    clip_grad_norm_(params, 1.0)                                          # LR306: clips nothing

    params = [p for p in model.parameters() if p.requires_grad]           # right

And a search for one parameter after the other in an iterator of ids. The first one that is not among them reads it to
its end, and no other is found:

    fc_ids = map(id, model.fc.parameters())
    rest = [p for p in model.parameters() if id(p) not in fc_ids]         # LR306: all parameters

## Why it harms

An optimizer refuses to begin: `ValueError: optimizer got an empty parameter list`; `clip_grad_value_` raises an
obscure RuntimeError. Everything else goes on silently: the param group stays empty and its parameters do not learn,
no gradient is clipped. Measured on torch 2.13, `clip_grad_norm_` returns 0 and warns about generators, but not about
`filter`. In the search above, 4 of 4 parameters were "not in" the 2 ids.

## Fix and its safety

The iterator becomes a list where it is made. Safe where each of the readers that get nothing is an optimizer, so that
the code always raises, and the first reader comes directly after the iterator is made: otherwise a list might choose
before something changes that a `filter` saw. Else unsafe, since the code then does what it has not done so far, such
as clipping. Not offered where another param group has parameters that the list would hold: they would overlap (LR304).

## What it cannot see

Iterators that code out of view has got; those that are read on some paths only; generator functions. That an object
whose class is not in view has a `parameters` of its own, which gives a list. Whether a search in ids goes wrong
depends on the order of the parameters: ids of the model's first part are all found, if only by chance. So a first
search is reported for a module whose name says that it comes last: `fc`, `head`, `classifier`.

## torch versions

All; newer ones warn where `clip_grad_norm_` gets an empty generator.

## References

* https://docs.python.org/3/glossary.html#term-iterator
* https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.parameters
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import EmptyRead, Search
from lrlint.program.insertions import as_list
from lrlint.program.search import holds, place_of
from lrlint.program.selection import OneShot
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR306",
    name="exhausted-iterator",
    summary="an iterator of parameters is read again when it is used up",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS, "parameters|named_parameters"),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

_CONSEQUENCES = {
    "optimizer": "the optimizer gets no parameters, ValueError",
    "group": "the param group stays empty",
    "search": "nothing is found in it",
    "clip_grad_value_": "nothing is left to clip, RuntimeError",
    "code": "there is nothing left",
}

_LAST_MODULES = frozenset(["classifier", "fc", "head"])
"""What the last part of a model is called."""


def check(program: Program) -> Iterator[Finding]:
    reads = {read.place: read for read in reversed(program.facts.empty_reads)}
    for read in reads.values():
        yield _finding_of_read(program, read)
    searches = {search.place: search for search in program.facts.searches if _comes_last(search)}
    for place, search in searches.items():
        if place not in reads:
            yield _finding_of_search(program, search)


def _finding_of_read(program: Program, read: EmptyRead) -> Finding:
    earlier = [(read.earlier, "it was read here")] if read.earlier is not read.place else []
    return Finding(
        RULE,
        *program.place(read.place),
        f"{program.quote(read.place)} reads an iterator that is used up: {_CONSEQUENCES[read.reader]}",
        "nothing is left in it",
        _related(program, [(read.iterator.source, "the iterator is made here"), *earlier]),
        None if _would_overlap(program, read) else _fix(program, read.place, read.iterator),
        None if read.reader in ("optimizer", "clip_grad_value_") else Severity.CORRECTNESS,
    )


def _finding_of_search(program: Program, search: Search) -> Finding:
    return Finding(
        RULE,
        *program.place(search.place),
        f"{program.quote(search.place)} uses the iterator up with the first parameter that is not in it",
        "for all parameters after that, nothing is left in it",
        _related(program, [(search.iterator.source, "the iterator is made here")]),
        _fix(program, search.place, search.iterator),
        Severity.CORRECTNESS,
    )


def _related(program: Program, places: list[tuple[ir.Expression, str]]) -> tuple[Related, ...]:
    return tuple(Related(*program.place(place), label) for place, label in places)


def _comes_last(search: Search) -> bool:
    """Whether the searched ids are those of the last part of a model, as far as its name tells."""
    if search.parameters.item == "parameter":
        return False  # the first comparison of two parameters raises
    made = min(search.parameters.iterators, key=lambda iterator: iterator.ident).source  # model.fc.parameters()
    owner = made.func.value if isinstance(made, ir.Call) and isinstance(made.func, ir.Attribute) else None
    return isinstance(owner, ir.Attribute) and owner.attr in _LAST_MODULES


def _fix(program: Program, place: ir.Expression, iterator: OneShot) -> Fix | None:
    if program.module_of(place) is not program.module_of(iterator.source):
        return None
    edits = as_list(program, iterator.source)
    if edits is None:
        return None
    applicability = Applicability.SAFE if _always_raises(program, iterator) else Applicability.UNSAFE
    return Fix(applicability, "make the iterator a list", edits)


def _would_overlap(program: Program, read: EmptyRead) -> bool:
    """Whether a list would give the same parameters to two groups, which torch refuses."""
    if read.reader != "group" or read.iterator.ident < max(one.ident for one in read.parameters.iterators):
        return False  # the groups choose different ones from what the iterator gives
    built = [build.groups or () for build in program.optimizer_builds.values()]
    added = [(*addition.present, addition.added) for addition in program.group_additions]
    others = [
        other
        for groups in (*built, *added)
        if any(group.content is read.place for group in groups)
        for other in groups
        if other.content is not read.place
    ]
    return any(
        other.content is read.earlier or any(part.may_share(read.parameters) for part in other.parts or ())
        for other in others
    )


def _always_raises(program: Program, iterator: OneShot) -> bool:
    """Whether optimizers alone are left with nothing, and a list would hold what the first reader gets."""
    facts = program.facts
    reads = [read for read in facts.empty_reads if read.iterator.source is iterator.source]
    if any(search.iterator.source is iterator.source for search in facts.searches):
        return False
    return bool(reads) and all(
        read.reader == "optimizer" and _follows(program, iterator.source, read.earlier) for read in reads
    )


def _follows(program: Program, source: ir.Expression, reader: ir.Expression) -> bool:
    """Whether an expression stands in the statement directly behind that of another."""
    place = place_of(program.statements_around(source), source)
    if place is None:
        return False
    block, index = place
    return index + 1 < len(block) and holds(block[index + 1], reader)
