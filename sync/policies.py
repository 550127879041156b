"""Read what was decided for one lane: a policy of the warehouse, or of the order's type there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from schema.policies import BY_NAME, DEFAULT_LIMITS, REMAINDER_ORDER_TYPES

#: scope kind, scope, name, value; intervals in seconds.
Decided = Sequence[tuple[str, str, str, str | float]]


@dataclass(frozen=True)
class Policies:
    """Hold what `ops.set_policy` decided for a lane; ``decided`` comes from `batch_begin`."""

    lane: str
    decided: Decided = ()

    @property
    def limits(self) -> dict[str, timedelta]:
        """Return the warehouse's own limits; one that is not there was not decided."""
        own = self._of("warehouse", self.lane)
        return {name: timedelta(seconds=float(own[name])) for name in DEFAULT_LIMITS if name in own}

    @property
    def posts_negative(self) -> bool:
        """Return whether a fact that takes stock below zero is posted at once."""
        return self._of("warehouse", self.lane).get("negative_stock") == "post"

    @property
    def lacks_capability(self) -> bool:
        """Return whether some WMS lacks a capability: only then a rule looks for it."""
        return any(kind == "system" and value == "off" for kind, _, _, value in self.decided)

    def remainder(self, order_type: str) -> str:
        """Return who owns the remainder of an order type: the nearest decision, else the default.

        The type in this warehouse goes before the type, the type before the warehouse.
        """
        for scope_kind, scope in (
            ("order_type", f"{order_type} {self.lane}"),
            ("order_type", order_type),
            ("warehouse", self.lane),
        ):
            found = self._of(scope_kind, scope).get("remainder")
            if found is not None:
                return str(found)
        return BY_NAME["remainder"].default

    def with_remainder(self, owner: str) -> list[str]:
        """Return the order types whose remainder has that owner."""
        return [kind for kind in REMAINDER_ORDER_TYPES if self.remainder(kind) == owner]

    def _of(self, scope_kind: str, scope: str) -> dict[str, str | float]:
        return {
            name: value
            for kind, place, name, value in self.decided
            if (kind, place) == (scope_kind, scope)
        }
