"""`python -m lrlint`."""

from lrlint.start import main

if __name__ == "__main__":
    main()
