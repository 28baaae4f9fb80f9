"""What `lrlint prove LR101` does: the cases of rules run on the installed torch, and told."""

from __future__ import annotations

import shutil
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from lrlint import registry
from lrlint.cases.case import Case, main_of
from lrlint.cases.pack import fixtures_of, folder_of
from lrlint.cases.proving import Benches, CaseProof, State, Stock, benches_for, prove, stock_in, stock_of, target_of
from lrlint.cli import Failure, wants_colour
from lrlint.cli.rules import load_rules
from lrlint.examples import Example, Run, load_examples
from lrlint.registry import RegisteredRule
from lrlint.report.counting import plural
from lrlint.report.curve import Charset, charset_for
from lrlint.report.measured import measured
from lrlint.report.terminal import Ink, Style, visible
from lrlint.runtime.evidence import ObservationError, Observer, installed_torch
from lrlint.runtime.records import Record
from lrlint.source import Source

_WIDEST = 100
_INKS = {State.HOLDS: Ink.ADDED, State.FAILS: Ink.ERROR, State.SKIPPED: Ink.MARK}


@dataclass(frozen=True, slots=True)
class _Layout:
    """How to write."""

    width: int
    charset: Charset
    style: Style
    is_full: bool


def prove_rules(selectors: Sequence[str], cases: Path | None, is_full: bool) -> bool:
    """Prove the rules that some words mean, by the cases in a folder or their own; whether torch does what they claim.

    Raises Failure where that can't be known, as no program can be run.
    """
    rules = load_rules()
    try:
        chosen = registry.select_rules(rules, select=selectors)
    except registry.UnknownRuleError as error:
        raise Failure(f"{error} (`lrlint rule` lists all rules)") from None
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    layout = _Layout(columns, charset_for(sys.stdout.encoding), Style(wants_colour(sys.stdout)), is_full)
    with ExitStack() as stack:
        observer = _observer(stack)
        release = installed_torch() or ""
        target = target_of(release)
        shelf = _Shelf(cases, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lrlint-"))))
        click.echo(f"torch {release}")
        return _proven(chosen, benches_for(rules, target), observer, shelf, layout)


def _observer(stack: ExitStack) -> Observer:
    try:
        return stack.enter_context(Observer())
    except ObservationError as error:
        raise Failure(str(error)) from None


# Which cases


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Where the cases of rules are: in a folder that was named, in that of their pack, or on their pages.

    What is on a page is written to `scratch`.
    """

    folder: Path | None
    scratch: Path

    def stock(self, registered: RegisteredRule) -> Stock | None:
        """The cases of a rule; None if there are none."""
        code, pack = registered.rule.code, registered.pack
        if self.folder is not None:
            return _if_there(self.folder / code)
        folder = folder_of(pack)
        stock = _if_there(fixtures_of(Path(folder)) / code) if folder else None
        if stock is not None:
            return stock
        example = load_examples(pack).get(code)
        return None if example is None else stock_of(example, self.scratch / code)


def _if_there(folder: Path) -> Stock | None:
    return stock_in(folder) if folder.is_dir() else None


# The proofs


def _proven(
    rules: Sequence[RegisteredRule], benches: Benches, observer: Observer, shelf: _Shelf, layout: _Layout
) -> bool:
    """Prove rules one after the other, and tell each as soon as it is; whether torch does what they claim."""
    width = max((len(one.rule.name) for one in rules), default=0)
    every: list[CaseProof] = []
    for registered in rules:
        reason, stock = None, shelf.stock(registered)
        if not benches.target.meets(registered.rule.since, registered.rule.until):
            reason = f"it is about torch {_range(registered)}"
        elif stock is None:
            reason = "it has no cases"
        proofs = [] if reason or stock is None else list(prove(stock, benches, observer))
        every += proofs
        click.echo("\n".join(_shown(registered, proofs, reason, width, layout)), color=True)
    click.echo("\n" + "\n".join(_verdict(len(rules), every)))
    states = {proof.state for proof in every}
    if not states - {State.SKIPPED}:
        raise Failure("nothing could be proven: no case of these rules can be run on this torch")
    return State.FAILS not in states


def _range(registered: RegisteredRule) -> str:
    since, until = registered.rule.since, registered.rule.until
    return ", ".join([*([f"since {since}"] if since else []), *([f"until {until}"] if until else [])])


def _verdict(rules: int, proofs: Sequence[CaseProof]) -> Iterator[str]:
    """What came of all of it, and why cases were skipped."""
    failed = [proof.case.code for proof in proofs if proof.state is State.FAILS]
    total = f"{plural(rules, 'rule')}, {plural(len(proofs), 'case')}"
    if failed:
        codes = ", ".join(dict.fromkeys(failed))
        yield f"{total}: torch does not do what the rules claim in {plural(len(failed), 'case')} of {codes}."
    elif any(proof.state is State.HOLDS for proof in proofs):
        yield f"{total}: torch does what the rules claim."
    else:
        yield f"{total}."
    skipped = (text.partition(":")[0] for proof in proofs if proof.state is State.SKIPPED for text in proof.texts)
    for reason, count in Counter(skipped).items():
        yield f"Skipped: {plural(count, 'case')}; {reason}."


# What is shown


def _shown(
    registered: RegisteredRule, proofs: Sequence[CaseProof], reason: str | None, width: int, layout: _Layout
) -> Iterator[str]:
    """The line of a rule, and below it what torch did with its cases, or with those at which something is amiss."""
    rule, style = registered.rule, layout.style
    states = Counter(proof.state for proof in proofs)
    if layout.is_full:
        yield ""
    yield f"{style.paint(rule.code, Ink.STRONG)} {rule.name:{width}}  {_state(states, reason, style)}"
    if not layout.is_full:
        for proof in proofs:
            if proof.state is State.FAILS or proof.news:
                yield from _in_brief(proof, layout)
        return
    mistakes = [proof for proof in proofs if not proof.case.is_trap]
    traps = [proof for proof in proofs if proof.case.is_trap]
    for proof in mistakes:
        yield from _in_full(proof, layout) if proof.before is not None else _in_brief(proof, layout)
    if traps:
        yield ""
        yield "  Right programs, at which the rule is silent:"
    for proof in traps:
        yield from _in_brief(proof, layout)


def _state(states: Mapping[State, int], reason: str | None, style: Style) -> str:
    if reason is not None:
        return f"skipped: {reason}"
    held = f"{plural(states.get(State.HOLDS, 0), 'case')} {style.paint('ok', Ink.ADDED)}"
    others = [
        f"{states[state]} {style.paint(state.value, _INKS[state])}"
        for state in (State.FAILS, State.SKIPPED)
        if states.get(state)
    ]
    return ", ".join([held, *others])


def _in_brief(proof: CaseProof, layout: _Layout) -> Iterator[str]:
    """A case on one line, and what is wrong with it or new."""
    if proof.state is State.SKIPPED:
        yield f"  {_named(proof, layout.style)}: {visible('; '.join(proof.texts))}"
        return
    outcome = "" if proof.before is None else f", torch {_outcome(proof.before)}"
    yield f"  {_named(proof, layout.style)}{outcome}"
    yield from _told(proof, layout.style)


def _in_full(proof: CaseProof, layout: _Layout) -> Iterator[str]:
    """A mistake: what it is, and what torch did with it before and after the repair."""
    example = _example(proof)
    yield ""
    yield f"  {_named(proof, layout.style)}"
    about = visible(example.before.explanation)
    yield from textwrap.wrap(about, layout.width, initial_indent="  ", subsequent_indent="  ")
    yield from _told(proof, layout.style)
    if proof.after is not None and proof.by_hand:
        yield "  Repaired by hand, as no fix is offered."
    yield from measured(example, layout.width, layout.charset, layout.style)


def _named(proof: CaseProof, style: Style) -> str:
    return f"{style.paint(f'{proof.state.value:7}', _INKS[proof.state])} {proof.case}"


def _told(proof: CaseProof, style: Style) -> Iterator[str]:
    """What is wrong, why it was skipped, or what is new."""
    for text in (*proof.texts, *proof.news):
        first, *others = text.splitlines()
        yield f"    {visible(first)}"
        for line in others:
            yield f"      {style.paint(visible(line), Ink.REMOVED if line.startswith('-') else Ink.ADDED)}"


def _outcome(record: Record) -> str:
    return "is silent" if record.outcome == "silent" else record.outcome


def _example(proof: CaseProof) -> Example:
    """What was seen, in the form of an example."""
    assert proof.before is not None
    after = None if proof.after is None else _run("", proof.after)
    before = _run(_text(proof.case), proof.before)
    return Example(proof.case.path.name, installed_torch() or "", before, after, proof.by_hand)


def _text(case: Case) -> str:
    path = main_of(case.path)
    return Source.from_bytes(path.name, path.read_bytes()).text


def _run(text: str, record: Record) -> Run:
    lr = tuple(tuple(step if isinstance(step, tuple) else (step,) for step in steps) for steps in record.rates)
    return Run(text, record.outcome, record.warnings, record.error, lr)
