"""`lrlint rule`: the list of rules, and the page of each."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from lrlint import registry
from lrlint.cli import Failure, completing, wants_colour
from lrlint.cli.rules import load_rules, rules_with_local
from lrlint.config.plugins import ALLOW
from lrlint.examples import Example, Run, load_examples
from lrlint.installed import BUILT_IN_PACK
from lrlint.page import BLIND_SPOTS, SAFETY, VERSIONS, WHAT, WHY, parse_page
from lrlint.registry import RegisteredRule
from lrlint.report.curve import charset_for
from lrlint.report.heading import ink_of
from lrlint.report.page import Layout, fixes, render
from lrlint.report.terminal import Ink, Style
from lrlint.seen import seen_rules

_VERSION = 1
_WIDEST = 100  # longer lines are hard to read

Examples = Mapping[str, Mapping[str, Example]]
"""The examples of each rule pack."""


@click.command("rule")
@click.argument("rule", required=False, metavar="[CODE|NAME]", shell_complete=completing.rule)
@click.option("--all", "whole", is_flag=True, help="Print the page of every rule, not the list.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)
@click.option(ALLOW, is_flag=True, help="Load the rules that the configuration of this folder names as `plugins`, too.")
def command(rule: str | None, whole: bool, output_format: str, allow_local_plugins: bool) -> None:
    """Explain a rule, or list all rules.

    The list gives code, name, severity, whether --fix repairs it (unsafe: with --unsafe-fixes), and what the
    rule finds.  A prefix of codes lists those rules.
    """
    rules = rules_with_local() if allow_local_plugins else load_rules()
    if any(one.pack == BUILT_IN_PACK for one in rules):
        rules = registry.united((*rules, *seen_rules()))
    try:
        found = rules if rule is None else registry.find_rules(rules, rule)
    except registry.UnknownRuleError as error:
        others = "" if allow_local_plugins else f", with {ALLOW} also those of the project"
        raise Failure(f"{error} (`lrlint rule` lists all rules{others})") from None
    if output_format == "json":
        examples = _examples_of(found)
        click.echo(json.dumps({"version": _VERSION, "rules": [_record(one, examples) for one in found]}, indent=2))
    elif whole or (rule is not None and len(found) == 1):
        click.echo("\n\n\n".join(_pages(found)), color=True)
    else:
        click.echo("\n".join(_list(found, Style(wants_colour(sys.stdout)))), color=True)


def _examples_of(rules: Sequence[RegisteredRule]) -> Examples:
    return {pack: load_examples(pack) for pack in {registered.pack for registered in rules}}


def _list(rules: Sequence[RegisteredRule], style: Style) -> Iterator[str]:
    rows = [(one.rule.code, one.rule.name, one.rule.severity.value, fixes(one), _summary(one)) for one in rules]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, registered in zip(rows, rules, strict=True):
        code, name, severity, fix, summary = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        code = style.paint(code, ink_of(registered.rule.severity))
        yield f"{code}  {style.paint(name, Ink.STRONG)}  {severity}  {fix}  {summary}".rstrip()


def _summary(registered: RegisteredRule) -> str:
    return registered.rule.summary + ("" if registered.rule.default else " (off by default)")


def _pages(rules: Sequence[RegisteredRule]) -> Iterator[str]:
    columns = min(shutil.get_terminal_size().columns, _WIDEST)
    layout = Layout(columns, charset_for(sys.stdout.encoding), Style(wants_colour(sys.stdout)))
    examples = _examples_of(rules)
    for registered in rules:
        yield "\n".join(render(registered, examples[registered.pack].get(registered.rule.code), layout))


def _record(registered: RegisteredRule, examples: Examples) -> dict[str, Any]:
    rule, page = registered.rule, parse_page(registered.page)
    example = examples[registered.pack].get(rule.code)
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity.value,
        "fixes": [applicability.value for applicability in rule.fixes],
        "default": rule.default,
        "since": rule.since,
        "until": rule.until,
        "title": page.title,
        "what": page.section(WHAT),
        "why": page.section(WHY),
        "fix_safety": page.section(SAFETY),
        "blind_spots": page.section(BLIND_SPOTS),
        "torch_versions": page.section(VERSIONS),
        "references": page.references,
        "example": None if example is None else _example(example),
        "page": registered.page,
    }


def _example(example: Example) -> dict[str, Any]:
    return {
        "name": example.name,
        "torch": example.torch,
        "by_hand": example.by_hand,
        "before": _run(example.before),
        "after": None if example.after is None else _run(example.after),
    }


def _run(run: Run) -> dict[str, Any]:
    return {"text": run.text, "outcome": run.outcome, "warnings": run.warnings, "error": run.error, "lr": run.lr}
