"""Monitoring a training: the findings and LRs of whatever runs in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from lrlint.config.configuration import Configuration
from lrlint.finding import Finding, Related
from lrlint.imports.finder import canonical
from lrlint.registry import RegisteredRule
from lrlint.runtime.recording import taps
from lrlint.runtime.recording.facts import CALL, Fact
from lrlint.runtime.recording.judges import facts_of
from lrlint.runtime.recording.objects import OptimizerRecord
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.schedules import RecordedRates
from lrlint.runtime.recording.sites import Site, Territory
from lrlint.runtime.recording.texts import Texts
from lrlint.seen import known_rules
from lrlint.source import Source
from lrlint.suppress import is_suppressed


class Monitor:
    """What was seen of a training so far.  `monitor` gives one.

    `own` are folders and files that count as the user's code wherever they lie.  `tell` is called when something has
    happened that there may be a finding about.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        own: Sequence[str] = (),
        tell: Callable[[], None] = lambda: None,
    ) -> None:
        self._configuration = configuration or Configuration(known_rules())
        self._texts = Texts()
        self._recorder = Recorder(Territory(taps.is_scheduler, own, self._texts.keep), tell)
        self._rules = {one.rule.code: one for one in known_rules()}
        self._is_over = False

    @contextmanager
    def recording(self) -> Iterator[Monitor]:
        """Records what happens in the block."""
        with taps.listening(self._recorder):
            yield self

    def finish(self) -> None:
        """Nothing more will happen: what has not been done by now never will be."""
        self._is_over = True

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings so far, in the order of reports, without those that comments or the configuration silence."""
        if self._recorder.failure is not None:
            return ()
        facts = facts_of(self._recorder, self._texts, self._is_over)
        found = {one.sort_key: one for one in filter(None, map(self._finding, facts))}
        return tuple(found[key] for key in sorted(found))

    @property
    def rates(self) -> tuple[RecordedRates, ...]:
        """The LRs that the steps of each optimizer used, in the order of construction, without those that never
        stepped."""
        return tuple(self._rates_of(one) for one in self._recorder.optimizers if one.steps)

    @property
    def sources(self) -> dict[str, Source]:
        """The texts of the files that findings are in, by the paths that reports show."""
        sites = [site for one in self._facts() for site in (one.site, *(place for place, _ in one.related))]
        return {source.path: source for source in (self._texts.text(site).source for site in sites)}

    @property
    def rules(self) -> Sequence[RegisteredRule]:
        """The rules that it knows."""
        return tuple(self._rules.values())

    @property
    def failure(self) -> Exception | None:
        """The mistake of lrlint that has ended the recording, if one has."""
        return self._recorder.failure

    @property
    def optimizer_steps(self) -> int:
        """The steps of all optimizers."""
        return sum(one.steps for one in self._recorder.optimizers)

    @property
    def scheduler_steps(self) -> int:
        """The steps of all schedulers that the user's code took."""
        return sum(one.steps for one in self._recorder.schedulers)

    def _facts(self) -> tuple[Fact, ...]:
        return tuple(facts_of(self._recorder, self._texts, self._is_over))

    def _finding(self, fact: Fact) -> Finding | None:
        """The finding that a fact is; None if it is silenced."""
        text = self._texts.text(fact.site)
        finding = Finding(
            self._rules[fact.code].rule,
            text.source.path,
            text.range(fact.site, fact.item),
            fact.message.replace(CALL, text.quote(fact.site)),
            fact.label,
            tuple(self._related(site, label) for site, label in fact.related),
            own_severity=fact.severity,
        )
        policy = self._configuration.policy(canonical(fact.site.file))
        return None if is_suppressed(text.source, finding) else policy.judge(finding)

    def _related(self, site: Site, label: str) -> Related:
        text = self._texts.text(site)
        return Related(text.source.path, text.range(site), label)

    def _rates_of(self, record: OptimizerRecord) -> RecordedRates:
        site = record.site
        place = "" if site is None else f" ({self._texts.shown(site.file)}:{site.position.line})"
        runs = tuple(record.rates.runs())
        width = max((len(run.rates) for run in runs), default=0)
        names = (*record.group_names, *(f"group {index}" for index in range(len(record.group_names), width)))
        return RecordedRates(f"{record.class_name}{place}", names, runs)


@contextmanager
def monitor(configuration: Configuration | None = None) -> Iterator[Monitor]:
    """Watch the training within the block.

        with lrlint.runtime.monitor() as seen:
            train()
        for finding in seen.findings: ...

    Nothing of what torch does is changed.  Files have the rules that their configuration gives them, unless
    another one is given.
    """
    with Monitor(configuration).recording() as seen:
        yield seen
    seen.finish()
