"""Functions of a LambdaLR look a loop variable up when they are called, and not when they are made.

## What it finds

A list of lambdas for LambdaLR or MultiplicativeLR, made by a comprehension or by a loop that appends to it, in which
each lambda is to use the value that a name has in its own round.

    LambdaLR(optimizer, [lambda epoch: gamma**epoch for gamma in (0.9, 0.5)])                # LR215
    LambdaLR(optimizer, [lambda epoch, gamma=gamma: gamma**epoch for gamma in (0.9, 0.5)])   # right

And a lambda that ignores the epoch it gets and uses the counter of the loop that steps the scheduler.

    LambdaLR(optimizer, lambda _: 0.9**epoch)        # LR215, with `for epoch in range(…)` further down
    LambdaLR(optimizer, lambda epoch: 0.9**epoch)    # right

## Why it harms

A name in a lambda is looked up when the lambda is called. By then the loop is over, and all param groups have the
factor of the last one. Measured on torch 2.13, LRs of the two groups in each epoch:

    gamma             0.1, 0.1   0.05, 0.05   0.025, 0.025   0.0125, 0.0125
    gamma=gamma       0.1, 0.1   0.09, 0.05   0.081, 0.025   0.0729, 0.0125

The counter of the loop is one round behind what the scheduler counts, so that every LR comes one epoch late, and
`last_epoch` of a saved scheduler means nothing:

    lambda _: 0.9**epoch       0.1   0.1    0.09    0.081    0.0729
    lambda epoch: 0.9**epoch   0.1   0.09   0.081   0.0729   0.0656

## Fix and its safety

A parameter with the name as its default keeps the value of each round; or the parameter gets the name of the counter.
Unsafe, since the LRs change.

## What it cannot see

Functions made with `def` in a loop. A loop over a single item, or over equal ones, makes no difference, and is left
alone, as is a lambda in a loop that builds one scheduler after the other.

## torch versions

All.

## References

* https://docs.python.org/3/faq/programming.html#why-do-lambdas-defined-in-a-loop-with-different-values-all-return-the-same-result
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.captures import captures_in_list, free_names, names_of
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.places import function_around
from lrlint.program.search import assigned_to
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR215",
    name="lr-lambda-late-binding",
    summary="a lambda for the LR looks a loop variable up too late",
    severity=Severity.CORRECTNESS,
    gate=("torch", "lr_scheduler", "LambdaLR|MultiplicativeLR", "lambda"),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Lambda] = set()
    for one in scheduler_constructions(program, "LambdaLR", "MultiplicativeLR"):
        argument = one.written("lr_lambda")
        for capture in captures_in_list(program, argument.value) if argument is not None else ():
            if capture.function not in reported:
                reported.add(capture.function)
                names = ", ".join(f"`{name}`" for name in capture.names)
                yield Finding(
                    RULE,
                    *program.place(capture.function),
                    f"each of these lambdas uses the last value of {names}, so all param groups have the same factor",
                    "",
                    (Related(*program.place(one.call), "this scheduler calls them"),),
                    _bind(program, capture.function, capture.names),
                )
        yield from _lagging(program, one)


def _lagging(program: Program, one: Construction) -> Iterator[Finding]:
    """`LambdaLR(optimizer, lambda _: 0.9**epoch)`."""
    function, loop = one.expression("lr_lambda"), _loop_of_steps(program, one)
    if not isinstance(function, ir.Lambda) or loop is None or len(function.function.parameters) != 1:
        return
    names = free_names(function.function)
    counter = next((name for name in names_of(loop.target)[:1] if name in names), None)
    if counter is None or _is_used(function.function) or assigned_to(counter, loop.body):
        return
    if function_around(program, loop) is not function_around(program, function):
        return
    yield Finding(
        RULE,
        *program.place(function),
        f"the lambda uses `{counter}` of the loop, not the epoch that it gets: every LR comes one epoch late",
        "",
        (Related(*program.place(loop.target), "this is one less than what the scheduler counts"),),
        _rename(program, function, counter),
    )


def _loop_of_steps(program: Program, one: Construction) -> ir.For | None:
    """The loop from 0 that steps the scheduler behind its optimizer once a round, if nothing else does."""
    steps = [step for step in program.facts.scheduler_steps if any(s.site is one.call for s in step.possible)]
    loops = {step.rounds_of_scheduler for step in steps}
    is_plain = all(step.after_optimizer and not step.has_arguments for step in steps)
    if len(loops) != 1 or not is_plain or any(step.call in program.early_steps for step in steps):
        return None
    around = loops.pop()
    loop = around[0] if len(around) == 1 else None
    return loop if isinstance(loop, ir.For) and _counts_from_zero(loop.iterable) else None


def _counts_from_zero(iterable: ir.Expression) -> bool:
    """`range(n)` and `enumerate(x)`."""
    if not isinstance(iterable, ir.Call) or len(iterable.arguments) != 1 or iterable.arguments[0].star:
        return False
    return isinstance(iterable.func, ir.Name) and iterable.func.id in ("enumerate", "range")


def _is_used(function: ir.Function) -> bool:
    return function.parameters[0].name in function.mentions


def _bind(program: Program, function: ir.Lambda, names: tuple[str, ...]) -> Fix | None:
    """`lambda e: g**e` -> `lambda e, g=g: g**e`."""
    head = _head(program, function)
    if head is None:
        return None
    end = program.range(function).start + len(head)
    defaults = "".join(f", {name}={name}" for name in names)
    edit = Edit(program.source_of(function).range(end, end), defaults)
    return Fix(Applicability.UNSAFE, "keep the value of each round as a default", (edit,))


def _rename(program: Program, function: ir.Lambda, name: str) -> Fix | None:
    """`lambda _: g**epoch` -> `lambda epoch: g**epoch`."""
    head, start = _head(program, function), program.range(function).start
    if head is None:
        return None
    edit = Edit(program.source_of(function).range(start, start + len(head)), f"lambda {name}")
    return Fix(Applicability.UNSAFE, f"name the parameter `{name}`", (edit,))


def _head(program: Program, function: ir.Lambda) -> str | None:
    """The text of a lambda before its colon; None unless it has plain parameters alone."""
    parameters = function.function.parameters
    head = program.text(function).partition(":")[0]
    is_plain = bool(parameters) and all(one.default is None for one in parameters) and "*" not in head
    return head if is_plain and "#" not in head and "/" not in head else None
