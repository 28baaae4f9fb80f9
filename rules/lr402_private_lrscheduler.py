"""`_LRScheduler` is used, the private name that the base class of all schedulers had before torch 2.0.

## What it finds

An import of `_LRScheduler` from torch, a class that derives from it, and its use by a dotted name.

    from torch.optim.lr_scheduler import _LRScheduler    # LR402
    from torch.optim.lr_scheduler import LRScheduler     # right

    class WarmupLR(_LRScheduler):                        # LR402
        ...

## Why it harms

Since torch 2.0 the base class is called `LRScheduler`. What is left of the old name is an empty class that derives from
it, "included for backwards compatibility" as its source says, and none of torch's own schedulers derives from that.
Measured on torch 2.13:

    issubclass(StepLR, LRScheduler)     True
    issubclass(StepLR, _LRScheduler)    False

So annotations with it are wrong for all of torch's schedulers, and a scheduler that derives from it goes on to exist by
grace only. Nothing warns.

## Fix and its safety

`LRScheduler` in all places of the module. Safe, as a class that derives from it does the same. Unsafe where a test
such as `isinstance(scheduler, _LRScheduler)` is in the program, which then comes out otherwise. Not offered where the
project also takes a torch before 2.0, which does not have the new name, where the module has another `LRScheduler`, or
has the old name in a string, and in the `__init__.py` of a package, from which others may import it.

## What it cannot see

`_LRScheduler` by way of a module of the project. Modules that name `LRScheduler` of torch as well, and those that
import the old name in a `try`, are for several releases of torch and left alone. So is a module
that imports `torch._six`, which torch 2.0 no longer has, or takes all names from one that does.

## torch versions

2.0 and later.

## References

* https://github.com/pytorch/pytorch/pull/88503
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.renaming import OLD_BASE, is_for_both_names, use_public_name
from lrlint.rule import Rule, Severity

if TYPE_CHECKING:
    from lrlint.program.names import Named
    from lrlint.program.project import Module

RULE = Rule(
    code="LR402",
    name="private-lrscheduler",
    summary="`_LRScheduler` is used, which is `LRScheduler` since torch 2.0",
    severity=Severity.DEPRECATION,
    gate=("torch", "_LRScheduler"),
    since="2.0",
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

LABELS = {"import": "the private name", "base": "derives from the private name", "other": "the private name"}


def check(program: Program) -> Iterator[Finding]:
    for module in program.modules:
        names = program.names_of(module, OLD_BASE)
        if not names or is_for_both_names(program, module):
            continue
        fix = use_public_name(program, module, names)
        for named in names:
            if named.role in ("import", "base") or (named.role == "other" and named.is_dotted):
                yield _finding(module, named, fix)


def _finding(module: Module, named: Named, fix: Fix | None) -> Finding:
    consequence = "no scheduler of torch derives from the old name"
    return Finding(
        RULE,
        module.source.path,
        named.range,
        f"`_LRScheduler` is called `LRScheduler` since torch 2.0, and {consequence}",
        LABELS[named.role],
        (),
        fix,
    )
