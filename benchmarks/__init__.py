"""What lrlint costs, measured against what its parts can't cost less than.  See README.md."""
