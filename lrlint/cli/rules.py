"""The rules that a command knows."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint import registry
from lrlint.cli import Failure, print_problem
from lrlint.packs import PackError
from lrlint.registry import RegisteredRule


def load_rules() -> tuple[RegisteredRule, ...]:
    """The rules of the installed packs.  Where one can't be used, all that is wrong is told and the run fails."""
    try:
        return registry.load_rules()
    except PackError as error:
        raise failure_of(error.problems) from None


def rules_with_local() -> tuple[RegisteredRule, ...]:
    """These rules and those that the configuration of the working directory brings along."""
    from lrlint.config.configuration import Configuration
    from lrlint.config.errors import ConfigError, working_folder
    from lrlint.config.plugins import Plugins

    try:
        return Configuration(load_rules(), plugins=Plugins(allowed=True)).rules_known_in([working_folder()])
    except ConfigError as error:
        raise Failure(str(error)) from None


def failure_of(problems: Iterable[str]) -> Failure:
    """What ends the command with the last of some problems; the others are told at once."""
    *others, last = problems
    for problem in others:
        print_problem(problem)
    return Failure(last)
