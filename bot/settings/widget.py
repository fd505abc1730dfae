"""How the chat looks and behaves on the shop's pages, and its first words."""

import re
from typing import Literal

from pydantic import Field, validator

from bot.settings.languages import WIDGET_TEXTS, check_languages, read_texts, said_shortly
from bot.settings.part import Part

MOST_STARTERS = 4


class Greeting(Part):
    """A few words beside the chat's button: on which pages, and when."""

    text: str | dict[str, str]
    pages: tuple[str, ...] = ("*",)
    after_seconds: int | None = Field(default=None, ge=1, le=3600)
    on_exit: bool = False

    @validator("on_exit", always=True)
    def _has_a_moment(cls, on_exit: bool, values: dict) -> bool:
        if not on_exit and values.get("after_seconds") is None:
            raise ValueError("a greeting needs after_seconds, or on_exit: true")
        return on_exit

    _text = validator("text", allow_reuse=True)(said_shortly(160))


class Widget(Part):
    """How the chat looks and behaves on the shop's pages."""

    avatar: str = ""
    position: Literal["right", "left"] = "right"
    theme: Literal["auto", "light", "dark"] = "auto"
    language: str = "auto"
    consent: Literal["notice", "ask", "none"] = "notice"
    outside_hours: Literal["chat", "message", "hide"] = "chat"
    voice: bool = False
    pictures: bool = True
    ratings: Literal["thumbs", "stars", "none"] = "thumbs"
    origins: tuple[str, ...] = ()
    starters: list[str] | dict[str, list[str]] = Field(default_factory=list)
    greetings: tuple[Greeting, ...] = ()
    texts: dict[str, str | dict[str, str]] = Field(default_factory=dict)  # by language, too

    @validator("language")
    def _has_texts(cls, language: str) -> str:
        known = sorted(file.stem for file in WIDGET_TEXTS.glob("*.yml"))
        if language != "auto" and language not in known:
            raise ValueError(f"{language!r} is neither auto nor one of {', '.join(known)}")
        return language

    @validator("origins", each_item=True)
    def _is_an_origin(cls, origin: str) -> str:
        if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", origin):
            raise ValueError(
                f"{origin!r} isn't an origin such as https://www.shop.example: small letters, "
                "no path, no slash at the end"
            )
        return re.sub(r"^(https://.*):443$|^(http://.*):80$", r"\1\2", origin)

    @validator("starters")
    def _few(cls, starters: list[str] | dict[str, list[str]]) -> list[str] | dict[str, list[str]]:
        lists = starters.values() if isinstance(starters, dict) else [starters]
        if any(len(one) > MOST_STARTERS for one in lists):
            raise ValueError(f"at most {MOST_STARTERS} fit")
        check_languages(starters)
        return starters

    @validator("texts")
    def _known_texts(
        cls, texts: dict[str, str | dict[str, str]]
    ) -> dict[str, str | dict[str, str]]:
        known = read_texts("en")
        names = {name for name, text in texts.items() if isinstance(text, str)}
        for language, by_name in texts.items():
            if isinstance(by_name, dict):
                check_languages({language: ""})
                names |= set(by_name)
        for name in names:
            if name not in known:
                raise ValueError(f"there is no text {name!r}; bot/web/widget/texts/en.yml has them")
        return texts
