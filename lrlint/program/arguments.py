"""The arguments of a call, evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lrlint.program import ir
from lrlint.program.values import Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """`positional` ends at the first starred argument; `values` are all values, starred ones included.

    `rest` are the starred arguments with their stars, and positional ones behind them with none.
    """

    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    has_star: bool
    values: tuple[Value, ...]
    rest: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[ir.Argument, Value]]) -> Arguments:
        """The arguments with their values, in the order of the call."""
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        values: list[Value] = []
        rest: list[tuple[str, Value]] = []
        for argument, value in pairs:
            values.append(value)
            if argument.keyword is not None:
                keywords[argument.keyword] = value
            elif argument.star or rest:
                rest.append((argument.star or "", value))
            else:
                positional.append(value)
        return cls(tuple(positional), keywords, bool(rest), tuple(values), tuple(rest))

    def followed_by(self, others: Arguments) -> Arguments:
        """These arguments and then those of a later call, which win."""
        return Arguments(
            self.positional if self.has_star else (*self.positional, *others.positional),
            {**self.keywords, **others.keywords},
            self.has_star or others.has_star,
            (*self.values, *others.values),
            (*self.rest, *(("", value) for value in others.positional if self.has_star), *others.rest),
        )


NO_ARGUMENTS = Arguments((), {}, False, ())
