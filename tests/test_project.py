"""Projects: which modules an import means, which are read at all, and that no project makes lrlint stumble."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import process_time

import pytest

from lrlint.files import discover
from lrlint.finding import Finding
from lrlint.imports.finder import Finder
from lrlint.imports.outline import Outline
from lrlint.program import build_program
from lrlint.program.project import Project
from lrlint.registry import load_rules, select_rules
from lrlint.run import Fixing, check_files

BUILD = """\
import torch
from torch.optim.lr_scheduler import StepLR

def build(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return optimizer, StepLR(optimizer, 2)
"""
ALIASED_BUILD = """\
from torch.optim import SGD as Momentum
from torch.optim.lr_scheduler import StepLR as Steps

def build(model):
    optimizer = Momentum(model.parameters(), lr=0.1)
    return optimizer, Steps(optimizer, 2)
"""
EPOCH = """\
def train_one_epoch(model, batches, optimizer):
    for batch in batches:
        model(batch).backward()
        optimizer.step()
"""
TRAIN = """\
from {build} import build
from {epoch} import train_one_epoch

def main(model, batches):
    optimizer, scheduler = build(model)
    for epoch in range(6):
        scheduler.step()
        train_one_epoch(model, batches, optimizer)
"""

FIT = """\
def fit(optimizer, scheduler):
    for epoch in range(6):
        scheduler.step()
        optimizer.step()
"""
CALL_FIT = """\
from solver import build
from fit import fit

def main(model):
    optimizer, scheduler = build(model)
    fit(optimizer, scheduler)
"""
TRAIN_WITH_APEX = """\
import torch
from apex import amp

def main(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    model, optimizer = amp.initialize(model, optimizer, opt_level="O1")
    for epoch in range(6):
        for batch in batches:
            scheduler.step()
            with amp.scale_loss(model(batch), optimizer) as loss:
                loss.backward()
            optimizer.step()
"""
TRAIN_WITH_APEX_BY_OPTION = """\
import torch
from apex import amp

def main(args, model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    if args.fp16:
        model, optimizer = amp.initialize(models=model, optimizers=optimizer, opt_level="O1")
    for step, batch in enumerate(batches):
        loss = model(batch)
        if args.fp16:
            with amp.scale_loss(loss, optimizer) as scaled_loss:
                scaled_loss.backward()
        else:
            loss.backward()
        if (step + 1) % args.accumulate == 0:
            torch.nn.utils.clip_grad_norm_(amp.master_params(optimizer), 1.0)
            scheduler.step()
            optimizer.step()
"""

EXAMPLE = """\
import torch
from torch.optim.lr_scheduler import StepLR
from layers import Net, optimizer_of

model = Net()
optimizer = optimizer_of(model)
scheduler = StepLR(optimizer, 2)

for epoch in range(6):
    model(torch.ones(8, 4)).mean().backward()
    optimizer.step()
"""
LAYERS = """\
import torch

class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(4, 1)

def optimizer_of(model):
    return torch.optim.SGD(model.parameters(), lr=0.1)
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *paths: str) -> dict[str, list[Finding]]:
    """The findings of a run over a folder, or over some paths in it, by path."""
    monkeypatch.chdir(folder)
    files = discover(paths or (".",)).files
    named = frozenset(map(os.path.normpath, paths))
    results = list(check_files(files, select_rules(load_rules()), named=named))
    assert [problem for result in results for problem in result.problems] == []
    return {result.path: list(result.findings) for result in results if result.findings}


@pytest.mark.parametrize(
    ("files", "build", "epoch"),
    [
        ({"solver.py": BUILD, "engine.py": EPOCH}, "solver", "engine"),
        (
            {"solver/__init__.py": "from .make import build\n", "solver/make.py": BUILD, "engine.py": EPOCH},
            "solver",
            "engine",
        ),
        ({"tools/solver.py": BUILD, "tools/engine.py": EPOCH, "tools/__init__.py": ""}, "tools.solver", "tools.engine"),
        (
            {"src/pkg/solver.py": BUILD, "src/pkg/engine.py": EPOCH, "src/pkg/__init__.py": ""},
            "pkg.solver",
            "pkg.engine",
        ),
        ({"pkg/solver.py": BUILD, "pkg/engine.py": EPOCH}, "pkg.solver", "pkg.engine"),
        ({"lib/solver.py": BUILD, "lib/engine.py": EPOCH}, "solver", "engine"),
        ({"solver.py": ALIASED_BUILD, "engine.py": EPOCH}, "solver", "engine"),
        (
            {
                "all.py": "from torch.optim.lr_scheduler import *\nfrom solver import *\nfrom engine import *\n",
                "solver.py": BUILD,
                "engine.py": EPOCH,
            },
            "all",
            "all",
        ),
    ],
    ids=["siblings", "re-export", "package", "src", "namespace package", "folder on sys.path", "alias", "star imports"],
)
def test_imports_are_followed(
    files: dict[str, str], build: str, epoch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {**files, "train.py": TRAIN.format(build=build, epoch=epoch)})
    findings = found_in(tmp_path, monkeypatch)
    assert list(findings) == ["train.py"]
    (finding,) = findings["train.py"]
    assert (finding.rule.code, finding.range.line) == ("LR101", 7)
    assert {related.path.rpartition("/")[2] for related in finding.related} == {
        name.rpartition("/")[2] for name, text in files.items() if text in (BUILD, ALIASED_BUILD, EPOCH)
    }


def test_a_run_over_one_file_follows_its_imports_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"solver.py": BUILD, "engine.py": EPOCH, "train.py": TRAIN.format(build="solver", epoch="engine")})
    assert list(found_in(tmp_path, monkeypatch, "train.py")) == ["train.py"]


def test_a_finding_in_a_file_that_was_not_asked_for_is_not_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"solver.py": BUILD, "fit.py": FIT, "train.py": CALL_FIT})
    assert found_in(tmp_path, monkeypatch, "train.py") == {}
    assert list(found_in(tmp_path, monkeypatch)) == ["fit.py"]


@pytest.mark.parametrize(
    ("other", "is_found"),
    [
        (EXAMPLE + "    scheduler.step()\n    optimizer.param_groups[0]['lr'] *= 0.9\n", True),
        ("from forgetful import optimizer, scheduler\nfrom layers import Net\nscheduler.step()\n", False),
        ("import forgetful\nfrom layers import Net\nforgetful.scheduler.step()\n", False),
    ],
    ids=["another script", "imports the name", "imports the module"],
)
def test_scripts_of_one_library_are_programs_of_their_own(
    other: str, is_found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"layers.py": LAYERS, "forgetful.py": EXAMPLE, "other.py": other})
    found = found_in(tmp_path, monkeypatch)
    assert [finding.rule.code for finding in found.get("forgetful.py", [])] == ["LR110"] * is_found


def test_a_fix_may_need_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"solver.py": BUILD, "engine.py": EPOCH, "train.py": TRAIN.format(build="solver", epoch="engine")})
    monkeypatch.chdir(tmp_path)
    files = discover((".",)).files
    results = list(check_files(files, select_rules(load_rules()), Fixing.UNSAFE, write=True))
    assert [len(result.applied) for result in results if result.path == "train.py"] == [1]
    text = (tmp_path / "train.py").read_text()
    assert text.index("train_one_epoch(model") < text.index("scheduler.step()")
    assert found_in(tmp_path, monkeypatch) == {}


def test_links_lead_to_one_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found behind a link is reported where the file lies, and once."""
    write(tmp_path, {"common/solver.py": BUILD, "common/fit.py": FIT})
    call = CALL_FIT.replace("from ", "from common.")
    write(tmp_path, {"vision/train.py": call, "speech/train.py": call})
    for project in ("vision", "speech"):
        (tmp_path / project / "common").symlink_to(tmp_path / "common", target_is_directory=True)
    findings = found_in(tmp_path, monkeypatch, "vision/train.py", "speech/train.py", "common/fit.py")
    assert {path: len(found) for path, found in findings.items()} == {"common/fit.py": 1}


TRAINER = """\
class Trainer:
    def __init__(self, model):
        self.model = model

    def train(self, batches, optimizer):
        for batch in batches:
            self.model(batch).backward()
            optimizer.step()
"""
USE_TRAINER = """\
import torch
from trainer import Trainer

def fit(model, batches, optimizer, scheduler):
    trainer = Trainer(model)
    for epoch in range(6):
        scheduler.step()
        trainer.train(batches, optimizer)

def main(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    fit(model, batches, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 2))
"""


def test_methods_of_an_object_are_followed_once_they_get_an_optimizer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that the object was made of had to do with optimizers, so its class was not read then."""
    write(tmp_path, {"trainer.py": TRAINER, "train.py": USE_TRAINER})
    (finding,) = found_in(tmp_path, monkeypatch)["train.py"]
    assert (finding.rule.code, finding.range.line) == ("LR101", 7)
    assert {related.path for related in finding.related} == {"train.py", "trainer.py"}


def test_what_apex_gives_back_is_what_it_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"train.py": TRAIN_WITH_APEX})
    (finding,) = found_in(tmp_path, monkeypatch)["train.py"]
    assert (finding.rule.code, finding.range.line) == ("LR101", 10)


def test_apex_takes_keywords_and_steps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"train.py": TRAIN_WITH_APEX_BY_OPTION})
    (finding,) = found_in(tmp_path, monkeypatch)["train.py"]
    assert (finding.rule.code, finding.range.line) == ("LR101", 18)


def test_modules_that_no_call_reaches_are_not_parsed(tmp_path: Path) -> None:
    others = {f"other{i}.py": "import torch\n\ndef work(x):\n    return x.step\n" for i in range(30)}
    imports = "".join(f"from other{i} import work as work{i}\n" for i in range(30))
    write(tmp_path, {**others, "solver.py": BUILD, "engine.py": EPOCH})
    write(tmp_path, {"train.py": imports + TRAIN.format(build="solver", epoch="engine") + "    work3(model)\n"})
    read: list[str] = []

    class Watched(Project):
        def reading(self, path: str):  # type: ignore[no-untyped-def]
            read.append(Path(path).name)
            return super().reading(path)

    project = Watched(read=lambda path: Path(path).read_bytes() if Path(path).is_file() else None, finder=Finder())
    build_program(project, [str(tmp_path / "train.py")])
    assert set(read) == {"train.py", "solver.py", "engine.py"}


@pytest.mark.parametrize(
    "files",
    [
        {"a.py": "from b import *\n" + BUILD, "b.py": "from a import *\nx = build\n"},
        {
            "a.py": "import b\n" + BUILD + "b.run(build)\n",
            "b.py": "import a\n\ndef run(f):\n    return a.build(f) or run(f)\n",
        },
        {"a.py": "from a import build\nbuild(1)\nimport torch\ntorch.optim.SGD\n"},
        {
            "p/__init__.py": "from .q import build\n",
            "p/q.py": "from . import build\n" + BUILD,
            "a.py": "from p import build\nbuild(1)\n",
        },
        {
            "a.py": BUILD + "class A(B):\n    pass\nfrom b import B\nA(1).step()\n",
            "b.py": "from a import A\nclass B(A):\n    def step(self): self.step()\n",
        },
    ],
    ids=["stars", "calls", "itself", "package", "bases"],
)
def test_circles_of_imports_end(files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, files)
    found_in(tmp_path, monkeypatch)


def test_an_outline_has_what_the_text_imports_and_binds() -> None:
    outline = Outline(
        b"import os, sys as system\n"
        b"from .solver import (\n    build,  # SGD\n    StepLR as Steps,\n)\n"
        b"from a.b \\\n    import c\n"
        b"def make(model):\n    # not SGD\n    return SGD(model)\n\n"
        b"optimizer = make(1)\n"
        b"if x:\n    make(2)\n"
        b"class Net:\n    '''Trained with SGD.'''\n"
    )
    imports = {(one.module, one.names) for one in outline.imports}
    from_solver = frozenset([("build", "build"), ("StepLR", "Steps")])
    assert imports >= {("os", frozenset()), ("sys", frozenset()), (".solver", from_solver)}
    assert outline.mentioning(["SGD"]) == {"make"}
    assert outline.mentioning(["make"]) == {"make", "optimizer"}


def programs() -> Iterator[Path]:
    """Files of all kinds: the standard library's own tests, and large installed packages."""
    library = Path(sysconfig.get_paths()["stdlib"])
    site = Path(sysconfig.get_paths()["purelib"])
    yield from sorted((library / "test").glob("test_[a-e]*.py"))[:60]
    yield from sorted((library / "asyncio").glob("*.py"))
    yield from sorted((site / "torch" / "optim").glob("*.py"))
    yield from sorted((site / "libcst").glob("*.py"))


def test_the_model_never_raises() -> None:
    """Every file is walked as if it built optimizers: each gets the words that let the walk begin."""
    paths = [path for path in programs() if path.stat().st_size < 60_000]
    assert len(paths) > 60
    header = b"import torch\nfrom torch import optim\nStepLR = optim.lr_scheduler.StepLR(optim.SGD([], 1), 1)\n"

    def read(path: str) -> bytes | None:
        try:
            return header + Path(path).read_bytes()
        except OSError:
            return None

    project = Project(read=read, finder=Finder())
    for path in paths:
        build_program(project, [str(path)])
        project.forget()


def test_the_cost_grows_with_the_size() -> None:
    """Four times the code takes about four times as long, from 5,000 to 20,000 lines."""
    text = "\n".join(
        f"def work{i}(optimizer, x):\n    for y in x:\n        optimizer.step()\n    return x\n" for i in range(1000)
    )
    head = "import torch\n\n" + BUILD

    def seconds(times: int) -> float:
        source = head + "".join(text.replace("work", f"part{part}_") for part in range(times))
        start = process_time()
        build_program(Project(read=lambda path: source.encode()), ["/x.py"])
        return process_time() - start

    seconds(1)
    assert seconds(4) < 8 * max(seconds(1), 0.05)


def test_the_recursion_limit_is_left_as_it_was() -> None:
    before = sys.getrecursionlimit()
    build_program(Project(read=lambda path: BUILD.encode()), ["/x.py"])
    assert sys.getrecursionlimit() == before
