"""Quotation marks, speakers and words, case by case and against a count by hand."""

import math

import pytest

from seqjax.charlm.measures import (
    Rate,
    known_speakers,
    known_words,
    paragraphs,
    pooled,
    quotes,
    speaker_paragraphs,
    speakers,
    words,
)

PLAY = """First Citizen:
Before we proceed any further, hear me speak.

All:
Speak, speak.

MENENIUS:
What work's, my countrymen, in hand? Where go you:
With bats and clubs?

All:
No more.

He goes: and comes.
"""


def test_rates_know_what_they_rest_on() -> None:
    assert Rate(1, 4).value == 0.25
    assert math.isnan(Rate(0, 0).value)
    assert pooled([Rate(1, 4), Rate(0, 0), Rate(3, 3)]) == Rate(4, 7)


def test_paragraphs_are_between_empty_lines() -> None:
    assert paragraphs("\n\na\nb\n \n\n\n c\n\n") == ["a\nb", "c"]
    assert paragraphs("\n \n") == []


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("No marks. It's rock ’n’ roll.", Rate(0, 0)),
        ('"Yes," he said, "I do."', Rate(1, 1)),
        ('"Yes," he said, "I do.\n\nNo.', Rate(0, 1)),
        ('"Yes.\n\n"And yes."', Rate(2, 2)),  # goes on in the next paragraph
        ('"Yes," he said, "I', Rate(1, 1)),  # the text is cut
        ("“Yes,” he said, “I do.”", Rate(1, 1)),
        ("“Yes, “I do.”", Rate(0, 1)),
        ("Yes,” he said.", Rate(0, 1)),
        ("‘It’s mine,’ he said.", Rate(1, 1)),
        ("‘Mine, ‘he said.’", Rate(0, 1)),
        ("“He said ‘no’ to me.”\n\n‘Or ‘yes.’", Rate(1, 2)),
    ],
)
def test_quotes(text: str, rate: Rate) -> None:
    assert quotes(text) == rate


def test_speakers() -> None:
    assert speakers(PLAY) == {"First Citizen": 1, "All": 2, "MENENIUS": 1}
    assert speaker_paragraphs(PLAY) == Rate(4, 5)
    assert known_speakers(PLAY, {"All", "Nobody"}) == Rate(2, 4)
    assert speakers("all:\nno\n\nHe said this, I think. Then:\nyes") == {}
    assert speakers("A:") == {"A": 1}  # cut after the name


def test_words_are_whole() -> None:
    text = "irst, he said: don't WELL-known 42 a_b naïve l’été an"
    assert words(text) == [
        "he", "said", "don't", "well-known", "a", "b", "naïve", "l’été",
    ]  # fmt: skip
    assert words(" alone ") == ["alone"]
    assert words("alone") == []
    assert words("") == []


def test_known_words_are_counted_as_often_as_they_occur() -> None:
    known = frozenset(words(" the cat sat on the mat "))
    assert known_words(" The the thy cat, ct. ", known) == Rate(3, 5)
    assert known_words("...", known) == Rate(0, 0)


def test_a_text_knows_all_its_own_words() -> None:
    found = known_words(PLAY, frozenset(words(f" {PLAY} ")))
    assert found.hits == found.total == len(PLAY.split()) - 1  # "First" is at the edge
