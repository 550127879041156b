"""Reconcile the two books every night: explain each difference, measure, propose, correct."""
