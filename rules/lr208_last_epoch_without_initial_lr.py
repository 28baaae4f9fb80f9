"""A scheduler is told to go on from an epoch, but its optimizer is a new one.

## What it finds

A scheduler built with a `last_epoch` other than -1 on an optimizer of the program whose state is never loaded, which
no other scheduler is built on, and whose param groups get no "initial_lr".

    StepLR(optimizer, 30, last_epoch=0)     # LR208
    StepLR(optimizer, 30)                   # right: it begins with epoch 0

The same if the function reads the epoch from a checkpoint, and nothing loads the state of the optimizer:

    if args.resume:
        checkpoint = torch.load(args.resume)
        model.load_state_dict(checkpoint["model"])
        start_epoch = checkpoint["epoch"]
    optimizer = SGD(model.parameters(), lr=0.1)
    StepLR(optimizer, 30, last_epoch=start_epoch - 1)   # LR208: raises in each run that goes on

## Why it harms

It raises: `KeyError: "param 'initial_lr' is not specified in param_groups[0] when resuming scheduler with last_epoch >=
0. …"`, since the scheduler looks in the optimizer for the LRs that it once began with, and these come with
`optimizer.load_state_dict`. `last_epoch` is the number of epochs done, less one: measured on torch 2.13 with StepLR(2)
and an optimizer restored after 3 epochs, `last_epoch=2` goes on with 0.01 and `last_epoch=3` falls to 0.001 at once.
`scheduler.load_state_dict` needs neither.

## Fix and its safety

A literal 0 is dropped, which is safe: the code always raises, and a scheduler without it begins with the first epoch.
Not offered for other numbers: whether the run is to go on from there, and where its state is, only the author knows.

## What it cannot see

Numbers of options, epochs that another function reads, optimizers that unknown code gets hold of.

## torch versions

All; since 2.10 the message tells more.

## References

* https://github.com/akamaster/pytorch_resnet_cifar10/issues/14
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.resumption import epoch_of_checkpoint
from lrlint.program.rewrite import drop_argument
from lrlint.program.sites import built_here
from lrlint.program.values import Constant, Optimizer, Value, integer_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR208",
    name="last-epoch-without-initial-lr",
    summary="a scheduler goes on from an epoch on a new optimizer",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
    fixes=(Applicability.SAFE,),
)

_WITHOUT_LAST_EPOCH = frozenset(["ChainedScheduler", "ReduceLROnPlateau", "SequentialLR"])
"""Classes that look for no "initial_lr"."""


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program):
        optimizers = construction.optimizers
        epochs = construction.possible_values("last_epoch")
        if construction.class_name in _WITHOUT_LAST_EPOCH or not optimizers or not epochs:
            continue
        argument = construction.written("last_epoch")
        read = _read_epoch(program, construction, argument, epochs)
        if read is None and not all(map(_is_later, epochs)):
            continue
        if not all(_is_new(program, construction, one) for one in optimizers) or is_attempt(program, construction.call):
            continue
        place = construction.call if argument is None else argument
        start = "an epoch" if read is None else "the epoch of a checkpoint"
        related = [Related(*built_here(program, optimizers, "the optimizer"))]
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"{program.quote(place)} goes on from {start}, but the optimizer is new: KeyError, no group has an"
            " 'initial_lr'",
            "",
            (*related, *(Related(*program.place(one), "the epoch is read here") for one in (read,) if one is not None)),
            _fix(program, construction),
        )


def _read_epoch(
    program: Program, construction: Construction, argument: ir.Argument | None, epochs: frozenset[Value]
) -> ir.Expression | None:
    """Where a run that goes on reads the epoch from its checkpoint, which no run does if the epoch is known."""
    if argument is None or all(isinstance(one, Constant) for one in epochs):
        return None
    return epoch_of_checkpoint(program, argument.value, construction.call)


def _is_later(epoch: Value | None) -> bool:
    number = integer_of(epoch)
    return number is not None and number >= 0


def _is_new(program: Program, construction: Construction, optimizer: Optimizer) -> bool:
    """Whether an optimizer surely has no "initial_lr" when the scheduler is built."""
    facts = program.facts
    if optimizer in facts.restored or optimizer in facts.escaped:
        return False
    company = program.company_of(construction.call)
    if any("initial_lr" in module.source.text for module in company):
        return False
    return all(build.call is construction.call for build in program.index.built_on[optimizer])


def _fix(program: Program, construction: Construction) -> Fix | None:
    argument = construction.written("last_epoch")
    if argument is None or not isinstance(argument.value, ir.Constant) or argument.value.value != 0:
        return None
    is_last = argument is construction.call.arguments[-1]
    if argument.keyword is None and not is_last:
        return None
    edit = drop_argument(program, construction.call, argument)
    return Fix(Applicability.SAFE, "drop `last_epoch`", (edit,)) if edit else None
