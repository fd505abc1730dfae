"""`shoptalk staff`: the accounts of the console."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


@click.group()
def staff() -> None:
    """Add, list, reset and remove the people who use the console."""


@staff.command()
@click.argument("login")
@click.option("--name", default="", help="The name that customers see; else the login.")
@click.option("--role", type=click.Choice(["agent", "analyst", "admin"]), default="agent")
def add(login: str, name: str, role: str) -> None:
    """Add a person with LOGIN and print a one-time password."""
    from bot.staff.accounts import one_time_password

    password = one_time_password()
    with _store() as store:
        person = store.add(login, name or login.split("@")[0].title(), role, password)
        store.log("command line", "added", f"staff {person.login}", role)
        click.echo(f"{person.login}, {role}. One-time password: {password}")


@staff.command("list")
def list_() -> None:
    """Everyone with a login."""
    from datetime import datetime

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from bot.settings import get_settings

    zone = get_settings().shop.zone
    table = Table("Login", "Name", "Role", "Last seen")
    with _store() as store:
        for one in store.everyone():
            seen = f"{datetime.fromtimestamp(one.last_seen, zone):%Y-%m-%d %H:%M}"
            table.add_row(
                escape(one.login), escape(one.name), one.role, seen if one.last_seen else "never"
            )
    Console().print(table)


@staff.command()
@click.argument("login")
def reset(login: str) -> None:
    """Print a new one-time password for LOGIN; their sessions end."""
    from bot.staff.accounts import hash_password, one_time_password

    password = one_time_password()
    with _store() as store:
        store.set_password(login, hash_password(password), must_change=True)
        store.log("command line", "reset the password", f"staff {login}")
        click.echo(f"{login}. One-time password: {password}")


@staff.command()
@click.argument("login")
def remove(login: str) -> None:
    """Let nobody sign in as LOGIN any more; what they wrote stays."""
    with _store() as store:
        store.remove(login)
        store.log("command line", "removed", f"staff {login}")
        click.echo(f"{login} can't sign in any more.")


@contextmanager
def _store() -> Iterator[Any]:
    """The shop's accounts, closed afterwards."""
    from bot.settings import get_settings
    from bot.staff.accounts import StaffStore

    store = StaffStore(get_settings().staff_db)
    try:
        yield store
    finally:
        store.close()
