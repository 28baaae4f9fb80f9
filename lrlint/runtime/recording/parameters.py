"""Facts about the parameters of optimizers: LR304, LR507, LR701 and LR702."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch

from lrlint.rule import Severity
from lrlint.runtime.recording.facts import Fact, related
from lrlint.runtime.recording.objects import OptimizerRecord
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.texts import Texts

_LOOKS = 2
_TURNS = 4
_NAMED = 3
"""So many parameters are named in a message."""


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """Parameters that an optimizer has twice, that two take turns with, that none has, and that have no gradient."""
    yield from _given_twice(recorder)
    yield from _shared(recorder)
    if is_over:
        names = Names(recorder.modules)
        yield from _without_optimizer(recorder, names)
        for optimizer in recorder.optimizers if recorder.has_gradients else ():
            yield from _without_gradient(optimizer, names)


def _given_twice(recorder: Recorder) -> Iterator[Fact]:
    for site, item in dict.fromkeys(recorder.doubles):
        if item is not None:
            message = "the same parameters are in two groups: ValueError, some parameters appear in more than one"
            yield Fact("LR304", site, message, "has parameters of a group before it", item=item)
        else:
            message = "the same parameters are in one group twice: each step updates them twice"
            yield Fact("LR304", site, message, "has parameters twice", (), Severity.CORRECTNESS)


def _shared(recorder: Recorder) -> Iterator[Fact]:
    for optimizer in recorder.optimizers:
        for other, turns in optimizer.turns.items():
            if turns.changes >= _TURNS and other.ident < optimizer.ident and optimizer.site is not None:
                yield Fact(
                    "LR507",
                    optimizer.site,
                    f"this {optimizer.class_name} and another optimizer took turns to step parameters that both have",
                    "has parameters of another optimizer",
                    related(
                        (other.site, "the other one"),
                        (other.first_step, "the other one stepped here"),
                        (optimizer.first_step, "this one stepped here"),
                    ),
                )


def _without_optimizer(recorder: Recorder, names: Names) -> Iterator[Fact]:
    """Told of the first optimizer that has parameters of the same module.

    Nothing is told where optimizers have copies of parameters, as those of mixed precision by hand do.
    """
    found = [ref() for ref, looks in recorder.orphans.values() if looks >= _LOOKS]
    orphans = [one for one in found if one is not None]
    optimizer = next((one for one in recorder.optimizers if one.steps >= _LOOKS and one.site is not None), None)
    if recorder.has_copies or not orphans or optimizer is None or optimizer.site is None:
        return
    yield Fact(
        "LR701",
        optimizer.site,
        f"{names.listed(orphans)} got gradients, but {_is_are(orphans)} in no optimizer: nothing trains"
        f" {'it' if len(orphans) == 1 else 'them'}",
        "does not have them",
        related((optimizer.first_step, "it stepped here")),
    )


def _without_gradient(optimizer: OptimizerRecord, names: Names) -> Iterator[Fact]:
    found = [ref() for ref in optimizer.gradients.missing.values()]
    missing = [one for one in found if one is not None and one.requires_grad]
    if optimizer.gradients.looks < _LOOKS or not missing or optimizer.site is None:
        return
    if len(missing) == optimizer.gradients.total:
        message = "none of its parameters ever had a gradient when the optimizer stepped: nothing was trained"
    else:
        message = f"{names.listed(missing)} never had a gradient when the optimizer stepped: not trained"
    yield Fact(
        "LR702",
        optimizer.site,
        message,
        "steps parameters without a gradient",
        related((optimizer.first_step, "it stepped here")),
    )


def _is_are(parameters: Sequence[object]) -> str:
    return "is" if len(parameters) == 1 else "are"


class Names:
    """The names of parameters, from the outermost module that is left."""

    def __init__(self, modules: Iterable[torch.nn.Module]) -> None:
        self._modules = list(modules)
        self._names: Mapping[int, str] | None = None

    def listed(self, parameters: Sequence[torch.Tensor]) -> str:
        """So many parameters, the first of them by name."""
        known = self._known()
        names = sorted(known[id(one)] for one in parameters if id(one) in known)[:_NAMED]
        shown = ", ".join(f"`{name}`" for name in names)
        more = ", …" if names and len(parameters) > len(names) else ""
        count = "1 parameter" if len(parameters) == 1 else f"{len(parameters)} parameters"
        return f"{count} ({shown}{more})" if names else count

    def _known(self) -> Mapping[int, str]:
        if self._names is None:
            inner = {id(one) for module in self._modules for one in module._modules.values()}
            roots = [one for one in self._modules if id(one) not in inner]
            self._names = {
                id(parameter): name
                for module in roots
                for name, parameter in module.named_parameters(remove_duplicate=False)
            }
        return self._names
