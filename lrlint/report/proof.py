"""What torch did with the reproduction of a finding, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.verdict import Outcome, Verdict

_MOST = 12
"""So many LRs are shown of one optimizer."""


def told(verdict: Verdict) -> Iterator[str]:
    """What torch did, before and after; nothing where the reproduction says nothing of the finding."""
    if verdict.outcome is Outcome.NOT_REPRODUCIBLE:
        return
    ran = [("as it is", verdict.before), (verdict.compared, verdict.after)]
    shown = [(label, one) for label, one in ran if one is not None]
    width = max((len(label) for label, _ in shown), default=0)
    for label, one in shown:
        for text in (*one.warnings, *([one.error] if one.error else [])):
            yield f"{label:{width}}  {text}"
        for rates in one.rates:
            yield f"{label:{width}}  LR {_shown(rates)}"


def _shown(rates: tuple[float | tuple[float, ...], ...]) -> str:
    texts = [_number(one) for one in rates]
    if len(texts) > _MOST:
        texts = [*texts[: _MOST - 2], "…", texts[-1], f"({len(rates)} steps)"]
    return " ".join(texts)


def _number(rate: float | tuple[float, ...]) -> str:
    if isinstance(rate, float):
        return f"{rate:.4g}"
    return f"({', '.join(_number(one) for one in rate)})"
