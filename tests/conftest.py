"""What the tests share."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lrlint.runtime.evidence import Observer, installed_torch


def pytest_collection_finish() -> None:
    """The thousands of tests stay, so no garbage collection need look through them again and again."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first: what is broken shows sooner."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture(scope="session")
def observer() -> Iterator[Observer]:
    """Runs programs on the installed torch, which is imported once for all tests."""
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    with Observer() as running:
        yield running


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips the test where pip can fetch no package."""
    target = tmp_path_factory.mktemp("index")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=0", "--timeout=15", "--no-deps"]
    fetched = subprocess.run([*command, "--dest", target, "click"], capture_output=True, text=True, check=False)
    if fetched.returncode:
        pytest.skip(f"pip can fetch no package here: {fetched.stderr.strip().splitlines()[-1:]}")
