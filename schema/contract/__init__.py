"""The contract with senders and receivers; one folder for each version."""
