"""From a chasing home on disk to the tables of a day, without the orchestrator."""
