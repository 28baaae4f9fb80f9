"""`python -m benchmarks.giants [NAME...]`: files that no person writes, and what each costs, as a Markdown table.

Seconds of CPU in one process, without its start; parts of names choose among the files.  What is answered with LR000
was not checked, and says why.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable

from lrlint.registry import load_rules, select_rules
from lrlint.run import FileResult, check_bytes

HEAD = """\
import torch
from torch import optim
from torch.optim.lr_scheduler import StepLR

model = torch.nn.Linear(2, 1)
optimizer = optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)
"""
MISTAKE = "scheduler.step(epoch=3)\n"


def lines(line: str, count: int) -> str:
    return "".join(f"{line.format(i)}\n" for i in range(count))


def nested(head: str, levels: int) -> str:
    return "".join(f"{' ' * i}{head}\n" for i in range(levels)) + " " * levels + "scheduler.step()\n"


TRAINING = """\
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, 30)
    for epoch in range(100):
        scheduler.step()
        optimizer.step()"""
CLASS = """\
class C{0}:
    def __init__(self, model):
        self.optimizer = optim.SGD(model.parameters(), lr=0.1)
        self.scheduler = StepLR(self.optimizer, 3)
    def fit(self):
        for e in range(3):
            self.scheduler.step()
            self.optimizer.step()"""
OWN = """\
class S{0}(optim.lr_scheduler.LRScheduler):
    def get_lr(self):
        return [0.1 * lr for lr in self.base_lrs]
s{0} = S{0}(optimizer)"""


def loop(statements: Iterable[str]) -> str:
    return "for i, batch in enumerate(loader):\n" + "".join(f"    {one}\n" for one in statements)


GIANTS: dict[str, Callable[[], str]] = {
    "50,000 lines of functions": lambda: lines("def f{0}(x):\n    y = x + {0}\n    return y * 2\n\n", 10_000),
    "50,000 lines within the limit": lambda: lines("x{0} = {0}", 19_000),
    "10,000 steps": lambda: lines("scheduler.step()", 10_000),
    "2,000 steps with an epoch": lambda: lines("scheduler.step({0})", 2_000),
    "10,000 steps of both": lambda: lines("optimizer.step(); scheduler.step()", 5_000),
    "40,000 steps": lambda: lines("scheduler.step()", 40_000),
    "1,000 schedulers": lambda: lines("s{0} = StepLR(optimizer, {0})", 1_000),
    "1,000 param groups": lambda: lines("optimizer.add_param_group({{'params': []}})", 1_000),
    "2,000 branches": lambda: lines("if flag{0}:\n    scheduler.step()", 2_000),
    "500 branches with an else": lambda: lines(
        "if flag{0}:\n    scheduler = StepLR(optimizer, {0})\nelse:\n    scheduler.step()", 500
    ),
    "500 functions that call the next": lambda: (
        lines("def f{0}(o, s):\n    f{0}1(o, s)\n    s.step()\n    o.step()", 500) + "f0(optimizer, scheduler)\n"
    ),
    "two calls in each of 40 functions": lambda: (
        "".join(f"def f{i}(o):\n    f{i + 1}(o)\n    f{i + 1}(o)\n" for i in range(40))
        + "def f40(o):\n    o.step()\nf0(optimizer)\n"
    ),
    "a list of 50,000 elements in one line": lambda: f"x = [{', '.join(map(str, range(50_000)))}]\n",
    "a call of 20,000 arguments": lambda: f"optimizer = optim.SGD({', '.join(['x'] * 20_000)})\n",
    "a string of 4 MB": lambda: f"x = '{'a' * 4_000_000}'\n",
    "a comment of 4 MB": lambda: f"# {'noqa ' * 800_000}\n",
    "a line of 1 MB of blanks": lambda: f"x = 1{' ' * 1_000_000}\n",
    "a name of 1 MB": lambda: f"{'a' * 1_000_000} = optimizer\n",
    "10,000 statements in one line": lambda: "x = 1; " * 10_000 + "\n",
    "a chain of 1,000 methods": lambda: f"x = a{'.b()' * 1000}\n",
    "a chain of 1,000 steps": lambda: f"optimizer{'.step()' * 1000}\n",
    "a sum of 3,000 terms": lambda: f"x = {' + '.join(['a'] * 3000)}\n",
    "1,000 calls in each other": lambda: f"x = {'f(' * 1000}1{')' * 1000}\n",
    "brackets nested 1,500 deep": lambda: f"x = {'(' * 1500}1{')' * 1500}\n",
    "lists nested 3,000 deep": lambda: f"x = {'[' * 3000}{']' * 3000}\n",
    "3,000 conditional expressions": lambda: f"x = {'a if b else ' * 3000}c\n",
    "3,000 unary operators": lambda: f"x = {'-' * 3000}1\n",
    "3,000 lambdas": lambda: f"x = {'lambda: ' * 3000}1\n",
    "1,000 comparisons": lambda: f"x = {' < '.join(['a'] * 1000)}\n",
    "1,000 decorators": lambda: "@d\n" * 1000 + "def f(): pass\n",
    "1,000 targets": lambda: "a = " * 1000 + "1\n",
    "1,000 branches of elif": lambda: "if a: pass\n" + "elif b: pass\n" * 1000,
    "1,000 fields of an f-string": lambda: f'x = f"{"{a}" * 1000}"\n',
    "90 nested ifs": lambda: nested("if a:", 90),
    "19 nested loops": lambda: nested("for i in x:", 19),
    "90 nested functions": lambda: nested("def f(o):", 90),
    "90 nested classes": lambda: nested("class C:", 90),
    "19 nested attempts": lambda: (
        "".join(f"{' ' * i}try:\n" for i in range(19))
        + " " * 19
        + "scheduler.step()\n"
        + "".join(f"{' ' * i}except E: optimizer.step()\n" for i in reversed(range(19)))
    ),
    "20,000 backslashes": lambda: "x = 1 + \\\n" * 20_000 + "1\n",
    "20,000 form feeds": lambda: "\f\n" * 20_000,
    "1 MB of tabs": lambda: "\t" * 1_000_000 + "\n",
    "1 MB of carriage returns": lambda: "\r" * 1_000_000 + "\n",
    "5,000 of each in one loop": lambda: loop(["optimizer.step()"] * 5_000 + ["scheduler.step()"] * 5_000),
    "5,000 of each in one loop, by turns": lambda: loop(["optimizer.step()", "scheduler.step()"] * 5_000),
    "9,000 of each at the top": lambda: "optimizer.step()\n" * 9_000 + "scheduler.step()\n" * 9_000,
    "10,000 schedulers": lambda: lines("s{0} = StepLR(optimizer, {0})", 10_000),
    "10,000 optimizers": lambda: lines("o{0} = optim.SGD(model.parameters(), lr=0.{0})", 10_000),
    "3,000 optimizers with schedulers, stepped in a loop": lambda: (
        lines("o{0} = optim.SGD(model.parameters(), lr=0.1)\ns{0} = StepLR(o{0}, 3)", 3_000)
        + loop(lines("o{0}.step()\ns{0}.step()", 3_000).splitlines())
    ),
    "10,000 param groups": lambda: lines("optimizer.add_param_group({{'params': []}})", 10_000),
    "10,000 param groups of layers": lambda: lines(
        "optimizer.add_param_group({{'params': model.l{0}.parameters()}})", 10_000
    ),
    "2,000 groups in a list": lambda: (
        "o = optim.SGD([" + ", ".join(f"{{'params': model.l{i}.parameters()}}" for i in range(2_000)) + "])\n"
    ),
    "10,000 params in a list": lambda: f"o = optim.SGD([{', '.join(f'model.l{i}.weight' for i in range(10_000))}])\n",
    "5,000 lists added to one": lambda: (
        "ps = []\n" + lines("ps += list(model.l{0}.parameters())", 5_000) + "o = optim.SGD(ps, lr=0.1)\n"
    ),
    "5,000 groups appended": lambda: (
        "gs = []\n" + lines("gs.append({{'params': model.l{0}.parameters()}})", 5_000) + "o = optim.SGD(gs, lr=0.1)\n"
    ),
    "6,000 functions that each step": lambda: lines(
        "def f{0}(optimizer, scheduler):\n    optimizer.step()\n    scheduler.step()", 6_000
    ),
    "1,000 functions that each train": lambda: lines(f"def f{{0}}(model):\n{TRAINING}", 1_000),
    "3,000 functions that each build and step": lambda: lines(f"def f{{0}}(model):\n{TRAINING}", 3_000),
    "2,000 classes with self.optimizer": lambda: lines(CLASS, 2_000),
    "4,000 loops": lambda: lines("for e{0} in range(3):\n    optimizer.step()\n    scheduler.step()", 4_000),
    "2,000 branches that accumulate": lambda: loop(
        ["loss.backward()"]
        + [f"if (i + 1) % {k} == 0:\n        optimizer.step()\n        optimizer.zero_grad()" for k in range(2_000)]
        + ["scheduler.step()"]
    ),
    "2,000 steps beside a branch that accumulates": lambda: loop(
        ["loss.backward()", "if (i + 1) % 4 == 0:\n        optimizer.step()\n        optimizer.zero_grad()"]
        + ["scheduler.step()"] * 2_000
    ),
    "5,000 LRs set by hand": lambda: loop(["optimizer.param_groups[0]['lr'] = 0.1"] * 5_000),
    "5,000 calls of get_lr": lambda: loop(["print(scheduler.get_lr())"] * 5_000),
    "5,000 schedulers with verbose": lambda: lines(
        "p{0} = optim.lr_scheduler.ReduceLROnPlateau(optimizer, 'min', verbose=True)\np{0}.step()", 5_000
    ),
    "5,000 schedulers with last_epoch": lambda: lines("s{0} = StepLR(optimizer, {0}, last_epoch=3)", 5_000),
    "a SequentialLR of 3,000": lambda: (
        f"s = optim.lr_scheduler.SequentialLR(optimizer, [{'StepLR(optimizer, 3), ' * 3_000}], milestones=[3])\n"
        + loop(["optimizer.step()", "s.step()"])
    ),
    "5,000 lambdas": lambda: lines("s{0} = optim.lr_scheduler.LambdaLR(optimizer, lambda e: 0.1**e)", 5_000),
    "2,000 schedulers of one's own": lambda: lines(OWN, 2_000),
    "5,000 modules frozen": lambda: lines("for p in model.l{0}.parameters():\n    p.requires_grad = False", 5_000),
    "5,000 optimizers one after the other": lambda: loop(
        ["optimizer = optim.SGD(model.parameters(), lr=0.1)", "optimizer.step()", "scheduler.step()"] * 2_000
    ),
}


def text_of(name: str) -> str:
    """A giant as a script, with a mistake at its end."""
    return f"{HEAD}{GIANTS[name]()}{MISTAKE}"


def main() -> None:
    """Measure each in a process of its own."""
    rules = select_rules(load_rules())
    check_bytes("warm.py", f"{HEAD}{MISTAKE}".encode(), rules)
    print("| file | lines | CPU s | MiB | answer |\n| --- | ---: | ---: | ---: | --- |", flush=True)
    for name in GIANTS:
        if not sys.argv[1:] or any(part in name for part in sys.argv[1:]):
            process = os.fork()
            if not process:
                _measure(name, lambda data: check_bytes("train.py", data, rules))
                os._exit(0)
            os.waitpid(process, 0)


def _measure(name: str, check: Callable[[bytes], FileResult]) -> None:
    data = text_of(name).encode("utf-8")
    begin = time.process_time()
    result = check(data)
    seconds = time.process_time() - begin
    counts = Counter(finding.rule.code for finding in result.findings)
    answer = ", ".join(f"{number} {code}" for code, number in sorted(counts.items()))
    told = "; ".join([answer, *("in part" for _ in result.notes), *result.problems])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| {name} | {data.count(bytes([10])):,} | {seconds:.2f} | {memory} | {told} |", flush=True)


if __name__ == "__main__":
    main()
