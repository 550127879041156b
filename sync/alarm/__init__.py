"""Watch for what people must know, remember it as alarms, and tell them.

`watch` looks, `words` says it, `routes` decides who is told when, `send` delivers.
"""

from sync.alarm.watch import Watch

__all__ = ["Watch"]
