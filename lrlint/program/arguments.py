"""The arguments of a call, evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lrlint.program import ir
from lrlint.program.values import Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """`positional` ends at the first starred argument; `values` are all values, starred ones included."""

    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    has_star: bool
    values: tuple[Value, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[ir.Argument, Value]]) -> Arguments:
        """The arguments with their values, in the order of the call."""
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        values: list[Value] = []
        has_star = False
        for argument, value in pairs:
            values.append(value)
            if argument.star:
                has_star = True
            elif argument.keyword is not None:
                keywords[argument.keyword] = value
            elif not has_star:
                positional.append(value)
        return cls(tuple(positional), keywords, has_star, tuple(values))

    def followed_by(self, others: Arguments) -> Arguments:
        """These arguments and then those of a later call, which win."""
        return Arguments(
            self.positional if self.has_star else (*self.positional, *others.positional),
            {**self.keywords, **others.keywords},
            self.has_star or others.has_star,
            (*self.values, *others.values),
        )


NO_ARGUMENTS = Arguments((), {}, False, ())
