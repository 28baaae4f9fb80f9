"""The slice: what of a program a script keeps.  It grows while the script is written, until it needs nothing more."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lrlint.reproduction.functions import FUNCTIONS, Callee, FunctionNode
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.knowledge import Knowledge
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.record import Line, Settings, Site, StandIn
from lrlint.reproduction.scene import Scene


class Write(Protocol):
    """Gives the text of an expression whose value is needed for something; `names` are what that is called."""

    def __call__(self, s: Slice, node: ast.expr, role: Role, names: tuple[str, ...] = ()) -> str: ...


class Block(Protocol):
    """Gives the lines of those statements of a block that are needed."""

    def __call__(self, s: Slice, statements: Sequence[ast.stmt], depth: int) -> list[Line]: ...


@dataclass
class Slice:
    """What was found to be needed so far.

    `writer` gives the text of an expression and `blocks` the lines of statements: what they hold is written by them,
    too.  `roles` are the variables that the script needs, and for what; `kept` the functions and classes in it; `whole`
    those functions that something else calls, so that they keep all parameters.

    `acts` are the calls, by id, that build or step something, `acting` the functions in which such calls are made, and
    `setting` those that set attributes which the script needs; `scheduler_steps` are the calls of schedulers' `step`,
    `forced` the statements that the finding is about.  `ways` say which branch of an `if` is taken, and `open_tests`
    which was taken where nothing said so; `entries` are the functions that the script itself calls.
    """

    scene: Scene
    knowledge: Knowledge
    writer: Write
    blocks: Block
    settings: Settings
    acts: set[int]
    acting: set[int]
    forced: set[int]
    scheduler_steps: set[int]
    ways: dict[int, bool]
    ways_of_texts: dict[str, bool]
    entries: list[Callee] = field(default_factory=list)
    roles: dict[Var, Role] = field(default_factory=dict)
    kept: dict[int, Callee] = field(default_factory=dict)
    whole: set[int] = field(default_factory=set)
    parts: dict[str, None] = field(default_factory=dict)
    models: set[int] = field(default_factory=set)
    setting: set[int] = field(default_factory=set)
    open_tests: dict[str, bool] = field(default_factory=dict)
    is_grown: bool = False
    imports: dict[str, None] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    stand_ins: dict[tuple[str, int, str], StandIn] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sites: dict[int, Site] = field(default_factory=dict)

    def write(self, node: ast.expr, role: Role, names: tuple[str, ...] = ()) -> str:
        """The text of an expression whose value the script needs for something."""
        return self.writer(self, node, role, names)

    def block(self, statements: Sequence[ast.stmt], depth: int) -> list[Line]:
        """The lines of those statements that the script needs."""
        return self.blocks(self, statements, depth)

    def start_over(self) -> None:
        """Forget what was written, not what is needed."""
        self.is_grown = False
        self.imports.clear()
        self.stand_ins.clear()
        self.notes.clear()
        self.helpers.clear()
        self.sites.clear()

    def need(self, var: Var, role: Role) -> None:
        """The script needs a variable."""
        if var not in self.roles or self.roles[var] < role:
            self.roles[var] = role
            self.is_grown = True
            self._note_setting(var)

    def _note_setting(self, var: Var) -> None:
        """The functions that set an attribute or a global name do something, and so do those that call them."""
        for definition in self.scene.definitions.get(var, ()) if var.kind == "attr" else ():
            function = self.scene.function(definition.node)
            while function is not None and id(function) not in self.setting:
                self.setting.add(id(function))
                callers = [self.scene.function(call) for call in self.scene.calls_of(function)]
                function = next((one for one in callers if one is not None and one.name != "__init__"), None)

    def is_needed(self, var: Var) -> bool:
        """Whether the script needs a variable."""
        return var in self.roles

    def keep(self, callee: Callee) -> None:
        """The script has a function or class."""
        if id(callee) not in self.kept:
            self.kept[id(callee)] = callee
            self.is_grown = True

    def is_kept(self, function: FunctionNode) -> bool:
        """Whether the script has a function: also for a method that is called on an object of another class."""
        if id(function) in self.kept:
            return True
        klass = self.scene.klass(function)
        if klass is None or id(klass) not in self.kept:
            return False
        kept = (one for one in self.kept.values() if isinstance(one, FUNCTIONS) and one.name == function.name)
        return any((other := self.scene.klass(one)) is not None and self._are_alike(klass, other) for one in kept)

    def _are_alike(self, klass: ast.ClassDef, other: ast.ClassDef) -> bool:
        """Whether objects of two classes may stand for each other, as one calls what both have."""
        return klass is not other and id(other) in self.kept

    def keep_whole(self, callee: Callee) -> None:
        """The script has a function that is called by what does not know which of its parameters are dropped."""
        self.keep(callee)
        if id(callee) not in self.whole:
            self.whole.add(id(callee))
            self.is_grown = True

    def note_part(self, name: str) -> None:
        """What stands for a model has a part of this name."""
        if name not in self.parts:
            self.parts[name] = None
            self.is_grown = True

    def note_model(self, klass: ast.ClassDef) -> None:
        """A class of the program is kept as a model."""
        if id(klass) not in self.models:
            self.models.add(id(klass))
            self.is_grown = True

    def help(self, name: str) -> str:
        """The name of a function of the preamble, which the script has then."""
        self.helpers.add(name)
        self.imports["import torch"] = None
        return name

    def stand_in(self, node: ast.AST, text: str, original: str | None = None) -> str:
        """Note that `text` stands for a node of the program; gives it back."""
        shown = " ".join((original or self.scene.text(node)).split())
        if text != shown:
            path, line = self.scene.path(node), self.scene.line(node)
            self.stand_ins[path, line, shown] = StandIn(text, shown, path, line)
            note = f"{text} stands for {shown if len(shown) <= 60 else shown[:59] + '…'}"
            if note not in self.notes:
                self.notes.append(note)
        return text

    def taken_notes(self) -> str:
        """The comment for the statement that was written last, with the blanks before it; nothing without stand-ins."""
        notes, self.notes = self.notes, []
        return f"  # {'; '.join(notes)}" if notes else ""
