"""The house rules of the code: who may import whom, what a start costs, and the form of a rule."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lrlint.page import HEADINGS, parse_page
from lrlint.registry import RegisteredRule, load_rules
from tests import record_rules
from tests.cases import ROOT
from tests.checkout import run

# A module imports from the lines below its own, and from its own package.
LAYERS = """
    __main__
    start
    cli flake8_plugin pytest_plugin
    api lsp ongoing
    configured reads
    cases
    run shortcut cache
    checker
    ignore changes baseline jobs curve reproduction
    report linter clusters fix files write runtime git
    guarded config
    usage verdict
    gate suppress metadata notebook seen
    registry examples page comments
    packs
    finding suppression
    rule
    program
    tree torch_api edit
    legacy newer ranges
    source gitignore collector toml failures imports installed recorded
    disk help profile
"""
LEVELS = {name: level for level, names in enumerate(LAYERS.split("\n")) for name in names.split()}

OPEN_TO_RULES = (
    "lrlint.rule",
    "lrlint.finding",
    "lrlint.edit",
    "lrlint.suppression",
    "lrlint.program",
    "lrlint.torch_api",
)

MAX_LINES = 400


@dataclass(frozen=True)
class Import:
    """One import statement's module; `typing_only` if it stands under `if TYPE_CHECKING`."""

    module: str
    line: int
    typing_only: bool


def module_name(path: Path) -> str:
    """`lrlint/cli/check.py` -> `lrlint.cli.check`, `rules/lr101.py` -> `lrlint.rules.lr101`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    named = ("lrlint", *parts) if parts[0] == "rules" else parts
    return ".".join(part for part in named if part != "__init__")


ENGINE = {module_name(path): path for path in sorted((ROOT / "lrlint").rglob("*.py"))}
RULES = {module_name(path): path for path in sorted((ROOT / "rules").rglob("*.py"))}
MODULES = ENGINE | RULES


def imports_of(path: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guards = (node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
    typing_only = {id(inner) for guard in guards for statement in guard.body for inner in ast.walk(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [_imported_module(path, node, alias.name) for alias in node.names]
        else:
            continue
        yield from (Import(name, node.lineno, id(node) in typing_only) for name in names)


def _imported_module(path: Path, node: ast.ImportFrom, name: str) -> str:
    """The module that `from ... import name` reads: `name` itself where that is one of ours."""
    package = module_name(path) if path.stem == "__init__" else module_name(path).rpartition(".")[0]
    for _ in range(node.level - 1):
        package = package.rpartition(".")[0]
    base = ".".join(filter(None, [package, node.module])) if node.level else node.module or ""
    return f"{base}.{name}" if f"{base}.{name}" in MODULES else base


def room(module: str) -> str:
    """The part of the engine that a module belongs to: `lrlint.program.state` -> `program`."""
    return module.split(".")[1] if "." in module else ""


def places(path: Path, imports: list[Import]) -> list[str]:
    return [f"{path.relative_to(ROOT).as_posix()}:{found.line} imports {found.module}" for found in imports]


def parametrize_modules(modules: dict[str, Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", modules)


# Imports


@parametrize_modules(ENGINE)
def test_imports_run_one_way(module: str) -> None:
    here = room(module)
    if not here:
        return  # `lrlint` itself: the version and the bridge to the rules
    assert here in LEVELS, f"give lrlint/{here} its line among the layers"
    upward = [
        found
        for found in imports_of(ENGINE[module])
        if found.module in ENGINE
        and room(found.module) not in ("", here)
        and LEVELS[room(found.module)] <= LEVELS[here]
    ]
    assert places(ENGINE[module], upward) == []


def test_no_imports_run_in_circles() -> None:
    graph = {
        module: {i.module for i in imports_of(path) if i.module in ENGINE and not i.typing_only and i.module != module}
        for module, path in ENGINE.items()
    }
    while leaves := {module for module, needed in graph.items() if not needed & graph.keys()}:
        graph = {module: needed for module, needed in graph.items() if module not in leaves}
    assert sorted(graph) == []


@parametrize_modules(MODULES)
def test_only_the_runtime_imports_torch(module: str) -> None:
    if module.startswith("lrlint.runtime"):
        return
    found = [found for found in imports_of(MODULES[module]) if found.module.partition(".")[0] == "torch"]
    assert places(MODULES[module], found) == []


@parametrize_modules(ENGINE)
def test_no_rule_is_imported_by_name(module: str) -> None:
    found = [found for found in imports_of(ENGINE[module]) if found.module.startswith("lrlint.rules")]
    assert places(ENGINE[module], found) == []


@parametrize_modules(RULES)
def test_rules_use_the_public_interface_only(module: str) -> None:
    foreign = [
        found
        for found in imports_of(RULES[module])
        if found.module.partition(".")[0] not in sys.stdlib_module_names
        and not any(found.module == name or found.module.startswith(f"{name}.") for name in OPEN_TO_RULES)
    ]
    assert places(RULES[module], foreign) == []


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["--help"], ["check", "--help"], ["check", "plain.py"], ["check", "--diff", "other_torch.py"]],
    ids=" ".join,
)
def test_starting_costs_neither_libcst_nor_torch(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "plain.py").write_text("print('hello')\n")
    (tmp_path / "other_torch.py").write_text("import torch\n\nprint(torch.ones(2).sum())\n")
    start = "import lrlint.cli; lrlint.cli.main()"
    started = run(sys.executable, "-X", "importtime", "-c", start, *arguments, cwd=tmp_path, PYTHONPATH=ROOT)
    assert started.returncode == 0, started.stderr
    imported = {line.rpartition("|")[2].strip() for line in started.stderr.splitlines() if "|" in line}
    assert "lrlint.cli" in imported
    assert {"libcst", "torch", "numpy"} & imported == set()


# Size


@parametrize_modules(MODULES)
def test_modules_are_short(module: str) -> None:
    lines = MODULES[module].read_text(encoding="utf-8").count("\n")
    assert lines < MAX_LINES


# Documentation


def test_the_documentation_names_every_module_of_the_program() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    names = {path.stem for path in (ROOT / "lrlint" / "program").glob("*.py")} - {"__init__"}
    assert sorted(name for name in names if f"`{name}`" not in page) == []


# Rules


@pytest.fixture(scope="module")
def rules() -> tuple[RegisteredRule, ...]:
    return load_rules()


def test_there_are_rules(rules: tuple[RegisteredRule, ...]) -> None:
    assert rules


def test_codes_and_names_are_unique(rules: tuple[RegisteredRule, ...]) -> None:
    words = [word for registered in rules for word in (registered.rule.code, registered.rule.name)]
    assert sorted(words) == sorted(set(words))


def test_codes_and_names_have_their_form(rules: tuple[RegisteredRule, ...]) -> None:
    for registered in rules:
        assert re.fullmatch(r"LR\d{3}", registered.rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", registered.rule.name)


def test_rules_lie_in_the_module_of_their_code_and_name(rules: tuple[RegisteredRule, ...]) -> None:
    modules = {f"{one.rule.code.lower()}_{one.rule.name.replace('-', '_')}" for one in rules}
    assert {f"lrlint.rules.{module}" for module in modules} == RULES.keys() - {"lrlint.rules"}


def test_every_rule_has_a_page_with_all_headings(rules: tuple[RegisteredRule, ...]) -> None:
    for registered in rules:
        assert tuple(parse_page(registered.page).sections) == HEADINGS, registered.rule.code


def test_the_recorded_rules_are_those_of_the_modules() -> None:
    assert record_rules.TARGET.read_text(encoding="utf-8") == record_rules.render(), (
        "run `python -m tests.record_rules`"
    )
