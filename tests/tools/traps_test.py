#!/usr/bin/env python3
"""Every trap of docs/TRAPS.md names tests, and CTest has each of them.

    traps_test.py TRAPS.md CTEST BUILD_FOLDER
"""

import re
import subprocess
import sys
from pathlib import Path

# Of docs/TRAPS.md: with a new row it grows, and never shrinks.
TRAPS = 50
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
    if len(rows) != TRAPS:
        found.append(f"there are {len(rows)} traps, not {TRAPS}")
    for number, row in rows.items():
        names = TEST_NAME.findall(row.rsplit("|", 1)[-1])
        if not names:
            found.append(f"trap {number} has no test")
    found += [f"{name} is no test" for name in TEST_NAME.findall(table) if name not in tests]
    return found


def main():
    table, ctest, build = Path(sys.argv[1]).read_text(), sys.argv[2], sys.argv[3]
    tests = known_tests(ctest, build)
    found = problems(table, tests)
    if found:
        sys.exit("\n".join(found))
    # The check itself can fail.
    last = str(TRAPS)
    without_last = re.sub(rf"^\| {last} \|.*\n", "", table, flags=re.MULTILINE)
    # The newest row is one of those that cannot vanish, and a row past it is not passed over.
    if f"trap {last} is missing" not in problems(without_last, tests) or \
            f"there are {TRAPS + 1} traps, not {TRAPS}" not in \
            problems(f"{table}\n| {TRAPS + 1} | a | b | `A.b` |\n", tests):
        sys.exit("the check does not see how many traps there are")
    for broken, expected in (
            (re.sub(r"^(\| 7 \|.*\|.*\|).*\|$", r"\1 |", table, flags=re.MULTILINE),
             "trap 7 has no test"),
            (table + "`Shrink.none_such`", "Shrink.none_such is no test")):
        if problems(broken, tests) != problems(table, tests) + [expected] and \
                problems(broken, tests) != [expected] + problems(table, tests):
            sys.exit(f"the check does not see that {expected}: {problems(broken, tests)}")
    print(f"{TRAPS} traps, {len(TEST_NAME.findall(table))} names of tests")


if __name__ == "__main__":
    main()
