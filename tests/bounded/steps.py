"""What a reader of text costs, in steps: lines of Python, and characters that patterns look at."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType, ModuleType
from typing import Any

import pytest

from tests.bounded.matching import Counter, Matcher, tried

DEEP = 200_000  # calls: the counting matcher goes as deep as a text is long
LINE = 10  # steps: about as long as ten characters take a pattern
_HERE = __name__.rpartition(".")[0].replace(".", "/")


class CountedPattern:
    """A pattern that counts while it does what it does; what it has counted once it knows."""

    def __init__(self, pattern: Any, meter: "Meter") -> None:
        self._pattern, self._meter = pattern, meter
        self._matcher = Matcher(pattern)
        self._known: dict[tuple[Any, ...], int] = {}  # a call -> its steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)

    def finditer(self, text: str, pos: int = 0, endpos: int = sys.maxsize, **kind: bool) -> Any:
        self._tried("all", text, pos, endpos, **kind)
        return self._pattern.finditer(text, pos, endpos, **kind)

    def search(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        self._tried("first", text, pos, endpos)
        return self._pattern.search(text, pos, endpos)

    def match(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        found = self._pattern.match(text, pos, endpos)
        self._at(text, pos, endpos, False, bool(found))
        return found

    def fullmatch(self, text: str, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        found = self._pattern.fullmatch(text, pos, endpos)
        self._at(text, pos, endpos, True, bool(found))
        return found

    def _tried(self, which: str, text: str, pos: int, endpos: int, **kind: bool) -> None:
        end = min(endpos, len(text))

        def count(counter: Counter) -> None:
            for _ in tried(self._pattern, self._matcher, counter, text, pos, end, **kind):
                if which == "first":
                    break

        self._count((which, text, pos, end, *kind.items()), count)

    def _at(self, text: str, pos: int, endpos: int, whole: bool, found: bool) -> None:
        end = min(endpos, len(text))
        pos = min(pos, end)

        def count(counter: Counter) -> None:
            counted = self._matcher.begins(text, pos, end, counter, whole)
            assert counted is found, (self._pattern.pattern, text, pos)

        self._count(("whole" if whole else "beginning", text, pos, end), count)

    def _count(self, call: tuple[Any, ...], count: Callable[[Counter], None]) -> None:
        with self._meter.paused() as counter:
            if call in self._known:
                counter.add(self._known[call])
                return
            before = counter.steps
            count(counter)
            self._known[call] = counter.steps - before

    def sub(self, by: Any, text: str, count: int = 0, **more: Any) -> str:
        self.finditer(text)
        return self._pattern.sub(by, text, count)

    def findall(self, text: str) -> list:
        self.finditer(text)
        return self._pattern.findall(text)

    def split(self, text: str, maxsplit: int = 0) -> list:
        self.finditer(text)
        return self._pattern.split(text, maxsplit)


class _Paused:
    """A class, and no generator: `contextlib`'s own lines would count as the reader's."""

    def __init__(self, meter: "Meter") -> None:
        self._meter = meter

    def __enter__(self) -> Counter:
        return self._meter.pause()

    def __exit__(self, *error: object) -> None:
        self._meter.go_on()


class CountedModule:
    """`re` or `regex`, whose functions count."""

    def __init__(self, module: ModuleType, meter: "Meter") -> None:
        self._module, self._meter = module, meter

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._module, name)
        if name == "compile":
            return lambda *arguments: self._meter.pattern(real(*arguments))
        if name not in ("finditer", "search", "match", "fullmatch", "sub", "findall", "split"):
            return real

        def counted(pattern: str, *arguments: Any, **more: Any) -> Any:
            flags = more.pop("flags", 0)
            if name not in ("sub", "split") and len(arguments) > 1:
                *arguments, flags = arguments
            with self._meter.paused():
                of = self._meter.pattern(self._module.compile(pattern, flags))
            return getattr(of, name)(*arguments, **more)

        return counted


class Meter:
    """Counts what happens while a reader reads; patterns of the given modules are counted, too."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._counter = Counter()
        self._patterns: dict[Any, CountedPattern] = {}
        self._modules = tuple(modules)
        self._trace: Callable | None = None

    @contextmanager
    def installed(self) -> Iterator["Meter"]:
        """With every pattern of the modules counted; what they remember may hold some."""
        with pytest.MonkeyPatch.context() as patch:
            self._forget()
            for module in self._modules:
                for name, value in list(vars(module).items()):
                    if name.startswith("__"):
                        continue
                    counted = self._counted(value)
                    if counted is not value:
                        patch.setattr(module, name, counted)
            yield self
        self._forget()

    def _forget(self) -> None:
        for module in self._modules:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear"):
                    value.cache_clear()

    def of(self, read: Callable[[str], Any], text: str, most: float = float("inf")) -> int:
        """The steps that a reader takes for a text. Raises TooManySteps beyond `most`."""
        self._counter = Counter(most)
        before, deep = sys.gettrace(), sys.getrecursionlimit()
        sys.setrecursionlimit(DEEP)
        self._trace = _lines_counted(self._counter)
        sys.settrace(self._trace)
        try:
            read(text)
        finally:
            self._trace = None
            sys.settrace(before)
            sys.setrecursionlimit(deep)
        return self._counter.steps

    def paused(self) -> "_Paused":
        """Without counting the lines of the counting itself."""
        return _Paused(self)

    def pause(self) -> Counter:
        """Counts no lines until it goes on."""
        sys.settrace(None)
        return self._counter

    def go_on(self) -> None:
        """Counts lines again, while a reader reads."""
        sys.settrace(self._trace)

    def pattern(self, pattern: Any) -> CountedPattern:
        """The counted form of a compiled pattern, one for each."""
        if pattern not in self._patterns:
            self._patterns[pattern] = CountedPattern(pattern, self)
        return self._patterns[pattern]

    def _counted(self, value: Any) -> Any:
        """A value with its patterns counted: a pattern, a container of some, `re` itself."""
        if isinstance(value, ModuleType) and value.__name__ in ("re", "regex"):
            return CountedModule(value, self)
        if type(value).__name__ == "Pattern":
            return self.pattern(value)
        if type(value) in (list, tuple):
            inside = [self._counted(one) for one in value]
            return (
                type(value)(inside)
                if any(a is not b for a, b in zip(inside, value, strict=True))
                else value
            )
        if type(value) is dict and not any(isinstance(key, ModuleType) for key in value):
            inside = {key: self._counted(one) for key, one in value.items()}
            return inside if any(inside[key] is not value[key] for key in value) else value
        return value


def _lines_counted(counter: Counter) -> Callable:
    """A function for `sys.settrace` that counts each line. It runs for all of them: it calls nothing itself."""

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            counter.steps += LINE
            if counter.steps > counter.most:
                counter.add(0)  # which says so
        return line

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if _HERE in frame.f_code.co_filename:
            return None
        counter.add(LINE)
        return line

    return enter
