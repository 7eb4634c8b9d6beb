"""The graph in Dagster: assets, checks, the job, schedule and sensor, and runs without the UI."""
