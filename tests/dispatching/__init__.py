"""Tests of carrying out: what is owed goes out once, and only while it is still owed."""
