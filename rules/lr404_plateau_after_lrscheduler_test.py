"""`ReduceLROnPlateau` is asked for only after `LRScheduler`, which it is one of since torch 2.2.

## What it finds

An `elif` that asks whether something is a ReduceLROnPlateau, behind an `if` that asks whether it is a `LRScheduler`.

    if isinstance(scheduler, LRScheduler):              # LR404
        scheduler.step()
    elif isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(loss)

    if isinstance(scheduler, ReduceLROnPlateau):        # right
        scheduler.step(loss)
    elif isinstance(scheduler, LRScheduler):
        scheduler.step()

## Why it harms

The second branch is never taken, and ReduceLROnPlateau gets what is meant for the others. Measured on torch 2.13 for
the steps above: `TypeError: ReduceLROnPlateau.step() missing 1 required positional argument: 'metrics'`. Up to torch
2.1 ReduceLROnPlateau derived from nothing, and both orders were right.

## Fix and its safety

Unsafe, as other code runs from then on: the two tests change places, with their branches and the comments in these. Not
offered where a branch stands on the line of its test, nor for an `if` inside of an `else`.

## What it cannot see

Tests that are not alone in their condition. A first branch that asks for ReduceLROnPlateau itself is left alone, and so
is code whose `LRScheduler` is not torch's.

## torch versions

2.2 and later.

## References

* https://github.com/pytorch/pytorch/issues/106767
* https://github.com/pytorch/pytorch/issues/121271
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Place, Program, ir
from lrlint.program.imported import imported_names, meanings
from lrlint.program.renaming import NEW_BASE, OLD_BASE
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import descend
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR404",
    name="plateau-after-lrscheduler-test",
    summary="ReduceLROnPlateau is asked for after `LRScheduler`, which it is one of",
    severity=Severity.CORRECTNESS,
    gate=("torch", "ReduceLROnPlateau", "LRScheduler", "isinstance"),
    since="2.2",
    fixes=(Applicability.UNSAFE,),
)

PLATEAU = "torch.optim.lr_scheduler.ReduceLROnPlateau"
BASES = frozenset([NEW_BASE, OLD_BASE])

Imported = Mapping[str, frozenset[str]]


def check(program: Program) -> Iterator[Finding]:
    for module in program.modules:
        if "isinstance" not in module.source.text or "ReduceLROnPlateau" not in module.source.text:
            continue
        imported = imported_names(module)
        for element in program.of_kind_in(module, ir.If):
            second = _shadowed(element, imported)
            if second is not None:
                yield _finding(program, element, second)


def _finding(program: Program, first: ir.If, second: ir.If) -> Finding:
    return Finding(
        RULE,
        *program.place(first.test),
        "a ReduceLROnPlateau is a `LRScheduler` since torch 2.2, so the branch for it is never taken",
        "takes them all",
        (Related(*program.place(second.test), "comes too late"),),
        _fix(program, first, second),
    )


def _shadowed(first: ir.If, imported: Imported) -> ir.If | None:
    """The `elif` of a statement that is never taken, as `if` has all ReduceLROnPlateaus."""
    second = _elif(first)
    if second is None or not _is_for_all(first.test, imported) or PLATEAU not in _asked(second.test, imported):
        return None
    asks_inside = any(PLATEAU in meanings(dotted_name(one), imported) for one in _expressions(first.body))
    return second if _subject(first.test) == _subject(second.test) and not asks_inside else None


def _elif(statement: ir.If) -> ir.If | None:
    inner = statement.orelse[0] if len(statement.orelse) == 1 else None
    inner = inner.statement if isinstance(inner, ir.Passable) else inner
    return inner if isinstance(inner, ir.If) else None


def _is_for_all(test: ir.Expression, imported: Imported) -> bool:
    """Whether a test is whether something is a `LRScheduler`, by a name that may be the old one on an old torch."""
    return any(NEW_BASE in meant <= BASES for meant in (meanings(dotted_name(one), imported) for one in _classes(test)))


def _asked(test: ir.Expression, imported: Imported) -> frozenset[str]:
    """The class that a test asks for, if it is only one."""
    classes = _classes(test)
    return meanings(dotted_name(classes[0]), imported) if len(classes) == 1 else frozenset()


def _classes(test: ir.Expression) -> tuple[ir.Expression, ...]:
    """The classes of `isinstance(name, classes)`."""
    if _subject(test) is None:
        return ()
    assert isinstance(test, ir.Call)
    classes = test.arguments[1].value
    return classes.items if isinstance(classes, ir.Collection) else (classes,)


def _subject(test: ir.Expression) -> str | None:
    """What `isinstance(name, classes)` asks about."""
    is_test = isinstance(test, ir.Call) and dotted_name(test.func) == "isinstance" and len(test.arguments) == 2
    return dotted_name(test.arguments[0].value) if is_test and isinstance(test, ir.Call) else None


def _expressions(statements: tuple[ir.Statement, ...]) -> Iterator[ir.Expression]:
    return (one for one in descend(statements) if isinstance(one, ir.Expression))


def _fix(program: Program, first: ir.If, second: ir.If) -> Fix | None:
    text = program.source_of(first).text
    tests = [program.range(statement.test) for statement in (first, second)]
    suites = [suite for suite in (_suite(program, first), _suite(program, second)) if suite is not None]
    if len(suites) < 2 or not text[: tests[1].start].endswith("elif "):
        return None
    pairs = [tests, tests[::-1], [one.range for one in suites], [one.range for one in suites[::-1]]]
    edits = tuple(Edit(place, text[other.start : other.end]) for place, other in pairs)
    return Fix(Applicability.UNSAFE, "ask for ReduceLROnPlateau first", edits)


def _suite(program: Program, statement: ir.If) -> Place | None:
    """The lines of the first branch; None if it does not begin on a line of its own."""
    source = program.source_of(statement)
    test, last = program.range(statement.test), program.range(statement.body[-1])
    if not source.text.startswith(":", test.end) or program.range(statement.body[0]).line == test.end_line:
        return None
    start = source.line_starts[test.end_line]
    lines = source.text[last.end :].splitlines()
    return Place(source.path, source.range(start, last.end + len(lines[0] if lines else "")))
