"""The demo storefront: the catalogue as pages, the policies, and the widget on each of them."""

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jinja2 import Environment, PackageLoader
from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, file, html, redirect
from sanic.response import text as text_response

from bot.checkout.prices import countries
from bot.colours import palette
from bot.money import format_money
from bot.settings.almanac import DAYS
from bot.settings.shop import Shop
from bot.texts import words_in
from bot.web.addresses import picture_url, product_url
from bot.web.catalogue import current
from bot.web.languages import COOKIE, language_of, words_of
from bot.web.services import services
from bot.web.storefront.markdown import to_html
from bot.web.storefront.search import Found, Results, goes_with, search, similar, warm_up
from bot.wording import own_name, weekdays
from recommender.catalogue.reading import Catalogue
from recommender.errors import NoCatalogue
from recommender.product import PATH_SEPARATOR, Product

routes = Blueprint("storefront")

HERE = Path(__file__).resolve().parent
PAGE_SIZE, TILES, PICKS = 24, 8, 8
STATIC = {
    "storefront.css": "text/css",
    "shop.js": "text/javascript",
    "checkout.js": "text/javascript",
}
MAX_CATEGORIES = 40
PICTURES = {".svg", ".png", ".jpg", ".jpeg", ".webp", ".gif"}
CSP = (
    "default-src 'self'; img-src 'self' https: http: data:; style-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)

pages = Environment(loader=PackageLoader("bot.web.storefront"), autoescape=True)


@routes.middleware("request")
async def lead_to_the_shop(request: Request) -> HTTPResponse | None:
    """What the shop shows by itself is shown there: its own page of a policy, and without this
    storefront everything but pictures.
    """
    shop = services(request).settings.shop
    folder, _, name = request.path.rpartition("/")
    if folder == "/shop/policies" and name in shop.policies and shop.policies[name].url:
        return redirect(shop.policies[name].url)
    if shop.storefront or request.path.startswith("/shop/files/"):
        return None
    return redirect(shop.url)


@routes.get("/")
async def home(request: Request) -> HTTPResponse:
    """The shop window: categories, and a few products of each."""
    try:
        catalogue = catalogue_of(request)
    except NoCatalogue:
        return render(request, "empty.html", status=503)
    groups = _groups(catalogue.categories(), "")
    tops = sorted(groups, key=lambda group: -group["count"])
    tiles = [
        {**group, "product": _with_picture(catalogue, group["path"])} for group in tops[:TILES]
    ]
    picks = [
        one for group in tops for one in catalogue.products(group["path"], "", 6) if one.in_stock
    ]
    step = max(1, len(picks) // PICKS)
    picked = picks[step // 2 :: step][:PICKS]
    return render(request, "home.html", groups=groups, tiles=tiles, picks=picked)


@routes.get("/shop/products")
async def listing(request: Request) -> HTTPResponse:
    """Products of a category a page at a time, or the best ones for a text."""
    category, text = request.args.get("category", ""), request.args.get("q", "")[:200].strip()
    page = _page(request.args.get("page", "1"))
    try:
        catalogue = catalogue_of(request)
    except NoCatalogue:
        return render(request, "empty.html", status=503)
    if text:
        results = await search(services(request).settings.catalogue_dir, catalogue, text)
        total = len(results.found)
    else:
        total = catalogue.count(category)
        shown = catalogue.products(category, "", PAGE_SIZE, (page - 1) * PAGE_SIZE)
        results = Results([Found(one) for one in shown])
    return render(
        request,
        "listing.html",
        results=results,
        total=total,
        category=category,
        text=text,
        page=page,
        pages=1 if text else max(1, math.ceil(total / PAGE_SIZE)),
        groups=_groups(catalogue.categories(), category),
    )


@routes.get("/shop/products/<sku:path>")
async def product(request: Request, sku: str) -> HTTPResponse:
    """One product, what goes with it, and those like it."""
    said = unquote(sku)
    try:
        found = catalogue_of(request).get(said)
    except NoCatalogue:
        found = None
    if found is None:
        raise NotFound("We don't have this product (any more).")
    folder = services(request).settings.catalogue_dir
    matching = await goes_with(folder, found.sku)
    shown = {one.product.sku for one in matching}
    alike = [one for one in await similar(folder, found.sku) if one.sku not in shown]
    return render(
        request, "product.html", product=found, matching=matching, alike=alike, chosen=said
    )


@routes.get("/shop/cart")
async def cart(request: Request) -> HTTPResponse:
    """The cart; what is in it lives in the browser alone."""
    return render(request, "cart.html", countries=countries(services(request).settings.shop))


@routes.get("/shop/policies/<name>")
async def policy(request: Request, name: str) -> HTTPResponse:
    """One of the shop's policies."""
    settings = services(request).settings
    if name not in settings.shop.policies:
        raise NotFound("There is no such page.")
    page = settings.pages_in(language_of(request))[name]
    body = to_html(page.read_text(encoding="utf-8"))
    return render(request, "page.html", title=_page_title(name, page), body=body)


@routes.get("/shop/files/<path:path>")
async def picture(request: Request, path: str) -> HTTPResponse:
    """A picture of the shop's folder; nothing else in it is served."""
    folder = services(request).settings.shop_dir.resolve()
    try:
        target = (folder / unquote(path)).resolve()
        inside = folder in target.parents and services(request).settings.var not in target.parents
        served = inside and target.suffix.lower() in PICTURES and target.is_file()
    except (OSError, ValueError):  # no file can have such a name: too long, or with a zero byte
        served = False
    if not served:
        raise NotFound("There is no such picture.")
    return await file(
        target,
        headers={
            "Cache-Control": "public, max-age=86400",
            # Cards show it on the shop's own pages, and those may ask for this.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )


@routes.get("/shop/static/theme.css")
async def theme(request: Request) -> HTTPResponse:
    """The shop's colours."""
    colours = palette(services(request).settings.shop.colour)
    css = f":root {{ {' '.join(f'--{name}: {value};' for name, value in colours.items())} }}"
    return text_response(css, content_type="text/css", headers={"Cache-Control": "max-age=300"})


@routes.get("/shop/static/<name>")
async def static(request: Request, name: str) -> HTTPResponse:
    """The storefront's style and its cart."""
    if name not in STATIC:
        raise NotFound("There is no such file.")
    headers = {"Cache-Control": "public, max-age=300"}
    return await file(HERE / "static" / name, mime_type=STATIC[name], headers=headers)


def error_page(request: Request, status: int) -> HTTPResponse:
    """A friendly page for what went wrong."""
    text = words_of(request)("not_found" if status == 404 else "went_wrong")
    if not services(request).settings.shop.storefront:
        return text_response(text, status)
    return render(request, "error.html", status=status, message=text)


def catalogue_of(request: Request) -> Catalogue:
    """The current catalogue; with a new one the search begins to load."""
    catalogues = services(request).settings.catalogue_dir
    return current(catalogues, lambda: request.app.add_task(warm_up(catalogues)))


def render(request: Request, name: str, status: int = 200, **values: Any) -> HTTPResponse:
    """A page of the shop by its template."""
    settings = services(request).settings
    shop: Shop = settings.shop
    language = language_of(request)

    def amount(number: Decimal | float | None, currency: str) -> str:
        return format_money(number, currency or shop.currency, cents=2, language=language)

    page = pages.get_template(name).render(
        shop=shop,
        say=words_in(language),
        language=language,
        languages={code: own_name(code) for code in shop.languages},
        policies={
            name: _page_title(name, page) for name, page in settings.pages_in(language).items()
        },
        week=[
            (name, getattr(shop.hours, day))
            for name, day in zip(weekdays("abbreviated", language), DAYS, strict=True)
        ],
        money=lambda item: amount(item.price, item.currency),
        before=lambda item: amount(item.compare_at, item.currency),
        variant_money=lambda item, variant: amount(
            item.price if variant.price is None else variant.price, item.currency
        ),
        amount=lambda number: amount(number, ""),
        picture_url=picture_url,
        product_url=product_url,
        **values,
    )
    headers = {"Content-Security-Policy": CSP, "Vary": "Accept-Language, Cookie"}
    if shop.widget.voice:
        headers["Permissions-Policy"] = "camera=(), microphone=(self), geolocation=()"
    answer = html(page, status, headers=headers)
    if request.args.get("language") == language:  # chosen: the next pages are in it, too
        answer.add_cookie(COOKIE, language, samesite="Lax", secure=False, httponly=True)
    return answer


def _with_picture(catalogue: Catalogue, category: str) -> Product | None:
    """A product that stands for its category."""
    return next((one for one in catalogue.products(category, "", 6) if one.image), None)


def _page_title(name: str, page: Path) -> str:
    """The first heading of a policy page, or its name."""
    text = page.read_text(encoding="utf-8")
    heading = re.search(r"^#\s+(.+)$", text, re.M)
    return heading[1].strip() if heading else name.replace("_", " ").capitalize()


def _page(text: str) -> int:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text) else 1


def _groups(categories: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    """The top categories with their counts; below the chosen one, its parts."""
    tops: dict[str, int] = {}
    parts: dict[str, int] = {}
    top_chosen = chosen.split(PATH_SEPARATOR)[0]
    for path, count in categories.items():
        top, *rest = path.split(PATH_SEPARATOR)
        tops[top] = tops.get(top, 0) + count
        if rest and top == top_chosen:
            part = PATH_SEPARATOR.join([top, rest[0]])
            parts[part] = parts.get(part, 0) + count
    largest = sorted(tops, key=lambda top: (-tops[top], top))[:MAX_CATEGORIES]
    return [
        {
            "path": top,
            "name": top,
            "count": tops[top],
            "parts": [
                {"path": path, "name": path.split(PATH_SEPARATOR)[1], "count": count}
                for path, count in sorted(parts.items())
            ]
            if top == top_chosen
            else [],
        }
        for top in sorted(largest)
    ]
