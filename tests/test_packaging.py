"""What is built, and whether it works where nothing else is installed."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest

from lrlint import __version__
from tests.ahead import done_ahead, selected
from tests.cases import ROOT
from tests.checkout import copy_checkout, run

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

MISTAKE = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    optimizer.step()
"""


Installations = Mapping[tuple[str, str], "Future[Path | None]"]
"""The folders with the programs of each kind of distribution for each version of Python."""


@dataclass(frozen=True)
class Distributions:
    """A wheel and an sdist, and the copy of the checkout that they were built from."""

    checkout: Path
    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Distributions:
    directory = tmp_path_factory.mktemp("build")
    checkout = copy_checkout(directory / "checkout")
    files = directory / "files"  # a clean copy to compare with, as building adds to the other one
    shutil.copytree(checkout, files)
    isolation = ["--no-isolation"] if _has_setuptools() else []
    if not isolation:
        request.getfixturevalue("package_index")
    built = run(sys.executable, "-m", "build", *isolation, "--outdir", directory / "dist", checkout, cwd=directory)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (directory / "dist").glob("*.whl")
    (sdist,) = (directory / "dist").glob("*.tar.gz")
    return Distributions(files, wheel, sdist)


def _has_setuptools() -> bool:
    try:
        return int(metadata.version("setuptools").partition(".")[0]) >= 77
    except metadata.PackageNotFoundError:
        return False


def _files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


# What is built


@pytest.mark.slow
def test_the_wheel_holds_the_engine_and_the_rules_and_nothing_else(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        packaged = {name for name in wheel.namelist() if ".dist-info/" not in name}
        (top_level,) = (name for name in wheel.namelist() if name.endswith("/top_level.txt"))
        assert wheel.read(top_level) == b"lrlint\n"
    engine = {f"lrlint/{name}" for name in _files(distributions.checkout / "lrlint")}
    rules = {f"lrlint/rules/{name}" for name in _files(distributions.checkout / "rules")}
    assert packaged == engine | rules
    assert {"lrlint/py.typed", "lrlint/rules/__init__.py", "lrlint/rules/examples.json"} <= packaged


@pytest.mark.slow
def test_the_wheel_says_what_it_is(distributions: Distributions) -> None:
    with zipfile.ZipFile(distributions.wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        about = wheel.read(name).decode()
        entry_points = wheel.read(name.replace("METADATA", "entry_points.txt")).decode()
    assert f"\nVersion: {__version__}\n" in about
    required = {line for line in about.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line}
    assert required == {
        "Requires-Dist: libcst>=1.8.6",
        "Requires-Dist: click>=8.1",
        'Requires-Dist: tomli>=2.0; python_version < "3.11"',
    }
    assert "lrlint = lrlint.start:main" in entry_points
    assert "builtin = lrlint.rules" in entry_points


@pytest.mark.slow
def test_the_sdist_holds_the_whole_project(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as sdist:
        packaged = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    whole = _files(distributions.checkout)
    assert whole - packaged == set()
    assert {".pre-commit-hooks.yaml", "rules/__init__.py", "tests/test_packaging.py", "fixtures/README.md"} <= whole


# Whether it works


def _find_python(version: str) -> str | None:
    """A Python of this version that runs and can make environments."""
    versions = Path(os.environ.get("PYENV_ROOT", "")) / "versions"
    named = [shutil.which(f"python{version}")]
    candidates = [*named, *(str(path) for path in sorted(versions.glob(f"{version}.*/bin/python{version}")))]
    probe = "import venv, ensurepip"
    runnable = (path for path in candidates if path and run(path, "-c", probe, cwd=ROOT).returncode == 0)
    return next(runnable, None)


def _install(distribution: Path, version: str, directory: Path) -> Path | None:
    """Install a distribution for a version of Python; gives the folder of its programs, None without such a Python."""
    python = _find_python(version)
    if python is None:
        return None
    environment = directory / "environment"
    made = run(python, "-m", "venv", "--without-pip", environment, cwd=directory)
    assert made.returncode == 0, made.stderr
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", programs / "python"]
    installed = run(*pip, "install", "--quiet", distribution, cwd=directory, PIP_NO_COMPILE="1")
    assert installed.returncode == 0, installed.stderr
    return programs


@pytest.fixture(scope="module")
def installations(
    request: pytest.FixtureRequest, distributions: Distributions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installations]:
    """The programs of each distribution, installed where nothing else is, for each version of Python."""
    asked = [
        (str(one["kind"]), str(one["version"]))
        for one in selected(request, test_it_works_where_nothing_else_is_installed)
    ]
    folders = {key: tmp_path_factory.mktemp("installed") for key in asked}

    def install(key: tuple[str, str]) -> Path | None:
        kind, version = key
        return _install(distributions.wheel if kind == "wheel" else distributions.sdist, version, folders[key])

    with done_ahead(install, asked, at_once=2) as installed:
        yield installed


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
@pytest.mark.parametrize("version", PYTHONS)
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_it_works_where_nothing_else_is_installed(
    installations: Installations, tmp_path: Path, kind: str, version: str
) -> None:
    programs = installations[kind, version].result()
    if programs is None:
        pytest.skip(f"there is no Python {version} on this machine")
    work = tmp_path / "work"
    work.mkdir()
    shown = run(programs / "lrlint", "--version", cwd=work)
    assert (shown.returncode, shown.stdout) == (0, f"lrlint {__version__}\n"), shown.stderr
    clean = run(programs / "lrlint", "check", cwd=work)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    (work / "bad.py").write_text(MISTAKE)
    checked = run(programs / "lrlint", "check", "bad.py", cwd=work)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "LR101" in checked.stdout
    assert "No module named 'rules'" in run(programs / "python", "-c", "import rules", cwd=work).stderr
    assert "No module named 'torch'" in run(programs / "python", "-c", "import torch", cwd=work).stderr


def test_a_checkout_works_without_installing() -> None:
    shown = run(sys.executable, "-m", "lrlint", "--version", cwd=ROOT)
    assert (shown.returncode, shown.stdout) == (0, f"lrlint {__version__}\n"), shown.stderr
    listed = run(sys.executable, "-c", "import lrlint.rules; print(lrlint.rules.__path__[0])", cwd=ROOT)
    assert Path(listed.stdout.strip()) == ROOT / "rules", listed.stderr


def test_rules_have_one_name_only() -> None:
    imported = run(sys.executable, "-c", "import rules", cwd=ROOT)
    assert "ImportError: import the built-in rules as lrlint.rules" in imported.stderr


def test_the_readme_starts_with_the_two_lines_that_matter() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    install = "python3 -m pip install . && lrlint check path/to/training/code"
    test = "python3 -m pip install -e '.[dev]' && python3 -m pytest"
    assert lines.index(install) < lines.index(test) < 20
    assert test in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
