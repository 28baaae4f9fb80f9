"""Doing something as soon as a module is imported, so that nobody else has to import it first."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def when_imported(name: str, act: Callable[[], None]) -> None:
    """Call `act` once the module `name` has been imported: at once if it is there already.

    A program may set variables of the environment that torch reads while it is imported, so nothing imports it earlier
    than the program does.
    """
    if name in sys.modules:
        act()
    else:
        sys.meta_path.insert(0, _Waiting(name, act))


class _Waiting(MetaPathFinder):
    """Finds nothing by itself, but has the loader of one module tell when it is done."""

    def __init__(self, name: str, act: Callable[[], None]) -> None:
        self._name = name
        self._act = act

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec that the other finders have for the module."""
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        loader: Any = spec.loader if spec is not None else None
        if loader is not None:
            execute, act = loader.exec_module, self._act

            def execute_and_act(module: ModuleType) -> None:
                del loader.exec_module
                execute(module)
                act()

            loader.exec_module = execute_and_act
        return spec
