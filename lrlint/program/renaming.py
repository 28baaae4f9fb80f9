"""The base class of schedulers, `_LRScheduler` up to torch 1.13 and `LRScheduler` since 2.0: who knows which name."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lrlint.edit import Applicability, Edit, Fix
from lrlint.program import ir
from lrlint.program.search import descend
from lrlint.torch_api.versions import Version

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.names import Named
    from lrlint.program.project import Module

OLD_BASE = "torch.optim.lr_scheduler._LRScheduler"
NEW_BASE = "torch.optim.lr_scheduler.LRScheduler"
_NEW_SINCE = Version(2, 0)


def is_for_both_names(program: Program, module: Module) -> bool:
    """Whether a module is written for torch before and since 2.0: it names both, or tries which one there is."""
    elements = tuple(program.elements_in(module))
    tries = [one for one in elements if isinstance(one, ir.Try) and one.handlers]
    text = module.source.text
    return (
        NEW_BASE in _imports(elements)
        or bool(program.names_of(module, NEW_BASE))
        or OLD_BASE in _imports(tuple(descend(tries)))
        or any(f"{quote}LRScheduler{quote}" in text for quote in "'\"")
    )


def use_public_name(program: Program, module: Module, names: tuple[Named, ...]) -> Fix | None:
    """Write `LRScheduler` at all places where a module names `_LRScheduler`.

    Unsafe if a test in the program asks for the old name.  None where the name may be missing or means something else,
    or where what is not in view may ask for the old one.
    """
    text = module.source.text
    is_in_string = any(f"{quote}_LRScheduler" in text or f"_LRScheduler{quote}" in text for quote in "'\"")
    if is_in_string or os.path.basename(module.path) == "__init__.py" or program.mentions(module, "LRScheduler"):
        return None
    if program.target_at(module.source.path).oldest < _NEW_SINCE:
        return None
    tests = (one.role == "test" for other in program.modules for one in program.names_of(other, OLD_BASE) or ())
    applicability = Applicability.UNSAFE if any(tests) else Applicability.SAFE
    return Fix(applicability, "use `LRScheduler`", tuple(Edit(one.identifier, "LRScheduler") for one in names))


def _imports(elements: tuple[object, ...]) -> set[str]:
    """The dotted names of what is imported."""
    return {binding.dotted for one in elements if isinstance(one, ir.Import) for binding in one.bindings}
