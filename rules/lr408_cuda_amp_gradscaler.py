"""A GradScaler is built by the name that torch has for CUDA alone.

## What it finds

Calls of `torch.cuda.amp.GradScaler`, however it is imported.

    scaler = torch.cuda.amp.GradScaler(init_scale=1024)           # LR408
    scaler = torch.amp.GradScaler("cuda", init_scale=1024)        # right

## Why it harms

Torch 2.4 and later warn, measured on torch 2.13: "FutureWarning: `torch.cuda.amp.GradScaler(args...)` is deprecated.
Please use `torch.amp.GradScaler('cuda', args...)` instead." What it does is right.

## Fix and its safety

Safe where the project's metadata ask for torch 2.3 or later, which has the new name: both build the same object. Unsafe
elsewhere. Offered where the call is written with all of its name, `torch.cuda.amp.GradScaler(…)`.

## What it cannot see

Functions that get the class as an argument. Files that name `torch.amp.GradScaler`, too, are left alone: they choose
by release.

## torch versions

2.4 and later.

## References

* https://pytorch.org/docs/stable/amp.html#gradient-scaling
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.imported import imported_names, meanings
from lrlint.program.project import Module
from lrlint.program.rewrite import dotted_name
from lrlint.rule import Rule, Severity
from lrlint.torch_api.versions import version

RULE = Rule(
    code="LR408",
    name="cuda-amp-gradscaler",
    summary="a GradScaler is built by its deprecated name in `torch.cuda.amp`",
    severity=Severity.DEPRECATION,
    gate=("torch", "cuda", "amp", "GradScaler"),
    since="2.4",
    default=False,
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

OLD = "torch.cuda.amp.GradScaler"
NEW = "torch.amp.GradScaler"
FIRST_WITH_NEW = "2.3"


def check(program: Program) -> Iterator[Finding]:
    for module in program.modules:
        named = {one: _meaning(module, one) for one in program.of_kind_in(module, ir.Call)}
        is_chosen = NEW in module.source.text or any(one.dotted == NEW for one in module.lowered.bindings)
        for call, name in named.items():
            if name == OLD and not is_chosen:
                message = f"{program.quote(call)} is deprecated: `{NEW}('cuda', …)` is the same"
                yield Finding(RULE, *program.place(call), message, fix=_fix(program, call))


def _meaning(module: Module, call: ir.Call) -> str | None:
    """The dotted name of what a call calls, if imports leave no doubt."""
    names = meanings(dotted_name(call.func), imported_names(module))
    return next(iter(names)) if len(names) == 1 else None


def _fix(program: Program, call: ir.Call) -> Fix | None:
    if program.text(call.func) != OLD or any(one.keyword == "device" for one in call.arguments):
        return None
    source, function = program.source_of(call), program.range(call.func)
    start = source.text.index("(", function.end) + 1
    device = '"cuda", ' if call.arguments else '"cuda"'
    edits = (Edit(function, NEW), Edit(source.range(start, start), device))
    has_new = program.target(call).oldest >= version(FIRST_WITH_NEW)
    return Fix(Applicability.SAFE if has_new else Applicability.UNSAFE, f"build a `{NEW}`", edits)
