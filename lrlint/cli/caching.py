"""The cache of `lrlint check`: whether a run has one, where it is, and what of the run goes into it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import click

from lrlint import disk
from lrlint.cache import Reply, Run, default_folder
from lrlint.config.configuration import Configuration
from lrlint.config.errors import with_slash
from lrlint.config.options import CACHE_DIR

OPTIONS = (
    click.option("--no-cache", is_flag=True, help="Do not read or write a cache."),
    click.option("--cache-dir", metavar="DIR", help="Where the cache is.  [default: .lrlint_cache]"),
)


@dataclass(frozen=True, slots=True)
class Caching:
    """What becomes of the answer of a run that only looks at files; without a `run` nothing does."""

    run: Run | None = None
    folder: str | None = None

    @classmethod
    def begun(cls, run: object, folder: str | None) -> Caching:
        """From now on what the run asks the disk is kept; `folder` is what the command line says of the cache's."""
        disk.record()
        return cls(run if isinstance(run, Run) else None, folder)

    def configured(self, configuration: Configuration, start: str) -> Caching:
        """The same with the folder that the configuration in the directory `start` names, if it has a say."""
        if self.run is None or self.folder is not None:
            return self
        return Caching(self.run, configuration.settings_in(with_slash(start)).value(CACHE_DIR))

    def known(self) -> Reply | None:
        """The answer, if the cache has it; the one in the default folder was asked before."""
        return self.run.reply(os.path.abspath(self.folder)) if self.run is not None and self.folder else None

    def keep(self, text: str, code: int) -> None:
        """Remember the answer."""
        if self.run is None:
            return
        try:
            folder = os.path.abspath(self.folder) if self.folder else default_folder()
        except OSError:
            return
        self.run.keep(folder, Reply(text, code), disk.taken())


def caching_options(command: Any) -> Any:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
