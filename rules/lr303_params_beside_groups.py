"""Parameters are passed to an optimizer in two arguments, but the second one is the LR.

## What it finds

A constructor of an optimizer whose second positional argument is an iterable of parameters or a list of param
groups.

    optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), [{"params": …}, {"params": …}], lr=0.1)   # LR303
    optim.SGD([{"params": …}, {"params": …}], lr=0.1)                                                          # right

    optim.Adam(encoder.parameters(), decoder.parameters(), lr=1e-3)                                            # LR303
    optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)                                        # right

## Why it harms

It raises: `TypeError: SGD.__init__() got multiple values for argument 'lr'`, or without `lr=` a comparison of the
iterable with a number, such as `TypeError: '<' not supported between instances of 'list' and 'float'`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense. A first argument that only leaves out frozen
parameters of the model whose groups follow is dropped: an optimizer skips frozen parameters anyway (training was
measured to be bit-identical). Iterables of separate modules are joined. Not offered for anything else,
nor for a parameter of a function, an attribute or an import, which others may give what belongs there.

## What it cannot see

Arguments behind `*args`, groups that come out of a function of another package, optimizers that are not torch's own.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.assignments import is_told_here
from lrlint.program.facts import OptimizerBuild
from lrlint.program.groups import Group
from lrlint.program.insertions import put_before, put_behind
from lrlint.program.selection import Parameters
from lrlint.program.values import Sequence, Value
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR303",
    name="params-beside-groups",
    summary="parameters are passed to an optimizer in two arguments",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for call, build in program.optimizer_builds.items():
        if build.beside is None:
            continue
        first, second = call.arguments[0], call.arguments[1]
        yield Finding(
            RULE,
            *program.place(second),
            f"{program.quote(call.func)} gets parameters in two arguments: TypeError, the second one is the LR",
            f"beside {program.quote(first, 40)}",
            (),
            _fix(program, call, build, build.beside),
        )


def _fix(program: Program, call: ir.Call, build: OptimizerBuild, beside: tuple[Group, ...]) -> Fix | None:
    first = _parameters(build.positional[0], build.groups)
    if not first or not all(is_told_here(program, one.value) for one in call.arguments[:2]):
        return None
    if len(first) == 1 and first[0].predicate == "requires_grad" and not _parameters(build.positional[1], beside):
        return _drop_first(program, call) if _are_groups_of(first[0], beside) else None
    return _join(program, call, build, beside)


def _parameters(value: Value, groups: tuple[Group, ...] | None) -> tuple[Parameters, ...] | None:
    """What an argument holds that is an iterable of parameters; `groups` are those that an optimizer makes of it."""
    if not isinstance(value, Parameters | Sequence) or not groups or groups[0].source is not value.source:
        return None
    return groups[0].parameters


def _are_groups_of(whole: Parameters, groups: tuple[Group, ...]) -> bool:
    """Whether the groups hold parts of one module only."""
    return all(
        group.parameters is not None and all(part.lies_in(whole) for part in group.parameters) for group in groups
    )


def _drop_first(program: Program, call: ir.Call) -> Fix | None:
    start, end = program.range(call.arguments[0]).start, program.range(call.arguments[1]).start
    source = program.source_of(call)
    if "#" in source.text[start:end]:
        return None
    edit = Edit(source.range(start, end), "")
    return Fix(Applicability.SAFE, "drop the first argument, whose parameters are in the groups", (edit,))


def _join(program: Program, call: ir.Call, build: OptimizerBuild, beside: tuple[Group, ...]) -> Fix | None:
    """`f(a.parameters(), b.parameters())` -> `f([*a.parameters(), *b.parameters()])`."""
    rest = [(value,) if isinstance(value, Parameters) else None for value in build.positional[2:]]
    given = [_parameters(build.positional[0], build.groups), _parameters(build.positional[1], beside), *rest]
    iterables = [part for parts in given for part in parts or ()]
    if None in given or any(part.conditions or not part.are_parameters for part in iterables):
        return None
    if any(a is not b and a.lies_in(b) for a in iterables for b in iterables):
        return None
    first, *others = call.arguments[: len(given)]
    stars = (put_before(program, first, "[*"), *(put_before(program, one, "*") for one in others))
    close = put_behind(program, call.arguments[len(given) - 1], "]")
    return Fix(Applicability.SAFE, "join the parameters to one list", (*stars, close))
