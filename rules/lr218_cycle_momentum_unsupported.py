"""OneCycleLR or CyclicLR is to cycle the momentum of an optimizer that has none.

## What it finds

A OneCycleLR or CyclicLR without `cycle_momentum=False` on an Adagrad, Adadelta, Adafactor, ASGD, Rprop or LBFGS of
torch. Where the project asks for a torch before 2.3 only, also a CyclicLR on one of the Adam family.

    optimizer = Adagrad(model.parameters(), lr=0.1)
    OneCycleLR(optimizer, max_lr=0.1, total_steps=100)                          # LR218
    OneCycleLR(optimizer, max_lr=0.1, total_steps=100, cycle_momentum=False)    # right

## Why it harms

It raises: `ValueError: optimizer must support momentum or beta1 with `cycle_momentum` option enabled`.

## Fix and its safety

`cycle_momentum=False`. Safe, as the call always raises, and there is no momentum that could be cycled.

## What it cannot see

Optimizers of other packages, and those of the project's own classes.

## torch versions

All. CyclicLR cycles the first beta of the Adam family since 2.3; before, it raised.

## References

* https://github.com/pytorch/pytorch/issues/73910
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.rewrite import append_argument
from lrlint.program.values import Constant, Optimizer, Scheduler
from lrlint.rule import Rule, Severity
from lrlint.torch_api.versions import version

RULE = Rule(
    code="LR218",
    name="cycle-momentum-unsupported",
    summary="OneCycleLR or CyclicLR is to cycle a momentum that the optimizer does not have",
    severity=Severity.ERROR,
    gate=("torch", "optim", "OneCycleLR|CyclicLR"),
    fixes=(Applicability.SAFE,),
)

WITHOUT_MOMENTUM = frozenset(["Adagrad", "Adadelta", "Adafactor", "ASGD", "Rprop", "LBFGS"])
WITH_BETAS = frozenset(["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "SparseAdam"])
BETAS_SINCE = version("2.3")


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for build in program.facts.scheduler_builds:
        scheduler = build.scheduler
        if scheduler.class_name not in ("OneCycleLR", "CyclicLR") or not _cycles(scheduler) or build.call in reported:
            continue
        optimizers = [one for one in alternatives(scheduler.optimizer) if isinstance(one, Optimizer)]
        refused = _refused(program, scheduler)
        if len(optimizers) < len(alternatives(scheduler.optimizer)) or any(
            _class(o) not in refused for o in optimizers
        ):
            continue
        reported.add(build.call)
        first = min(optimizers, key=lambda one: one.ident)
        yield Finding(
            RULE,
            *program.place(build.call),
            f"{program.quote(build.call)} cycles the momentum, which {_class(first)} does not have: ValueError",
            "cycle_momentum is on unless it is switched off",
            (Related(*program.place(first.site), "the optimizer is built here"),),
            _fix(program, build.call),
        )


def _cycles(scheduler: Scheduler) -> bool:
    """Whether a scheduler surely is to cycle the momentum."""
    given = scheduler.argument("cycle_momentum")
    if scheduler.klass is not None or any(argument.star for argument in scheduler.site.arguments):
        return False
    return given is None or (isinstance(given, Constant) and given.value is True)


def _refused(program: Program, scheduler: Scheduler) -> frozenset[str]:
    """The classes of optimizers without a momentum that this scheduler could cycle."""
    is_old = scheduler.class_name == "CyclicLR" and program.target(scheduler.site).newest < BETAS_SINCE
    return WITHOUT_MOMENTUM | WITH_BETAS if is_old else WITHOUT_MOMENTUM


def _class(optimizer: Optimizer) -> str:
    return optimizer.name.rpartition(".")[2]


def _fix(program: Program, call: ir.Call) -> Fix | None:
    given = next((argument.value for argument in call.arguments if argument.keyword == "cycle_momentum"), None)
    if isinstance(given, ir.Constant):
        return Fix(Applicability.SAFE, "switch cycle_momentum off", (Edit(program.range(given), "False"),))
    edit = (
        None if given is not None or len(call.arguments) > 9 else append_argument(program, call, "cycle_momentum=False")
    )
    return Fix(Applicability.SAFE, "switch cycle_momentum off", (edit,)) if edit else None
