#!/usr/bin/env python3
"""Checks the wire contract with buf: its STANDARD lint, and what was promised before.

    check.py install FOLDER    puts buf, at the version of package-lock.json, into FOLDER
    check.py lint FOLDER       the contract keeps buf's STANDARD rules
    check.py breaking FOLDER   nothing breaks that baseline.binpb promises, and it promises everything
    check.py canary FOLDER     lint and breaking find a contract that is wrong on purpose
    check.py accept FOLDER     makes the contract as it is now the new baseline

FOLDER is where buf is, or goes to. It comes through npm; without that install fails, and so do the
others. With PARALLAX_SKIP_BUF=1 in the environment they say so and end with 77: not checked.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent / "proto"
BASELINE = HERE / "baseline.binpb"
SKIPPED = 77


def fail(message):
    print(f"check.py: {message}", file=sys.stderr)
    return 1


def install(folder):
    npm = shutil.which("npm")
    if not npm:
        return fail("there is no npm: scripts/setup installs it")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        new = (HERE / name).read_bytes()
        old = folder / name
        if not old.exists() or old.read_bytes() != new:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            old.write_bytes(new)
    if buf(folder, "--version").returncode == 0:
        return 0
    # The program is in the package itself: no package's own script has to run.
    done = subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder,
                          stdin=subprocess.DEVNULL, text=True, capture_output=True)
    if done.returncode or buf(folder, "--version").returncode:
        return fail("npm could not install buf, so the wire contract is not checked. Is the npm "
                    "registry reachable? PARALLAX_SKIP_BUF=1 leaves these checks out on purpose.\n"
                    + done.stdout + done.stderr)
    return 0


def buf(folder, *arguments):
    program = folder / "node_modules/.bin/buf"
    if not program.exists():
        return subprocess.CompletedProcess(arguments, 127, "", f"{program} is not there")
    return subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, text=True,
                          capture_output=True)


def judge(done, what):
    if done.returncode == 0:
        return 0
    return fail(f"{what}:\n{done.stdout}{done.stderr}")


def image(folder, contract, path):
    return buf(folder, "build", contract, "--exclude-source-info", "-o", path)


def lint(folder):
    return judge(buf(folder, "lint", CONTRACT), "buf's lint has something to say")


def breaking(folder):
    broken = judge(buf(folder, "breaking", CONTRACT, "--against", BASELINE),
                   "the contract breaks what tests/proto/baseline.binpb promises; if that is meant, "
                   f"say so in CHANGELOG.md and run tests/proto/check.py accept {folder}")
    if broken:
        return broken
    with tempfile.TemporaryDirectory() as name:
        now = Path(name) / "now.binpb"
        wrong = judge(image(folder, CONTRACT, now), "the contract does not compile")
        # What the baseline does not know, nothing guards.
        if not wrong and now.read_bytes() != BASELINE.read_bytes():
            return fail("the contract has grown, and nothing is broken: promise it with "
                        f"tests/proto/check.py accept {folder}")
        return wrong


def accept(folder):
    return judge(image(folder, CONTRACT, BASELINE), "the contract does not compile")


def canary(folder):
    """The checks can fail: on a name that breaks the rules, and on a field of another type."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "proto"
        shutil.copytree(CONTRACT, copy)
        chain = copy / "parallax/v1/chain.proto"
        text = chain.read_text()
        changed = text.replace("uint64 topoheight = 1;", "uint32 topoheight = 1;")
        if changed == text:
            return fail("chain.proto has no 'uint64 topoheight = 1;' to break")
        chain.write_text(changed)
        if "topoheight" not in buf(folder, "breaking", copy, "--against", BASELINE).stdout:
            return fail("a field of another type is not found")
        chain.write_text(text + "\nmessage bad_name {}\n")
        if "bad_name" not in buf(folder, "lint", copy).stdout:
            return fail("a name that breaks the rules is not found")
    return 0


COMMANDS = {"install": install, "lint": lint, "breaking": breaking, "canary": canary,
            "accept": accept}


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 1
    if os.environ.get("PARALLAX_SKIP_BUF") == "1":
        print("PARALLAX_SKIP_BUF=1: the wire contract is not checked")
        return SKIPPED
    return COMMANDS[arguments[0]](Path(arguments[1]).resolve())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
