"""Run the synchronizer as a process: `crossdock run`.

Read `service.py` for how the parts fit, then `scout.py` and `worker.py` for what the threads do.
"""

from sync.daemon.service import Daemon, stop_on_signals

__all__ = ["Daemon", "stop_on_signals"]
