"""What findings say: which of several places they show, and that code is quoted on one line."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lrlint.finding import Finding
from lrlint.linter import lint_source
from lrlint.registry import load_rules, select_rules
from lrlint.source import Source


def findings_in(text: str) -> list[Finding]:
    return list(lint_source(Source("x.py", dedent(text)), select_rules(load_rules())))


BUILD = """\
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, StepLR

    def main(args, model, batches, score):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        if args.kind == "lambda":
            scheduler = LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))
        elif args.kind == "cosine":
            scheduler = CosineAnnealingLR(optimizer, 10)
        else:
            scheduler = StepLR(optimizer, 2)
        for epoch in range(10):
"""


def test_a_label_tells_of_the_other_places() -> None:
    (finding,) = findings_in(BUILD + "            scheduler.step()\n            optimizer.step()\n")
    labels = {related.range.line: related.label for related in finding.related}
    assert labels[7] == "the scheduler is built here, one of 3 places"


def test_the_class_of_a_message_is_built_at_the_place_that_is_shown() -> None:
    (finding,) = findings_in(
        BUILD + "            optimizer.step()\n            scheduler.step()\n            print(scheduler.get_lr())\n"
    )
    assert "CosineAnnealingLR applies its formula once more" in finding.message
    assert [related.range.line for related in finding.related] == [9]


def test_the_loop_of_a_caller_is_shown() -> None:
    (finding,) = findings_in("""\
        import torch

        class Trainer:
            def __init__(self, model):
                self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 2)

            def update(self):
                self.optimizer.step()

            def update_lr(self):
                self.scheduler.step()

        def main(model):
            trainer = Trainer(model)
            for epoch in range(10):
                trainer.update_lr()
                trainer.update()
        """)
    labels = {related.range.line: related.label for related in finding.related}
    assert labels[16] == "in the first round of this loop"


def test_code_over_several_lines_is_quoted_on_one() -> None:
    (finding,) = findings_in("""\
        import torch

        def main(model):
            return torch.optim.SGD([
                {"params": model.parameters()},
                {"params": [
                    p
                    for p in model.parameters()
                ]},
            ], lr=0.1)
        """)
    assert finding.message.startswith("`[ p for p in model.parameters() ]` gives the optimizer parameters twice")


TRAIN = """\
    import torch
    from torch.optim.lr_scheduler import StepLR

    def train(model, start, lr):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        scheduler = StepLR(optimizer, 2)
        for epoch in range(start, 10):
            scheduler.step()
            optimizer.step()

"""
NUMBER = "epoch 1 trains with 0.01 instead of 0.1"
NO_NUMBER = "every LR of the schedule comes one step early"


def message_of(text: str) -> str:
    (finding,) = findings_in(text)
    return finding.message.partition(": ")[2]


def test_the_first_other_lr_is_told_where_all_calls_have_the_same() -> None:
    assert message_of(TRAIN + "    train(one, 0, 0.1)\n    train(two, 0, 0.1)\n") == NUMBER


def test_no_lr_is_told_where_calls_differ() -> None:
    assert message_of(TRAIN + "    train(one, 0, 0.1)\n    train(two, 0, 0.5)\n") == NO_NUMBER
    assert message_of(TRAIN + "    train(one, 0, 0.1)\n    train(two, 4, 0.1)\n") == NO_NUMBER


def test_no_lr_is_told_where_a_function_calls_itself() -> None:
    call_again = "        if lr == 0.1:\n            train(model, 4, 0.5)\n\n    train(one, 0, 0.1)\n"
    assert message_of(TRAIN.rstrip() + "\n" + call_again) == NO_NUMBER


def test_no_epoch_is_told_that_the_loop_does_not_come_to() -> None:
    assert message_of(TRAIN.replace("(optimizer, 2)", "(optimizer, 11)") + "    train(one, 0, 0.1)\n") == NO_NUMBER


def test_the_step_is_shown_that_a_run_takes() -> None:
    """One of the two calls lacks an argument, so the optimizer does not step in its function."""
    (finding,) = findings_in("""\
        import torch

        def train_both(model, optimizer, other):
            other.step()
            optimizer.step()

        def train(model, optimizer):
            optimizer.step()

        def main(args, model):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(10):
                scheduler.step()
                if args.both:
                    train_both(model, optimizer)
                else:
                    train(model, optimizer)
    """)
    assert [related.range.line for related in finding.related if related.label == "the optimizer steps here"] == [8]


def test_the_scheduler_that_is_shown_can_be_stepped_there() -> None:
    step = "            if args.kind == 'cosine':\n                scheduler.step(epoch)\n"
    found = findings_in(BUILD + "            optimizer.step()\n" + step)
    (finding,) = [one for one in found if one.rule.code == "LR102"]
    assert [(related.range.line, related.label) for related in finding.related] == [(9, "the scheduler is built here")]


def test_what_is_looked_up_by_an_option_is_shown_where_the_option_says_so() -> None:
    (finding,) = findings_in("""\
        import torch
        from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR

        BUILDERS = {
            "step": lambda optimizer: StepLR(optimizer, 2),
            "cosine": lambda optimizer: CosineAnnealingLR(optimizer, 10),
        }

        def main(args, model, batches):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = BUILDERS[args.kind](optimizer)
            for epoch in range(10):
                for batch in batches:
                    if args.kind == "cosine":
                        scheduler.step()
                    optimizer.step()
        """)
    assert finding.rule.code == "LR101"
    assert [related.range.line for related in finding.related] == [16, 6]


def test_of_many_schedulers_one_is_shown_that_can_be_stepped_there() -> None:
    names = ["StepLR", "ExponentialLR", "LinearLR", "ConstantLR", "PolynomialLR", "CyclicLR", "OneCycleLR", "LambdaLR"]
    branches = "".join(
        f"    if args.kind == '{name}':\n        return lr_scheduler.{name}(optimizer)\n" for name in names
    )
    text = "import torch\nfrom torch.optim import lr_scheduler\n\ndef build(args, optimizer):\n" + branches
    text += (
        "\ndef main(args, model):\n"
        "    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n"
        "    scheduler = build(args, optimizer)\n"
        "    for epoch in range(10):\n"
        "        optimizer.step()\n"
        "        if args.kind == 'ConstantLR':\n"
        "            scheduler.step(epoch)\n"
    )
    (finding,) = [one for one in findings_in(text) if one.rule.code == "LR102"]
    assert [(related.range.line, related.label) for related in finding.related] == [(12, "the scheduler is built here")]


@pytest.mark.parametrize(
    ("rounds", "told"),
    [
        ("1", "deprecated since torch 1.4, as `step()` counts by itself"),
        ("2", "counted from 0, so the first LR is used twice"),
        ("3", "counted from 0, so the first LR is used twice and all others come one epoch late"),
        ("epochs", "counted from 0, so the first LR is used twice and all others come one epoch late"),
    ],
)
def test_epochs_that_a_loop_does_not_have_are_not_told_of(rounds: str, told: str) -> None:
    (finding,) = findings_in(f"""\
        import torch

        def main(model, epochs):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for epoch in range({rounds}):
                optimizer.step()
                scheduler.step(epoch)
        """)
    assert finding.message.endswith(f": {told}")


@pytest.mark.parametrize(
    ("start", "told"), [("0", "`step()` counts by itself"), ("start", "a resumed run loads the scheduler's state")]
)
def test_what_takes_the_place_of_an_epoch_that_may_begin_anywhere(start: str, told: str) -> None:
    (finding,) = findings_in(f"""\
        import torch

        def main(model, start, epochs):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
            for epoch in range({start}, epochs, 2):
                optimizer.step()
                scheduler.step(epoch)
        """)
    assert finding.message.endswith(told)


def test_the_attribute_that_a_message_names_is_shown() -> None:
    (finding,) = findings_in("""\
        import torch

        class Warmup(torch.optim.lr_scheduler.LRScheduler):
            def __init__(self, optimizer, milestones, steps):
                super().__init__(optimizer)
                self.milestones = milestones
                self.steps = steps

            def get_lr(self):
                factor = min(1.0, self.last_epoch / self.steps)
                return [lr * factor if self.last_epoch < self.milestones[0] else lr for lr in self.base_lrs]
        """)
    assert "reads `self.steps`" in finding.message
    assert [(one.range.line, one.label) for one in finding.related] == [(7, "`self.steps` is set here")]
