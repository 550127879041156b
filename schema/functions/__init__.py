"""SQL functions, triggers and views that stand beside the contract, one file for each concern."""
