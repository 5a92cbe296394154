#!/usr/bin/env python3
"""Every trap of docs/TRAPS.md names tests, and CTest has each of them.

    traps_test.py TRAPS.md CTEST BUILD_FOLDER
"""

import re
import subprocess
import sys
from pathlib import Path

TRAPS = 22
# A test of several types or values is named without what comes behind it.
TEST_NAME = re.compile(r"`([A-Z][\w/]*\.\w+)`")


def known_tests(ctest, build):
    listing = subprocess.run([ctest, "--test-dir", build, "-N"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return set(re.findall(r"^ *Test +#\d+: ([\w/]+\.\w+)", listing, re.MULTILINE))


def problems(table, tests):
    """One line for each trap that is missing or without tests, and each name that is no test."""
    rows = dict(re.findall(r"^\| (\d+) \|(.*)\|$", table, re.MULTILINE))
    found = [f"trap {number} is missing" for number in map(str, range(1, TRAPS + 1))
             if number not in rows]
    for number, row in rows.items():
        names = TEST_NAME.findall(row.rsplit("|", 1)[-1])
        if not names:
            found.append(f"trap {number} has no test")
    found += [f"{name} is no test" for name in TEST_NAME.findall(table) if name not in tests]
    return found


def main():
    table, ctest, build = Path(sys.argv[1]).read_text(), sys.argv[2], sys.argv[3]
    tests = known_tests(ctest, build)
    # The check itself can fail.
    for broken, expected in (
            (re.sub(r"^\| 7 \|.*\n", "", table, flags=re.MULTILINE), "trap 7 is missing"),
            (re.sub(r"^(\| 7 \|.*\|.*\|).*\|$", r"\1 |", table, flags=re.MULTILINE),
             "trap 7 has no test"),
            (table + "`Shrink.none_such`", "Shrink.none_such is no test")):
        if problems(broken, tests) != problems(table, tests) + [expected] and \
                problems(broken, tests) != [expected] + problems(table, tests):
            sys.exit(f"the check does not see that {expected}: {problems(broken, tests)}")
    found = problems(table, tests)
    print("\n".join(found) or f"{TRAPS} traps, {len(TEST_NAME.findall(table))} names of tests")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
