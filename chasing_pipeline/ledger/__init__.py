"""The transactional record: what is owed, claimed, carried out and known. Append-only where it tells history."""
