"""The nightly reconciliation: two books agree, or the run says why not.

Start at `run.reconcile`. `inputs` picks the snapshots, `gates` judges them, `explain` does the
arithmetic of one warehouse, `classify` names the causes. `documents` sends what follows from a run.
"""
