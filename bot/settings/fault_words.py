"""What pydantic finds wrong with a file that people wrote, in words for them."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import ModelField

WORDS = {
    "value_error.missing": "is needed, and isn't there",
    "type_error.none.not_allowed": "says nothing",
    "type_error.dict": "wants lines of `name: value` below it",
    "type_error.mapping": "wants lines of `name: value` below it",
    "type_error.list": "wants a list: [one, two]",
    "type_error.tuple": "wants a list: [one, two]",
    "type_error.str": "wants a text; in quotes, where it looks like a number or a list",
    "type_error.integer": "wants a whole number",
    "type_error.float": "wants a number",
    "type_error.decimal": "wants a number, with a point before the cents",
    "value_error.decimal.not_finite": "wants a number",
    "type_error.bool": "wants true or false",
    "value_error.date": "wants a day such as 2026-11-30",
    "type_error.date": "wants a day such as 2026-11-30",
}


def said_of(error: ValidationError) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each fault, and what to say of it."""
    model: Any = error.model
    for fault in error.errors():
        yield fault, _said(fault, model)


def _said(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    *above, last = fault["loc"]
    if kind == "value_error.extra":
        return f"there is no such name{_near(str(last), _names(_reached(model, above)[0]))}"
    if kind == "value_error.str.regex":
        field = _reached(model, fault["loc"])[1]
        wanted = field.field_info.description if field else None
        return f"wants {wanted}" if wanted else "isn't written as it has to be"
    if "const" in kind or "literal" in kind or "enum" in kind:
        permitted = [
            str(one) for one in context.get("permitted", ()) or context.get("enum_values", ())
        ]
        given = str(context.get("given", ""))
        return (
            f"is one of {', '.join(one or 'nothing' for one in permitted)}{_near(given, permitted)}"
        )
    return WORDS.get(kind) or str(fault["msg"])


def _near(given: str, known: list[str]) -> str:
    """A name that may be meant, where one is near."""
    found = get_close_matches(given, known, 1) if given else []
    return f"; did you mean {found[0]}?" if found else ""


def _names(model: Any) -> list[str]:
    return [one.alias for one in model.__fields__.values()] if hasattr(model, "__fields__") else []


def _reached(model: Any, place: list[Any] | tuple[Any, ...]) -> tuple[Any, ModelField | None]:
    """The model that a place leads to, and the field on the way there that was the last."""
    field: ModelField | None = None
    for part in place:
        known = {one.alias: one for one in getattr(model, "__fields__", {}).values()}
        if part in known:
            found = known[part]
            field, model = found, found.type_
    return model, field
