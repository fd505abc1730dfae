"""Starting, checking, and beginning with a shop."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from bot.cli.catalogue import in_a_process_of_its_own, ingest_if_changed
from bot.errors import ShoptalkError, StartError


@click.command()
def up() -> None:
    """Train and index as needed, then start web, dialogue and actions; Ctrl-C stops them."""
    from bot.settings import get_settings
    from bot.system.var_lock import owned

    settings = get_settings()
    ports = {name: getattr(settings, f"{name}_port") for name in ("web", "dialogue", "actions")}
    # One that was killed a moment ago may have processes that are just ending.
    with owned(settings.var, "shoptalk up", patience=5, ports=ports):
        run_all(settings)


def run_all(settings: Any) -> None:
    """See `up`; the caller owns the var folder."""
    from bot.privacy.vault import vault_in
    from bot.service.doctor import orders_file
    from bot.service.nightly import nights
    from bot.service.supervisor import Supervisor, check_ports, children, write_endpoints
    from bot.service.training import train as train_model
    from bot.settings import KEPT_SHOP, keep_shop, shop_has_changed
    from bot.staff.accounts import first_admin
    from bot.system.open_files import FEWEST, WANTED, allow_open_files
    from bot.system.private_file import tighten

    check_ports(settings)
    for path in tighten(settings.var):
        click.secho(f"Others can read {path}: it isn't yours to change.", fg="yellow", err=True)
    settings.secrets()  # keys are made now, or what is wrong with them is said now
    vault_in(settings.var).check()
    files = allow_open_files()
    if files.allowed < FEWEST:
        raise StartError(f"{files.words}.", f"At least {FEWEST} are needed to start.")
    click.echo(f"Shop: {settings.shop.name} ({settings.shop_file})")
    if files.allowed < WANTED:
        click.echo(f"{files.words}.")
    model = train_model(settings, click.echo)
    ingest_if_changed(settings, in_a_process_of_its_own)
    orders = orders_file(settings)
    if orders and not orders.ok:
        click.secho(f"Orders: {orders.detail}.\n  → {orders.mend}", fg="yellow", err=True)
    os.environ[KEPT_SHOP] = str(keep_shop(settings))  # for all that is started from here on
    processes = children(settings, model, write_endpoints(settings))
    one_time = first_admin(settings.staff_db)

    def ready() -> None:
        base = f"http://{settings.host}:{settings.web_port}"
        click.secho("\nShoptalk is ready.", fg="green", bold=True)
        click.echo(f"  Shop and chat   {base}/")
        click.echo(f'  Embed line      <script src="{base}/widget/loader.js" async></script>')
        click.echo(f"  Console         {settings.console_url}")
        if one_time:
            click.echo(f"                  sign in as admin with {one_time} (shown this once)")
        click.echo(f"  Transcripts     {settings.transcripts_db}")
        click.echo("  Ctrl-C stops everything.\n")

    def before_restart() -> None:
        if shop_has_changed(settings):
            click.echo(
                f"{settings.shop_file} has changed since the start: that isn't used, in part or in "
                "whole, until `shoptalk up` is started again."
            )

    click.echo("Starting …")
    nightly = nights(settings, click.echo)
    sys.exit(Supervisor(processes, click.echo, nightly, before_restart).run(ready))


@click.command()
def doctor() -> None:
    """Check all that a start needs, and say how to mend what is missing. Ends with 1 if anything is.

    That goes for versions, shop.yml and what `shoptalk init` left to fill in, keys and tokens, the
    model, the index, databases, the orders' service, the platform, and the ports.
    """
    from bot.service.doctor import checks
    from bot.settings import get_settings

    failed = 0
    for check in checks(get_settings()):
        mark = click.style("ok  ", fg="green") if check.ok else click.style("fail", fg="red")
        click.echo(f"{mark}  {check.name:<14} {check.detail}")
        if not check.ok and check.mend:
            click.echo(f"      {'':<14} → {check.mend}")
        failed += not check.ok
    sys.exit(1 if failed else 0)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="What customers know the shop by.")
@click.option("--country", help="Where it is: NL, or Netherlands.")
@click.option("--currency", help="Three letters, EUR; else that of the country.")
@click.option(
    "--languages", help="That the assistant speaks, yours first: nl,en; else those of the country."
)
@click.option(
    "--platform",
    type=click.Choice(["file", "woocommerce", "shopify", "http"]),
    help="Where products come from; http is a service of your own. Else a file.",
)
def init(directory: Path, **given: str | None) -> None:
    """Write a small shop of your own into DIRECTORY: shop.yml, pages to fill in, a survey.

    What no option says is asked, on a terminal.
    """
    from bot.cli import new_shop

    if directory.exists() and any(directory.iterdir()):
        raise ShoptalkError(f"{directory} isn't empty.", "Name a new folder.")
    name = _asked(given, "name", "What is the shop called?").strip()
    if not 0 < len(name) <= 80:
        raise ShoptalkError("A shop's name has 1 to 80 characters.")
    country = new_shop.country_of(_asked(given, "country", "In which country is it (NL)?"))
    currency = new_shop.checked_currency(
        _asked(given, "currency", "Currency", new_shop.currency_of(country))
    )
    languages = new_shop.checked_languages(
        _asked(given, "languages", "Languages", new_shop.languages_of(country))
    )
    platform = _asked(given, "platform", f"Products from ({', '.join(new_shop.PLATFORMS)})", "file")
    if platform not in new_shop.PLATFORMS:
        raise ShoptalkError(f"{platform!r} is none of {', '.join(new_shop.PLATFORMS)}.")
    new_shop.NewShop(name, country, currency, languages, platform).write(directory)
    shop = f"SHOPTALK_SHOP={directory / 'shop.yml'}"
    click.echo(f"Wrote {directory / 'shop.yml'} and what it names. Next:")
    click.echo(f"  {shop} shoptalk doctor   # what is to be filled in, and how")
    click.echo(f"  {shop} make run")


def _asked(given: dict[str, str | None], name: str, question: str, default: str = "") -> str:
    """An option's value, or what is answered to its question, or on no terminal its default."""
    value = given[name]
    if value is not None:
        return value
    if sys.stdin.isatty():
        return click.prompt(question, default=default or None)
    if not default:
        raise ShoptalkError(f"--{name} is missing.", "On a terminal it is asked for.")
    return default


@click.command("identity-key")
def identity_key() -> None:
    """The key with which your server signs who a customer is (docs/widget.md). Keep it secret."""
    from bot.settings import get_settings
    from bot.web.chat.identity import identity_key as derived

    click.echo(derived(get_settings().secrets().session_key))
