"""The preset `odr` links with flags that see a class defined in two ways: with these flags a
program of two sources, one of whose `Journal` closes a descriptor, must not link.

    odr_test.py CMAKE_OPTIONS COMPILER
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PLAIN = """
namespace parallax {{ struct Journal {{ int lines = 0; ~Journal() {{}} }}; }}
int {function}() {{ parallax::Journal journal; return journal.lines; }}
"""
CLOSING = """
#include <string>
namespace parallax {{
class Journal {{
  public:
    ~Journal() {{ name_.clear(); }}
    std::string name_ = "journal";
}};
}}
int {function}() {{ parallax::Journal journal; return static_cast<int>(journal.name_.size()); }}
"""
MAIN = "int first(); int second(); int main() { return first() + second(); }"


def flags(options):
    """(compile, link) options of the preset, as cmake/ParallaxOptions.cmake has them."""
    block = re.search(r"if\(PARALLAX_ODR\)(.*?)endif\(\)", options, re.S).group(1)
    found = re.findall(r"INTERFACE ([^)]*)\)", block)
    return found[0].split(), found[1].split()


class OneDefinition(unittest.TestCase):
    def link(self, second):
        compile_flags, link_flags = flags(OPTIONS.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            objects = []
            for name, text in (("first", PLAIN.format(function="first")),
                               ("second", second.format(function="second")), ("main", MAIN)):
                source = Path(folder) / f"{name}.cpp"
                source.write_text(text, encoding="utf-8")
                objects.append(str(source.with_suffix(".o")))
                subprocess.run([COMPILER, "-O1", "-std=c++20", *compile_flags, "-c", str(source),
                                "-o", objects[-1]], check=True)
            return subprocess.run([COMPILER, "-O1", *compile_flags, *link_flags, *objects, "-o",
                                   str(Path(folder) / "program")], capture_output=True, text=True,
                                  check=False)

    def test_two_definitions_do_not_link(self):
        linked = self.link(CLOSING)
        self.assertNotEqual(linked.returncode, 0)
        self.assertIn("One Definition Rule", linked.stderr)

    def test_one_definition_twice_links(self):
        linked = self.link(PLAIN)
        self.assertEqual(linked.returncode, 0, linked.stderr)


if __name__ == "__main__":
    OPTIONS = Path(sys.argv[1])
    COMPILER = sys.argv[2]
    unittest.main(argv=sys.argv[:1])
