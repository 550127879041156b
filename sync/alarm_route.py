"""Describe who is told of alarms: a named list of addresses, from which severity on, how soon."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from sync.durations import Duration


class AlarmRoute(BaseModel):
    """Hold one route of notifications."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", description="what it is called")
    urls: list[SecretStr] = Field(
        min_length=1, description="addresses in apprise's form: mailtos://, slack://, json:// ..."
    )
    least: Literal["warning", "critical"] = Field(
        default="warning", description="critical: warnings are not told"
    )
    after: Duration = Field(
        default=timedelta(0),
        description="told only of what nobody has acknowledged for so long: the next one to ask",
    )

    def addresses(self) -> list[str]:
        """Return the addresses with their secrets, for delivery alone."""
        return [url.get_secret_value() for url in self.urls]
