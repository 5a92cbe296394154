"""The scripts as commands: arguments in, exit code, text and started programs out.

They run in a copy of scripts/ with a PATH that holds only the named programs, so that nothing is
installed and nothing is built.
"""

import gzip
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PLAIN = ["bash", "basename", "cat", "dirname", "env", "grep", "mkdir", "mv", "nproc", "rm", "sed",
         "sha256sum", "gzip", "tail", "tee", "test"]

# Answers for packages as the files of $STATE say: one file per package, its content the status.
DPKG_QUERY = """#!/bin/bash
status=0
for word in "$@"; do
    case "$word" in -*) continue ;; esac
    if [ -e "$STATE/$word" ]; then echo "$word $(cat "$STATE/$word")"; else status=1; fi
done
exit $status
"""
APT_GET = """#!/bin/bash
echo "apt-get DEBIAN_FRONTEND=$DEBIAN_FRONTEND $*" >>"$CALLS"
[ -z "$APT_FAILS" ] || exit 100
installing=
for word in "$@"; do
    if [ "$word" = install ]; then installing=1; continue; fi
    case "$word" in -*) continue ;; esac
    if [ -n "$installing" ] && [ -z "$APT_LIES" ]; then echo installed >"$STATE/$word"; fi
done
exit 0
"""
SUDO = """#!/bin/bash
echo "sudo $1" >>"$CALLS"
[ "$1" = -n ] && shift
exec "$@"
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        self.bin = self.root / "programs"
        self.state = self.root / "state"
        self.bin.mkdir()
        self.state.mkdir()
        self.calls = self.root / "calls"
        for name in PLAIN:
            (self.bin / name).symlink_to(shutil.which(name))
        self.program("dpkg-query", DPKG_QUERY)
        self.program("apt-get", APT_GET)
        self.user(0)
        # Whatever the list is, all of it is installed, unless a test takes something away.
        self.run_script("setup", "--sanitizers")
        self.assertGreater(len(list(self.state.iterdir())), 20)
        self.calls.unlink()

    def program(self, name, text):
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def user(self, number):
        self.program("id", f"#!/bin/bash\necho {number}\n")

    def run_script(self, name, *arguments, **environment):
        result = subprocess.run(
            [self.root / "scripts" / name, *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, cwd="/",
            env={"PATH": str(self.bin), "STATE": str(self.state), "CALLS": str(self.calls),
                 **environment})
        self.started = self.calls.read_text().splitlines() if self.calls.exists() else []
        return result

    # --- setup

    def test_setup_does_nothing_when_all_packages_are_there(self):
        result = self.run_script("setup")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.started, [])

    def test_setup_installs_exactly_what_is_missing(self):
        (self.state / "libfmt-dev").unlink()
        (self.state / "libdecaf-dev").write_text("config-files")
        result = self.run_script("setup")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(self.started), 2)
        self.assertTrue(self.started[0].endswith(" update"))
        self.assertTrue(self.started[0].startswith("apt-get DEBIAN_FRONTEND=noninteractive "))
        self.assertTrue(self.started[1].endswith(
            " install --yes --no-install-recommends libfmt-dev libdecaf-dev"), self.started)

    def test_setup_installs_clang_only_when_asked(self):
        (self.state / "clang-tidy").unlink()
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertEqual(self.started, [])
        self.assertEqual(self.run_script("setup", "--sanitizers").returncode, 0)
        self.assertTrue(self.started[1].endswith(" clang-tidy"))

    def test_setup_leaves_out_what_only_tests_need_when_asked(self):
        for package in ("libgtest-dev", "prometheus", "python3-grpcio"):
            (self.state / package).unlink()
        self.assertEqual(self.run_script("setup", "--build-only").returncode, 0)
        self.assertEqual(self.started, [])
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertIn("libgtest-dev prometheus python3-grpcio", self.started[1])

    def test_setup_uses_sudo_without_asking_for_a_password(self):
        self.user(1000)
        self.program("sudo", SUDO)
        (self.state / "mold").unlink()
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertEqual(self.started[0], "sudo -n")
        self.assertIn("DEBIAN_FRONTEND=noninteractive", self.started[1])

    def test_setup_without_root_and_sudo_says_what_is_missing(self):
        self.user(1000)
        (self.state / "mold").unlink()
        result = self.run_script("setup")
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no sudo", result.stderr)
        self.assertTrue(result.stderr.endswith("missing: mold\n"), result.stderr)

    def test_setup_elsewhere_than_on_debian_says_what_is_missing(self):
        (self.bin / "dpkg-query").unlink()
        result = self.run_script("setup")
        self.assertEqual(result.returncode, 1)
        self.assertIn("not a Debian system", result.stderr)
        self.assertIn("librocksdb-dev", result.stderr)

    def test_setup_without_apt_get_says_what_is_missing(self):
        (self.bin / "apt-get").unlink()
        (self.state / "mold").unlink()
        result = self.run_script("setup")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no apt-get", result.stderr)

    def test_setup_fails_when_apt_get_fails(self):
        (self.state / "mold").unlink()
        self.assertEqual(self.run_script("setup", APT_FAILS="1").returncode, 1)

    def test_setup_fails_when_something_is_still_missing_afterwards(self):
        (self.state / "mold").unlink()
        result = self.run_script("setup", APT_LIES="1")
        self.assertEqual(result.returncode, 1)
        self.assertTrue(result.stderr.endswith("missing: mold\n"), result.stderr)

    def test_unknown_options_are_usage_errors(self):
        for script in ("setup", "build", "test", "demo"):
            with self.subTest(script):
                result = self.run_script(script, "--no-such-option")
                self.assertEqual(result.returncode, 1)
                self.assertIn("--no-such-option", result.stderr)

    def test_help_prints_the_contract(self):
        for script in ("setup", "build", "test", "demo"):
            with self.subTest(script):
                result = self.run_script(script, "--help")
                self.assertEqual(result.returncode, 0)
                self.assertIn(f"scripts/{script}", result.stdout)

    # --- build and test

    def test_build_refuses_an_unknown_preset(self):
        result = self.run_script("build", "--preset", "fast")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no preset 'fast'", result.stderr)

    def fake_build(self, ctest_text, ctest_status, configures=True):
        self.program("cmake", '#!/bin/bash\necho "cmake $*" >>"$CALLS"\necho configuring\n'
                     + ("" if configures else "exit 1\n"))
        (self.root / "ctest_text").write_text(ctest_text)
        self.program("ctest", '#!/bin/bash\necho "ctest $*" >>"$CALLS"\n'
                     'echo "$TSAN_OPTIONS" >>"$CALLS"\n'
                     f'cat "{self.root}/ctest_text"\nexit {ctest_status}\n')

    def test_test_ends_with_the_closing_line_of_ctest(self):
        closing = "100% tests passed, 0 tests failed out of 7"
        self.fake_build(f"{closing}\n\nTotal Test time (real) = 1 sec\n", 0)
        result = self.run_script("test")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], closing)
        self.assertIn("--no-tests=error", self.started[-2])

    def test_test_fails_when_ctest_fails(self):
        self.fake_build("86% tests passed, 1 tests failed out of 7\n", 8)
        result = self.run_script("test", "--", "-R", "Compare")
        self.assertEqual(result.returncode, 8)
        self.assertTrue(result.stdout.endswith("86% tests passed, 1 tests failed out of 7\n"))
        self.assertTrue(self.started[-2].endswith(" -R Compare"), self.started)

    def test_test_fails_with_the_configure_log_when_cmake_fails(self):
        self.fake_build("100% tests passed, 0 tests failed out of 7\n", 0, configures=False)
        result = self.run_script("test")
        self.assertEqual(result.returncode, 1)
        self.assertIn("configuring", result.stderr)
        self.assertNotIn("tests passed", result.stdout)

    def test_test_tells_thread_sanitizer_to_judge_our_code_only(self):
        self.fake_build("100% tests passed, 0 tests failed out of 7\n", 0)
        self.assertEqual(self.run_script("test", "--preset", "tsan").returncode, 0)
        self.assertIn("ignore_noninstrumented_modules=1", self.started[-1])
        self.assertIn(f"suppressions={self.root}/tsan.supp", self.started[-1])

    # --- demo

    def fake_parallax(self, generate_status=0, replay_status=0, race_status=2,
                      reproduce_status=2, recorded_status=2):
        recording = self.root / "tests/data/demo/v3_pair.pxa.gz"
        recording.parent.mkdir(parents=True, exist_ok=True)
        recording.write_bytes(gzip.compress(b"recorded"))
        program = self.root / "build/release/bin/parallax"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/bash\necho "parallax $*" >>"$CALLS"\n'
                           'if [ "$1" = shrink ]; then echo timeline >"${!#%.pxb}.txt"; exit 0; fi\n'
                           f'[ "$1" = reproduce ] && exit {reproduce_status}\n'
                           'if [[ "$*" == *--fault* ]]; then mkdir -p "${!#}/bundles"\n'
                           f'touch "${{!#}}/bundles/1-2.pxb"; exit {race_status}; fi\n'
                           f'[[ "$*" == *v3_pair* ]] && exit {recorded_status}\n'
                           f'[ "$1" = replay ] && exit {replay_status}\n'
                           f'[ {generate_status} = 0 ] || exit {generate_status}\n'
                           'echo archive >"${!#}"\n')
        program.chmod(0o755)
        self.program("cmake", "#!/bin/bash\n")

    def test_demo_generates_then_replays(self):
        self.fake_parallax()
        self.assertEqual(self.run_script("demo").returncode, 0)
        self.assertEqual([line.split()[1] for line in self.started],
                         ["generate", "replay", "replay", "shrink", "reproduce", "replay"])

    def test_demo_generates_again_only_when_something_changed(self):
        self.fake_parallax()
        self.run_script("demo")
        self.run_script("demo")
        shown = ["replay", "replay", "shrink", "reproduce", "replay"]
        self.assertEqual([line.split()[1] for line in self.started], ["generate", *shown, *shown])
        self.fake_parallax(replay_status=2)
        self.run_script("demo")
        self.assertEqual(self.started[11].split()[1], "generate")

    def test_demo_ends_as_the_replay_did(self):
        for status in (1, 2, 3):
            with self.subTest(status):
                self.fake_parallax(replay_status=status)
                self.assertEqual(self.run_script("demo").returncode, status)

    def test_demo_says_when_the_planted_race_did_not_show(self):
        for race_status, status in ((0, 3), (1, 1), (3, 3)):
            with self.subTest(race_status):
                self.fake_parallax(race_status=race_status)
                self.assertEqual(self.run_script("demo").returncode, status)

    def test_demo_fails_when_the_smallest_schedule_does_not_show_the_race(self):
        for reproduce_status, status in ((0, 3), (1, 1), (3, 3)):
            with self.subTest(reproduce_status):
                self.fake_parallax(reproduce_status=reproduce_status)
                self.assertEqual(self.run_script("demo").returncode, status)

    def test_demo_fails_when_the_recorded_faults_are_not_found(self):
        for recorded_status, status in ((0, 3), (1, 1), (3, 3)):
            with self.subTest(recorded_status):
                self.fake_parallax(recorded_status=recorded_status)
                self.assertEqual(self.run_script("demo").returncode, status)

    def test_demo_keeps_nothing_of_a_failed_generation(self):
        self.fake_parallax(generate_status=1)
        self.assertEqual(self.run_script("demo").returncode, 1)
        self.fake_parallax()
        self.assertEqual(self.run_script("demo").returncode, 0)
        self.assertEqual([line.split()[1] for line in self.started],
                         ["generate", "generate", "replay", "replay", "shrink", "reproduce",
                          "replay"])


if __name__ == "__main__":
    unittest.main()
