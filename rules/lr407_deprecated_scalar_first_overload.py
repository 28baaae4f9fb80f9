"""An optimizer of one's own passes the factor before the tensors to `add_` and its like.

## What it finds

`add_`, `sub_`, `addcmul_` and `addcdiv_`, also without the underscore, with a factor in front of all tensors, in a
class that derives from one of torch's optimizers. `add` and `sub` only where parameters or gradients are in sight
(`.data`, `.grad`), since other objects have methods of these names.

    p.data.add_(-group["lr"], grad)               # LR407
    p.data.add_(grad, alpha=-group["lr"])         # right
    p.data.addcdiv_(-step_size, exp_avg, denom)          # LR407
    p.data.addcdiv_(exp_avg, denom, value=-step_size)    # right

## Why it harms

Torch deprecates these forms since 1.5 and may remove them in any release. Of all of them in a run it warns only once,
measured on torch 2.13: `UserWarning: This overload of add_ is deprecated: add_(Number alpha, Tensor other)`. What is
computed is right.

## Fix and its safety

Safe, as both forms compute the same on every torch: the factor goes behind the tensors, as `alpha` or `value`. Not
offered where a comment stands among the arguments.

## What it cannot see

Functions outside of such a class, classes with several bases, and classes whose base comes by way of another module of
the project other than by `import *`.

## torch versions

1.5 and later.

## References

* https://github.com/pytorch/pytorch/issues/32861
* https://pytorch.org/docs/stable/generated/torch.add.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.derived import derived_classes
from lrlint.program.places import function_around
from lrlint.program.search import calls_of, descend
from lrlint.rule import Rule, Severity

KEYWORDS = dict.fromkeys(("add", "add_", "sub", "sub_"), "alpha") | dict.fromkeys(
    ("addcdiv", "addcdiv_", "addcmul", "addcmul_"), "value"
)
"""The methods, each with the name of its factor."""

COMMON = frozenset(["add", "sub"])
"""Methods that sets, patterns and many others have as well."""

OF_TENSORS = frozenset(["data", "grad"])
"""Attributes that stand for tensors."""

TENSORS = {"alpha": 1, "value": 2}
"""How many tensors are passed beside the factor."""

RULE = Rule(
    code="LR407",
    name="deprecated-scalar-first-overload",
    summary="an optimizer of one's own passes the factor first to `add_` and its like",
    severity=Severity.DEPRECATION,
    gate=("torch", "optim", "class", "|".join(KEYWORDS)),
    since="1.5",
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for derived in derived_classes(program, "optimizer"):
        own = {one.name for one in derived.methods}
        for call in calls_of(frozenset(KEYWORDS) - own, derived.definition.body):
            if not isinstance(call.func, ir.Attribute) or not _has_factor_first(call, call.func.attr):
                continue
            if call.func.attr not in COMMON or _is_about_tensors(program, call):
                yield _finding(program, call, call.func.attr)


def _is_about_tensors(program: Program, call: ir.Call) -> bool:
    """Whether the receiver or an argument of a call surely is a tensor: `p.data`, or a name that is given one."""
    function = function_around(program, call)
    body = function.function.body if function is not None else ()
    assigned = [element for element in descend(body) if isinstance(element, ir.Assign) and _names_tensor(element.value)]
    tensors = {target.id for one in assigned for target in one.targets if isinstance(target, ir.Name)}
    receiver = call.func.value if isinstance(call.func, ir.Attribute) else call.func
    operands = (receiver, *(argument.value for argument in call.arguments))
    return any(_names_tensor(one) or (isinstance(one, ir.Name) and one.id in tensors) for one in operands)


def _names_tensor(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.Attribute) and expression.attr in OF_TENSORS


def _finding(program: Program, call: ir.Call, method: str) -> Finding:
    return Finding(
        RULE,
        *program.place(call),
        f"{program.quote(call)} passes the factor first, which is deprecated: `{KEYWORDS[method]}=` behind the tensors",
        "",
        (),
        _fix(program, call, KEYWORDS[method]),
    )


def _has_factor_first(call: ir.Call, method: str) -> bool:
    """Whether one more than the tensors is passed, all by position: torch takes the first one for the factor."""
    is_plain = all(one.keyword is None and not one.star for one in call.arguments)
    return is_plain and len(call.arguments) == TENSORS[KEYWORDS[method]] + 1


def _fix(program: Program, call: ir.Call, keyword: str) -> Fix | None:
    factor, *tensors = call.arguments
    source = program.source_of(call)
    place = source.range(program.range(factor).start, program.range(tensors[-1]).end)
    is_named = any(isinstance(one, ir.NamedExpression | ir.Yield) for one in descend(call.arguments))
    if is_named or "#" in source.text[place.start : place.end]:
        return None
    gap = source.text[program.range(factor).end : program.range(tensors[0]).start]
    written = source.text[program.range(tensors[0]).start : place.end]
    edit = Edit(place, f"{written}{gap}{keyword}={program.text(factor.value)}")
    return Fix(Applicability.SAFE, f"pass the factor as `{keyword}`", (edit,))
