"""`python -m lrlint`."""

from lrlint.cli import main

if __name__ == "__main__":
    main(prog_name="lrlint")
