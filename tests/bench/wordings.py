"""Ways to say the wishes of a request: two sets, each measured before the parser was mended with it."""

from typing import NamedTuple


class Wordings(NamedTuple):
    """Templates; in prices {a} and {b} are amounts with a currency, {low} and {high} without.

    Prices are by what they bound: max, min, between, around.
    """

    openers: tuple[str, ...]
    colours: tuple[str, ...]
    brands: tuple[str, ...]
    sizes: tuple[str, ...]
    prices: dict[str, tuple[str, ...]]
    unwanted: tuple[str, ...]
    unwanted_colours: tuple[str, ...]
    unwanted_brands: tuple[str, ...]


WORDINGS = {
    "first": Wordings(
        openers=(
            "i'm looking for {}", "do you have {}", "show me {}", "hi, i need {} please", "{}", "got any {}?",
            "i want to buy {}", "can you find me {}?", "we are searching for {}", "have you got {}",
            "I'd love {}", "would you recommend {}?", "hello! do you sell {}", "any {} in stock?",
            "my sister asked for {}", "where can i see {}", "{}, please",
        ),
        colours=("{colour} {thing}", "{colour} {thing}", "{thing} in {colour}", "{thing}, {colour}",
                 "{thing} in the colour {colour}"),
        brands=("{brand} {thing}", "{brand} {thing}", "{thing} by {brand}", "{thing} from {brand}",
                "{thing} made by {brand}"),
        sizes=("in size {}", "size {}", "(size {})", "in a size {}"),
        prices={
            "max": ("under {a}", "below {a}", "for less than {a}", "max {a}", "up to {a}", "no more than {a}",
                    "at most {a}", "cheaper than {a}", "not over {a}", "my budget is {a}", "{a} max",
                    "{a} or less"),
            "between": ("between {a} and {b}", "from {a} to {b}", "priced between {low} and {b}",
                        "{low}-{high} euros"),
            "min": ("over {a}", "at least {a}", "more than {a}", "starting from {a}", "{a} or more"),
            "around": ("around {a}", "about {a}", "roughly {a}"),
        },
        unwanted=("but not {}", "but no {}", "anything but {}", "not {}", "no {} please", "except {}",
                  "other than {}"),
        unwanted_colours=("but nothing in {}", "i don't like {}"),
        unwanted_brands=("but not from {}", "without {}"),
    ),
    "second": Wordings(
        openers=(
            "need {} asap", "help me choose {}", "good evening, is there {} in your shop?", "after {} tbh",
            "could i get {}", "what about {}", "it's my mum's birthday, she wants {}", "i'd go for {} if you have it",
            "pls show {}", "thinking of getting {}", "{} - do you stock that?", "hey there any {}",
        ),
        colours=("{colour} coloured {thing}", "{thing} that comes in {colour}", "{thing} ({colour})",
                 "{colour}, {thing}", "{thing} - {colour} if possible"),
        brands=("{brand}'s {thing}", "{thing} of the brand {brand}", "{thing} ({brand})", "{thing}, ideally {brand}"),
        sizes=("in {}", "sized {}", "i wear size {}", "my size is {}", "in the size {}"),
        prices={
            "max": ("for {a} tops", "nothing above {a}", "i've got {a} to spend", "not more expensive than {a}",
                    "can't go over {a}", "within {a}", "i'd pay {a} at the most", "without going over {a}",
                    "that costs less than {a}", "i have {a}", "maximum price {a}"),
            "between": ("somewhere between {a} and {b}", "in the {low} to {b} range", "anywhere from {a} up to {b}",
                        "{a} - {b}", "budget {low}-{high}"),
            "min": ("upwards of {a}", "{a} and up", "worth more than {a}", "minimum {a}", "not below {a}"),
            "around": ("{a} or so", "in the region of {a}", "approx {a}", "costing about {a}"),
        },
        unwanted=("i hate {}", "avoid {} please", "definitely not {}", "skip {}", "excluding {}", "just not {}",
                  "anything except {}", "never {}"),
        unwanted_colours=("{} is not for me", "no {} ones"),
        unwanted_brands=("not a fan of {}", "had trouble with {} so no"),
    ),
}  # fmt: skip
