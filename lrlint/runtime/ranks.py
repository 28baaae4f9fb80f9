"""Which of several processes of one training reports."""

from __future__ import annotations

import os


def is_first_rank() -> bool:
    """Whether this is the first process of a distributed training, by what torchrun and others set, or the only one."""
    return os.environ.get("RANK", "") in ("", "0")
