"""The action for GitHub: its form, and what its steps do when a shell runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cases import ROOT
from tests.checkout import copy_checkout

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")

MISTAKE = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    optimizer.step()
"""

_EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")

in_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


def step(name: str) -> dict[str, Any]:
    return next(one for one in STEPS if one["name"] == name)


# Its form


def test_it_is_a_composite_action() -> None:
    assert ACTION.keys() == {"name", "description", "inputs", "outputs", "runs"}
    assert ACTION["runs"].keys() == {"using", "steps"}
    assert ACTION["runs"]["using"] == "composite"
    for name, one in ACTION["inputs"].items():
        assert one.keys() == {"description", "default"}, name
        assert isinstance(one["default"], str), f"{name}: inputs are texts"
    for one in STEPS:
        assert ("uses" in one) is not ("run" in one)
        assert "run" not in one or one["shell"] == "bash"
        assert one.keys() <= {"name", "id", "if", "uses", "with", "run", "shell", "env"}


def test_other_actions_are_pinned() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == len([one for one in STEPS if "uses" in one])
    assert all(re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used), used


def test_nothing_is_put_into_the_text_of_a_script() -> None:
    assert [one["name"] for one in STEPS if "${{" in one.get("run", "")] == []


def test_every_expression_names_something() -> None:
    known = {f"inputs.{name}" for name in ACTION["inputs"]} | {"github.action_path"}
    for one in STEPS:
        if "id" in one:
            written = re.findall(r"echo \"([\w-]+)=", one.get("run", ""))
            known |= {f"steps.{one['id']}.outputs.{name}" for name in written}
    named = set(_EXPRESSION.findall(yaml.safe_dump(ACTION)))
    named |= {word for one in STEPS for word in re.findall(r"(?:inputs|steps)\.[\w.-]+", str(one.get("if", "")))}
    assert named - known <= {"steps.check.outcome"}


def test_the_page_has_its_inputs_and_outputs() -> None:
    table = PAGE.partition("| input |")[2].partition("\n\n")[0]
    defaults = dict(re.findall(r"^\| `([\w-]+)` \| .* \| (.*) \|$", table, re.MULTILINE))
    assert defaults == {
        name: f"`{one['default']}`" if one["default"] else "none" for name, one in ACTION["inputs"].items()
    }
    assert all(f"`{name}`" in PAGE for name in ACTION["outputs"])


def test_the_examples_of_the_page_are_yaml() -> None:
    examples = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    (given,) = (one["with"] for one in examples[0]["jobs"]["lrlint"]["steps"] if "lrlint" in one["uses"])
    assert given.keys() <= ACTION["inputs"].keys()
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repo,) = examples[2]["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == {hook["id"] for hook in hooks}
    assert examples[1]["lrlint"]["artifacts"]["reports"].keys() == {"codequality", "junit"}


# What its steps do


@dataclass(frozen=True)
class Runner:
    """Runs steps as GitHub does, in a folder with a checkout of a repository."""

    folder: Path
    inputs: Mapping[str, str]
    action: Path = ROOT

    def run(self, name: str, **outputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        """What a step did, and its outputs; `outputs` are those of earlier steps."""
        one = step(name)
        values = {f"inputs.{key}": {**self._defaults(), **self.inputs}[key] for key in ACTION["inputs"]}
        values |= {"github.action_path": str(self.action), **{f"steps.{key}": value for key, value in outputs.items()}}
        given = {key: _EXPRESSION.sub(lambda match: values[match[1]], text) for key, text in one["env"].items()}
        output = self.folder / "output.txt"
        output.write_text("")
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PIP_", "GITHUB_"))},
            "PATH": os.pathsep.join([str(self.programs), os.environ["PATH"]]),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_WORKSPACE": str(self.workspace),
            **given,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", one["run"]]
        done = subprocess.run(command, cwd=self.workspace, env=environment, capture_output=True, text=True, check=False)
        return done, dict(line.split("=", 1) for line in output.read_text().splitlines())

    @property
    def programs(self) -> Path:
        return self.folder / "programs"

    @property
    def workspace(self) -> Path:
        return self.folder / "repository"

    def check(self) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
        return self.run("Check", **{"install.outputs.programs": str(self.programs)})

    @staticmethod
    def _defaults() -> dict[str, str]:
        return {name: one["default"] for name, one in ACTION["inputs"].items()}


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Path]:
    """A folder with a checkout of a repository, and the programs that are installed."""
    programs, checkout = tmp_path / "programs", tmp_path / "repository"
    programs.mkdir()
    checkout.mkdir()
    lrlint = programs / "lrlint"
    lrlint.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec '{sys.executable}' -m lrlint \"$@\"\n")
    lrlint.chmod(0o755)
    (checkout / "train.py").write_text(MISTAKE)
    (checkout / "clean.py").write_text("import torch\n")
    yield tmp_path
    assert sorted(path.name for path in checkout.rglob("*")) == ["clean.py", "train.py"], "something ran, or was left"


def runner(repository: Path, **inputs: str) -> Runner:
    return Runner(repository, inputs)


@in_bash
def test_findings_are_annotated_and_kept_for_the_upload(repository: Path) -> None:
    done, outputs = runner(repository).check()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("::error title=LR101 ")
    assert ",file=train.py," in done.stdout
    assert outputs["exit-code"] == "1"
    sarif = json.loads(Path(outputs["sarif-file"]).read_text())
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["LR101"]
    judged, _ = runner(repository).run("Judge", **{"check.outputs.exit-code": "1"})
    assert judged.returncode == 1


@in_bash
@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"paths": "clean.py"}, "0"),
        ({"paths": "\nclean.py\n\ntrain.py\n"}, "1"),
        ({"paths": "clean.py train.py"}, "2"),
        ({"args": "--ignore LR101"}, "0"),
        ({"args": "--select\n  LR2\n"}, "0"),
        ({"args": "--no-such-option"}, "2"),
        ({"config": "ignore=['LR101']"}, "0"),
        ({"config": "no such file.toml"}, "2"),
    ],
)
def test_inputs_reach_the_command(repository: Path, inputs: Mapping[str, str], code: str) -> None:
    done, outputs = runner(repository, **inputs).check()
    assert (done.returncode, outputs["exit-code"]) == (0, code), done.stderr
    judged, _ = runner(repository).run("Judge", **{"check.outputs.exit-code": code})
    assert judged.returncode == int(code)


@in_bash
def test_without_annotations_the_log_has_the_findings(repository: Path) -> None:
    done, _ = runner(repository, annotations="false").check()
    assert "--> train.py:6:5" in done.stdout
    assert "::error" not in done.stdout


@in_bash
def test_without_a_report_there_is_nothing_to_upload(repository: Path) -> None:
    _, outputs = runner(repository, args="--no-such-option").check()
    assert "sarif-file" not in outputs
    assert "steps.check.outputs.sarif-file != ''" in step("Upload the findings")["if"]


INJECTIONS = ["$(touch pwned)", "`touch pwned`", "; touch pwned", '"; touch pwned; "', "*", "-x\n$(touch pwned)"]


@in_bash
@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("name", ["paths", "args", "config", "annotations"])
def test_inputs_run_nothing(repository: Path, name: str, text: str) -> None:
    done, outputs = runner(repository, **{name: text}).check()
    assert done.returncode == 0, done.stderr
    assert outputs["exit-code"] == ("1" if name == "annotations" else "2")


@in_bash
def test_a_run_that_left_no_exit_code_is_no_success(repository: Path) -> None:
    judged, _ = runner(repository).run("Judge", **{"check.outputs.exit-code": ""})
    assert judged.returncode != 0


PYTHON = """\
#!/bin/sh
# Notes how it was called; makes the folders of an environment whose Python is this very file.
printf '%s\\n' "$@" >> '{notes}'
if [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi
"""


@in_bash
@pytest.mark.parametrize("version", ["", "0.1.0", "$(touch pwned)", "1 --index-url=http://example.org"])
def test_what_is_installed(repository: Path, version: str) -> None:
    notes, python = repository / "notes.txt", repository / "programs" / "python3"
    python.write_text(PYTHON.format(notes=notes))
    python.chmod(0o755)
    done, outputs = runner(repository, version=version).run("Install lrlint")
    assert done.returncode == 0, done.stderr
    *options, separator, wanted = notes.read_text().splitlines()
    assert (separator, wanted) == ("--", f"lrlint=={version}" if version else str(ROOT))
    assert options[:2] == ["-m", "venv"]
    assert options[3:] == ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    assert outputs == {"programs": f"{options[2]}/bin"}


@in_bash
@pytest.mark.slow
def test_the_action_installs_itself(repository: Path, package_index: None) -> None:
    checkout = copy_checkout(repository / "action")  # installing leaves files in it
    done, outputs = Runner(repository, {}, checkout).run("Install lrlint")
    assert done.returncode == 0, done.stderr
    shown = subprocess.run([Path(outputs["programs"]) / "lrlint", "--version"], capture_output=True, check=True)
    assert shown.stdout.startswith(b"lrlint ")
