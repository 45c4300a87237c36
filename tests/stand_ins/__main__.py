"""``python -m tests.stand_ins``: all stand-ins on fixed ports, what to export, and a line for each thing received.

Ctrl-C stops them. ``--faults drop_after=0.1,429=0.05,latency=0.2,lag=5,seed=7`` makes them fail.
"""

import argparse
import signal
import sys
import threading
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from .faults import Fault, Faults
from .lob import LobStandIn
from .mail import MailStandIn
from .serving import CERTIFICATE
from .twilio import TwilioStandIn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.stand_ins", description=__doc__)
    parser.add_argument("--twilio-port", type=int, default=8701, help="default: %(default)s")
    parser.add_argument("--lob-port", type=int, default=8702, help="default: %(default)s")
    parser.add_argument("--mail-port", type=int, default=8703, help="control endpoint of mail; default: %(default)s")
    parser.add_argument("--smtp-port", type=int, default=8725, help="default: %(default)s")
    parser.add_argument("--imap-port", type=int, default=8793, help="default: %(default)s")
    parser.add_argument("--faults", type=Faults.parse, default="", help=f"what fails how often: {', '.join(Fault)}")
    parser.add_argument("--pace", type=float, default=5.0, help="seconds a stage takes; default: %(default)s")
    parser.add_argument("--journal", type=Path, help="a folder that keeps what was accepted")
    return parser.parse_args()


def _received(line: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {line}", flush=True)


def main() -> int:
    """Serve until interrupted."""
    arguments = _arguments()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    folder = arguments.journal
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    journals = {name: folder and folder / f"{name}.jsonl" for name in ("twilio", "lob", "mail")}
    common = {"faults": arguments.faults, "received": _received}
    with ExitStack() as stack:
        try:
            twilio = stack.enter_context(
                TwilioStandIn(port=arguments.twilio_port, pace=arguments.pace, journal=journals["twilio"], **common)
            )
            lob = stack.enter_context(
                LobStandIn(
                    port=arguments.lob_port,
                    pace=arguments.pace,
                    cancel_window=arguments.pace,
                    journal=journals["lob"],
                    **common,
                )
            )
            mail = stack.enter_context(
                MailStandIn(
                    port=arguments.mail_port,
                    smtp_port=arguments.smtp_port,
                    imap_port=arguments.imap_port,
                    journal=journals["mail"],
                    **common,
                )
            )
        except OSError as error:
            print(f"a port can't be had: {error.strerror}; see --help for other ports", file=sys.stderr)
            return 1
        for name, value in (twilio.environment() | lob.environment() | mail.environment()).items():
            print(f"export {name}='{value}'")
        print(f"export SSL_CERT_FILE='{CERTIFICATE}'")
        controls = ", ".join(f"{stand_in.url}/_control/" for stand_in in (twilio, lob, mail))
        print(f"# faults, state, clock: {controls}\n# Ctrl-C stops", flush=True)
        over.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
