"""Rule packs of third parties and of the checked project itself, through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from tests.cases import ROOT
from tests.checkout import run
from tests.rule_packs import broken, install, rule, write_pack

ALLOW = "--allow-local-plugins"
TRAIN = "import torch\n\nBAD = torch.optim.SGD\n"
MISTAKE = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), momenum=0.1)  # BAD
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with local rules, which its configuration names, as the working directory."""
    write_pack(tmp_path / "my_rules", acme001_bad_word=rule())
    (tmp_path / "lrlint.toml").write_text('plugins = ["./my_rules"]\n')
    (tmp_path / "train.py").write_text(TRAIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lrlint(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, prog_name="lrlint")


def installed(site: Path, work: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with the packs that lie in `site`."""
    path = os.pathsep.join(map(str, (ROOT, site)))
    return run(sys.executable, "-m", "lrlint", *arguments, cwd=work, PYTHONPATH=path)


# Installed packs


def test_an_installed_pack_is_there_without_a_word(tmp_path: Path) -> None:
    install(tmp_path / "site", "acme_rules", acme001_bad_word=rule(), _helpers="raise SystemExit")
    (tmp_path / "train.py").write_text(TRAIN)
    checked = installed(tmp_path / "site", tmp_path, "check", "--output-format=concise", "train.py")
    assert (checked.returncode, checked.stderr) == (1, "")
    assert checked.stdout.startswith("train.py:3:1: ACME001 [*] BAD is bad\n")
    page = installed(tmp_path / "site", tmp_path, "rule", "bad-word")
    assert "The word BAD." in page.stdout
    assert installed(tmp_path / "site", tmp_path, "check", "--isolated", "--ignore=ACME", "train.py").returncode == 0


def test_what_is_wrong_with_installed_packs_is_told_at_once(tmp_path: Path) -> None:
    head = "from lrlint.rule import Rule, Severity\nRULE = Rule({}, {}, {}, Severity.STYLE, {})\n"
    check = "def check(program):\n    return iter(())\n"
    install(
        tmp_path / "site",
        "acme_rules",
        a="import no_such",
        b="raise SystemExit(0)",
        c="x = 1",
        d="RULE = 1\n" + check,
        e=head.format("'ACME1'", "'Bad_Name'", "''", "'torch'") + check,
        f=head.format("'LR900'", "'two-words'", "'one'", "('torch.optim',)") + check,
        g=head.format("'ACME009'", "'ninth-rule'", "'one'", "('torch',)"),
    )
    install(tmp_path / "site", "empty_pack")
    (tmp_path / "train.py").write_text(TRAIN)
    checked = installed(tmp_path / "site", tmp_path, "check", "train.py")
    assert (checked.returncode, checked.stdout) == (2, "")
    assert checked.stderr.splitlines() == [
        "error: rule pack acme_rules: a: it can't be imported: ModuleNotFoundError: No module named 'no_such' (a.py:1)",
        "error: rule pack acme_rules: b: it can't be imported: SystemExit: 0 (b.py:1)",
        "error: rule pack acme_rules: c: it has no RULE; what is no rule has a name that begins with `_`",
        "error: rule pack acme_rules: c: it has no function `check`",
        "error: rule pack acme_rules: d: its RULE is no lrlint.rule.Rule",
        "error: rule pack acme_rules: e: the code 'ACME1' has another form than ACME001 (capitals, three digits)",
        "error: rule pack acme_rules: e: the name 'Bad_Name' has another form than no-bare-step (words in lower case)",
        "error: rule pack acme_rules: e: its summary is no line of text",
        'error: rule pack acme_rules: e: its gate \'torch\' is no tuple of words, as ("torch", "optim")',
        "error: rule pack acme_rules: f: the code LR900 is one of the built-in rules, take a prefix of your own",
        "error: rule pack acme_rules: f: the gate word 'torch.optim' is no identifier, nor several as \"Adam|SGD\"",
        "error: rule pack acme_rules: g: it has no function `check`",
        "error: rule pack empty_pack: there is no rule module in it",
    ]


def test_two_packs_with_one_code_are_refused(tmp_path: Path) -> None:
    for name in ("acme_rules", "other_rules"):
        install(tmp_path / "site", name, acme001_bad_word=rule(name=f"{name.partition('_')[0]}-word"))
    checked = installed(tmp_path / "site", tmp_path, "rule")
    assert checked.returncode == 2
    assert checked.stderr == "error: ACME001 is there twice in the rule packs: in acme_rules and in other_rules\n"


# Local rules


def test_nothing_of_a_repository_runs_without_a_word_of_the_user(project: Path) -> None:
    (project / "my_rules" / "__init__.py").write_text("import pathlib\n\npathlib.Path('was_here').touch()\n")
    for arguments in (["check"], ["check", "--select=ALL"], ["check", "--show-files"], ["check", "-"], ["rule"]):
        result = lrlint(*arguments, stdin=TRAIN)
        assert result.exit_code == (0 if arguments == ["rule"] else 2)
    assert not (project / "was_here").exists()
    assert lrlint("check", "--isolated").exit_code == 0
    assert lrlint("check", ALLOW).exit_code == 1
    assert (project / "was_here").exists()


def test_nothing_of_the_working_directory_is_imported(tmp_path: Path) -> None:
    betrays = "import pathlib\n\npathlib.Path('was_here').touch()\n"
    install(tmp_path, "acme_rules", acme001_bad_word=betrays + rule())
    (tmp_path / "click.py").write_text(betrays)
    (tmp_path / "train.py").write_text(TRAIN)
    checked = run(sys.executable, "-m", "lrlint", "check", "train.py", cwd=tmp_path, PYTHONPATH=ROOT)
    assert checked.returncode == 0, checked.stderr
    assert not (tmp_path / "was_here").exists()


def test_what_is_not_loaded_is_told_with_the_way_to_allow_it(project: Path) -> None:
    result = lrlint("check")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: lrlint.toml:1: 'plugins': my_rules is not loaded: lrlint runs code that a configuration names only "
        "with --allow-local-plugins (--isolated checks without the configuration)\n"
    )


@pytest.mark.parametrize("place", ["lrlint.toml", "base.toml", "inline"])
def test_the_word_is_needed_wherever_the_plugins_are_named(project: Path, place: str) -> None:
    (project / "lrlint.toml").rename(project / "base.toml")
    if place == "lrlint.toml":
        (project / "lrlint.toml").write_text('extend = "base.toml"\n')
    given = {"base.toml": ["--config=base.toml"], "inline": ["--config=plugins=['my_rules']"]}.get(place, [])
    assert lrlint("check", *given).exit_code == 2
    result = lrlint("check", ALLOW, *given, "--output-format=concise")
    assert "train.py:3:1: ACME001 [*] BAD is bad" in result.stdout


def test_a_single_module_is_a_pack_too(project: Path) -> None:
    (project / "lrlint.toml").write_text('plugins = ["my_rules/acme001_bad_word.py"]\n')
    assert "ACME001" in lrlint("check", ALLOW).stdout
    assert "The word BAD." in lrlint("rule", ALLOW, "ACME001").stdout


def test_modules_of_a_pack_import_each_other(project: Path) -> None:
    text = rule().replace("from lrlint.rule", "from ._words import WORD\nfrom lrlint.rule")
    write_pack(project / "my_rules", acme001_bad_word=text, _words="WORD = 'BAD'\n")
    assert "ACME001" in lrlint("check", ALLOW).stdout


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ('plugins = ["nowhere"]', "lrlint.toml:1: 'plugins': there is no file or folder nowhere"),
        ('plugins = ["plain.py"]', "'plugins': rule pack plain.py: it has no RULE"),
        ('plugins = ["notes.txt"]', "'plugins': rule pack notes.txt: it can't be imported: ImportError"),
        ('plugins = ["my_rules"]\nselect = ["ACME002"]', "lrlint.toml:2: 'select': there is no rule 'ACME002'"),
        ('plugins = "my_rules"', "'plugins' must be a list of paths, as [\"./my_rules\"], and is a string"),
    ],
)
def test_wrong_plugins(project: Path, configuration: str, problem: str) -> None:
    (project / "notes.txt").touch()
    (project / "plain.py").touch()
    (project / "lrlint.toml").write_text(configuration)
    result = lrlint("check", ALLOW)
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_rules_of_a_pack_are_chosen_as_all_others(project: Path) -> None:
    def codes(*arguments: str, configuration: str = "") -> list[str]:
        (project / "lrlint.toml").write_text(f'plugins = ["my_rules"]\n{configuration}')
        result = lrlint("check", ALLOW, "--output-format=json", "train.py", *arguments)
        return [finding["code"] for finding in json.loads(result.stdout)["findings"]]

    (project / "train.py").write_text(MISTAKE)
    assert codes() == ["LR301", "ACME001"]
    assert codes("--select=ACME") == codes("--select=bad-word") == ["ACME001"]
    assert codes("--ignore=ACME001") == codes("--select=LR") == ["LR301"]
    assert codes(configuration='select = ["ACME0"]') == ["ACME001"]
    assert codes(configuration='per-file-ignores = { "*.py" = ["ACME"] }') == ["LR301"]
    for comment in ("noqa: ACME001", "lrlint: ignore[ACME001]", "lrlint: ignore[bad-word]"):
        (project / "train.py").write_text(MISTAKE.replace("# BAD", f"# BAD  # {comment}"))
        assert codes() == ["LR301"]


def test_local_rules_run_in_the_files_of_their_configuration_alone(project: Path) -> None:
    for folder in ("inner", "outer"):
        (project / folder).mkdir()
        (project / folder / "train.py").write_text(TRAIN)
    (project / "lrlint.toml").rename(project / "inner" / "lrlint.toml")
    (project / "my_rules").rename(project / "inner" / "my_rules")
    result = lrlint("check", ALLOW, "--output-format=concise", "inner/train.py", "outer")
    assert [line.partition(":")[0] for line in result.stdout.splitlines() if "ACME001" in line] == ["inner/train.py"]
    assert lrlint("check", ALLOW, "--select=ACME", "inner/train.py", "outer").exit_code == 1


def test_two_configurations_can_not_bring_along_one_code(project: Path) -> None:
    for folder in ("one", "two"):
        write_pack(project / folder / "my_rules", acme001_bad_word=rule())
        (project / folder / "lrlint.toml").write_text('plugins = ["my_rules"]\n')
        (project / folder / "train.py").write_text(TRAIN)
    result = lrlint("check", ALLOW, "one", "two")
    assert result.exit_code == 2
    assert "ACME001 is there twice in the rule packs: in one/my_rules and in two/my_rules" in result.stderr


def test_reports_know_the_rules_of_packs(project: Path) -> None:
    result = lrlint("check", ALLOW, "--output-format=sarif", "train.py")
    (described,) = json.loads(result.stdout)["runs"][0]["tool"]["driver"]["rules"]
    assert (described["id"], described["name"]) == ("ACME001", "bad-word")
    assert "The word BAD." in described["help"]["markdown"]
    assert described["fullDescription"]["text"] == "A word is bad."


def test_fixes_of_packs_are_made(project: Path) -> None:
    assert lrlint("check", ALLOW, "--fix", "train.py").exit_code == 0
    assert (project / "train.py").read_text() == TRAIN.replace("BAD", "GOOD")


def test_a_local_rule_has_a_page(project: Path) -> None:
    refused = lrlint("rule", "ACME001")
    assert refused.exit_code == 2
    assert "with --allow-local-plugins also those of the project" in refused.stderr
    assert lrlint("rule", ALLOW, "ACME001").stdout.startswith("ACME001 bad-word\n")
    assert "ACME001  bad-word" in lrlint("rule", ALLOW).stdout


# Rules that fail


RANGE = "place = source.range(0, 3)"
FINDING = f"{RANGE}; yield Finding(RULE, source.path, place, 'x'"
EDIT = f"{FINDING}, fix=Fix(Applicability.SAFE, 'x', ("


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no\\nway')", "ValueError: no way (acme002_worse.py:17)"),
        ("source.nothing", "AttributeError: 'Source' object has no attribute 'nothing' (acme002_worse.py:17)"),
        ("raise SystemExit(0)", "SystemExit: 0 (acme002_worse.py:17)"),
        ("yield 1", "it yields int, no Finding"),
        (f"{RANGE}; yield Finding(None, source.path, place, 'x')", "a finding is not of its own RULE"),
        (f"{RANGE}; yield Finding(RULE, source.path, place, 'x\\ny')", "the message 'x\\ny' is no line of text"),
        (f"{RANGE}; yield Finding(RULE, 'other.py', place, 'x')", "a finding is in other.py, which is no file of the"),
        (f"{RANGE}; yield Finding(RULE, source.path, None, 'x')", "AttributeError: 'NoneType' object has no attribute"),
        (
            f"{RANGE}; yield Finding(RULE, source.path, type(place)(0, 999, 1, 1, 1, 1), 'x')",
            "a finding is from 0 to 999, and train.py has 36 characters",
        ),
        (
            f"{RANGE}; yield Finding(RULE, source.path, type(place)(0, 3, 7, 1, 7, 4), 'x')",
            "a finding in train.py has lines or columns that are not those of its offsets",
        ),
        (f"{EDIT}Edit(type(place)(90, 99, 1, 1, 1, 1), ''),)))", "an edit is from 90 to 99, and train.py has 36"),
        (f"{EDIT}Edit(place, ''), Edit(source.range(2, 4), ''))))", "the edits of a fix overlap"),
        (f"{EDIT})))", "a fix has no edits"),
        (
            f"{FINDING}, fix=Fix(Applicability.UNSAFE, 'x', (Edit(place, ''),)))",
            "a fix is unsafe, which is not among the `fixes` of its RULE",
        ),
    ],
)
def test_a_rule_that_fails_is_named_and_stops_nothing(project: Path, body: str, reason: str) -> None:
    write_pack(project / "my_rules", acme002_worse=rule("ACME002", "worse-word", broken(body)))
    result = lrlint("check", ALLOW, "--output-format=concise", "train.py")
    assert result.exit_code == 2
    assert result.stdout.startswith("train.py:3:1: ACME001 [*] BAD is bad\n")
    (problem,) = (line for line in result.stderr.splitlines() if "ACME002" in line)
    assert problem.startswith(f"error: train.py: rule ACME002 worse-word of my_rules failed: {reason}")


def test_a_rule_that_fails_where_nobody_wants_it_is_no_problem(project: Path) -> None:
    write_pack(project / "my_rules", acme002_worse=rule("ACME002", "worse-word", broken("raise ValueError")))
    with (project / "lrlint.toml").open("a") as file:
        file.write('per-file-ignores = { "train.py" = ["ACME"] }\n')
    (project / "other.py").write_text(TRAIN)
    assert lrlint("check", ALLOW, "train.py").exit_code == 0
    result = lrlint("check", ALLOW, "train.py", "other.py")
    assert result.exit_code == 2
    assert "train.py" not in result.stderr


def test_what_a_rule_found_before_it_failed_is_reported(project: Path) -> None:
    text = rule().rstrip() + "\n    raise ValueError\n"
    write_pack(project / "my_rules", acme001_bad_word=text)
    for name in ("a.py", "b.py"):
        (project / name).write_text(TRAIN)
    result = lrlint("check", ALLOW, "--output-format=concise", "a.py", "b.py")
    assert result.exit_code == 2
    assert result.stdout.count("ACME001") == 2
    assert result.stderr.count("failed: ValueError (acme001_bad_word.py:") == 2
    assert lrlint("check", ALLOW, "--exit-zero", "a.py").exit_code == 2


def test_a_fix_that_its_own_rule_can_not_judge_is_not_made(project: Path) -> None:
    text = rule().replace("source = module.source", "source = module.source\n        assert 'GOOD' not in source.text")
    write_pack(project / "my_rules", acme001_bad_word=text)
    (project / "train.py").write_text(2 * TRAIN)
    result = lrlint("check", ALLOW, "--fix", "train.py")
    assert result.exit_code == 2
    assert (project / "train.py").read_text() == 2 * TRAIN
    assert "train.py: not fixed: ACME001 failed on the fixed file" in result.stderr
    assert "ACME001" in result.stdout


def test_problems_of_rules_are_in_the_reports(project: Path) -> None:
    write_pack(project / "my_rules", acme002_worse=rule("ACME002", "worse-word", broken("raise ValueError")))
    result = lrlint("check", ALLOW, "--output-format=sarif", "train.py")
    (invocation,) = json.loads(result.stdout)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "ACME002 worse-word of my_rules failed" in invocation["toolExecutionNotifications"][0]["message"]["text"]
