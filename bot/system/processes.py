"""Processes that end with the one that started them."""

import signal
import sys


def die_with_parent() -> None:
    """On Linux this process is ended when its parent is killed: no orphan keeps a port, or var."""
    if sys.platform == "linux":
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
