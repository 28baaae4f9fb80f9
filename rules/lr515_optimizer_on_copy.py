"""A model is replaced by another one after its optimizer was built, which goes on to train the old one.

## What it finds

`model = copy.deepcopy(model)`, `model = Net()` or `model = torch.load(…)` behind the optimizer that has the parameters
of `model`, in the same block, where both are used after that.

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model = copy.deepcopy(model)                            # LR515
    ...
    model(x).mean().backward()
    optimizer.step()                                        # updates the model from before

## Why it harms

The optimizer has the tensors of the old model. The new one gets gradients which nobody uses: measured on torch 2.13,
its weights stay as they are, without a warning. (`model.to(…)`, `DataParallel(model)` and their like keep the tensors.)

## Fix and its safety

No fix: the optimizer has to be built behind the model, and what was done to it in between may matter.

## What it cannot see

Optimizers that are copied themselves, and models that are replaced in another function.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#constructing-it
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import OptimizerBuild
from lrlint.program.rewrite import dotted_name, module_name
from lrlint.program.search import block_of, descend
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR515",
    name="optimizer-on-copy",
    summary="a model is replaced after its optimizer was built",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS, "parameters"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    for build in program.optimizer_builds.values():
        statement = build.statement
        optimizer = _name_of(statement, build.call)
        block = block_of(program.statements_around(build.call), statement) or ()
        if optimizer is None or statement not in block:
            continue
        index = block.index(statement)
        for model in _models(build):
            replaced = _replaced(block[index + 1 :], model, optimizer)
            if replaced is not None:
                yield Finding(
                    RULE,
                    *program.place(replaced),
                    f"`{model}` is another model from here on, and `{optimizer}` goes on to train the one before",
                    "",
                    (Related(*program.place(build.call), "the optimizer has the parameters from before"),),
                )


def _name_of(statement: ir.Statement, call: ir.Call) -> str | None:
    """The name that alone gets what a call gives."""
    if not isinstance(statement, ir.Assign) or statement.value is not call or len(statement.targets) != 1:
        return None
    return dotted_name(statement.targets[0])


def _models(build: OptimizerBuild) -> set[str]:
    """The modules, by their names, whose parameters are asked for in the call."""
    names = {module_name(one) for one in descend(build.call.arguments) if isinstance(one, ir.Call)}
    return {name for name in names if name is not None}


def _replaced(block: tuple[ir.Statement, ...], model: str, optimizer: str) -> ir.Statement | None:
    """The statement that gives the model's name another model, if both names are used behind it as they are."""
    for index, statement in enumerate(block):
        bound = {dotted_name(target) for target in statement.targets} if isinstance(statement, ir.Assign) else set()
        if optimizer in bound:
            return None
        if model in bound and isinstance(statement, ir.Assign):
            later = list(descend(block[index + 1 :]))
            rebound = {dotted_name(target) for one in later if isinstance(one, ir.Assign) for target in one.targets}
            used = {dotted_name(one) for one in later if isinstance(one, ir.Name | ir.Attribute)}
            is_used = {model, optimizer} <= used and not {model, optimizer} & rebound
            return statement if is_used and _is_other_model(statement.value, model) else None
    return None


def _is_other_model(value: ir.Expression, model: str) -> bool:
    """Whether a call surely gives other tensors than those of the model."""
    if not isinstance(value, ir.Call):
        return False
    if (dotted_name(value.func) or "").rpartition(".")[2] == "deepcopy":
        return True
    root = model.partition(".")[0]
    return not any(isinstance(one, ir.Name) and one.id == root for one in descend([value]))
