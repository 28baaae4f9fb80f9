"""Steps of optimizers and schedulers as programs write them, and what may stand around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

Lines = list[str]

LAYOUTS = ("module", "main", "build and train", "trainer", "folds")

DRAWS = ("random.random()", "torch.rand(1)")
"""What a program can draw, between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The expressions by which the loops get at an optimizer and at a scheduler of it, and what its step takes."""

    optimizer: str
    scheduler: str
    takes: Literal["epoch", "nothing", "metric"] = "epoch"


def inside(head: str, *blocks: Lines) -> Lines:
    """A compound statement."""
    return [head, *(f"    {line}" for block in blocks for line in block)]


class StepAuthor:
    """Writes the steps of one program.

    `constants` and `functions` are lines at the top of the module, `flags` the options of the command line with their
    defaults, `setup` those between the construction and the
    loops, `methods` those of the trainer; `own` stands before the names that loops and their functions share.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.layout = random.choice(LAYOUTS)
        self.own = "self." if self.layout == "trainer" else ""
        self.constants: Lines = []
        self.functions: Lines = []
        self.setup: Lines = []
        self.methods: Lines = []
        self.built: list[str] = []
        self.pairs: list[Pair] = []
        self.flags: list[tuple[str, str]] = []
        self.numbers = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def new(self, name: str) -> str:
        """A name that is not taken."""
        self.numbers += 1
        return f"{name}_{self.numbers}"

    # Steps

    def optimizer_step(self, pair: Pair, counters: Sequence[str]) -> Lines:
        step: Callable[[str], Lines] = self.random.choice(
            [
                lambda optimizer: [f"{optimizer}.step()"],
                lambda optimizer: [f"{optimizer}.zero_grad()", f"{optimizer}.step()"],
                lambda optimizer: [f"current = {optimizer}", "current.step()"],
                lambda optimizer: [f"update = {optimizer}.step", "update()"],
                lambda optimizer: [f"functools.partial({optimizer}.step)()"],
                lambda optimizer: [f"(current := {optimizer}).step()"],
                lambda optimizer: inside("for _ in range(2):", ["pass"]) + inside("else:", [f"{optimizer}.step()"]),
                self.step_of_made_function,
                self.step_of_scaler,
                self.step_with_closure,
                self.step_in_function,
                self.step_in_batches,
            ]
        )
        return step(pair.optimizer)

    def step_of_scaler(self, optimizer: str) -> Lines:
        scaler = self.own + self.new("scaler")
        self.setup.append(f'{scaler} = torch.amp.GradScaler("cpu", enabled=False)')
        return [f"{scaler}.step({optimizer})", f"{scaler}.update()"]

    def step_with_closure(self, optimizer: str) -> Lines:
        return [*inside("def closure():", ["return torch.zeros(1)"]), f"{optimizer}.step(closure)"]

    def step_of_made_function(self, optimizer: str) -> Lines:
        make = self.new("make_update")
        update = inside("def update():", ["optimizer.step()"])
        self.functions += inside(f"def {make}(optimizer):", update, ["return update"])
        return [f"{make}({optimizer})()"]

    def step_in_function(self, optimizer: str) -> Lines:
        train, epoch = self.new("train_batch"), self.new("train_epoch")
        self.functions += inside(f"def {train}(optimizer):", ["optimizer.step()"])
        if self.chance(0.5):
            return [f"{train}({optimizer})"]
        self.functions += inside(
            f"def {epoch}(optimizer, batches=2):", inside("for _ in range(batches):", [f"{train}(optimizer)"])
        )
        return [f"{epoch}({optimizer})"]

    def step_in_batches(self, optimizer: str) -> Lines:
        batch = self.new("batch")
        step = [f"{optimizer}.step()"]
        if self.chance(0.4):
            step = inside(f"if {self.random.choice([f'({batch} + 1) % 2 == 0', f'{batch} > 0'])}:", step)
        if self.chance(0.15):
            step = [*inside(f"if {batch} == 0:", ["continue"]), *step]
        return inside(f"for {batch} in {self.random.choice(['range(2)', '[0, 1]'])}:", step)

    def scheduler_step(self, pair: Pair, counters: Sequence[str]) -> Lines:
        argument = ARGUMENTS[pair.takes]
        if pair.takes == "epoch" and counters and self.chance(0.25):
            argument = self.epoch(counters)
        step: Callable[[str, str], Lines] = self.random.choice(
            [
                lambda scheduler, epoch: [f"{scheduler}.step({epoch})"],
                lambda scheduler, epoch: [f"{scheduler}.step({epoch})"],
                lambda scheduler, epoch: [f"current = {scheduler}", f"current.step({epoch})"],
                lambda scheduler, epoch: [f"advance = {scheduler}.step", f"advance({epoch})"],
                lambda scheduler, epoch: [f"advance = lambda: {scheduler}.step({epoch})", "advance()"],
                lambda scheduler, epoch: [f"[one.step({epoch}) for one in [{scheduler}]]"],
                lambda scheduler, epoch: [f"functools.partial({scheduler}.step)({epoch})"],
                lambda scheduler, epoch: [f"(current := {scheduler}).step({epoch})"],
                lambda scheduler, epoch: [f'getattr({scheduler}, "step")({epoch})'],
                lambda scheduler, epoch: inside(f"if {scheduler} is not None:", [f"{scheduler}.step({epoch})"]),
                lambda scheduler, epoch: [f"{scheduler}.step({epoch}) if {self.condition(counters)} else None"],
                lambda scheduler, epoch: [f"{self.option()} and {scheduler}.step({epoch})"],
                self.advance_in_function,
                self.advance_by_object,
            ]
        )
        return step(pair.scheduler, argument)

    def advance_by_object(self, scheduler: str, epoch: str) -> Lines:
        """An object that keeps the scheduler and is called in each round, like a callback."""
        name = self.new("Stepper")
        initialize = inside("def __init__(self, scheduler):", ["self.scheduler = scheduler"])
        advance = inside("def advance(self, epoch=None):", ["self.scheduler.step(epoch)"])
        if not epoch:
            advance = inside("def advance(self):", ["self.scheduler.step()"])
        self.functions += inside(f"class {name}:", initialize, advance)
        if "second" in scheduler:  # it is built behind the setup
            return [f"{name}({scheduler}).advance({epoch})"]
        stepper = self.own + self.new("stepper")
        self.setup.append(f"{stepper} = {name}({scheduler})")
        return [f"{stepper}.advance({epoch})"]

    def advance_in_function(self, scheduler: str, epoch: str) -> Lines:
        name = self.new("advance")
        if not epoch:
            self.functions += inside(f"def {name}(scheduler):", ["scheduler.step()"])
            calls = [f"{name}({scheduler})", f"{name}(*[{scheduler}])", f'{name}(**{{"scheduler": {scheduler}}})']
            return [self.random.choice(calls)]
        self.functions += inside(f"def {name}(scheduler, epoch=None):", ["scheduler.step(epoch)"])
        return [f"{name}({scheduler}, {epoch})"]

    def epoch(self, counters: Sequence[str]) -> str:
        counter = self.random.choice(counters)
        return self.random.choice([counter, f"{counter} + 1", f"epoch={counter}", "None", "3"])

    # What stands around a step

    def wrapped(self, lines: Lines, counters: Sequence[str]) -> Lines:
        if self.chance(0.35):
            lines = self.guarded(lines, counters)
        if self.chance(0.12):
            lines = self.in_block(lines)
        if self.chance(0.2):
            lines = self.in_part(lines, counters)
        return lines

    def guarded(self, lines: Lines, counters: Sequence[str]) -> Lines:
        if self.chance(0.1):
            return self.behind_first_round(lines)
        test = inside(f"if {self.condition(counters)}:", lines)
        if self.chance(0.1):
            test += [*inside(f"elif {self.condition(counters)}:", lines)]
        if self.chance(0.2):
            test += inside("else:", ["pass"] if self.chance(0.5) else lines)
        return test

    def behind_first_round(self, lines: Lines) -> Lines:
        flag = self.own + self.new("is_first")
        self.setup.append(f"{flag} = True")
        return [*inside(f"if not {flag}:", lines), f"{flag} = False"]

    def in_block(self, lines: Lines) -> Lines:
        return self.random.choice(
            [
                inside("try:", lines) + inside("finally:", ["pass"]),
                inside("try:", ["pass"]) + inside("finally:", lines),
                inside("try:", lines) + inside("except RuntimeError:", ["raise"]),
                inside("with torch.enable_grad():", lines),
                inside("for _ in (0,):", lines),
                inside("for _ in ():", ["pass"]) + inside("else:", lines),
                inside("with contextlib.nullcontext():", lines),
                inside("try:", ["pass"]) + inside("except RuntimeError:", ["raise"]) + inside("else:", lines),
                inside(f"match {self.constant(self.random.choice(_MODES))}:", *map(self.inside_case, [lines, None])),
            ]
        )

    def inside_case(self, lines: Lines | None) -> Lines:
        return inside("case _:", ["pass"]) if lines is None else inside('case "train":', lines)

    def in_part(self, lines: Lines, counters: Sequence[str]) -> Lines:
        """Move lines to a method, or to a function that sees the names around the loop."""
        name = self.new("part")
        parameters = ", ".join(counters)
        if self.own:
            self.methods += inside(f"def {name}(self, {parameters}):", lines)
            return [f"self.{name}({parameters})"]
        outer = "global" if self.layout in ("module", "folds") else "nonlocal"
        flags = sorted(set(re.findall(r"(?:is_first)_\d+(?= \+?= )", "\n".join(lines))))
        declaration = [f"{outer} {', '.join(flags)}"] if flags else []
        self.setup += inside(f"def {name}({parameters}):", declaration, lines)
        return [f"{name}({parameters})"]

    # Conditions

    def condition(self, counters: Sequence[str]) -> str:
        if counters and self.chance(0.6):
            counter = self.random.choice(counters)
            condition = self.random.choice(_CONDITIONS)
            numbers = {"one": "1", "none": "-1", "two": "2"}
            constants = {name: self.constant(n) for name, n in numbers.items() if f"{{{name}}}" in condition}
            if "{warm}" in condition:
                self.flags.append((self.new("warm"), self.random.choice(["0", "1", "2"])))
                constants["warm"] = self.flags[-1][0]
            return condition.format(counter=counter, **constants)
        return self.option() if self.chance(0.5) else self.drawn()

    def option(self) -> str:
        value = self.random.choice(["True", "True", "False"])
        if self.chance(0.15):
            self.flags.append((self.new("flag"), value))
            return self.random.choice([f"args.{self.flags[-1][0]}", f"not args.{self.flags[-1][0]}"])
        name = self.constant(value)
        return self.random.choice([name, name, f"not {name}", f"{name} is True"])

    def drawn(self) -> str:
        """A condition on what only a run can know."""
        return f"{self.random.choice(DRAWS)} < 0.5"

    def constant(self, value: str) -> str:
        name = self.new("OPTION")
        self.constants.append(f"{name} = {value}")
        return name


_MODES = ('"train"', '"train"', '"test"')

ARGUMENTS = {"epoch": "", "nothing": "", "metric": "0.5"}
"""What a step gets if it gets no epoch."""

_CONDITIONS = (
    "{counter} > 0",
    "{counter} >= 1",
    "{counter} != 0",
    "{counter} == 0",
    "{counter} % 2 == 0",
    "{counter} % 2",
    "({counter} + 1) % 2 == 0",
    "{counter} < 2",
    "{counter}",
    "not {counter}",
    "{counter} >= {one}",
    "{counter} > {none}",
    "{counter} % {two} == 0",
    "({counter} + 1) % {two} == 0",
    "0 < {counter} < 9",
    "{counter} > 0 and {counter} < 9",
    "{counter} > 1 or {counter} == {one}",
    "{counter} in (1, 2)",
    "not ({counter} == 0)",
    "(now := {counter}) > 0",
    "{counter} >= args.{warm}",
)
