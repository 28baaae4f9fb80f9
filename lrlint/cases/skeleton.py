"""The skeleton of a new rule: its module, and two cases; `TODO` stands where something is to be written."""

from __future__ import annotations

from collections.abc import Mapping

from lrlint.cases.shape import TODO
from lrlint.page import BLIND_SPOTS, REFERENCES, SAFETY, VERSIONS, WHAT, WHY

_SECTIONS = {
    WHAT: "what the code looks like, with a line that is wrong and one that is right.",
    WHY: "what torch does, with numbers that were measured: LRs, the warning, the exception.",
    SAFETY: "why the fix is safe or unsafe; `No fix: ...` if there is none.",
    BLIND_SPOTS: "where the rule is silent though the mistake may be there.",
    VERSIONS: "from which torch on, and up to which; `All.` if every one.",
    REFERENCES: "`* https://...`, one a line: the documentation of torch, issues, papers.",
}

_RULE = '''\
"""{todo}: what is wrong, in one sentence.

{sections}
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="{code}",
    name="{name}",
    summary="{todo}: what is wrong, in a few words",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim"),
)


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program):
        if _is_mistaken(one):
            yield Finding(RULE, *program.place(one.call), "{todo}: what is wrong here, and what follows from it")


def _is_mistaken(construction: Construction) -> bool:
    return False  # {todo}: ask the construction, or the program, and be silent where the answer is not known
'''

_PROGRAM = '''\
"""{todo}: {what}"""

import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2){mark}
for epoch in range(4):
    optimizer.zero_grad()
    model(torch.ones(8, 4)).square().mean().backward()
    optimizer.step()
    scheduler.step()
'''


def module_name(code: str, name: str) -> str:
    """The file of a rule: `acme001_no_bare_step.py`."""
    return f"{code.lower()}_{name.replace('-', '_')}.py"


def rule_text(code: str, name: str) -> str:
    """The module of a rule that finds nothing yet."""
    sections = "\n\n".join(f"## {heading}\n\n{TODO}: {text}" for heading, text in _SECTIONS.items())
    return _RULE.format(todo=TODO, code=code, name=name, sections=sections)


def case_texts(code: str) -> Mapping[str, str]:
    """The cases of a rule, by the names of their files: a mistake and a trap."""
    mistake = "a program with the mistake, and what follows from it.  The mark stands where the finding starts."
    trap = "a right program that resembles the mistake, and why it is right."
    return {
        "some_mistake.py": _PROGRAM.format(todo=TODO, what=mistake, mark=f"  # {code}"),
        "some_trap.ok.py": _PROGRAM.format(todo=TODO, what=trap, mark=""),
    }
