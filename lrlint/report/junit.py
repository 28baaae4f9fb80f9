"""The `junit` report: JUnit XML, which most CI servers show as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from lrlint.finding import Finding
from lrlint.report.heading import fix_note, location
from lrlint.report.place import place_of
from lrlint.report.results import Results
from lrlint.report.terminal import visible

_NAME = "lrlint"
_NO_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: Results) -> str:
    """One test suite, in ASCII: a failed test for each finding, a passed one for each file without, an error for each
    problem."""
    suites = Element("testsuites", name=_NAME)
    suite = SubElement(suites, "testsuite", name=_NAME)
    cases = [*_cases(results), *map(_error, results.problems)]
    suite.extend(cases)
    counts = {
        "tests": len(cases),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
    }
    for element in (suites, suite):
        element.attrib.update({name: str(number) for name, number in counts.items()})
    suite.set("skipped", "0")
    ElementTree.indent(suites)
    document: bytes = ElementTree.tostring(suites, "us-ascii", xml_declaration=True)
    return document.decode("ascii") + "\n"


def _cases(results: Results) -> Iterator[Element]:
    """The tests of each file, in the order of the paths."""
    found = {path: list(group) for path, group in groupby(results.findings, key=lambda finding: finding.path)}
    for path in sorted({*results.checked, *found}):
        yield from _cases_of(path, found.get(path, ()), results)


def _cases_of(path: str, findings: Sequence[Finding], results: Results) -> Iterator[Element]:
    if not findings:
        yield Element("testcase", name=_NAME, classname=_text(path), file=_text(path))
    for finding in findings:
        yield _failed(finding, results)


def _failed(finding: Finding, results: Results) -> Element:
    place = place_of(finding.path, finding.range, results.sources)
    range_ = place.range
    name = f"{finding.rule.code} {finding.rule.name} {range_.line}:{range_.column}"
    path = _text(finding.path)
    case = Element("testcase", name=name, classname=path, file=path, line=str(range_.line))
    message = _text(finding.message) + place.note
    failure = SubElement(case, "failure", type=finding.severity.value, message=message)
    failure.text = "\n".join(_lines(finding, results))
    return case


def _lines(finding: Finding, results: Results) -> Iterator[str]:
    """The place and message, those of the related places, and the fix, as in the reports for people."""
    sources = results.sources
    yield f"{location(finding.path, finding.range, sources.get(finding.path))}: {visible(finding.message)}"
    for one in finding.related:
        yield f"{location(one.path, one.range, sources.get(one.path))}: {visible(one.label)}"
    fix = fix_note(finding, results.unsafe)
    if fix is not None:
        yield fix


def _error(problem: str) -> Element:
    case = Element("testcase", name="problem", classname=_NAME)
    SubElement(case, "error", type="problem", message=_text(problem))
    return case


def _text(text: str) -> str:
    """`text` with the characters that XML 1.0 cannot hold, or discourages, as their Python escape sequences."""
    return _NO_XML.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
