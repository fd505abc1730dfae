"""Texts that nobody writes, each a piece that is repeated: what readers are slow on, if on anything."""

PIECES = (
    # one sign, of every kind
    "a", "Q", "Ж", "中", "א", "é", "e\u0301", "9", "٣", "_", "😀", "👩‍👩‍👧", "\u200b", "\u202eא", "\0", " ", "\t",
    "\n", "\r\n", "\u00a0", "/", "{", "(", "[", "<", "<!", "<![", "-", "–", "'", "’", "!", "?", ".", ",", ";", "@", "#",
    "*", "+", "=", "%", "€", "１", "＋",
    # signs and letters that follow one another
    "a@", "a.", "A.", "a-", "a'", "a1", "1a", "Qx", "x1-", "1-", "1,", "1.", "€1", "#1", "20-", "+1", "(a)", "[a](", "**a",
    "=1+1", "a\0", "\u200b1", "www.", "https://a?", "hf-", "!?", "@.", "a@b", ". ", ", ", "; ",
    # words and numbers between spaces
    "a ", "A ", "Aa ", "1 ", "9 9 ", "0 ", "06 ", "€ ", "ab12 ", "a b", "5 l ", "99999 ", "1234567 a ", "9 12345 ",
    "4111111111111111 ", "HF-10222 ", "NL91ABNA0417164300 ", "+31 6 1234 ", "not ", "no ", "no zips ", "her ",
    "for ", "for a ", "and ", "the ", "the 1st ", "one ", "at least ", "under 5 ", "20 - 45 ", "€20 - €30 ", "20 euros ",
    "between 5 ", "size 42 ", "in a ", "a small ", "black ", "blakc ", "black not for me ", "not black ", "Astraat 1 ",
    "Str. 1, ", "12 High Street, ", "10 rue de ", "1234 ab, ", "12 Ab ", "Flat 1, ", "postcode ", "call ", "order 1234 ",
    "Anna ", "Anna Bakker, ", "I'm Anna ", "my name is ", "dear a, ", "regards ", "a at b dot ", "anna@example.com ",
    "pls ", "hi ", "hi pls ", "yes and ", "i want a mug. ", "jackettt ", "x" * 29 + " ", "x" * 49 + " ", "(((((((((x ",
    # days and times
    "24 december ", "and 26 december ", "the 3rd ", "24.12. ", "1/2", "in 3 days ", "next monday ", "at 7 ", "9:30 ",
    # pieces that begin a secret of some kind, and the way to spell it
    "password ", "my password is ", "passport ", "born on ", "1.1.", "1:", "ab:", "klaus punkt ", "at web ", "null eins ",
    "one two ", "我叫", "меня зовут ", "اسمي ",
)  # fmt: skip

# Pieces that never come twice: what is remembered of one is of no use for the next.
DIFFERENT = {
    "words that differ": lambda n: (
        f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}zzqx{chr(97 + n // 676)}vkwqzjxk "
    ),
    "long words that differ": lambda n: f"{'qz' * 13}{chr(97 + n % 26)}{chr(97 + n // 26)} ",
    "numbers that differ": lambda n: f"{1_234_567 + n * 7919} ",
    "signs that differ": lambda n: "".join(
        chr(0x4E00 + (n * 7919 + k * 131) % 8000) for k in range(8)
    ),
    "clauses of signs that differ": lambda n: (
        "".join(chr(0x4E00 + (n * 7919 + k * 131) % 8000) for k in range(7)) + "，"
    ),
    "words of other letters that differ": lambda n: (
        "".join(chr(0x430 + (n * 11 + k * k * 7 + n // 7) % 31) for k in range(8)) + " "
    ),
    "telephones that differ": lambda n: f"a {202_555_0000 + n * 101} ",
}


def text_of(piece: str, length: int) -> str:
    """A piece again and again, or those of a name in DIFFERENT, cut to so many characters."""
    if piece in DIFFERENT:
        return "".join(map(DIFFERENT[piece], range(length // 8 + 1)))[:length]
    return (piece * (length // len(piece) + 1))[:length]
