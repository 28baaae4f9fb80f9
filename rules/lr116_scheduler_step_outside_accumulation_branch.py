"""Gradients are accumulated over several batches, but the scheduler steps in every one of them.

## What it finds

A loop that calls `backward()` in every round and steps the optimizer only in a branch for every k-th round, with
`zero_grad()` behind it, and a scheduler of this optimizer that the same loop steps in every round.

    for i, batch in enumerate(loader):
        (loss(batch) / 4).backward()
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()              # LR116

    for i, batch in enumerate(loader):
        (loss(batch) / 4).backward()
        if (i + 1) % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()          # right

## Why it harms

A schedule counts updates. Stepped in every batch it runs k times too fast, and only every k-th of its LRs is used.
Measured on torch 2.13 with `LinearLR(start_factor=0.1, total_iters=9)` and k = 4, LR of each `optimizer.step()`:

    scheduler in every batch     0.04    0.08    0.1     0.1
    scheduler in the branch      0.01    0.02    0.03    0.04

torch warns about the order, once, if the first batch steps the scheduler and not the optimizer.

## Fix and its safety

Unsafe, because the LRs change: they become those of the schedule. The statement moves into the branch, directly
behind the optimizer's step and a `scaler.update()` that comes next, with the comments about it. Not offered where the
code between the two uses the scheduler for more than reading the LR, and where one of them is not a statement of its
own directly in the loop or the branch.

## What it cannot see

How a length was meant: nothing is reported where it may count batches, as `total_steps=len(loader) * epochs` does,
nor for lengths that are not in the code. Plain numbers are taken for updates, and so is what was divided by k.
Also not seen are rounds that end with `continue`, `backward()` in a function of its own, counters that are set back,
and objects that a wrapper returned (`accelerator.prepare`).

## torch versions

All; 1.2 and later warn about the order.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
* https://pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.accumulation import Accumulation, accumulations
from lrlint.program.rewrite import move_into_branch
from lrlint.program.sites import built_here
from lrlint.program.units import is_one, may_count_batches
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR116",
    name="scheduler-step-outside-accumulation-branch",
    summary="a scheduler steps in every batch, its optimizer in every k-th",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "backward", "zero_grad", "lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    judged: dict[object, bool] = {}
    for call, accumulation in accumulations(program).items():
        kind = accumulation.step.schedulers, accumulation.divisor, accumulation.step.visit.module
        if kind not in judged:
            judged[kind] = not (is_one(program, accumulation.divisor) or may_count_batches(program, accumulation))
        if not judged[kind]:
            continue
        divisor = _times(program, accumulation)
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} runs in every batch, but its optimizer steps once in {divisor} batches: "
            f"the schedule runs {divisor} times too fast",
            "outside of the branch",
            (
                Related(*program.place(accumulation.optimizer_step.call), "the optimizer steps here"),
                Related(*built_here(program, accumulation.step.schedulers)),
            ),
            _fix(program, accumulation),
        )


def _times(program: Program, accumulation: Accumulation) -> str:
    text = program.text(accumulation.divisor)
    return text if isinstance(accumulation.divisor, ir.Constant) else f"`{text}`"


def _fix(program: Program, accumulation: Accumulation) -> Fix | None:
    step, branch = accumulation.step, accumulation.branch
    edits = move_into_branch(program, step, branch, accumulation.optimizer_step.call)
    return Fix(Applicability.UNSAFE, "move the scheduler's step into the branch", edits) if edits else None
