"""Optimizers and schedulers as programs build them, and where they keep them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.generate_steps import Lines, Pair, StepAuthor, inside

OPTIMIZERS = ("SGD", "Adam", "AdamW")
SCHEDULERS = {
    "StepLR": "step_size=2",
    "ExponentialLR": "gamma=0.9",
    "CosineAnnealingLR": "T_max=5",
    "MultiStepLR": "milestones=[1, 3]",
    "LambdaLR": "lr_lambda=lambda round: 0.9**round",
    "LinearLR": "total_iters=4",
    "OneCycleLR": "max_lr=1.0, total_steps=1000, cycle_momentum=False",
    "CosineAnnealingWarmRestarts": "T_0=3",
}
PLATEAU = ("ReduceLROnPlateau", "patience=1")
WITHOUT_EPOCH = ("SequentialLR", "ChainedScheduler", "ReduceLROnPlateau")


@dataclass(frozen=True, slots=True)
class Imports:
    """Import statements, and how the classes of optimizers and schedulers are written below them."""

    lines: tuple[str, ...]
    optimizer: str
    scheduler: str


IMPORTS = (
    Imports((), "torch.optim.{}", "torch.optim.lr_scheduler.{}"),
    Imports(("from torch import optim",), "optim.{}", "optim.lr_scheduler.{}"),
    Imports(("import torch.optim as o", "import torch.optim.lr_scheduler as schedules"), "o.{}", "schedules.{}"),
    Imports(("from torch import optim", "from torch.optim import lr_scheduler"), "optim.{}", "lr_scheduler.{}"),
    Imports((f"from torch.optim import {', '.join(OPTIMIZERS)}", "from torch.optim.lr_scheduler import *"), "{}", "{}"),
    Imports(
        (
            *(f"from torch.optim import {name} as My{name}" for name in OPTIMIZERS),
            *(f"from torch.optim.lr_scheduler import {name} as My{name}" for name in (*SCHEDULERS, *WITHOUT_EPOCH)),
        ),
        "My{}",
        "My{}",
    ),
)


class ObjectAuthor(StepAuthor):
    """Writes the constructions of one program."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.imports = random.choice(IMPORTS)

    def construction(self) -> Lines:
        count = self.random.choice([1, 1, 1, 2, 2, 3])
        keep = [self.kept_in_names, self.kept_in_names, self.kept_in_lists, self.kept_in_dicts, self.kept_in_records]
        return self.random.choice(keep)(count)

    def optimizer(self) -> str:
        name = self.imports.optimizer.format(self.random.choice(OPTIMIZERS))
        if self.chance(0.1):
            build = self.new("build_optimizer")
            self.functions += inside(f"def {build}(params, lr=0.1):", [f"return {name}(params, lr=lr)"])
            return f"{build}([torch.nn.Parameter(torch.ones(2))])"
        return f"{name}([torch.nn.Parameter(torch.ones(2))], lr=0.1)"

    def scheduler(self, optimizer: str) -> str:
        if self.chance(0.05):
            return self.own_scheduler(optimizer)
        name, arguments = self.random.choice(list(SCHEDULERS.items()))
        if self.chance(0.1):
            build, built = self.new("build_scheduler"), f"{self.imports.scheduler.format(name)}(optimizer, {arguments})"
            self.functions += inside(f"def {build}(optimizer):", [f"return {built}"])
            return f"{build}({optimizer})"
        if self.chance(0.06):
            build = self.new("build_scheduler")
            self.functions.append(f"{build} = functools.partial({self.imports.scheduler.format(name)}, {arguments})")
            return f"{build}({optimizer})"
        return f"{self.imports.scheduler.format(name)}({optimizer}, {arguments})"

    def own_scheduler(self, optimizer: str) -> str:
        """Of a class of the program that leaves `step` alone."""
        name = self.new("Decay")
        base = self.imports.scheduler.format("LambdaLR")
        construct = ["super().__init__(optimizer, lambda round: 0.5**round)"]
        self.functions += inside(f"class {name}({base}):", inside("def __init__(self, optimizer):", construct))
        return f"{name}({optimizer})"

    def joined_schedulers(self, optimizer: str) -> str:
        parts = [self.imports.scheduler.format(name) for name in ("LinearLR", "StepLR", *WITHOUT_EPOCH[:2])]
        members = f"[{parts[0]}({optimizer}, total_iters=2), {parts[1]}({optimizer}, step_size=2)]"
        one = f"{parts[2]}({optimizer}, {members}, milestones=[2])"
        return self.random.choice([one, f"{parts[3]}({members})"])

    def keep(self, name: str) -> str:
        """A new name that the training gets, as the construction and the training write it."""
        self.built.append(self.new(name))
        return self.own + self.built[-1]

    def kept_in_names(self, count: int) -> Lines:
        lines = []
        for _ in range(count):
            optimizer = self.keep("optimizer")
            lines.append(f"{optimizer} = {self.optimizer()}")
            if self.chance(0.05):
                lines.append(f"{optimizer}.step()")  # before the construction of the scheduler it does not count
            for _ in range(self.random.choice([1, 1, 1, 1, 2])):
                lines += self.named_pair(optimizer)
        return lines

    def named_pair(self, optimizer: str) -> Lines:
        scheduler = self.keep("scheduler")
        if self.chance(0.08):
            self.pairs.append(Pair(optimizer, scheduler, "nothing"))
            return [f"{scheduler} = {self.joined_schedulers(optimizer)}"]
        if self.chance(0.08):
            self.pairs.append(Pair(optimizer, scheduler, "metric"))
            name, arguments = PLATEAU
            return [f"{scheduler} = {self.imports.scheduler.format(name)}({optimizer}, {arguments})"]
        self.pairs.append(Pair(optimizer, scheduler))
        lines = self.named_scheduler(scheduler, optimizer)
        return [*lines, f"{optimizer}.step()"] if self.chance(0.05) else lines

    def named_scheduler(self, name: str, optimizer: str) -> Lines:
        one, other = self.scheduler(optimizer), self.scheduler(optimizer)
        if self.chance(0.1):
            return [f"{name} = {one} if {self.option()} else {other}"]
        if self.chance(0.1):
            return [f"{name} = {one} if {self.constant('True')} else None"]
        if self.chance(0.1):
            return [*inside(f"if {self.option()}:", [f"{name} = {one}"]), *inside("else:", [f"{name} = {other}"])]
        return [f"{name} = {one}"]

    def kept_in_lists(self, count: int) -> Lines:
        optimizers, schedulers = self.keep("optimizers"), self.keep("schedulers")
        self.pairs = [Pair(f"{optimizers}[{index}]", f"{schedulers}[{index}]") for index in range(count)]
        lines = [f"{optimizers} = [{', '.join(self.optimizer() for _ in range(count))}]"]
        if self.chance(0.3):
            return [*lines, f"{schedulers} = [{self.scheduler('one')} for one in {optimizers}]"]
        if self.chance(0.2):
            append = f"{schedulers}.append({self.scheduler('one')})"
            return [*lines, f"{schedulers} = []", *inside(f"for one in {optimizers}:", [append])]
        return [*lines, f"{schedulers} = [{', '.join(self.scheduler(pair.optimizer) for pair in self.pairs)}]"]

    def kept_in_dicts(self, count: int) -> Lines:
        if self.chance(0.4):
            state = self.keep("state")
            self.pairs = [Pair(f'{state}["optimizer"]', f'{state}["scheduler"]')]
            lines = [f'{state} = {{"optimizer": {self.optimizer()}}}']
            return [*lines, f'{state}["scheduler"] = {self.scheduler(self.pairs[0].optimizer)}']
        optimizers, schedulers = self.keep("optimizers"), self.keep("schedulers")
        keys = ["encoder", "decoder"][:count]
        self.pairs = [Pair(f'{optimizers}["{key}"]', f'{schedulers}["{key}"]') for key in keys]
        entries = ", ".join(f'"{key}": {self.optimizer()}' for key in keys)
        built = ", ".join(
            f'"{key}": {self.scheduler(pair.optimizer)}' for key, pair in zip(keys, self.pairs, strict=True)
        )
        return [f"{optimizers} = {{{entries}}}", f"{schedulers} = {{{built}}}"]

    def kept_in_records(self, count: int) -> Lines:
        """One object of a record class for each pair, or for all."""
        kind, state = self.new("State"), self.keep("state")
        fields = [f"optimizer: object{self.random.choice(['', ' = None'])}", "scheduler: object = None"]
        self.functions += self.random.choice(
            [
                ["@dataclasses.dataclass", *inside(f"class {kind}:", fields)],
                [f'{kind} = collections.namedtuple("{kind}", ["optimizer", "scheduler"])'],
                inside(
                    f"class {kind}:",
                    inside(
                        "def __init__(self, optimizer, scheduler):",
                        ["self.optimizer = optimizer", "self.scheduler = scheduler"],
                    ),
                ),
                [f"{kind} = types.SimpleNamespace"],
            ]
        )
        call = "{}(optimizer={}, scheduler={})"
        if count == 1:
            self.pairs = [Pair(f"{state}.optimizer", f"{state}.scheduler")]
            return [f"one = {self.optimizer()}", f"{state} = {call.format(kind, 'one', self.scheduler('one'))}"]
        self.pairs = [Pair(f"{state}[{index}].optimizer", f"{state}[{index}].scheduler") for index in range(count)]
        lines = [f"{state} = []"]
        for _ in range(count):
            lines.append(f"one = {self.optimizer()}")
            lines.append(f"{state}.append({call.format(kind, 'one', self.scheduler('one'))})")
        return lines
