"""What `lrlint --help` prints: the commands.  Click prints the help of each."""

TEXT = """\
Usage: lrlint [OPTIONS] COMMAND [ARGS]...

  Find and fix mistakes with learning-rate schedulers, optimizers and param
  groups in PyTorch code.

Options:
  -V, --version  Show the version and exit.
  -h, --help     Show this message and exit.

Commands:
  check       Check Python files and notebooks, and fix them.
  run         Run a training script, and report what it did wrong.
  clean       Remove the cache.
  rule        Explain a rule, or list all rules.
  curve       Draw LR schedules as torch computes them.
  prove       Prove rules, or what is found in files, on torch.
  server      Show findings in editors, as a language server.
  test        Test the rules of a pack by their cases.
  new-rule    Write the skeleton of a new rule.
  completion  Print the script that completes lrlint's command lines in a shell.

  `lrlint check --help` lists the options of the check.
"""
