#!/usr/bin/env python3
"""check_format.py CLANG_FORMAT ROOT: exit 1 and the places where .clang-format would change ROOT.

First it proves on a badly formatted text that CLANG_FORMAT finds anything at all.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tree_rules


def main(clang_format, root):
    probe = subprocess.run([clang_format, "--dry-run", "-Werror", "--assume-filename=probe.cpp"],
                           input="int  a ;\n", text=True, cwd=root, capture_output=True)
    if probe.returncode == 0:
        print("clang-format accepts a badly formatted text: it cannot be trusted")
        return 1
    files = sorted(tree_rules.Tree(root).cxx())
    result = subprocess.run([clang_format, "--dry-run", "-Werror", *files], cwd=root)
    print(f"{len(files)} files looked at")
    return 1 if result.returncode != 0 or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
