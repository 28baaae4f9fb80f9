"""The gate: files that can have no finding of the selected rules go no further than their bytes."""

from __future__ import annotations

from collections.abc import Sequence

from lrlint.registry import RegisteredRule


def rules_for(data: bytes, rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a file of these bytes.

    Sound because each rule declares words without which it can't fire.
    """
    present: dict[bytes, bool] = {}

    def holds(word: bytes) -> bool:
        if word not in present:
            present[word] = word in data
        return present[word]

    return tuple(registered for registered in rules if all(holds(word) for word in registered.rule.gate))
