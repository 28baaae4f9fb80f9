"""A scheduler is built on something that is no optimizer.

## What it finds

A scheduler of torch whose optimizer surely is something else: the parameters of a model, a number, a list,
the class of an optimizer, another scheduler; and a ChainedScheduler whose list of schedulers is an optimizer.

    StepLR(model.parameters(), 30)    # LR207
    StepLR(optimizer, 30)             # right
    StepLR(optim.SGD, 30)             # LR207: the class, not an optimizer of it

## Why it harms

It raises: `TypeError: generator is not an Optimizer`, with LambdaLR `AttributeError: 'generator' object has no
attribute 'param_groups'`, with ChainedScheduler `TypeError: object of type 'SGD' has no len()`.

## Fix and its safety

Unsafe, since another optimizer may be meant: the only optimizer of the module, where the same function has given it a
name before and it is not among the arguments. Otherwise none.

## What it cannot see

Modules, and objects of classes outside of the project, such as wrappers of optimizers. None, which may
stand for something that is made later.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
* https://github.com/Lightning-AI/pytorch-lightning/issues/17584
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.objects import outside_bases
from lrlint.program.places import function_around
from lrlint.program.search import block_of, descend
from lrlint.program.selection import Parameters
from lrlint.program.values import (
    Class,
    Constant,
    External,
    Function,
    GradScaler,
    Instance,
    Mapping,
    Optimizer,
    Range,
    Scheduler,
    Sequence,
    Value,
)
from lrlint.rule import Rule, Severity
from lrlint.torch_api import signatures

RULE = Rule(
    code="LR207",
    name="scheduler-needs-optimizer",
    summary="a scheduler is built on something that is no optimizer",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)

_NO_OPTIMIZERS = (Class, Function, GradScaler, Mapping, Parameters, Range, Scheduler, Sequence)


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program):
        is_chained = construction.class_name == "ChainedScheduler"
        name = "schedulers" if is_chained else "optimizer"
        given = construction.possible_values(name)
        is_wrong = all(isinstance(v, Optimizer) if is_chained else _is_no_optimizer(v) for v in given)
        if not given or not is_wrong or is_attempt(program, construction.call):
            continue
        argument = construction.written(name)
        shown = "it" if argument is None else program.quote(argument.value)
        wanted = "a list of schedulers" if is_chained else "an optimizer"
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"`{construction.class_name}` is built on {shown}: it raises, as it needs {wanted}",
            "",
            (),
            None if is_chained or argument is None else _fix(program, construction, argument),
        )


def _is_no_optimizer(value: Value) -> bool:
    """Whether a value is surely not an optimizer."""
    if isinstance(value, Constant):
        return value.value is not None
    if isinstance(value, External):
        return signatures.find(value.name) is not None
    if isinstance(value, Instance):
        bases = outside_bases(value.klass)
        return all(isinstance(base, External) and base.name.startswith("torch.nn.") for base in bases)
    return isinstance(value, _NO_OPTIMIZERS)


def _fix(program: Program, construction: Construction, argument: ir.Argument) -> Fix | None:
    """Name the only optimizer, which the block around the call has made before."""
    module = program.module_of(construction.call)
    builds = {b.call: b for b in program.facts.optimizer_builds if b.visit.module is module}
    if len(builds) != 1 or len({build.visit.statement for build in construction.builds}) != 1:
        return None
    statement = next(iter(builds.values())).statement
    if not isinstance(statement, ir.Assign) or statement.value not in builds or len(statement.targets) != 1:
        return None
    target, here = statement.targets[0], construction.builds[0].visit.statement
    block = block_of(program.statements_around(here), here) or ()
    if statement not in block or block.index(statement) > block.index(here) or not isinstance(target, ir.Name):
        return None
    if function_around(program, construction.call) is not function_around(program, statement):
        return None
    others = [one for one in construction.call.arguments if one is not argument]
    if any(isinstance(one, ir.Name) and one.id == target.id for one in descend(others)):
        return None
    edit = Edit(program.range(argument.value), target.id)
    return Fix(Applicability.UNSAFE, f"build it on `{target.id}`", (edit,))
