"""Which rules there are, and which of them a run wants."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from lrlint.finding import Finding
from lrlint.packs import PackError, installed_packs, modules_of_packs, shown_pack
from lrlint.rule import Rule
from lrlint.suppression import Suppression

if TYPE_CHECKING:
    from lrlint.program import Program

ALL = "ALL"


class UnknownRuleError(ValueError):
    """A code, name or prefix that no rule has; the message suggests the nearest one."""


@dataclass(frozen=True, slots=True)
class RegisteredRule:
    """A rule with its check, which yields findings for a program, its page (Markdown), and the name of its pack.

    `check_suppressions` yields findings for the suppressions of a file, once all else has been found in it.
    """

    rule: Rule
    check: Callable[[Program], Iterator[Finding]]
    page: str
    pack: str = ""
    check_suppressions: Callable[[Sequence[Suppression]], Iterator[Finding]] | None = None


def load_rules(packs: Iterable[str] | None = None) -> tuple[RegisteredRule, ...]:
    """Every rule of some rule packs, by default of the installed ones, by code.

    Raises PackError for packs that can't be loaded, with all that is wrong in them, and for two rules of one code.
    """
    modules = modules_of_packs(installed_packs() if packs is None else packs)
    return united(_registered(pack, module) for pack, module in modules)


def _registered(pack: str, module: ModuleType) -> RegisteredRule:
    page, check = (module.__doc__ or "").strip(), getattr(module, "check", _nothing)
    return RegisteredRule(module.RULE, check, page, pack, getattr(module, "check_suppressions", None))


def _nothing(program: Program) -> Iterator[Finding]:
    """What a rule that is about suppressions alone finds in a program."""
    return iter(())


def united(rules: Iterable[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Rules of several packs, by code.  Raises PackError if two have the same code or name."""
    known: dict[str, RegisteredRule] = {}
    problems = []
    for one in rules:
        for word in (one.rule.code, one.rule.name):
            other = known.setdefault(word, one)
            if other is not one:
                packs = f"in {shown_pack(other.pack)} and in {shown_pack(one.pack)}"
                problems.append(f"{word} is there twice in the rule packs: {packs}")
    if problems:
        raise PackError(*problems)
    return tuple(sorted({one.rule.code: one for one in known.values()}.values(), key=lambda one: one.rule.code))


def select_rules(
    rules: Sequence[RegisteredRule],
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    extend_select: Iterable[str] = (),
    default: Collection[str] | None = None,
) -> tuple[RegisteredRule, ...]:
    """The rules of one run.

    Each selector is a code, a prefix of codes ("LR1"), a name or ALL.  Without `select` the rules that are
    on by default are taken, or those with the codes `default`; `extend_select` adds to them; of two selectors that
    match one rule the longer one wins, and on a tie `ignore` does.  Raises UnknownRuleError for a selector that
    matches no rule.
    """
    chosen = {one.rule.code for one in rules if one.rule.default} if default is None else default
    selected = tuple(select)
    wanted = {selector: find_rules(rules, selector) for selector in (*selected, *extend_select)}
    unwanted = {selector: find_rules(rules, selector) for selector in ignore}
    if selected:
        chosen = ()
    return tuple(r for r in rules if _is_chosen(r, r.rule.code in chosen, wanted, unwanted))


def _is_chosen(
    registered: RegisteredRule,
    by_default: bool,
    wanted: dict[str, tuple[RegisteredRule, ...]],
    unwanted: dict[str, tuple[RegisteredRule, ...]],
) -> bool:
    for_it = max(
        (_specificity(s) for s, rules in wanted.items() if registered in rules), default=0 if by_default else -1
    )
    against_it = max((_specificity(s) for s, rules in unwanted.items() if registered in rules), default=-1)
    return for_it > against_it


def _specificity(selector: str) -> int:
    return 0 if selector == ALL else len(selector)


def find_rules(rules: Sequence[RegisteredRule], selector: str) -> tuple[RegisteredRule, ...]:
    """The rules that a code, prefix, name or ALL means.  Raises UnknownRuleError if there are none."""
    if found := matching_rules(rules, selector):
        return found
    known = [word for r in rules for word in (r.rule.code, r.rule.name)]
    begun = [word for word in known if word.startswith(selector)] if selector else []
    nearest = begun or difflib.get_close_matches(selector, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    raise UnknownRuleError(f"there is no rule {selector!r}{hint}")


def matching_rules(rules: Sequence[RegisteredRule], selector: str) -> tuple[RegisteredRule, ...]:
    """The same, or none."""
    if selector == ALL:
        return tuple(rules)
    return tuple(r for r in rules if r.rule.name == selector or r.rule.code.startswith(selector)) if selector else ()
