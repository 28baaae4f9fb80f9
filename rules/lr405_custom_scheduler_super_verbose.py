"""A scheduler of one's own passes `verbose` to torch's base class, which takes it no longer.

## What it finds

A call of the base class's `__init__`, in a class that derives from one of torch's schedulers, that passes `verbose` by
its name or by its place.

    class WarmupLR(LRScheduler):
        def __init__(self, optimizer, last_epoch=-1, verbose=False):
            super().__init__(optimizer, last_epoch, verbose)     # LR405
            super().__init__(optimizer, last_epoch)              # right

## Why it harms

The scheduler can't be built since torch 2.7. Measured on torch 2.13: `TypeError: LRScheduler.__init__() takes from 2 to
3 positional arguments but 4 were given`, or `got an unexpected keyword argument 'verbose'`. Torch 2.2 to 2.6 warn that
it is deprecated.

## Fix and its safety

The argument is dropped; the parameter of the class stays, so that its callers go on to work. Safe where all releases
that the project allows refuse it, and where it is a plain False, which prints nothing; else unsafe, since older ones no
longer print the LR. Not offered where the argument calls something.

## What it cannot see

Classes with several bases, or whose base comes by way of another module of the project. `**kwargs`. A class that passes
`verbose` on one path and not on another is left alone, as it is for several releases; so are calls in a `try`.

## torch versions

2.2 and later; TypeError since 2.7.

## References

* https://github.com/pytorch/pytorch/pull/111302
* https://github.com/pytorch/pytorch/pull/147301
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.derived import Derived, base_calls, derived_classes
from lrlint.program.expected import is_tried
from lrlint.program.verbosity import LAST, consequence, raises, without_verbose
from lrlint.rule import Rule, Severity
from lrlint.torch_api import signatures

BASES = {"_LRScheduler": "torch.optim.lr_scheduler.LRScheduler"}
"""Since torch 2.0 the old name has the constructor of the new one."""

RULE = Rule(
    code="LR405",
    name="custom-scheduler-super-verbose",
    summary="a scheduler of one's own passes `verbose` to its base class",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler", "__init__"),
    since="2.2",
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)


def check(program: Program) -> Iterator[Finding]:
    for derived in derived_classes(program, "scheduler"):
        calls = list(base_calls(derived, "__init__"))
        passed = [(call, argument) for call in calls if (argument := _verbose(derived, call)) is not None]
        if len(passed) < len(calls):
            continue
        for call, argument in passed:
            if not is_tried(program, call):
                yield _finding(program, derived, call, argument)


def _finding(program: Program, derived: Derived, call: ir.Call, argument: ir.Argument) -> Finding:
    return Finding(
        RULE,
        *program.place(call),
        f"`{derived.written}` takes no `verbose` any more: {consequence(program, call)}",
        "",
        (Related(*program.place(argument.value), "this is what it refuses"),),
        without_verbose(program, call, argument),
        None if raises(program, call) else Severity.DEPRECATION,
    )


def _verbose(derived: Derived, call: ir.Call) -> ir.Argument | None:
    """The argument for `verbose`, which the base class took up to its last release with it."""
    name = BASES.get(derived.base.rpartition(".")[2], derived.base)
    signature = signatures.scheduler(name, LAST)
    parameter = signature.parameter("verbose") if signature is not None else None
    if signature is None or parameter is None or any(one.star for one in call.arguments):
        return None
    named = next((one for one in call.arguments if one.keyword == "verbose"), None)
    positional = [one for one in call.arguments if one.keyword is None]
    index = signature.parameters.index(parameter) + _receivers(call)
    return named or (positional[index] if len(positional) == index + 1 else None)


def _receivers(call: ir.Call) -> int:
    """1 for `Base.__init__(self, …)`, 0 for `super().__init__(…)`."""
    is_super = isinstance(call.func, ir.Attribute) and isinstance(call.func.value, ir.Call)
    return 0 if is_super else 1
