"""Reproductions: a program in, a script out, and what torch does with it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from lrlint.checker import Checker
from lrlint.finding import Finding
from lrlint.imports.finder import canonical
from lrlint.registry import load_rules, select_rules
from lrlint.reproduction import NotReproducibleError, Reproduction, Settings, reproduce, reproduce_schedule
from lrlint.runtime.evidence import observe

HEAD = "import torch\nfrom torch import nn\n"


def checked(path: Path, text: str, code: str = "LR101") -> tuple[Checker, list[Finding]]:
    """The checker of a file with this text, and what one rule finds in it."""
    path.write_text(text, encoding="utf-8")
    absolute = canonical(str(path))
    checker = Checker({absolute: "train.py"}, select_rules(load_rules(), select=[code]), named=True)
    return checker, list(checker.findings(absolute))


def made_of(tmp_path: Path, text: str, code: str = "LR101", settings: Settings | None = None) -> Reproduction:
    """The reproduction of the first finding in a text, whose indentation does not count."""
    path = tmp_path / "train.py"
    checker, findings = checked(path, HEAD + dedent(text), code)
    return reproduce(checker.program(canonical(str(path))), findings[0], settings or Settings())


def slice_of(made: Reproduction) -> str:
    """The lines of a script that come from the program, without what stands for the model before them."""
    return "".join(f"{line.text}\n" for line in made.lines if line.path is not None)


def test_a_script_keeps_loops_constructors_and_steps_and_nothing_else(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        from data import load

        loader = load("train")
        model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)

        for epoch in range(90):
            scheduler.step()
            running = 0.0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(model(inputs), targets)
                loss.backward()
                optimizer.step()
                running += loss.item()
            print(epoch, running)
        """,
    )
    assert slice_of(made) == dedent(
        """\
        model = dummy_model()  # dummy_model() stands for nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 1))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30)
        for _ in range(90):
            scheduler.step()
            for _ in range(2):  # range(2) stands for loader
                optimizer.zero_grad()
                dummy_loss().backward()
                optimizer.step()
        """
    )


def test_defaults_of_options_are_constants_and_are_named(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        import argparse

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.05)
        parser.add_argument("--epochs", type=int, default=3)
        args = parser.parse_args()
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, args.gamma)
        for epoch in range(args.epochs):
            scheduler.step()
            optimizer.step()
        """,
    )
    told = {(one.text, one.original) for one in made.stand_ins}
    assert {("0.05", "args.lr"), ("3", "args.epochs"), ("0.5", "args.gamma")} <= told
    assert "argparse" not in made.text


def test_parameters_that_the_slice_does_not_need_are_dropped_with_their_arguments(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        def train(model, loader, optimizer, criterion, epoch):
            for inputs, targets in loader:
                criterion(model(inputs), targets).backward()
                optimizer.step()

        def main(loader):
            model = nn.Linear(4, 1)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(4):
                scheduler.step()
                train(model, loader, optimizer, nn.MSELoss(), epoch=epoch)

        main(open("data"))
        """,
    )
    assert "def train(optimizer):" in made.text
    assert "        train(optimizer)" in made.text
    assert "main()" in made.text


def test_nothing_of_the_users_code_is_run_but_what_builds_and_steps(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        import os, shutil, subprocess
        from project import helper

        shutil.rmtree("/data")
        os.system("echo")
        lr = float(subprocess.check_output(["lr"]))
        model = helper.build()
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.9 ** epoch * helper.factor())
        for epoch in range(4):
            scheduler.step()
            open("log.txt", "w").write(str(epoch))
            optimizer.step()
        """,
    )
    for word in ("shutil", "os.", "open(", "subprocess.", "helper.build()\n"):
        assert all(word not in line.text.partition("#")[0] for line in made.lines)
    assert "0.9 ** epoch * 0.1)  # 0.1 stands for helper.factor()" in made.text


def test_a_branch_with_the_finding_is_taken_and_the_choice_is_named(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        def main(config):
            model = nn.Linear(4, 1)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            if config.cosine:
                scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
                for epoch in range(4):
                    scheduler.step()
                    optimizer.step()
            else:
                optimizer.step()
        """,
    )
    assert "if True:  # True stands for config.cosine" in made.text
    assert "main()  # nothing in view calls it" in made.text


def test_lines_of_the_script_lead_back_to_the_program(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        model = nn.Linear(4, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        for epoch in range(4):
            scheduler.step()
            optimizer.step()
        """,
    )
    (marked,) = made.marked
    assert made.lines[marked - 1].text.strip() == "scheduler.step()"
    assert made.origin(marked) == ("train.py", 8)
    assert made.origin(1) is None


def test_loops_of_unknown_length_are_as_long_as_is_asked_for(tmp_path: Path) -> None:
    text = """
        def train(optimizer, scheduler, loader, epochs):
            for epoch in range(epochs):
                scheduler.step()
                for batch in loader:
                    optimizer.step()

        def main(config):
            optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            train(optimizer, scheduler, config.loader, config.epochs)
        """
    made = made_of(tmp_path, text, settings=Settings(epochs=7, steps_per_epoch=5))
    assert "train(optimizer, scheduler, range(5), 7)" in made.text


def test_what_cannot_be_reproduced_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotReproducibleError, match="used as an object"):
        made_of_project(tmp_path)


def made_of_project(folder: Path) -> Reproduction:
    """The reproduction of a program that looks a class up in a module of its own."""
    (folder / "schedules.py").write_text(
        "from torch.optim.lr_scheduler import LRScheduler\n\n\nclass Poly(LRScheduler):\n"
        "    def get_lr(self):\n        return [lr * 0.5**self.last_epoch for lr in self.base_lrs]\n",
        encoding="utf-8",
    )
    text = """
        import schedules

        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
        scheduler = getattr(schedules, "Poly")(optimizer)
        for epoch in range(4):
            scheduler.step()
            optimizer.step()
        """
    return made_of(folder, text)


def test_the_schedule_of_a_program_without_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    text = HEAD + dedent(
        """
        model = nn.Linear(4, 1)
        head = torch.optim.SGD(model.parameters(), lr=0.1)
        body = torch.optim.Adam(model.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.StepLR(head, 2)
        for epoch in range(len(open("epochs").read())):
            head.step()
            body.step()
            scheduler.step()
        """
    )
    checker, findings = checked(path, text)
    assert not findings
    made = reproduce_schedule(checker.program(canonical(str(path))), Settings(epochs=3))
    sites = [(one.class_name, one.label, one.line) for one in made.optimizers]
    assert sites == [("SGD", "head", 5), ("Adam", "body", 6)]


def test_a_function_of_torch_that_reads_files_is_not_called_under_another_name(tmp_path: Path) -> None:
    made = made_of(
        tmp_path,
        """
        read = torch.load
        lr = read("lr.pt")
        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=lr)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        for epoch in range(4):
            scheduler.step()
            optimizer.step()
        """,
    )
    assert all("read" not in line.text.partition("#")[0] for line in made.lines)
    assert "lr = 0.1  # 0.1 stands for read(" in made.text


LIBRARY = """\
import torch

FAST = True
try:
    from apex.optimizers import FusedSGD
except ImportError:
    FusedSGD = torch.optim.SGD
try:
    from torch.optim.lr_scheduler import LRScheduler
except ImportError:
    LRScheduler = torch.optim.lr_scheduler._LRScheduler

if FAST:
    def build(parameters):
        return FusedSGD(parameters, lr=0.1)
else:
    def build(parameters):
        return FusedSGD(parameters, lr=0.2)

try:
    def schedule(optimizer):
        return torch.optim.lr_scheduler.StepLR(optimizer, 2)

    class Halving(LRScheduler):
        def get_lr(self):
            return [group["lr"] / 2 for group in self.optimizer.param_groups]
except ImportError:
    schedule = Halving = None
"""


@pytest.mark.parametrize(
    ("imports", "build", "schedule"),
    [
        ("from library import build, schedule", "build", "schedule"),
        ("import library", "library.build", "library.schedule"),
        (
            "try:\n    from library import build\nexcept ImportError:\n    build = None\nimport library",
            "build",
            "library.Halving",
        ),
    ],
)
def test_what_a_module_defines_under_a_condition_is_taken_over(
    tmp_path: Path, imports: str, build: str, schedule: str
) -> None:
    (tmp_path / "library.py").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "train.py").write_text(
        f"{HEAD}{imports}\n\noptimizer = {build}(nn.Linear(1, 1).parameters())\nscheduler = {schedule}(optimizer)\n"
        "for epoch in range(3):\n    optimizer.step()\n    scheduler.step()\n",
        encoding="utf-8",
    )
    path = canonical(str(tmp_path / "train.py"))
    made = reproduce_schedule(Checker({path: "train.py"}, load_rules(), named=True).program(path), Settings())
    assert "if FAST:" in made.text
    assert "apex" not in made.text
    script = tmp_path / "script.py"
    script.write_text(made.text, encoding="utf-8")
    evidence = observe(script)
    assert evidence.error is None
    expected = (0.05, 0.025, 0.0125) if "Halving" in schedule else (0.1, 0.1, 0.01)
    (used,) = [one for one in evidence.rates if one]
    assert used == pytest.approx(expected)


def rates_of(tmp_path: Path, text: str) -> tuple[tuple[float, ...], ...]:
    """The LRs of each optimizer in the script of all schedules of a text, whose indentation does not count."""
    path = tmp_path / "train.py"
    checker, _ = checked(path, HEAD + dedent(text), "LR101")
    made = reproduce_schedule(checker.program(canonical(str(path))), Settings())
    script = tmp_path / "script.py"
    script.write_text(made.text, encoding="utf-8")
    evidence = observe(script)
    assert evidence.error is None, made.text
    return tuple(one for one in evidence.rates if one)  # type: ignore[misc]


def test_schedulers_of_the_programs_own_are_built_and_stepped(tmp_path: Path) -> None:
    text = """
        from torch.optim.lr_scheduler import ExponentialLR, LRScheduler, StepLR

        class DecayUnlessBetter(ExponentialLR):
            best = 0.5

            def step(self, metric=None):
                if metric is None or metric >= self.best:
                    super().step()

        class Same(LRScheduler):
            def get_lr(self):
                return [group["lr"] for group in self.optimizer.param_groups]

        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
        scheduler = DecayUnlessBetter(optimizer, gamma=0.5)
        same = Same(optimizer)
        for metric in [0.9, 0.4, 0.4, 0.9]:
            optimizer.step()
            scheduler.step(metric)
            same.step()
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.1, 0.05, 0.05, 0.05))


def test_attributes_that_are_asked_for_by_name_are_set(tmp_path: Path) -> None:
    text = """
        class Trainer:
            def __init__(self):
                self.optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
                self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 2)

            def run(self):
                if hasattr(self, "last_loss"):
                    self.scheduler.step()
                self.optimizer.step()
                self.last_loss = open("loss").read()

        trainer = Trainer()
        for epoch in range(4):
            trainer.run()
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.1, 0.1, 0.01, 0.01))


def test_parts_of_a_sequence_bounds_of_slices_and_fields_of_tuples(tmp_path: Path) -> None:
    text = """
        from typing import NamedTuple

        class Player(NamedTuple):
            model: nn.Module
            optimizer: torch.optim.Optimizer

        model = nn.Sequential(nn.Linear(4, 2), nn.Linear(2, 1))
        players = {name: Player(part, torch.optim.SGD(part.parameters(), lr=0.1)) for name, part in
                   model.named_children()}
        lrs = [0.3, 0.2, 0.1]
        for epoch in range(3):
            for group in players["1"].optimizer.param_groups:
                group["lr"] = max(lrs[epoch:])
            players["1"].optimizer.step()
        more = [torch.optim.SGD(part.parameters(), lr=0.1) for part in model]
        for one in more:
            one.step()
        """
    used = rates_of(tmp_path, text)
    assert sorted(map(list, used)) == [[0.1], [0.1], [0.3, 0.2, 0.1]]


def test_functions_that_are_handed_to_code_out_of_view_are_called(tmp_path: Path) -> None:
    text = """
        import fire
        import torch.multiprocessing as mp
        from concurrent.futures import ThreadPoolExecutor

        def train_batch(batch):
            optimizer.step()

        def train_epoch(model, optimizer, loader):
            for batch in loader:
                optimizer.step()

        def worker(rank, lr, args):
            own = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=lr * (rank + 1))
            own.step()

        def main(args):
            mp.spawn(worker, nprocs=2, args=(0.5, args))

        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
        losses = sum(map(train_batch, [1, 2]))
        scheduler.step()
        with ThreadPoolExecutor() as pool:
            pool.submit(train_epoch, nn.Linear(1, 1), optimizer, [1]).result()
        fire.Fire(main)
        """
    first, second = rates_of(tmp_path, text)
    assert first == pytest.approx((0.1, 0.1, 0.01))
    assert second == pytest.approx((0.5,))


def test_hooks_of_torch_are_registered(tmp_path: Path) -> None:
    text = """
        weight = nn.Parameter(torch.ones(4))
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)

        def step_and_free(parameter):
            optimizer.step()
            optimizer.zero_grad()

        weight.register_post_accumulate_grad_hook(step_and_free)
        for _ in range(4):
            weight.pow(2).sum().backward()
            scheduler.step()
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.1, 0.1, 0.01, 0.01))


def test_options_that_the_program_changes_are_changed(tmp_path: Path) -> None:
    text = """
        import argparse

        def adapt(args):
            args.warmup_epochs = max(args.warmup_epochs, 1)

        def main(args):
            args.lr *= 2
            args.lr = args.lr * 2
            optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=args.lr)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(args.epochs):
                if epoch >= args.warmup_epochs:
                    scheduler.step()
                optimizer.step()

        parser = argparse.ArgumentParser()
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--epochs", type=int, default=4)
        parser.add_argument("--warmup-epochs", type=int, default=-1)
        args = parser.parse_args()
        adapt(args)
        main(args)
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.4, 0.4, 0.04, 0.04))


def test_lambdas_that_step_are_called(tmp_path: Path) -> None:
    text = """
        def main():
            optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            advance = lambda: scheduler.step()
            for epoch in range(4):
                optimizer.step()
                advance()

        main()
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.1, 0.1, 0.01, 0.01))


def test_generators_that_step_and_parts_of_parts(tmp_path: Path) -> None:
    text = """
        def train(model, optimizer, steps):
            for _ in range(steps):
                optimizer.step()
                yield model.loss()

        def main(model):
            groups = [{"params": model.backbone.layer4.parameters()}, {"params": model.head.parameters()}]
            optimizer = torch.optim.SGD(groups, lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for loss in train(model, optimizer, steps=4):
                scheduler.step()
        """
    (used,) = rates_of(tmp_path, text)
    assert used == pytest.approx((0.1, 0.1, 0.01, 0.01))
