"""Say words, numbers, instants and sentences in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_decimal

from schema import figures
from schema.reconciliation import BY_NAME, FLAGS, DifferenceClass
from sync.recon.report.words import (
    ACTION_ZH,
    CLASS_ZH,
    FIGURES,
    FLAG_ZH,
    MEANING_ZH,
    OWNER_ZH,
    PHRASE_ZH,
    TEXTS,
)

_LOCALES = {"en": "en_GB", "zh": "zh_Hans_CN"}
_COMPONENTS = ("cut_off", "in_flight", "rejected", "unconfirmed", "residual")
_FIGURES = {one.name: one for one in figures.FIGURES}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def about(name: str) -> DifferenceClass:
    """Return what is known of a class; one that this program does not know stands for itself."""
    return BY_NAME.get(name) or DifferenceClass(name, 99, "none", "none", "", name)


class Speech:
    """Speak one language; everything that a person reads goes through here."""

    def __init__(self, language: str, zone: str = "UTC") -> None:
        self.language = language
        self.zone = zone
        self._place = 0 if language == "en" else 1
        self._locale = _LOCALES[language]
        self._tz: tzinfo = get_timezone(zone)

    def text(self, name: str, **arguments: object) -> str:
        """Return a text of the catalogue with its arguments put in."""
        said = TEXTS[name][self._place]
        return said.format(**arguments) if arguments else said

    def number(self, value: Decimal | int | None, places: int | None = None) -> str:
        """Return a number grouped by thousands; without places only the digits it has."""
        if value is None:
            return "–"
        pattern = (
            "#,##0.######" if places is None else "#,##0" + ("." + "0" * places) * (places > 0)
        )
        return format_decimal(value, format=pattern, locale=self._locale).replace("-", "−")

    def signed(self, value: Decimal | int | None, places: int | None = None) -> str:
        """Return a number with its sign; zero has none."""
        said = self.number(value, places)
        return f"+{said}" if value is not None and value > 0 else said

    def money(self, value: Decimal | None) -> str:
        """Return a value in whole units of its currency, small ones with two places."""
        if value is None:
            return "–"
        return self.number(value, 0 if abs(value) >= 1000 or value == 0 else 2)

    def percent(self, value: Decimal | None, places: int = 2) -> str:
        """Return a percentage, never rounded up to 100 %."""
        if value is None:
            return "–"
        step = Decimal(1).scaleb(-places)
        rounded = value.quantize(step, rounding=ROUND_HALF_EVEN)
        if rounded == 100 and value < 100:
            rounded -= step
        return f"{self.number(rounded, places)} %"

    def measure(self, value: Decimal | None, unit: str) -> str:
        """Return a figure with its unit."""
        if value is None:
            return "–"
        match unit:
            case "%":
                said = self.percent(value)
            case "s":
                said = self.seconds(value)
            case "h":
                said = f"{self.number(value, 1)} h"
            case "ppm" | "keys" | "messages" | "nights" | "":
                is_whole = unit == "ppm" or value == value.to_integral_value()
                said = self.number(value, 0 if is_whole else 1)
            case _:
                said = f"{self.money(value)} {unit}"
        return said

    def seconds(self, value: Decimal | float | None) -> str:
        """Return a duration in the largest unit that says enough."""
        if value is None:
            return "–"
        length = abs(Decimal(value))
        if length < 2 * _MINUTE:
            return f"{self.number(Decimal(value), 0 if length >= 10 else 2)} s"
        if length < 2 * _HOUR:
            return f"{self.number(Decimal(value) / _MINUTE, 0)} min"
        if length < 2 * _DAY:
            return f"{self.number(Decimal(value) / _HOUR, 0)} h"
        return f"{self.number(Decimal(value) / _DAY, 0)} d"

    def instant(self, when: datetime | None) -> str:
        """Return an instant to the second, in the zone of the report."""
        if when is None:
            return "–"
        pattern = "d MMM yyyy HH:mm:ss" if self.language == "en" else "yyyy年M月d日 HH:mm:ss"
        return format_datetime(when, pattern, tzinfo=self._tz, locale=self._locale)

    def moment(self, when: datetime | None) -> str:
        """Return an instant without its year, for narrow columns."""
        if when is None:
            return "–"
        pattern = "d MMM HH:mm" if self.language == "en" else "M月d日 HH:mm"
        return format_datetime(when, pattern, tzinfo=self._tz, locale=self._locale)

    def moment_exact(self, when: datetime | None) -> str:
        """Return an instant to the second without its year."""
        if when is None:
            return "–"
        pattern = "d MMM HH:mm:ss" if self.language == "en" else "M月d日 HH:mm:ss"
        return format_datetime(when, pattern, tzinfo=self._tz, locale=self._locale)

    def figure(self, name: str) -> str:
        """Return a figure's name in words."""
        return FIGURES[name][self._place] if name in FIGURES else name

    def definition(self, name: str) -> str:
        """Return how a figure is computed; empty where its name says it."""
        if self.language != "en":
            return MEANING_ZH.get(name, "")
        known = _FIGURES.get(name)
        if known is None:
            return ""
        ratio = " / ".join(filter(None, (known.numerator, known.denominator)))
        return f"{known.meaning} ({ratio})" if ratio else known.meaning

    def day(self, when: date | datetime | None) -> str:
        """Return a day."""
        if when is None:
            return "–"
        if isinstance(when, datetime):
            when = when.astimezone(self._tz).date()
        pattern = "d MMM yyyy" if self.language == "en" else "yyyy年M月d日"
        return format_date(when, pattern, locale=self._locale)

    def class_label(self, name: str) -> str:
        """Return a class's name in words; in English its name says it."""
        return name if self.language == "en" else CLASS_ZH.get(name, (name, ""))[0]

    def class_meaning(self, name: str) -> str:
        """Return what a class means."""
        if self.language != "en" and name in CLASS_ZH:
            return CLASS_ZH[name][1]
        return about(name).meaning

    def owner(self, name: str) -> str:
        """Return who acts."""
        return name if self.language == "en" else OWNER_ZH.get(name, name)

    def action(self, said: str) -> str:
        """Return what to do."""
        return said if self.language == "en" else ACTION_ZH.get(said, said)

    def flag(self, name: str) -> str:
        """Return what a flag means."""
        return FLAGS.get(name, name) if self.language == "en" else FLAG_ZH.get(name, name)

    def why(self, row: Mapping[str, Any]) -> str:
        """Return the sentence of a difference: as kept, or put together again in Chinese."""
        phrase = PHRASE_ZH.get(row["why_key"])
        if self.language == "en" or phrase is None:
            return str(row["why"])
        arguments = {name: _plain(value) for name, value in row["why_args"].items()}
        if "terms" in arguments:
            arguments["terms"] = self._terms(row)
        if "was" in arguments:
            arguments["was"] = self.class_label(arguments["was"])
        for name, value in arguments.items():
            phrase = phrase.replace(f"{{{name}}}", value)
        return phrase

    def _terms(self, row: Mapping[str, Any]) -> str:
        """Return what stands between both books: ` + 8 in flight - 2 cut-off`."""
        said = ""
        for name in _COMPONENTS[:4]:
            qty = row.get(f"{name}_qty")
            if qty:
                sign = "+" if qty > 0 else "−"
                said += f" {sign} {self.number(abs(qty))} {self.text(f'step_{name}')}"
        return said


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "、".join(_plain(one) for one in value)
    return "" if value is None else str(value)
