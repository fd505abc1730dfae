"""What a campaign found out, and what it doesn't show."""

import csv
import io
import time
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.errors import ConfigError, NotFound
from bot.surveys.asking import Asking
from bot.surveys.campaigns import Campaigns, open_campaigns
from bot.surveys.comparison import compare_versions, weekly
from bot.surveys.crosstab import SMALL, cross_tab, pool_small
from bot.surveys.export import export_csv, export_xlsx
from bot.surveys.flow import Answer
from bot.surveys.results import results
from tests.surveys.conftest import CAMPAIGN


def fill(asking: Asking, campaigns: Campaigns, *people: dict, name: str = "test", version: int = 1):
    """A run for each person: answers by question id; what is missing is where they broke off."""
    for person in people:
        run_id = campaigns.store.open_run(
            name, version, "chat", time.time(), person="p", conversation="c",
            segments=person.pop("segments", {}), anonymous=campaigns.get(name).campaign.anonymous,
        )  # fmt: skip
        step = asking.step(run_id)
        while step.question and step.question.id in person:
            step = asking.take(run_id, step.question.id, Answer(person[step.question.id]))


def test_a_person_is_led_through_and_low_scores_are_told(
    asking: Asking, campaigns: Campaigns
) -> None:
    run_id = campaigns.store.open_run("test", 1, "chat", time.time(), conversation="c")
    step = asking.step(run_id)
    assert (step.question.id, step.text, step.done, step.total) == ("score", "How likely?", 0, 3)
    step = asking.take(run_id, "score", Answer(2))
    assert step.text == "Why a 2?"
    asking.take(run_id, "why", Answer("slow"))
    step = asking.take(run_id, "again", Answer("No"))
    assert step.question is None and step.text == "Thanks"
    assert campaigns.store.run(run_id).completed_at
    assert [alert["value"] for alert in campaigns.store.alerts()] == [2]


def test_a_changed_answer_takes_the_other_way(asking: Asking, campaigns: Campaigns) -> None:
    run_id = campaigns.store.open_run("test", 1, "page", time.time())
    asking.take(run_id, "score", Answer(2))
    asking.take(run_id, "why", Answer("slow"))
    step = asking.take(run_id, "score", Answer(10))
    assert step.question.id == "again" and set(step.answers) == {"score"}


def test_the_funnel_and_where_people_left(asking: Asking, campaigns: Campaigns) -> None:
    fill(asking, campaigns, {}, {"score": 5}, {"score": 5, "why": None, "again": "Yes"},
         {"score": 10, "again": "No"}, {"score": 10, "again": "Blue"})  # fmt: skip
    campaigns.store.dismiss(campaigns.store.runs("test")[0].id, time.time())
    found = results(campaigns, "test")
    funnel = found.funnel
    assert (funnel.shown, funnel.started, funnel.completed) == (5, 4, 3)
    score, why, again = found.questions
    assert (score.asked, score.answered, score.dropped) == (5, 4, 1)
    assert (why.asked, why.answered, why.skipped, why.dropped) == (2, 0, 1, 1)
    assert score.estimate.value == 0 and score.estimate.n == 4
    assert [(bar.label, bar.count) for bar in again.bars] == [("Yes", 1), ("No", 1), ("Other", 1)]
    assert [quote.text for quote in again.quotes] == ["Blue"]


def test_answers_after_the_quota_do_not_count(asking: Asking, tmp_path: Path) -> None:
    folder = tmp_path / "q"
    folder.mkdir()
    (folder / "test.yml").write_text("quota: 2\n" + CAMPAIGN)
    campaigns = open_campaigns(tmp_path / "q.db", folder, ZoneInfo("UTC"))
    fill(Asking(campaigns), campaigns, *[{"score": 10, "again": "Yes"} for _ in range(5)])
    found = results(campaigns, "test")
    assert found.funnel.completed == 2 and found.funnel.over_quota == 3
    assert found.questions[0].estimate.n == 2


def test_open_answers_have_quotes_and_what_they_mention(
    asking: Asking, campaigns: Campaigns
) -> None:
    texts = ["slow delivery", "Delivery was slow!", "the mugs broke", "slow delivery again"]
    fill(asking, campaigns, *[{"score": 1, "why": text} for text in texts])
    run = campaigns.store.runs("test")[0]
    campaigns.store.tag_sentiment(run.id, "why", "negative", -0.6)
    why = results(campaigns, "test").questions[1]
    assert {quote.text for quote in why.quotes} == set(texts)
    mentioned = {one.words: one.count for one in why.mentions}
    assert mentioned == {"slow": 3, "delivery": 3, "slow delivery": 2}


def test_small_groups_are_put_together_so_that_nothing_can_be_subtracted() -> None:
    groups = {"a": list(range(20)), "b": list(range(6)), "c": [1, 2], "d": [3]}
    shown, hidden = pool_small(groups)
    assert {name: len(values) for name, values in shown.items()} == {"a": 20, SMALL: 9}
    assert hidden == 0
    assert pool_small({"a": [1] * 4, "b": [2] * 3})[0].keys() == {SMALL}
    assert pool_small({"a": [1] * 4}) == ({}, 4)
    assert pool_small({"a": [1] * 5, "b": [1] * 5})[0].keys() == {"a", "b"}


def test_cross_tabs_by_segment_and_by_answer(asking: Asking, campaigns: Campaigns) -> None:
    happy = [{"score": 10, "again": "Yes", "segments": {"mood": "positive"}} for _ in range(12)]
    angry = [
        {"score": 2, "why": "x", "again": "No", "segments": {"mood": "negative"}} for _ in range(11)
    ]
    rare = [{"score": 7, "segments": {"mood": "neutral"}} for _ in range(3)]
    fill(asking, campaigns, *happy, *angry, *rare)
    tab = cross_tab(campaigns, "test", "score", "mood")
    assert [(group.name, group.n) for group in tab.groups] == [("positive", 12), (SMALL, 14)]
    assert tab.groups[0].estimate.value == 100
    assert tab.association.significant and tab.association.caveats
    by_answer = cross_tab(campaigns, "test", "score", "again")
    assert [(group.name, group.counts) for group in by_answer.groups] == [
        ("Yes", (0, 0, 12)), ("No", (11, 0, 0))]  # fmt: skip
    with pytest.raises(KeyError):
        cross_tab(campaigns, "test", "nothing", "mood")


def test_weeks_without_gaps_and_without_small_ones(asking: Asking, campaigns: Campaigns) -> None:
    fill(asking, campaigns, *[{"score": 10} for _ in range(6)], *[{"score": 3} for _ in range(2)])
    old = [run.id for run in campaigns.store.runs("test") if run.answers["score"].value == 3]
    for run_id in old:
        campaigns.store.answer(run_id, "score", 3, time.time() - 21 * 86_400)
    found = weekly(campaigns, "test", "score", ZoneInfo("UTC"))
    assert [week.n for week in found] == [2, 0, 0, 6]
    assert found[0].estimate is None and found[-1].estimate.value == 100


def test_two_versions_are_compared(asking: Asking, campaigns: Campaigns) -> None:
    campaigns.save("test", CAMPAIGN.replace("How likely?", "Would you?"))
    fill(asking, campaigns, *[{"score": 3} for _ in range(20)])
    fill(asking, campaigns, *[{"score": 10, "again": "Yes"} for _ in range(20)], version=2)
    finished, score = compare_versions(campaigns, "test", 1, 2)
    assert finished.difference.value == 100 and finished.p < 0.001
    assert score.first.value == -100 and score.second.value == 100
    assert score.p >= score.difference.p  # adjusted for two figures
    assert results(campaigns, "test", version=1).funnel.shown == 20


def anonymous(tmp_path: Path) -> Campaigns:
    folder = tmp_path / "anonymous"
    folder.mkdir()
    (folder / "test.yml").write_text("anonymous: true\n" + CAMPAIGN)
    return open_campaigns(tmp_path / "anonymous.db", folder, ZoneInfo("UTC"))


def test_what_is_personal_in_own_words_is_masked_in_results_and_exports(
    asking: Asking, campaigns: Campaigns
) -> None:
    fill(asking, campaigns, {"score": 2, "why": "call +31 6 12345678", "again": "anna@example.com"})
    _, why, again = results(campaigns, "test").questions
    out = io.StringIO()
    export_csv(campaigns, "test", out, io.StringIO())
    for shown in (why.quotes[0].text, again.quotes[0].text, out.getvalue()):
        assert "12345678" not in shown and "anna" not in shown
    assert why.quotes[0].text == "call [phone]"


def test_an_anonymous_campaign_shows_nothing_below_five(tmp_path: Path) -> None:
    campaigns = anonymous(tmp_path)
    people = [
        {"score": 2, "why": f"mail anna{i}@example.com or +31 6 123456{i}", "again": "No"}
        for i in range(4)
    ]
    fill(Asking(campaigns), campaigns, *people)
    found = results(campaigns, "test")
    assert found.hidden and all(one.hidden and not one.bars for one in found.questions)
    with pytest.raises(NotFound, match="4 people"):
        export_csv(campaigns, "test", io.StringIO(), io.StringIO())
    fill(Asking(campaigns), campaigns, {"score": 10, "again": "Yes"})
    found = results(campaigns, "test")
    score, why, _ = found.questions
    assert not found.hidden and score.bars and why.hidden and not why.quotes
    out = io.StringIO()
    export_csv(campaigns, "test", out, io.StringIO())
    assert "anna" not in out.getvalue() and "123456" not in out.getvalue()
    assert {row["conversation"] for row in csv.DictReader(io.StringIO(out.getvalue()))} == {""}


def test_export_is_safe_and_explained(asking: Asking, campaigns: Campaigns, tmp_path: Path) -> None:
    fill(asking, campaigns, {"score": 2, "why": "=HYPERLINK(1)", "again": "No"}, {"score": 10})
    answers, codebook = io.StringIO(), io.StringIO()
    assert export_csv(campaigns, "test", answers, codebook) == 2
    rows = list(csv.DictReader(io.StringIO(answers.getvalue())))
    row = next(row for row in rows if row["state"] == "completed")
    assert (row["score"], row["why"], row["again"]) == ("2", "'=HYPERLINK(1)", "No")
    names = [line["column"] for line in csv.DictReader(io.StringIO(codebook.getvalue()))]
    assert names == list(rows[0])
    assert export_xlsx(campaigns, "test", tmp_path / "out.xlsx") == 2
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet and "=HYPERLINK(1)" in book.read("xl/sharedStrings.xml").decode()


def test_files_are_read_again_when_they_change(campaigns: Campaigns, tmp_path: Path) -> None:
    file = tmp_path / "surveys" / "test.yml"
    edited = CAMPAIGN.replace("Again?", "Once more?")
    campaigns.save("test", edited)  # in the console
    assert campaigns.sync() == [] and campaigns.get("test").version == 2
    file.write_text(CAMPAIGN.replace("Again?", "And again?"))
    assert campaigns.sync() == [] and campaigns.get("test").version == 3
    file.write_text("title: [")
    (wrong,) = campaigns.sync()
    assert "test.yml, line 1" in wrong and campaigns.get("test").version == 3
    assert open_campaigns(tmp_path / "surveys.db", tmp_path / "surveys", ZoneInfo("UTC"))


def test_names_and_dates_are_checked(campaigns: Campaigns) -> None:
    with pytest.raises(ConfigError, match="small letters"):
        campaigns.save("../x", CAMPAIGN)
    with pytest.raises(ConfigError, match="no version 7"):
        campaigns.save("test", "experiment: {version: 7}\n" + CAMPAIGN)
    campaigns.save("test", "stop: 2020-01-01\n" + CAMPAIGN)
    with pytest.raises(ConfigError, match="its last day was 2020-01-01"):
        campaigns.set_status("test", "started")


def test_simulated_people_are_kept_apart(asking: Asking, campaigns: Campaigns) -> None:
    fill(asking, campaigns, {"score": 10, "again": "Yes"})
    run_id = campaigns.store.open_run("test", 1, "chat", time.time(), simulated=True)
    asking.take(run_id, "score", Answer(1))
    campaigns.store.contacted("simulated-1", "test", time.time())
    assert results(campaigns, "test").questions[0].estimate.value == 100
    made_up = results(campaigns, "test", simulated=True)
    assert made_up.questions[0].estimate.value == -100 and made_up.funnel.invited == 1
    assert results(campaigns, "test").funnel.invited == 0
