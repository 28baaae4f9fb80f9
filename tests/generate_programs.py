"""Small training programs, drawn at random: `generate(seed)` gives the same program for the same seed, everywhere.

They differ in what an analysis of the order of steps has to see through: imports, where optimizers and schedulers are
kept, functions, methods and closures around the steps, kinds of loops, conditions, ways out of a round.  Every program
runs through on torch in a few milliseconds.  What it does there is not known in advance: torch is asked.

All conditions are decided by constants and counters of the program, except for some that are drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from lrlint.cases.case import MAIN
from tests.generate_objects import ObjectAuthor
from tests.generate_steps import ARGUMENTS, Lines, Pair, inside
from tests.spread_modules import spread


def generate(seed: int, modules: bool = False) -> dict[str, str]:
    """The files of the program number `seed`."""
    random = Random(seed)
    text = _Author(random).program()
    return spread(text, random) if modules else {MAIN: text}


class _Author(ObjectAuthor):
    """Writes one program, from its innermost parts to the outside."""

    # The whole

    def program(self) -> str:
        construction = self.construction()
        training = self.training()
        body = [*self.constants, *self.parsed(), "", *self.functions, *self.laid_out(construction, training)]
        used = [f"import {name}" for name in _STANDARD if f"{name}." in "\n".join(body)]
        return "\n".join([*used, "import random", "import torch", *self.imports.lines, "", *body]) + "\n"

    def parsed(self) -> Lines:
        """The options of the command line."""
        if not self.flags:
            return []
        added = [f'parser.add_argument("--{name}", type=int, default={value})' for name, value in self.flags]
        return ["parser = argparse.ArgumentParser()", *added, "args = parser.parse_args([])"]

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
            if self.chance(0.2):
                classes = inside("class BaseTrainer:", initialize, inside("def run(self):", ["self.fit()"]))
                classes += inside("class Trainer(BaseTrainer):", self.methods, fit)
                return [*classes, "", "Trainer().run()"]
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
        return inside(head, self.round([*counters, counter], ["continue"], ["break"])) + self.at_end(counters)

    def at_end(self, counters: Sequence[str]) -> Lines:
        """The `else` of a loop, rarely."""
        if not self.chance(0.06):
            return []
        action = self.random.choice([self.scheduler_step, self.optimizer_step])
        return inside("else:", action(self.random.choice(self.pairs), counters))

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
        if self.chance(0.12):
            return self.in_part(self.actions_of_round(counters, ["return"], ["return"]), counters)
        return self.actions_of_round(counters, skip, leave)

    def actions_of_round(self, counters: Sequence[str], skip: Lines | None, leave: Lines) -> Lines:
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
            listed = ", ".join(pair.scheduler for pair in self.pairs)
            named = ", ".join(f"{index}: {pair.scheduler}" for index, pair in enumerate(self.pairs))
            loops = [f"for one in ({listed}):", f"for _, one in enumerate([{listed}]):"]
            loops += [f"for one in {{{named}}}.values():", f"for _, one in {{{named}}}.items():"]
            schedulers = [inside(self.random.choice(loops), ["one.step()"])]
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
_STANDARD = ("argparse", "collections", "contextlib", "dataclasses", "functools", "types")
_ITERABLES = (
    "list(range(3))",
    "reversed(range(3))",
    "range(3, 0, -1)",
    "range(3)",
    "range(4)",
    "range(1, 4)",
    "range(0, 6, 2)",
    "[0, 1, 2]",
    "(1, 2, 3)",
    "range({zero}, 4)",
)
