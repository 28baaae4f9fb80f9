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
        "    def get_lr(self):\n        return self.base_lrs\n",
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
