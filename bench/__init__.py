"""Measurements: one module a subject; `./dev bench` runs them."""
