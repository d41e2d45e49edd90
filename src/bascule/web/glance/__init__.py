"""The school at a glance: its pupils, their movements, its anomalies and its imports, in numbers."""
