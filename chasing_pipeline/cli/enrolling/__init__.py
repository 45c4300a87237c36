"""Changing ``enrolments.csv``: who is put into a cadence or taken out of it by hand."""
