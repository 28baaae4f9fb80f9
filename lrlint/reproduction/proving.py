"""Proving: findings reproduced, run on torch, and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlint.edit import apply_edits
from lrlint.failures import describe
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.reproduction.fixing import shifted
from lrlint.reproduction.judgement import Trial, judge
from lrlint.reproduction.record import NotReproducibleError, Reproduction, Settings
from lrlint.reproduction.script import reproduce
from lrlint.reproduction.variants import TOLD, variant
from lrlint.reproduction.wholeness import NOT_WHOLE, is_of_script
from lrlint.rule import Severity
from lrlint.runtime.evidence import ErrorEvidence, Evidence, ObservationError, Observer, installed_torch
from lrlint.source import Source
from lrlint.verdict import Outcome, Ran, Verdict

TIMEOUT = 20.0
"""Seconds that one script may take."""

_LENGTHS = (Settings(), Settings(epochs=30, steps_per_epoch=3))
"""How long the loops are whose length the code does not tell; longer ones show what takes its time."""

_MOST_TESTS = 4
"""So many tests of unknown outcome are tried the other way."""

ProgramOf = Callable[[str, Source | None], Program]
"""The program around a file, by the path that reports show; with another text of that file where one is given."""


class Prover:
    """Reproduces findings and runs them on torch, one after another.

    `sources` gives the text of a file by the path that reports show.
    """

    def __init__(
        self,
        observer: Observer,
        program_of: ProgramOf,
        sources: Callable[[str], Source | None],
        timeout: float = TIMEOUT,
    ) -> None:
        self._observer = observer
        self._program_of = program_of
        self._sources = sources
        self._timeout = timeout
        self._programs: dict[str, Program] = {}
        self._torch = installed_torch() or ""

    def prove(self, finding: Finding) -> Verdict:
        """What torch says about a finding."""
        if finding.severity is Severity.STYLE:
            return Verdict(Outcome.NOT_REPRODUCIBLE, "the rule is about the code, which runs as it would otherwise")
        verdict = Verdict(Outcome.NOT_REPRODUCIBLE, "nothing was tried")
        for settings in _LENGTHS:
            verdict = self._varied(finding, settings)
            if verdict.outcome is Outcome.CONFIRMED or verdict.before is None or verdict.before.error:
                break
        return verdict

    def _varied(self, finding: Finding, settings: Settings) -> Verdict:
        """The verdict with tests of unknown outcome as they are chosen, or one of them otherwise if that gets there."""
        first, tests = self._tried(finding, settings)
        if first.outcome is not Outcome.NOT_REPRODUCIBLE:
            return first
        for text, way in list(tests.items())[:_MOST_TESTS]:
            verdict, _ = self._tried(finding, replace(settings, ways={text: not way}))
            if verdict.outcome is Outcome.CONFIRMED:
                return verdict
        return first

    def _tried(self, finding: Finding, settings: Settings) -> tuple[Verdict, Mapping[str, bool]]:
        """The verdict where loops of unknown length are as long as `settings` says, and the tests that were chosen."""
        try:
            made = reproduce(self._program(finding.path), finding, settings)
        except NotReproducibleError as error:
            return Verdict(Outcome.NOT_REPRODUCIBLE, str(error)), {}
        except Exception as error:  # noqa: BLE001 - the finding is told all the same
            return Verdict(Outcome.NOT_REPRODUCIBLE, f"lrlint failed to make its script: {describe(error)}"), {}
        stand_ins = tuple(f"{one.text} stands for {one.original}" for one in made.stand_ins)
        try:
            before = self._run(made)
        except ObservationError as error:
            problem = _problem(error)
            return Verdict(Outcome.NOT_REPRODUCIBLE, problem, self._torch, script=made.text, stand_ins=stand_ins), {}
        after, compared, other = self._compared(finding, made, settings)
        outcome, reason = judge(finding, Trial(made, before, after))
        ran, ran_after = _ran(before, made), _ran(after, other) if after is not None and other is not None else None
        verdict = Verdict(outcome, reason, self._torch, ran, ran_after, compared, made.text, stand_ins)
        return verdict, made.open_tests

    def _program(self, path: str) -> Program:
        if path not in self._programs:
            self._programs = {path: self._program_of(path, None)}  # findings come file by file
        return self._programs[path]

    def _compared(
        self, finding: Finding, made: Reproduction, settings: Settings
    ) -> tuple[Evidence | None, str, Reproduction | None]:
        """What torch does without the mistake, and what that means; None where there is no such program."""
        proof = finding.rule.proof
        try:
            if finding.fix is None:
                other = variant(made, proof)
                compared = TOLD.get(proof, "")
            else:
                other, compared = self._fixed(finding, settings), "with its fix"
            if other is not None:
                return self._run(other), compared, other
        except Exception:  # noqa: BLE001 - then what torch says of the program as it is has to do
            pass
        return None, "", None

    def _fixed(self, finding: Finding, settings: Settings) -> Reproduction | None:
        """The same reproduction of the program that the fix makes."""
        source = self._sources(finding.path)
        if source is None or finding.fix is None:
            return None
        edits = finding.fix.edits
        text = source.with_text(apply_edits(source.text, edits), [(one.range, one.content) for one in edits])
        return reproduce(self._program_of(finding.path, text), shifted(finding, text), settings)

    def _run(self, made: Reproduction) -> Evidence:
        with TemporaryDirectory(prefix="lrlint-") as folder:
            path = Path(folder) / "reproduction.py"
            path.write_text(made.text, encoding="utf-8")
            return self._observer.observe(path, self._timeout, is_confined=True)


def _problem(error: ObservationError) -> str:
    return f"its script {str(error).partition('reproduction.py: ')[2] or error}"


def _ran(evidence: Evidence, made: Reproduction) -> Ran:
    """What torch did, told with the places in the user's code."""
    error = evidence.error
    return Ran(
        tuple(f"{one.category}: {one.message}{_place(one.line, made)}" for one in evidence.warnings),
        _told(error, made) if error else None,
        tuple(one for one in evidence.rates if one),
    )


def _told(error: ErrorEvidence, made: Reproduction) -> str:
    told = f"{error.type}: {error.message}{_place(error.line, made)}"
    return f"{NOT_WHOLE}: {told}" if is_of_script(error, made) else told


def _place(line: int | None, made: Reproduction) -> str:
    origin = made.origin(line)
    return f" ({origin[0]}:{origin[1]})" if origin is not None else ""
