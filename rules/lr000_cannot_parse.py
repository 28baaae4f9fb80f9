"""The file can't be read as Python.

## What it finds

A file that mentions torch and is no Python 3 source: Python 2 code, broken indentation, an unclosed bracket, a
merge conflict. Nothing in it is checked then. Also files that lrlint does not take on: more than 20,000 lines, or
brackets nested more than 200 deep.

A cell of a notebook is reported on its own, and the other cells are checked: what it may have done to the names in it
counts as unknown. Magics, shell lines and cells in other languages are no mistake.

Where the only thing wrong is that `async` is a name, as in code for Python 3.6 and older, the first of them is
reported, and the file is checked all the same.

    target = target.cuda(async=True)           # LR000, a SyntaxError since Python 3.7
    target = target.cuda(non_blocking=True)    # right

## Why it harms

Python raises SyntaxError before the first statement runs. And a linter that skips such a file in silence
looks like one that has found nothing in it.

    def train():
    optimizer.step()      # IndentationError: expected an indented block

## Fix and its safety

No fix: only the author knows what was meant.

## What it cannot see

Files without the words "torch" and "optim" in them are not parsed at all. Nor is found what Python's parser lets pass
and only its compiler refuses (such as `return` outside of a function).

## torch versions

All.

## References

* https://docs.python.org/3/reference/grammar.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR000",
    name="cannot-parse",
    summary="the file can't be read as Python",
    severity=Severity.ERROR,
    gate=("torch", "optim"),
    ignorable=False,
)


def check(program: Program) -> Iterator[Finding]:
    for unreadable in program.unreadable:
        message = f"this file was not checked: {unreadable.message}"
        yield Finding(RULE, unreadable.source.path, unreadable.range, message)
    for gap in program.gaps:
        yield Finding(RULE, gap.source.path, gap.range, f"this cell was not checked: {gap.message}")
    for outdated in program.outdated:
        message = f"no Python since 3.7 runs this file: {outdated.message}"
        yield Finding(RULE, outdated.source.path, outdated.range, message)
