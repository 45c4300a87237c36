"""The command ``chasing`` as people and scripts use it."""
