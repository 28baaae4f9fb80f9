"""Listening without harm: a mistake in a recorder never reaches the training."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

_Heard = TypeVar("_Heard", bound=Callable[..., Any])


def harmless(heard: _Heard) -> _Heard:
    """A method of a recorder that hears something; where it fails, the recording ends with that as its `failure`."""

    @functools.wraps(heard)
    def hear(self: Any, *args: Any) -> None:
        if self.failure is None:
            try:
                heard(self, *args)
            except Exception as error:  # noqa: BLE001 - whatever it is, the training goes on
                self.failure = error

    return cast("_Heard", hear)
