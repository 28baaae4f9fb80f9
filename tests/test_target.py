"""The releases of torch that code is meant for: as the command line says, or as its project's metadata do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from lrlint.torch_api.target import (
    Target,
    UnknownReleaseError,
    exact_target,
    newest_target,
    specified_target,
)
from lrlint.torch_api.versions import version

# `step(epoch)` is deprecated since torch 1.4.
EPOCH = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    optimizer.step()
    scheduler.step(epoch + 1)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("package/train.py", EPOCH)
    return tmp_path


def write(name: str, text: str | bytes) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def check(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", "--output-format=concise", *(arguments or ["."])], input=stdin)


def is_found(*arguments: str) -> bool:
    result = check(*arguments)
    assert result.exit_code in (0, 1), result.output
    return "LR102" in result.output


# The option


def test_without_anything_the_newest_torch_is_meant(folder: Path) -> None:
    assert is_found()


@pytest.mark.parametrize(
    ("given", "found"),
    [("1.1", False), ("1.3", False), ("1.3.1", False), ("1.4", True), ("1.10", True), ("2.13", True)],
)
def test_the_option_names_a_release(folder: Path, given: str, found: bool) -> None:
    assert is_found("--torch-version", given) is found


def test_the_option_wins(folder: Path) -> None:
    write("requirements.txt", "torch==1.3\n")
    assert not is_found()
    assert is_found("--torch-version=1.4")
    write("requirements.txt", "torch==1.4\n")
    assert is_found()
    assert not is_found("--torch-version=1.3")


def test_an_isolated_run_does_not_ask_the_project(folder: Path) -> None:
    write("requirements.txt", "torch==1.3\n")
    assert is_found(".", "--isolated")
    assert not is_found(".", "--isolated", "--torch-version=1.3")


def test_standard_input_has_a_target_too(folder: Path) -> None:
    assert "LR102" in check("-", stdin=EPOCH).output
    assert "LR102" not in check("-", "--torch-version=1.3", stdin=EPOCH).output
    write("requirements.txt", "torch==1.3\n")
    assert "LR102" not in check("-", "--stdin-filename=package/other.py", stdin=EPOCH).output


@pytest.mark.parametrize("given", ["3.0", "2", "2.x", "1.0", "latest", ""])
def test_other_versions_are_refused_in_words(folder: Path, given: str) -> None:
    result = check("--torch-version", given)
    assert result.exit_code == 2
    assert f"{given} is not a torch version; known are 1.1 to {newest_target().newest}" in result.output


# The metadata


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "numpy\ntorch==1.3.1\ntorchvision==0.4.2\n"),
        ("requirements-gpu.txt", "torch == 1.3.0+cu92 -f https://example.org  # the old one\n"),
        ("requirements.txt", "torch==1.3.0\r\n".encode("utf-16")),
        ("pyproject.toml", "[project]\ndependencies = ['torch>=1.1,<1.4', 'numpy']\n"),
        ("pyproject.toml", "[project.optional-dependencies]\ntrain = ['torch~=1.3.0']\n"),
        ("pyproject.toml", "[dependency-groups]\ntrain = ['torch==1.3.*', {include-group = 'test'}]\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.7'\ntorch = '~1.3'\n"),
        ("pyproject.toml", "[tool.poetry.group.train.dependencies]\ntorch = {version = '1.2.0', optional = true}\n"),
        ("pyproject.toml", "[tool.poetry.dev-dependencies]\ntorch = [{version = '1.2.0'}, {version = '1.3.0'}]\n"),
        ("environment.yml", "channels:\n  - pytorch\ndependencies:\n  - python=3.7\n  - pytorch=1.3\n"),
        ("environment.yaml", "dependencies:\n- pytorch=1.0.1=py3.7_cuda10.0.130_cudnn7.4.2_2\n- torchvision=0.9\n"),
        ("environment_gpu.yml", "dependencies:\r\n  - pytorch==1.3.1  # the old one\r\n"),
        ("env.yml", "dependencies:\n  - pytorch >=1.1,<1.4\n  - torchvision\n"),
        ("environment.yml", "dependencies:\n  - 'pytorch>=1.1, <=1.3'\n"),
        ("environment.yml", 'dependencies:\n  - "pytorch=1.3.*"\n'),
        ("environment.yml", "dependencies:\n  - pytorch 1.3.0 py3.7_cuda10.1.243_cudnn7.6.3_0\n"),
        ("environment.yml", "dependencies:\n  - pytorch::pytorch=1.3\n  - conda-forge/linux-64::numpy\n"),
        ("environment.yml", "dependencies:\n  - conda-forge::pytorch-gpu=1.3\n"),
        ("environment.yml", "dependencies:\n  - pip:\n    - numpy\n    - torch==1.3.0+cu92 -f https://example.org\n"),
        ("environment.yml", "channels:\n- pytorch\ndependencies:\n- pytorch\n- pip:\n  - torch<1.4\n"),
        ("environment.yml", "dependencies:\n- pytorch=0.3.1=py35_cuda8.0.61\n- pip:\n  - torch==0.3.1.post2\n"),
        ("setup.cfg", "[options]\ninstall_requires =\n    numpy\n    torch<1.4\n"),
        ("setup.cfg", "[options.extras_require]\ntrain =\n    torch<=1.3\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['torch==1.3', 'numpy'])\n"),
        ("setup.py", "import setuptools\nNEEDS = ['torch (>=1.1,<1.3)']\nsetuptools.setup(install_requires=NEEDS)\n"),
        ("setup.py", "from setuptools import setup\nsetup(extras_require={'train': ['torch==1.3']})\n"),
    ],
)
def test_the_project_tells(folder: Path, name: str, text: str | bytes) -> None:
    write(name, text)
    assert not is_found()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "torch\n"),
        ("requirements.txt", "torch>=1.1\n"),  # the newest is among these
        ("requirements.txt", "torch==1.3\ntorch==1.7; python_version >= '3.8'\n"),
        ("requirements.txt", "torch-geometric==1.3\ntorchvision==1.3\ntorch.like==1.3\n# torch==1.3\n"),
        ("requirements.txt", "torch @ https://example.org/torch-1.3.whl\n"),
        ("requirements.txt", b"\xff\xfe\x00"),
        ("requirements.md", "torch==1.3\n"),
        ("environment.yml", "channels:\n  - pytorch\ndependencies:\n  - pytorch\n"),
        ("environment.yml", "dependencies:\n  - pytorch>=1.2\n"),  # the newest is among these
        ("environment.yml", "dependencies:\n  - pytorch=1\n"),  # 1.13 is, too
        ("environment.yml", "dependencies:\n  - pytorch=1.10=py3.7_cuda10.2\n"),
        ("environment.yml", "dependencies:\n  - pytorch=1.10.*\n"),
        ("environment.yml", "dependencies:\n  - pytorch=1.3|1.13\n"),
        (
            "environment.yml",
            "dependencies:\n  # - pytorch=1.3\n  - pytorch-lightning=1.3\n  - pytorch-mutex=1.0=cuda\n",
        ),
        (
            "environment.yml",
            "dependencies:\n  - torchvision=0.3\n  - pytorch3d=0.3\n  - pip:\n    - torch-geometric==1.3\n",
        ),
        ("environment.yml", "name: pytorch=1.3\nprefix: /home/me/pytorch=1.3\n"),
        ("compose.yml", "dependencies:\n  - pytorch=1.3\n"),
        ("pyproject.toml", "[project\ndependencies = ['torch==1.3']\n"),
        ("pyproject.toml", "project = 1\n[tool]\npoetry = []\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\ntorch = {git = 'https://example.org', tag = '1.3'}\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\ntorch = '1.3 || 2.0'\n"),
        ("setup.cfg", "install_requires = torch==1.3\n"),
        ("setup.cfg", "[metadata]\ndescription = 100%\n"),
        ("setup.py", "print 'torch==1.3'\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=open('needs.txt').read().split())\n"),
    ],
)
def test_what_does_not_tell_means_the_newest_torch(folder: Path, name: str, text: str | bytes) -> None:
    write(name, text)
    assert is_found()


def test_the_nearest_folder_that_tells_counts(folder: Path) -> None:
    write("requirements.txt", "torch==1.3\n")
    write("package/requirements.txt", "numpy\n")
    assert not is_found()
    write("package/setup.py", "from setuptools import setup\nsetup(install_requires=['torch>=1.5'])\n")
    assert is_found()


def test_pyproject_comes_before_requirements(folder: Path) -> None:
    write("requirements.txt", "torch==1.3\n")
    write("pyproject.toml", "[project]\ndependencies = ['torch>=1.1']\n")
    assert is_found()


def test_requirements_come_before_an_environment_of_conda_and_that_before_setup(folder: Path) -> None:
    write("environment.yml", "dependencies:\n  - pytorch=1.3\n")
    write("setup.py", "from setuptools import setup\nsetup(install_requires=['torch>=1.1'])\n")
    assert not is_found()
    write("requirements.txt", "numpy\n")
    assert not is_found()
    write("requirements.txt", "torch==1.7\n")
    assert is_found()


def test_what_lies_outside_of_the_project_does_not_count(folder: Path) -> None:
    write("requirements.txt", "torch==1.3\n")
    (folder / "package" / ".git").mkdir()
    assert is_found()


def test_each_file_has_the_target_of_its_own_project(folder: Path) -> None:
    write("old/train.py", EPOCH)
    write("old/requirements.txt", "torch==1.3\n")
    result = check()
    assert "package/train.py" in result.output
    assert "old/train.py" not in result.output


def test_no_metadata_are_read_where_nothing_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("package/train.py", EPOCH.replace("epoch + 1", ""))
    write("requirements.txt", "torch==1.3\n")
    monkeypatch.setattr("lrlint.metadata.Metadata._stated_in", None)
    assert not is_found()


# Targets


@pytest.mark.parametrize(
    ("specifiers", "oldest", "newest"),
    [
        (["==1.7.1"], "1.7", "1.7"),
        (["===1.7.1"], "1.7", "1.7"),
        (["1.7"], "1.7", "1.7"),
        ([">=1.7"], "1.7", "2.13"),
        (["> 1.7.0"], "1.7", "2.13"),
        ([">=1.7,<2.0"], "1.7", "1.13"),
        ([">=1.7,!=1.9.0,<=2.1"], "1.7", "2.1"),
        (["<2.1.1"], "2.1", "2.1"),
        (["<2.1"], "2.0", "2.0"),
        (["==1.*"], "1.0", "1.13"),
        (["~=1.7"], "1.7", "1.13"),
        (["~=1.7.1"], "1.7", "1.7"),
        (["^1.7"], "1.7", "1.13"),
        (["^0.4"], "0.4", "0.4"),
        (["~1"], "1.0", "1.13"),
        (["~1.7"], "1.7", "1.7"),
        (["==0.4.1"], "0.4", "0.4"),
        ([">=2.99"], "2.13", "2.13"),
        (["==1.7", ">=1.9,<2", ""], "1.7", "1.13"),
    ],
)
def test_specifiers(specifiers: list[str], oldest: str, newest: str) -> None:
    newest = str(newest_target().newest) if newest == "2.13" else newest
    oldest = str(newest_target().newest) if oldest == "2.13" else oldest
    assert specified_target(specifiers) == Target(version(oldest), version(newest))


@pytest.mark.parametrize("specifiers", [[], [""], ["*"], ["latest"], ["!=1.8"], [">=2.0,<1.0"]])
def test_specifiers_that_bound_nothing(specifiers: list[str]) -> None:
    assert specified_target(specifiers) is None


@pytest.mark.parametrize(
    ("since", "until", "meets"),
    [
        (None, None, True),
        ("1.7", None, True),
        ("2.0", None, True),
        ("2.1", None, False),
        (None, "1.7", False),
        (None, "1.8", True),
        ("1.9", "1.10", True),
        ("2.1", "2.7", False),
    ],
)
def test_a_target_meets_what_any_of_its_releases_does(since: str | None, until: str | None, meets: bool) -> None:
    assert Target(version("1.7"), version("2.0")).meets(since, until) is meets


def test_versions_are_no_decimal_numbers() -> None:
    assert version("1.9") < version("1.10") < version("2.0")
    assert str(version("2.1.0+cu118")) == "2.1"
    assert exact_target("1.10.2") == exact_target("1.10")
    with pytest.raises(UnknownReleaseError, match=r"1\.99 is not a torch version"):
        exact_target("1.99")


# What rules make of it

TRAINING = """\
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = {scheduler}
for epoch in range(4):
    {first}
    {then}
    {last}
"""


SAFE = "[*] `"
UNSAFE = "1 hidden fix"


def checked(scheduler: str, *statements: str, specifier: str) -> str:
    """What is found with the torch of a specifier, one finding a line."""
    padded = [*statements, "pass", "pass"]
    program = TRAINING.format(scheduler=scheduler, first=padded[0], then=padded[1], last=padded[2])
    write("rules/train.py", program)
    write("rules/requirements.txt", f"torch{specifier}")
    return check("rules", "--select=LR101,LR102,LR106,LR401").stdout


@pytest.mark.parametrize(("specifier", "found"), [("==1.0.1", False), ("==1.1", True), (">=0.4.1", True)])
def test_the_order_matters_since_1_1(folder: Path, specifier: str, found: bool) -> None:
    output = checked("StepLR(optimizer, 2)", "scheduler.step()", "optimizer.step()", specifier=specifier)
    assert ("LR101" in output) is found


@pytest.mark.parametrize(
    ("scheduler", "specifier", "answer"),
    [
        ("StepLR(optimizer, 2)", "==1.3", None),  # which computed the LR from the epoch alone
        ("StepLR(optimizer, 2)", "==1.4", SAFE),
        ("StepLR(optimizer, 2)", ">=1.2", UNSAFE),  # 1.3 has no get_last_lr
        ("ReduceLROnPlateau(optimizer)", ">=2.3", "NotImplementedError, ReduceLROnPlateau has none"),
        ("ReduceLROnPlateau(optimizer)", ">=2.3", SAFE),
        ("ReduceLROnPlateau(optimizer)", ">=2.2", UNSAFE),
        ("ReduceLROnPlateau(optimizer)", "==2.1", "AttributeError, ReduceLROnPlateau has none"),
    ],
)
def test_get_last_lr_is_offered_where_it_is(folder: Path, scheduler: str, specifier: str, answer: str | None) -> None:
    step = "scheduler.step()" if "StepLR" in scheduler else "scheduler.step(0.5)"
    output = checked(scheduler, "optimizer.step()", step, "print(scheduler.get_lr())", specifier=specifier)
    assert (answer in output) if answer else ("LR106" not in output)


WRAPPER = """\
import torch
from torch.optim.lr_scheduler import *
from torch.optim.lr_scheduler import _LRScheduler

class Warmup(_LRScheduler):
    def __init__(self, optimizer, after):
        self.after = after
        super().__init__(optimizer)

    def get_lr(self):
        return self.after.get_lr() if self.last_epoch > 3 else [0.1 * self.last_epoch]

    def step(self):
        self.after.step() if self.last_epoch > 3 else super().step()

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
"""
AT_ONCE = ("correctness", "applies its formula once more")
LATER = ("deprecation", "applies its formula once more if it has stepped already")


@pytest.mark.parametrize(
    ("wrapped", "specifier", "answer"),
    [
        ("ExponentialLR(optimizer, 0.5)", "==2.7", LATER),
        ("ExponentialLR(optimizer, 0.5)", "==2.8", AT_ONCE),
        ("CosineAnnealingLR(optimizer, 6)", "<2.8", LATER),
        ("CosineAnnealingLR(optimizer, 6)", ">=2.1", AT_ONCE),
        (None, "==2.7", ("deprecation", "it may apply its formula once more if it has stepped already")),
        (None, "==2.8", ("correctness", "it may apply its formula once more")),
        ("StepLR(optimizer, 2)", "==2.7", ("deprecation", "torch warns")),
        ("StepLR(optimizer, 2)", "==2.8", ("deprecation", "torch warns")),
        ("ReduceLROnPlateau(optimizer)", "==2.1", ("error", "AttributeError, ReduceLROnPlateau has none")),
        ("ReduceLROnPlateau(optimizer)", "==2.2", ("error", "NotImplementedError, ReduceLROnPlateau has none")),
    ],
)
def test_a_wrapped_scheduler_answers_by_its_release(
    folder: Path, wrapped: str | None, specifier: str, answer: tuple[str, str]
) -> None:
    severity, end = answer
    write("rules/train.py", WRAPPER + (f"scheduler = Warmup(optimizer, {wrapped})\n" if wrapped else ""))
    write("rules/requirements.txt", f"torch{specifier}")
    check("rules", "--select=LR109", "--output-format=json:found.json")
    (finding,) = json.loads(Path("found.json").read_text(encoding="utf-8"))["findings"]
    assert finding["severity"] == severity
    assert finding["message"].endswith(end)


@pytest.mark.parametrize(
    ("verbose", "specifier", "answers"),
    [
        ("True", "==2.1", []),
        ("True", "==2.2", ["LR401", "torch 2.2 and later warn, and torch 2.7 raises TypeError", UNSAFE]),
        ("False", "<2.7", ["LR401 [*]", "torch 2.2 and later warn"]),
        ("True", ">=1.13", ["LR401", "TypeError since torch 2.7", UNSAFE]),
        ("True", ">=2.7", ["LR401 [*]", "TypeError since torch 2.7"]),
    ],
)
def test_verbose_warns_and_then_raises(folder: Path, verbose: str, specifier: str, answers: list[str]) -> None:
    output = checked(
        f"StepLR(optimizer, 2, verbose={verbose})", "optimizer.step()", "scheduler.step()", specifier=specifier
    )
    assert [answer for answer in answers if answer not in output] == []
    assert ("LR401" in output) == bool(answers)


PRIVATE = """\
from torch.optim.lr_scheduler import _LRScheduler

class HalfLR(_LRScheduler):
    def get_lr(self):
        return [0.5**self.last_epoch]
"""


@pytest.mark.parametrize(
    ("specifier", "answer"),
    [("==1.13", None), (">=1.7", "LR402 `_LRScheduler`"), (">=2.0", "LR402 [*]"), ("==2.5", "LR402 [*]")],
)
def test_the_public_base_class_is_offered_where_it_is(folder: Path, specifier: str, answer: str | None) -> None:
    write("rules/own.py", PRIVATE)
    write("rules/requirements.txt", f"torch{specifier}")
    output = check("rules", "--unsafe-fixes").stdout
    assert (answer in output) if answer else ("LR402" not in output)


# Imports of what newer releases lack


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from torch._six import inf", False),
        ("from torch._six import (container_abcs, string_classes)", False),
        ("from torch._six import *", False),
        ("from torch import _six", False),
        ("import torch._six", False),
        ("import torch, torch._six as six", False),
        ("import torch.legacy.nn as legacy", False),
        ("from torch.utils.ffi import create_extension", False),
        ("from torch import six", True),
        ("from torch._sixth import inf", True),
        ("from ._six import inf", True),
        ("from torch.utils import data", True),
        ("def later():\n    from torch._six import inf", True),
        ("try:\n    from torch._six import inf\nexcept ImportError:\n    from math import inf", True),
        ("import torch\nif torch.__version__ < '2':\n    from torch._six import inf", True),
    ],
)
def test_who_imports_what_is_gone_means_an_older_torch(folder: Path, line: str, found: bool) -> None:
    write("rules/own.py", f"{line}\n{PRIVATE}")
    assert ("LR402" in check("rules").output) is found


def test_an_import_bounds_the_rules_on_newer_releases(folder: Path) -> None:
    code = TRAINING.format(
        scheduler="StepLR(optimizer, 2, verbose=True)",
        first="optimizer.step()",
        then="scheduler.step()",
        last="print(scheduler.get_lr())",
    )
    write("rules/train.py", code)
    assert "LR401" in check("rules").output
    write("rules/train.py", f"from torch._six import inf\n{code}")
    output = check("rules").output
    assert "LR401" not in output
    assert "LR106 [*]" in output  # which torch 1.4 to 1.13 have, too


def test_an_import_bounds_what_the_metadata_and_the_option_say(folder: Path) -> None:
    write("package/train.py", f"from torch.utils.ffi import create_extension\n{EPOCH}")
    assert not is_found()
    assert not is_found("--torch-version=2.1")
    write("package/train.py", f"from torch._six import inf\n{EPOCH}")
    assert is_found()
    write("requirements.txt", "torch>=1.1,<1.4\n")
    assert not is_found()


@pytest.mark.parametrize(
    ("oldest", "newest", "release", "bounds"),
    [
        ("1.7", "2.3", "2.0", ("1.7", "1.13")),
        ("1.7", "1.9", "2.0", ("1.7", "1.9")),
        ("2.1", "2.3", "2.0", ("1.13", "1.13")),
        ("1.7", "2.3", "1.0", ("0.0", "0.0")),
    ],
)
def test_the_releases_before_another(oldest: str, newest: str, release: str, bounds: tuple[str, str]) -> None:
    expected = Target(*map(version, bounds))
    assert Target(version(oldest), version(newest)).before(version(release)) == expected


DISPATCH = """\
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

def after_epoch(scheduler, loss):
    if isinstance(scheduler, LRScheduler):
        scheduler.step()
    elif isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(loss)
"""


@pytest.mark.parametrize(
    ("package", "answer"),
    [
        ("pytorch=1", None),
        ("pytorch=1.13=cpu_py310h02c325b_0", None),
        ("pytorch>=1.7", "LR402 `_LRScheduler`"),
        ("pytorch>=1.7,<2.2", "LR402 `_LRScheduler`"),
        ("pytorch>=2.0", "LR402 [*]"),
        ("pytorch=2", "LR402 [*]"),
        ("pytorch=2.0.1=py3.10_cuda11.8_cudnn8.7.0_0", "LR402 [*]"),
    ],
)
def test_an_environment_of_conda_bounds_both_ends(folder: Path, package: str, answer: str | None) -> None:
    write("rules/own.py", PRIVATE)
    write("rules/environment.yml", f"dependencies:\n  - {package}\n")
    output = check("rules").output
    assert (answer in output) if answer else ("LR402" not in output)


@pytest.mark.parametrize(("release", "found"), [("2.1", False), ("2.2", True)])
def test_a_plateau_derives_from_the_base_class_since_2_2(folder: Path, release: str, found: bool) -> None:
    write("rules/own.py", DISPATCH)
    assert ("LR404" in check("rules", "--torch-version", release).stdout) is found


# Arguments that some releases take


def test_the_message_says_which_releases_refuse_an_argument(folder: Path) -> None:
    write("fused.py", "import torch\n\ntorch.optim.Adam(torch.nn.Linear(2, 1).parameters(), lr=0.1, fused=True)\n")
    assert "`Adam` takes no `fused`: TypeError before torch 1.13" in check("--torch-version=1.10", "fused.py").output
    assert "LR301" not in check("--torch-version=1.13", "fused.py").output
