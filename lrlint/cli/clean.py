"""`lrlint clean`: the cache is removed."""

from __future__ import annotations

import os

import click

from lrlint import cache
from lrlint.cli import Failure
from lrlint.cli.rules import load_rules
from lrlint.config.configuration import Configuration
from lrlint.config.errors import ConfigError, shown_path, working_folder
from lrlint.config.options import CACHE_DIR


@click.command("clean")
@click.option("--cache-dir", metavar="DIR", help="Where the cache is.  [default: .lrlint_cache]")
def command(cache_dir: str | None) -> None:
    """Remove the cache.

    It is the one that `lrlint check` has in the working directory.
    """
    try:
        configured = Configuration(load_rules()).settings_in(working_folder()).value(CACHE_DIR)
        folder = os.path.abspath(cache_dir or configured or cache.default_folder())
        is_removed = cache.clean(folder)
    except ConfigError as error:
        raise Failure(str(error)) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failure(f"the cache can't be removed: {reason}") from None
    click.echo(f"Removed {shown_path(folder)}." if is_removed else f"There is no cache in {shown_path(folder)}.")
