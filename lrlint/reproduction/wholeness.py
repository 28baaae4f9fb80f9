"""Exceptions that say nothing of a program: those of a script that could not be made whole."""

from __future__ import annotations

import re

from lrlint.reproduction.guesses import PREAMBLE
from lrlint.reproduction.record import Reproduction
from lrlint.runtime.evidence import ErrorEvidence
from lrlint.torch_api import signatures

NOT_WHOLE = "its script could not be made whole"
"""What is said of such a script, before the exception that ended it."""

_OF_NAMES = frozenset(["NameError", "UnboundLocalError"])
_OWNER = re.compile(r"(?:type object )?'(\w+)'")
_CALLED = re.compile(r"([\w.<>]+)\(\)")


def is_missing(error: ErrorEvidence) -> bool:
    """Whether an exception is about a name that the script lacks, or about what stands for something else."""
    return error.type in _OF_NAMES or any(one in error.message for one in (*PREAMBLE, "SimpleNamespace"))


def is_of_script(error: ErrorEvidence, made: Reproduction) -> bool:
    """Whether an exception comes from how the script was made: no answer of torch to the program."""
    if is_missing(error):
        return True
    if error.is_of_torch:
        return False
    if error.type == "AttributeError":
        owner = _OWNER.match(error.message)
        return owner is not None and owner[1] not in signatures.class_names()
    return error.type == "TypeError" and ("NoneType" in error.message or _is_own_call(error.message, made.text))


def _is_own_call(message: str, text: str) -> bool:
    """Whether a message is about the arguments of a function or class of the script."""
    called = _CALLED.match(message)
    words = [one for one in called[1].split(".") if not one.startswith("__")] if called is not None else []
    return any(re.search(rf"^ *(?:def|class) {re.escape(one)}\b", text, re.MULTILINE) for one in words)
