"""Read the settings: arguments, `CROSSDOCK_*` variables, then `crossdock.toml`, then defaults.

A wrong value is a `ConfigurationError` with one line per setting, never a traceback. The field
descriptions are the one source of `docs/settings.md`, `docs/crossdock.toml` and `config show`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from schema.policies import BY_NAME, DEFAULT_LIMITS
from sync.alarm_route import AlarmRoute
from sync.database_url import DRIVER, for_psql, libpq_url, masked, normalise_url, rendered
from sync.durations import Duration, QuietHours, parse_duration, parse_quiet_hours
from sync.errors import ConfigurationError

__all__ = [
    "DRIVER",
    "AlarmRoute",
    "Duration",
    "QuietHours",
    "Settings",
    "for_psql",
    "found_by_source",
    "libpq_url",
    "load_settings",
    "masked",
    "normalise_url",
    "parse_duration",
    "rendered",
    "unknown_variables",
]

PREFIX: Final = "CROSSDOCK_"
#: Variables that are no settings: where the settings are, and what developers want.
OTHER_VARIABLES: Final = frozenset({"CONFIG", "DEBUG", "OPERATOR", "TEST_DATABASE_URL"})
#: Settings whose values hold passwords or tokens; they are never printed.
SECRET: Final = frozenset({"database_url", "alarm_routes"})


def _limit(name: str) -> Any:
    """Return the field of a limit; a policy of a warehouse goes before the setting."""
    return Field(default=DEFAULT_LIMITS[name], description=BY_NAME[name].meaning)


#: A folder; ``~`` is the home of whoever runs the program.
Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class Settings(BaseSettings):
    """Hold every setting of the program, with units in the names or in the type."""

    model_config = SettingsConfigDict(
        env_prefix="CROSSDOCK_",
        env_ignore_empty=True,
        extra="forbid",  # a mistyped key in crossdock.toml must not pass silently
        frozen=True,
    )

    database_url: Annotated[str, BeforeValidator(lambda text: normalise_url(str(text)))] | None = (
        Field(default=None, repr=False, description="libpq or SQLAlchemy form; none: embedded")
    )
    home: Folder = Field(
        default_factory=lambda: Path.home() / ".crossdock",
        description="where the embedded database and the reports live",
    )

    workers: int = Field(default=2, ge=1, le=64, description="worker threads of one daemon")
    batch_rows: int = Field(default=2000, ge=1, le=20_000, description="messages of one batch")
    batch_rows_idle: int = Field(
        default=50, ge=1, le=20_000, description="messages of one batch when nothing waits"
    )
    poll_min_ms: int = Field(default=5, ge=1, description="pause between polls while rows flow")
    poll_max_ms: int = Field(default=250, ge=1, description="pause between polls when idle")
    sweep_ms: int = Field(
        default=5000, ge=100, description="pause between looks at limits, gates and decisions"
    )
    retry_delay: Duration = Field(
        default=timedelta(seconds=1), description="after a fault; doubles each time"
    )
    max_attempts: int = Field(default=5, ge=1, le=100, description="tries of a transient fault")

    reference_limit: Duration = _limit("reference_limit")
    order_limit: Duration = _limit("order_limit")
    stock_limit: Duration = _limit("stock_limit")
    line_limit: Duration = _limit("line_limit")
    answer_alarm: Duration = _limit("answer_alarm")
    clock_skew_limit: Duration = _limit("clock_skew_limit")
    retention: Duration = Field(
        default=timedelta(days=90), description="messages that ended stay so long before archiving"
    )
    archive_keep: Duration | None = Field(
        default=None, description="months of the archive stay so long after their end; none: always"
    )
    archive_export: bool = Field(
        default=True, description="write a month to files before it is dropped"
    )
    archive_folder: Folder = Field(
        default_factory=lambda: Path.home() / ".crossdock" / "archive",
        description="where exported months are written",
    )
    archive_format: Literal["csv", "parquet"] = Field(
        default="csv", description="files of exported months; parquet needs pyarrow"
    )

    pooled: bool = Field(
        default=False,
        description="true: a pooler by transaction, such as pgbouncer, stands before the server",
    )

    snapshot_age_limit: Duration = Field(
        default=timedelta(hours=26), description="older snapshots are not reconciled"
    )
    snapshot_skew_limit: Duration = Field(
        default=timedelta(hours=4), description="between the snapshots of both sides"
    )
    key_count_change_pct: int = Field(
        default=20, ge=1, le=1000, description="more or fewer keys than last time: not reconciled"
    )
    in_flight_limit: Duration = Field(
        default=timedelta(hours=4), description="what is on its way for longer is late"
    )
    confirm_limit: Duration = Field(
        default=timedelta(hours=2), description="taken by the receiver and not answered for so long"
    )
    statement_timeout: Duration = Field(
        default=timedelta(seconds=60), description="a statement that takes longer is cancelled"
    )
    lock_timeout: Duration = Field(
        default=timedelta(seconds=5), description="a statement that waits longer for a lock fails"
    )
    idle_in_transaction_timeout: Duration = Field(
        default=timedelta(seconds=60), description="a session that hangs in a transaction is ended"
    )

    health_host: str = Field(
        default="127.0.0.1",
        description="address of /healthz, /readyz and /metrics; 0.0.0.0 in a container",
    )
    health_port: int = Field(
        default=8480, ge=0, le=65535, description="port of the same; 0: any free port"
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="console for people, json for collectors"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least grave lines that are written"
    )
    traces: bool = Field(
        default=False,
        description="a span for each batch and step, sent by OTLP to OTEL_EXPORTER_OTLP_ENDPOINT;"
        " wants crossdock[otel]",
    )

    alarm_period: Duration = Field(
        default=timedelta(seconds=30),
        description="pause between two looks for alarms; one daemon looks, whoever is first",
    )
    alarm_routes: list[AlarmRoute] = Field(
        default_factory=list,
        repr=False,
        description="who is told: a list of tables with name, urls, least and after",
    )
    alarm_quiet_hours: Annotated[QuietHours | None, BeforeValidator(parse_quiet_hours)] = Field(
        default=None, description="only critical alarms are told in these hours: 22:00-06:00"
    )
    alarm_time_zone: str = Field(
        default="UTC", description="time zone of the quiet hours and of times in notifications"
    )
    alarm_pause: Duration = Field(
        default=timedelta(minutes=5),
        description="shortest time between two notifications of a route; what comes meanwhile is"
        " told together; a critical alarm waits a minute at most",
    )
    alarm_reminder: Duration = Field(
        default=timedelta(hours=24),
        description="an alarm that nobody acknowledged is told again after this; 0: never",
    )
    alarm_database: Duration = Field(
        default=timedelta(minutes=2),
        description="a database that is away for so long is told by the daemon itself; 0: never",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Settings:
        if self.poll_min_ms > self.poll_max_ms:
            raise ValueError("poll_min_ms must not exceed poll_max_ms")
        if self.batch_rows_idle > self.batch_rows:
            raise ValueError("batch_rows_idle must not exceed batch_rows")
        if self.alarm_period < timedelta(seconds=1):
            raise ValueError("alarm_period must be a second at least")
        try:
            ZoneInfo(self.alarm_time_zone)
        except (KeyError, OSError, ValueError):
            raise ValueError(
                f"alarm_time_zone: there is no time zone {self.alarm_time_zone!r}"
            ) from None
        names = [route.name for route in self.alarm_routes]
        if len(set(names)) < len(names):
            raise ValueError("alarm_routes: two routes have the same name")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, crossdock.toml."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml


def config_file() -> Path | None:
    """Return the settings file in force, or None.

    Raises:
        ConfigurationError: CROSSDOCK_CONFIG names a file that is not there.

    """
    named = os.environ.get("CROSSDOCK_CONFIG")
    path = Path(named) if named else Path("crossdock.toml")
    if path.is_file():
        return path
    if named:
        raise ConfigurationError(f"CROSSDOCK_CONFIG: no such file: {named}")
    return None


def load_settings(**overrides: Any) -> Settings:
    """Return the settings; an override that is None counts as not given.

    Raises:
        ConfigurationError: a value is wrong; the text names each setting with its reason.

    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as exc:
        raise ConfigurationError("; ".join(_explain(error) for error in exc.errors())) from None
    except SettingsError as exc:  # a list in a variable that is no JSON; its text may be secret
        raise ConfigurationError(f"{_variable(exc)}: not JSON") from None
    except ValueError as exc:  # crossdock.toml is no TOML
        raise ConfigurationError(f"crossdock.toml: {exc}") from None
    except OSError as exc:
        raise ConfigurationError(f"crossdock.toml: {exc.strerror}") from None


def _variable(exc: SettingsError) -> str:
    """Return the variable that a parsing error names, as the operator wrote it."""
    quoted = str(exc).split('"')
    return f"{PREFIX}{quoted[1].upper()}" if len(quoted) > 2 else "a variable"


def found_by_source(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what each source says of which setting, strongest source first.

    The sources: argument, environment, file. A setting that none of them names has its default.
    """
    path = config_file()
    file = TomlConfigSettingsSource(Settings, toml_file=path)() if path else {}
    return {
        "argument": {name: value for name, value in given.items() if value is not None},
        "environment": EnvSettingsSource(Settings, env_prefix=PREFIX, env_ignore_empty=True)(),
        "file": file,
    }


def unknown_variables() -> list[str]:
    """Return the `CROSSDOCK_*` variables that no setting reads: a mistyped name passes silently."""
    known = {name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    return sorted(
        name
        for name in os.environ
        if name.upper().startswith(PREFIX) and name.upper().removeprefix(PREFIX) not in known
    )


def _explain(error: Any) -> str:
    """Return one pydantic finding as `name: reason (got value)`, without any secret."""
    name = ".".join(str(part) for part in error["loc"][:1])
    reason = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        return f"{name}: unknown setting"
    if not name:
        return reason
    if name in SECRET:
        return f"{'.'.join(str(part) for part in error['loc'])}: {reason}"
    return f"{name}: {reason} (got {error['input']!r})"
