"""Schedules that are typed on the command line: `StepLR(SGD(lr=0.1), step_size=30)`.

The text is parsed and never evaluated here.  It may hold calls of torch's optimizers and schedulers, and as their
arguments numbers, texts, lists, arithmetic and lambdas of such: all else is refused, so a text can do nothing but build
a schedule.  What becomes of it is a program for torch, with one constructor a line: an exception on a line is one at
that place of the text.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from lrlint.curve.plain import FUNCTIONS, NotPlainError, require_plain
from lrlint.torch_api.signatures import Signature, signatures

OPTIMIZER = "optimizer"

_MODULES = (
    "torch.optim.lr_scheduler",
    "torch.optim.swa_utils",
    "torch.optim",
    "optim.lr_scheduler",
    "optim",
    "lr_scheduler",
)
_EXAMPLE = "write a scheduler with its optimizer, as in StepLR(SGD(lr=0.1), step_size=30)"
_BASES = {"Optimizer", "LRScheduler", "_LRScheduler"}
_OF_SCHEDULERS = {"SequentialLR", "ChainedScheduler"}
_ENDLESS = {"ExponentialLR", "LambdaLR", "MultiplicativeLR", "ReduceLROnPlateau"}


class ScheduleError(ValueError):
    """A text is no schedule; the message is for people, and `shown` has the text with the place underlined."""

    def __init__(self, message: str, text: str, span: tuple[int, int]) -> None:
        super().__init__(message)
        self.text, self.span = text, span

    @property
    def shown(self) -> tuple[str, str]:
        """The text, and below it the mark of the place."""
        start, end = self.span
        return self.text, " " * start + "^" * max(1, end - start)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule as it was typed.

    `lines` are those of a program that build it; `spans` tell for each, by its number from 0, the place in the text.
    `scheduler` is the name of the last one in the program; None if there is an optimizer alone.
    """

    text: str
    lines: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    optimizer: str
    scheduler: str | None
    classes: frozenset[str]
    takes_metric: bool

    @property
    def ends(self) -> bool:
        """Whether there is a length in it."""
        return bool(self.classes - _ENDLESS)

    @property
    def counts_steps(self) -> bool:
        """Whether it is one that is meant to step after each step of the optimizer."""
        return bool(self.classes & {"OneCycleLR", "CyclicLR"})

    def error(self, message: str, line: int | None) -> ScheduleError:
        """What torch said at a line of the program, as an error in the text."""
        at = line if line is not None and 0 <= line < len(self.spans) else None
        return ScheduleError(message, self.text, (0, len(self.text)) if at is None else self.spans[at])


def parse_schedule(text: str) -> Schedule:
    """The schedule of a text.  Raises ScheduleError."""
    shown = " ".join(text.split())
    if not shown:
        raise ScheduleError(f"there is no schedule: {_EXAMPLE}", shown, (0, 0))
    try:
        tree = ast.parse(shown, mode="eval").body
    except SyntaxError as error:
        start = max(0, (error.offset or 1) - 1)
        raise ScheduleError(f"this is no Python expression: {error.msg}", shown, (start, start + 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ScheduleError("this is no Python expression that can be read", shown, (0, len(shown))) from None
    return _Builder(shown).build(tree)


@dataclass(slots=True)
class _Builder:
    """Turns a tree into the lines of a program, inner calls first."""

    text: str
    lines: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    schedulers: int = 0

    def build(self, tree: ast.expr) -> Schedule:
        calls = list(self._calls(tree))
        if not calls or calls[0][0] is not tree:
            raise self.error(_EXAMPLE, tree)
        optimizers = [(call, one) for call, one in calls if one.kind == "optimizer"]
        if not optimizers:
            name = calls[0][1].class_name
            raise self.error(f"there is no optimizer in it: write it first, as in {name}(SGD(lr=0.1), ...)", tree)
        first, signature = optimizers[0]
        for call, _ in optimizers:
            if ast.dump(call) != ast.dump(first):
                raise self.error("this is another optimizer: one schedule is about one", call)
        self._optimizer(first, signature)
        scheduler = None if tree is first else self._scheduler(tree)
        return Schedule(
            self.text,
            tuple(self.lines),
            tuple(self.spans),
            signature.class_name,
            scheduler,
            frozenset(self.classes),
            calls[0][1].class_name == "ReduceLROnPlateau",
        )

    def error(self, message: str, node: ast.AST) -> ScheduleError:
        return ScheduleError(message, self.text, self.span(node))

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node stands in the text, in characters."""
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", len(self.text.encode()))
        line = self.text.encode()
        return len(line[:start].decode(errors="replace")), len(line[:end].decode(errors="replace"))

    # What is called

    def _calls(self, tree: ast.expr) -> Iterator[tuple[ast.Call, Signature]]:
        """The calls of torch's classes, from the outside in."""
        if isinstance(tree, ast.Call) and (signature := self._class(tree)):
            yield tree, signature
            if signature.kind == "optimizer":
                return
            for argument in (*tree.args, *(keyword.value for keyword in tree.keywords)):
                yield from self._calls(argument)
        elif isinstance(tree, (ast.List, ast.Tuple)):
            for one in tree.elts:
                yield from self._calls(one)

    def _class(self, call: ast.Call) -> Signature | None:
        """The class that is called; None if that is one of the functions that arguments may call."""
        dotted = ast.unparse(call.func)
        module, _, name = dotted.rpartition(".")
        if (not module and name in FUNCTIONS) or module == "math":
            return None
        found = _classes().get(name)
        if found is not None and module in ("", *_MODULES):
            return found
        nearest = difflib.get_close_matches(name, _classes(), n=1, cutoff=0.6)
        hint = f"; did you mean {nearest[0]}?" if nearest else ": only optimizers and schedulers of torch can be called"
        raise self.error(f"{dotted} is not known here{hint}", call.func)

    # Optimizers

    def _optimizer(self, call: ast.Call, signature: Signature) -> None:
        """Write the line that builds the optimizer, with a parameter of no meaning for each group."""
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        given = keywords.pop("params", None)
        rest = list(call.args)
        if given is None and rest and not _is_number(rest[0]):
            given = rest.pop(0)
        arguments = [self._groups(given), *map(self._plain, rest), *self._keywords(call, without="params")]
        self._line(f"{OPTIMIZER} = {signature.name}({', '.join(arguments)})", call)

    def _groups(self, given: ast.expr | None) -> str:
        """The parameters: one, or one for each dict of a list."""
        if not (isinstance(given, (ast.List, ast.Tuple)) and any(isinstance(one, ast.Dict) for one in given.elts)):
            return "[parameter()]"  # whatever else it is, as `model.parameters()`: no LR depends on it
        return f"[{', '.join(map(self._group, given.elts))}]"

    def _group(self, group: ast.expr) -> str:
        if not isinstance(group, ast.Dict):
            raise self.error("write each group as a dict, as in {'lr': 0.1}", group)
        items = ['"params": [parameter()]']
        for key, value in zip(group.keys, group.values, strict=True):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise self.error("write the key of a group as a text, as in {'lr': 0.1}", key or group)
            if key.value != "params":
                items.append(f"{key.value!r}: {self._plain(value)}")
        return f"{{{', '.join(items)}}}"

    # Schedulers

    def _scheduler(self, node: ast.expr) -> str:
        """Write the lines that build a scheduler and those in it; gives the name that it has in the program."""
        assert isinstance(node, ast.Call)
        signature = self._class(node)
        assert signature is not None
        name = signature.class_name
        arguments = [self._argument(argument, name) for argument in node.args]
        keywords = list(self._keywords(node, owner=name))
        is_given = OPTIMIZER in arguments or f"{OPTIMIZER}={OPTIMIZER}" in keywords
        if not is_given and name != "ChainedScheduler":
            arguments.insert(0, OPTIMIZER)
        self.classes.add(name)
        self.schedulers += 1
        variable = f"scheduler_{self.schedulers}"
        self._line(f"{variable} = {signature.name}({', '.join([*arguments, *keywords])})", node)
        return variable

    def _argument(self, node: ast.expr, owner: str) -> str:
        """An argument of a scheduler: its optimizer, schedulers, or something plain."""
        if isinstance(node, ast.Call) and (signature := self._class(node)):
            if signature.kind == "optimizer":
                return OPTIMIZER
            if owner not in _OF_SCHEDULERS:
                raise self.error(f"{owner} takes no scheduler", node)
            return self._scheduler(node)
        if isinstance(node, (ast.List, ast.Tuple)) and any(True for _ in self._calls(node)):
            return f"[{', '.join(self._argument(one, owner) for one in node.elts)}]"
        return self._plain(node)

    def _keywords(self, call: ast.Call, *, without: str | None = None, owner: str | None = None) -> Iterator[str]:
        for keyword in call.keywords:
            if keyword.arg is None:
                raise self.error("write the arguments one by one, without **", keyword.value)
            if keyword.arg != without:
                value = self._plain(keyword.value) if owner is None else self._argument(keyword.value, owner)
                yield f"{keyword.arg}={value}"

    # Plain values

    def _plain(self, node: ast.expr) -> str:
        """The text of a value that only computes."""
        try:
            require_plain(node)
        except NotPlainError as error:
            raise self.error(str(error), error.node) from None
        return ast.unparse(node)

    def _line(self, text: str, node: ast.AST) -> None:
        self.lines.append(text)
        self.spans.append(self.span(node))


def _is_number(node: ast.expr) -> bool:
    """Whether an argument can't be meant as parameters: arithmetic."""
    return isinstance(node, (ast.Constant, ast.UnaryOp, ast.BinOp))


@cache
def _classes() -> Mapping[str, Signature]:
    """The classes that can be called, by name: those of torch.optim in the newest release."""
    known: Sequence[Signature] = signatures()
    return {
        one.class_name: one
        for one in known
        if one.kind in ("optimizer", "scheduler")
        and one.class_name not in _BASES
        and one.name.startswith("torch.optim.")
    }
