"""The chasing pipeline: from a company's invoice extracts to messages sent exactly once.

Where things live: ``domain`` holds words and validation, ``sql/`` (top level) holds every rule,
``engine`` runs the SQL, ``ledger`` remembers what happened, ``messages`` and ``channels`` carry it out,
``assets``/``jobs``/``sensors`` show it to Dagster and ``definitions`` puts it all together.
"""
