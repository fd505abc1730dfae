"""Who is listening to a conversation, and waking them when something happened."""

import asyncio
from collections import defaultdict
from typing import Optional


class Listener:
    """One open stream; it is woken by events, and told of passing states such as typing."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._state: Optional[str] = None
        self.closed = False

    def wake(self, state: Optional[str] = None) -> None:
        """There are new events, or another state."""
        self._state = state or self._state
        self._wake.set()

    def close(self) -> None:
        """The server stops."""
        self.closed = True
        self._wake.set()

    async def wait(self, seconds: float) -> Optional[str]:
        """Wait to be woken, at most so long; returns the state when there is another."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except asyncio.TimeoutError:
            return None
        self._wake.clear()
        state, self._state = self._state, None
        return state


class Hub:
    """The listeners of all conversations."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._states: dict[str, str] = {}

    def join(self, conversation: str) -> Listener:
        """A new listener, told of the present state at once."""
        listener = Listener()
        self._listeners[conversation].add(listener)
        listener.wake(self._states.get(conversation))
        return listener

    def leave(self, conversation: str, listener: Listener) -> None:
        """The stream ended."""
        self._listeners[conversation].discard(listener)
        if not self._listeners[conversation]:
            del self._listeners[conversation]

    def tell(self, conversation: str, state: Optional[str] = None) -> None:
        """Wake the listeners of a conversation; `state` is ready, typing or waiting."""
        if state == "ready":
            self._states.pop(conversation, None)
        elif state:
            self._states[conversation] = state
        for listener in self._listeners.get(conversation, ()):
            listener.wake(state)

    def close(self) -> None:
        """End all streams."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()
