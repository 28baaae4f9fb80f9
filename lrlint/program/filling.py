"""Loops that sort parameters into lists.

for name, p in model.named_parameters():
    if "bias" in name: biases.append(p)
    else: weights.append(p)             # now holds the parameters whose name lacks "bias"
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field, replace

from lrlint.program import ir
from lrlint.program.conditions import Subject, conditions_of, item_of_element, subject_of, value_of
from lrlint.program.objects import items_of
from lrlint.program.search import descend, targets_of
from lrlint.program.selection import Condition, Parameters, Several
from lrlint.program.values import Sequence, Value
from lrlint.program.walk import Frame

Items = tuple[Value | Several, ...]


@dataclass(frozen=True, slots=True)
class Deposit:
    """`receiver.append(element)` or `receiver += [element]`, for each item that meets the conditions."""

    source: ir.Expression
    receiver: ir.Expression
    element: ir.Expression
    conditions: frozenset[Condition]


def filled_lists(frame: Frame, loop: ir.For, parts: SequenceOf[Parameters]) -> dict[int, Items]:
    """What the lists that a loop over `parts` fills hold when it is over, by their ident.

    Empty if the loop does anything that is not understood.  To be asked before the loop runs.
    """
    unstable = frozenset(_assigned(loop.body))
    items: dict[int, Items] = {}
    others: set[int] = set()
    for part in parts:
        subject = subject_of(frame, loop.target, part, unstable)
        sorting = _Sorting(frame, subject)
        sorting.block(loop.body, frozenset())
        if not sorting.is_understood or not sorting.leaves_lists_alone():
            return {}
        for deposit in sorting.deposits:
            held = value_of(frame, deposit.receiver)
            if not isinstance(held, Sequence) or held.kind != "list" or _grows_elsewhere(frame, held):
                continue
            before = items.get(held.ident, items_of(frame, held))
            deposited = _deposited(frame, part, deposit, subject)
            if before is None or deposited.item == "else":
                others.add(held.ident)
            else:
                items[held.ident] = (*before, Several(deposited))
    return {ident: held for ident, held in items.items() if ident not in others}


def _deposited(frame: Frame, part: Parameters, deposit: Deposit, subject: Subject) -> Parameters:
    return replace(
        part,
        conditions=part.conditions | deposit.conditions,
        item=item_of_element(frame, deposit.element, subject),
        source=deposit.source,
        iterators=frozenset(),
    )


def _grows_elsewhere(frame: Frame, held: Sequence) -> bool:
    """Whether a loop that is running, too, goes through this one again and again with the same list."""
    return any(activation.born > held.ident for activation in frame.walk.rounds())


@dataclass(slots=True)
class _Sorting:
    """Goes through the body of a loop; `others` are the statements that deposit nothing."""

    frame: Frame
    subject: Subject
    deposits: list[Deposit] = field(default_factory=list)
    others: list[ir.Statement] = field(default_factory=list)
    is_understood: bool = True

    def block(self, statements: SequenceOf[ir.Statement], known: frozenset[Condition]) -> frozenset[Condition] | None:
        """What is known of an item at the end of a block; None if the end is not reached."""
        for statement in statements:
            end = self._statement(statement, known)
            if end is None:
                return None
            known = end
        return known

    def leaves_lists_alone(self) -> bool:
        """Whether the lists are mentioned in the deposits only."""
        lists = _names([deposit.receiver for deposit in self.deposits])
        return lists.isdisjoint(_names(self.others))

    def _statement(self, statement: ir.Statement, known: frozenset[Condition]) -> frozenset[Condition] | None:
        if isinstance(statement, ir.Passable):
            return self._statement(statement.statement, known)
        if isinstance(statement, ir.If):
            return self._branches(statement, known)
        if isinstance(statement, ir.Leave) and statement.kind in ("continue", "raise"):
            return None
        deposit = _deposit(statement, known)
        if deposit is not None:
            self.deposits.append(deposit)
        elif type(statement) in (ir.Statement, ir.Evaluate, ir.Assign, ir.AugmentedAssign):
            self.others.append(statement)
        else:
            self.is_understood = False
        return known

    def _branches(self, statement: ir.If, known: frozenset[Condition]) -> frozenset[Condition] | None:
        yes, no = (
            self.block(block, known | conditions_of(self.frame, statement.test, holds, self.subject))
            for block, holds in ((statement.body, True), (statement.orelse, False))
        )
        if yes is None or no is None:
            return no if yes is None else yes
        return known


def _deposit(statement: ir.Statement, known: frozenset[Condition]) -> Deposit | None:
    """What a statement puts into a list, if that is all it does."""
    if isinstance(statement, ir.AugmentedAssign) and statement.operator == "Add":
        more = statement.value
        if not isinstance(more, ir.Collection) or more.kind != "list" or len(more.items) != 1:
            return None
        return Deposit(more, statement.target, more.items[0], known)
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    if not isinstance(call, ir.Call) or not isinstance(call.func, ir.Attribute) or call.func.attr != "append":
        return None
    given = [argument.value for argument in call.arguments if not argument.star and not argument.keyword]
    return Deposit(call, call.func.value, given[0], known) if len(given) == 1 else None


def _assigned(statements: SequenceOf[ir.Statement]) -> Iterator[str]:
    """The names that statements assign to."""
    for element in descend(statements):
        is_deposit = isinstance(element, ir.Statement) and _deposit(element, frozenset()) is not None
        for target in () if is_deposit else targets_of(element):
            if isinstance(target, ir.Name):
                yield target.id
        if isinstance(element, ir.NamedExpression) and isinstance(element.target, ir.Name):
            yield element.target.id


def _names(elements: SequenceOf[ir.Statement | ir.Expression]) -> set[str]:
    """The names in statements and expressions, attributes included."""
    found = [element for element in descend(elements) if isinstance(element, ir.Name | ir.Attribute)]
    return {one.id if isinstance(one, ir.Name) else one.attr for one in found}
