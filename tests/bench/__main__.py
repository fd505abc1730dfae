"""`make bench`: speed against Rasa's default pipeline, and quality on public data when it is there."""

import argparse
from pathlib import Path

from tests.bench import quality, speed


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, help="a folder of public data sets; see docs/benchmarks.md"
    )
    parser.add_argument("--seconds", type=float, default=15, help="how long each load runs")
    parser.add_argument(
        "--epochs", type=int, default=speed.EPOCHS,
        help="of stock's training, which takes half an hour; fewer will do to compare turns alone",
    )  # fmt: skip
    options = parser.parse_args()
    speed.main(options.seconds, options.epochs)
    if options.data:
        quality.main(options.data)


if __name__ == "__main__":
    main()
