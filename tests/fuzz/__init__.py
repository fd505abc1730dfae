"""Made-up input, by hypothesis: few cases in `make test`, many in `make fuzz`."""

import os

from hypothesis import HealthCheck, Phase, settings, strategies

CASES = int(os.environ.get("SHOPTALK_FUZZ_CASES", "40"))
settings.register_profile(
    "shoptalk",
    max_examples=CASES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),  # shrinking a file takes longer than reading it
    derandomize="SHOPTALK_FUZZ_CASES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("shoptalk")

# What people and programs send that is not what was hoped for.
NASTY = (
    "", " ", "\0", "\x1b[2J", "\ufeff", "\u202egnp.exe", "\u200b\u200d", "e\u0301" * 40, "😀", "\r\n",
    "<script>alert(1)</script>", "' OR 1=1 --", '"; DROP TABLE messages; --', "=HYPERLINK(\"x\")",
    "{{7*7}}", "${7*7}", "%s%n", "../../etc/passwd", "/restart", '/greet{"name": "x"}', "EXTERNAL: x",
    "NaN", "1e999", "-0", "true", "null", "[]", "{}", "!!python/object/apply:os.system [x]", "&a *a",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "x" * 3000,
)  # fmt: skip
texts = strategies.one_of(
    strategies.text(max_size=200), strategies.sampled_from(NASTY), strategies.text(max_size=5)
)
values = strategies.recursive(
    strategies.one_of(
        strategies.none(),
        strategies.booleans(),
        strategies.integers(),
        strategies.floats(),
        texts,
    ),
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=4), strategies.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=8,
)
