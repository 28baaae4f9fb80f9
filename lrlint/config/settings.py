"""Settings: what all the layers that hold for a file come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lrlint.config.exclusion import DEFAULT, Exclusion, exclusion_of
from lrlint.config.layer import Given, Layer, Override
from lrlint.config.options import (
    BY_NAME,
    EXCLUDE,
    EXTEND_EXCLUDE,
    EXTEND_SAFE_FIXES,
    EXTEND_SELECT,
    EXTEND_UNSAFE_FIXES,
    FIXABLE,
    FORCE_EXCLUDE,
    IGNORE,
    OVERRIDES,
    PER_FILE_IGNORES,
    SELECT,
    TORCH_VERSION,
    UNFIXABLE,
    Merging,
)
from lrlint.config.patterns import Pattern
from lrlint.config.policy import Policy
from lrlint.registry import RegisteredRule, matching_rules, select_rules
from lrlint.torch_api.target import Target, exact_target

Codes = frozenset[str]


@dataclass(frozen=True)
class Settings:
    """The layers that hold for some files, later ones before earlier ones in their say.

    `root` is the folder that the configuration is about, with a `/` at its end; `rules` are all that there are, and
    `target` is the torch that is meant where no layer says it (None if the project tells).
    """

    layers: tuple[Layer, ...]
    root: str
    rules: Sequence[RegisteredRule]
    target: Target | None = None

    def given(self, name: str) -> tuple[Given, ...]:
        """The values of an option that count, earlier ones first; empty if it has its default."""
        merging = BY_NAME[name].merging
        layers = self._selecting if merging is Merging.LAYERED else self.layers
        values = tuple(layer.values[name] for layer in layers if name in layer.values)
        return values[-1:] if merging in (Merging.LAST, Merging.NEVER) else values

    def value(self, name: str) -> Any:
        """The value of an option that joins nothing."""
        given = self.given(name)
        return given[-1].value if given else BY_NAME[name].default

    @cached_property
    def selected(self) -> Codes:
        """The codes of the rules that run, files with ignores of their own aside."""
        chosen = frozenset(one.rule.code for one in self.rules if one.rule.default)
        for layer in self._selecting:
            start = frozenset[str]() if SELECT in layer.values else chosen
            select, ignore, more = (self._known(layer.get(name)) for name in (SELECT, IGNORE, EXTEND_SELECT))
            chosen = _codes(select_rules(self.rules, select, ignore, more, default=start))
        return chosen

    @cached_property
    def possible(self) -> Codes:
        """The codes of the rules that run in any file."""
        return self.selected.union(*(self._with([one]).selected for one in self._overrides))

    def within(self, path: str) -> Settings:
        """The settings of one file, by its absolute path with `/` separators."""
        return self._with([one for one in self._overrides if one.holds_in(path, self.root)])

    def _with(self, overrides: Sequence[Override]) -> Settings:
        """These settings with some of the overrides, each behind the layer that has it."""
        if not overrides:
            return self
        layers = [
            part
            for layer in self.layers
            for part in (layer, *(one.layer for one in layer.get(OVERRIDES) if one in overrides))
        ]
        return replace(self, layers=tuple(layers))

    @cached_property
    def _overrides(self) -> tuple[Override, ...]:
        overrides: tuple[Override, ...] = self._joined(OVERRIDES)
        return overrides

    @cached_property
    def exclusion(self) -> Exclusion:
        """What is left out in the folders that the settings are for."""
        by_default = tuple(Pattern.of(text, self.root, DEFAULT) for text in BY_NAME[EXCLUDE].default)
        given = self.given(EXCLUDE)
        patterns = given[-1].value if given else by_default
        return exclusion_of((*patterns, *self._joined(EXTEND_EXCLUDE)), self.value(FORCE_EXCLUDE))

    def policy(self, path: str) -> Policy:
        """What counts of that which is found in a file, by its absolute path."""
        settings, ignored = self.within(path), self._ignored_in(path)
        policy = settings._policy
        return replace(policy, rules=settings.selected - ignored) if ignored else policy

    @cached_property
    def _policy(self) -> Policy:
        fixable = self._chosen(self.value(FIXABLE), self.value(UNFIXABLE))
        unsafe, safe = self._joined(EXTEND_UNSAFE_FIXES), self._joined(EXTEND_SAFE_FIXES)
        made_safe = self._chosen(safe, unsafe)
        release = self.value(TORCH_VERSION)
        return Policy(
            self.selected,
            unfixable=self._chosen(("ALL",)) - fixable,
            safe=made_safe,
            unsafe=self._chosen(unsafe) - made_safe,
            target=self.target if release is None else exact_target(release),
        )

    @cached_property
    def _selecting(self) -> Sequence[Layer]:
        """The layers that choose rules: the last one that selects anew, and those behind it."""
        last = max((index for index, layer in enumerate(self.layers) if SELECT in layer.values), default=0)
        return self.layers[last:]

    def _chosen(self, selectors: Iterable[str], but: Iterable[str] = ()) -> Codes:
        """The codes that some selectors mean, unless others mean them as exactly."""
        return _codes(select_rules(self.rules, self._known(selectors), self._known(but), default=frozenset()))

    def _known(self, selectors: Iterable[str]) -> tuple[str, ...]:
        """Those selectors that mean rules here; the command line also selects those that other files bring along."""
        return tuple(one for one in selectors if matching_rules(self.rules, one))

    def _ignored_in(self, path: str) -> Codes:
        found = (one.selectors for one in self.value(PER_FILE_IGNORES) if one.files.hold(path, self.root))
        return self._chosen(selector for selectors in found for selector in selectors)

    def _joined(self, name: str) -> tuple[Any, ...]:
        return tuple(value for given in self.given(name) for value in given.value)


def _codes(rules: Iterable[RegisteredRule]) -> Codes:
    return frozenset(registered.rule.code for registered in rules)
