"""The faults that a tired engineer makes, as changes of one place in a file's syntax tree."""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FLIPPED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
# Decorators without which nothing runs, or whose loss only costs time.
NEEDED = re.compile(
    r"property|cache|route|app\.|method|dataclass|fixture|overload|contextmanager|total_ordering|wraps"
)
SAME_EITHER_WAY = {"min", "max"}
LOGGED = re.compile(r"log(ger)?\.|warn|echo|print")  # what is only said to the engineer
TEXTS = (ast.Constant, ast.JoinedStr)


@dataclass(frozen=True)
class Fault:
    """One change in a file: what stands from `start` to `end` (in bytes) becomes `text`."""

    file: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    text: str

    def put_into(self, source: bytes) -> bytes:
        """The file with the fault."""
        return source[: self.start] + self.text.encode() + source[self.end :]

    def __str__(self) -> str:
        before, after = (" ".join(one.split())[:90] for one in (self.before, self.text))
        return f"{self.file}:{self.line} {self.kind}: {before} -> {after or '(nothing)'}"


def faults_in(file: str, source: bytes) -> Iterator[Fault]:
    """All faults that can be made in a file. Raises SyntaxError for one that isn't Python."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in _nodes(ast.parse(source)):
        for kind, make in KINDS.items():
            for place, changed in make(node):
                start = starts[place.lineno - 1] + place.col_offset
                end = starts[(place.end_lineno or 0) - 1] + (place.end_col_offset or 0)
                text = changed if isinstance(changed, str) else _written(changed)
                yield Fault(file, place.lineno, kind, start, end, source[start:end].decode(), text)


def _nodes(node: ast.AST) -> Iterator["Place"]:
    """Expressions and statements from the top; not what stands inside formatted strings, whose places aren't known."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            continue
        if isinstance(child, ast.expr | ast.stmt | ast.keyword):
            yield child
        yield from _nodes(child)


def _written(node: ast.AST) -> str:
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.expr) else text


Place = ast.expr | ast.stmt | ast.keyword
Made = Iterator[tuple[Place, ast.AST | str]]


def _comparison(node: Place) -> Made:
    if isinstance(node, ast.Compare):
        changed = copy.deepcopy(node)
        changed.ops[0] = FLIPPED[type(node.ops[0])]()
        yield node, changed


def _bound(node: Place) -> Made:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield node, str(node.value + 1)


def _arithmetic(node: Place) -> Made:
    if isinstance(node, ast.BinOp) and type(node.op) in FLIPPED:
        if any(isinstance(side, TEXTS) and not _number(side) for side in (node.left, node.right)):
            return
        changed = copy.deepcopy(node)
        changed.op = FLIPPED[type(node.op)]()
        yield node, changed


def _number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _condition(node: Place) -> Made:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand
    if isinstance(node, ast.BoolOp):
        changed = copy.deepcopy(node)
        changed.op = FLIPPED[type(node.op)]()
        yield node, changed
    if isinstance(node, ast.IfExp):
        yield node, ast.IfExp(node.test, node.orelse, node.body)


def _lost_condition(node: Place) -> Made:
    """One part of a condition is forgotten."""
    if isinstance(node, ast.BoolOp):
        for number in range(len(node.values)):
            values = [value for place, value in enumerate(node.values) if place != number]
            yield node, values[0] if len(values) == 1 else ast.BoolOp(node.op, values)


def _swapped(node: Place) -> Made:
    if isinstance(node, ast.Call) and len(node.args) > 1:
        first, second, *rest = node.args
        if ast.unparse(node.func) in SAME_EITHER_WAY:
            return
        if not any(isinstance(one, ast.Starred) for one in (first, second)):
            yield node, ast.Call(node.func, [second, first, *rest], node.keywords)


def _dropped_argument(node: Place) -> Made:
    if isinstance(node, ast.Call) and not re.match(
        rf"dataclass|{LOGGED.pattern}", ast.unparse(node.func)
    ):
        for number in range(len(node.keywords)):
            kept = [one for place, one in enumerate(node.keywords) if place != number]
            yield node, ast.Call(node.func, node.args, kept)


def _key(node: Place) -> Made:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ):
        changed = copy.deepcopy(node)
        changed.args[0] = ast.Constant(node.args[0].value + "s")
        yield node, changed


def _dropped_statement(node: Place) -> Made:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        if not LOGGED.match(ast.unparse(node.value)):
            yield node, "pass"


def _dropped_await(node: Place) -> Made:
    if isinstance(node, ast.Await):
        yield node, node.value


def _unwrapped(node: Place) -> Made:
    """What masks, escapes, folds or rounds a value is left out."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id[:1].islower()
        and len(node.args) == 1
        and not node.keywords
        and isinstance(node.args[0], ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    ):
        yield node, node.args[0]


def _order(node: Place) -> Made:
    if isinstance(node, ast.keyword) and node.arg == "reverse":
        yield node, f"reverse=not ({ast.unparse(node.value)})"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for here, there in ((" DESC", " ASC"), (" desc", " asc")):
            if here in node.value:
                yield node, ast.Constant(node.value.replace(here, there, 1))


def _query(node: Place) -> Made:
    """A bound or a condition of a query in SQL."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and "SELECT" in node.value:
        for here, there in ((">=", ">"), ("<=", "<"), (" AND ", " OR "), (" LIMIT 1", " LIMIT 2")):
            if here in node.value:
                yield node, ast.Constant(node.value.replace(here, there, 1))


def _permission(node: Place) -> Made:
    """Who may, and what is checked before, stands in decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for decorator in node.decorator_list:
            if not NEEDED.search(ast.unparse(decorator)):
                yield decorator, "(lambda undecorated: undecorated)"


KINDS: dict[str, Callable[[Place], Made]] = {
    "comparison": _comparison,
    "bound": _bound,
    "arithmetic": _arithmetic,
    "condition": _condition,
    "lost condition": _lost_condition,
    "swapped arguments": _swapped,
    "dropped argument": _dropped_argument,
    "key": _key,
    "dropped statement": _dropped_statement,
    "dropped await": _dropped_await,
    "unwrapped": _unwrapped,
    "order": _order,
    "query": _query,
    "permission": _permission,
}  # fmt: skip
