"""Hover: the page of the rule whose finding is under the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lsprotocol import types

from lrlint.lsp.client import Client
from lrlint.page import parse_page
from lrlint.registry import RegisteredRule


def hover_of(
    codes: Iterable[str], rules: Mapping[str, RegisteredRule], addresses: Mapping[str, str], client: Client
) -> types.Hover | None:
    """The pages of some rules, one below the other; None if there are no such rules."""
    pages = [_page(rules[code], addresses.get(code)) for code in codes if code in rules]
    if not pages:
        return None
    kind = types.MarkupKind.Markdown if client.reads_markdown else types.MarkupKind.PlainText
    return types.Hover(types.MarkupContent(kind, "\n\n---\n\n".join(pages)))


def _page(registered: RegisteredRule, address: str | None) -> str:
    page = parse_page(registered.page)
    title = f"**{registered.rule.code}** {registered.rule.name}"
    sections = (f"#### {heading}\n\n{text.strip()}" for heading, text in page.sections.items())
    link = () if address is None else (address,)
    return "\n\n".join([title, page.title, *sections, *link])
