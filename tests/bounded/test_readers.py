"""No text costs everybody time: each reader keeps to a budget, whatever 5,000 characters it reads."""

import ast
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.paths import REPOSITORY
from tests.bounded.matching import TooManySteps
from tests.bounded.payloads import DIFFERENT, PIECES, text_of
from tests.bounded.readers import COUNTED, OWN_WORDS, modules, readers
from tests.bounded.steps import Meter
from tests.fuzz import CASES

LONGEST = 5000  # characters of a message
BUDGET = 6_000_000  # steps, of some 8 ns each
SHORT = 200
LINEAR = 2.3  # times the steps for twice the text


@pytest.fixture(scope="module")
def meter() -> Iterator[Meter]:
    with Meter(modules()).installed() as meter:
        for read in readers().values():  # what is loaded once: words, numbering plans
            read("a red mug, order HF-10222, call 020 555 01 34")  # uncounted, that is faster
            meter.of(read, text_of("numbers that differ", LONGEST))
        yield meter


def keeps_to_the_budget(meter: Meter, name: str, piece: str) -> None:
    """The whole text is only read where two short ones don't tell that it will do."""
    read = readers()[name]
    few, more = (meter.of(read, text_of(piece, n * SHORT)) for n in (1, 2))
    likely = few + (more - few) * (LONGEST / SHORT - 1)
    if more > LINEAR * few or likely > BUDGET:
        try:
            meter.of(read, text_of(piece, LONGEST), BUDGET)
        except TooManySteps as error:
            raise AssertionError(f"{name}, {piece!r} again and again: {error}") from None


@pytest.mark.parametrize("name", readers())
def test_no_repeated_piece_costs_much(meter: Meter, name: str) -> None:
    for piece in (*PIECES, *DIFFERENT):
        keeps_to_the_budget(meter, name, piece)


pieces = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(min_size=1, max_size=8)), min_size=1, max_size=4
)


@settings(max_examples=2 * CASES)
@given(piece=pieces.map("".join), name=st.sampled_from(sorted(readers())))
def test_no_text_at_all_costs_much(meter: Meter, name: str, piece: str) -> None:
    keeps_to_the_budget(meter, name, piece)


def test_every_module_with_patterns_is_known() -> None:
    using = set()
    for top in ("bot", "actions", "recommender"):
        for file in (REPOSITORY / top).rglob("*.py"):
            names = {
                alias.name
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
                if isinstance(node, ast.Import)
                for alias in node.names
            }
            if names & {"re", "regex"}:
                module = ".".join(file.relative_to(REPOSITORY).with_suffix("").parts)
                using.add(module.removesuffix(".__init__"))
    known = {one for one in COUNTED if one.split(".")[0] in ("bot", "actions", "recommender")}
    assert known | set(OWN_WORDS) == using, "add it to tests/bounded/readers.py, with its reader"
