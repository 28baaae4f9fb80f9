"""Lightning steps a scheduler once per epoch whose length counts batches.

## What it finds

`configure_optimizers` of a LightningModule that returns a scheduler without `"interval": "step"`, though its length
counts batches: `steps_per_epoch`, `self.trainer.estimated_stepping_batches`, the `len` of a loader, or a CyclicLR
without a length, whose cycle has 4000 steps. And an `interval` that stands beside `lr_scheduler` and not in its dict.

    scheduler = OneCycleLR(optimizer, 0.1, epochs=10, steps_per_epoch=100)
    return [optimizer], [scheduler]                                                               # LR602
    return [optimizer], [{"scheduler": scheduler, "interval": "step"}]                            # right

    return {"optimizer": optimizer, "lr_scheduler": scheduler, "interval": "step"}                # LR602
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}} # right

## Why it harms

Measured on Lightning 2.6 with torch 2.13, for OneCycleLR with a maximum of 0.1, 3 epochs and 4 batches in each:

    without interval    0.004 0.004 0.004 0.004   0.035 0.035 0.035 0.035   0.088 0.088 0.088 0.088
    "interval": "step"  0.004 0.035 0.088 0.099   0.093 0.081 0.065 0.046   0.028 0.013 0.004 0

Lightning says nothing of a scheduler that comes alone; it warns of OneCycleLR in a dict, and of the misplaced key
("Found unsupported keys in the optimizer configuration").

## Fix and its safety

Unsafe, since the LRs change: the scheduler is put into a dict with `"interval": "step"`, or that is added to its dict.
A misplaced `interval` moves into the dict of the scheduler.

## What it cannot see

Lengths that do not tell what they count, schedulers in attributes, in names that several paths assign, and dicts that
are filled later. It is silent on modules that step their schedulers themselves (`automatic_optimization`).

## torch versions

All.

## References

* https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.core.LightningModule.html
* https://github.com/Lightning-AI/pytorch-lightning/issues/1120
* https://github.com/Lightning-AI/pytorch-lightning/issues/3869
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.assignments import behind_names
from lrlint.program.lightning import Configured, Settings, configured_schedulers
from lrlint.program.search import descend
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR602",
    name="lightning-scheduler-interval",
    summary="Lightning steps a scheduler per epoch whose length counts batches",
    severity=Severity.CORRECTNESS,
    gate=("LightningModule", "configure_optimizers"),
    fixes=(Applicability.UNSAFE,),
)

BATCHES = frozenset(["estimated_stepping_batches", "num_training_batches"])
"""Attributes of Lightning's trainer that count batches."""

MAX_DEPTH = 3
"""How far a length is followed from one name to the next."""


def check(program: Program) -> Iterator[Finding]:
    built = {build.call: build.scheduler.class_name for build in program.facts.scheduler_builds}
    for one in configured_schedulers(program):
        if one.around is not None and "interval" in one.around and not _sets_interval(one):
            yield _finding_of_key(program, one)
            continue
        class_name = built.get(one.scheduler) if isinstance(one.scheduler, ir.Call) else None
        if class_name is None or _steps_per_batch(one) or not _counts_batches(program, one.scheduler, class_name):
            continue
        yield Finding(
            RULE,
            *program.place(one.place),
            f"Lightning steps this {class_name} once per epoch, but its length counts batches",
            'without `"interval": "step"`',
            fix=_fix(program, one),
        )


def _finding_of_key(program: Program, one: Configured) -> Finding:
    assert one.around is not None
    return Finding(
        RULE,
        *program.place(one.around["interval"].key),
        "Lightning ignores an `interval` that is not in the scheduler's own dict, and steps it once per epoch",
        "ignored here",
        fix=_move(program, one, one.around),
    )


def _sets_interval(one: Configured) -> bool:
    return one.settings is not None and "interval" in one.settings


def _steps_per_batch(one: Configured) -> bool:
    """Whether the settings ask for anything else than one step per epoch, or may do so."""
    given = (one.settings or {}).get("interval")
    return given is not None and not (isinstance(given.value, ir.Constant) and given.value.value == "epoch")


def _counts_batches(program: Program, call: ir.Expression, class_name: str) -> bool:
    arguments = call.arguments if isinstance(call, ir.Call) else ()
    if any(one.star for one in arguments):
        return False
    given = {one.keyword: one.value for one in arguments}
    positional = [one for one in arguments if one.keyword is None]
    if class_name == "CyclicLR" and len(positional) < 4 and "step_size_up" not in given:
        return True
    if class_name == "OneCycleLR" and "epochs" in given and "steps_per_epoch" in given:
        per_epoch = given["steps_per_epoch"]
        return not (isinstance(per_epoch, ir.Constant) and per_epoch.value == 1)
    lengths = [one.value for one in arguments[1:] if not isinstance(one.value, ir.Lambda)]
    return any(_has_batches(program, one, MAX_DEPTH) for one in lengths)


def _has_batches(program: Program, length: ir.Expression, depth: int) -> bool:
    """Whether a length is computed from a number of batches, and not divided by anything."""
    parts = list(descend([length]))
    if any(isinstance(one, ir.BinaryOperation) and one.operator in ("Divide", "FloorDivide") for one in parts):
        return False
    if any(isinstance(one, ir.Attribute) and one.attr in BATCHES for one in parts):
        return True
    if any(isinstance(one, ir.Call) and _is_length_of_loader(one) for one in parts):
        return True
    behind = [behind_names(program, one) for one in parts if isinstance(one, ir.Name)] if depth else []
    return any(_has_batches(program, one, depth - 1) for one in behind if not isinstance(one, ir.Name))


def _is_length_of_loader(call: ir.Call) -> bool:
    if not isinstance(call.func, ir.Name) or call.func.id != "len" or len(call.arguments) != 1:
        return False
    names = [one.attr if isinstance(one, ir.Attribute) else "" for one in descend([call.arguments[0].value])]
    names += [one.id for one in descend([call.arguments[0].value]) if isinstance(one, ir.Name)]
    return any("loader" in name for name in names)


def _fix(program: Program, one: Configured) -> Fix:
    title = 'have it stepped per batch, with `"interval": "step"`'
    given = (one.settings or {}).get("interval")
    if given is not None:
        return Fix(Applicability.UNSAFE, title, (Edit(program.range(given.value), '"step"'),))
    return Fix(Applicability.UNSAFE, title, (_with_interval(program, one, '"step"'),))


def _with_interval(program: Program, one: Configured, interval: str) -> Edit:
    """Add the interval to the scheduler's dict, or make one."""
    if one.settings is None:
        text = f'{{"scheduler": {program.text(one.place)}, "interval": {interval}}}'
        return Edit(program.range(one.place), text)
    end = program.range(list(one.settings.values())[-1].value).end
    entry = f"interval={interval}" if isinstance(one.written, ir.Call) else f'"interval": {interval}'
    return Edit(program.source_of(one.place).range(end, end), f", {entry}")


def _move(program: Program, one: Configured, around: Settings) -> Fix | None:
    """Put the interval from around the scheduler's dict into it."""
    entries = list(around.values())
    index = entries.index(around["interval"])
    source, end = program.source_of(one.place), program.range(entries[index].value).end
    if index:
        removed = source.range(program.range(entries[index - 1].value).end, end)
    else:
        removed = source.range(program.range(entries[0].key).start, program.range(entries[1].key).start)
    if "#" in source.text[removed.start : removed.end]:
        return None
    added = _with_interval(program, one, program.text(around["interval"].value))
    return Fix(Applicability.UNSAFE, "move it into the scheduler's dict", tuple(sorted((Edit(removed, ""), added))))
