"""All that judges records."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.runtime.recording import arguments, idle, lengths, order, parameters, repeats
from lrlint.runtime.recording.facts import Fact
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.texts import Texts

_JUDGES = (order.judge, arguments.judge, idle.judge, repeats.judge, lengths.judge, parameters.judge)


def facts_of(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """The facts so far, each site once for a rule.  `is_over`: the program has run to its end, so nothing follows."""
    seen = set()
    for judge in _JUDGES:
        for fact in judge(recorder, texts, is_over):
            if (fact.code, fact.site) not in seen:
                seen.add((fact.code, fact.site))
                yield fact
