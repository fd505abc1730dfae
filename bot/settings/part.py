"""What every part of shop.yml, and of a campaign, is made of."""

from pydantic import BaseModel


class Part(BaseModel):
    """A frozen part of a file that people write; an unknown key is an error, so that a typo is noticed."""

    class Config:
        frozen = True
        extra = "forbid"
