"""One of several processes that open a ledger at the same moment: ``python opener.py URL``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from processes import wait_for_the_start

from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.progress import last_run_day
from chasing_pipeline.ledger.store import Ledger

wait_for_the_start()
ledger = Ledger(sys.argv[1])
print(len(activities.of_customer(ledger, "C1007")), last_run_day(ledger))
