"""A backtracking matcher that counts its steps, for patterns of `re` and of `regex`.

The engines themselves tell nobody how much they backtrack. This one walks the same parse tree in
the same order, slowly, and counts each character that it looks at. Whether a match begins at a
place it is told by the real engine, and must find the same, so that a fault in here is noticed.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import regex

Node = Callable[[int], bool]  # whether it matches from a place on, with all that comes behind it
UNLIMITED = sys.maxsize  # repeats
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


class Ways(dict[str, tuple[list[tuple[int, Node]], int]]):
    """Sign -> the ways of a branch that may begin with it, each with how many are looked at for it; how many after
    the last. "" stands for the end."""

    def __init__(self, ways: Iterable[tuple[Node, Callable[[str], bool] | None]]) -> None:
        self._ways = [*ways]

    def __missing__(self, sign: str) -> tuple[list[tuple[int, Node]], int]:
        tried, looked = [], 0
        for way, begins in self._ways:
            if begins:
                looked += 1
                if not sign or not begins(sign):
                    continue
            tried.append((looked, way))
            looked = 0
        self[sign] = found = tried, looked
        return found


class Matcher:
    """One pattern, tried at places of a text."""

    def __init__(self, pattern: Any) -> None:
        source, self._properties, self._engine = pattern.pattern, {}, re
        if isinstance(pattern, regex.Pattern):
            self._engine = regex
            source = self._without_properties(source)
        self._remembers = bool(re.search(r"\(\?P=|\\[1-9]", source))  # what a group matched
        self._groups: dict[int, tuple[int, int] | None] = {}
        flags = pattern.flags & (re.I | re.M | re.S | re.X)
        self._tree = parser.parse(source, flags)
        self._counter = Counter()
        self._steps, self._left = 0, 0.0  # of the one counted now, and how many more may be
        self._text, self._end, self._whole = "", 0, False
        self._word = Fits(self._engine_test(r"\w", 0))
        self._first = self._first_test(self._tree, self._tree.state.flags)
        self._node = self._sequence(list(self._tree), self._tree.state.flags, self._ends)

    def begins(
        self, text: str, start: int, end: int, counter: Counter, whole: bool = False
    ) -> bool:
        """Whether a match begins at a place, none reaching beyond `end`; `whole`: and ends there."""
        return self._tried([start], text, end, counter, whole)

    def begins_between(self, text: str, start: int, until: int, end: int, counter: Counter) -> bool:
        """Whether a match begins anywhere from `start` to before `until`; counts as `begins` at each place."""
        return self._tried(range(start, until), text, end, counter)

    def _tried(
        self, places: Sequence[int], text: str, end: int, counter: Counter, whole: bool = False
    ) -> bool:
        first, count = self._first, len(places)
        if first is not None:
            places = [place for place in places if place < end and first[text[place]]]
            counter.add(count - len(places))
        self._text, self._end, self._whole, self._counter = text, end, whole, counter
        self._steps, self._left = 0, counter.most - counter.steps
        found, node = False, self._node
        for place in places:
            self._groups.clear()
            self._steps += 1
            if node(place):
                found = True
                break
        counter.add(self._steps)
        return found

    def _ends(self, at: int) -> bool:
        return not self._whole or at == self._end

    def _count(self, steps: int) -> None:
        """Count where it may go on for long; elsewhere `_steps` alone grows, which is faster."""
        self._steps += steps
        if self._steps > self._left:
            self._counter.add(self._steps)  # which says so

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

    # What follows one another: each node is made with what comes behind it, and is asked whether both match from a
    # place on. What one remembers of its way (how often, from where) is put back where the way fails.

    def _sequence(self, nodes: list, flags: int, behind: Node) -> Node:
        tests = [self._test(name, value, flags) for name, value in nodes]
        parts = groupby(zip(nodes, tests, strict=True), key=lambda one: bool(one[1]))
        for signs, group in reversed([(signs, [*group]) for signs, group in parts]):
            if signs:
                behind = self._signs([Fits(test) for _, test in group if test], behind)
            else:
                for (name, value), _ in reversed(group):
                    behind = self._compiled(name, value, flags, behind)
        return behind

    def _signs(self, tests: list[Fits], behind: Node) -> Node:
        def one(at: int) -> bool:
            self._steps += 1
            return at < self._end and fits[self._text[at]] and behind(at + 1)

        def several(at: int) -> bool:
            text, end = self._text, self._end
            for place, fits in enumerate(tests, at):
                if place >= end or not fits[text[place]]:
                    self._steps += place - at + 1
                    return False
            self._steps += len(tests)
            return behind(at + len(tests))

        (fits, *more) = tests
        return several if more else one

    def _compiled(self, name: Any, value: Any, flags: int, behind: Node) -> Node:
        if name is op.SUBPATTERN:
            group, more, fewer, inner = value
            flags = flags & ~fewer | more
            if self._remembers and group:
                return self._remembered(group, list(inner), flags, behind)
            return self._sequence(list(inner), flags, behind)
        if name is op.GROUPREF:
            return lambda at: self._same(value, at, behind)
        if name is op.BRANCH:
            return self._branched([list(one) for one in value[1]], flags, behind)
        if name is op.ATOMIC_GROUP:
            return self._atomic(lambda end: self._sequence(list(value), flags, end), behind)
        if name in (op.ASSERT, op.ASSERT_NOT):
            return self._looked(name is op.ASSERT, *value, flags, behind)
        if name is op.AT:
            return self._standing(value, bool(flags & re.M), behind)
        if name in REPEATS:
            low, high, inner = value
            return self._repeated(name, low, high, list(inner), flags, behind)
        raise NotImplementedError(f"{name} in a pattern: teach tests/bounded/matching.py")

    def _branched(self, each: list[list], flags: int, behind: Node) -> Node:
        firsts = [self._firsts(one, flags) for one in each]
        ways = Ways(
            (self._sequence(one, flags, behind), _any_of(tests) if tests else None)
            for one, tests in zip(each, firsts, strict=True)
        )

        def run(at: int) -> bool:
            tried, more = ways[self._text[at] if at < self._end else ""]
            for looked, way in tried:
                self._count(looked)
                if way(at):
                    return True
            self._count(more)
            return False

        return run

    def _remembered(self, group: int, inner: list, flags: int, behind: Node) -> Node:
        start = 0

        def closed(end: int) -> bool:
            before = self._groups.get(group)
            self._groups[group] = (start, end)
            if behind(end):
                return True
            self._groups[group] = before
            return False

        node = self._sequence(inner, flags, closed)

        def opened(at: int) -> bool:
            nonlocal start
            before, start = start, at
            if node(at):
                return True
            start = before
            return False

        return opened

    def _same(self, group: int, at: int, behind: Node) -> bool:
        """Whether what a group matched comes again."""
        matched = self._groups.get(group)
        if not matched:
            return False
        start, end = matched
        self._count(end - start)
        until = at + end - start
        return (
            until <= self._end and self._text[at:until] == self._text[start:end] and behind(until)
        )

    def _atomic(self, made: Callable[[Node], Node], behind: Node) -> Node:
        """What `made` makes of its end, matched in one way only."""
        last = 0

        def ended(end: int) -> bool:
            nonlocal last
            last = end
            return True

        inner = made(ended)
        return lambda at: inner(at) and behind(last)

    def _looked(self, wanted: bool, direction: int, inner: Any, flags: int, behind: Node) -> Node:
        here, width = 0, inner.getwidth()[1]
        look = self._sequence(list(inner), flags, lambda end: direction > 0 or end == here)

        def run(at: int) -> bool:
            nonlocal here
            here = at
            start = at if direction > 0 else at - width
            found = start >= 0 and look(start)
            return found is wanted and behind(at)

        return run

    def _repeated(
        self, name: Any, low: int, high: Any, inner: list, flags: int, behind: Node
    ) -> Node:
        most = UNLIMITED if high is op.MAXREPEAT else high
        single = self._test(*inner[0], flags) if len(inner) == 1 else None
        if single:
            return self._single(name, low, most, Fits(single), behind)

        def made(behind: Node) -> Node:
            return self._several(name is op.MIN_REPEAT, low, most, inner, flags, behind)

        return self._atomic(made, behind) if name is op.POSSESSIVE_REPEAT else made(behind)

    def _single(self, name: Any, low: int, most: int, fits: Fits, behind: Node) -> Node:
        def greedy(at: int) -> bool:
            text, end, last = self._text, at, self._end
            full = at + most
            if full < last:
                last = full
            while end < last and fits[text[end]]:
                end += 1
            # the sign that doesn't fit is looked at, too
            self._count(end - at + (end < full))
            least = at + low
            if name is op.POSSESSIVE_REPEAT:
                return end >= least and behind(end)
            while end >= least:
                self._steps += 1
                if behind(end):
                    return True
                end -= 1
            return False

        def fitting(at: int) -> bool:
            self._count(1)
            return at < self._end and fits[self._text[at]]

        def lazy(at: int) -> bool:
            end = at
            while end - at < low:
                if not fitting(end):
                    return False
                end += 1
            while not behind(end):
                if end - at >= most or not fitting(end):
                    return False
                end += 1
            return True

        return lazy if name is op.MIN_REPEAT else greedy

    def _several(
        self, lazy: bool, low: int, most: int, inner: list, flags: int, behind: Node
    ) -> Node:
        count, last = 0, -1  # of the repeats so far; where the last one began

        def begun(at: int) -> bool:
            nonlocal count, last
            before = count, last
            count, last = 0, -1
            if more(at):
                return True
            count, last = before
            return False

        def more(at: int) -> bool:
            if count < low:
                return again(at)
            return (behind(at) or again(at)) if lazy else (again(at) or behind(at))

        def again(at: int) -> bool:
            nonlocal count, last
            if count >= most or (at == last and count >= low):
                return False
            before = count, last
            count, last = count + 1, at
            if node(at):
                return True
            count, last = before
            return False

        node = self._sequence(inner, flags, more)
        return begun

    def _standing(self, where: Any, at_lines: bool, behind: Node) -> Node:
        def at_edge(at: int) -> bool:
            self._steps += 1
            text, word = self._text, self._word
            before = at > 0 and word[text[at - 1]]
            edge = before != (at < self._end and word[text[at]])
            return edge is wanted and behind(at)

        def at_place(at: int) -> bool:
            self._steps += 1
            return stands(self._text, at, self._end) and behind(at)

        if where in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            wanted = where is op.AT_BOUNDARY
            return at_edge
        stands = PLACES[where, at_lines]
        return at_place


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


def _at_end(text: str, at: int, end: int) -> bool:
    return at == end or (at == end - 1 and text[at] == "\n")


PLACES = {
    (op.AT_BEGINNING, False): lambda text, at, end: at == 0,
    (op.AT_BEGINNING, True): lambda text, at, end: at == 0 or text[at - 1] == "\n",
    (op.AT_BEGINNING_STRING, False): lambda text, at, end: at == 0,
    (op.AT_BEGINNING_STRING, True): lambda text, at, end: at == 0,
    (op.AT_END, False): _at_end,
    (op.AT_END, True): lambda text, at, end: at == end or text[at] == "\n",
    (op.AT_END_STRING, False): lambda text, at, end: at == end,
    (op.AT_END_STRING, True): lambda text, at, end: at == end,
}


def _any_of(tests: list) -> Callable[[str], bool]:
    return lambda sign: any(test(sign) for test in tests)
