"""The loss is scaled by a GradScaler, but the optimizer steps without it.

## What it finds

After `scaler.scale(loss).backward()`, with a GradScaler that the file constructs: `optimizer.step()` in the place of
`scaler.step(optimizer)`, or beside it.

    scaler.scale(loss).backward()
    optimizer.step()                  # LR117
    scaler.update()

    scaler.scale(loss).backward()
    scaler.step(optimizer)            # right
    scaler.update()

## Why it harms

The gradients are scaled by 65536 at first. `scaler.step` divides them, and leaves the step out if they are not
finite; `optimizer.step` does neither. Measured on torch 2.13, SGD with LR 0.1 and a gradient of 1, a weight of 1:

    scaler.step(optimizer); scaler.update()                      0.9        0.8        0.7
    optimizer.step()                                         -6552.6   -13106.2   -19659.8
    optimizer.step(); scaler.update()                        AssertionError: No inf checks were recorded
    scaler.step(optimizer); optimizer.step(); scaler.update()    0.8        0.6        0.4

Adam divides by the size of the gradients, so it seems to train; but clipping, weight decay and the check for infinite
gradients are lost. Both steps together update twice, with any optimizer, even with `enabled=False`.

## Fix and its safety

Unsafe, because the updates change. `optimizer.step()` becomes `scaler.step(optimizer)`, with `scaler.update()` behind
it where the file has none; beside `scaler.step(optimizer)` it is removed. Not offered for steps with arguments, where
the names are not those of the same function, and where `scaler.update()` does not follow in the same block.

## What it cannot see

Scalers of libraries, and scalers that code out of view gets. Nothing is reported where gradients may be
unscaled by hand (`unscale_`, `get_scale`, `.grad`), where some paths run a plain `backward()`, with `enabled=` unknown
if the step is under a condition of its own, and for one of several optimizers if any loss is not scaled.

## torch versions

1.5, the first with a GradScaler, and later.

## References

* https://pytorch.org/docs/stable/notes/amp_examples.html
* https://pytorch.org/docs/stable/amp.html#gradient-scaling
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.bypass import Bypass, bypasses
from lrlint.program.places import function_around
from lrlint.program.rewrite import insert_behind, receiver_name, remove
from lrlint.program.search import block_of
from lrlint.program.values import GradScaler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR117",
    name="amp-scaler-bypassed",
    summary="the loss is scaled, but the optimizer steps without the GradScaler",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "GradScaler", "scale", "backward", "step"),
    since="1.5",
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for call, bypass in bypasses(program).items():
        raises = _raises(program, bypass)
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} {_consequence(program, bypass, raises)}",
            "steps without the scaler" if bypass.beside is None else "a step too many",
            _related(program, bypass),
            _fix(program, bypass),
            Severity.ERROR if raises else None,
        )


def _raises(program: Program, bypass: Bypass) -> bool:
    """Whether the scaler is updated and never steps anything."""
    steps = [step.through for step in program.facts.optimizer_steps]
    return any(not call.arguments for call in bypass.updates) and bypass.loss.scaler not in steps


def _consequence(program: Program, bypass: Bypass, raises: bool) -> str:
    scaled = "uses gradients that are still scaled, by 65536 at first"
    if bypass.beside is None:
        return scaled + (", and the scaler's `update()` raises AssertionError" if raises else "")
    text = program.quote(bypass.beside.call)
    if program.range(bypass.beside.call).start < program.range(bypass.step.call).start:
        return f"updates a second time, {text} has done it already"
    return f"{scaled}, and {text} updates once more"


def _related(program: Program, bypass: Bypass) -> tuple[Related, ...]:
    related = [Related(*program.place(bypass.loss.site), "the loss is scaled here")]
    if bypass.beside is not None:
        related.append(Related(*program.place(bypass.beside.call), "the scaler steps it here"))
    return tuple(related)


def _fix(program: Program, bypass: Bypass) -> Fix | None:
    call, statement = bypass.step.call, bypass.step.visit.statement
    if call.arguments or not isinstance(statement, ir.Evaluate) or statement.value is not call:
        return None
    if bypass.beside is not None:
        edit = remove(program, statement)
        return Fix(Applicability.UNSAFE, "step through the scaler alone", (edit,)) if edit else None
    scaler, optimizer = (receiver_name(one) for one in (bypass.loss.site, call))
    functions = [function_around(program, one) for one in (bypass.loss.site, call)]
    if scaler is None or optimizer is None or functions[0] is not functions[1]:
        return None
    edits: list[Edit | None] = [Edit(program.range(call), f"{scaler}.step({optimizer})")]
    updates = [one.call for one in program.facts.method_calls if one.attr == "update" and _is_of(one.owners)]
    if not updates:
        edits.append(insert_behind(program, statement, f"{scaler}.update()"))
    elif not all(_follows(program, update, statement) for update in updates):
        return None
    made = tuple(edit for edit in edits if edit is not None)
    return Fix(Applicability.UNSAFE, "step through the scaler", made) if len(made) == len(edits) else None


def _is_of(owners: frozenset[object]) -> bool:
    return any(isinstance(owner, GradScaler) for owner in owners)


def _follows(program: Program, update: ir.Call, statement: ir.Statement) -> bool:
    """Whether a call is a statement further down in the block of another one."""
    block = block_of(program.statements_around(statement), statement) or ()
    behind = block[block.index(statement) + 1 :]
    return any(isinstance(one, ir.Evaluate) and one.value is update for one in behind)
