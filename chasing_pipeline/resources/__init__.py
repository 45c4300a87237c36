"""From configuration to the things that do the work: the only place that reads the environment for secrets."""

from chasing_pipeline.resources.chasing import ChasingResource

__all__ = ["ChasingResource"]
