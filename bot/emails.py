"""What an email address looks like: each pattern is as strict as its purpose asks.

| pattern | finds |
|---|---|
| `WHOLE`, `SENDER` | in shop.yml an address, or a name with one: whatever a mail server may take |
| `SAID` | in a message the address that a customer gives us, and no sign of a link around it |
| `ANY` | whatever could be one, to mask it: also "(at)" and "at … dot …" |
| `STORED`, `BEGINS` | in a database every place where an erased address could stand, also inside a longer one |
"""

import re

import regex

WHOLE = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SENDER = r"^[^\r\n<>@]*<?[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+>?$"

# As RFC 5321 has them, but for the signs that part a link: an address may be o'brien@…
SAID = re.compile(r"(?<![\w.+-])[\w+-][\w.+'&!#$%*^{|}~-]{0,63}+@[\w-]++(?:\.[\w-]+)+")

ANY = regex.compile(
    r"(?<!\w)\w[\w.+%'’&-]{0,63}+\s?+(?:@|\(at\)|\[at\])\s?[\w-]{1,63}(?:(?:\."
    r"|\s?[\[(]dot[\])]\s?)[\w-]{1,63}){1,8}"
    r"|(?<!\w)\w[\w.+-]{0,63}+\sat\s[\w-]{1,63}(?:\sdot\s\w+){1,2}",
    regex.I,
)

STORED = re.compile(r"([\w.!#$%&'*+/=?^`{|}~-]+)@([\w-]+(?:\.[\w-]+)*)")
# Where an address may begin: o'brien@… is no mention of brien@…, but 'anna@…' is one of anna@….
BEGINS = r"(?<![\w.+-])(?<![\w.+-]['!#$%*^`{|}~&])"
