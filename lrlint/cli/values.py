"""Options whose values are more than words, and those that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from lrlint.cli import completing
from lrlint.torch_api.target import UnknownReleaseError, exact_target

FORMAT_VARIABLE = "LRLINT_OUTPUT_FORMAT"

_WITH_REPORTS_OF_THEIR_OWN = ("diff", "statistics", "watch", "update_baseline")


def heed_variable(ctx: click.Context, options: dict[str, Any]) -> None:
    """Let the format of the environment count only where there is a report that can have it."""
    is_given = ctx.get_parameter_source("output_format") is not ParameterSource.ENVIRONMENT
    if not is_given and any(options[name] for name in _WITH_REPORTS_OF_THEIR_OWN):
        options["output_format"] = ()


def selectors(name: str, text: str) -> Callable[..., Any]:
    """An option that takes selectors of rules."""
    return click.option(
        name, metavar="RULES", multiple=True, callback=_split, shell_complete=completing.rules, help=text
    )


def _split(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The selectors of an option that is given any number of times, with commas in each."""
    words = tuple(word.strip() for value in values for word in value.split(",") if word.strip())
    if values and not words:
        raise click.BadParameter("name a rule by code, prefix of codes or name, or ALL")
    return words


def known_release(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A release of torch, as it was given.  Raises click.BadParameter for one that is not known."""
    try:
        if value is not None:
            exact_target(value)
    except UnknownReleaseError as error:
        raise click.BadParameter(str(error)) from None
    return value


def _set_colour(ctx: click.Context, param: click.Parameter, value: str) -> None:
    """Take `auto`, `always` or `never` for all that is printed."""
    ctx.color = {"always": True, "never": False}.get(value)


config_option = click.option(
    "--config",
    metavar="FILE|KEY=VALUE",
    multiple=True,
    shell_complete=completing.path,
    help="Read this configuration file and no other, or set an option, with a value as in TOML.",
)

colour_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    expose_value=False,
    callback=_set_colour,
    help="When to print in colour; auto looks at the terminal, NO_COLOR and FORCE_COLOR.",
)
