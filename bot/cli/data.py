"""`shoptalk backup`, `restore`, `purge`, `rotate-keys`, `export-person`, `erase-person`."""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

MOST_NAMED = 20  # rows that no key opens


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--shop", is_flag=True, help="With shop.yml and the files that it names.")
@click.option(
    "--secrets", is_flag=True, help="With secrets.json and keys.json: keep FILE as safe as them."
)
def backup(file: Path, shop: bool, secrets: bool) -> None:
    """Write all databases and the catalogue to FILE (.tar), while the assistant runs."""
    from bot.custody import backup as backups
    from bot.settings import get_settings

    made = backups.backup(get_settings(), file, shop, secrets)
    backups.check(get_settings(), file)
    click.echo(f"Wrote {file}: {len(made.files)} files, {made.size / 1e6:.1f} MB, and checked it.")
    click.echo("It holds what customers wrote: keep it where only you can read it.")
    if not secrets:
        click.echo(
            f"Most of that is encrypted, and the key is not in it: without a copy of var/keys.json "
            f"({', '.join(made.keys)}), kept elsewhere, nobody can read or restore it."
        )


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--shop", is_flag=True, help="Also shop.yml and the files that it names.")
@click.option("--secrets", is_flag=True, help="Also secrets.json and keys.json.")
@click.option("--check", "only_check", is_flag=True, help="Check FILE and change nothing.")
def restore(file: Path, shop: bool, secrets: bool, only_check: bool) -> None:
    """Put the databases and the catalogue of FILE in the place of those there are.

    The assistant must not be running. All of FILE is checked before anything is replaced. On a new machine, where there
    is no shop.yml yet, --shop brings it.
    """
    import os

    from bot.custody import restore as restoring
    from bot.settings import get_settings, named_shop_file

    shop_file = named_shop_file(os.environ)
    if only_check:
        with restoring.begun(shop_file, file, stays=False):
            _check_backup(get_settings(), file)
        return
    if shop:
        with restoring.begun(shop_file, file):
            done = restoring.restore(get_settings(), file, shop, secrets)
    else:
        done = restoring.restore(get_settings(), file, shop, secrets)
    settings = get_settings()
    click.echo(f"Restored {settings.var} from {file}.")
    for receipt in done.again.receipts:
        click.echo(f"Erased again, as after the backup was made: receipt {receipt}.")
    if done.kept.exists():
        click.echo(f"What was there is in {done.kept}: delete it when all is well.")
    if done.again.left:
        click.secho("Something of them is left:", fg="red", err=True)
        for place in done.again.left:
            click.echo(f"  {place}", err=True)
    if done.again.lost:
        click.secho("What was there before couldn't be taken over:", fg="red", err=True)
        for place in done.again.lost:
            click.echo(f"  {place}", err=True)
    _end_naming(done.again.unread, bool(done.again.left or done.again.lost))


def _check_backup(settings: Any, file: Path) -> None:
    """Say whether a backup is whole, and can be read here; end with 1 if it can't."""
    from bot.custody import backup as backups
    from bot.custody import restore as restoring

    found = backups.check(settings, file)
    click.echo(f"{file} of {found.made_at} is whole: {len(found.files)} files.")
    missing = restoring.missing_keys(settings, found)
    if missing and not found.has("secrets"):
        click.secho(
            "But what customers wrote in it can't be read here: it is encrypted with a key "
            f"that isn't in var/keys.json ({', '.join(missing)}).",
            fg="red", err=True,
        )  # fmt: skip
        sys.exit(1)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def purge(dry_run: bool) -> None:
    """Erase what is older than shop.yml allows; the running service does so by itself."""
    from bot.custody import retention
    from bot.settings import get_settings

    settings = get_settings()
    counts = retention.overdue(settings) if dry_run else retention.purge(settings)
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    click.echo(
        f"{'Would erase' if dry_run else 'Erased'}: {said or 'nothing, shop.yml keeps all'}."
    )


@click.command("rotate-keys")
@click.option("--reencrypt", is_flag=True, help="Encrypt all anew, then drop the old keys.")
def rotate_keys(reencrypt: bool) -> None:
    """Make a new key for what customers wrote, while the assistant runs.

    What is written from now on is encrypted with it; what was before stays readable by the old key,
    until --reencrypt. Stopped half-way, run it again. A backup needs the keys.json of its time.
    """
    from bot.custody import rotation
    from bot.settings import get_settings
    from bot.staff.accounts import StaffStore

    settings = get_settings()
    unread: tuple[str, ...] = ()
    if reencrypt:
        done = rotation.reencrypt(settings, click.echo)
        unread = done.unread
        click.echo(f"Encrypted {done.texts} texts anew. The old keys are gone from {settings.var}.")
    else:
        rotation.rotate(settings)
    name = rotation.vault_in(settings.var).key_names[0]
    staff = StaffStore(settings.staff_db)
    staff.log("command line", "rotated keys", f"key {name}", "all" if reencrypt else "from now on")
    staff.close()
    click.echo(f"The key is {name} now. Copy {settings.var / 'keys.json'} to where you keep it.")
    _end_naming(unread)


@click.command("rotate-secrets")
@click.option("--end-old", is_flag=True, help="A key leaked: what older keys signed ends now.")
def rotate_secrets(end_old: bool) -> None:
    """Make new keys for sessions and links, while the assistant runs; old ones still count."""
    from bot.settings import get_settings
    from bot.settings.keys import rotate

    if end_old:
        click.confirm(
            "Customers then begin new conversations, staff sign in again, links to surveys end, and "
            "your server needs the new `shoptalk identity-key`. Go on?",
            abort=True,
        )
    after = rotate(get_settings().secrets_file, end_old)
    click.echo(f"New keys are in use; {len(after.session_keys) - 1} older ones still count.")
    click.echo("Give your server the new `shoptalk identity-key` if it says who customers are.")


@click.command("export-person")
@click.argument("who")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--mentions", is_flag=True, help="Also name where others mention the address.")
def export_person(who: str, output: Path, mentions: bool) -> None:
    """Write all that is kept about WHO, an email address or a conversation's id, as JSON.

    Of an address that are the conversations in which it was proven or given as the customer's own.
    --mentions names the others in which it occurs, by their ids: what is said there is not theirs.
    """
    import json
    import os

    from bot.custody import export, search
    from bot.custody.__main__ import person_of
    from bot.settings import get_settings

    person = person_of(get_settings(), who)
    data = export.export_person(get_settings(), person)
    if mentions and not person.email:
        raise click.UsageError("--mentions needs an email address.")
    if mentions:
        data["mentions"] = search.mentions(get_settings(), person.email)
        click.echo(f"{person.email} is mentioned in {len(data['mentions'])} other places:")
        for conversation, places in data["mentions"].items():
            click.echo(f"  {conversation or 'no conversation'}: {', '.join(places)}")
    text = json.dumps(data, indent=1, ensure_ascii=False)
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text + "\n")
    rows = sum(len(found) for tables in data["data"].values() for found in tables.values())
    click.echo(f"Wrote {output}: {len(person.conversations)} conversations, {rows} rows.")
    _end_naming({*person.unread, *data["unread"]})


@click.command("erase-person")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
def erase_person(who: str, yes: bool, receipt: Path | None) -> None:
    """Erase all that is kept about WHO, an email address or a conversation's id.

    Theirs are the conversations in which the address was proven or given as the customer's own, not
    those in which somebody mentions it. Orders come from the shop's own records and stay; so do
    backups that were made before.
    """
    from bot.custody import erasure
    from bot.custody.__main__ import person_of
    from bot.settings import get_settings

    settings = get_settings()
    person = person_of(settings, who)
    click.echo(f"{len(person.conversations)} conversations of {who}:")
    for conversation in person.conversations[:50]:
        click.echo(f"  {conversation}")
    if not yes:
        click.confirm("Erase them, and all that belongs to them, for good?", abort=True)
    done = erasure.erase_person(settings, person, "command line")
    click.echo(done.to_json())
    if receipt:
        receipt.write_text(done.to_json() + "\n", encoding="utf-8")
    if done.left:
        click.secho("Not all is gone: stop the assistant and run this again.", fg="red", err=True)
    else:
        click.echo("A search of every table and file afterwards found nothing.")
    _end_naming(done.unread, bool(done.left))


def _end_naming(unread: Collection[str], failed: bool = False) -> None:
    """End with 1 when something failed, or when there are rows that no key opens; they are named."""
    if unread:
        click.secho("No key opens the text of these rows, whosever they are:", fg="red", err=True)
        for place in sorted(unread)[:MOST_NAMED]:
            click.echo(f"  {place}", err=True)
        if len(unread) > MOST_NAMED:
            click.echo(f"  … and {len(unread) - MOST_NAMED} more", err=True)
    if unread or failed:
        sys.exit(1)
