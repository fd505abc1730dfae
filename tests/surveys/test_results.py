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
from bot.surveys.forms import form_of, forms
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
    tab = cross_tab(campaigns, "test", form_of(campaigns, "test", "score"), "mood")
    assert [(group.name, group.n) for group in tab.groups] == [("positive", 12), (SMALL, 14)]
    assert tab.groups[0].estimate.value == 100
    assert tab.association.significant and tab.association.caveats
    by_answer = cross_tab(campaigns, "test", form_of(campaigns, "test", "score"), "again")
    assert [(group.name, group.counts) for group in by_answer.groups] == [
        ("Yes", (0, 0, 12)), ("No", (11, 0, 0))]  # fmt: skip
    with pytest.raises(KeyError):
        form_of(campaigns, "test", "nothing")


def test_weeks_without_gaps_and_without_small_ones(asking: Asking, campaigns: Campaigns) -> None:
    fill(asking, campaigns, *[{"score": 10} for _ in range(6)], *[{"score": 3} for _ in range(2)])
    old = [run.id for run in campaigns.store.runs("test") if run.answers["score"].value == 3]
    for run_id in old:
        campaigns.store.answer(run_id, "score", 3, time.time() - 21 * 86_400)
    found = weekly(campaigns, "test", form_of(campaigns, "test", "score"), ZoneInfo("UTC"))
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


SECOND = """\
title: A test
intro: Please.
questions:
  - {id: again, kind: single, ask: Again then?, options: ["Yes", "Never", "Perhaps"]}
  - {id: score, kind: scale, ask: "How good, of 5?", min: 1, max: 5}
  - {id: done, kind: thanks, ask: Thanks}
"""


def test_every_version_counts_in_every_view(asking: Asking, campaigns: Campaigns) -> None:
    fill(asking, campaigns, *[{"score": 10, "again": "Yes"}] * 3, *[{"score": 9, "again": "No"}] * 2,
         {"score": 3, "why": "slow", "again": "Perhaps so"})  # fmt: skip
    campaigns.save("test", SECOND)
    fill(asking, campaigns, *[{"again": "Perhaps", "score": 4}] * 5, *[{"again": "Yes", "score": 2}] * 7,
         version=2)  # fmt: skip
    found = results(campaigns, "test")
    assert [
        (one.form.key, sorted(one.form.versions), one.form.latest, one.asked, one.answered,
         [(bar.label, bar.count) for bar in one.bars if bar.count])
        for one in found.questions
    ] == [
        ("again-single-0-0", [1, 2], True, 18, 18,
         [("Yes", 10), ("Perhaps", 5), ("No", 2), ("Other", 1)]),
        ("score-scale-1-5", [2], True, 12, 12, [("2", 7), ("4", 5)]),
        ("score-nps-0-10", [1], False, 6, 6, [("3", 1), ("9", 2), ("10", 3)]),
        ("why-text-0-0", [1], False, 1, 1, []),
    ]  # fmt: skip
    assert [one.form.key for one in results(campaigns, "test", version=1).questions] == [
        "score-nps-0-10", "why-text-0-0", "again-single-0-0",
    ]  # fmt: skip
    for form in forms(campaigns, "test"):
        if form.question.scale:
            assert sum(w.n for w in weekly(campaigns, "test", form, ZoneInfo("UTC"))) in (6, 12)
        tab = cross_tab(campaigns, "test", form, "again")
        assert sum(group.n for group in tab.groups) + tab.hidden == {"score-nps-0-10": 6, "score-scale-1-5": 12}.get(form.key, 18 if "again" in form.key else 1)  # fmt: skip
    scale = next(form for form in forms(campaigns, "test") if form.question.kind == "scale")
    by = cross_tab(campaigns, "test", scale, "again")
    assert [(group.name, group.n, group.counts) for group in by.groups] == [
        ("Yes", 7, (0, 7, 0, 0, 0)), ("Perhaps", 5, (0, 0, 0, 5, 0)),
    ]  # fmt: skip
    out = io.StringIO()
    assert export_csv(campaigns, "test", out, io.StringIO()) == 18
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert sorted(row["score"] for row in rows) == [""] * 6 + ["2"] * 7 + ["4"] * 5
    assert sorted(row["score_nps_0_10"] for row in rows if row["version"] == "1") == ["10"] * 3 + ["3"] + ["9"] * 2  # fmt: skip


def test_one_more_anonymous_answer_changes_nothing_that_is_shown(tmp_path: Path) -> None:
    campaigns = anonymous(tmp_path)
    asking = Asking(campaigns)

    def looks() -> tuple:
        found = results(campaigns, "test")
        out = io.StringIO()
        export_csv(campaigns, "test", out, io.StringIO())
        rows = [
            (row["score"], row["why"], row["again"]) for row in csv.DictReader(io.StringIO(out.getvalue()))
        ]  # fmt: skip
        tab = cross_tab(campaigns, "test", form_of(campaigns, "test", "again"), "score")
        return (
            [(one.estimate, one.bars, one.quotes, one.mentions) for one in found.questions],
            sorted(rows),
            [(group.name, group.counts) for group in tab.groups],
        )

    fill(asking, campaigns, *[{"score": 10, "again": "Yes"} for _ in range(5)])
    before = looks()
    assert before[0][0][0].n == 5 and before[1] == [("10", "", "Yes")] * 5
    for more in range(1, 5):
        fill(asking, campaigns, {"score": 2, "why": "alone with this", "again": "No"})
        assert looks() == before
        assert results(campaigns, "test").questions[0].held == more
    fill(asking, campaigns, {"score": 9, "again": "No"})
    figures, rows, tab = looks()
    assert figures[0][0].n == 10 and results(campaigns, "test").questions[0].held == 0
    # of "why" only four have written: its column stays empty, nobody's words are read
    assert rows == [("10", "", "Yes")] * 5 + [("2", "", "No")] * 4 + [("9", "", "No")]
    assert tab == [("promoters (9–10)", (5, 0, 0))]  # the sixth of them waits, and so do the four
    assert not any("alone" in quote.text for one in figures for quote in one[2])


def test_the_database_tells_no_order_within_five(tmp_path: Path) -> None:
    campaigns = anonymous(tmp_path)
    asking = Asking(campaigns)
    for n, batches in (
        (4, [None] * 4),
        (1, [1] * 5),
        (4, [1] * 5 + [None] * 4),
        (2, [1] * 5 + [2] * 6),
    ):
        fill(asking, campaigns, *[{"score": 10, "again": "Yes"} for _ in range(n)])
        found = [run.answers["score"].batch for run in campaigns.runs("test")]
        assert sorted(found, key=lambda batch: batch or 9) == batches


def test_a_question_that_is_still_open_to_change_waits(tmp_path: Path) -> None:
    campaigns = anonymous(tmp_path)
    asking = Asking(campaigns)
    fill(asking, campaigns, *[{"score": 10} for _ in range(9)], *[{"score": 10, "again": "Yes"} for _ in range(6)])  # fmt: skip
    found = results(campaigns, "test").questions[0]
    assert (found.answered, found.held, found.estimate.n) == (15, 9, 6)
    campaigns.store._db.execute("UPDATE runs SET shown_at = shown_at - 4 * 86400")
    campaigns.store._db.conn.commit()
    found = results(campaigns, "test").questions[0]
    assert (found.answered, found.held, found.estimate.n) == (15, 0, 15)
