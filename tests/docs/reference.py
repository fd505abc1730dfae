"""The reference in docs/recommender.md: what `recommender` exports, from its docstrings."""

import inspect
import re
from dataclasses import is_dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

import recommender
from bot.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "recommender.md"
HEADING = "## Reference\n"  # what follows it is made, what is before it is written by hand
QUALIFIER = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")  # `pathlib.` of `pathlib.Path`
QUOTED_NAME = re.compile(r"'([A-Z]\w*)'")  # of a class that the code names before it is made
LONGEST_CALL = 96  # characters


class Written(str):
    """A default as it is to be read."""

    def __repr__(self) -> str:
        return str(self)


def page() -> str:
    """The page as it is, with the reference made anew."""
    written, heading, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    if not heading:
        raise RuntimeError(f"{PAGE} has no line {HEADING.strip()!r}")
    return written + heading + "\n" + "\n".join(map(section, recommender.__all__))


def section(name: str) -> str:
    """What is said of one exported name, and of its public methods."""
    thing = getattr(recommender, name)
    parts = [entry("###", name, thing)]
    for method, member in vars(thing).items() if inspect.isclass(thing) else ():
        if method.startswith("_"):
            continue
        if isinstance(member, property):
            parts.append(f"#### .{method}\n\n{inspect.getdoc(member)}\n")
        elif isinstance(member, classmethod):
            parts.append(entry("####", f"{name}.{method}", getattr(thing, method)))
        elif isinstance(member, FunctionType):
            parts.append(entry("####", f".{method}", member))
    return "\n".join(parts)


def entry(marks: str, name: str, thing: Any) -> str:
    """A heading, the call where there is one, and the docstring."""
    if not callable(thing):
        return f"{marks} {name}\n\n    {name} = {thing}\n"
    is_error = inspect.isclass(thing) and issubclass(thing, Exception)
    call = "" if is_error else "    " + call_of(name, thing).replace("\n", "\n    ") + "\n\n"
    return f"{marks} {name}\n\n{call}{inspect.getdoc(thing)}\n"


def call_of(name: str, thing: Any) -> str:
    """How it is called, with the types; a line for each parameter where one line is too long."""
    signature = inspect.signature(thing)
    parameters = [readable(each) for each in signature.parameters.values() if each.name != "self"]
    returned = str(signature.replace(parameters=[])).removeprefix("()")
    lines = [str(inspect.Signature([each]))[1:-1] for each in parameters]
    if any(each.kind is each.KEYWORD_ONLY for each in parameters):
        first = next(n for n, each in enumerate(parameters) if each.kind is each.KEYWORD_ONLY)
        lines = [line.removeprefix("*, ") for line in lines]
        lines.insert(first, "*")
    call = f"{name}({', '.join(lines)}){returned}"
    if len(call) > LONGEST_CALL:
        call = f"{name}(\n    " + ",\n    ".join(lines) + f",\n){returned}"
    return QUOTED_NAME.sub(r"\1", QUALIFIER.sub("", call))


def readable(parameter: inspect.Parameter) -> inspect.Parameter:
    """A parameter with its default as short as it can be written: `Filters()`, not all fields."""
    default = parameter.default
    if is_dataclass(default) and default == type(default)():
        return parameter.replace(default=Written(f"{type(default).__name__}()"))
    # What a dataclass makes anew each time, and a place of this machine.
    if repr(default) == "<factory>" or isinstance(default, Path):
        return parameter.replace(default=Written("…"))
    return parameter
