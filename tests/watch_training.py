"""Runs programs under the monitor of `lrlint run`, one after the other: for use inside of a process that observes.

What was found leaves the process as the message of a SystemExit.  Many programs share a process, as a fork of one that
has torch imported takes longer than a program does.
"""

from __future__ import annotations

import importlib
import json
import random
import runpy
import sys
import traceback
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

from lrlint.config.configuration import CommandLine, Configuration, layer_of_options
from lrlint.config.options import EXTEND_SELECT
from lrlint.runtime.monitoring import Monitor
from lrlint.seen import known_rules


def run_all(mains: Iterable[tuple[str, str]], draw: int = 0) -> None:
    """Run programs by the paths of the files that are run, each with a rule that is on beside the default ones, and
    leave the process with what was found in each."""
    warnings.showwarning = lambda *_arguments, **_more: None
    raise SystemExit(json.dumps([_run(Path(main), code, draw) for main, code in mains]))


def _run(main: Path, code: str, draw: int) -> dict[str, Any]:
    random.seed(draw)
    torch.manual_seed(draw)
    known, path = set(sys.modules), sys.path.copy()
    sys.path[0] = str(main.parent)
    sys.argv = [str(main)]
    importlib.invalidate_caches()
    rules = known_rules()
    layer = layer_of_options({EXTEND_SELECT: (code,)}, rules)
    monitor, error = Monitor(Configuration(rules, CommandLine((layer,), is_isolated=True))), None
    try:
        with monitor.recording():
            runpy.run_path(str(main), run_name="__main__")
    except SystemExit as end:
        error = end.code and str(end.code)
    except Exception as end:  # noqa: BLE001 - whatever ends it
        error = f"{type(end).__name__}: {end}"
    if error is None:
        monitor.finish()
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(main.parent)):
            del sys.modules[name]
    failure = monitor.failure
    return {
        "error": error,
        "failure": failure and "".join(traceback.format_exception(failure)),
        "findings": [[str(Path(one.path).resolve()), one.range.line, one.rule.code] for one in monitor.findings],
    }
