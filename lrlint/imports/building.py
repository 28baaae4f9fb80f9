"""Whether a text may build an optimizer or scheduler: where walks begin."""

from __future__ import annotations

import re

_OPTIM = re.compile(rb"optim(?!\w)(?<!\woptim)")


def may_build(data: bytes) -> bool:
    """Whether a module of these bytes may build an optimizer or scheduler of torch."""
    return b"torch" in data and b"optim" in data and _OPTIM.search(data) is not None
