"""Work that tests will ask for, done ahead of them beside the tests that come before: it runs in other processes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def selected(request: pytest.FixtureRequest, test: Callable[..., None]) -> list[Mapping[str, object]]:
    """The parameters of the runs of a test in this session."""
    items = (item for item in request.session.items if isinstance(item, pytest.Function))
    return [item.callspec.params for item in items if item.originalname == test.__name__]


@contextmanager
def done_ahead(work: Callable[[K], T], keys: list[K], at_once: int) -> Iterator[Mapping[K, Future[T]]]:
    """What `work` gives for each key, in their order and so many at once; what is not begun at the end is left out."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        yield {key: pool.submit(work, key) for key in keys}
        pool.shutdown(cancel_futures=True)
