"""`shoptalk backup`, `restore`, `purge`, `export-person`, `erase-person`: the shop's data."""

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--shop", is_flag=True, help="With shop.yml and the files that it names.")
@click.option("--secrets", is_flag=True, help="With the keys: keep such a FILE as safe as them.")
def backup(file: Path, shop: bool, secrets: bool) -> None:
    """Write all databases and the catalogue to FILE (.tar), while the assistant runs."""
    from bot.settings import get_settings
    from bot.store import backup as backups

    made = backups.backup(get_settings(), file, shop, secrets)
    backups.check(get_settings(), file)
    click.echo(f"Wrote {file}: {len(made.files)} files, {made.size / 1e6:.1f} MB, and checked it.")
    click.echo("It holds what customers wrote: keep it where only you can read it.")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--shop", is_flag=True, help="Also shop.yml and the files that it names.")
@click.option("--secrets", is_flag=True, help="Also the keys.")
@click.option("--check", "only_check", is_flag=True, help="Check FILE and change nothing.")
def restore(file: Path, shop: bool, secrets: bool, only_check: bool) -> None:
    """Put the databases and the catalogue of FILE in the place of those there are.

    The assistant must not be running. All of FILE is checked before anything is replaced.
    """
    from bot.errors import StartError
    from bot.settings import get_settings
    from bot.store import backup as backups
    from bot.supervisor import check_ports

    settings = get_settings()
    if only_check:
        found = backups.check(settings, file)
        click.echo(f"{file} of {found.made_at} is whole: {len(found.files)} files.")
        return
    try:
        check_ports(settings)
    except StartError as error:
        raise StartError(f"Restoring needs the assistant stopped. {error.message}") from error
    kept = backups.restore(settings, file, shop, secrets)
    click.echo(f"Restored {settings.var} from {file}.")
    click.echo(f"What was there is in {kept}: delete it when all is well.")
