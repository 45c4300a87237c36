"""``python -m chasing_pipeline`` is the command ``chasing``."""

from chasing_pipeline.cli import main

if __name__ == "__main__":
    main()
