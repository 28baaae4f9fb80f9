"""Mutations of trees: programs that Python still reads, put together otherwise."""

from __future__ import annotations

import ast
import contextlib
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random

Change = Callable[[ast.Module, ast.Module, Random], None]
"""Changes one tree, perhaps with parts of another."""

_AROUND_STATEMENTS = [
    "for i in range(3):\n    pass",
    "for i, (a, *b) in enumerate(loader):\n    pass\nelse:\n    x = 1",
    "while True:\n    pass",
    "while (n := n - 1):\n    pass",
    "if flag:\n    pass",
    "if __name__ == '__main__':\n    pass",
    "try:\n    pass\nexcept (ValueError, OSError) as e:\n    raise",
    "try:\n    pass\nfinally:\n    done()",
    "with torch.no_grad() as g, open('f'):\n    pass",
    "def wrapped(self, a, /, b=1, *args, c=2, **kwargs):\n    pass",
    "async def wrapped():\n    pass",
    "class Wrapped(Base, metaclass=Meta):\n    pass",
    "@decorated\ndef wrapped(optimizer, scheduler):\n    pass",
    "match command:\n    case [a, *b] | {'x': (a, b), **rest} if a:\n        pass\n    case _:\n        x = 2",
    "def outer():\n    nonlocal_name = 1\n    def inner():\n        pass\n    return inner",
]
_AROUND_EXPRESSIONS = [
    "f(_)",
    "f(*_, **_)",
    "(lambda: _)()",
    "lambda x=_: x",
    "[_ for _x in y if _x]",
    "{k: _ for k, v in _.items()}",
    "(_ if c else None)",
    "(y := _)",
    "f'{_!r:>{width}}'",
    "_[0]",
    "_[1:, ...]",
    "_.step",
    "_.step()",
    "not _",
    "-_",
    "_ and x or _",
    "_ == _ != 3",
    "{**_, 'lr': _}",
    "[*_]",
    "(_, _)",
    "getattr(_, name)",
    "copy.deepcopy(_)",
    "list(map(f, _))",
    "iter(_)",
    "next(_)",
    "(await _)",
    "(yield _)",
    "zip(_, _)",
    "partial(_, lr=1)",
    "str(_)",
    "int(_)",
    "_ + _",
    "_ // 0",
    "1 << _",
    "_ ** _",
]
_CONSTANTS: list[object] = [
    0,
    -1,
    1,
    True,
    None,
    ...,
    "",
    "min",
    b"x",
    0.1,
    1e309,
    float("nan"),
    1j,
    10**400,
    2**63,
    -(10**9),
    "\ud800",
    "\x1b[0m",
    "%s {} {0.x}",
    (),
    frozenset(),
]


def mutated_tree(text: str, other: str, random: Random) -> str:
    """`text` with one to six changes to its tree, some of them with parts of `other`; as it is if it has no tree."""
    with warnings.catch_warnings(), contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        warnings.simplefilter("ignore")
        tree, donor = ast.parse(text), ast.parse(other)
        for _ in range(random.randint(1, 6)):
            random.choice(_CHANGES)(tree, donor, random)
        return f"{ast.unparse(ast.fix_missing_locations(tree))}\n"
    return text


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    """The blocks of statements."""
    lists = (value for node in ast.walk(tree) for value in vars(node).values() if isinstance(value, list))
    return [block for block in lists if block and isinstance(block[0], ast.stmt)] or [[ast.Pass()]]


def _expressions(tree: ast.AST) -> list[ast.expr]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.expr) and _is_read(node)] or [ast.Constant(1)]


def _is_read(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)


def _holders(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.expr]]:
    """Each place of an expression that is read: the node, its field, and the index in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.pattern | ast.JoinedStr | ast.FormattedValue):
            continue
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and _is_read(value):
                yield node, name, None, value
            elif isinstance(value, list):
                yield from ((node, name, i, one) for i, one in enumerate(value) if _is_value(one))


def _is_value(item: object) -> bool:
    return isinstance(item, ast.expr) and _is_read(item)


def _put(node: ast.AST, field: str, index: int | None, new: ast.expr) -> None:
    if index is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[index] = new


def _some_block(tree: ast.AST, random: Random) -> list[ast.stmt]:
    return random.choice(_bodies(tree))


def _insert_statement(tree: ast.Module, donor: ast.Module, random: Random) -> None:
    block = _some_block(tree, random)
    block.insert(random.randint(0, len(block)), deepcopy(random.choice(_some_block(donor, random))))


def _repeat_statement(tree: ast.Module, _: ast.Module, random: Random) -> None:
    block = _some_block(tree, random)
    index = random.randrange(len(block))
    block[index:index] = [deepcopy(block[index]) for _ in range(random.choice([1, 1, 2, 40]))]


def _drop_statement(tree: ast.Module, _: ast.Module, random: Random) -> None:
    block = _some_block(tree, random)
    block[random.randrange(len(block))] = ast.Pass()


def _move_statement(tree: ast.Module, _: ast.Module, random: Random) -> None:
    block, target = _some_block(tree, random), _some_block(tree, random)
    statement = block[random.randrange(len(block))]
    block[block.index(statement)] = ast.Pass()
    target.insert(random.randint(0, len(target)), deepcopy(statement))


def _wrap_statements(tree: ast.Module, _: ast.Module, random: Random) -> None:
    block = _some_block(tree, random)
    start = random.randrange(len(block))
    end = start + random.choice([1, 2, 5])
    for _depth in range(random.choice([1, 1, 1, 2, 12])):
        around = ast.parse(random.choice(_AROUND_STATEMENTS))
        inner = next(body for body in _bodies(around) if isinstance(body[0], ast.Pass))
        inner[:] = block[start:end]
        block[start:end] = around.body
        end = start + 1


def _replace_expression(tree: ast.Module, donor: ast.Module, random: Random) -> None:
    holders = list(_holders(tree))
    if holders:
        node, field, index, _ = random.choice(holders)
        _put(node, field, index, deepcopy(random.choice(_expressions(donor))))


def _wrap_expression(tree: ast.Module, _: ast.Module, random: Random) -> None:
    holders = list(_holders(tree))
    if not holders:
        return
    node, field, index, old = random.choice(holders)
    for _depth in range(random.choice([1, 1, 1, 2, 15])):
        around = ast.parse(random.choice(_AROUND_EXPRESSIONS), mode="eval").body
        old = _Filler(old).visit(around)
        if sum(1 for _ in ast.walk(old)) > 2000:
            break
    _put(node, field, index, old)


class _Filler(ast.NodeTransformer):
    """Puts an expression where the template has `_`."""

    def __init__(self, filling: ast.expr) -> None:
        self._filling = filling

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return deepcopy(self._filling) if node.id == "_" else node


def _rename(tree: ast.Module, donor: ast.Module, random: Random) -> None:
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    others = [node.id for root in (tree, donor) for node in ast.walk(root) if isinstance(node, ast.Name)]
    if not names:
        return
    chosen, new = random.choice(names), random.choice(others)
    old = chosen.id
    for node in names if random.random() < 0.5 else [chosen]:
        if node.id == old:
            node.id = new


def _rename_attribute(tree: ast.Module, donor: ast.Module, random: Random) -> None:
    mine = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    others = [node.attr for root in (tree, donor) for node in ast.walk(root) if isinstance(node, ast.Attribute)]
    if mine:
        random.choice(mine).attr = random.choice(others)


def _change_arguments(tree: ast.Module, donor: ast.Module, random: Random) -> None:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    keywords = [node.arg for root in (tree, donor) for node in ast.walk(root) if isinstance(node, ast.keyword)]
    if not calls:
        return
    call = random.choice(calls)
    kind = random.randrange(6)
    if kind == 0 and call.args:
        del call.args[random.randrange(len(call.args))]
    elif kind == 1 and call.keywords:
        del call.keywords[random.randrange(len(call.keywords))]
    elif kind == 2:
        random.shuffle(call.args)
    elif kind == 3 and call.args:
        call.args[-1] = ast.Starred(call.args[-1], ast.Load())
    elif keywords:
        value = deepcopy(random.choice(_expressions(donor)))
        call.keywords.append(ast.keyword(random.choice(keywords), value))


def _change_constant(tree: ast.Module, _: ast.Module, random: Random) -> None:
    places = [place for place in _holders(tree) if isinstance(place[3], ast.Constant)]
    if places:
        node, field, index, _old = random.choice(places)
        _put(node, field, index, ast.Constant(random.choice(_CONSTANTS)))  # type: ignore[arg-type]  # tuples too


_CHANGES: list[Change] = [
    _insert_statement,
    _insert_statement,
    _repeat_statement,
    _drop_statement,
    _move_statement,
    _wrap_statements,
    _wrap_statements,
    _replace_expression,
    _replace_expression,
    _wrap_expression,
    _wrap_expression,
    _rename,
    _rename_attribute,
    _change_arguments,
    _change_constant,
]
