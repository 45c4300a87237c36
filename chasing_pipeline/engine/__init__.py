"""Runs the files below ``sql/`` and publishes their results. Knows no rule of the business."""
