"""Trained models: a run folder each, which `aegean` knows as `zoo:NAME`."""
