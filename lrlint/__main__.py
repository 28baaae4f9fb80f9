"""`python -m lrlint`."""

import contextlib
import os
import sys

# `python -m` looks for modules in the working directory first.  That may be anybody's checkout: nothing of it is run.
with contextlib.suppress(OSError):  # it is gone
    if __name__ == "__main__" and sys.path[:1] in ([""], [os.getcwd()]):
        del sys.path[0]

from lrlint.start import main

if __name__ == "__main__":
    main()
