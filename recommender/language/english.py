"""spaCy's English, without torch.

spaCy loads torch where it is installed, which takes longer than all the rest of a start; the
tokenizer and the phrase matcher, all that is used of it here, have no need of it.
"""

import sys

_hidden = "torch" not in sys.modules
if _hidden:
    sys.modules["torch"] = None  # type: ignore[assignment]  # Python's way to say: not installed
try:
    import spacy
    from spacy.lang.en.stop_words import STOP_WORDS
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc, Span
    from spacy.util import filter_spans
finally:
    if _hidden:
        del sys.modules["torch"]

__all__ = ["STOP_WORDS", "Doc", "Language", "PhraseMatcher", "Span", "filter_spans", "spacy"]
