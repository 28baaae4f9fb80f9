"""Constructions of optimizers and schedulers, drawn at random: `generate(seed)` gives the same one for the same seed.

They differ in where the parameters come from, in how groups are written, and in what stands beside them; some raise.
Every program is a sequence of statements, of which torch says how far it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random

Lines = list[str]

HEAD = """\
import functools
import itertools
import torch
from torch import nn, optim
from torch.optim import lr_scheduler

class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.last = nn.Linear(2, 2)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = Part()
        self.head = nn.Linear(2, 1)

model = Net()
other = Net()
"""

MODULES = (
    *("model", "model.backbone", "model.head", "model.backbone.first", "model.backbone.last"),
    *("other", "other.backbone", "other.head"),
)
OPTIMIZERS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad")
SCHEDULERS = {
    "StepLR": "2",
    "ExponentialLR": "0.9",
    "CosineAnnealingLR": "T_max=5",
    "LambdaLR": "lambda epoch: 0.9**epoch",
    "LinearLR": "total_iters=4",
    "CosineAnnealingWarmRestarts": "T_0=3",
    "ReduceLROnPlateau": "patience=1",
}


UNKNOWN = ("momenum=0.9", "learning_rate=0.1", "decay=1e-4", "beta1=0.9, beta2=0.999")
"""Arguments that no optimizer takes."""

INVALID = ('eps="1e-8"', "weight_decay=-0.1", "weight_decay=None", "weight_decay=(0.1,)", "eps=-1")
"""Arguments that every optimizer here refuses which has such a parameter."""

MISBUILT = {
    "LR201": (
        "StepLR(optimizer, stepsize=2)",
        "CosineAnnealingWarmRestarts(optimizer, T_max=3)",
        "StepLR(optimizer, 2, step_size=3)",
    ),
    "LR202": ("StepLR(optimizer)", "CosineAnnealingLR(optimizer, eta_min=0.0)", "OneCycleLR(optimizer, 0.1, epochs=3)"),
    "LR210": ("ReduceLROnPlateau(optimizer, factor=2.0)",),
    "LR211": ('ReduceLROnPlateau(optimizer, "min", 0.5, 1, True, 1e-4)',),
    "LR221": (
        "StepLR(optimizer, 0)",
        "LinearLR(optimizer, start_factor=0)",
    ),
    "LR401": ("StepLR(optimizer, 2, verbose=True)", "StepLR(optimizer, 2, 0.5, -1, False)"),
}
"""Schedulers that cannot be built, or be stepped, by the code of the rule that is about them."""

ODD = (
    "StepLR(optimizer, 2.5)",
    "LinearLR(optimizer, 1, 0)",
    "CosineAnnealingLR(optimizer, 2, 5.0)",
    'ReduceLROnPlateau(optimizer, "min", 0.5, 1, True)',
    "CyclicLR(optimizer, 0.1, 0.01, cycle_momentum=False)",
    "OneCycleLR(optimizer, 0.1, 3, 4, cycle_momentum=False)",
    "OneCycleLR(optimizer, 0.1, None, 3, 4, cycle_momentum=False)",
)
"""Schedulers that can be built, whatever they then do."""


@dataclass(frozen=True, slots=True)
class Construction:
    """A program, and the codes of the rules that must find something if torch raises for their reason."""

    text: str
    must: frozenset[str]


@dataclass(frozen=True, slots=True)
class Source:
    """An iterable of parameters.  `plain` are the modules whose parameters are surely all in it."""

    text: str
    plain: tuple[str, ...] = ()


def generate(seed: int) -> Construction:
    """The program number `seed`."""
    return _Author(Random(seed)).program()


class _Author:
    """Writes one program; `before` are the statements before the construction."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.before: Lines = []
        self.must: set[str] = set()
        self.generators: list[str] = []
        self.numbers = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def new(self, name: str) -> str:
        self.numbers += 1
        return f"{name}_{self.numbers}"

    def program(self) -> Construction:
        if self.chance(0.2):
            module = self.random.choice(MODULES)
            self.before += [f"for p in {module}.parameters():", "    p.requires_grad = False"]
        name = self.random.choice(OPTIMIZERS)
        is_misbuilt = self.chance(0.2)
        construction, groups = self.misbuilt_optimizer(name) if is_misbuilt else self.optimizer(name)
        after: Lines = []
        if self.chance(0.25):
            after += self.addition(groups)
        if self.chance(0.4):
            after += self.schedule()
        lines = [*self.before, f"optimizer = {construction}", *after]
        if self.chance(0.2):
            lines = ["def main():", *(f"    {line}" for line in lines), "main()"]
        return Construction(HEAD + "\n".join(lines) + "\n", frozenset(self.must))

    # Optimizers

    def optimizer(self, name: str) -> tuple[str, list[Source]]:
        """A constructor call, and the sources of its groups."""
        params, groups = self.params()
        self.expect_overlaps(groups)
        settings = self.random.choice(["lr=0.1", "lr=0.1", "0.1", "lr=0.1, weight_decay=0.01", "1e-3, weight_decay=0"])
        if self.chance(0.15):
            beside, is_plain = self.beside()
            settings = self.random.choice([beside, f"{beside}, lr=0.1"])
            if is_plain:
                self.must.add("LR303")
        kind = self.random.random()
        if kind < 0.08 and "lr=0.1" in settings:
            self.must.clear()
            return f"{self.bind(f'functools.partial(optim.{name}, lr=0.1)', 'build')}({params})", []
        if kind < 0.15:
            self.must.discard("LR303")
            return f"optim.{name}(params={params}, lr=0.1)", groups
        return f"optim.{name}({params}, {settings})", groups

    def misbuilt_optimizer(self, name: str) -> tuple[str, list[Source]]:
        """A constructor call with an argument that torch refuses, or that stands in an odd place."""
        params = "model.parameters()"
        invalid = [text for text in INVALID if name != "SGD" or "eps" not in text]
        of_class = {
            "SGD": (
                ("0.1, 0.9, nesterov=True", "LR310"),
                ("lr=0.1, nesterov=True", "LR310"),
                ("0.1, momentum=-1", "LR310"),
            ),
            "Adam": (("0.1, weight_decay", "LR311"), ("0.1, 0.9", "LR310"), ("betas=(0, 0.9)", "LR310")),
            "AdamW": (("0.1, betas=(0.9,)", "LR310"), ("momentum=0.9", "LR301"), ("0.1, betas=[0.9, 0.99]", "")),
            "RMSprop": (("0.1, weight_decay", ""), ("0.1, betas=(0.9, 0.99)", "LR301"), ("alpha=-0.5", "LR310")),
            "Adagrad": (("0.1, weight_decay", ""), ("rho=0.9", "LR301"), ("0.1, lr_decay=-1", "LR310")),
        }[name]
        lrs = ('"0.1"', "(0.1,)", "None", "-0.1", "-1")
        settings, code = self.random.choice(
            [
                *of_class * 2,
                (self.random.choice(UNKNOWN), "LR301"),
                ("0.1, lr=0.1", "LR301"),
                (f"lr=0.1, {self.random.choice(invalid)}", "LR310"),
                (f"lr={self.random.choice(lrs)}", "LR310"),
                (f"lr={self.bind(self.random.choice(lrs), 'lr')}", "LR310"),
            ]
        )
        if settings.endswith("weight_decay"):
            self.before.append("weight_decay = 1e-4")
        is_none = any(f"{settings.removeprefix('lr=')} = None" == line for line in self.before)
        self.must |= {code} - {""} if not is_none else set()
        return f"optim.{name}({params}, {settings})", []

    def params(self) -> tuple[str, list[Source]]:
        if self.chance(0.35):
            source = self.source()
            return source.text, [source]
        groups = [self.source() for _ in range(self.random.choice([1, 2, 2, 2, 3]))]
        entries = [self.group(source) for source in groups]
        if self.chance(0.2):
            name = self.bind(f"[{entries[0]}]", "groups")
            self.before += [f"{name}.append({entry})" for entry in entries[1:]]
            return name, groups
        text = f"[{', '.join(entries)}]"
        return (self.bind(text, "groups") if self.chance(0.2) else text), groups

    def group(self, source: Source) -> str:
        setting = self.random.choice(["", "", ', "lr": 0.01', ', "weight_decay": 0.0'])
        if not setting and self.chance(0.2):
            return f"dict(params={source.text})"
        return f'{{"params": {source.text}{setting}}}'

    def beside(self) -> tuple[str, bool]:
        """What stands in the place of the LR, and whether it surely is an iterable of parameters or groups."""
        source = self.source()
        return self.random.choice(
            [
                (source.text, bool(source.plain)),
                (f"[{self.group(source)}]", bool(source.plain)),
                (self.group(source), bool(source.plain)),
                ("torch.tensor(0.1)", False),
                ("max([0.1, 0.01])", False),
                ("sum(p.numel() for p in model.parameters()) * 1e-4", False),
                ("next(iter([0.1]))", False),
            ]
        )

    def expect_overlaps(self, groups: Sequence[Source]) -> None:
        for one, another in combinations(groups, 2):
            if any(_overlap(a, b) for a in one.plain for b in another.plain):
                self.must.add("LR304")

    def addition(self, groups: list[Source]) -> Lines:
        source = self.source()
        if groups:
            self.expect_overlaps([*groups, source])
        return [f"optimizer.add_param_group({self.group(source)})"]

    # Parameters

    def source(self) -> Source:
        make = self.random.choice(
            [
                self.whole,
                self.whole,
                self.whole,
                self.joined,
                self.trainable,
                self.without_ids,
                self.by_name,
                self.listed_in_loop,
                self.single,
                self.of_generator,
            ]
        )
        source = make()
        is_fresh = not source.text.isidentifier() and source.text[0] == "["
        return Source(self.bind(source.text, "params"), source.plain) if is_fresh and self.chance(0.2) else source

    def bind(self, text: str, name: str) -> str:
        bound = self.new(name)
        self.before.append(f"{bound} = {text}")
        return bound

    def module(self) -> tuple[str, str]:
        """A module as it is written, and which it is."""
        module = self.random.choice(MODULES)
        return (self.bind(module, "part"), module) if self.chance(0.15) else (module, module)

    def whole(self) -> Source:
        text, module = self.module()
        forms = ["{}.parameters()", "{}.parameters()", "list({}.parameters())", "[*{}.parameters()]"]
        forms += ["[p for p in {}.parameters()]", "(p for p in {}.parameters())", "tuple({}.parameters())"]
        return Source(self.random.choice(forms).format(text), (module,))

    def joined(self) -> Source:
        (text, one), (other_text, other) = self.module(), self.module()
        forms = ["list({}.parameters()) + list({}.parameters())", "[*{}.parameters(), *{}.parameters()]"]
        forms += ["itertools.chain({}.parameters(), {}.parameters())"]
        return Source(self.random.choice(forms).format(text, other_text), (one, other))

    def trainable(self) -> Source:
        text, _ = self.module()
        forms = [
            "filter(lambda p: p.requires_grad, {}.parameters())",
            "[p for p in {}.parameters() if p.requires_grad]",
        ]
        forms += ["[p for p in {}.parameters() if p.ndim > 1]", "[p for p in {}.parameters() if p.ndim <= 1]"]
        return Source(self.random.choice(forms).format(text))

    def without_ids(self) -> Source:
        (text, _), (part, _) = self.module(), self.module()
        forms = [
            "{{id(p) for p in {}.parameters()}}",
            "list(map(id, {}.parameters()))",
            "set(map(id, {}.parameters()))",
        ]
        ids = self.bind(self.random.choice(forms).format(part), "ids")
        forms = ["[p for p in {}.parameters() if id(p) {}in {}]", "filter(lambda p: id(p) {1}in {2}, {0}.parameters())"]
        form = self.random.choice(forms)
        return Source(form.format(text, self.random.choice(["not ", "not ", ""]), ids))

    def by_name(self) -> Source:
        """Parameters chosen by a name that some of them have: the rules take it that nobody asks for other ones."""
        text, module = self.module()
        tests = ['"head" not in n', 'not n.startswith("backbone")', 'n.endswith("bias")', 'not n.endswith("bias")']
        tests += ['"head" in n'] if module in ("model", "other") else []
        return Source(f"[p for n, p in {text}.named_parameters() if {self.random.choice(tests)}]")

    def listed_in_loop(self) -> Source:
        text, _ = self.module()
        decay, rest = self.new("decay"), self.new("no_decay")
        self.before += [
            f"{decay}, {rest} = [], []",
            f"for n, p in {text}.named_parameters():",
            '    if n.endswith("bias"):',
            f"        {rest}.append(p)",
            "    else:",
            f"        {decay}.append(p)",
        ]
        return Source(self.random.choice([decay, rest, f"{decay} + {rest}"]))

    def single(self) -> Source:
        return Source(self.random.choice(["[model.head.weight]", "[model.head.weight, model.head.bias]"]))

    def of_generator(self) -> Source:
        """A name that holds a generator, which is empty once it was used."""
        text, _ = self.module()
        if not self.generators or self.chance(0.4):
            forms = [
                "{}.parameters()",
                "(p for p in {}.parameters())",
                "filter(lambda p: p.requires_grad, {}.parameters())",
            ]
            forms += ["iter(list({}.parameters()))", "itertools.chain({0}.parameters(), {0}.head.parameters())"]
            self.generators.append(
                self.bind(self.random.choice(forms[: 5 if text in ("model", "other") else 4]).format(text), "generator")
            )
            if self.chance(0.3):
                self.before.append(f"count = sum(p.numel() for p in {self.generators[-1]})")
        return Source(self.random.choice(self.generators))

    # Schedulers

    def schedule(self) -> Lines:
        if self.chance(0.3):
            return self.odd_schedule()
        name, arguments = self.random.choice(list(SCHEDULERS.items()))
        construction = f"lr_scheduler.{name}(optimizer, {arguments})"
        steps = {"scheduler.step()": "", "scheduler.step(0.5)": "", "scheduler.step(metrics=0.5)": "LR103"}
        steps |= {"scheduler.step(None)": "", "scheduler.step(1)": ""}
        if name == "ReduceLROnPlateau":
            steps |= {"scheduler.step()": "LR104", "scheduler.step(None)": "LR104", "scheduler.step(metrics=0.5)": ""}
        elif self.chance(0.15):
            construction = f"lr_scheduler.ChainedScheduler([{construction}])"
            steps |= {"scheduler.step(1)": "LR102", "scheduler.step(0.5)": "LR102"}
        step, code = self.random.choice(list(steps.items()))
        self.must |= {code} - {""}
        return [f"scheduler = {construction}", "optimizer.step()", step]

    def odd_schedule(self) -> Lines:
        """A scheduler with unusual arguments."""
        code = self.random.choice(["", *MISBUILT])
        construction = self.random.choice(MISBUILT.get(code, ODD))
        self.must |= {code} - {""}
        step = "scheduler.step(0.5)" if "Plateau" in construction else "scheduler.step()"
        return [f"scheduler = lr_scheduler.{construction}", "optimizer.step()", step]


def _overlap(one: str, other: str) -> bool:
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
