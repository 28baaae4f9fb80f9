"""What stands for values that the code does not tell: numbers by their names, objects by what is done to them."""

from __future__ import annotations

import re
from enum import IntEnum

from lrlint.reproduction.record import Settings


class Role(IntEnum):
    """What a value is good for in a script; where it is for several things, the last of them counts."""

    ANY = 0
    ITEMS = 1
    OBJECT = 2
    TEXT = 3
    FLAG = 4
    NUMBER = 5
    CALLABLE = 6
    LOSS = 7
    NAMESPACE = 8
    OPTIMIZER = 9
    SCHEDULER = 10
    PARAMETER = 11
    PARAMS = 12
    MODEL = 13


_NUMBERS: tuple[tuple[str, object], ...] = (
    (r"steps_per_epoch|iters?_per_epoch|len_loader|num_batches", "steps"),
    (r"start_epoch|begin_epoch|start_iter|epoch_start|^start|first_epoch|resume", 0),
    (r"last_epoch", -1),
    (r"milestones?|decay_epochs|lr_steps|lr_decay_epochs", "milestones"),
    (r"^steps$|n_steps", "steps"),
    (r"total_steps|max_steps|max_iters?|total_iter|num_training_steps|total_num_steps|t_total|num_steps|n_iter", "all"),
    (r"warm", 2),
    (r"^t_max$|epochs?$|^max_epoch|num_epochs|n_epochs|epoch_num|niter|cosine", "epochs"),
    (r"weight_decay|^wd$|l2", 0.0),
    (r"eta_min|min_lr|lr_min|end_factor_min|final_lr|lr_end", 0.0),
    (r"(^|_)(lr|learning_rate)s?($|_)|^lr|lr$|learningrate", 0.1),
    (r"betas", (0.9, 0.999)),
    (r"beta1|^b1$", 0.9),
    (r"beta2|^b2$", 0.999),
    (r"momentum", 0.9),
    (r"^eps|epsilon", 1e-8),
    (r"gamma|factor|decay_rate|lr_decay$", 0.5),
    (r"power|div|mult", 2),
    (r"accum", 2),
    (r"patience", 0),
    (r"rank|seed|gpu|device", 0),
    (r"step_size|lr_step|interval|freq|period|every|cycle|world|workers|batch|^t_0|size", 1),
)


def number_for(names: tuple[str, ...], settings: Settings) -> str:
    """A number for what has these names, the most telling one first."""
    for name in names:
        for pattern, value in _NUMBERS:
            if re.search(pattern, name.lower()):
                return _text(value, settings)
    return "1"


def _text(value: object, settings: Settings) -> str:
    if value == "epochs":
        return str(settings.epochs)
    if value == "steps":
        return str(settings.steps_per_epoch)
    if value == "all":
        return str(settings.epochs * settings.steps_per_epoch)
    if value == "milestones":
        return str([max(1, settings.epochs // 2)])
    return repr(value)


def rounds_for(text: str, settings: Settings) -> int:
    """How often a loop runs whose header has this text."""
    return settings.epochs if re.search(r"epoch", text, re.IGNORECASE) else settings.steps_per_epoch


PREAMBLE = {
    "dummy_parameter": """\
def dummy_parameter():
    parameters.append(torch.nn.Parameter(torch.zeros(1)))
    return parameters[-1]
""",
    "dummy_model": """\
class dummy_model(torch.nn.Module):
    def __init__(self, *parts):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1, 1))
        self.bias = torch.nn.Parameter(torch.zeros(1))
        parameters.extend([self.weight, self.bias])
        for part in parts:
            owner, _, name = part.rpartition(".")
            self.get_submodule(owner).add_module(name, dummy_model())
""",
    "dummy_loss": """\
def dummy_loss():
    return sum((p.sum() for p in parameters if p.requires_grad), torch.zeros((), requires_grad=True))
""",
    "dummy_optimizer": """\
def dummy_optimizer():
    return torch.optim.SGD([dummy_parameter()], lr=0.1)
""",
}
"""The functions that scripts may need, in the order in which they are written."""

HELD = "parameters = []  # those of all that stands for a model\n"
