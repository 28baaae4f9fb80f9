"""Lightning gets a ReduceLROnPlateau without the name of the metric that it is to watch.

## What it finds

`configure_optimizers` of a LightningModule that returns a ReduceLROnPlateau of torch, and no `monitor` for it.

    return [optimizer], [ReduceLROnPlateau(optimizer)]                                     # LR601
    return {"optimizer": optimizer, "lr_scheduler": scheduler, "monitor": "val_loss"}      # right
    return {"optimizer": optimizer,
            "lr_scheduler": {"scheduler": scheduler}, "monitor": "val_loss"}               # LR601: not in the inner one
    return [optimizer], [{"scheduler": scheduler, "monitor": "val_loss"}]                  # right

## Why it harms

It raises when training begins, on Lightning 2.6: `MisconfigurationException: configure_optimizers must include a
monitor when a ReduceLROnPlateau scheduler is used`. A `monitor` beside `lr_scheduler` counts only if the method returns
one dict and the scheduler itself stands there.

## Fix and its safety

No fix: which metric is meant the code does not tell.

## What it cannot see

Schedulers in attributes, in names that several paths assign, and in dicts that are filled later. It is silent on
modules that step their schedulers themselves (`automatic_optimization`), and on those that validate and log nothing by
`self.log`: they are made for Lightning before 1.0, which watched "val_loss".

## torch versions

All; Lightning 1.0 and later.

## References

* https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.core.LightningModule.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import scheduler_constructions
from lrlint.program.lightning import Configured, configured_schedulers
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR601",
    name="lightning-plateau-without-monitor",
    summary="Lightning gets a ReduceLROnPlateau without the metric to monitor",
    severity=Severity.ERROR,
    gate=("ReduceLROnPlateau", "LightningModule", "configure_optimizers"),
)


def check(program: Program) -> Iterator[Finding]:
    plateaus = {one.call for one in scheduler_constructions(program, "ReduceLROnPlateau")}
    for one in configured_schedulers(program):
        if one.scheduler not in plateaus or _is_monitored(one) or _is_for_old_lightning(one.klass):
            continue
        yield Finding(
            RULE,
            *program.place(one.place),
            "a ReduceLROnPlateau without a `monitor`: MisconfigurationException, Lightning knows no metric for it",
            "which metric?",
            (Related(*program.place(one.scheduler), "the scheduler is built here"),)
            if one.place is not one.scheduler
            else (),
        )


def _is_monitored(one: Configured) -> bool:
    if one.settings is not None:
        return not one.settings.keys().isdisjoint(["monitor", "reduce_on_plateau"])
    return one.is_alone and one.around is not None and "monitor" in one.around


def _is_for_old_lightning(klass: ir.DefineClass) -> bool:
    methods = {one.function.name for one in klass.body if isinstance(one, ir.Define)}
    return "validation_step" in methods and klass.mentions.isdisjoint(["log", "log_dict"])
