"""Code asks for internals of schedulers and optimizers that torch has removed.

## What it finds

`print_lr` and `verbose` of a scheduler, also of `self` in a class that derives from torch's schedulers and has none of
its own; `_step_count` of an optimizer, and `_with_counter` of its `step`.

    scheduler.print_lr(True, 0, 0.1)                   # LR406
    print(scheduler.get_last_lr())                     # right
    if optimizer._step_count < 1: ...                  # LR406
    if optimizer.step._with_counter: ...               # LR406

## Why it harms

It raises. Measured on torch 2.13:

    scheduler.print_lr               AttributeError: 'StepLR' object has no attribute 'print_lr'       since 2.7
    scheduler.verbose                AttributeError: 'StepLR' object has no attribute 'verbose'        since 2.7
    optimizer._step_count            AttributeError: 'SGD' object has no attribute '_step_count'       since 2.4
    optimizer.step._with_counter     AttributeError: 'function' object has no attribute '_with_counter'  since 2.4

An assignment to `optimizer._step_count`, which once hid the warning about the order of steps, does nothing any more.

## Fix and its safety

No fix: `get_last_lr()` tells the LR, but how it is printed only the author knows; what counts steps today is private as
well, and has other names.

## What it cannot see

Objects that are not surely of a class of torch itself, and classes with several bases. Code in a `try`, and that asks
`hasattr` for the name, is left alone, as is a name that the program assigns. `scheduler._step_count` still exists.

## torch versions

2.4 and later; `print_lr` and `verbose` 2.7 and later.

## References

* https://github.com/pytorch/pytorch/pull/147301
* https://github.com/pytorch/pytorch/pull/140043
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.derived import Derived, derived_classes
from lrlint.program.expected import is_expected_to_lack, is_given
from lrlint.program.group_uses import is_torch, member_uses
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Optimizer, Scheduler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR406",
    name="removed-scheduler-internals",
    summary="code asks for internals of schedulers and optimizers that torch has removed",
    severity=Severity.ERROR,
    gate=("torch", "optim|lr_scheduler", "print_lr|verbose|_step_count|_with_counter"),
    since="2.4",
)

OF_SCHEDULERS = frozenset(["print_lr", "verbose"])


def check(program: Program) -> Iterator[Finding]:
    places = chain(_of_schedulers(program), _of_own_schedulers(program), _of_optimizers(program))
    for place in dict.fromkeys(places):
        since = "2.7" if place.attr in OF_SCHEDULERS else "2.4"
        if program.target(place).meets(since) and not is_expected_to_lack(program, place, place.attr):
            problem = f"asks for what torch has removed in {since}: AttributeError"
            yield Finding(RULE, *program.place(place), f"{program.quote(place)} {problem}", "raises here")
    yield from _check_stores(program)


def _check_stores(program: Program) -> Iterator[Finding]:
    """`optimizer._step_count = 1`."""
    for place, uses in member_uses(program, Optimizer).items():
        is_read = any(use.place.attr == place.attr and not use.is_stored for use in program.facts.member_uses)
        if place.attr == "_step_count" and all(use.is_stored for use in uses) and not is_read:
            message = f"{program.quote(place)} is read by nothing since torch 2.4: no warning is hidden by it"
            yield Finding(RULE, *program.place(place), message, "without effect", own_severity=Severity.CORRECTNESS)


def _of_schedulers(program: Program) -> Iterator[ir.Attribute]:
    """`scheduler.verbose` and `scheduler.print_lr(…)`."""
    for place, uses in member_uses(program, Scheduler).items():
        if place.attr in OF_SCHEDULERS and not uses[0].is_stored and not is_given(program, place.attr):
            yield place
    for one in program.facts.method_calls:
        is_asked = one.attr == "print_lr" and all(is_torch(owner, Scheduler) for owner in one.owners)
        if is_asked and isinstance(one.call.func, ir.Attribute) and not is_given(program, one.attr):
            yield one.call.func


def _of_own_schedulers(program: Program) -> Iterator[ir.Attribute]:
    """`self.verbose` and `self.print_lr` in a class that has no such thing itself."""
    for derived in derived_classes(program, "scheduler"):
        own = _own_names(derived)
        for element in descend(derived.definition.body):
            if isinstance(element, ir.Attribute) and element.attr in OF_SCHEDULERS - own and _is_self(element.value):
                yield element


def _own_names(derived: Derived) -> frozenset[str]:
    """What a class defines in its body, or assigns to an attribute somewhere."""
    elements = list(descend(derived.definition.body))
    targets = [target for element in elements for target in targets_of(element)]
    attributes = {one.attr for one in targets if isinstance(one, ir.Attribute)}
    names = {one.id for one in targets if isinstance(one, ir.Name)}
    return frozenset(attributes | names | {one.name for one in derived.methods})


def _is_self(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.Name) and expression.id == "self"


def _of_optimizers(program: Program) -> Iterator[ir.Attribute]:
    """`optimizer._step_count` and `optimizer.step._with_counter`."""
    uses = member_uses(program, Optimizer)
    for place, visits in uses.items():
        if place.attr == "_step_count" and not visits[0].is_stored and not is_given(program, place.attr):
            yield place
    if any(place.attr == "step" for place in uses):
        for element in program.of_kind(ir.Attribute):
            if element.attr == "_with_counter" and element.value in uses:
                yield element
