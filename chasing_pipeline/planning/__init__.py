"""From a chasing home to the tables of a day, without Dagster: reading, staging, planning, simulating."""
