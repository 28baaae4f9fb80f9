"""What torch's optimizers and schedulers look like in a release, read from its wheel without installing it.

The wheels are those for macOS, the smallest, which come without CUDA.  Any platform does, since only Python files are
read.  Stubs (`.pyi`) are not: up to 1.13 they say something else than the code.
"""

from __future__ import annotations

import ast
import copy
import operator
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLATFORMS = (
    "macosx_11_0_arm64",
    "macosx_12_0_arm64",
    "macosx_14_0_arm64",
    "macosx_10_9_x86_64",  # up to 1.9
    "macosx_10_7_x86_64",  # up to 1.3
)
PYTHONS = ("3.12", "3.10", "3.9", "3.8", "3.7")

SCHEDULERS = "torch.optim.lr_scheduler"
AVERAGING = "torch.optim.swa_utils"
HELPERS = {
    "torch.amp.grad_scaler": "GradScaler",
    "torch.cuda.amp.grad_scaler": "GradScaler",
    "torch.distributed.optim.zero_redundancy_optimizer": "ZeroRedundancyOptimizer",
}
OPTIMIZER_FILE = re.compile(r"torch/optim/\w+\.py")

Facts = dict[str, Any]
"""What is known of a class in one release: kind, aliases, bases, parameters, step and methods."""


class NoWheelError(Exception):
    """No wheel of a release can be had; the message tells what pip says."""


@dataclass(frozen=True, slots=True)
class _Class:
    name: str
    module: str
    node: ast.ClassDef
    constants: Mapping[str, ast.expr]

    @property
    def public_name(self) -> str:
        """The shortest name under which people import it."""
        is_public = self.module in (SCHEDULERS, AVERAGING)
        return f"{self.module if is_public else self.module.rpartition('.')[0]}.{self.name}"


def interface_of(release: str) -> dict[str, Facts]:
    """The classes of a release, by name.  Raises NoWheelError."""
    with tempfile.TemporaryDirectory() as folder:
        return read_interface(_sources(_download(release, Path(folder))))


def _download(release: str, folder: Path) -> Path:
    problem = ""
    for python in PYTHONS:
        platforms = [f"--platform={platform}" for platform in PLATFORMS]
        options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:", f"--python-version={python}"]
        command = ["pip", "download", *options, *platforms, f"--dest={folder}", f"torch=={release}.*"]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
        for wheel in folder.glob("*.whl"):
            return wheel
        problem = done.stderr.strip().rpartition("\n")[2]
    raise NoWheelError(f"there is no wheel of torch {release}; pip says: {problem}")


def _sources(wheel: Path) -> dict[str, str]:
    """The texts of the modules that hold the classes, by dotted name."""
    wanted = {f"{module.replace('.', '/')}.py" for module in HELPERS}
    with zipfile.ZipFile(wheel) as files:
        names = [name for name in files.namelist() if name in wanted or OPTIMIZER_FILE.fullmatch(name)]
        return {name.removesuffix(".py").replace("/", "."): files.read(name).decode() for name in names}


def read_interface(sources: Mapping[str, str]) -> dict[str, Facts]:
    """The classes in modules of one release of torch, by name."""
    classes = {one.public_name: one for module, text in sources.items() for one in _classes(module, text)}
    return {name: _facts(name, classes) for name in sorted(classes)}


def _classes(module: str, text: str) -> Iterator[_Class]:
    body = ast.parse(text).body
    assignments = [node for node in body if isinstance(node, ast.Assign)]
    constants = {
        target.id: node.value for node in assignments for target in node.targets if isinstance(target, ast.Name)
    }
    for node in body:
        if isinstance(node, ast.ClassDef) and _is_wanted(module, node.name):
            yield _Class(node.name, module, node, constants)


def _is_wanted(module: str, name: str) -> bool:
    if module in HELPERS:
        return name == HELPERS[module]
    return not name.startswith("_") or name == "_LRScheduler"


def _facts(name: str, classes: Mapping[str, _Class]) -> Facts:
    one = classes[name]
    alias = f"{one.module}.{one.name}"
    is_alias = alias != name and not one.module.rpartition(".")[2].startswith("_")
    methods = [method.name for method in _methods(one.node) if not method.name.startswith("_")]
    return {
        "kind": _kind(one),
        "aliases": [alias] if is_alias else [],
        "bases": _bases(name, classes),
        "parameters": _signature(name, "__init__", classes) or "",
        "step": _signature(name, "step", classes),
        "methods": sorted(set(methods)),
    }


def _kind(one: _Class) -> str:
    if one.module in HELPERS:
        return "helper"
    if one.module == AVERAGING:
        return "scheduler" if any("LRScheduler" in ast.unparse(base) for base in one.node.bases) else "helper"
    return "scheduler" if one.module == SCHEDULERS else "optimizer"


def _bases(name: str, classes: Mapping[str, _Class]) -> list[str]:
    written = [ast.unparse(base).rpartition(".")[2] for base in classes[name].node.bases]
    return [other.public_name for base in written for other in classes.values() if _is_base(other, base, name)]


def _is_base(other: _Class, base: str, name: str) -> bool:
    return other.name == base and other.public_name != name


def _methods(node: ast.ClassDef) -> list[ast.FunctionDef]:
    functions = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    return [one for one in functions if not {"overload", "property"} & {ast.unparse(d) for d in one.decorator_list}]


def _signature(name: str, method: str, classes: Mapping[str, _Class]) -> str | None:
    """The parameters of a method, its own or inherited, without annotations; None if it has none."""
    own = [one for one in _methods(classes[name].node) if one.name == method]
    if own:
        return parameters_text(own[-1].args, classes[name].constants)
    inherited = (_signature(base, method, classes) for base in _bases(name, classes))
    return next((found for found in inherited if found is not None), None)


def parameters_text(arguments: ast.arguments, constants: Mapping[str, ast.expr]) -> str:
    """The parameters of a method behind `self`, with their defaults as literals."""
    arguments = copy.deepcopy(arguments)
    for parameter in ast.walk(arguments):
        if isinstance(parameter, ast.arg):
            parameter.annotation = None
    arguments.args = arguments.args[1:]
    arguments.defaults = [_literal(default, constants) for default in arguments.defaults]
    arguments.kw_defaults = [default and _literal(default, constants) for default in arguments.kw_defaults]
    return ast.unparse(arguments)


def _literal(node: ast.expr, constants: Mapping[str, ast.expr]) -> ast.expr:
    """A default as a literal; what is none, such as `required`, stays as it is."""
    try:
        return ast.parse(repr(_value(node, constants)), mode="eval").body
    except ValueError:
        return node


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Sub: operator.sub,
}


def _value(node: ast.expr, constants: Mapping[str, ast.expr]) -> Any:
    """The value of an expression.  Raises ValueError if it is more than numbers, texts and constants of its module."""
    if isinstance(node, ast.Name) and node.id in constants:
        return _value(constants[node.id], constants)
    if isinstance(node, ast.Tuple):
        return tuple(_values(node.elts, constants))
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](*_values([node.left, node.right], constants))
    return ast.literal_eval(node)


def _values(nodes: Sequence[ast.expr], constants: Mapping[str, ast.expr]) -> list[Any]:
    return [_value(node, constants) for node in nodes]
