"""Numbers of things in words, and what is said where there is nothing to report."""

from __future__ import annotations


def plural(number: int, noun: str, ending: str = "s") -> str:
    """`1 file`, `2 files`; `ending` is what makes the plural."""
    return f"{number} {noun}{'' if number == 1 else ending}"


def nothing_found(checked: int) -> str:
    """The summary of a run over so many files that found nothing."""
    return f"No findings in {plural(checked, 'file')}.\n" if checked else "No Python file was checked.\n"
