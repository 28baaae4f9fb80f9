"""Small training programs, drawn at random: `generate(seed)` gives the same program for the same seed, everywhere.

They differ in what an analysis of the order of steps has to see through: imports, where optimizers and schedulers are
kept, functions, methods and closures around the steps, kinds of loops, conditions, ways out of a round.  Every program
runs through on torch in a few milliseconds.  What it does there is not known in advance: torch is asked.

All conditions are decided by constants and counters of the program, except for some that are drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.cases import MAIN
from tests.generate_steps import ARGUMENTS, Lines, Pair, StepAuthor, inside
from tests.spread_modules import spread

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


def generate(seed: int, modules: bool = False) -> dict[str, str]:
    """The files of the program number `seed`."""
    random = Random(seed)
    text = _Author(random).program()
    return spread(text, random) if modules else {MAIN: text}


class _Author(StepAuthor):
    """Writes one program, from its innermost parts to the outside."""

    def __init__(self, random: Random) -> None:
        super().__init__(random)
        self.imports = random.choice(IMPORTS)

    # The whole

    def program(self) -> str:
        construction = self.construction()
        training = self.training()
        head = ["import random", "import torch", *self.imports.lines, "", *self.constants, "", *self.functions]
        return "\n".join([*head, *self.laid_out(construction, training)]) + "\n"

    def laid_out(self, construction: Lines, training: Lines) -> Lines:
        if self.layout == "module":
            return [*construction, *self.setup, *training]
        if self.layout == "main":
            return [*inside("def main():", construction, self.setup, training), "", self.random.choice(_CALLS_OF_MAIN)]
        if self.layout == "folds":
            folds = f"for fold in {self.random.choice(['range(2)', '[0, 1]'])}:"
            return inside(folds, construction, self.setup, training)
        if self.layout == "trainer":
            initialize = inside("def __init__(self):", construction, self.setup)
            fit = inside("def fit(self):", training)
            if self.chance(0.4):
                classes = inside("class BaseTrainer:", initialize, self.methods)
                classes += inside("class Trainer(BaseTrainer):", fit)
            else:
                classes = inside("class Trainer:", initialize, self.methods, fit)
            return [
                *classes,
                "",
                *self.random.choice(_USES_OF_TRAINER),
            ]
        names = ", ".join(self.built)
        build = inside("def build():", construction, [f"return {names}"])
        return [
            *build,
            *inside(f"def train({names}):", self.setup, training),
            "",
            f"{names} = build()",
            f"train({names})",
        ]

    # Construction

    def construction(self) -> Lines:
        count = self.random.choice([1, 1, 1, 2, 2, 3])
        return self.random.choice([self.kept_in_names, self.kept_in_names, self.kept_in_lists, self.kept_in_dicts])(
            count
        )

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

    # Training

    def training(self) -> Lines:
        lines = self.before_loop() if self.chance(0.2) else []
        lines += self.loop([])
        if self.chance(0.12):
            lines += self.second_run() if self.chance(0.5) else self.loop([])
        return lines

    def before_loop(self) -> Lines:
        pair = self.random.choice(self.pairs)
        step, advance = f"{pair.optimizer}.step()", f"{pair.scheduler}.step({ARGUMENTS[pair.takes]})"
        return self.random.choice(
            [
                [step],
                [advance],
                [step, advance],
                inside("for _ in range(2):", [step]),
                inside("for _ in range(2):", [advance]),
                self.guarded([step], []),
            ]
        )

    def second_run(self) -> Lines:
        """Another schedule on the same optimizer, which torch watches anew only if it is made to."""
        old = self.random.choice(self.pairs)
        name = self.own + self.new("second_scheduler")
        self.pairs = [Pair(old.optimizer, name)]
        again = f"{old.optimizer}._opt_called = False"
        return [again, f"{name} = {self.scheduler(old.optimizer)}", *self.loop([])]

    def loop(self, counters: Sequence[str]) -> Lines:
        """A loop over rounds, in which `counters` of the loops around it can be asked for, too."""
        counter = self.new("epoch")
        kind = self.random.choice([self.for_loop, self.for_loop, self.for_loop, self.while_loop, self.uncounted_loop])
        return kind(counter, counters)

    def for_loop(self, counter: str, counters: Sequence[str]) -> Lines:
        if self.chance(0.25):
            items = self.constant("[5, 6, 7]")
            iterable = self.random.choice([f"enumerate({items})", f"enumerate({items}, 1)", "enumerate(range(3))"])
            head = f"for {counter}, _ in {iterable}:"
        else:
            iterable = self.random.choice(_ITERABLES).format(zero=self.constant("0"))
            head = f"for {counter} in {iterable}:"
        return inside(head, self.round([*counters, counter], ["continue"], ["break"]))

    def uncounted_loop(self, counter: str, counters: Sequence[str]) -> Lines:
        return inside("for _ in range(3):", self.round(counters, ["continue"], ["break"]))

    def while_loop(self, counter: str, counters: Sequence[str]) -> Lines:
        count = f"{counter} += 1"
        counters = [*counters, counter]
        if self.chance(0.25):
            head, rest = "while True:", [count, *inside(f"if {counter} >= 3:", ["break"])]
            return [f"{counter} = 0", *inside(head, self.round(counters, None, ["break"]), rest)]
        head = f"while {counter} < 4:"
        if self.chance(0.3):
            return [f"{counter} = 0", *inside(head, [count], self.round(counters, ["continue"], ["break"]))]
        return [f"{counter} = 0", *inside(head, self.round(counters, [count, "continue"], ["break"]), [count])]

    def round(self, counters: Sequence[str], skip: Lines | None, leave: Lines) -> Lines:
        """The body of a loop; `skip` and `leave` are the ways out of the round and of the loop."""
        if len(counters) < 2 and self.chance(0.15):
            return self.nested_loops(counters)
        parts = [self.wrapped(action, counters) for action in self.actions(counters)]
        if counters and skip and self.chance(0.05):
            parts.insert(0, self.wound_forward(counters[-1], skip))
        if self.layout not in ("module", "folds") and self.chance(0.2):
            leave = ["return"]
        if self.chance(0.15):
            way_out = leave if skip is None or self.chance(0.3) else skip
            parts.insert(self.random.randint(0, len(parts)), inside(f"if {self.condition(counters)}:", way_out))
        lines = [line for part in parts for line in part]
        if self.chance(0.08):
            return inside("try:", lines) + inside("finally:", ["pass"])
        return lines

    def wound_forward(self, counter: str, skip: Lines) -> Lines:
        """The rounds before the one with which a resumed run begins."""
        pair = self.random.choice(self.pairs)
        lines = [f"{pair.scheduler}.step({ARGUMENTS[pair.takes]})", *skip]
        return inside(f"if {counter} < {self.constant(self.random.choice(['0', '1', '2']))}:", lines)

    def nested_loops(self, counters: Sequence[str]) -> Lines:
        """Rounds in rounds: steps in the inner loop, and maybe one more around it."""
        lines = self.loop(counters)
        if self.chance(0.5):
            return lines
        action = self.random.choice([self.scheduler_step, self.optimizer_step])
        more = self.wrapped(action(self.random.choice(self.pairs), counters), counters)
        return more + lines if self.chance(0.5) else lines + more

    def actions(self, counters: Sequence[str]) -> list[Lines]:
        """The steps of a round, in the right order or in another one."""
        optimizers = [self.optimizer_step(pair, counters) for pair in self.pairs]
        schedulers = [self.scheduler_step(pair, counters) for pair in self.pairs]
        if len(self.pairs) > 1 and self.chance(0.3):
            optimizers = [inside(f"for one in ({', '.join(p.optimizer for p in self.pairs)}):", ["one.step()"])]
        takes_nothing = all(pair.takes != "metric" for pair in self.pairs)
        if len(self.pairs) > 1 and takes_nothing and self.chance(0.15):
            return [self.zipped_steps()]
        if len(self.pairs) > 1 and takes_nothing and self.chance(0.3):
            schedulers = [inside(f"for one in ({', '.join(p.scheduler for p in self.pairs)}):", ["one.step()"])]
        if self.chance(0.4):
            return optimizers + schedulers
        if self.chance(0.5):
            return schedulers + optimizers
        mixed = optimizers + schedulers
        self.random.shuffle(mixed)
        return mixed[: self.random.choice([len(mixed), len(mixed), len(mixed) - 1])]

    def zipped_steps(self) -> Lines:
        optimizers = ", ".join(pair.optimizer for pair in self.pairs)
        schedulers = ", ".join(pair.scheduler for pair in self.pairs)
        steps = self.random.choice([["one.step()", "its.step()"], ["its.step()", "one.step()"]])
        return inside(f"for one, its in zip([{optimizers}], [{schedulers}]):", steps)


_CALLS_OF_MAIN = ("main()", 'if __name__ == "__main__": main()')
_USES_OF_TRAINER = (["Trainer().fit()"], ["trainer = Trainer()", "trainer.fit()"])
_ITERABLES = ("range(3)", "range(4)", "range(1, 4)", "range(0, 6, 2)", "[0, 1, 2]", "(1, 2, 3)", "range({zero}, 4)")
