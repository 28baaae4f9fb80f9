"""How `lrlint check` reads its command line, and shows its options."""

from __future__ import annotations

import click

_HEADINGS = {
    "Fixes": ("--fix", "--unsafe-fixes", "--diff", "--fix-only", "--show-fixes"),
    "Rules": ("--select", "--extend-select", "--ignore", "--torch-version"),
    "Files": ("--exclude", "--extend-exclude", "--force-exclude", "--stdin-filename", "--show-files", "--verbose"),
    "Reports": ("--output-format", "--output-file", "--statistics", "--prove", "--color", "--watch"),
    "Exit code": ("--exit-zero", "--exit-non-zero-on-fix"),
    "Old findings": ("--baseline", "--update-baseline", "--diff-base", "--add-ignore"),
    "Speed": ("--jobs", "--no-cache", "--cache-dir", "--profile"),
    "Configuration": ("--config", "--isolated", "--show-settings", "--allow-local-plugins"),
}
_OTHERS = "Other"


class CheckCommand(click.Command):
    """A command whose options are shown under headings.

    Its `--add-ignore` takes a value behind `=` alone, so that a path behind it is no reason.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        args = ["--add-ignore=" if one == "--add-ignore" else one for one in args[:end]] + args[end:]
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of each heading in its order."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        rows = {max(one.opts, key=len): one.get_help_record(ctx) for one in options}
        shown = {name: row for name, row in rows.items() if row is not None}
        listed = {name for names in _HEADINGS.values() for name in names}
        headings = {**_HEADINGS, _OTHERS: tuple(name for name in shown if name not in listed)}
        for heading, names in headings.items():
            with formatter.section(heading):
                formatter.write_dl([shown[name] for name in names if name in shown], col_max=26)
