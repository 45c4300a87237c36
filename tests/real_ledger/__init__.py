"""The product against a real ledger of 2,466 invoices and an obvious computation over it."""
