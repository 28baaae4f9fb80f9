"""Functions of the program handed to code that is not in view, which calls them: `mp.spawn(train, args=(…))`."""

from __future__ import annotations

import ast

from lrlint.reproduction.functions import last_name

_CALLING = frozenset(
    [
        "Fire",
        "Process",
        "Thread",
        "apply",
        "apply_async",
        "launch",
        "map",
        "notebook_launcher",
        "optimize",
        "run",
        "spawn",
        "start_processes",
        "starmap",
        "submit",
    ]
)
"""What calls a function that it gets, there and then as far as scripts go."""

MAPPING = frozenset(["map", "starmap"])
"""Those that call it for each item."""

_WITH_RANK = frozenset(["spawn", "start_processes"])
"""Those that give it the number of the process first."""

_KEYWORDS = ("target", "fn", "func", "function", "component")


def handed_of(call: ast.Call) -> ast.expr | None:
    """What a call hands to code that calls it, by the looks of it."""
    if last_name(call.func) not in _CALLING:
        return None
    named = [one.value for one in call.keywords if one.arg in _KEYWORDS]
    return next((one for one in (*named, *call.args) if isinstance(one, (ast.Name, ast.Attribute))), None)


def made_call(call: ast.Call, handed: ast.expr) -> ast.Call:
    """The call of `handed` that a call leads to, as far as its arguments can be seen."""
    tuples = [one.value for one in call.keywords if one.arg == "args" and isinstance(one.value, (ast.Tuple, ast.List))]
    rest = call.args[call.args.index(handed) + 1 :] if handed in call.args else []
    if last_name(call.func) in _WITH_RANK:
        rest = [ast.Constant(0)]
    elif len(rest) == 1 and isinstance(rest[0], ast.Tuple):
        rest = rest[0].elts
    arguments = [*rest, *(one for part in tuples for one in part.elts)]
    return ast.copy_location(ast.Call(func=handed, args=arguments, keywords=[]), call)
