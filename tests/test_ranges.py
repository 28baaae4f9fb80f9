"""Ranges: every element of the lowered form stands where its text is, however that is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from copy import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.program import Program, build_program, ir
from lrlint.program.comments import comments_above
from lrlint.program.lower import lower_module
from lrlint.program.project import project_of
from lrlint.program.search import descend
from lrlint.ranges import Node, Stretch
from lrlint.source import Source
from lrlint.tree import Tree, parse
from tests.cases import all_cases

HEADER = "from torch import optim\noptim.SGD\n"

Located = ir.Expression | ir.Statement | ir.Argument


def located(tree: Tree) -> Iterator[tuple[Located, str]]:
    """The elements of a module, each with its text."""
    for element in descend(lower_module(tree).body.body):
        if isinstance(element, Located):
            place = tree.range(element.node)
            yield element, tree.source.text[place.start : place.end]


def texts(text: str, kind: type[Located]) -> list[str]:
    """The texts of the elements of a kind, in the order of the text."""
    tree = parse(Source("x.py", text))
    found = [(tree.range(element.node).start, piece) for element, piece in located(tree) if isinstance(element, kind)]
    return [piece for _, piece in sorted(found)]


def program_of(text: str) -> Program:
    project, path = project_of(Source("x.py", HEADER + text))
    return build_program(project, [path])


# Layouts

CALLS = [
    "f(x)\n",
    "ä = 'ö'; f(x)\n",
    "if a:\n\tb = 'ö', f(x)\n",
    "\ff(x)\n",
    "if a:\n\f    f(x)\n",
    "a = \\\n  f(x)\n",
    "a = '''é\r\n\u2028é''', f(x)\r\n",
    "a = 1\rb = 'é', f(x)\r",
    "名 = '🙂', f(x)\n",
    "print(f'é{f(x)}')\n",
    'print(f"""é\n  {a} é {f(x)}""")\n',
    'print("é" f"{a!r:>{b}} {f(x)}" "é")\n',
    "f(x)",
]


@pytest.mark.parametrize("text", CALLS)
def test_a_call_stands_where_it_is_written(text: str) -> None:
    assert "f(x)" in texts(text, ir.Call)


def test_a_byte_order_mark_moves_nothing() -> None:
    source = Source.from_bytes("x.py", b"\xef\xbb\xbff(x)\n")
    assert [piece for element, piece in located(parse(source)) if isinstance(element, ir.Call)] == ["f(x)"]


def test_columns_count_characters() -> None:
    tree = parse(Source("x.py", "x = 'äöü', f(x)\n"))
    (call,) = (element for element, _ in located(tree) if isinstance(element, ir.Call))
    place = tree.range(call.node)
    assert (place.line, place.column, place.end_line, place.end_column) == (1, 12, 1, 16)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_lines_are_those_of_python(newline: str) -> None:
    text = newline.join(["x = '''", "\x0b\x0c\x1c\x85\u2028", "'''", "f(x)", ""])
    tree = parse(Source("x.py", text))
    (call,) = (element for element, _ in located(tree) if isinstance(element, ir.Call))
    assert tree.range(call.node).line == 4


# Parentheses


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("f(a, (b), c)", ["a", "(b)", "c"]),
        ("f((a))", ["(a)"]),
        ("f((a),)", ["(a)"]),
        ("f( ( (a) ) )", ["( (a) )"]),
        ("(f)(a)", ["a"]),
        ("f(# (\n ( # (\n a ) # )\n)", ["( # (\n a )"]),
        ("f(*a, k=(b), *(c), **(d))", ["*a", "k=(b)", "*(c)", "**(d)"]),
        ("f((a)(b), (c).d, (e))", ["(a)(b)", "(c).d", "(e)", "b"]),
        ("f(x for x in y)", ["x for x in y"]),
        ("f( (x) for x in (y) )", ["(x) for x in (y)"]),
        ("f((x for x in y))", ["(x for x in y)"]),
        ("f((x for x in y), z)", ["(x for x in y)", "z"]),
        ("f((a, b), ())", ["(a, b)", "()"]),
        ("(f((a)), (b))", ["(a)"]),
    ],
)
def test_arguments_stand_with_their_parentheses(text: str, arguments: list[str]) -> None:
    assert sorted(texts(f"{text}\n", ir.Argument)) == sorted(arguments)


@pytest.mark.parametrize(
    ("text", "tuples"),
    [
        ("x = a, b", ["a, b"]),
        ("x = (a, b)", ["a, b"]),
        ("x = ( (a, b) )", ["a, b"]),
        ("x = (a), (b)", ["(a), (b)"]),
        ("x = ((a), (b))", ["(a), (b)"]),
        ("x = ( # (\n (a) , # )\n b, # ,\n)", ["(a) , # )\n b,"]),
        ("x = (a, b), c", ["a, b", "(a, b), c"]),
        ("x = ((a, b), c)", ["a, b", "(a, b), c"]),
        ("x = (a,)", ["a,"]),
        ("x = ()", ["()"]),
        ("x = (*a, b)", ["*a, b"]),
        ("del (a), (b)", ["(a), (b)"]),
        ("for a, b in c: pass", ["a, b"]),
    ],
)
def test_tuples_stand_without_theirs(text: str, tuples: list[str]) -> None:
    assert sorted(texts(f"{text}\n", ir.Collection)) == sorted(tuples)


@pytest.mark.parametrize(
    ("text", "indices"),
    [("x[a]", 1), ("x[(a, b)]", 1), ("x[((a), b)]", 1), ("x[a, b]", 0), ("x[(a), (b)]", 0), ("x[a:b]", 0)],
)
def test_one_index_is_told_from_several(text: str, indices: int) -> None:
    (subscript,) = (e for e, _ in located(parse(Source("x.py", text))) if isinstance(e, ir.Subscript))
    assert (subscript.index is not None) == bool(indices)


def test_operands_are_joined_from_the_left() -> None:
    pieces = texts("x = ((a) and b and (c) and d)\n", ir.BoolOperation)
    assert pieces == ["(a) and b", "(a) and b and (c)", "(a) and b and (c) and d"]


@pytest.mark.parametrize(
    ("text", "kind", "pieces"),
    [
        ("@d\ndef f(): pass\n", ir.Define, ["def f(): pass"]),
        ("@d\nasync def f(): pass\n", ir.Define, ["async def f(): pass"]),
        ("@d\nclass A(B):\n    x: int\n", ir.DefineClass, ["class A(B):\n    x: int"]),
        ("if a: b\nelif c: d\nelse: e\n", ir.If, ["if a: b\nelif c: d\nelse: e", "elif c: d\nelse: e"]),
        ("if a: b\nelse:\n    if c: d\n", ir.Passable, ["if a: b\nelse:\n    if c: d", "if c: d"]),
        ("(a); (b) # c\n", ir.Evaluate, ["(a)", "(b)"]),
        ("from a import (b, c,)  # d\n", ir.Import, ["from a import (b, c,)"]),
    ],
)
def test_statements_stand_without_their_decorators(text: str, kind: type[Located], pieces: list[str]) -> None:
    assert texts(text, kind) == pieces


# What stands there


def check_texts(tree: Tree) -> None:
    """Each element's text is, on its own, what the element is."""
    for element, text in located(tree):
        place = tree.range(element.node)
        assert 0 <= place.start < place.end <= len(tree.source.text)
        assert (place.line, place.column) < (place.end_line, place.end_column)
        if isinstance(element.node, ast.expr | ast.stmt | ast.keyword | Stretch):  # not the patterns of `match`
            indent = tree.source.line_text(place.line)[: place.column - 1]
            assert _dump(_alone(element, text, indent)) == _dump(_meant(element.node)), text


def _dump(node: ast.AST) -> str:
    return re.sub(r", ctx=\w+\(\)", "", ast.dump(node))


def _alone(element: Located, text: str, indent: str) -> ast.AST:
    """What an element's text is where nothing stands around it but its indentation."""
    if isinstance(element.node, ast.stmt):
        inside = f"{'' if indent.strip() else indent}{text.removeprefix('el')}\n"
        statement = ast.parse(f"if 1:\n{inside}" if inside[0].isspace() else inside).body[0]
        return statement.body[0] if inside[0].isspace() and isinstance(statement, ast.If) else statement
    if isinstance(element, ir.Argument | ir.Starred):
        call = ast.parse(f"f({text}\n)", mode="eval").body
        assert isinstance(call, ast.Call)
        return [*call.args, *call.keywords][0]
    return ast.parse(f"({text}\n)", mode="eval").body


def _meant(node: Node) -> ast.AST:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        node = copy(node)
        node.decorator_list = []
    if not isinstance(node, Stretch):
        return node
    if isinstance(node.whole, ast.BoolOp):
        return ast.BoolOp(node.whole.op, node.whole.values[: node.whole.values.index(node.last) + 1])
    return ast.Tuple(node.whole.targets) if isinstance(node.whole, ast.Delete) else node.first


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_text_of_an_element_is_the_element(newline: str) -> None:
    for path in [path for case in all_cases() if case.code != "LR000" for path in case.files][::7]:
        check_texts(parse(Source(str(path), path.read_text(encoding="utf-8").replace("\n", newline))))


def test_the_same_holds_for_what_is_written_oddly() -> None:
    check_texts(parse(Source("x.py", ODD)))


SPACE = st.sampled_from(["", " ", "\n", " # (é)\n", "\\\n ", "\t", "\f"])
NAMES = st.sampled_from(["a", "é", "'🙂'", '"""\n#"""', "f'é{a}'", 'f"""\n{é}"""', "1", "(a,)"])
TEMPLATES = st.sampled_from(
    [
        *("({0})", "({0},{1})", "({0},{1},)", "({0},)", "[{0},{1}]", "{{{0}:{1}}}", "a({0})", "a({0},)", "a({0},{1})"),
        *("a({0}for b in{1})", "({0}for b in{1}if{0})", "a(b={0},*{1})", "a(**{0})", "a[{0}]", "a[({0},{1})]"),
        *("a[({0}):{1}]", "({0}).a", "({0})({1})", "({0}and({1})and({0}))", "(not{0})", "({0}if{1}else{0})"),
        *("(lambda b:{0})", "(b:={0})", "({0}+{1})", "(-{0}<{1}<{0})"),
    ]
)


def _around(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions that hold others, with odd white space."""
    spaced = st.tuples(SPACE, inner, SPACE).map(lambda parts: f" {''.join(parts)} ")
    return st.tuples(TEMPLATES, spaced, spaced).map(lambda parts: parts[0].format(*parts[1:]))


@settings(max_examples=150, deadline=None)
@given(st.recursive(NAMES, _around, max_leaves=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_the_same_holds_for_whatever_is_written(expression: str, newline: str) -> None:
    text = f"if a:\n\tb = 'é', ({expression}\n)\n".replace("\n", newline)
    check_texts(parse(Source("x.py", text)))


ODD = """\
@a(b)
class A(B, *c, d=e):
    '''é'''; f: int = (1)
    @g
    async def h(self, a=(1), *b, c=(2), **d):
        async with (i) as j, k: await (l)
        async for m in (n): yield (o)
        return [p async for q in r]
if (a): pass
elif (b):
    if c: pass
else:
    d = (e) = f,
try: pass
except (a, b) as c: raise (d)
else: pass
finally: del (a)
while (a): a += (b); continue; break
x = y = a, *b
del (a), b[0]
for a, *b in c: print(*a, ** b); x = (yield)
with a as (b, c): global g
x = [*a, (b)], {*c, d}, {**e, f: (g)}
x = a[b, c], a[(b, c)], a[b:c], a[...], 1j
x: (int) = lambda *a, b=(c): (d)
assert (a), b
import a.b as c, d
from .a import (
    b as c,
)
match (a):
    case 1 | 2 if (b): pass
    case [c, *d]: pass
"""


# Comments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("# a\n# b\nf(x)\n", 2),
        ("# a\n\n# b\nf(x)\n", 1),
        ("x = '''\n# a'''\nf(x)\n", 0),
        ("x = '''\n# a'''\n# b's\nf(x)\n", 1),
        ("x = 'a \\\n# b'\nf(x)\n", 0),
        ("if a:\n    # b\n  # c\n    # d\n    f(x)\n", 1),
        ("if a:\n    # b\n    # c\n    f(x)\n", 2),
        ("if a:\n\t# b\n\tf(x)\n", 1),
        ("# a\nb; f(x)\n", 0),
        ("f(x)\n", 0),
    ],
)
def test_comment_lines_above_are_counted(text: str, count: int) -> None:
    program = program_of("x = 1\n" + text)
    statements = [one for one in program.elements if isinstance(one, ir.Evaluate) and program.text(one) == "f(x)"]
    assert [comments_above(program, one) for one in statements] == [count]
