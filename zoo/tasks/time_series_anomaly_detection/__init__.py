"""Anomaly detection: which rows of a numeric series are unusual."""
