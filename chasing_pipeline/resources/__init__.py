"""From configuration to the things that do the work."""
