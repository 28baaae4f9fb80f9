"""`lrlint test` and `lrlint new-rule`, through the command line."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from lrlint.page import HEADINGS
from lrlint.runtime import evidence
from lrlint.runtime.records import FILE, read
from tests.cases import FIXTURES, ROOT
from tests.checkout import copy_checkout, run
from tests.rule_packs import broken, rule, write_pack

PAGE = "A word is bad.\n\n" + "\n\n".join(f"## {heading}\n\nText." for heading in HEADINGS)
MISTAKE = '"""The word is bad."""\n\nBAD = 1  # ACME001\n'
WRONG_FIX = "ACME001/some_mistake.py: the fix does not give some_mistake.fixed.py:|--- expected|+++ actual"
TRAP = '"""No word is bad."""\n\nGOOD = 1\n'


def full_rule(code: str = "ACME001", name: str = "bad-word") -> str:
    """A rule with a whole page."""
    _, _, rest = rule(code, name).removeprefix('"""').partition('"""')
    return f'"""{PAGE}\n"""{rest}'


@pytest.fixture
def pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pack in which all is well, but for the evidence."""
    monkeypatch.chdir(tmp_path)
    folder = write_pack(tmp_path / "acme", acme001_bad_word=full_rule())
    write_case("some_mistake.py", MISTAKE)
    write_case("some_mistake.fixed.py", MISTAKE.replace("BAD", "GOOD"))
    write_case("some_trap.ok.py", TRAP)
    return folder


def write_case(name: str, text: str) -> None:
    path = Path("acme/fixtures/ACME001", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def lrlint(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="lrlint")


def prove(*arguments: str) -> Result:
    return lrlint("test", "acme", "--no-torch", *arguments)


def flaws(result: Result) -> list[str]:
    """The lines about what is wrong, each with its own further lines."""
    assert result.exit_code == 1, result.output
    lines = result.stdout.split("\n\n")[0].splitlines()[1:]
    return "\n".join(lines).replace("\n    ", "|").splitlines()


# lrlint test


def test_a_pack_in_which_all_is_well(pack: Path) -> None:
    result = prove()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "ACME001 bad-word   2 cases   form ok   static ok   fix ok   torch skipped\n"
        "\n"
        "1 rule, 2 cases: all proofs hold.\n"
        "The proof by torch was skipped: --no-torch.\n"
    )


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "some_mistake.py",
            MISTAKE.replace("  # ACME001", ""),
            [
                "  static: ACME001/some_mistake.py: line 3 is not marked ACME001, and it is found there: BAD is bad",
                "  static: ACME001/some_mistake.py: no line of a mistake is marked ACME001",
                (f"  fix: {WRONG_FIX}|@@ -2,2 +2,2 @@| |-GOOD = 1  # ACME001|+GOOD = 1"),
            ],
        ),
        (
            "some_trap.ok.py",
            TRAP + "x = 1  # ACME001\n",
            [
                "  static: ACME001/some_trap.ok.py: line 4 is marked ACME001, and that is not found there",
                "  static: ACME001/some_trap.ok.py: a trap has a mark of ACME001",
            ],
        ),
        (
            "some_mistake.fixed.py",
            MISTAKE.replace("BAD", "BETTER"),
            [
                (f"  fix: {WRONG_FIX}|@@ -2,2 +2,2 @@| |-BETTER = 1  # ACME001|+GOOD = 1  # ACME001"),
            ],
        ),
        ("lost.fixed.py", TRAP, ["  form: lost.fixed.py is the fixed program of no mistake"]),
        ("lost/module.py", TRAP, ["  form: lost/module.py belongs to no program"]),
    ],
)
def test_what_is_wrong_with_a_case_is_told(pack: Path, file: str, text: str, expected: list[str]) -> None:
    write_case(file, text)
    assert flaws(prove()) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("some_mistake.py", "there is no mistake among the cases: write some_mistake.py"),
        ("some_trap.ok.py", "there is no trap among the cases: write some_trap.ok.py"),
    ],
)
def test_a_rule_needs_mistakes_and_traps(pack: Path, kind: str, expected: str) -> None:
    (pack / "fixtures" / "ACME001" / kind).unlink()
    assert f"  form: {expected}" in flaws(prove())


def test_a_rule_needs_its_cases_and_its_page(pack: Path) -> None:
    shutil.rmtree(pack / "fixtures")
    write_pack(pack, acme001_bad_word=rule())
    missing = ", ".join(repr(heading) for heading in HEADINGS[1:])
    assert flaws(prove()) == [
        f"  form: the page must have the headings {', '.join(HEADINGS)}; it lacks {missing}",
        "  form: there is no folder ACME001 with its cases",
    ]


def test_a_rule_that_raises_fails_its_proof(pack: Path) -> None:
    text = full_rule().partition("\n\ndef check")[0] + broken("raise KeyError('lr')")
    write_pack(pack, acme001_bad_word=text)
    assert any("rule ACME001 bad-word of acme failed: KeyError: 'lr'" in flaw for flaw in flaws(prove()))


def test_rules_and_cases_can_be_chosen(pack: Path) -> None:
    write_pack(pack, acme002_worse=full_rule("ACME002", "worse-word"))
    assert prove().exit_code == 1
    assert "1 rule, 2 cases" in prove("ACME001").stdout
    assert "1 rule, 2 cases" in prove("bad-word").stdout
    assert "1 rule, 1 case:" in prove("ACME001/some_t").stdout
    assert "2 rules" in prove("ACME").stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nowhere"], "error: nowhere: there is no such file or folder"),
        (["empty"], "error: rule pack empty: there is no rule module in it"),
        (["acme", "ACME9"], "error: there is no rule 'ACME9' in acme"),
        (["acme", "ACME001/other"], "error: there is no case ACME001/other in acme/fixtures"),
        (["acme", "--record", "--no-torch"], "Error: --record runs the programs on torch"),
        ([], "Error: Missing argument 'PATH'"),
    ],
)
def test_what_can_not_be_tested(pack: Path, arguments: list[str], problem: str) -> None:
    Path("empty").mkdir()
    result = lrlint("test", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_without_torch_the_proof_by_torch_is_skipped(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = lrlint("test", "acme")
    assert result.exit_code == 0
    assert "The proof by torch was skipped: torch is not installed; install it with: pip install" in result.stdout
    assert lrlint("test", "acme", "--record").exit_code == 2


def test_the_proof_by_torch(pack: Path) -> None:
    if evidence.installed_torch() is None:
        pytest.skip("torch is not installed")
    write_case("some_trap.ok.py", f"{TRAP}import torch\n\ntorch.optim.SGD([torch.zeros(1)], lr=0.1).step()\n")
    missing = lrlint("test", "acme")
    assert flaws(missing) == [
        f"  torch: ACME001/{name}: no evidence yet; record it with --record"
        for name in ("some_mistake.fixed.py", "some_mistake.py", "some_trap.ok.py")
    ]
    recorded = lrlint("test", "acme", "--record")
    assert (recorded.exit_code, recorded.stdout.count("silent  (new)")) == (0, 3)
    assert read(pack / "fixtures" / "ACME001" / FILE).records["some_trap.ok.py"].rates == ((0.1,),)
    assert lrlint("test", "acme").exit_code == 0
    write_case("some_trap.ok.py", TRAP + "\nimport warnings\n\nwarnings.warn('careful')\n")
    assert flaws(lrlint("test", "acme")) == [
        (
            "  torch: ACME001/some_trap.ok.py: warnings and error:|- expected none|+ actual   UserWarning: careful "
            "(line 7, 1x)"
        ),
        "  torch: ACME001/some_trap.ok.py: LRs:|- expected (0.1,)|+ actual   none",
    ]
    assert lrlint("test", "acme", "--record").exit_code == 0
    assert flaws(lrlint("test", "acme")) == [
        (
            "  torch: ACME001/some_trap.ok.py: torch is not silent at a trap, and no sentence in it with the words "
            '"torch warns" explains why'
        )
    ]
    file = pack / "fixtures" / "ACME001" / FILE
    file.write_text(file.read_text().replace(f'torch = "{evidence.installed_torch()}"', 'torch = "1.0.0"'))
    assert "torch skipped" in lrlint("test", "acme").stdout


def test_the_project_tests_its_own_rules_by_the_same_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = lrlint("test", "--no-torch", "rules", "LR505")
    assert result.exit_code == 0, result.output
    cases = len([path for path in (FIXTURES / "LR505").glob("*.py") if not path.name.endswith(".fixed.py")])
    assert result.stdout.startswith(f"LR505 growing-gamma  {cases} cases   form ok   static ok   fix ok")


# lrlint new-rule


def test_a_new_rule_says_what_to_write_next(pack: Path) -> None:
    made = lrlint("new-rule", "NEW001", "no-bare-step", "--pack", "fresh")
    assert (made.exit_code, made.stderr) == (0, "")
    assert made.stdout.startswith("wrote fresh/new001_no_bare_step.py\nwrote fresh/fixtures/NEW001/some_mistake.py\n")
    assert sorted(path.name for path in Path("fresh").rglob("*.py")) == [
        *("__init__.py", "new001_no_bare_step.py", "some_mistake.py", "some_trap.ok.py")
    ]
    assert flaws(lrlint("test", "--no-torch", "fresh")) == [
        "  form: the page has a TODO: write what it asks for",
        "  form: some_mistake.py has a TODO: write the program",
        "  form: some_trap.ok.py has a TODO: write the program",
        "  static: NEW001/some_mistake.py: line 7 is marked NEW001, and that is not found there",
    ]
    assert lrlint("check", "--select=ALL", "fresh/fixtures").exit_code == 0


def test_a_second_rule_joins_the_pack(pack: Path) -> None:
    assert lrlint("new-rule", "ACME002", "no-bare-step", "--pack", "acme").exit_code == 0
    tested = lrlint("test", "--no-torch", "acme")
    assert "2 rules, 4 cases" in tested.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["ACME1", "no-bare-step"], "the code 'ACME1' has another form than ACME001"),
        (["acme001", "no-bare-step"], "the code 'acme001' has another form"),
        (["../A001", "no-bare-step"], "the code '../A001' has another form"),
        (["LR999", "no-bare-step"], "the code LR999 is one of the built-in rules"),
        (["ACME002", "No_Bare_Step"], "the name 'No_Bare_Step' has another form than no-bare-step"),
        (["ACME002", "step"], "the name 'step' has another form"),
        (["ACME002", "growing-gamma"], "there is already a rule LR505 growing-gamma"),
        (["ACME001", "no-bare-step"], "acme/acme001_bad_word.py is there already, and nothing is overwritten"),
        (["ACME003", "no-bare-step"], "acme/fixtures/ACME003 is there already, and nothing is overwritten"),
    ],
)
def test_new_rules_that_are_refused(pack: Path, arguments: list[str], problem: str) -> None:
    Path("acme/fixtures/ACME003").mkdir()
    before = sorted(Path().rglob("*"))
    result = lrlint("new-rule", *arguments, "--pack", "acme")
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr
    assert sorted(Path().rglob("*")) == before


def test_a_place_that_can_not_be_written(pack: Path) -> None:
    Path("file").touch()
    result = lrlint("new-rule", "ACME002", "no-bare-step", "--pack", "file/pack")
    assert result.exit_code == 2
    assert "can't be written: not a directory" in result.stderr


@pytest.mark.slow
def test_contributors_add_a_rule_by_the_same_command(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "lrlint")
    command = [sys.executable, "-m", "lrlint"]
    made = run(*command, "new-rule", "LR199", "no-bare-step", cwd=checkout)
    assert made.returncode == 0, made.stderr
    assert (checkout / "rules" / "lr199_no_bare_step.py").exists()
    assert (checkout / "fixtures" / "LR199" / "some_trap.ok.py").exists()
    tested = run(*command, "test", "--no-torch", "rules", "LR199", cwd=checkout)
    assert tested.returncode == 1
    assert "line 7 is marked LR199, and that is not found there" in tested.stdout
    refused = run(*command, "new-rule", "ACME001", "no-bare-step", "--pack", "rules", cwd=checkout)
    assert "the code ACME001 is one of other packs" in refused.stderr
