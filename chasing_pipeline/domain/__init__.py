"""The words of the field and their validation. No Dagster, no DuckDB, no network."""
