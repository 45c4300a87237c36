"""Property tests: the product in generated chasing homes, against a slow and obvious model of the contract."""
