"""A campaign of its own in a database of its own."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.surveys.asking import Asking
from bot.surveys.campaigns import Campaigns, open_campaigns

CAMPAIGN = """\
title: A test
intro: Please.
alert: {question: score, at_most: 3}
questions:
  - id: score
    kind: nps
    ask: How likely?
    go: [{when: 9-10, to: again}]
  - {id: why, kind: text, ask: "Why a {score}?"}
  - {id: again, kind: single, ask: Again?, options: ["Yes", "No"], other: true}
  - {id: done, kind: thanks, ask: Thanks}
"""


@pytest.fixture
def campaigns(tmp_path: Path) -> Campaigns:
    folder = tmp_path / "surveys"
    folder.mkdir()
    (folder / "test.yml").write_text(CAMPAIGN)
    return open_campaigns(tmp_path / "surveys.db", folder, ZoneInfo("UTC"))


@pytest.fixture
def asking(campaigns: Campaigns) -> Asking:
    return Asking(campaigns)
