"""A scheduler is built and never stepped, so the LR never changes.

## What it finds

A scheduler of torch that nothing ever steps, on an optimizer that is stepped in a loop: the name that holds it is
never passed on, and no `step()` of that name can mean it. Also one that is built for one value of an option, where
the loop steps only those of the other values.

    scheduler = StepLR(optimizer, step_size=30)     # LR110
    for epoch in range(90):
        train(model, optimizer)

    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()                            # right

## Why it harms

The schedule does not take place, and torch says nothing. What stays for the whole training is the LR that the
constructor leaves behind, which is not the optimizer's for all classes. Measured on torch 2.13 with SGD(lr=0.1):

    StepLR, CosineAnnealingLR, ReduceLROnPlateau, …                 0.1
    LinearLR(start_factor=0.5), ConstantLR(factor=0.5)              0.05
    OneCycleLR(max_lr=0.1), a 25th of its maximum                   0.004
    CyclicLR(base_lr=0.01)                                          0.01
    LambdaLR(lambda epoch: epoch / 10), a warm-up                   0

## Fix and its safety

No fix: whether the schedule counts epochs or batches, and whether it is wanted at all, only the author knows.

## What it cannot see

Schedulers that are attributes, that are in a list or a dict, that a function returns or gets: other code may step
them. Names of a module that trains only when another one imports it. Programs that set the LR by hand as well.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerStep, SchedulerBuild, by_call
from lrlint.program.places import function_around
from lrlint.program.rounds import may_be_held
from lrlint.program.schedules import describe, learning_rates
from lrlint.program.search import descend
from lrlint.program.uses import Local, only_holder
from lrlint.program.values import Optimizer
from lrlint.rule import Proof, Rule, Severity

RULE = Rule(
    code="LR110",
    name="scheduler-never-stepped",
    summary="a scheduler is built and never stepped",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    proof=Proof.CONSTANT,
)


def check(program: Program) -> Iterator[Finding]:
    stepped = {scheduler.site for step in program.facts.scheduler_steps for scheduler in step.possible}
    for call, visits in by_call(program.facts.scheduler_builds).items():
        if call in stepped:
            continue
        trainings = [step for visit in visits for step in _trainings(program, visit)]
        holder = only_holder(program, call) if trainings and not program.writes_lr(call) else None
        if holder is None or not all(_is_left_alone(program, visit, holder) for visit in visits):
            continue
        training = next((step for step in trainings if _belongs_to(program, holder, step)), None)
        if training is None:
            continue
        yield Finding(
            RULE,
            *program.place(call),
            f"{_subject(holder)} is never stepped: {_consequence(program, visits[0])}",
            "nothing steps this scheduler",
            (Related(*program.place(training.call), "its optimizer steps here"),),
        )


def _is_left_alone(program: Program, build: SchedulerBuild, holder: Local) -> bool:
    """Whether no step of the name can come in the same run as the scheduler."""
    if build.scheduler in program.facts.escaped or _is_built_again(build):
        return False
    visits = [program.scheduler_steps.get(call, ()) for call in holder.steps]
    return all(
        steps
        and all(
            step.schedulers and build.scheduler not in step.schedulers and step.visit.excludes(build.visit)
            for step in steps
        )
        for steps in visits
    )


def _is_built_again(build: SchedulerBuild) -> bool:
    """Whether a loop builds one scheduler after the other on an older optimizer: each may set the LR of a round."""
    if not build.visit.activations:
        return False
    entered = build.visit.activations[-1].entered
    return any(not isinstance(o, Optimizer) or o.ident < entered for o in alternatives(build.scheduler.optimizer))


def _trainings(program: Program, build: SchedulerBuild) -> Iterator[OptimizerStep]:
    """The steps of the scheduler's optimizer in a loop of the run that builds it."""
    for step in program.facts.optimizer_steps:
        if not step.is_certain or build.scheduler not in step.schedulers:
            continue
        if step.visit.rounds_since(build.scheduler.ident) and not step.visit.excludes(build.visit):
            yield step


def _belongs_to(program: Program, holder: Local, training: OptimizerStep) -> bool:
    """Whether nobody but the code that trains can get at the name."""
    if holder.function is not None:
        return True
    built = min(scheduler.ident for scheduler in training.schedulers if scheduler.site is holder.site)
    return _is_of_script(program, holder, training.visit.rounds_since(built)[0])


def _is_of_script(program: Program, holder: Local, loop: ir.Loop) -> bool:
    """Whether a name of the module is one of a script: who imports it would train."""
    if function_around(program, loop) is None:
        return True
    return any(
        isinstance(one, ir.If)
        and any(isinstance(e, ir.Name) and e.id == "__name__" for e in descend((one.test,)))
        and holder.statement in descend(one.body)
        for one in program.elements_around(holder.statement)
    )


def _subject(holder: Local) -> str:
    return f"the `{holder.name}` of this branch" if holder.steps else f"`{holder.name}`"


def _consequence(program: Program, build: SchedulerBuild) -> str:
    is_alone = not may_be_held(program, build.scheduler)
    lrs = learning_rates(program, build.scheduler, 1) if is_alone else None
    return f"the LR stays {describe(lrs[0])}" if lrs else "its schedule does not take place"
