"""Stand-ins for what the pipeline talks to in live mode: Twilio, Lob, an SMTP relay and an IMAP mailbox, on loopback.

They keep what they accept, check requests as the real services do, and fail on demand. ``python -m tests.stand_ins``
starts all of them; tests take them from ``tests.stand_ins.fixtures``. Nothing here knows the pipeline.
"""
