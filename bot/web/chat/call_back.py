"""The widget's form for a call: what it asks is checked as an answer in the talk is."""

from typing import Any

from pydantic import BaseModel, Extra, Field, StrictStr, ValidationError
from sanic.exceptions import InvalidUsage

from bot.answers.phones import phone_in, region_of
from bot.settings.shop import Shop

MAX_NAME, MAX_PHONE, MAX_TIME = 100, 40, 200  # characters


class _CallBack(BaseModel):
    class Config:
        extra = Extra.forbid
        anystr_strip_whitespace = True

    name: StrictStr = Field("", max_length=MAX_NAME)
    phone: StrictStr = Field(..., max_length=MAX_PHONE)
    time: StrictStr = Field("", max_length=MAX_TIME)


def read_call_back(body: Any, shop: Shop) -> dict[str, str] | None:
    """Whom to call, on which number (with its country's code) and when; None when no call is asked for.

    Raises InvalidUsage that names the part that is wrong.
    """
    if body is None:
        return None
    try:
        form = _CallBack.parse_obj(body)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in ("call_back", *fault["loc"]) if part != "__root__")
        raise InvalidUsage(f"{where!r}: {fault['msg']}.") from error
    phone = phone_in(form.phone, region_of(shop))
    if phone is None:
        raise InvalidUsage(
            "'call_back.phone' must be a phone number, best with its country's code."
        )
    return {
        "phone": phone,
        "name": " ".join(form.name.split()),
        "time": " ".join(form.time.split()),
    }
