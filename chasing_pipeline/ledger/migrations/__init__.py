"""How an old ledger becomes a new one, step by step: run by alembic, never changed once released.

Does not belong here: when they are run (``ledger.versions``), the tables as they are now (``ledger.schema``).
"""
