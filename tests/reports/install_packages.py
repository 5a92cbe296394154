#!/usr/bin/env python3
"""Puts what package-lock.json names into a folder, unless it is there: the SARIF schema and a checker
of workflows, which Debian does not have.

    install_packages.py FOLDER

It comes through npm. Without that it fails; with PARALLAX_SKIP_NPM=1 in the environment it says so
and ends with 77, and the tests that need it are skipped, not passed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FILES = ("package.json", "package-lock.json")


def is_installed(folder):
    return (folder / "node_modules").is_dir() and all(
        (folder / name).exists() and (folder / name).read_bytes() == (HERE / name).read_bytes()
        for name in FILES)


def main(folder):
    if os.environ.get("PARALLAX_SKIP_NPM") == "1":
        print("left out, as PARALLAX_SKIP_NPM asks")
        return 77
    if is_installed(folder):
        return 0
    npm = shutil.which("npm")
    if not npm:
        print("there is no npm: scripts/setup installs it", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in FILES:
        shutil.copy(HERE / name, folder / name)
    # No package's own script has to run.
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          stdin=subprocess.DEVNULL, text=True, capture_output=True)
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        print("npm could not install the packages of tests/reports. Is the npm registry reachable? "
              f"PARALLAX_SKIP_NPM=1 leaves these tests out on purpose.\n{done.stdout}{done.stderr}",
              file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])) if len(sys.argv) == 2 else 1)
