"""The ids of parameters are given to an optimizer instead of the parameters.

## What it finds

A list of ids, made to leave parameters out elsewhere, in the place of the parameters of an optimizer or of a param
group.

    fc_ids = list(map(id, model.fc.parameters()))
    rest = filter(lambda p: id(p) not in fc_ids, model.parameters())      # right
    optim.SGD([{"params": rest}, {"params": fc_ids, "lr": 0.1}])          # LR302
    optim.SGD([{"params": rest}, {"params": model.fc.parameters(), "lr": 0.1}])   # right

## Why it harms

It raises: `TypeError: optimizer can only optimize Tensors, but one of the params is int`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense: the iterable whose ids were taken stands in their
place, and the list of ids stays as it is. Offered where that iterable is `parameters()` of a module which is surely
still the same, since nothing between the two places assigns to it.

## What it cannot see

Ids that were collected in a loop with `append(id(p))` and anything else beside it.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.groups import Group
from lrlint.program.rewrite import dotted_name, module_name
from lrlint.program.search import descend, holds, place_of, targets_of
from lrlint.program.selection import Parameters
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR302",
    name="ids-as-params",
    summary="ids of parameters are given to an optimizer",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS, "id"),
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    built = [group for build in program.optimizer_builds.values() for group in build.groups or ()]
    added = [addition.added for addition in program.group_additions]
    places: dict[ir.Expression, tuple[Parameters, ...]] = {}
    for group in (*built, *added):
        ids = _ids(group)
        if group.content is not None and ids:
            places.setdefault(group.content, ids)
    for content, ids in places.items():
        yield Finding(
            RULE,
            *program.place(content),
            f"{program.quote(content)} gives the optimizer ids instead of parameters: TypeError",
            "ids are no parameters",
            tuple(
                Related(*program.place(part.source), "the ids are taken here")
                for part in ids
                if part.source is not content
            ),
            _fix(program, content, ids),
        )


def _ids(group: Group) -> tuple[Parameters, ...]:
    """What the group holds, if these are ids alone."""
    parts = group.parts or ()
    return parts if all(part.item == "id" for part in parts) else ()


def _fix(program: Program, content: ir.Expression, ids: tuple[Parameters, ...]) -> Fix | None:
    iterables = [_mapped(part.source) for part in ids]
    names = [module_name(iterable) if iterable is not None else None for iterable in iterables]
    is_inline = content is ids[0].source
    if None in names or not (is_inline or isinstance(content, ir.Name)):
        return None
    if not is_inline and not all(
        _stays(program, name or "", part.source, content) for name, part in zip(names, ids, strict=True)
    ):
        return None
    texts = [program.text(iterable) for iterable in iterables if iterable is not None]
    replacement = texts[0] if len(texts) == 1 else f"[{', '.join(f'*{text}' for text in texts)}]"
    edit = Edit(program.range(content), replacement)
    return Fix(Applicability.SAFE, f"give the optimizer {replacement}", (edit,))


def _mapped(source: ir.Expression) -> ir.Expression | None:
    """`x` of `list(map(id, x))` and of `[id(p) for p in x]`."""
    if isinstance(source, ir.Comprehension):
        return source.clauses[0].iterable
    if not isinstance(source, ir.Call) or not isinstance(source.func, ir.Name):
        return None
    arguments = [argument.value for argument in source.arguments]
    if source.func.id == "map" and len(arguments) == 2:
        return arguments[1]
    return _mapped(arguments[0]) if len(arguments) == 1 else None


def _stays(program: Program, module: str, source: ir.Expression, content: ir.Expression) -> bool:
    """Whether a name surely means the same module where its ids are taken and, further down, where they are used."""
    place = place_of(program.statements_around(source), source)
    if place is None:
        return False
    block, index = place
    uses = [position for position, statement in enumerate(block) if holds(statement, content)]
    if not uses or uses[0] <= index:
        return False
    targets = [dotted_name(t) for e in descend(block[index : uses[0] + 1]) for t in targets_of(e)]
    return not any(target is not None and f"{module}.".startswith(f"{target}.") for target in targets)
