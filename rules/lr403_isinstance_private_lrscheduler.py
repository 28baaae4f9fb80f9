"""A test asks whether something is a `_LRScheduler`, which none of torch's schedulers has been since torch 2.0.

## What it finds

`isinstance` and `issubclass` with torch's `_LRScheduler`, alone or among others.

    if isinstance(scheduler, _LRScheduler):    # LR403
        scheduler.step()
    if isinstance(scheduler, LRScheduler):     # right

## Why it harms

The test is false for every scheduler of torch, so the branch is never taken. Nothing warns. Measured on torch 2.13,
with `isinstance(scheduler, …)` around the step of StepLR(2), the LR of each epoch:

    _LRScheduler    0.1  0.1  0.1   0.1
    LRScheduler     0.1  0.1  0.01  0.01

On torch 1.13 both are as the second line.

## Fix and its safety

Unsafe, as the code behind the test runs from then on: `LRScheduler` in all places of the module. Not offered where the
project also takes a torch before 2.0, which does not have the new name, where the module has another `LRScheduler`, or
has the old name in a string, and in the `__init__.py` of a package, from which others may import it.

## What it cannot see

Tests in a module whose own classes derive from `_LRScheduler` are left alone, as they may be about these. So are
modules that name `LRScheduler` of torch as well, and those that import the old name in a `try`.

## torch versions

2.0 and later.

## References

* https://github.com/pytorch/pytorch/pull/88503
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.renaming import OLD_BASE, is_for_both_names, use_public_name
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR403",
    name="isinstance-private-lrscheduler",
    summary="a test asks for `_LRScheduler`, which no scheduler of torch is",
    severity=Severity.CORRECTNESS,
    gate=("torch", "_LRScheduler", "isinstance|issubclass"),
    since="2.0",
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for module in program.modules:
        names = program.names_of(module, OLD_BASE)
        if not names or any(one.role == "base" for one in names) or is_for_both_names(program, module):
            continue
        tests = [named for named in names if named.role == "test"]
        fix = use_public_name(program, module, names) if tests else None
        for named in tests:
            yield Finding(
                RULE,
                module.source.path,
                named.range,
                "no scheduler of torch is a `_LRScheduler`: since 2.0 they derive from `LRScheduler` only",
                "none of torch's schedulers is one",
                (),
                fix,
            )
