"""The monitor as a plugin of pytest: `pytest --lrlint` fails tests whose training does what a rule is about.

Without one of its options it does nothing but define them.  With one of them, torch is imported by whoever needs it
first.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lrlint.runtime.monitoring import Monitor

_HEADING = "lrlint findings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("lrlint", "learning-rate schedulers and optimizers")
    group.addoption("--lrlint", action="store_true", help="fail tests whose training has findings of `lrlint run`")
    group.addoption("--lrlint-warn", action="store_true", help="list these findings at the end, and fail no test")


def pytest_configure(config: pytest.Config) -> None:
    """Watch the tests if that is asked for."""
    if config.getoption("--lrlint") or config.getoption("--lrlint-warn"):
        config.pluginmanager.register(_Watch(is_strict=config.getoption("--lrlint")), "lrlint-watch")


class _Watch:
    """Watches each test, with its fixtures, by a monitor of its own."""

    def __init__(self, is_strict: bool) -> None:
        from lrlint.runtime.awaiting import when_imported

        self._is_strict = is_strict
        self._has_torch = False
        self._running: ExitStack | None = None
        self._monitor: Monitor | None = None
        self._found: list[str] = []
        when_imported("torch", self._begin)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, None]:
        """Watch a test."""
        self._monitor = None
        with ExitStack() as self._running:
            if self._has_torch:
                self._begin()
            yield
        self._running = None

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        """Tell what was found in a test that has passed."""
        outcome = yield
        report = outcome.get_result()
        if report.when != "call" or not report.passed or self._monitor is None:
            return
        self._monitor.finish()
        text = _text_of(self._monitor)
        if text and self._is_strict:
            report.outcome, report.longrepr = "failed", f"lrlint saw in this test:\n{text}"
        elif text:
            self._found.append(f"{item.nodeid}\n{text}")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """List what no test fails for."""
        if self._found:
            terminalreporter.section(_HEADING)
            terminalreporter.write("\n".join(self._found))

    def _begin(self) -> None:
        """Watch from now on; also called when torch has been imported, which may be within a test."""
        from lrlint.runtime.monitoring import Monitor

        self._has_torch = True
        if self._running is not None:
            self._monitor = Monitor()
            self._running.enter_context(self._monitor.recording())


def _text_of(monitor: Monitor) -> str:
    from lrlint.report import concise
    from lrlint.report.results import Results

    return concise.render(Results(monitor.findings, monitor.sources))
