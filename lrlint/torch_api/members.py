"""Which public attributes an object of a scheduler's class has: what `hasattr` tells of it.

Read off objects of torch 2.13; the tests compare them with the installed torch.
"""

from __future__ import annotations

EVERY = frozenset(["get_last_lr", "get_lr", "load_state_dict", "optimizer", "state_dict", "step"])
"""What all of them have."""

VARYING = frozenset(["is_better", "print_lr", "verbose"])
"""What only some releases of torch give to some of the classes."""

_BY_CLASS = {
    "ChainedScheduler": "",
    "ConstantLR": "base_lrs factor last_epoch total_iters",
    "CosineAnnealingLR": "T_max base_lrs eta_min last_epoch",
    "CosineAnnealingWarmRestarts": "T_0 T_cur T_i T_mult base_lrs eta_min last_epoch",
    "CyclicLR": "base_lrs base_momentums cycle_momentum gamma last_epoch max_lrs max_momentums mode scale_fn scale_mode"
    " step_ratio total_size use_beta1",
    "ExponentialLR": "base_lrs gamma last_epoch",
    "LambdaLR": "base_lrs last_epoch lr_lambdas",
    "LinearLR": "base_lrs end_factor last_epoch start_factor total_iters",
    "MultiStepLR": "base_lrs gamma last_epoch milestones",
    "MultiplicativeLR": "base_lrs last_epoch lr_lambdas",
    "OneCycleLR": "base_lrs cycle_momentum last_epoch total_steps use_beta1",
    "PolynomialLR": "base_lrs last_epoch power total_iters",
    "ReduceLROnPlateau": "best cooldown cooldown_counter default_min_lr eps factor in_cooldown last_epoch min_lrs mode"
    " mode_worse num_bad_epochs patience threshold threshold_mode",
    "SWALR": "anneal_epochs anneal_func base_lrs last_epoch",
    "SequentialLR": "last_epoch recursive_undo",
    "StepLR": "base_lrs gamma last_epoch step_size",
}
BY_CLASS = {name: EVERY | frozenset(members.split()) for name, members in _BY_CLASS.items()}


def has_member(class_name: str, name: str) -> bool | None:
    """Whether an object of a scheduler's class has a public attribute; None where that is not known."""
    members = BY_CLASS.get(class_name)
    if members is None or name in VARYING or name.startswith("_"):
        return None
    if class_name == "CyclicLR" and name in ("base_momentums", "max_momentums", "use_beta1"):
        return None  # only if it cycles the momentum
    return name in members
