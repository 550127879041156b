"""Watch for what people must know, remember it as alarms, and tell them.

`watch` looks, `words` says it, `routes` decides who is told when, `send` delivers; `outage` tells
what the database cannot keep: that it is away itself.
"""

from sync.alarm.outage import Away, OutageAlarm
from sync.alarm.watch import Watch

__all__ = ["Away", "OutageAlarm", "Watch"]
