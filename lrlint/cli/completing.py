"""What shells offer for the values of options and arguments.

All of it is asked for only when somebody presses Tab.  Rules are those that are installed: code of the project at hand
is not run for this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def rule(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of rules; names where one is begun."""
    from click.shell_completion import CompletionItem

    from lrlint.registry import load_rules

    known = [registered.rule for registered in load_rules()]
    codes = [CompletionItem(one.code, help=one.summary) for one in known if one.code.startswith(incomplete.upper())]
    names = [CompletionItem(one.name, help=one.summary) for one in known if one.name.startswith(incomplete)]
    return codes or names


def rules(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The same behind the commas of a list, and ALL."""
    from click.shell_completion import CompletionItem

    before, comma, last = incomplete.rpartition(",")
    offered = rule(ctx, param, last)
    if not comma and "ALL".startswith(incomplete):
        offered.append(CompletionItem("ALL", help="all rules"))
    return [CompletionItem(f"{before}{comma}{one.value}", help=one.help) for one in offered]


def output_format(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The formats of reports."""
    from click.shell_completion import CompletionItem

    from lrlint.report.formats import FORMATS

    known = FORMATS.values()
    return [CompletionItem(one.name, help=one.summary) for one in known if one.name.startswith(incomplete)]


def release(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The releases of torch that are known, the newest one first."""
    from lrlint.torch_api.signatures import releases

    return [text for text in map(str, reversed(releases())) if text.startswith(incomplete)]


def path(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders, which the shell knows itself."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]
