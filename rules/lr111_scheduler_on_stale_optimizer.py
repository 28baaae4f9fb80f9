"""A scheduler drives an optimizer that nothing steps any more, because another one has taken its name.

## What it finds

A loop that steps a scheduler and an optimizer that was built later, under the name of the scheduler's own one, which
is not stepped again. And a loop that steps `copy.deepcopy(scheduler)`: the copy drives a copy of the optimizer.

    optimizer = SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=2)
    optimizer = Adam(model.parameters(), lr=0.1)        # LR111: the scheduler drives the SGD above
    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()

    optimizer = Adam(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, step_size=2)          # right

## Why it harms

The schedule changes the LR of an optimizer that nobody uses. Measured on torch 2.13, LR of each step:

    StepLR(2) on the optimizer that is stepped     0.1   0.1   0.01   0.01   0.001   0.001
    on the one before, or a deep copy              0.1   0.1   0.1    0.1    0.1     0.1

torch warns once that the scheduler comes before the optimizer, which is not what is wrong, and not even that if the
old optimizer was stepped before.

## Fix and its safety

Unsafe, because the LRs change: the scheduler is built below the new optimizer. Offered where both statements stand
in one block, nothing in between has to do with the scheduler, and no other scheduler is on the old optimizer.

## What it cannot see

Optimizers that a function returns. Wrappers, which go on to use the optimizer that they got, are no replacement, nor
are optimizers that share the param groups of the old one. A replacement under an option, where the loop may step
either.

## torch versions

All; 1.2 and later warn.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
* https://github.com/ildoonet/pytorch-gradual-warmup-lr/issues/27
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.assignments import assignment_of
from lrlint.program.rewrite import dotted_name, move_behind, names_in
from lrlint.program.search import block_of, descend, targets_of
from lrlint.program.stale import Replacement, idle_copies, replacements
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR111",
    name="scheduler-on-stale-optimizer",
    summary="a scheduler drives an optimizer that is no longer used",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for one in replacements(program):
        if one.optimizer.site in reported:
            continue
        reported.add(one.optimizer.site)
        yield Finding(
            RULE,
            *program.place(one.optimizer.site),
            f"`{one.name}` is a new optimizer, but the scheduler goes on to drive the old one: its schedule is lost",
            "replaces the optimizer of the scheduler",
            (
                Related(*program.place(one.scheduler.site), "the scheduler is built on the old one here"),
                Related(*program.place(one.training), "the new one steps here"),
                Related(*program.place(one.step), "the scheduler steps here"),
            ),
            _fix(program, one),
        )
    for copy in idle_copies(program):
        if copy.call in reported:
            continue
        reported.add(copy.call)
        yield Finding(
            RULE,
            *program.place(copy.call),
            f"{program.quote(copy.call)} copies the optimizer, too: the LR of the one that is stepped never changes",
            "drives a copy of the optimizer",
            (
                Related(*program.place(copy.training), "the optimizer itself steps here"),
                Related(*program.place(copy.step), "the copy of the scheduler steps here"),
            ),
        )


def _fix(program: Program, one: Replacement) -> Fix | None:
    """Build the scheduler below the new optimizer."""
    statement = assignment_of(program, one.scheduler.site)
    block = block_of(program.statements_around(one.statement), one.statement)
    if statement is None or block is None or statement not in block or len(statement.targets) != 1:
        return None
    if _has_others(program, one):
        return None
    between = block[block.index(statement) + 1 : block.index(one.statement)]
    assigned = {dotted_name(target) for element in descend(between) for target in targets_of(element)}
    targets = set(map(dotted_name, statement.targets))
    if names_in((statement,)) & assigned or names_in(between) & targets or _calls_own_method(between):
        return None
    edits = move_behind(program, statement, one.statement)
    return Fix(Applicability.UNSAFE, "build the scheduler on the new optimizer", edits) if edits else None


def _has_others(program: Program, one: Replacement) -> bool:
    """Whether the old optimizer has more schedulers, as the members of a SequentialLR, which would stay with it."""
    inside = set(descend((one.scheduler.site,)))
    on_old = (
        b.scheduler.site for b in program.facts.scheduler_builds if b.scheduler.optimizer == one.scheduler.optimizer
    )
    return any(site not in inside for site in on_old)


def _calls_own_method(statements: Iterable[ir.Statement]) -> bool:
    """Whether `self.method()` is called, which may use any attribute."""
    functions = [element.func for element in descend(statements) if isinstance(element, ir.Call)]
    return any(isinstance(func, ir.Attribute) and dotted_name(func.value) == "self" for func in functions)
