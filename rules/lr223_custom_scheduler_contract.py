"""A scheduler of one's own does not give its base class what that needs.

## What it finds

A class that derives from LRScheduler and leaves its steps to torch, with one of these mistakes:

* `get_lr` gives back one number, where a list with an LR for each param group is needed;
* `get_lr` gives back a list that has another length than the optimizer has param groups;
* the constructor calls `super().__init__(…)` before it sets an attribute that `get_lr` reads;
* the constructor never calls the one of the base class.

    class Halving(LRScheduler):
        def __init__(self, optimizer, period):
            super().__init__(optimizer)     # LR223: this calls get_lr
            self.period = period            # right above the call of super().__init__

        def get_lr(self):
            factor = 0.5 ** (self.last_epoch // self.period)
            return [lr * factor for lr in self.base_lrs]

## Why it harms

It raises: `TypeError: 'float' object is not iterable`, `ValueError: zip() argument 2 is shorter than argument 1`,
`AttributeError: 'Halving' object has no attribute 'period'` (the constructor of the base class makes the first step),
or `AttributeError: 'Halving' object has no attribute '_step_count'` at the first step.

## Fix and its safety

`super().__init__(…)` is moved below the statements that set the attributes, if these only keep parameters and numbers:
safe, since the code always raises. None for the others.

## What it cannot see

Classes with a `step` of their own, with decorators, with several bases, or from which other classes derive. What
`get_lr` gives back counts as a number only if all of it is known to be numbers.

## torch versions

All. Before torch 2.10 a list that is too short raises nothing: the groups that are left over keep their LR.

## References

* https://github.com/microsoft/hi-ml/issues/611
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.contracts import OF_BASE, Contract, builds_of, contracts, returned, set_too_late
from lrlint.program.regrouping import group_count, regroups
from lrlint.program.rewrite import move_behind
from lrlint.program.scalars import is_scalar
from lrlint.program.search import descend
from lrlint.program.values import Optimizer
from lrlint.rule import Rule, Severity
from lrlint.torch_api.versions import Version

RULE = Rule(
    code="LR223",
    name="custom-scheduler-contract",
    summary="a scheduler of one's own does not give its base class what that needs",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler", "get_lr", "class"),
    fixes=(Applicability.SAFE,),
)

STRICT_SINCE = Version(2, 10)
"""The first release that counts what `get_lr` gives back."""


def check(program: Program) -> Iterator[Finding]:
    for contract in contracts(program):
        name = contract.derived.definition.name
        if contract.builds_itself and contract.constructor is not None:
            if _is_stepped(program, contract):
                problem = "never calls the constructor of its base class: AttributeError at the first step"
                yield Finding(RULE, *program.place(contract.constructor), f"`{name}` {problem}")
            continue
        yield from _late(program, contract)
        values = returned(contract)
        if values and values[0] is not None and all(is_scalar(program, contract, one) for one in values):
            message = f"`get_lr` of `{name}` gives back one number: TypeError, it needs a list with one for each group"
            yield Finding(RULE, *program.place(values[0]), message)
        elif values and values[0] is not None:
            yield from _too_short(program, contract, values)


def _is_stepped(program: Program, contract: Contract) -> bool:
    sites = {build.call for build in builds_of(program, contract)}
    return any(one.site in sites for step in program.facts.scheduler_steps for one in step.possible)


def _late(program: Program, contract: Contract) -> Iterator[Finding]:
    found = set_too_late(contract)
    if found is None:
        return
    call = program.quote(found.call.value)
    yield Finding(
        RULE,
        *program.place(found.call),
        f"{call} calls `get_lr`, which reads `self.{found.first}` before it is set: AttributeError",
        "",
        (Related(*program.place(found.sets_first), f"`self.{found.first}` is set here"),),
        _fix(program, contract, found.call, found.statements[-1]),
    )


def _too_short(program: Program, contract: Contract, values: tuple[ir.Expression | None, ...]) -> Iterator[Finding]:
    """A list that is written down, on an optimizer with more or fewer groups."""
    counts = {_length(one) for one in values}
    given = {one for build in builds_of(program, contract) for one in alternatives(build.scheduler.optimizer)}
    optimizers = [one for one in given if isinstance(one, Optimizer)]
    groups = group_count(program, optimizers) if len(optimizers) == len(given) else None
    count = counts.pop() if len(counts) == 1 else None
    is_strict = program.target(contract.derived.definition).newest >= STRICT_SINCE
    if count is None or groups is None or count == groups or not (is_strict or count < groups):
        return
    if values[0] is None or regroups(program.elements_with(contract.derived.definition)):
        return
    consequence = "ValueError since torch 2.10" if is_strict else "the others keep their LR"
    have = "1 param group" if groups == 1 else f"{groups} param groups"
    message = f"{program.quote(values[0])} is what `get_lr` gives back for {have}: {consequence}"
    yield Finding(RULE, *program.place(values[0]), message, own_severity=None if is_strict else Severity.CORRECTNESS)


def _length(value: ir.Expression | None) -> int | None:
    if not isinstance(value, ir.Collection) or any(isinstance(one, ir.Starred) for one in value.items):
        return None
    return len(value.items)


def _fix(program: Program, contract: Contract, call: ir.Evaluate, last: ir.Statement) -> Fix | None:
    """Move the call below the attributes, where these only keep parameters and numbers."""
    assert contract.constructor is not None
    body = contract.constructor.function.body
    passed = body[body.index(call) + 1 : body.index(last) + 1]
    arguments = call.value.arguments if isinstance(call.value, ir.Call) else ()
    if not all(_keeps(one.value) for one in arguments) or not all(_only_sets(one) for one in passed):
        return None
    edits = move_behind(program, call, last)
    return Fix(Applicability.SAFE, "call the base class when the attributes are set", edits) if edits else None


def _only_sets(statement: ir.Statement) -> bool:
    """Whether a statement gives attributes that the base class does not know values that are there anyway."""
    if not isinstance(statement, ir.Assign) or not _keeps(statement.value):
        return False
    return all(isinstance(target, ir.Attribute) and target.attr not in OF_BASE for target in statement.targets)


def _keeps(value: ir.Expression) -> bool:
    """Whether an expression asks no object for anything."""
    return not any(isinstance(one, ir.Attribute | ir.Call | ir.Subscript | ir.Yield) for one in descend([value]))
