"""The options of configuration files: one table, from which files are read, and their documentation is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from lrlint.config.exclusion import EXCLUDED

EXTEND = "extend"
SELECT = "select"
EXTEND_SELECT = "extend-select"
IGNORE = "ignore"
PER_FILE_IGNORES = "per-file-ignores"
OVERRIDES = "overrides"
FILES = "files"
EXCLUDE = "exclude"
EXTEND_EXCLUDE = "extend-exclude"
FORCE_EXCLUDE = "force-exclude"
FIXABLE = "fixable"
UNFIXABLE = "unfixable"
EXTEND_SAFE_FIXES = "extend-safe-fixes"
EXTEND_UNSAFE_FIXES = "extend-unsafe-fixes"
TORCH_VERSION = "torch-version"
BASELINE = "baseline"
CACHE_DIR = "cache-dir"
PLUGINS = "plugins"


class Kind(Enum):
    """What the value of an option is, as people call it."""

    FILE = "the path of a file"
    BASELINE = "the path of a baseline"
    FOLDER = "the path of a folder"
    RULES = "a list of rules"
    RULES_OF_FILES = "a table of lists of rules, by pattern"
    PATTERNS = "a list of patterns"
    RELEASE = "a version of torch"
    FLAG = "true or false"
    PATHS = "a list of paths"
    OVERRIDES = "a list of tables"


class Merging(Enum):
    """What becomes of the values that a file, the one that it extends, and the command line give."""

    LAST = "the last one counts"
    JOINED = "all of them count"
    LAYERED = "each one changes what earlier ones select"
    NEVER = "it is about its own file"


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    `default` is its value where nothing is configured; where that is None, `unset` says what holds then.  `doc` is
    Markdown, `example` a line of TOML.
    """

    name: str
    kind: Kind
    merging: Merging
    default: Any
    doc: str
    example: str
    unset: str = ""


OPTIONS: Sequence[Option] = (
    Option(
        EXTEND,
        Kind.FILE,
        Merging.NEVER,
        None,
        "A file whose configuration comes before that of this one, as a path from the folder of this one. It may "
        "be a `pyproject.toml` or any other TOML file, and extend a further one. Options of this file replace "
        "those of the extended one; `ignore` and the options that begin with `extend-` add to them.",
        'extend = "../lrlint.toml"',
        "no file is extended",
    ),
    Option(
        SELECT,
        Kind.RULES,
        Merging.LAYERED,
        None,
        "The rules that run: codes, prefixes of codes, names, or `ALL`. Without it the rules that are on by "
        "default do. Of two selectors in one place that mean the same rule, the longer one decides, so `select` "
        "and `ignore` can refine each other. Where a file that extends another one, or the command line, selects "
        "anew, earlier `select`, `extend-select` and `ignore` are forgotten.",
        'select = ["LR1", "LR201"]',
        "the rules that are on by default",
    ),
    Option(
        EXTEND_SELECT,
        Kind.RULES,
        Merging.LAYERED,
        (),
        "Rules that run beside the selected ones, such as those that are off by default.",
        'extend-select = ["LR5"]',
    ),
    Option(
        IGNORE,
        Kind.RULES,
        Merging.LAYERED,
        (),
        "Rules that do not run.",
        'ignore = ["LR102", "scheduler-never-stepped"]',
    ),
    Option(
        PER_FILE_IGNORES,
        Kind.RULES_OF_FILES,
        Merging.LAST,
        {},
        "Rules that are not reported in some files, by [pattern](#patterns). A pattern that begins with `!` means "
        "all files that do not match the rest of it.",
        'per-file-ignores = { "examples/" = ["LR1"], "!src/" = ["LR5"], "*.ipynb" = ["LR110"] }',
    ),
    Option(
        OVERRIDES,
        Kind.OVERRIDES,
        Merging.JOINED,
        (),
        "Tables of options that hold in some files alone, whose [patterns](#patterns) stand in `files`; as in "
        "`per-file-ignores` one may begin with `!`. They take `select`, `extend-select`, `ignore`, `fixable`, "
        "`unfixable`, `extend-safe-fixes`, `extend-unsafe-fixes` and `torch-version`, which have their say after those "
        "of their file, in the order of the tables, and before the command line.",
        'overrides = [{ files = ["legacy/"], torch-version = "1.7", ignore = ["LR402"] }]',
    ),
    Option(
        EXCLUDE,
        Kind.PATTERNS,
        Merging.LAST,
        EXCLUDED,
        "Files and folders that are left out, as [patterns](#patterns), in place of the default ones. What is "
        "named on the command line itself is checked nevertheless, unless `force-exclude` is on.",
        'exclude = [".venv", "third_party/"]',
    ),
    Option(
        EXTEND_EXCLUDE,
        Kind.PATTERNS,
        Merging.JOINED,
        (),
        "Files and folders that are left out beside those of `exclude`.",
        'extend-exclude = ["third_party/", "*_pb2.py"]',
    ),
    Option(
        FORCE_EXCLUDE,
        Kind.FLAG,
        Merging.LAST,
        False,
        "Whether excluded and ignored files are left out even if the command line names them. The pre-commit hooks "
        "always do so.",
        "force-exclude = true",
    ),
    Option(
        FIXABLE,
        Kind.RULES,
        Merging.LAST,
        ("ALL",),
        "The rules whose fixes are offered and made. Findings of the others are reported without one.",
        'fixable = ["LR1"]',
    ),
    Option(
        UNFIXABLE,
        Kind.RULES,
        Merging.LAST,
        (),
        "Rules whose fixes are neither offered nor made; it refines `fixable` as `ignore` does `select`.",
        'unfixable = ["LR102"]',
    ),
    Option(
        EXTEND_SAFE_FIXES,
        Kind.RULES,
        Merging.JOINED,
        (),
        "Rules whose unsafe fixes count as safe, so that `--fix` makes them without `--unsafe-fixes`.",
        'extend-safe-fixes = ["LR101"]',
    ),
    Option(
        EXTEND_UNSAFE_FIXES,
        Kind.RULES,
        Merging.JOINED,
        (),
        "Rules whose safe fixes count as unsafe, so that `--fix` makes them with `--unsafe-fixes` alone. Where a "
        "rule is in both lists, the longer selector decides, and of two equal ones this one.",
        'extend-unsafe-fixes = ["LR102"]',
    ),
    Option(
        TORCH_VERSION,
        Kind.RELEASE,
        Merging.LAST,
        None,
        "The torch that the code runs on. Without it the metadata of the project tell, and where they do not, the "
        "newest known torch is meant.",
        'torch-version = "2.1"',
        "what the project's metadata say, else the newest known",
    ),
    Option(
        BASELINE,
        Kind.BASELINE,
        Merging.LAST,
        "",
        "A [baseline](adoption.md#baselines): a file with findings that are not reported, as a path from the folder of "
        "this one. `lrlint check --update-baseline` writes it. An empty path means none, so that `--config "
        "'baseline=\"\"'` shows all findings.",
        'baseline = "lrlint-baseline.json"',
    ),
    Option(
        PLUGINS,
        Kind.PATHS,
        Merging.JOINED,
        (),
        "Rules of the project's own: folders with a module for each rule, or single modules, as paths from the folder "
        "of this file. They are code, so a run loads them with `--allow-local-plugins` alone, and fails without. Packs "
        "that are installed need not be named. See [rules of your own](extending.md).",
        'plugins = ["./my_rules"]',
    ),
    Option(
        CACHE_DIR,
        Kind.FOLDER,
        Merging.LAST,
        None,
        "The folder of the cache, as a path from the folder of this file. `LRLINT_CACHE_DIR` in the environment says "
        "it for all projects.",
        'cache-dir = ".cache/lrlint"',
        "`.lrlint_cache` in the working directory",
    ),
)

OVERRIDABLE = frozenset(
    [SELECT, EXTEND_SELECT, IGNORE, FIXABLE, UNFIXABLE, EXTEND_SAFE_FIXES, EXTEND_UNSAFE_FIXES, TORCH_VERSION]
)
"""The options that may differ from file to file below one configuration file."""

BY_NAME = {option.name: option for option in OPTIONS}
