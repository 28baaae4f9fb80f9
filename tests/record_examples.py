"""Make `rules/examples.json`, the examples on the pages of the rules, from the cases and their recorded evidence.

`python -m tests.record_examples`.  `EXAMPLES` says which case of each rule is shown.  Its repaired program is what the
fix makes of it, `.fixed.py`, or, where there is no fix, the `.ok.py` of the same name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lrlint.cases.case import FIXED, TRAP
from lrlint.examples import FILE, NOT_RUN
from lrlint.runtime.records import FILE as EVIDENCE_FILE
from lrlint.runtime.records import Record, read
from tests.cases import FIXTURES, ROOT

TARGET = ROOT / "rules" / FILE

EXAMPLES = {
    "LR000": "tabs_and_spaces",
    "LR001": "after_the_repair",
    "LR101": "top_of_epoch_loop",
    "LR102": "end_of_loop_same_epoch",
    "LR103": "validation_loss_to_step_lr",
    "LR104": "no_metric",
    "LR105": "next_epoch_as_metric",
    "LR106": "decides_when_to_stop",
    "LR107": "steps_per_epoch_of_the_loader",
    "LR108": "cosine_over_epochs_per_batch",
    "LR109": "step_after_warmup",
    "LR110": "forgotten",
    "LR111": "rebound",
    "LR112": "step_lr_in_epoch_loop",
    "LR113": "scheduler_step",
    "LR114": "loss_after_backward",
    "LR115": "batch_and_epoch",
    "LR116": "linear_warmup",
    "LR117": "plain_step",
    "LR119": "linear_in_one_block",
    "LR131": "attribute_of_optimizer",
    "LR132": "group_by_attribute",
    "LR134": "weight_decay_split",
    "LR201": "cosine_min_lr",
    "LR202": "one_cycle_by_position",
    "LR203": "swapped",
    "LR204": "fractions_of_epochs",
    "LR205": "one_number",
    "LR206": "float_literal",
    "LR207": "parameters",
    "LR208": "zero",
    "LR209": "accuracy_in_default_mode",
    "LR210": "factor_first",
    "LR211": "verbose_in_fifth_place",
    "LR212": "number",
    "LR213": "name_of_lr",
    "LR214": "two_lambdas",
    "LR215": "comprehension",
    "LR216": "chained_one_by_one",
    "LR217": "warmup_beside_sequence",
    "LR218": "one_cycle_on_adagrad",
    "LR219": "unfrozen_in_second_epoch",
    "LR220": "warmup_then_cosine",
    "LR221": "step_size_zero",
    "LR222": "no_length",
    "LR223": "set_too_late",
    "LR301": "adam_with_momentum",
    "LR302": "ids_in_the_call",
    "LR303": "two_models",
    "LR304": "groups_by_dict_call",
    "LR305": "string_before_and",
    "LR306": "counted_first",
    "LR307": "group_without_list",
    "LR308": "learning_rate",
    "LR309": "param",
    "LR310": "int_beta",
    "LR311": "weight_decay_as_betas",
    "LR312": "step_without_closure",
    "LR313": "whole_model",
    "LR314": "search_for_the_lr",
    "LR315": "head_left_out",
    "LR318": "head_without_names",
    "LR401": "plateau",
    "LR402": "own_scheduler",
    "LR403": "never_stepped",
    "LR404": "no_metric",
    "LR405": "by_name",
    "LR406": "print_lr",
    "LR407": "plain_sgd",
    "LR408": "whole_name",
    "LR501": "cut_cycle",
    "LR502": "cyclic",
    "LR503": "warmup_by_hand",
    "LR504": "cosine_begins_anew",
    "LR505": "above_one",
    "LR506": "comprehension",
    "LR507": "head_in_both",
    "LR508": "one_cycle",
    "LR509": "linear_decay",
    "LR510": "one_cycle",
    "LR511": "printed",
    "LR512": "linear_warmup",
    "LR513": "body_unfrozen",
    "LR514": "sgd_with_momentum",
    "LR515": "deep_copy",
    "LR601": "dict_without_monitor",
    "LR602": "all_steps_of_the_run",
}
"""The case that is the example of each rule: the mistake as most people make it, with an effect that can be seen."""


UNKNOWN = Record(NOT_RUN, (), None, ())
"""Of a program that needs what is not installed."""


def document() -> str:
    """The text of the file."""
    releases = {read(FIXTURES / code / EVIDENCE_FILE).torch for code in EXAMPLES} - {""}
    (torch,) = releases  # of several the pages would have to tell which is whose
    examples = {code: _example(FIXTURES / code, name) for code, name in EXAMPLES.items()}
    lines = ",\n".join(f"{json.dumps(code)}: {_pretty(example)}" for code, example in examples.items())
    return f'{{"torch": {json.dumps(torch)}, "examples": {{\n{lines}\n}}}}\n'


def _example(folder: Path, name: str) -> dict[str, Any]:
    records = read(folder / EVIDENCE_FILE).records
    fixed, by_hand = (f"{name}{suffix}.py" for suffix in (FIXED, TRAP))
    repaired = next((one for one in (fixed, by_hand) if (folder / one).exists()), None)
    return {
        "case": name,
        "by_hand": repaired == by_hand,
        "before": _run(folder / f"{name}.py", records.get(f"{name}.py", UNKNOWN)),
        "after": _run(folder / repaired, records.get(repaired, UNKNOWN)) if repaired else None,
    }


def _run(path: Path, record: Record) -> dict[str, Any]:
    lr = [[[step] if isinstance(step, float) else list(step) for step in steps] for steps in record.rates]
    return {
        "outcome": record.outcome,
        "warnings": list(record.warnings),
        "error": record.error,
        "lr": lr,
        "text": path.read_text(encoding="utf-8").splitlines(),
    }


def _pretty(example: dict[str, Any]) -> str:
    """JSON in which programs have a line for each of theirs, and the rest is on one."""
    parts = []
    for key, value in example.items():
        if isinstance(value, dict):
            text = ",\n".join(f"  {json.dumps(line, ensure_ascii=False)}" for line in value["text"])
            rest = json.dumps({k: v for k, v in value.items() if k != "text"}, ensure_ascii=False)
            parts.append(f'{json.dumps(key)}: {rest[:-1]}, "text": [\n{text}\n]}}')
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value)}")
    return "{" + ", ".join(parts) + "}"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
