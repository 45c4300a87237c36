"""Mutations: each comparison of the rules, once changed, makes a test fail. Run with ``make mutations``."""
