"""Addresses: where the project and the pages of its rules are on the web, as the metadata of the package say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lrlint.installed import BUILT_IN_PACK
from lrlint.registry import RegisteredRule


def homepage() -> str | None:
    """The address of the project; None if it has none."""
    return _project_addresses().get("Homepage")


def rule_pages(rules: Iterable[RegisteredRule]) -> Mapping[str, str]:
    """The address of the page of each rule, by code; none of rules from elsewhere, or where there are no pages."""
    documentation = _project_addresses().get("Documentation")
    if documentation is None:
        return {}
    base = documentation.rstrip("/")
    return {one.rule.code: f"{base}/rules/{one.rule.code}/" for one in rules if one.pack == BUILT_IN_PACK}


def _project_addresses() -> Mapping[str, str]:
    """The addresses of the project, by label (`[project.urls]` in pyproject.toml)."""
    from importlib.metadata import PackageNotFoundError, metadata  # slow to import

    try:
        entries = metadata("lrlint").get_all("Project-URL") or []
    except PackageNotFoundError:  # a checkout
        return {}
    labelled = (entry.partition(",") for entry in entries)
    return {label.strip(): address.strip() for label, _, address in labelled}
