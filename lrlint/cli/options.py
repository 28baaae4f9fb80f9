"""What the command line of `lrlint check` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrlint.cli.adoption import Adoption
from lrlint.cli.outputs import Output, routed

STDIN = "-"


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """The values of the options; the fields are those of the command in `lrlint.cli.check`."""

    paths: tuple[str, ...]
    fix: bool
    fix_only: bool
    unsafe_fixes: bool
    show_fixes: bool
    diff: bool
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    output_format: tuple[Output, ...]
    output_file: str | None
    statistics: bool
    prove: bool
    exit_zero: bool
    exit_non_zero_on_fix: bool
    stdin_filename: str | None
    force_exclude: bool
    isolated: bool
    torch_version: str | None
    config: tuple[str, ...]
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    allow_local_plugins: bool
    show_settings: bool
    show_files: bool
    verbose: bool
    watch: bool
    profile: bool
    jobs: int
    no_cache: bool
    cache_dir: str | None
    adoption: Adoption

    @property
    def reads_stdin(self) -> bool:
        return self.paths == (STDIN,) or (not self.paths and self.stdin_filename is not None)

    @property
    def is_cacheable(self) -> bool:
        """Whether the run does nothing but look at files and print, so that its answer can be remembered."""
        others = (self.diff, self.adoption.update_baseline, self.adoption.diff_base, self.allow_local_plugins)
        shows = self.show_settings or self.show_files or self.watch or self.profile or self.prove
        to_files = any(output.file for output in self.outputs)
        return not (self.no_cache or self.reads_stdin or self.is_repairing or shows or to_files or any(others))

    @property
    def is_fixing(self) -> bool:
        """Whether fixes are to be written."""
        return self.fix or self.fix_only

    @property
    def is_repairing(self) -> bool:
        """Whether anything is to be written into the files."""
        return self.is_fixing or self.adoption.ignoring is not None

    @property
    def given(self) -> Mapping[str, bool]:
        """Which of the options are given that are about fixes and reports."""
        return {
            "--fix": self.fix,
            "--fix-only": self.fix_only,
            "--unsafe-fixes": self.unsafe_fixes,
            "--show-fixes": self.show_fixes,
            "--diff": self.diff,
            "--statistics": self.statistics,
            "--output-format": bool(self.output_format),
            "--output-file": self.output_file is not None,
            "--watch": self.watch,
            "--profile": self.profile,
        }

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The reports to make."""
        return routed(self.output_format, self.output_file)
