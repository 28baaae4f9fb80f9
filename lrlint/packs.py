"""Rule packs: packages of rule modules, or single ones, imported and looked over before a rule of them runs."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

from lrlint.edit import Applicability
from lrlint.failures import describe
from lrlint.installed import BUILT_IN_PACK, ENTRY_POINT_GROUP, may_have_other_packs
from lrlint.rule import Rule, Severity

OWN_PREFIX = "LR"
"""What the codes of the built-in rules begin with, and those of no other pack."""

CODE = re.compile(r"[A-Z]{2,}\d{3}")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")

_RELEASE = re.compile(r"\d+\.\d+(\.\d+)?")


class PackError(ValueError):
    """Rule packs can't be used.  Each of the `problems` names a pack, the module, and the reason."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def installed_packs() -> tuple[str, ...]:
    """The packages that entry points of the group `lrlint.rules` name.

    The built-in one is first, even where nothing is installed and so no entry point names it.
    """
    if not may_have_other_packs():
        return (BUILT_IN_PACK,)
    from importlib.metadata import entry_points  # slow to import

    others = {point.value for point in entry_points(group=ENTRY_POINT_GROUP)} - {BUILT_IN_PACK}
    return (BUILT_IN_PACK, *sorted(others))


def shown_pack(pack: str) -> str:
    """What messages call a pack: the name of a package, or the path of a local one."""
    if not os.path.isabs(pack):
        return pack
    relative = os.path.relpath(pack)
    return (pack if relative.startswith(os.pardir) else relative).replace(os.sep, "/")


def modules_of_packs(packs: Iterable[str]) -> tuple[tuple[str, ModuleType], ...]:
    """The packs' modules that are rules, each with the name of its pack.

    A pack is the name of a package, or the absolute path of a folder or file.  Every module in it is a rule, but for
    those whose names begin with `_`, and packages.  Raises PackError, with all that is wrong with all of them.
    """
    problems: list[str] = []
    modules = [(pack, module) for pack in packs for module in _modules_of(pack, problems.append)]
    if problems:
        raise PackError(*problems)
    return tuple(modules)


def _modules_of(pack: str, tell: Callable[[str], None]) -> Iterator[ModuleType]:
    package = _imported(pack, pack, tell)
    if package is None:
        return
    if not hasattr(package, "__path__"):
        names = [pack]
    else:
        import pkgutil  # most have no other pack

        found = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.ispkg)
        names = [f"{pack}.{name}" for name in found if not name.startswith("_")]
    if not names:
        tell(_problem(pack, pack, "there is no rule module in it"))
    for name in names:
        module = _imported(name, pack, tell)
        flaws = [] if module is None else list(_flaws(module, pack))
        for flaw in flaws:
            tell(_problem(pack, name, flaw))
        if module is not None and not flaws:
            yield module


def _imported(name: str, pack: str, tell: Callable[[str], None]) -> ModuleType | None:
    """A module of a pack, or the pack itself; None where that fails, whatever it does when it is imported."""
    try:
        return _import_local(name) if name == pack and os.path.isabs(pack) else importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - one that exits must not end the run as if all were well
        tell(_problem(pack, name, f"it can't be imported: {describe(error)}"))
        return None


def _import_local(path: str) -> ModuleType:
    """Import the folder or file at an absolute path, under that path as its name: no other module has it."""
    if path in sys.modules:
        return sys.modules[path]
    spec = _local_spec(path)
    module = module_from_spec(spec)
    sys.modules[path] = module
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path]
        raise
    return module


def _local_spec(path: str) -> ModuleSpec:
    if not os.path.isdir(path):
        spec = spec_from_file_location(path, path)
    elif os.path.isfile(file := os.path.join(path, "__init__.py")):
        spec = spec_from_file_location(path, file, submodule_search_locations=[path])
    else:
        spec = ModuleSpec(path, None, is_package=True)
        spec.submodule_search_locations = [path]
    if spec is None:
        raise ImportError("it is no Python file")
    return spec


def _problem(pack: str, module: str, reason: str) -> str:
    inner = module.removeprefix(pack).removeprefix(".")
    return f"rule pack {shown_pack(pack)}: {f'{inner}: ' if inner else ''}{reason}"


def _flaws(module: ModuleType, pack: str) -> Iterator[str]:
    """What keeps a module from being a rule."""
    rule = getattr(module, "RULE", None)
    if rule is None:
        yield "it has no RULE; what is no rule has a name that begins with `_`"
    elif not isinstance(rule, Rule):
        yield "its RULE is no lrlint.rule.Rule"
    else:
        yield from _flaws_of_rule(rule, pack)
    if not any(callable(getattr(module, name, None)) for name in ("check", "check_suppressions")):
        yield "it has no function `check`"


def _flaws_of_rule(rule: Rule, pack: str) -> Iterator[str]:
    if (flaw := flaw_of_code(rule.code, pack == BUILT_IN_PACK)) is not None:
        yield flaw
    if (flaw := flaw_of_name(rule.name)) is not None:
        yield flaw
    if not isinstance(rule.summary, str) or not rule.summary.strip() or "\n" in rule.summary:
        yield "its summary is no line of text"
    if not isinstance(rule.severity, Severity):
        yield f"its severity {rule.severity!r} is no lrlint.rule.Severity"
    yield from _flaws_of_gate(rule.gate)
    yield from _flaws_of_shape(rule.shape)
    if not isinstance(rule.fixes, tuple) or not all(isinstance(one, Applicability) for one in rule.fixes):
        yield f"its fixes {rule.fixes!r} are no tuple of lrlint.edit.Applicability"
    for bound in (rule.since, rule.until):
        if bound is not None and not (isinstance(bound, str) and _RELEASE.fullmatch(bound)):
            yield f'{bound!r} is no release of torch, as "2.1"'


def flaw_of_code(code: object, is_built_in: bool) -> str | None:
    """Why this can't be the code of a rule of the built-in pack, or of another one; None if it can."""
    if not isinstance(code, str) or not CODE.fullmatch(code):
        return f"the code {code!r} has another form than ACME001 (capitals, three digits)"
    if code.startswith(OWN_PREFIX) is not is_built_in:
        owner = (
            "the built-in rules, take a prefix of your own" if not is_built_in else "other packs, these are LR001 ..."
        )
        return f"the code {code} is one of {owner}"
    return None


def flaw_of_name(name: object) -> str | None:
    """Why this can't be the name of a rule; None if it can."""
    if isinstance(name, str) and NAME.fullmatch(name):
        return None
    return f"the name {name!r} has another form than no-bare-step (words in lower case)"


def _flaws_of_gate(gate: object) -> Iterator[str]:
    if not isinstance(gate, tuple) or not gate:
        yield f'its gate {gate!r} is no tuple of words, as ("torch", "optim")'
        return
    for word in gate:
        if not isinstance(word, str) or not all(part.isidentifier() for part in word.split("|")):
            yield f'the gate word {word!r} is no identifier, nor several as "Adam|SGD"'


def _flaws_of_shape(shape: object) -> Iterator[str]:
    try:
        re.compile(shape.encode() if isinstance(shape, str) else b"")
    except re.error as error:
        yield f"its shape is no regular expression: {error}"
    if not isinstance(shape, str | None):
        yield f"its shape {shape!r} is no regular expression"
