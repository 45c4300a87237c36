"""How many homes the property tests try: a fixed few in each run, or as many new ones as ``PROPERTY_EXAMPLES`` says."""

import os

from hypothesis import HealthCheck, settings

FAST = int(os.environ.get("PROPERTY_EXAMPLES", "12"))
SLOW = int(os.environ.get("PROPERTY_EXAMPLES", "100"))


def examples(count: int) -> settings:
    """So many homes: the same in each run, unless ``PROPERTY_EXAMPLES`` asks for so many new ones."""
    return settings(
        max_examples=count,
        deadline=None,
        print_blob=True,
        derandomize="PROPERTY_EXAMPLES" not in os.environ,
        report_multiple_bugs=False,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
