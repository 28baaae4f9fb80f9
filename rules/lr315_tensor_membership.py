"""A list of parameters is asked whether a parameter is in it, which compares their values.

## What it finds

`in` and `not in` with a parameter on the left and a list, tuple or iterator of parameters on the right: in a
comprehension, in the function of a `filter`, in a loop over the parameters of a model.

    head = list(model.fc.parameters())
    rest = [p for p in model.parameters() if p not in head]            # LR315
    rest = [p for p in model.parameters() if p not in set(head)]       # right: a set compares identities first

    ids = set(map(id, head))
    rest = [p for p in model.parameters() if id(p) not in ids]         # right

## Why it harms

Python asks one item after the other whether it is the same object, and if not, whether it equals the parameter. For
tensors `==` compares number by number: `RuntimeError: The size of tensor a (8) must match the size of tensor b (4)`,
or, where the shapes agree, `Boolean value of Tensor with more than one value is ambiguous`. Nothing raises only for the
very first item, which is found before anything is compared, and for tensors of one number.

## Fix and its safety

Unsafe, since there are parameters with which it works by chance: `set(…)` around the list. A set looks for a tensor by
its identity.

## What it cannot see

Lists that unknown code fills, those of single parameters (`[model.fc.weight]`), and `index`, `remove` and `count` of a
list, which compare in the same way. A search that a `try` guards is left alone.

## torch versions

All.

## References

* https://docs.python.org/3/reference/expressions.html#membership-test-operations
* https://discuss.pytorch.org/t/how-to-perform-finetuning-in-pytorch/419
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.facts import Membership
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR315",
    name="tensor-membership",
    summary="a list of parameters is asked whether a parameter is in it",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS, "parameters|named_parameters"),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for asked in {one.holder: one for one in reversed(program.facts.memberships)}.values():
        if is_attempt(program, asked.holder):
            continue
        sources = {part.source for part in asked.parameters} - {asked.holder}
        yield Finding(
            RULE,
            *program.place(asked.place),
            f"{program.quote(asked.place)} compares the values of parameters: RuntimeError",
            "equal is asked of each number",
            tuple(Related(*program.place(source), "the parameters are listed here") for source in sources),
            _fix(program, asked),
        )


def _fix(program: Program, asked: Membership) -> Fix | None:
    """Search in a set; a name that holds an iterator gives its parameters to the first search alone."""
    is_read_once = any(part.iterators for part in asked.parameters)
    if is_read_once:
        return None
    edit = Edit(program.range(asked.holder), f"set({program.text(asked.holder)})")
    return Fix(Applicability.UNSAFE, "search in a set", (edit,))
