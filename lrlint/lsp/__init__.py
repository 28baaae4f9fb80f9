"""The language server, `lrlint server`: findings, fixes and pages of rules in editors.

This package needs pygls (`lrlint[lsp]`), and is imported by its command alone.
"""
