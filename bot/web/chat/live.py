"""Who is listening to a conversation, and waking them when something happened."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

LISTENERS = 8  # streams of one conversation


class State(NamedTuple):
    """A passing state of a conversation: ready, typing or waiting; and who it is that types."""

    state: str
    who: str = "assistant"


class Listener:
    """One open stream; it is woken by events, and told of passing states such as typing."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._state: State | None = None
        self.closed = False

    def wake(self, state: State | None = None) -> None:
        """There are new events, or another state."""
        self._state = state or self._state
        self._wake.set()

    def close(self) -> None:
        """The server stops."""
        self.closed = True
        self._wake.set()

    async def wait(self, seconds: float) -> State | None:
        """Wait to be woken, at most so long; returns the state when there is another."""
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return None
        self._wake.clear()
        state, self._state = self._state, None
        return state


class Hub:
    """The listeners of all conversations."""

    def __init__(self) -> None:
        # in the order in which they came
        self._listeners: dict[str, dict[Listener, None]] = defaultdict(dict)
        self._states: dict[str, State] = {}
        self._watchers: set[Callable[[str, str], None]] = set()

    def join(self, conversation: str) -> Listener:
        """A new listener, told of the present state at once.

        When a conversation has too many, the one that listens longest makes room: it may be dead,
        and the one that comes is not.
        """
        listener = Listener()
        here = self._listeners[conversation]
        if len(here) >= LISTENERS:
            oldest = next(iter(here))
            del here[oldest]
            oldest.close()
        here[listener] = None
        listener.wake(self._states.get(conversation))
        self.report(conversation, "opened")
        return listener

    def leave(self, conversation: str, listener: Listener) -> None:
        """The stream ended."""
        here = self._listeners[conversation]
        here.pop(listener, None)
        if not here:
            del self._listeners[conversation]

    @contextmanager
    def listening(self, conversation: str) -> Iterator[Listener]:
        """A listener that joins and leaves."""
        listener = self.join(conversation)
        try:
            yield listener
        finally:
            self.leave(conversation, listener)

    def tell(self, conversation: str, state: str | None = None, who: str = "assistant") -> None:
        """Wake the listeners of a conversation; `state` is ready, typing or waiting."""
        told = State(state, who) if state else None
        if state == "ready":
            self._states.pop(conversation, None)
        elif told:
            self._states[conversation] = told
        for listener in self._listeners.get(conversation, ()):
            listener.wake(told)
        self.report(conversation, "changed")

    def state(self, conversation: str) -> State:
        """The present state of a conversation."""
        return self._states.get(conversation, State("ready"))

    def is_listening(self, conversation: str) -> bool:
        """Whether the customer has the conversation open on a page."""
        return conversation in self._listeners

    def watch(self, watcher: Callable[[str, str], None]) -> Callable[[], None]:
        """Call `watcher(conversation, what)` whenever something happens; returns how to stop.

        `what` is "changed" (a message or state), "typing" (the customer types), "opened" (a page
        with the chat), "event" (the customer did something else) or "transcribed" (the transcripts
        have what was said). It is called on the event loop and must not block.
        """
        self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    def report(self, conversation: str, what: str) -> None:
        """Tell those who watch all conversations."""
        for watcher in tuple(self._watchers):
            watcher(conversation, what)

    def end(self, conversation: str) -> None:
        """End the streams of a conversation that is gone."""
        self._states.pop(conversation, None)
        for listener in self._listeners.get(conversation, ()):
            listener.close()

    def close(self) -> None:
        """End all streams."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()
