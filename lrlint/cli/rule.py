"""`lrlint rule`: the list of rules, and the page of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from lrlint import registry
from lrlint.cli import Failure, wants_colour
from lrlint.registry import RegisteredRule
from lrlint.report.heading import ink_of
from lrlint.report.terminal import Ink, Style, visible

_VERSION = 1


@click.command("rule")
@click.argument("rule", required=False, metavar="[CODE|NAME]")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def command(rule: str | None, output_format: str) -> None:
    """Explain a rule, or list all rules.

    The list gives code, name, severity, whether --fix repairs it (unsafe: with --unsafe-fixes), and what the
    rule finds.  A prefix of codes lists those rules.
    """
    rules = registry.load_rules()
    try:
        found = rules if rule is None else registry.find_rules(rules, rule)
    except registry.UnknownRuleError as error:
        raise Failure(f"{error} (`lrlint rule` lists all rules)") from None
    style = Style(wants_colour(sys.stdout))
    if output_format == "json":
        document = {"version": _VERSION, "rules": [_record(one) for one in found]}
        click.echo(json.dumps(document, indent=2))
    elif rule is not None and len(found) == 1:
        click.echo("\n".join(_page(found[0], style)), color=True)
    else:
        click.echo("\n".join(_list(found, style)), color=True)


def _record(registered: RegisteredRule) -> dict[str, Any]:
    rule = registered.rule
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity.value,
        "fixes": [applicability.value for applicability in rule.fixes],
        "default": rule.default,
        "since": rule.since,
        "until": rule.until,
        "page": registered.page,
    }


def _list(rules: Sequence[RegisteredRule], style: Style) -> Iterator[str]:
    rows = [(one.rule.code, one.rule.name, one.rule.severity.value, _fixes(one), _summary(one)) for one in rules]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, registered in zip(rows, rules, strict=True):
        code, name, severity, fixes, summary = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        code = style.paint(code, ink_of(registered.rule.severity))
        yield f"{code}  {style.paint(name, Ink.STRONG)}  {severity}  {fixes}  {summary}".rstrip()


def _page(registered: RegisteredRule, style: Style) -> Iterator[str]:
    rule = registered.rule
    yield f"{style.paint(rule.code, ink_of(rule.severity))} {style.paint(rule.name, Ink.STRONG)}"
    yield ", ".join(_facts(registered))
    yield ""
    for line in registered.page.split("\n"):
        is_heading = style.colour and line.startswith("#")
        yield style.paint(visible(line.lstrip("# ")), Ink.STRONG) if is_heading else visible(line)


def _facts(registered: RegisteredRule) -> Iterator[str]:
    rule = registered.rule
    yield rule.severity.value
    yield f"fix: {_fixes(registered)}"
    yield "on by default" if rule.default else "off by default"
    if rule.since:
        yield f"since torch {rule.since}"
    if rule.until:
        yield f"until torch {rule.until}"


def _summary(registered: RegisteredRule) -> str:
    return registered.rule.summary + ("" if registered.rule.default else " (off by default)")


def _fixes(registered: RegisteredRule) -> str:
    """How the findings of a rule can be repaired, in a word or two."""
    return "/".join(applicability.value for applicability in registered.rule.fixes) or "none"
