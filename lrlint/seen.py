"""Rules about what only a run shows: `lrlint run` has findings of them, `lrlint check` has none.

Configuration files select and ignore them, and comments suppress them, as any others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from lrlint.finding import Finding
from lrlint.installed import BUILT_IN_PACK
from lrlint.registry import RegisteredRule, load_rules, united
from lrlint.rule import Rule, Severity

if TYPE_CHECKING:
    from lrlint.program import Program

_WITHOUT_OPTIMIZER = """\
Parameters of a model get gradients, but no optimizer has them.

## What it finds

Parameters of modules that had a gradient at two or more steps of an optimizer, and were in no optimizer until the
program ended. It is reported where the first optimizer is built.

    encoder, head = nn.Linear(8, 4), nn.Linear(4, 1)
    optimizer = SGD(head.parameters(), lr=0.1)           # LR701: nothing trains the encoder
    loss_of(head(encoder(batch))).backward()

## Why it harms

They keep the values that they began with, and torch says nothing. Gradients are computed for them in each step.

## Fix and its safety

No fix: they belong into the optimizer, or `requires_grad_(False)` says that they are frozen on purpose and saves the
time for their gradients.

## What it cannot see

Parameters that no module has. It is silent where an optimizer has parameters that no module has, such as copies in
another precision.

## torch versions

2.0 and later, which tell of the parameters of modules.

## References

* https://pytorch.org/docs/stable/optim.html#constructing-it
"""

_WITHOUT_GRADIENT = """\
An optimizer has parameters that never get a gradient.

## What it finds

Parameters that require a gradient and had none whenever it was looked: at the first step of the optimizer, the second,
the fourth, and so on. It is reported where the optimizer is built.

    optimizer = SGD(model.parameters(), lr=0.1)          # LR702: the auxiliary head has no gradient
    loss_of(model(batch, with_auxiliary_head=False)).backward()

## Why it harms

The optimizer skips them: they keep the values that they began with. Often the optimizer has the parameters of another
model than the one that is trained, of a copy, or of a layer that was replaced later. torch says nothing.

## Fix and its safety

No fix: the code does not tell which parameters were meant.

## What it cannot see

Optimizers that are stepped with a closure, which computes the gradients within the step. Frozen parameters
(`requires_grad_(False)`) are right, and are not reported.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#taking-an-optimization-step
"""

_PAST_THE_END = """\
A OneCycleLR is stepped past the end of its schedule.

## What it finds

A step of a OneCycleLR behind its `total_steps`: the first one of these if the optimizer steps once more, and the second
one always.

    scheduler = OneCycleLR(optimizer, max_lr=0.1, total_steps=3)
    for batch in batches:                                # six of them
        train(batch, optimizer)
        scheduler.step()                                 # LR703

## Why it harms

The first step too many lets the LR rise again, without a word; the second one raises: `ValueError: Tried to step 4
times. The specified number of total steps is 3`.

## Fix and its safety

No fix: either the length or the place of the step can be what was meant. `lrlint check` finds lengths in the wrong unit
(LR108).

## What it cannot see

Other schedules: a cosine that rises again is LR501, which is off by default, as several cycles may be meant.

## torch versions

1.4 and later, as OneCycleLR.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

_RULES = (
    (
        Rule(
            "LR701",
            "parameters-without-optimizer",
            "parameters get gradients, but no optimizer has them (seen by `lrlint run`)",
            Severity.CORRECTNESS,
            gate=(),
            since="2.0",
        ),
        _WITHOUT_OPTIMIZER,
    ),
    (
        Rule(
            "LR702",
            "parameters-without-gradient",
            "an optimizer has parameters that never get a gradient (seen by `lrlint run`)",
            Severity.CORRECTNESS,
            gate=(),
        ),
        _WITHOUT_GRADIENT,
    ),
    (
        Rule(
            "LR703",
            "one-cycle-past-its-end",
            "a OneCycleLR is stepped past the end of its schedule (seen by `lrlint run`)",
            Severity.ERROR,
            gate=(),
            since="1.4",
        ),
        _PAST_THE_END,
    ),
)


def _nothing(program: Program) -> Iterator[Finding]:
    """What a program shows of them before it runs."""
    return iter(())


@cache
def seen_rules() -> tuple[RegisteredRule, ...]:
    """The rules that only a run has findings of."""
    return tuple(RegisteredRule(rule, _nothing, page.strip, BUILT_IN_PACK) for rule, page in _RULES)


def known_rules() -> tuple[RegisteredRule, ...]:
    """All rules of `lrlint run`: those of the installed packs, and those of which only a run shows anything.

    Raises PackError as `load_rules` does.
    """
    return united((*load_rules(), *seen_rules()))
