"""Carrying out the day's actions, each once: gates, re-check, claim, send, settle. Without Dagster."""
