"""The monitor, on trainings of many kinds: what it sees, what it must not see, and that it changes nothing.

Each program holds its own assertions, and runs in a fork of a process that has torch imported.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lrlint.runtime.evidence import Observer
from tests.cases import ROOT

HEAD = """\
import sys; sys.path.append({root!r})
import lrlint.runtime
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
inputs = torch.ones(8, 4)

def backward():
    loss = model(inputs).square().mean()
    model.zero_grad()
    loss.backward()
    return loss

def codes(seen):
    return sorted(finding.rule.code for finding in seen.findings)
"""


def check(text: str, folder: Path, observer: Observer) -> None:
    """Run a program whose assertions must hold."""
    path = folder / "train.py"
    path.write_text(HEAD.format(root=str(ROOT)) + dedent(text), encoding="utf-8")
    evidence = observer.observe(path)
    assert evidence.error is None, evidence.error


def test_lrs_are_recorded_for_each_step_and_group(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            groups = [{"params": model[0].parameters(), "name": "body"}, {"params": model[2].parameters(), "lr": 0.5}]
            optimizer = optim.SGD(groups, lr=0.1)
            scheduler = lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(4):
                backward()
                optimizer.step()
                scheduler.step()
        (recorded,) = seen.rates
        assert recorded.label == "SGD (train.py:21)" or recorded.label.endswith("train.py:21)"), recorded.label
        assert recorded.groups == ("body", "group 1")
        rounded = [tuple(round(rate, 6) for rate in rates) for rates in recorded.each_step()]
        assert rounded == [(0.1, 0.5)] * 2 + [(0.01, 0.05)] * 2, rounded
        assert [run.steps for run in recorded.runs] == [2, 2]
        assert recorded.steps == 4 and codes(seen) == []
        """
    check(text, tmp_path, observer)


def test_what_an_early_step_has_done_is_what_was_seen(tmp_path: Path, observer: Observer) -> None:
    text = """
        def train(build, *epochs):
            with lrlint.runtime.monitor() as seen:
                optimizer = optim.SGD(model.parameters(), lr=0.1)
                scheduler = build(optimizer)
                for epoch in range(4):
                    scheduler.step(*(epoch + first for first in epochs))
                    backward()
                    optimizer.step()
            (message,) = (one.message for one in seen.findings if one.rule.code == "LR101")
            return message.partition("first step of its optimizer: ")[2]

        def every(period):
            return lambda optimizer: lr_scheduler.StepLR(optimizer, period)

        assert train(every(1)) == "no step used the first LR of the schedule, 0.1"
        assert train(every(2)) == "every LR of the schedule came one step early"
        assert train(every(2), 0) == "torch warns, and only the epoch argument kept the LRs right"
        assert train(every(2), 1) == "torch warns"
        """
    check(text, tmp_path, observer)


def test_the_training_is_the_same_bit_by_bit(tmp_path: Path, observer: Observer) -> None:
    text = """
        import contextlib, pickle, random

        def train(context):
            torch.manual_seed(3)
            random.seed(3)
            with context:
                net = nn.Sequential(nn.Linear(16, 32), nn.Dropout(0.5), nn.ReLU(), nn.Linear(32, 4))
                optimizer = optim.AdamW(net.parameters(), lr=1e-2)
                warmup = lr_scheduler.LinearLR(optimizer, 0.1, total_iters=5)
                decay = lr_scheduler.CosineAnnealingLR(optimizer, 20)
                scheduler = lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[5])
                plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
                for step in range(25):
                    loss = nn.functional.cross_entropy(net(torch.randn(8, 16)), torch.randint(0, 4, (8,)))
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    scheduler.step()
                    plateau.step(loss)
                state = [net.state_dict(), optimizer.state_dict(), scheduler.state_dict(), plateau.state_dict()]
            return state, torch.rand(1), random.random()

        def equal(one, other):
            if isinstance(one, torch.Tensor):
                return torch.equal(one, other)
            if isinstance(one, dict):
                return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
            if isinstance(one, (list, tuple)):
                return len(one) == len(other) and all(map(equal, one, other))
            return one == other

        before = {(one, name): vars(one).get(name) for one in vars(lr_scheduler).values() if isinstance(one, type)
                  for name in ("step", "__init__")}
        alone, watched = train(contextlib.nullcontext()), train(lrlint.runtime.monitor())
        assert equal(alone, watched)
        assert all(vars(one).get(name) is method for (one, name), method in before.items())
        """
    check(text, tmp_path, observer)


def test_nothing_is_kept_alive(tmp_path: Path, observer: Observer) -> None:
    text = """
        import gc, weakref

        with lrlint.runtime.monitor() as seen:
            def train():
                net = nn.Linear(4, 1)
                optimizer = optim.SGD(net.parameters(), lr=0.1)
                scheduler = lr_scheduler.ExponentialLR(optimizer, 0.9)
                for _ in range(3):
                    net(inputs).sum().backward()
                    optimizer.step()
                    scheduler.step()
                return [weakref.ref(one) for one in (net, net.weight, optimizer, scheduler)]
            left = train()
            gc.collect()
            assert [one() for one in left] == [None] * 4
        assert len(seen.rates) == 1
        """
    check(text, tmp_path, observer)


def test_schedulers_inside_of_others_are_torch_s_business(tmp_path: Path, observer: Observer) -> None:
    text = """
        class Warmup(lr_scheduler.LRScheduler):
            def __init__(self, optimizer, after):
                self.after = after
                super().__init__(optimizer)

            def get_lr(self):
                return [group["lr"] for group in self.optimizer.param_groups]

            def step(self, epoch=None):
                super().step(epoch)
                if self.last_epoch > 1:
                    self.after.step(self.last_epoch - 1)
                    self.after.step(self.last_epoch - 1)

        with lrlint.runtime.monitor() as seen:
            for build in (
                lambda o: lr_scheduler.SequentialLR(
                    o, [lr_scheduler.LinearLR(o), lr_scheduler.StepLR(o, 2)], milestones=[2]),
                lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.LinearLR(o), lr_scheduler.StepLR(o, 2)]),
                lambda o: Warmup(o, lr_scheduler.StepLR(o, 2)),
            ):
                optimizer = optim.SGD(model.parameters(), lr=0.1)
                scheduler = build(optimizer)
                for epoch in range(6):
                    backward()
                    optimizer.step()
                    scheduler.step()
        assert codes(seen) == [], seen.findings
        assert seen.scheduler_steps == 12, seen.scheduler_steps
        """
    check(text, tmp_path, observer)


def test_a_step_that_the_scaler_skips_is_no_step(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            optimizer = optim.SGD(model.parameters(), lr=0.1)
            scheduler = lr_scheduler.StepLR(optimizer, 2)
            scaler = torch.amp.GradScaler("cpu", init_scale=1e38, backoff_factor=1e-30)
            for epoch in range(6):
                optimizer.zero_grad()
                scaler.scale(model(100 * inputs).square().mean()).backward()
                scaler.step(optimizer)
                scaler.update()
                scheduler.step()
        skipped = 6 - seen.rates[0].steps
        assert skipped > 0 and codes(seen) == [], (skipped, seen.findings)
        """
    check(text, tmp_path, observer)


def test_a_closure_is_part_of_one_step(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            optimizer = optim.LBFGS(model.parameters(), lr=0.1, max_iter=5)
            scheduler = lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(4):
                optimizer.step(backward)
                scheduler.step()
        assert (seen.rates[0].steps, codes(seen)) == (4, []), seen.findings
        """
    check(text, tmp_path, observer)


def test_an_optimizer_around_another_one_is_not_its_rival(tmp_path: Path, observer: Observer) -> None:
    text = """
        class Sharded(optim.Optimizer):
            def __init__(self, params):
                params = list(params)
                super().__init__(params, {"lr": 0.1})
                self.inner = optim.SGD(params, lr=0.1)

            def step(self, closure=None):
                self.inner.param_groups[0]["lr"] = self.param_groups[0]["lr"]
                return self.inner.step(closure)

        class Counting(optim.SGD):
            def step(self, closure=None):
                return super().step(closure)

        with lrlint.runtime.monitor() as seen:
            for kind in (Sharded, lambda params: Counting(params, lr=0.1)):
                optimizer = kind(model.parameters())
                scheduler = lr_scheduler.StepLR(optimizer, 2)
                for epoch in range(5):
                    backward()
                    optimizer.step()
                    scheduler.step()
        assert [one.steps for one in seen.rates] == [5, 5, 5], seen.rates
        assert codes(seen) == [], seen.findings
        """
    check(text, tmp_path, observer)


def test_compiled_steps_are_seen(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            optimizer = optim.SGD(model.parameters(), lr=torch.tensor(0.1))
            scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
            compiled = torch.compile(optimizer.step, backend="eager")
            for epoch in range(3):
                backward()
                compiled()
                scheduler.step()
        rounded = [round(rate, 4) for (rate,) in seen.rates[0].each_step()]
        assert rounded == [0.1, 0.05, 0.025] and codes(seen) == [], (rounded, seen.findings)
        """
    check(text, tmp_path, observer)


def test_threads_train_side_by_side(tmp_path: Path, observer: Observer) -> None:
    text = """
        import threading

        def train():
            net = nn.Linear(4, 1)
            optimizer = optim.SGD(net.parameters(), lr=0.1)
            scheduler = lr_scheduler.SequentialLR(
                optimizer, [lr_scheduler.LinearLR(optimizer), lr_scheduler.StepLR(optimizer, 2)], milestones=[2])
            for epoch in range(50):
                net(inputs).sum().backward()
                optimizer.step()
                scheduler.step()

        with lrlint.runtime.monitor() as seen:
            threads = [threading.Thread(target=train) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert [one.steps for one in seen.rates] == [50] * 4
        assert codes(seen) == [], seen.findings
        assert seen.scheduler_steps == 200
        """
    check(text, tmp_path, observer)


def test_parameters_are_judged_by_their_gradients(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            net = nn.ModuleDict({"body": nn.Linear(4, 4), "head": nn.Linear(4, 1), "unused": nn.Linear(4, 1)})
            net["frozen"] = nn.Linear(4, 4).requires_grad_(False)
            optimizer = optim.SGD([*net["head"].parameters(), *net["unused"].parameters()], lr=0.1)
            for epoch in range(3):
                optimizer.zero_grad()
                net["head"](net["frozen"](net["body"](inputs))).square().mean().backward()
                optimizer.step()
        assert codes(seen) == ["LR701", "LR702"], seen.findings
        first, second = (finding.message for finding in seen.findings)
        assert "2 parameters (`body.bias`, `body.weight`) got gradients" in first, first
        assert "2 parameters (`unused.bias`, `unused.weight`) never had a gradient" in second, second
        """
    check(text, tmp_path, observer)


def test_a_one_cycle_schedule_has_an_end(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            for steps in (4, 5, 6):
                optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
                scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=4)
                try:
                    for _ in range(steps):
                        backward()
                        optimizer.step()
                        scheduler.step()
                except ValueError:
                    pass
        assert codes(seen) == ["LR703"], seen.findings
        assert "Tried to step 5 times" in seen.findings[0].message
        """
    check(text, tmp_path, observer)


def test_a_monitor_that_fails_leaves_the_training_alone(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            optimizer = optim.SGD(model.parameters(), lr=0.1)
            scheduler = lr_scheduler.StepLR(optimizer, 2)
            seen._recorder.territory = None
            for epoch in range(3):
                backward()
                optimizer.step()
                scheduler.step()
        assert isinstance(seen.failure, AttributeError) and seen.findings == ()
        """
    check(text, tmp_path, observer)


def test_the_findings_so_far(tmp_path: Path, observer: Observer) -> None:
    text = """
        with lrlint.runtime.monitor() as seen:
            optimizer = optim.SGD(model.parameters(), lr=0.1)
            never = lr_scheduler.StepLR(optimizer, 2)
            for epoch in range(3):
                backward()
                optimizer.step()
                assert codes(seen) == []
        assert codes(seen) == ["LR110"], seen.findings
        """
    check(text, tmp_path, observer)
