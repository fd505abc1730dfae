"""Words of the trade: colours and their shades, synonyms of categories, whom a product is for."""

import re

from recommender.language.concepts import concept_of

# Canonical colour -> its family and other names for it. A request for a family finds its shades.
COLOURS = {
    "black": ("black", ["jet", "ebony", "onyx"]),
    "white": ("white", ["snow"]),
    "ivory": ("white", ["off white", "off-white", "ecru"]),
    "cream": ("white", ["creme"]),
    "grey": ("grey", ["gray", "heather grey", "light grey", "dark grey"]),
    "silver": ("grey", ["silvery"]),
    "charcoal": ("grey", ["anthracite", "graphite"]),
    "steel": ("grey", ["gunmetal"]),
    "blue": ("blue", ["light blue", "bright blue", "royal blue"]),
    "navy": ("blue", ["navy blue", "dark blue", "midnight blue"]),
    "sky": ("blue", ["sky blue", "baby blue"]),
    "turquoise": ("blue", ["aqua", "cyan"]),
    "teal": ("green", ["petrol"]),
    "denim": ("blue", ["indigo"]),
    "green": ("green", ["light green", "bright green", "dark green"]),
    "forest": ("green", ["forest green"]),
    "olive": ("green", ["khaki", "olive green"]),
    "sage": ("green", ["moss", "mint", "sea green"]),
    "lime": ("green", ["lime green", "fluorescent green"]),
    "red": ("red", ["bright red", "scarlet"]),
    "burgundy": ("red", ["maroon", "wine red", "bordeaux", "dark red"]),
    "rust": ("orange", ["terracotta", "copper"]),
    "orange": ("orange", ["tangerine"]),
    "coral": ("pink", ["peach", "salmon"]),
    "pink": ("pink", ["rose", "fuchsia", "magenta", "light pink", "hot pink"]),
    "purple": ("purple", ["violet", "aubergine", "plum"]),
    "lavender": ("purple", ["lilac", "mauve"]),
    "yellow": ("yellow", ["lemon", "bright yellow"]),
    "mustard": ("yellow", ["ochre"]),
    "gold": ("yellow", ["golden"]),
    "brown": ("brown", ["chocolate", "dark brown", "coffee brown"]),
    "tan": ("brown", ["cognac", "camel", "caramel"]),
    "beige": ("brown", ["sand", "taupe", "oatmeal", "nude", "skin", "stone"]),
    "multicolour": ("multicolour", ["multi", "multicolor", "multi coloured", "rainbow"]),
}
COLOUR_NAMES = {
    **{other: name for name, (_, others) in COLOURS.items() for other in others},
    **{name: name for name in COLOURS},
}
# Names of colours that are ordinary words as well: understood only beside "colour", "in" or a noun.
AMBIGUOUS_COLOURS = {
    "rose", "sand", "stone", "sky", "steel", "jet", "snow", "wine", "skin", "forest", "nude",
    "multi", "camel", "copper", "plum", "peach", "lemon", "mint", "moss", "chocolate", "caramel",
    "salmon", "rainbow", "gold", "silver", "denim", "sage", "lime", "orange", "cream",
}  # fmt: skip

# Words of two letters in a chat: a brand of that name needs its capital or a "from".
SHORT_WORDS = {
    "hi", "ok", "im", "ur", "yo", "tv", "pc", "uk", "eu", "us", "xs", "xl", "cm", "mm", "kg", "ml", "gb", "tb",
    "am", "pm", "mr", "ms", "id", "nr", "la", "de", "el", "re", "ex", "ah", "oh", "ha", "aw", "em", "ya", "fr",
}  # fmt: skip

# Groups of words for the same kind of thing; a shop uses one of them, its customers any.
SYNONYMS = [
    {"trousers", "pants", "slacks", "chinos"},
    {"jeans", "denims"},
    {"sneakers", "trainers", "sports shoes", "casual shoes", "running shoes", "runners"},
    {"sweaters", "jumpers", "pullovers", "knitwear", "sweater", "jersey"},
    {"hoodies", "sweatshirts", "hooded sweaters"},
    {"t-shirts", "tees", "tshirts", "t shirts"},
    {"jackets", "coats", "outerwear", "parkas", "raincoats"},
    {"handbags", "purses", "bags", "shoulder bags"},
    {"backpacks", "rucksacks", "daypacks", "school bags"},
    {"totes", "tote bags", "shopping bags", "shoppers"},
    {"mugs", "cups", "coffee mugs"},
    {"lamps", "lights", "lighting", "desk lamps"},
    {"blankets", "throws", "plaids"},
    {"cushions", "pillows"},
    {"bottles", "water bottles", "flasks", "drinking bottles"},
    {"head torches", "headlamps", "flashlights", "torches"},
    {"cookware", "pans", "pots", "saucepans", "frying pans"},
    {"jewellery", "jewelry", "jewels"},
    {"notebooks", "journals"},
    {"headphones", "earphones", "headsets", "earbuds"},
    {"speakers", "bluetooth speakers"},
    {"laptops", "notebook computers"},
    {"phones", "smartphones", "mobile phones", "cell phones", "mobiles"},
    {"televisions", "tvs", "tv"},
    {"sunglasses", "shades"},
    {"sandals", "flip flops", "slippers"},
    {"toys", "games", "toys & games"},
    {"perfume", "fragrance", "perfumes", "perfume and body mist"},
]

# Values of attributes that are ordinary words in a chat: no wish by themselves.
NO_FEATURES = {
    "each", "fine", "light", "good", "other", "none", "standard", "regular", "normal", "basic", "home",
    "full", "large", "small", "medium", "high", "long", "short", "with", "without", "open", "free",
    "black", "white", "gift", "birthday", "online", "delivery", "return", "order", "size", "colour",
}  # fmt: skip

# Words that change what kind of thing is wanted without naming a filter.
STYLE_WORDS = re.compile(
    r"\b(?:modern|classic|warm|warmer|light|lighter|waterproof|plain|plainer|smaller|bigger|larger|"
    r"wool|cotton|leather|vegan|elegant|casual|formal|sporty|simple|organic|recycled)\b",
    re.I,
)

_FAMILY = r"(?:wife|girlfriend|mum|mom|mother|mam|gran|granny|nan|nana|sister|daughter-in-law|aunt|grandma|grandmother|lady|ladies|women|woman|womens|female|her)"
_MALE = r"(?:husband|boyfriend|dad|father|brother|uncle|grandpa|grandfather|gentleman|men|man|mens|male|him|guy|guys)"
_GIRL = r"(?:girls?|daughters?|granddaughters?|nieces?)"
_BOY = r"(?:boys?|sons?|grandsons?|nephews?)"
_CHILD = r"(?:kids?|child|children|toddlers?|bab(?:y|ies)|teenagers?|juniors?)"
AUDIENCE_PATTERNS = [
    ("girls", re.compile(rf"\b{_GIRL}(?:'?s'?)?\b", re.I)),
    ("boys", re.compile(rf"\b{_BOY}(?:'?s'?)?\b", re.I)),
    (
        "kids",
        re.compile(rf"\b(?:{_CHILD}(?:'?s'?)?|\d{{1,2}}[- ]?(?:year|yr|month)s?[- ]olds?)\b", re.I),
    ),
    ("women", re.compile(rf"\b{_FAMILY}(?:'s|s')?\b", re.I)),
    ("men", re.compile(rf"\b{_MALE}(?:'s|s')?\b", re.I)),
    ("unisex", re.compile(r"\bunisex\b", re.I)),
]
# "her" and "man" name an audience only after a preposition ("for her"); "women's" does anywhere.
AUDIENCE_NEEDS_FOR = {
    "her", "him", "man", "woman", "guy", "guys", "male", "female", "lady", "wife", "girlfriend",
    "mum", "mom", "mother", "mam", "gran", "granny", "nan", "nana", "sister", "aunt", "grandma", "grandmother", "husband", "boyfriend",
    "dad", "father", "brother", "uncle", "grandpa", "grandfather", "gentleman", "baby", "child",
    "son", "daughter", "boy", "girl",
}  # fmt: skip

SIZE_WORDS = {
    "extra small": "XS", "extra large": "XL", "small": "S", "medium": "M", "large": "L",
    "xxs": "XXS", "xs": "XS", "s": "S", "m": "M", "l": "L", "xl": "XL", "xxl": "XXL", "xxxl": "XXXL",
    "2xl": "XXL", "3xl": "XXXL", "one size": "ONE SIZE",
}  # fmt: skip

# What may stand behind a number or a size without being counted or described by it.
FOLLOWING = {
    "please", "pls", "thanks", "thx", "tbh", "asap", "or", "and", "but", "for", "with", "without",
    "from", "by", "if", "in", "that", "which", "under", "over", "below", "above", "up", "upwards",
    "max", "maximum", "min", "minimum", "at", "about", "around", "roughly", "approx", "between",
    "within", "tops", "to", "priced", "costing", "worth", "somewhere", "anywhere", "ideally",
    "preferably", "not", "no", "only", "never", "definitely", "just", "except", "excluding",
    "avoid", "skip", "nothing", "anything", "i", "i'd", "i've", "my", "we", "is", "do", "can",
    "can't", "it", "budget", "starting", "cheaper", "less", "than", "as", "so", "because", "since",
}  # fmt: skip


def goes_on(text: str, end: int) -> bool:
    """Whether a thing follows that is counted or described by what stands before: "in 42 days"."""
    rest = text[end : end + 40].lstrip()
    dashed = re.match(r"\s+[-–—]\s", text[end : end + 40])
    if not rest or rest[0] in ".,;:!?()€$£¥" or rest[0].isdigit() or dashed:
        return False
    word = re.match(r"[a-z]+(?:['’][a-z]+)?", rest.lower())
    return not (word and word[0].replace("’", "'") in FOLLOWING)


def size_key(name: str) -> str:
    """A size as it is compared: "Large", "l" and "L" are one."""
    name = " ".join(name.lower().split())
    return SIZE_WORDS.get(name, name.upper())


def colour_family(colour: str) -> str:
    """The family of a canonical colour; an unknown colour is a family of its own."""
    return COLOURS[colour][0] if colour in COLOURS else colour


def canonical_colour(name: str) -> str:
    """The canonical name of a colour as a catalogue or a customer writes it."""
    name = " ".join(name.lower().split())
    if name in COLOUR_NAMES:
        return COLOUR_NAMES[name]
    known = [COLOUR_NAMES[word] for word in re.findall(r"[a-z]+", name) if word in COLOUR_NAMES]
    return known[-1] if known else concept_of("colours", name) or name


def singular(word: str) -> str:
    """The singular of an English plural, well enough to match category names."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if re.search(r"(?:ss|sh|ch|x|z)es$", word):
        return word[:-2]
    if word.endswith("ves") and len(word) > 4:
        return word[:-3] + "fe" if word in {"knives", "wives"} else word[:-1]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word


def plural(word: str) -> str:
    """The plural of an English singular, the other way round."""
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    if re.search(r"(?:s|sh|ch|x|z)$", word):
        return word + "es"
    if word.endswith("knife"):
        return word[:-2] + "ves"
    return word + "s"
