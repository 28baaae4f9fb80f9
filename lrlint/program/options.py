"""Options of the command line, and the values that they have where none is given.

parser.add_argument("--warm", type=int, default=-1)
args = parser.parse_args()
…
if epoch > args.warm:       # so from the first epoch on, unless the command line says otherwise
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.program import ir

PARSING_METHODS = frozenset(["parse_args", "parse_known_args"])

_HIDDEN_WRITERS = frozenset(["setattr", "set_defaults", "__dict__"])
"""What code mentions that may change options without naming them."""


@dataclass(frozen=True, slots=True)
class Options:
    """The numbers that options have by default, and the names of the functions and methods that parse them."""

    defaults: dict[str, int | float]
    parsers: frozenset[str]

    def are_parsed_by(self, name: str) -> bool:
        """Whether a function or method of this name may return the options."""
        return name in self.parsers or name in PARSING_METHODS


NO_OPTIONS = Options({}, frozenset())


def options_of(module: ir.Module) -> Options:
    """The options that a module declares with `add_argument`, those that it assigns itself left out."""
    if not module.options or not module.body.mentions.isdisjoint(_HIDDEN_WRITERS):
        return NO_OPTIONS
    found: dict[str, set[object]] = {}
    for call in module.options:
        for name in _names(call):
            found.setdefault(name, set()).add(_default(call))
    single = {name: defaults.pop() for name, defaults in found.items() if len(defaults) == 1}
    numbers = {name: default for name, default in single.items() if isinstance(default, int | float)}
    kept = {name: default for name, default in numbers.items() if name not in module.varying}
    return Options(kept, module.parsers)


def _names(call: ir.Call) -> Iterator[str]:
    """The attribute under which argparse keeps an option, if that is sure."""
    given = [argument.value for argument in call.arguments if argument.keyword is None]
    named = [argument.value for argument in call.arguments if argument.keyword == "dest"]
    texts = [one.value for one in named or given if isinstance(one, ir.Constant) and isinstance(one.value, str)]
    if not named and len(texts) != len(given):
        return
    long = [text for text in texts if text.startswith("--")]
    yield from ((text.lstrip("-").replace("-", "_") if text.startswith("-") else text) for text in (long or texts)[:1])


def _default(call: ir.Call) -> object:
    """The number that an option is by default, None if it is none."""
    given = next((a.value for a in call.arguments if a.keyword == "default"), None)
    sign = 1
    if isinstance(given, ir.UnaryOperation) and given.operator == "Minus":
        sign, given = -1, given.operand
    value = given.value if isinstance(given, ir.Constant) else None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return sign * value if is_number and isinstance(value, int | float) else None
