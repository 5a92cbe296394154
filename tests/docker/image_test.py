#!/usr/bin/env python3
"""The image is built from what the build needs: every folder that it adds is copied.

    image_test.py ROOT
"""

import re
import sys
import unittest
from pathlib import Path

import yaml

ROOT = Path(sys.argv[1])


class Image(unittest.TestCase):
    def test_copies_every_folder_that_is_built(self):
        text = (ROOT / "CMakeLists.txt").read_text()
        always = re.sub(r"if\(.*?endif\(\)", "", text, flags=re.S)
        added = {name.split("/")[0] for name in re.findall(r"add_subdirectory\(([\w/]+)\)", always)}
        copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "docker/Dockerfile").read_text(), flags=re.M))
        self.assertTrue(added)
        self.assertEqual(added - copied, set())

    def test_is_what_the_compose_files_run(self):
        for path in ("docker/compose.yaml", "docker/attach/compose.yaml"):
            services = yaml.safe_load((ROOT / path).read_text())["services"]
            builds = [service["build"] for service in services.values() if "build" in service]
            self.assertTrue(builds, path)
            for build in builds:
                context = (ROOT / path).parent / build["context"]
                self.assertTrue((context / build["dockerfile"]).is_file(), path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
