"""`lrlint test`: the proofs of the cases of a rule pack."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("test")
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("only", nargs=-1, metavar="[RULE|CODE/CASE]...")
@click.option("--record", is_flag=True, help="Run the programs on torch and write down what it does.")
@click.option("--no-torch", is_flag=True, help="Leave out the proof that runs the programs on torch.")
@click.pass_context
def command(ctx: click.Context, path: Path, only: tuple[str, ...], record: bool, no_torch: bool) -> None:
    """Test the rules of a pack by their cases.

    PATH is the folder of the pack, or its only module; the cases lie in `fixtures/CODE/`, inside of it or beside it.
    Their code is run: that of the rules, and that of the cases on torch.  Rules are chosen by code, prefix of codes or
    name, cases by the beginning of their path, as ACME001/some_mistake.

    Each case is proven three times: the rules find its marks and nothing else; the fix makes its fixed program; torch
    does what is recorded.  Exits with 0 if all proofs hold, 1 if one does not, and 2 if the pack can't be tested.
    """
    if record and no_torch:
        raise click.UsageError("--record runs the programs on torch, so it can't go with --no-torch")
    from lrlint.cli.trials import test_pack  # imports the whole linter, which `lrlint --help` does not need

    ctx.exit(0 if test_pack(path, only, record, no_torch) else 1)
