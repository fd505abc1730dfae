"""A backtracking matcher that counts its steps, for patterns of `re` and of `regex`.

The engines themselves tell nobody how much they backtrack. This one walks the same parse tree in
the same order, slowly, and counts each character that it looks at. Whether a match begins at a
place it is told by the real engine, and must find the same, so that a fault in here is noticed.
"""

import re
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import groupby
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

Next = Callable[[int], bool]
Node = Callable[[int, Next], bool]
FIRST_STAND_IN = 0xE000  # private characters stand for \p{…}, which `re` doesn't know


class TooManySteps(AssertionError):
    """More steps than the budget allows."""


class Counter:
    """The steps so far; more than `most` raise TooManySteps."""

    def __init__(self, most: float = float("inf")) -> None:
        self.steps, self.most = 0, most

    def add(self, steps: int = 1) -> None:
        """Count further steps."""
        self.steps += steps
        if self.steps > self.most:
            raise TooManySteps(f"more than {self.most:,.0f} steps")


class Fits(dict[str, bool]):
    """Sign -> whether it passes a test, each tested once."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        self._test = test

    def __missing__(self, sign: str) -> bool:
        fits = self[sign] = self._test(sign)
        return fits


class Matcher:
    """One pattern, tried at places of a text."""

    def __init__(self, pattern: Any) -> None:
        source, self._properties, self._engine = pattern.pattern, {}, re
        if isinstance(pattern, regex.Pattern):
            self._engine = regex
            source = self._without_properties(source)
        self._remembers = bool(re.search(r"\(\?P=|\\[1-9]", source))  # what a group matched
        self._groups: dict[int, tuple[int, int]] = {}
        flags = pattern.flags & (re.I | re.M | re.S | re.X)
        self._tree = parser.parse(source, flags)
        self._counter = Counter()
        self._text, self._end = "", 0
        self._word = Fits(self._engine_test(r"\w", 0))
        self._first = self._first_test(self._tree, self._tree.state.flags)
        self._node = self._sequence(list(self._tree), self._tree.state.flags)

    def begins(
        self, text: str, start: int, end: int, counter: Counter, whole: bool = False
    ) -> bool:
        """Whether a match begins at a place, none reaching beyond `end`; `whole`: and ends there."""
        self._text, self._end, self._counter, self._groups = text, end, counter, {}
        counter.add()
        if self._first is not None and (start >= end or not self._first[text[start]]):
            return False
        return self._node(start, (lambda at: at == end) if whole else _anywhere)

    def begins_between(self, text: str, start: int, until: int, end: int, counter: Counter) -> bool:
        """Whether a match begins anywhere from `start` to before `until`; counts as `begins` at each place."""
        first, places = self._first, range(start, until)
        if first is not None:
            tried = [place for place in places if place < end and first[text[place]]]
            counter.add(len(places) - len(tried))
            places = tried
        return any(self.begins(text, place, end, counter) for place in places)

    def _without_properties(self, source: str) -> str:
        names: dict[str, str] = {}

        def stand_in(found: re.Match) -> str:
            sign = names.setdefault(found[0], chr(FIRST_STAND_IN + len(names)))
            self._properties[ord(sign)] = found[0]
            return sign

        source = re.sub(r"\\[pP]\{\^?\w+\}", stand_in, source)
        count = iter(range(1000))  # `regex` lets groups share a name
        return re.sub(r"\(\?P<(\w+)>", lambda found: f"(?P<{found[1]}_{next(count)}>", source)

    # What a single character must be.

    def _test(self, name: Any, value: Any, flags: int) -> Callable[[str], bool] | None:
        """A test of one character, or None where the node is more than that."""
        if name is op.ANY:
            return (lambda sign: True) if flags & re.S else (lambda sign: sign != "\n")
        if name is op.LITERAL and value in self._properties:
            pattern = self._properties[value]
            return self._engine_test(pattern, flags)
        if name in (op.LITERAL, op.NOT_LITERAL):
            same, test = name is op.LITERAL, self._engine_test(re.escape(chr(value)), flags)
            return lambda sign: test(sign) is same
        if name is op.IN:
            negated = value[0][0] is op.NEGATE
            tests = [self._member(*one, flags) for one in value[negated:]]
            return lambda sign: any(test(sign) for test in tests) is not negated
        return None

    def _engine_test(self, pattern: str, flags: int) -> Callable[[str], bool]:
        fits = self._engine.compile(pattern, flags & re.I).fullmatch
        return lambda sign: fits(sign) is not None

    def _member(self, name: Any, value: Any, flags: int) -> Callable[[str], bool]:
        if name is op.RANGE:
            low, high = (re.escape(chr(one)) for one in value)
            return self._engine_test(f"[{low}-{high}]", flags)
        if name is op.CATEGORY:
            return self._engine_test(CATEGORIES[value], flags)
        test = self._test(name, value, flags)
        assert test is not None, name
        return test

    def _first_test(self, tree: Any, flags: int) -> Fits | None:
        """What every match begins with, by which both engines pass over most of a text."""
        tests = self._firsts(list(tree), flags)
        return Fits(_any_of(tests)) if tests else None

    def _firsts(self, nodes: list, flags: int) -> list | None:
        for name, value in nodes:
            test = self._test(name, value, flags)
            if test:
                return [test]
            if name in (op.AT, op.ASSERT, op.ASSERT_NOT):
                continue
            if name is op.SUBPATTERN:
                _, more, fewer, inner = value
                return self._firsts(list(inner), flags & ~fewer | more)
            if name is op.ATOMIC_GROUP:
                return self._firsts(list(value), flags)
            if name in REPEATS and value[0] > 0:
                return self._firsts(list(value[2]), flags)
            if name is op.BRANCH:
                each = [self._firsts(list(one), flags) for one in value[1]]
                return [test for one in each for test in one or ()] if all(each) else None
            return None
        return None

    # What follows one another, each node with what comes behind it.

    def _sequence(self, nodes: list, flags: int) -> Node:
        tests = [self._test(name, value, flags) for name, value in nodes]
        parts: list[Node] = []
        for signs, group in groupby(zip(nodes, tests, strict=True), key=lambda one: bool(one[1])):
            if signs:
                parts.append(self._signs([Fits(test) for _, test in group if test]))
            else:
                parts += [self._compiled(name, value, flags) for (name, value), _ in group]
        return reduce(_both, parts) if parts else lambda at, behind: behind(at)

    def _signs(self, tests: list[Fits]) -> Node:
        def run(at: int, behind: Next) -> bool:
            text, end = self._text, self._end
            for looked, fits in enumerate(tests, 1):
                if at >= end or not fits[text[at]]:
                    self._counter.add(looked)
                    return False
                at += 1
            self._counter.add(len(tests))
            return behind(at)

        return run

    def _compiled(self, name: Any, value: Any, flags: int) -> Node:
        if name is op.SUBPATTERN:
            group, more, fewer, inner = value
            node = self._sequence(list(inner), flags & ~fewer | more)
            return self._remembered(group, node) if self._remembers and group else node
        if name is op.GROUPREF:
            return lambda at, behind: self._same(value, at, behind)
        if name is op.BRANCH:
            ways = [self._sequence(list(one), flags) for one in value[1]]
            firsts = [self._firsts(list(one), flags) for one in value[1]]
            begins = [Fits(_any_of(tests)) if tests else None for tests in firsts]

            def branched(at: int, behind: Next) -> bool:
                for way, begin in zip(ways, begins, strict=True):
                    if (begin is None or self._step(at, begin)) and way(at, behind):
                        return True
                return False

            return branched
        if name is op.ATOMIC_GROUP:
            return self._atomic(self._sequence(list(value), flags))
        if name in (op.ASSERT, op.ASSERT_NOT):
            return self._looked(name is op.ASSERT, *value, flags)
        if name is op.AT:
            return lambda at, behind: self._stands(value, at, flags) and behind(at)
        if name in REPEATS:
            low, high, inner = value
            return self._repeated(name, low, high, list(inner), flags)
        raise NotImplementedError(f"{name} in a pattern: teach tests/bounded/matching.py")

    def _remembered(self, group: int, inner: Node) -> Node:
        def run(at: int, behind: Next) -> bool:
            def closed(end: int) -> bool:
                before = self._groups.get(group, (0, 0))
                self._groups[group] = (at, end)
                if behind(end):
                    return True
                self._groups[group] = before
                return False

            return inner(at, closed)

        return run

    def _same(self, group: int, at: int, behind: Next) -> bool:
        """Whether what a group matched comes again."""
        if group not in self._groups:
            return False
        start, end = self._groups[group]
        self._counter.add(end - start)
        until = at + end - start
        return (
            until <= self._end and self._text[at:until] == self._text[start:end] and behind(until)
        )

    def _step(self, at: int, fits: Fits) -> bool:
        self._counter.add()
        return at < self._end and fits[self._text[at]]

    def _atomic(self, inner: Node) -> Node:
        def run(at: int, behind: Next) -> bool:
            ends: list[int] = []
            return inner(at, lambda end: not ends.append(end)) and behind(ends[-1])

        return run

    def _looked(self, wanted: bool, direction: int, inner: Any, flags: int) -> Node:
        look, width = self._sequence(list(inner), flags), inner.getwidth()[1]

        def run(at: int, behind: Next) -> bool:
            start = at if direction > 0 else at - width
            found = start >= 0 and look(start, lambda end: direction > 0 or end == at)
            return found is wanted and behind(at)

        return run

    def _repeated(self, name: Any, low: int, high: Any, inner: list, flags: int) -> Node:
        most = float("inf") if high is op.MAXREPEAT else high
        single = self._test(*inner[0], flags) if len(inner) == 1 else None
        if single:
            run = self._single(name, low, most, Fits(single))
        else:
            node = self._sequence(inner, flags)
            run = self._several(name is op.MIN_REPEAT, low, most, node)
            if name is op.POSSESSIVE_REPEAT:
                run = self._atomic(run)
        return run

    def _single(self, name: Any, low: int, most: float, fits: Fits) -> Node:
        def greedy(at: int, behind: Next) -> bool:
            text, end, last = self._text, at, min(self._end, at + most)
            while end < last and fits[text[end]]:
                end += 1
            self._counter.add(
                end - at + (end - at < most)
            )  # the sign that doesn't fit is looked at, too
            if name is op.POSSESSIVE_REPEAT:
                return end - at >= low and behind(end)
            while end - at >= low:
                self._counter.add()
                if behind(end):
                    return True
                end -= 1
            return False

        def lazy(at: int, behind: Next) -> bool:
            end = at
            while end - at < low:
                if not self._step(end, fits):
                    return False
                end += 1
            while not behind(end):
                if end - at >= most or not self._step(end, fits):
                    return False
                end += 1
            return True

        return lazy if name is op.MIN_REPEAT else greedy

    def _several(self, lazy: bool, low: int, most: float, node: Node) -> Node:
        def run(count: int, at: int, behind: Next, last: int = -1) -> bool:
            def again() -> bool:
                if count >= most or (at == last and count >= low):
                    return False
                return node(at, lambda then: run(count + 1, then, behind, at))

            if count < low:
                return again()
            return (behind(at) or again()) if lazy else (again() or behind(at))

        return lambda at, behind: run(0, at, behind)

    def _stands(self, where: Any, at: int, flags: int) -> bool:
        self._counter.add()
        text, end = self._text, self._end
        if where is op.AT_BEGINNING:
            return at == 0 or (bool(flags & re.M) and text[at - 1] == "\n")
        if where is op.AT_BEGINNING_STRING:
            return at == 0
        if where is op.AT_END:
            last = at == end or (at == end - 1 and text[at] == "\n")
            return last or (bool(flags & re.M) and text[at] == "\n")
        if where is op.AT_END_STRING:
            return at == end
        before = at > 0 and self._word[text[at - 1]]
        edge = before != (at < end and self._word[text[at]])
        return edge is (where is op.AT_BOUNDARY)


def tried(pattern: Any, matcher: Matcher, counter: Counter, text: str, start: int, end: int,
          overlapped: bool = False) -> Iterator[Any]:  # fmt: skip
    """The matches of the real engine, the steps until each counted."""
    at = start
    while at <= end:
        found = pattern.search(text, at, end)
        until = found.start() if found else end
        begins = matcher.begins_between(text, at, until, end, counter)
        assert not begins, (pattern.pattern, text, at)
        if not found:
            return
        assert matcher.begins(text, until, end, counter), (pattern.pattern, text, until)
        yield found
        at = until + 1 if overlapped else max(found.end(), until + (found.end() == until))


REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s", op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _both(one: Node, then: Node) -> Node:
    return lambda at, behind: one(at, lambda end: then(end, behind))


def _anywhere(at: int) -> bool:
    return True


def _any_of(tests: list) -> Callable[[str], bool]:
    return lambda sign: any(test(sign) for test in tests)
