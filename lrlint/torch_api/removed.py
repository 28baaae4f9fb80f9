"""Modules that torch has given up: code that imports one is meant for an older torch.

Read off torch's wheels, the oldest of which is that of 1.0.  They have `torch/utils/ffi/__init__.py` up to 1.11, but
all that it does is to raise ImportError.
"""

from __future__ import annotations

from lrlint.torch_api.versions import Version

_GONE_SINCE = {
    "torch._six": Version(2, 0),
    "torch.legacy": Version(1, 0),
    "torch.utils.ffi": Version(1, 0),
}


def gone_since(dotted: str) -> Version | None:
    """The first release in which the import of a dotted name fails: `torch._six`, `torch._six.inf`; None for others."""
    return next((since for module, since in _GONE_SINCE.items() if f"{dotted}.".startswith(f"{module}.")), None)
