"""Measurements and real input, run by hand or by the tests."""
