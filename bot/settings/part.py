"""What every part of shop.yml is made of."""

from pydantic import BaseModel


class Part(BaseModel):
    """A frozen part of shop.yml; an unknown key is an error, so that a typo is noticed."""

    class Config:
        frozen = True
        extra = "forbid"
