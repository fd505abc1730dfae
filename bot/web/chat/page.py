"""The page that a customer writes from: what the widget tells of it with a message.

It says what "this one" is: the product of the page, the cart, and the language that the page is in.
The customer sees the product beside what is being written, and can take it away.
"""

from typing import Any

from pydantic import BaseModel, Extra, Field, ValidationError, constr
from sanic.exceptions import InvalidUsage

MAX_TEXT, MAX_ADDRESS, MAX_NAMES, MAX_LINES = 300, 2000, 10, 50

Name = constr(strip_whitespace=True, min_length=1, max_length=MAX_TEXT, strict=True)


class _Part(BaseModel):
    class Config:
        extra = Extra.forbid
        anystr_strip_whitespace = True


class OnPage(_Part):
    """The product of a page: the numbers it goes by there (sku, mpn, gtin, …), and its title."""

    ids: list[Name] = Field(default_factory=list, max_items=MAX_NAMES)  # type: ignore[valid-type]
    title: str = Field("", max_length=MAX_TEXT)
    url: str = Field("", max_length=MAX_ADDRESS)


class CartLine(_Part):
    """So many of a product."""

    sku: Name  # type: ignore[valid-type]
    quantity: int = Field(..., ge=0, le=1_000_000)


class Page(_Part):
    """A page, as far as the shop and the customer let it be told; each part may be missing."""

    url: str = Field("", max_length=MAX_ADDRESS)
    title: str = Field("", max_length=MAX_TEXT)
    language: str = Field("", regex=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$")
    product: OnPage | None = None
    cart: list[CartLine] = Field(default_factory=list, max_items=MAX_LINES)


def read_page(body: Any) -> dict[str, Any] | None:
    """What a message says of its page, checked; None when it says nothing.

    Raises InvalidUsage that names the part that is wrong.
    """
    if body is None:
        return None
    try:
        page = Page.parse_obj(body)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in ("page", *fault["loc"]) if part != "__root__")
        raise InvalidUsage(f"{where!r}: {fault['msg']}.") from error
    return page.dict(exclude_unset=True)
