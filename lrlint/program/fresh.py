"""Fresh runs: what a flag is in a run that restores no checkpoint."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.search import calls_of, descend, targets_of
from lrlint.program.state import State
from lrlint.program.values import Constant, Opaque, Value
from lrlint.program.walk import Frame

_RESTORING = frozenset(["load_state_dict"])


def keep_fresh_flags(frame: Frame, statement: ir.If, before: State) -> None:
    """Remember, behind an `if` that restores a run, the truth values of flags in a run that is not restored.

    Of flags that loops change they are what is known on the first round, as with counters.
    """
    if _RESTORING.isdisjoint(frame.module.lowered.body.mentions):
        return
    for name in _restored_names(statement) & frame.module.lowered.varying:
        flag, now = before.names.get(frame.scope, name), frame.state.names.get(frame.scope, name)
        if now is not None and _is_flag(flag) and _is_that_or_unknown(flag, now):
            assert isinstance(flag, Constant)
            frame.state.names.set(frame.scope, name, replace(frame.walk.opaque(), first=flag.value))


@lru_cache(maxsize=1024)
def _restored_names(statement: ir.If) -> frozenset[str]:
    """The names that the branches of an `if` assign, if they restore the state of anything."""
    branches = (*statement.body, *statement.orelse)
    if next(calls_of(_RESTORING, branches), None) is None:
        return frozenset()
    targets = (target for element in descend(branches) for target in targets_of(element))
    return frozenset(target.id for target in targets if isinstance(target, ir.Name))


def _is_flag(value: Value | None) -> bool:
    if isinstance(value, Opaque):
        return value.first is True or value.first is False
    return isinstance(value, Constant) and isinstance(value.value, bool)


def _is_that_or_unknown(flag: Value | None, now: Value) -> bool:
    others = leaves(now) - {flag}
    return bool(others) and all(isinstance(other, Opaque) for other in others)
