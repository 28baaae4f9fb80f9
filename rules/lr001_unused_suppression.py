"""A comment suppresses what is not found.

## What it finds

A suppression, or a code in one, that silences no finding:

    optimizer.step()
    scheduler.step()  # lrlint: ignore[LR101]           # LR001: the order is right
    scheduler.step(epoch)  # lrlint: ignore[LR101, LR102]   # LR001: LR101 is not found here

Comments for a whole file and for a region are judged alike; of a region that silences nothing both ends are found:

    # lrlint: disable[LR101]                            # LR001
    scheduler.step()
    # lrlint: enable[LR101]                             # LR001

Also a word that is no code or name of a rule (`ignore[LR1]`, `ignore[LR999]`), and a suppression with an empty list.

A code is judged only if its rule has run: one that is not selected, or ignored in this file, or about a torch that the
file is not meant for, may be needed in another run. (RUF100 of Ruff reports those too, as "non-enabled".) Of `# noqa`
only the codes of lrlint's rules are judged; other codes and a bare `# noqa` belong to other tools.

The rule is on by default, since a comment that silences nothing today silences the next mistake on its line.

## Why it harms

The comment tells readers of a mistake that is not there. When a later change makes it, nobody is told:

    scheduler.step()  # lrlint: ignore[LR101]    # was right until someone moved the line above the optimizer's step

## Fix and its safety

Safe, as only comments change: the fix drops the codes that find nothing, or the whole suppression where none is left. A
reason behind it stays, as a comment.

## What it cannot see

What is found in a function may depend on who calls it. So codes are judged only where the run sees all callers: in a
script (a file with `__main__` in it, or without a function or class), in a notebook, and in other modules if
the run takes in the whole project, as `lrlint check` in the folder of the repository does. Where hooks and editors give
single files, modules are silent, but for words that no rule is called.

A file that can't be read is not judged, nor what is called from one, nor a notebook with a cell that can't be read.
Nor are files without the word "lrlint" in them that have nothing to do with optimizers.

To keep a suppression that is not needed on every machine, list this rule in it: `# lrlint: ignore[LR101, LR001]`.

## torch versions

All.

## References

* https://docs.astral.sh/ruff/rules/unused-noqa/
* https://eslint.org/docs/latest/use/configure/rules
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.rule import Rule, Severity
from lrlint.suppression import Suppression, Use

RULE = Rule(
    code="LR001",
    name="unused-suppression",
    summary="a comment suppresses what is not found",
    severity=Severity.STYLE,
    gate=("lrlint",),
    fixes=(Applicability.SAFE,),
    ignorable=False,
)

_IDLE = (Use.UNUSED, Use.UNKNOWN)


def check_suppressions(suppressions: Sequence[Suppression]) -> Iterator[Finding]:
    for suppression in suppressions:
        reasons = "; ".join(_reasons(suppression))
        if reasons:
            subject = "a part of this" if _kept(suppression) else "this"
            message = f"{subject} suppresses nothing: {reasons}"
            yield Finding(RULE, suppression.path, suppression.range, message, fix=_fix(suppression))


def _reasons(suppression: Suppression) -> Iterator[str]:
    unused = [f"`{word.text}`" for word in suppression.listed if word.use is Use.UNUSED]
    unknown = [f"`{word.text}`" for word in suppression.listed if word.use is Use.UNKNOWN]
    if unused:
        yield f"{' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} not found here"
    if unknown:
        yield f"no rule is called {' or '.join(unknown)}"
    if not suppression.listed:
        yield "its list is empty"


def _kept(suppression: Suppression) -> list[str]:
    return [word.text for word in suppression.listed if word.use not in _IDLE]


def _fix(suppression: Suppression) -> Fix:
    kept = _kept(suppression)
    if not kept:
        return Fix(Applicability.SAFE, "remove the suppression", (suppression.removal,))
    return Fix(Applicability.SAFE, "drop what finds nothing", (Edit(suppression.words, ", ".join(kept)),))
