"""Show the settings in force with their origins, and look for mistakes in them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json
from sync.errors import EXIT_CONFIGURATION

if TYPE_CHECKING:
    from sync.config import Settings

config = typer.Typer(help="Show and check the settings.", no_args_is_help=True)


@config.command()
def show(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Print every setting with its value, unit and origin; secrets are masked."""
    from dataclasses import asdict

    from sync.config import load_settings
    from sync.settings_pages import tell

    given = {"database_url": database_url}
    told = tell(load_settings(**given), given)
    if json:
        print_json({"settings": [asdict(one) for one in told]})
    else:
        print_table(
            ("setting", "value", "unit", "origin"),
            [(one.name, one.value, one.unit, one.origin) for one in told],
        )


@config.command()
def check(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Look for mistakes: unknown names, wrong values, addresses that nobody understands.

    Needs no database, and sends nothing: `crossdock alarm test` does. Exits with 2 on a mistake.
    """
    from sync.config import load_settings

    settings = load_settings(database_url=database_url)
    mistakes = list(_mistakes(settings))
    if json:
        print_json({"ok": not mistakes, "mistakes": mistakes})
    else:
        for mistake in mistakes:
            typer.echo(mistake)
        if not mistakes:
            typer.echo("the settings are in order")
    if mistakes:
        raise typer.Exit(EXIT_CONFIGURATION)


def _mistakes(settings: Settings) -> Iterator[str]:
    from sync.config import SECRET, config_file, found_by_source, unknown_variables

    for name in unknown_variables():
        yield f"{name}: no setting reads this variable"
    path = config_file()
    holds_secrets = path is not None and SECRET & set(found_by_source({})["file"])
    if path is not None and holds_secrets and path.stat().st_mode & stat.S_IROTH:
        yield f"{path}: holds secrets and everybody may read it; chmod 640 {path}"
    if settings.alarm_routes:
        import apprise

        from sync import logs

        logs.keep_quiet("apprise")
        for route in settings.alarm_routes:
            for number, url in enumerate(route.addresses(), start=1):
                if not apprise.Apprise().add(url):
                    which = f"{number} of {route.name} ({url.partition(':')[0]})"
                    yield f"alarm_routes: address {which} is not understood"
    if settings.traces:
        from importlib.util import find_spec

        if find_spec("opentelemetry") is None:
            yield "traces: OpenTelemetry is not installed; pip install 'crossdock[otel]'"
