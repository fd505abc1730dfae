"""A shop in which Anna and Joanna had conversations, and people to fill segments with."""

from collections.abc import Iterator

import pytest

from bot.campaigns.people import People
from bot.settings import Settings
from tests.custody.test_persons import shop

__all__ = ["shop"]


@pytest.fixture
def people(settings: Settings) -> Iterator[People]:
    settings.var.mkdir(exist_ok=True)
    store = People(settings.campaigns_db, settings.secrets)
    yield store
    store.close()
