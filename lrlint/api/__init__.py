"""lrlint as a library: `docs/library.md` describes it.  The names are those of `lrlint` itself."""

from lrlint.api.check import CheckError, check_paths, check_source
from lrlint.api.findings import Edit, Finding, Fix, Place, Related
from lrlint.api.settings import Settings
from lrlint.config.errors import ConfigError
from lrlint.edit import Applicability
from lrlint.rule import Severity

__all__ = [
    "Applicability",
    "CheckError",
    "ConfigError",
    "Edit",
    "Finding",
    "Fix",
    "Place",
    "Related",
    "Settings",
    "Severity",
    "check_paths",
    "check_source",
]
