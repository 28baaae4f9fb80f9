"""The page of a rule, in parts: its module's docstring, under headings that are the same for all rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WHAT = "What it finds"
WHY = "Why it harms"
SAFETY = "Fix and its safety"
BLIND_SPOTS = "What it cannot see"
VERSIONS = "torch versions"
REFERENCES = "References"

HEADINGS = (WHAT, WHY, SAFETY, BLIND_SPOTS, VERSIONS, REFERENCES)
"""The headings of a page, in order."""

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """The first paragraph of a page, and the Markdown under each heading, in the order of the page."""

    title: str
    sections: Mapping[str, str]

    def section(self, heading: str) -> str:
        """The Markdown under a heading; nothing where a page lacks it."""
        return self.sections.get(heading, "")

    @property
    def references(self) -> list[str]:
        """The addresses that the page refers to."""
        return re.findall(r"^\* (\S+)$", self.section(REFERENCES), re.MULTILINE)


def parse_page(text: str) -> Page:
    """The parts of a page."""
    title, *parts = _HEADING.split(text)
    return Page(
        title.strip(), {heading: body.strip("\n") for heading, body in zip(parts[::2], parts[1::2], strict=True)}
    )
