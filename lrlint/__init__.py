"""A linter and auto-fixer for learning-rate schedulers, optimizers and param groups in PyTorch code."""

import os  # and no other module: the command's own start should not be longer than Python's

__version__ = "0.1.0"

# In a wheel the built-in rules lie in this package as `lrlint.rules`.  In a checkout they lie
# beside it, in `rules/`: looking there too makes `lrlint.rules` importable without installing.
_HERE = os.path.dirname(os.path.abspath(__file__))
if not os.path.isdir(os.path.join(_HERE, "rules")):
    __path__.append(os.path.dirname(_HERE))
