"""The built-in rules, one module each; installed and imported as `lrlint.rules` only."""

if __name__ != "lrlint.rules":
    raise ImportError("import the built-in rules as lrlint.rules: under two names, every rule would exist twice")
