"""An assignment that looks as if it set the LR, and sets nothing that the optimizer reads.

## What it finds

`optimizer.lr = x` and `scheduler.lr = x`; the LR in a copy of the param groups,
`optimizer.state_dict()["param_groups"]`; in the defaults, which only groups added later take; under a key that no
optimizer of torch reads, `group["learning_rate"]`; and `==` as a statement.

    optimizer.lr = lr                                             # LR131
    for group in optimizer.state_dict()["param_groups"]:          # the groups are copies
        group["lr"] = lr                                          # LR131
    for group in optimizer.param_groups:                          # right
        group["lr"] = lr

## Why it harms

The LR stays what it was, and nothing is raised or warned. Measured on torch 2.13, with SGD(lr=0.1) and each of the
statements above in place of a decay by half in each epoch:

    as written       0.1  0.1   0.1
    as it was meant  0.1  0.05  0.025

## Fix and its safety

Unsafe, since training changes once the LR does: `.state_dict()["param_groups"]` becomes `.param_groups`, `==` becomes
`=`, the key becomes `"lr"`, and `optimizer.lr = x` and `optimizer.defaults["lr"] = x` a loop over the groups. The
loop is not offered where computing the value calls something. There is no fix for the attribute of a scheduler.

## What it cannot see

Objects that are not surely of a class of torch itself. A copy of the state that has a name may be loaded again, and is
left alone. So are an attribute or key that the program reads somewhere, and defaults next to `add_param_group` or to a
proper assignment of the LR.

## torch versions

All.

## References

* https://github.com/pytorch/examples/pull/64
* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.every_group import set_in_every_group
from lrlint.program.group_uses import copied_lists, group_lists, groups_in, item_stores_in, key_of, member_uses
from lrlint.program.readers import is_asked_for, may_be_read
from lrlint.program.values import Optimizer, Scheduler
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR131",
    name="no-op-lr-assignment",
    summary="an assignment to the LR sets nothing that the optimizer reads",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.UNSAFE,),
)

OTHER_NAMES = frozenset(["learning_rate", "lrate"])
"""Keys that people take for "lr"."""


def check(program: Program) -> Iterator[Finding]:
    yield from _check_attributes(program)
    yield from _check_defaults(program)
    yield from _check_copies(program)
    yield from _check_groups(program)


def _check_attributes(program: Program) -> Iterator[Finding]:
    """`optimizer.lr = x` and `scheduler.lr = x`."""
    for kind, what in ((Optimizer, "an optimizer"), (Scheduler, "a scheduler")):
        for place, uses in member_uses(program, kind).items():
            if place.attr != "lr" or not all(use.is_stored for use in uses) or may_be_read(program, place):
                continue
            edit = set_in_every_group(program, uses[0].visit.statement, place, place.value, "lr")
            fix = _fix("set the LR of every group", edit if kind is Optimizer else None)
            yield _finding(program, place, f"gives {what} an attribute that nobody reads", fix)


def _check_defaults(program: Program) -> Iterator[Finding]:
    """`optimizer.defaults["lr"] = x`."""
    uses = {place for place in member_uses(program, Optimizer) if place.attr == "defaults"}
    for target, statement in item_stores_in(program, *program.modules) if uses else ():
        owner = target.value
        if isinstance(owner, ir.Attribute) and owner in uses and key_of(target) == "lr" and not _counts(program, owner):
            fix = _fix("set it in every group", set_in_every_group(program, statement, target, owner.value, "lr"))
            yield _finding(program, target, "sets the LR of groups to come, not of those that the optimizer has", fix)


def _check_copies(program: Program) -> Iterator[Finding]:
    """`optimizer.state_dict()["param_groups"][0]["lr"] = x`."""
    copies = copied_lists(program)
    items = groups_in(program, copies)
    owners = {one.value for one in program.of_kind(ir.Subscript)} if items else set()
    kept = {copy for group, copy in items.items() if group not in owners}  # who has the copy may use it
    for target, _ in item_stores_in(program, *program.modules) if items else ():
        copy = items.get(target.value)
        if copy is not None and copy not in kept and key_of(target) == "lr":
            yield _finding(
                program, target, "sets the LR of a copy of the group", _without_copy(program, copy, copies[copy])
            )


def _check_groups(program: Program) -> Iterator[Finding]:
    """`group["learning_rate"] = x`, and `group["lr"] == x` as a statement."""
    known = groups_in(program, group_lists(program))
    if not known:
        return
    for target, _ in item_stores_in(program, *program.modules):
        key = key_of(target)
        if target.value in known and key in OTHER_NAMES and not is_asked_for(program, target, key):
            fix = _fix("set the LR", _other_key(program, target, key))
            yield _finding(program, target, f"sets an item that no optimizer of torch reads, which is not `{key}`", fix)
    for element in program.of_kind(ir.Evaluate):
        compared = _comparison(program, element)
        if compared is not None and isinstance(compared.left, ir.Subscript) and compared.left.value in known:
            fix = _fix("assign", _assignment(program, compared))
            yield _finding(program, compared, "compares the LR and sets nothing", fix)


def _finding(program: Program, place: ir.Expression, problem: str, fix: Fix | None) -> Finding:
    message = f"{program.quote(place)} {problem}: the LR stays as it is"
    return Finding(RULE, *program.place(place), message, "without effect on the LR", (), fix)


def _fix(title: str, edit: Edit | None) -> Fix | None:
    return Fix(Applicability.UNSAFE, title, (edit,)) if edit is not None else None


def _counts(program: Program, defaults: ir.Attribute) -> bool:
    """Whether the defaults of an optimizer may be taken for a new group, or stand beside an assignment to groups."""
    for module in program.company_of(defaults):
        if program.mentions(module, "add_param_group"):
            return True
        stores = item_stores_in(program, module)
        if any(key_of(one) == "lr" and not _is_of_defaults(one) for one, _ in stores):
            return True
    return False


def _is_of_defaults(target: ir.Subscript) -> bool:
    return isinstance(target.value, ir.Attribute) and target.value.attr == "defaults"


def _without_copy(program: Program, copy: ir.Expression, call: ir.Call) -> Fix | None:
    if not isinstance(call.func, ir.Attribute):
        return None
    place = program.source_of(copy).range(program.range(call.func.value).end, program.range(copy).end)
    return _fix("set it in the group itself", Edit(place, ".param_groups"))


def _other_key(program: Program, target: ir.Subscript, key: str) -> Edit | None:
    assert target.index is not None
    return Edit(program.range(target.index), program.text(target.index).replace(key, "lr"))


def _comparison(program: Program, element: ir.Evaluate) -> ir.BinaryOperation | None:
    """`group["lr"] == x` as a whole statement, and no `assert`."""
    value = element.value
    if not isinstance(value, ir.BinaryOperation) or value.operator != "Equal":
        return None
    is_alone = key_of(value.left) == "lr" and program.range(element).start == program.range(value).start
    return value if is_alone else None


def _assignment(program: Program, compared: ir.BinaryOperation) -> Edit | None:
    source = program.source_of(compared)
    between = source.range(program.range(compared.left).end, program.range(compared.right).start)
    written = source.text[between.start : between.end]
    return Edit(between, written.replace("==", "=")) if written.strip() == "==" else None
