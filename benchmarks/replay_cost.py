#!/usr/bin/env python3
"""What verification costs: the time of a replay with candidates over that of the control alone.

    benchmarks/replay_cost.py [--blocks N] [--transactions N] [--rounds N]

Generates an archive (mixed, really signed transactions; one in twenty fails), then replays it in
rounds: the control alone, each candidate, and one candidate without pipelining, so that a busy
neighbour hits all alike. Prints medians, their spread and the ratios. Signatures are verified in
every lane. Needs build/release/bin/parallax (scripts/build).
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PARALLAX = Path(__file__).resolve().parent.parent / "build/release/bin/parallax"
SPEED = re.compile(r"^  speed .* over ([\d.]+) s", re.MULTILINE)
CONTROL = ("control alone", ["--control-only"], 3)  # nothing is compared: inconclusive
RUNS = [
    CONTROL,
    ("staged", ["--candidate", "staged"], 0),
    ("adaptive", ["--candidate", "adaptive"], 0),
    ("batch", ["--candidate", "batch"], 0),
    ("staged, one block in flight", ["--candidate", "staged", "--blocks-in-flight", "1"], 0),
]


def replay(archive, options, expected):
    """Seconds that the blocks took."""
    done = subprocess.run([PARALLAX, "replay", archive, "--quiet", *options], check=False,
                          capture_output=True, text=True)
    speed = SPEED.search(done.stdout)
    if done.returncode != expected or not speed:
        sys.exit(f"replay_cost: replay {' '.join(options)} ended with {done.returncode}, not "
                 f"{expected}:\n{done.stdout}{done.stderr}")
    return float(speed.group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--blocks", type=int, default=100)
    parser.add_argument("--transactions", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not PARALLAX.exists():
        sys.exit("replay_cost: build/release/bin/parallax is missing: run scripts/build")
    with tempfile.TemporaryDirectory() as folder:
        archive = str(Path(folder) / "blocks.pxa")
        subprocess.run([PARALLAX, "generate", "--seed", "5", "--blocks", str(options.blocks),
                        "--transactions-per-block", str(options.transactions),
                        "--conflict-percent", "20", "--failing-percent", "5", archive],
                       check=True, stdout=subprocess.DEVNULL)
        times = {name: [] for name, _, _ in RUNS}
        for _ in range(options.rounds):
            for name, arguments, expected in RUNS:
                times[name].append(replay(archive, arguments, expected))
    model = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    print(f"Machine: {model.group(1) if model else 'unknown'}, {os.cpu_count()} logical cores; "
          f"{options.blocks} blocks of {options.transactions} transactions, signatures verified in "
          f"every lane, median of {options.rounds} rounds.\n")
    print("| lanes | seconds | fastest..slowest | over the control alone |\n|---|---|---|---|")
    control = statistics.median(times[CONTROL[0]])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"| {name} | {middle:.2f} | {min(seconds):.2f}..{max(seconds):.2f} | "
              f"{middle / control:.2f} |")


if __name__ == "__main__":
    main()
