"""A param group has no "params".

## What it finds

A dict given to an optimizer of torch, in its constructor or in `add_param_group`, that surely lacks the key "params".

    optim.SGD([{"param": model.parameters(), "lr": 0.1}])       # LR309
    optim.SGD([{"params": model.parameters(), "lr": 0.1}])      # right

## Why it harms

It raises: `KeyError: 'params'`.

## Fix and its safety

Safe, since the code always raises: a key that is another word for it is renamed (`param`, `parameters`, `weights`, …).
Not offered where there is none, or more than one.

## What it cannot see

Dicts that unknown code has had, or with keys that are computed. Those that an option decides about.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import GroupDict
from lrlint.program.search import keys_of
from lrlint.rule import OPTIMIZERS, Rule, Severity

OTHER_WORDS = frozenset(["param", "parameter", "parameters", "parms", "prams", "paramters", "weights"])
"""What people write in place of "params"."""

RULE = Rule(
    code="LR309",
    name="missing-params-key",
    summary='a param group has no "params"',
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    given: dict[ir.Expression, list[GroupDict]] = {}
    for one in program.facts.group_dicts:
        given.setdefault(one.mapping.source, []).append(one)
    for source, dicts in given.items():
        if any(one.entries is None or "params" in dict(one.entries) for one in dicts):
            continue
        yield Finding(
            RULE,
            *program.place(source),
            f'{program.quote(source)} has no "params": KeyError',
            'a param group without "params"',
            (Related(*program.place(dicts[0].call), "this optimizer gets it"),),
            _fix(program, source),
        )


def _fix(program: Program, source: ir.Expression) -> Fix | None:
    meant = [(key, place) for key, place in keys_of(source) if key.lower() in OTHER_WORDS]
    if len(meant) != 1:
        return None
    key, place = meant[0]
    start = program.source_of(place).text.index(key, program.range(place).start)
    edit = Edit(program.source_of(place).range(start, start + len(key)), "params")
    return Fix(Applicability.SAFE, f"rename `{key}` to `params`", (edit,))
