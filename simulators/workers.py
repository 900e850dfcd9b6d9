"""Processes that share out heavy work and never outlive the one that started them."""

import multiprocessing
import os
import threading
from collections.abc import Callable
from multiprocessing.pool import Pool


def workers(size: int, prepare: Callable[..., None] | None = None, *arguments: object) -> Pool:
    """A pool to be used in a `with`; its end ends the processes, whether or not they are done.

    Args:
        size: number of processes.
        prepare: called once in each of them, with `arguments`.
        arguments: inherited or sent to each process once, not with every task.
    """
    return Pool(size, _begin, (prepare, *arguments))


def _begin(prepare: Callable[..., None] | None, *arguments: object) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _end_with_parent() -> None:
    """A killed parent cannot end its children; so each of them waits for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
