"""Fuzzing: what `lrlint check` does with mutated programs.  `python -m tests.fuzz --help` tells how to run it."""
