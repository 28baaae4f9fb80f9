"""The `jsonl` report: the findings of the `json` report, one object a line."""

from __future__ import annotations

import json

from lrlint.report.json import VERSION, record
from lrlint.report.results import Results


def render(results: Results) -> str:
    """A line for each finding, in ASCII: what the `json` report says of it, and that report's version."""
    records = (
        {"version": VERSION, **record(finding, results.sources, results.proofs.get(finding))}
        for finding in results.findings
    )
    return "".join(f"{json.dumps(one)}\n" for one in records)
