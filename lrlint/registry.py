"""Which rules there are, and which of them a run wants."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from lrlint.edit import Applicability
from lrlint.finding import Finding
from lrlint.installed import BUILT_IN_PACK
from lrlint.packs import PackError, installed_packs, modules_of_packs, shown_pack
from lrlint.recorded import recorded_rules
from lrlint.rule import Proof, Rule, Severity
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
    read_page: Callable[[], str]
    pack: str = ""
    check_suppressions: Callable[[Sequence[Suppression]], Iterator[Finding]] | None = None

    @property
    def page(self) -> str:
        """The page, which may have to be imported."""
        return self.read_page()

    def __reduce__(self) -> tuple[Callable[[str, str], RegisteredRule], tuple[str, str]]:
        """Another process loads the rule itself."""
        return _of_pack, (self.pack, self.rule.code)


def load_rules(packs: Iterable[str] | None = None) -> tuple[RegisteredRule, ...]:
    """Every rule of some rule packs, by default of the installed ones, by code.

    Raises PackError for packs that can't be loaded, with all that is wrong in them, and for two rules of one code.
    """
    named = tuple(installed_packs() if packs is None else packs)
    built_in = built_in_rules() if BUILT_IN_PACK in named else ()
    modules = modules_of_packs(pack for pack in named if pack != BUILT_IN_PACK)
    return united([*built_in, *(_registered(pack, module) for pack, module in modules)])


@cache
def _of_pack(pack: str, code: str) -> RegisteredRule:
    return next(one for one in load_rules([pack]) if one.rule.code == code)


@cache
def built_in_rules() -> tuple[RegisteredRule, ...]:
    """The rules of the built-in pack.  Each is imported when it is asked to check something, or for its page."""
    rows = recorded_rules(BUILT_IN_PACK)
    if rows is None:
        return tuple(_registered(pack, module) for pack, module in modules_of_packs([BUILT_IN_PACK]))
    return tuple(map(_recorded, rows))


def _recorded(row: Mapping[str, Any]) -> RegisteredRule:
    fields = dict(row)
    module = partial(importlib.import_module, f"{BUILT_IN_PACK}.{fields.pop('module')}")
    about_suppressions = fields.pop("about_suppressions")
    fields["severity"] = Severity(fields["severity"])
    fields["fixes"] = tuple(map(Applicability, fields["fixes"]))
    fields["proof"] = Proof(fields["proof"])
    return RegisteredRule(
        Rule(**fields),
        _nothing if about_suppressions else lambda program: module().check(program),
        lambda: _page_of(module()),
        BUILT_IN_PACK,
        (lambda suppressions: module().check_suppressions(suppressions)) if about_suppressions else None,
    )


def _registered(pack: str, module: ModuleType) -> RegisteredRule:
    check = getattr(module, "check", _nothing)
    return RegisteredRule(
        module.RULE, check, partial(_page_of, module), pack, getattr(module, "check_suppressions", None)
    )


def _page_of(module: ModuleType) -> str:
    return (module.__doc__ or "").strip()


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
    import difflib  # for mistakes alone

    nearest = begun or difflib.get_close_matches(selector, known, n=1, cutoff=0.5)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    raise UnknownRuleError(f"there is no rule {selector!r}{hint}")


def matching_rules(rules: Sequence[RegisteredRule], selector: str) -> tuple[RegisteredRule, ...]:
    """The same, or none."""
    if selector == ALL:
        return tuple(rules)
    return tuple(r for r in rules if r.rule.name == selector or r.rule.code.startswith(selector)) if selector else ()
