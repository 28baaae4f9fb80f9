"""`python -m lrlint`.

Python looks for modules in the working directory first then, where the code lies that is to be checked: a `click.py` or
a rule pack that it holds must not run.
"""

import os
import sys

try:
    _WORKING_DIRECTORY = os.getcwd()
except OSError:  # it is gone
    _WORKING_DIRECTORY = ""
if sys.path[0] in ("", _WORKING_DIRECTORY):
    del sys.path[0]

from lrlint.cli import main

if __name__ == "__main__":
    main(prog_name="lrlint")
