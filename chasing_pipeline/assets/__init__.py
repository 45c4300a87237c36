"""The tables as Dagster's assets: what each row is, where it lies, what was counted. Rules are in ``sql/``."""
