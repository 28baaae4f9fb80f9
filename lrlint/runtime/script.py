"""Running a script or module in this process, as Python itself would.

`__main__`, `sys.argv` and `sys.path[0]` are what they are without lrlint, and so is the traceback of an exception that
nothing catches.  What this module imports must not import torch: a program may have its own ideas about when.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

INTERRUPTED = 130  # 128 + SIGINT, as shells have it

_TAPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recording", "taps.py")

OnEnd = Callable[[int], int]
"""Told the exit code of the program before the process ends, gives the one to end with."""


class NoProgramError(ValueError):
    """There is no such script or module."""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run: a file, or a folder with a `__main__.py`, or the name of a module; and its arguments."""

    name: str
    is_module: bool
    arguments: Sequence[str]


def run(program: Program, on_end: OnEnd) -> int:
    """Run a program to its end, whatever that is; the exit code that `on_end` gives.

    It is called in this process alone, not in those that the program forks, and also where the program leaves by
    `os._exit`.  Raises NoProgramError.
    """
    process = os.getpid()
    leave = os._exit

    def report_and_leave(status: int) -> NoReturn:
        os._exit = leave
        if os.getpid() == process:
            _flush()
            status = on_end(status)
            _flush()
        leave(status)

    code, main = _loaded(program)
    os._exit = report_and_leave
    try:
        status = _execute(code, main)
    finally:
        os._exit = leave
    _flush()
    return on_end(status) if os.getpid() == process else status


def own_folders(program: Program) -> tuple[str, ...]:
    """The folder of a module that is run, which is the user's code even where it is installed."""
    if not program.is_module:
        return ()
    try:
        spec = importlib.util.find_spec(program.name.partition(".")[0])
    except (ImportError, ValueError):
        return ()
    if spec is None:
        return ()
    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    return tuple(os.path.abspath(place) for place in places)


def _loaded(program: Program) -> tuple[CodeType | Exception, ModuleType]:
    """The code of a program, or the error in it, and the module that it will be; the interpreter is set up for it."""
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    if program.is_module:
        _enter_path(os.getcwd())
        sys.argv = ["-m", *program.arguments]
        code, spec = _of_module(program.name)
        main.__spec__, main.__loader__, main.__package__ = spec, spec.loader, spec.parent
        main.__file__ = path = spec.origin or program.name
    else:
        path = _script(program.name)
        _enter_path(program.name if os.path.isdir(program.name) else os.path.dirname(os.path.realpath(path)))
        code = _of_file(path)
        main.__loader__, main.__file__, main.__package__ = SourceFileLoader("__main__", path), path, None
        vars(main)["__cached__"] = None
    sys.argv = [path if program.is_module else program.name, *program.arguments]
    sys.modules["__main__"] = main
    return code, main


def _script(name: str) -> str:
    path = os.path.abspath(os.path.join(name, "__main__.py") if os.path.isdir(name) else name)
    if not os.path.isfile(path):
        raise NoProgramError(f"{name}: there is no such script" + (" in this folder" if os.path.isdir(name) else ""))
    return path


def _of_file(path: str) -> CodeType | Exception:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise NoProgramError(f"{path}: it can't be read: {(error.strerror or str(error)).lower()}") from None
    try:
        return compile(data, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return error


def _of_module(name: str) -> tuple[CodeType | Exception, ModuleSpec]:
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
            if spec is None:
                raise NoProgramError(f"-m {name}: it is a package without a `__main__` module")
    except (ImportError, ValueError) as error:
        raise NoProgramError(f"-m {name}: {error}") from None
    get_code = getattr(spec.loader, "get_code", None) if spec is not None else None
    if spec is None or get_code is None:
        raise NoProgramError(f"-m {name}: there is no such module")
    try:
        code: CodeType | None = get_code(spec.name)
    except SyntaxError as error:
        return error, spec
    if code is None:
        raise NoProgramError(f"-m {name}: it has no code that could be run")
    return code, spec


def _enter_path(folder: str) -> None:
    """Put the folder of the program where Python would, in place of that of the `lrlint` command."""
    if getattr(sys.flags, "safe_path", False):
        return
    command = os.path.dirname(os.path.realpath(sys.argv[0]))
    if sys.path and sys.path[0] and os.path.realpath(sys.path[0]) == command and not _is_package(command):
        del sys.path[0]
    sys.path.insert(0, folder)


def _is_package(folder: str) -> bool:
    """Whether `python -m lrlint` was called, which has taken its own folder from the path."""
    return os.path.isfile(os.path.join(folder, "__init__.py"))


def _execute(code: CodeType | Exception, main: ModuleType) -> int:
    """Run the code; the exit code that Python would give."""
    try:
        if isinstance(code, Exception):
            raise code.with_traceback(None)
        exec(code, vars(main))
        _wait_for_threads()
    except SystemExit as end:
        return _status(end)
    except KeyboardInterrupt as error:
        _show(error)
        return INTERRUPTED
    except BaseException as error:  # noqa: BLE001 - whatever ends the program is shown, as Python shows it
        _show(error)
        return 1
    return 0


def _wait_for_threads() -> None:
    """Python waits for threads when it ends, and they may train."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _status(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code & 0xFF
    sys.stderr.write(f"{end.code}\n")
    return 1


def _show(error: BaseException) -> None:
    """Show an exception that nothing has caught, without the frames of lrlint."""
    _clean(error, set())
    traceback = error.__traceback__
    sys.excepthook(type(error), error, traceback)


def _clean(error: BaseException | None, seen: set[int]) -> None:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    error.__traceback__ = _without_own(error.__traceback__)
    _clean(error.__cause__, seen)
    _clean(error.__context__, seen)


def _without_own(traceback: TracebackType | None) -> TracebackType | None:
    kept = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename not in (_TAPS, __file__):
            kept.append(traceback)
        traceback = traceback.tb_next
    result = None
    for one in reversed(kept):
        one.tb_next = result
        result = one
    return result


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
