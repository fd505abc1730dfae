"""Made-up customers: what they want, in which mood, and what they do with what they are shown."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.insights.simulator.widget import Said, Widget
from recommender.product import Product

# What customers of a home and outdoor shop ask for and it doesn't have; more weight, asked more.
MISSING = {
    "hammock": 9, "umbrella": 7, "yoga mat": 6, "suitcase": 5, "bath towels": 5, "electric blanket": 4,
    "bike helmet": 3, "fishing rod": 2, "picture frames": 3, "ski gloves": 2, "beach tent": 2,
    "garden hammock": 3, "kids umbrella": 2, "travel suitcase": 2, "trampoline": 1, "bean bag chair": 2,
}  # fmt: skip
ODD_SIZES = ("XXXL", "XXS", "50", "35", "4XL")
ODD_COLOURS = ("purple", "pink", "turquoise", "gold")
WANT = (
    "i'm looking for {}", "do you have {}", "{} please", "show me {}", "i need {}", "got any {}?",
    "looking for {} for my new flat", "can you recommend {}", "hi, i want {}", "{}", "any nice {}?",
)  # fmt: skip
REFINE = (
    "anything cheaper?",
    "in blue?",
    "something nicer",
    "do you have it in black",
    "for women",
    "show more",
)
HAPPY = (
    "great, thank you so much!", "perfect, exactly what i was looking for", "love it, thanks!",
    "you're really helpful, thanks", "brilliant, that was quick",
)  # fmt: skip
NEUTRAL = ("ok thanks", "alright", "thanks, bye", "ok", "i'll think about it")
UNHAPPY = (
    "this is useless", "that doesn't help me at all", "really disappointing", "so annoying, never mind",
    "terrible, i'll go somewhere else",
)  # fmt: skip
QUESTIONS = (
    "how long does delivery take?", "what does shipping cost", "can i return it if it doesn't fit?",
    "how do i pay", "when are you open", "do you ship to belgium", "is there a warranty",
    "do you have gift cards", "how long does a refund take", "can i pay with klarna",
)  # fmt: skip
LATE = (
    "where is my order", "my parcel still hasn't arrived", "the parcel is late again, where is it",
    "order should have been here on monday", "track my order please", "still waiting for my parcel!",
)  # fmt: skip
BROKEN = (
    "the zip of my jacket broke after two days", "my coat zip is stuck and broken", "zip came off my jacket",
    "the zip on my coat broke, i'm so angry", "jacket arrived with a broken zip",
)  # fmt: skip
KINDS = {
    "shopper": 38,
    "seeker": 18,
    "order": 16,
    "question": 14,
    "odd_wish": 9,
    "broken": 3,
    "browser": 2,
}


@dataclass(frozen=True)
class World:
    """What made-up customers know: the catalogue, and orders with their email addresses."""

    products: Sequence[Product]
    orders: Sequence[tuple[str, str]]
    troubled: bool = False  # a bad week: parcels late, zips broken


class Customer:
    """One made-up person; all that they do follows from the seed."""

    def __init__(self, widget: Widget, world: World, seed: int) -> None:
        self._widget, self._world = widget, world
        self._random = random.Random(seed)
        weights = dict(KINDS)
        if world.troubled:
            weights |= {"broken": 14, "order": 26}
        self.kind = self._random.choices(list(weights), list(weights.values()))[0]
        self.mood = self._random.gauss(0.15, 0.4)  # -1 to 1, moved by what happens

    async def visit(self) -> None:
        """Come, talk, perhaps buy, and go. Raises NoAnswer or httpx.HTTPError."""
        r = self._random
        if r.random() < 0.3:
            await self._widget.say(r.choice(("hi", "hello", "hey there", "good morning")))
        await getattr(self, f"_{self.kind}")()
        if r.random() < 0.75:
            await self._farewell()
        if r.random() < 0.35:
            stars = max(1, min(5, round(3.4 + 2.2 * self.mood + r.gauss(0, 0.6))))
            await self._widget.do("rating", value=stars)
        await self._widget.do("end")

    async def _shopper(self) -> None:
        product = self._random.choice(self._world.products)
        what = self._random.choice((product.leaf_category.lower(), product.title.lower()))
        if self._random.random() < 0.3 and product.price is not None:
            what += f" under {int(product.price * 2)} euros"
        said = await self._ask(self._random.choice(WANT).format(what))
        for _ in range(self._random.choice((0, 0, 1, 1, 2))):
            said = await self._look(said) or said
            said = await self._ask(self._random.choice(REFINE))
        await self._consider(said)

    async def _seeker(self) -> None:
        missing = self._random.choices(list(MISSING), list(MISSING.values()))[0]
        said = await self._ask(self._random.choice(WANT).format(missing))
        self.mood -= 0.3
        if self._random.random() < 0.3:
            await self._ask(f"no, i mean {missing}")
            self.mood -= 0.2
        elif self._random.random() < 0.15:
            await self._consider(said)

    async def _odd_wish(self) -> None:
        product = self._random.choice([p for p in self._world.products if p.sizes or p.colours])
        if product.sizes and self._random.random() < 0.5:
            wish = f"in size {self._random.choice(ODD_SIZES)}"
        else:
            wish = f"in {self._random.choice(ODD_COLOURS)}"
        said = await self._ask(f"do you have {product.leaf_category.lower()} {wish}")
        self.mood -= 0.15
        if self._random.random() < 0.4:
            await self._consider(said)

    async def _order(self) -> None:
        number, email = self._random.choice(self._world.orders)
        self.mood -= 0.35 if self._world.troubled else 0.1
        await self._ask(self._random.choice(LATE))
        if self._random.random() < 0.12:
            return  # doesn't know the number, and goes
        said = await self._ask(self._random.choice(("{}", "it's {}", "order {}")).format(number))
        if "email" in said.text.lower() or "address" in said.text.lower():
            await self._ask(email)

    async def _question(self) -> None:
        for question in self._random.sample(QUESTIONS, self._random.choice((1, 1, 2))):
            said = await self._ask(question)
            if self._random.random() < 0.2:
                await self._thumb(said, up=self._random.random() < 0.75)

    async def _broken(self) -> None:
        self.mood -= 0.7
        said = await self._ask(self._random.choice(BROKEN))
        if self._random.random() < 0.5:
            await self._ask("i want to talk to a person")
        elif said.quick_replies:
            await self._widget.choose(said.quick_replies[0])

    async def _browser(self) -> None:
        said = await self._ask("what do you sell")
        await self._look(said)

    async def _ask(self, text: str) -> Said:
        said = await self._widget.say(_typed(text, self._random))
        if said.card:
            said = await self._answer_card(said) or said
        return said

    async def _look(self, said: Said) -> Said | None:
        """Open a product, and sometimes ask about it or like it."""
        if not said.products or self._random.random() < 0.35:
            return None
        product = self._random.choice(said.products[:3])
        await self._widget.do("click", sku=product["sku"])
        if self._random.random() < 0.15:
            liked = self._random.random() < 0.7
            await self._widget.do("like", sku=product["sku"], value=1 if liked else -1)
        if self._random.random() < 0.4:
            opinion = self._random.choice(
                ("tell me more about {}", "is {} in stock?", "i love {}!", "hmm, {} looks cheap and ugly",
                 "what's {} made of")
            )  # fmt: skip
            self.mood += 0.2 if "love" in opinion else -0.2 if "ugly" in opinion else 0
            return await self._ask(opinion.format(f"the {product['title'].lower()}"))
        return None

    async def _consider(self, said: Said) -> None:
        """Perhaps open, add and buy; the happier the likelier."""
        if not said.products:
            self.mood -= 0.2
            return
        await self._look(said)
        product = said.products[0]
        price = _price(product)
        if self._random.random() < 0.34 + 0.25 * self.mood:
            await self._widget.do("click", sku=product["sku"])
            await self._widget.do("cart", sku=product["sku"], quantity=1, value=price)
            self.mood += 0.15
            if self._random.random() < 0.62:
                await self._widget.do("purchase", value=price, skus=[product["sku"]])
                self.mood += 0.2

    async def _thumb(self, said: Said, up: bool) -> None:
        if said.message_id:
            self.mood += 0.1 if up else -0.2
            await self._widget.do("thumb", message_id=said.message_id, thumb="up" if up else "down")

    async def _answer_card(self, said: Said) -> Said | None:
        """Answer a survey's card as the mood is; some don't."""
        card: dict[str, Any] = said.card or {}
        if self._random.random() < 0.4:
            return None
        value: Any = {
            "stars": max(1, min(5, round(3.4 + 2.2 * self.mood))),
            "nps": max(0, min(10, round(7 + 4 * self.mood))),
            "text": self._random.choice(HAPPY if self.mood > 0 else UNHAPPY),
        }.get(card.get("kind", ""))
        if value is None:
            if not said.quick_replies:
                return None
            return await self._widget.choose(self._random.choice(said.quick_replies))
        answer = {"message_id": said.message_id, "value": value}
        return await self._widget.say(str(value), card_answer=answer)

    async def _farewell(self) -> None:
        words = HAPPY if self.mood > 0.3 else UNHAPPY if self.mood < -0.3 else NEUTRAL
        await self._ask(self._random.choice(words))


def _price(card: dict[str, Any]) -> float:
    digits = "".join(c for c in card.get("price") or "" if c.isdigit() or c == ".")
    return float(digits) if digits else 20.0


def _typed(text: str, r: random.Random) -> str:
    """As people type: now and then a letter too few or two in the wrong order."""
    if r.random() > 0.12 or len(text) < 12 or any(c.isdigit() or c == "@" for c in text):
        return text
    i = r.randrange(4, len(text) - 2)
    return text[:i] + (text[i + 1 :] if r.random() < 0.5 else text[i + 1] + text[i] + text[i + 2 :])


def orders_of(rows: Sequence[dict[str, str]]) -> list[tuple[str, str]]:
    """Order numbers and email addresses of an orders file's rows."""
    return [(row["order_number"], row["email"]) for row in rows if row.get("email")]
