"""The pages, one module for each part of the desk. Each handler answers one visit."""
