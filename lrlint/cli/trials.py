"""What `lrlint test` does: the proofs of the cases of a rule pack, told rule by rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from lrlint.cases.bench import Bench
from lrlint.cases.case import Case, cases_in
from lrlint.cases.measuring import record
from lrlint.cases.pack import Pack, load_pack
from lrlint.cases.trial import Proof, Trial, trial_of
from lrlint.cli import Failure, wants_colour
from lrlint.cli.rules import failure_of
from lrlint.packs import PackError
from lrlint.registry import RegisteredRule, matching_rules
from lrlint.report.counting import plural
from lrlint.report.terminal import Ink, Style, visible
from lrlint.runtime.evidence import ObservationError, Observer

_SIGNS = {"-": Ink.REMOVED, "+": Ink.ADDED}


def test_pack(path: Path, only: Sequence[str], is_recording: bool, no_torch: bool) -> bool:
    """Test or record the rules of the pack at a path, `only` some of them; whether all proofs hold.

    Raises Failure where that can't be done.
    """
    if not path.exists():
        raise Failure(f"{path}: there is no such file or folder")
    try:
        pack = load_pack(path)
    except PackError as error:
        raise failure_of(error.problems) from None
    rules = _chosen(pack, only)
    if not is_recording:
        return _prove(pack, rules, only, no_torch)
    _record(pack, rules)
    return True


def _chosen(pack: Pack, only: Sequence[str]) -> Sequence[RegisteredRule]:
    """The rules that are to be tested.  Raises Failure for a word that means none of the pack."""
    found: dict[str, RegisteredRule] = {}
    for word in only:
        matching = matching_rules(pack.own, word.partition("/")[0])
        if not matching:
            raise Failure(f"there is no rule {word.partition('/')[0]!r} in {pack.folder}")
        found |= {one.rule.code: one for one in matching}
    for word in only:
        folder = pack.fixtures / word.partition("/")[0]
        if "/" in word and not any(str(case).startswith(word) for case in cases_in(folder)):
            raise Failure(f"there is no case {word} in {pack.fixtures}")
    return [found[code] for code in sorted(found)] if only else pack.own


def _is_wanted(case: Case, only: Sequence[str]) -> bool:
    """Whether a case is to be tested, if its rule is: where cases of it are named, those whose names begin so."""
    named = [word for word in only if word.startswith(f"{case.code}/")]
    return not named or any(str(case).startswith(word) for word in named)


# Recording


def _record(pack: Pack, rules: Sequence[RegisteredRule]) -> None:
    try:
        with Observer() as observer:
            for registered in rules:
                folder = pack.fixtures / registered.rule.code
                if not folder.is_dir():
                    raise Failure(f"{folder}: there is no such folder with the cases of {registered.rule.code}")
                for name, outcome, is_new in record(folder, observer):
                    click.echo(f"{folder.name}/{name}: {outcome}{'  (new)' if is_new else ''}")
    except ObservationError as error:
        raise Failure(str(error)) from None


# Proving


def _prove(pack: Pack, rules: Sequence[RegisteredRule], only: Sequence[str], no_torch: bool) -> bool:
    """Whether all proofs hold; prints them rule by rule."""
    style = Style(wants_colour(sys.stdout))
    bench = Bench(pack.rules)
    width = max((len(one.rule.name) for one in rules), default=0)
    trials: list[Trial] = []
    with ExitStack() as stack:
        observer = _observer(stack, no_torch)
        for registered in rules:
            trial = trial_of(registered, pack.fixtures, bench, observer, lambda case: _is_wanted(case, only))
            trials.append(trial)
            click.echo("\n".join(_shown(trial, width, style)), color=True)
    flaws = sum(trial.flaws for trial in trials)
    verdict = f"{plural(flaws, 'failure')}" if flaws else "all proofs hold"
    cases = sum(trial.cases for trial in trials)
    click.echo(f"\n{plural(len(trials), 'rule')}, {plural(cases, 'case')}: {verdict}.")
    for reason in dict.fromkeys(proof.skipped for trial in trials for proof in trial.proofs if proof.skipped):
        click.echo(f"The proof by torch was skipped: {reason}.")
    return not flaws


def _observer(stack: ExitStack, no_torch: bool) -> Observer | str:
    """What runs programs, or why they are not run."""
    if no_torch:
        return "--no-torch"
    try:
        return stack.enter_context(Observer())
    except ObservationError as error:
        return str(error)


def _shown(trial: Trial, width: int, style: Style) -> Iterator[str]:
    """The line of a rule, and below it what is wrong."""
    rule = trial.registered.rule
    states = "   ".join(_state(proof, style) for proof in trial.proofs)
    yield f"{style.paint(rule.code, Ink.STRONG)} {rule.name:{width}}  {plural(trial.cases, 'case'):>8}   {states}"
    for proof in trial.proofs:
        for flaw in proof.flaws:
            first, *others = flaw.splitlines()
            yield f"  {proof.name}: {visible(first)}"
            yield from (f"    {_painted(line, style)}" for line in others)


def _painted(line: str, style: Style) -> str:
    ink = _SIGNS.get(line[:1])
    return visible(line) if ink is None else style.paint(visible(line), ink)


def _state(proof: Proof, style: Style) -> str:
    if proof.skipped:
        return f"{proof.name} skipped"
    return f"{proof.name} {style.paint('FAILED', Ink.ERROR) if proof.flaws else 'ok'}"
