"""A linter and auto-fixer for learning-rate schedulers, optimizers and param groups in PyTorch code."""

from pathlib import Path

__version__ = "0.1.0"

# In a wheel the built-in rules lie in this package as `lrlint.rules`.  In a checkout they lie
# beside it, in `rules/`: looking there too makes `lrlint.rules` importable without installing.
if not (Path(__file__).parent / "rules").is_dir():
    __path__.append(str(Path(__file__).parent.parent))
