"""A small web page for the people who make the calls: the to-do list, customers, approvals, releases and holds.

Belongs here: pages, forms, who may do what. Does not belong here: who is due (``sql/``), what is kept (``ledger``).
"""
