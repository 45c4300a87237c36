"""How fast the product is, as ratios measured in one run: ``make bench``.

Belongs here: invented receivables of any size (``generate``), what the product is held against (``baselines``), and
the harness. ``product`` alone calls the product's planning. Does not belong here: any rule of chasing.
"""
