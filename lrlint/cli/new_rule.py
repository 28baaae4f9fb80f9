"""`lrlint new-rule`: the skeleton of a rule and of its cases."""

from __future__ import annotations

from pathlib import Path

import click

from lrlint.cli import Failure

_OWN_FOLDER = Path("rules")


@click.command("new-rule")
@click.argument("code")
@click.argument("name", metavar="NAME-OF-RULE")
@click.option("--pack", type=click.Path(path_type=Path), metavar="DIR", help="The folder of the pack.  [default: .]")
def command(code: str, name: str, pack: Path | None) -> None:
    """Write the skeleton of a new rule.

    CODE is that of the rule, as ACME001; its name is made of words in lower case, as no-bare-step.  Its module is
    written into the folder of the pack, and a mistake and a trap into `fixtures/CODE/`, inside of it or beside it.
    Nothing is overwritten.  `lrlint test` then tells what is to be written next.
    """
    from lrlint.cases.pack import fixtures_of, name_at
    from lrlint.cases.skeleton import case_texts, module_name, rule_text
    from lrlint.installed import BUILT_IN_PACK
    from lrlint.packs import OWN_PREFIX, flaw_of_code, flaw_of_name

    folder = pack or (_OWN_FOLDER if code.startswith(OWN_PREFIX) and _OWN_FOLDER.is_dir() else Path())
    for flaw in (flaw_of_code(code, name_at(folder) == BUILT_IN_PACK), flaw_of_name(name)):
        if flaw is not None:
            raise Failure(flaw)
    _refuse_known(code, name, folder)
    cases = fixtures_of(folder) / code
    texts = {folder / module_name(code, name): rule_text(code, name)}
    texts |= {cases / file: text for file, text in case_texts(code).items()}
    if not folder.exists():
        texts[folder / "__init__.py"] = f'"""Rules of lrlint, their codes begin with {code[:-3]}."""\n'
    _write(texts)
    click.echo(
        "Next: write the two programs, record what torch does with them (--record), write the rule, and read what is"
        f" still missing:\n\n    lrlint test --record {folder} {code}\n    lrlint test {folder} {code}"
    )


def _refuse_known(code: str, name: str, folder: Path) -> None:
    """Raises Failure if there is a rule of this code or name."""
    from lrlint.cases.pack import fixtures_of
    from lrlint.cli.rules import load_rules

    cases = fixtures_of(folder) / code
    for path in (*sorted(folder.glob(f"{code.lower()}*.py")), *([cases] if cases.exists() else [])):
        raise Failure(f"{path} is there already, and nothing is overwritten")
    for registered in load_rules():
        if registered.rule.code == code or registered.rule.name == name:
            raise Failure(f"there is already a rule {registered.rule.code} {registered.rule.name}")


def _write(texts: dict[Path, str]) -> None:
    """Write new files.  Raises Failure for one that can't be written."""
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise Failure(f"{path}: can't be written: {(error.strerror or str(error)).lower()}") from None
        click.echo(f"wrote {path}")
