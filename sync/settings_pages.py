"""Tell the settings: as a page, as a commented example, and where each value in force comes from.

One source: the fields of `Settings` with their descriptions. `python -m sync.settings_pages`
writes the pages (`make settings`); a test holds them equal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from sync.alarm_pages import alarms_page
from sync.alarm_route import AlarmRoute
from sync.config import PREFIX, SECRET, Settings, config_file, found_by_source, masked
from sync.durations import QuietHours, duration_text

PAGE: Final = "settings.md"
EXAMPLE: Final = "crossdock.toml"
_COUNTED: Final = {
    "workers": "threads",
    "batch_rows": "messages",
    "batch_rows_idle": "messages",
    "max_attempts": "attempts",
    "health_port": "port",
}


@dataclass(frozen=True)
class Told:
    """Hold what people read of one setting; the value is masked where it may be a secret."""

    name: str
    unit: str
    value: str
    origin: str
    default: str
    meaning: str


def tell(settings: Settings, given: Mapping[str, Any]) -> list[Told]:
    """Return every setting with its value in force and the source that it comes from.

    The origin is argument, environment (with the variable), file (with its path) or default.
    """
    sources = found_by_source(given)
    return [
        Told(
            name,
            unit(name),
            shown(name, getattr(settings, name)),
            _origin(name, sources),
            default(name),
            Settings.model_fields[name].description or "",
        )
        for name in Settings.model_fields
    ]


def _origin(name: str, sources: Mapping[str, Mapping[str, Any]]) -> str:
    for source, found in sources.items():
        if name in found:
            return {
                "environment": f"environment {PREFIX}{name.upper()}",
                "file": f"file {config_file()}",
            }.get(source, source)
    return "default"


def unit(name: str) -> str:  # noqa: PLR0911 - one answer for each kind of setting
    """Return what a value of the setting is, in words."""
    annotation = Settings.model_fields[name].annotation
    if get_origin(annotation) is Literal:
        return " or ".join(str(choice) for choice in get_args(annotation))
    if annotation is timedelta:
        return "duration"
    if annotation is bool:
        return "true or false"
    if annotation is Path:
        return "folder"
    if annotation is int:
        ending = name.rpartition("_")[2]
        return _COUNTED.get(name) or {"ms": "milliseconds", "pct": "percent"}.get(ending, "number")
    if QuietHours in get_args(annotation):
        return "hours"
    if name == "database_url":
        return "URL"
    return "list" if get_origin(annotation) is list else "text"


def default(name: str) -> str:
    """Return the default as it is written in a variable; nothing: none."""
    value = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(value, Path) and value.is_relative_to(Path.home()):
        return f"~/{value.relative_to(Path.home())}"
    return shown(name, value)


def shown(name: str, value: Any) -> str:
    """Return a value for people, without any secret."""
    if value is None:
        return ""
    if name == "database_url":
        return masked(str(value))
    if name in SECRET:
        return ", ".join(_route(route) for route in value)
    if isinstance(value, timedelta):
        return duration_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _route(route: AlarmRoute) -> str:
    kinds = ", ".join(f"{url.partition(':')[0]}://***" for url in route.addresses())
    late = f", after {duration_text(route.after)}" if route.after else ""
    return f"{route.name} ({kinds}; {route.least} and graver{late})"


def page() -> str:
    """Return docs/settings.md."""
    rows = "\n".join(
        f"| `{name}` | {unit(name)} | {_code(default(name))} |"
        f" {Settings.model_fields[name].description} |"
        for name in Settings.model_fields
    )
    routes = "\n".join(
        f"| `{name}` | {_code(_route_default(name))} | {field.description} |"
        for name, field in AlarmRoute.model_fields.items()
    )
    return f"""# Settings

Printed from `sync/config.py` by `make settings`. An argument goes before a variable, a variable before
`crossdock.toml` (in the working folder, or named by `{PREFIX}CONFIG`), that before the default. The
variable of a setting is `{PREFIX}` and its name in capitals. Durations are written with a unit: `500ms`,
`15min`, `1h30min`, `PT15M`. A limit that was decided for a warehouse (`crossdock policy`) goes before
the setting. `crossdock config show` prints what is in force and why, `crossdock config check` looks for
mistakes; [crossdock.toml](crossdock.toml) is a file to start from.

| setting | value | default | meaning |
|---|---|---|---|
{rows}

## Routes of alarms

`alarm_routes` is a list of tables in `crossdock.toml` (`[[alarm_routes]]`), or JSON in the variable. Keep
the file readable to the daemon alone: addresses hold passwords and tokens.

| key | default | meaning |
|---|---|---|
{routes}

What is looked for, and how it is told: [alarms](alarms.md).
"""


def example() -> str:
    """Return docs/crossdock.toml: every setting with its default, commented out."""
    return "\n".join(_example()) + "\n"


def _example() -> Iterator[str]:
    yield "# Settings of crossdock; what is commented out is the default. See settings.md."
    for name, field in Settings.model_fields.items():
        if name == "alarm_routes":
            continue
        yield f"\n# {field.description} ({unit(name)})"
        value = default(name)
        is_bare = field.annotation in (bool, int)
        yield f"# {name} = " + (value if is_bare else f'"{value or "..."}"')
    yield "\n# Who is told of alarms. Tables stand at the end of the file."
    yield "# [[alarm_routes]]"
    yield '# name = "duty"'
    yield '# urls = ["mailtos://user:password@example.org?to=duty@example.org"]'
    yield "\n# [[alarm_routes]]  # when nobody has acknowledged a critical alarm for half an hour"
    yield '# name = "manager"'
    yield '# urls = ["slack://token-a/token-b/token-c/#operations"]'
    yield '# least = "critical"'
    yield '# after = "30min"'


def _route_default(name: str) -> str:
    field = AlarmRoute.model_fields[name]
    if field.is_required():
        return ""
    value = field.get_default()
    return duration_text(value) if isinstance(value, timedelta) else str(value)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def main() -> int:
    """Write the pages about settings and alarms into docs/."""
    docs = Path(__file__).parent.parent / "docs"
    pages = {PAGE: page(), EXAMPLE: example(), "alarms.md": alarms_page()}
    for name, text in pages.items():
        (docs / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote docs/{name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
