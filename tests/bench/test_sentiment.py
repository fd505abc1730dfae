"""Public sets of sentiment come in many shapes; a label that is read wrongly spoils every figure."""

from pathlib import Path

import pytest

from bot.sentiment import Sentiment
from tests.bench.sentiment import judged, read


def test_columns_and_labels_of_many_kinds_are_read(tmp_path: Path) -> None:
    for name, text, found in (
        (
            "tweets.csv",
            "tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,text\n"
            '1,neutral,1.0,,"when, please?"\n2,negative,0.7,Late Flight,"so\nlate"\n',
            [("when, please?", "neutral"), ("so\nlate", "negative")],
        ),
        (
            "stars.csv",
            "id,reviews.rating,reviews.text,reviews.title\n"
            "1,5,lovely,a\n2,3,it is ok,b\n3,1,broke,c\n4,,no stars,d\n",
            [("lovely", "positive"), ("it is ok", "neutral"), ("broke", "negative")],
        ),
        (
            "scores.tsv",
            '1_1\t-0.9\tno picture\n1_2\t0.15\ta "repost\n12_30\t2.1\tworks so well\n',
            [("no picture", "negative"), ('a "repost', "neutral"), ("works so well", "positive")],
        ),
        (
            "binary.tsv",
            "a long string of clichés\t0\nstirring\t1\n",
            [("a long string of clichés", "negative"), ("stirring", "positive")],
        ),
        (
            "words.tsv",
            "label\tsentence\nPositive\tgood\nirrelevant\thm\nNEG\tbad\n",
            [("good", "positive"), ("bad", "negative")],
        ),
    ):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert read(path) == found, name


def test_a_large_set_is_thinned_evenly(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("text,label\n" + "".join(f"t{n},{n % 2}\n" for n in range(100)), "utf-8")
    assert [text for text, _ in read(path, limit=34)][:3] == ["t0", "t3", "t6"]


def test_a_file_without_sentiments_is_named(tmp_path: Path) -> None:
    path = tmp_path / "colours.csv"
    path.write_text("text,colour\nhi there,red\n", encoding="utf-8")
    with pytest.raises(ValueError, match="colours.csv"):
        read(path)


def test_neutral_texts_have_no_sign_to_get_right() -> None:
    good, bad, flat = (
        Sentiment("positive", 0.8),
        Sentiment("negative", -0.1),
        Sentiment("neutral", 0.1),
    )
    assert judged(["positive", "negative"], [good, good]) == ("50.0", "–", "–")
    three = ["positive", "negative", "neutral", "neutral"]
    assert judged(three, [good, bad, flat, bad]) == ("100.0", "75.0", "0.778")
