"""Rules: one kind of mistake each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lrlint.edit import Applicability

OPTIMIZERS = "ASGD|Adadelta|Adafactor|Adagrad|Adam|AdamW|Adamax|LBFGS|Muon|NAdam|RAdam|RMSprop|Rprop|SGD|SparseAdam"
"""A gate word: the optimizers of torch."""


class Severity(Enum):
    """What a mistake does: raise, train wrongly, warn (or break on a later torch), or nothing at all."""

    ERROR = "error"
    CORRECTNESS = "correctness"
    DEPRECATION = "deprecation"
    STYLE = "style"


class Proof(Enum):
    """How torch shows a mistake that it neither warns of nor refuses: other LRs, where something is otherwise.

    With the fix; without the statement; with a metric that falls in place of the argument.  Or the LR never changes.
    """

    FIX = "fix"
    DROPPED = "dropped"
    FALLING = "falling"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of mistake, as data.

    `gate` holds the identifiers without which the rule can't fire: a file that lacks one of them is not even
    parsed.  "a|b" stands for any of several.  Where identifiers let too much pass, `shape` is a regular expression
    that matches somewhere in the text of each file in which the rule can fire.
    `since` and `until` bound the torch versions with the behaviour
    (`until` exclusive). `fixes` names the kinds of fix that its findings may carry.  `ignorable` says whether a comment
    is an answer to its findings, so that `--add-ignore` writes one.  `proof` says what shows a mistake on torch.
    """

    code: str
    name: str
    summary: str
    severity: Severity
    gate: tuple[str, ...]
    since: str | None = None
    until: str | None = None
    default: bool = True
    fixes: tuple[Applicability, ...] = ()
    ignorable: bool = True
    shape: str | None = None
    proof: Proof = Proof.FIX
