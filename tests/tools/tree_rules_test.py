"""Each rule of tree_rules.py against a tree that keeps it and trees that break it."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import tree_rules

KEPT = {
    "verifier/model/word.hpp": "#pragma once\n\n#include <string>\n",
    "verifier/codec/bytes.hpp": '#pragma once\n\n#include "verifier/model/word.hpp"\n',
    "verifier/codec/bytes.cpp": '#include "verifier/codec/bytes.hpp"\n// we throw nothing\n',
    "verifier/codec/CMakeLists.txt": "verifier_library(NAME codec SOURCES bytes.cpp)\n",
    "verifier/state/store.cpp": "#include <rocksdb/db.h>\n",
    "verifier/state/CMakeLists.txt": "verifier_library(NAME state SOURCES store.cpp)\n",
    "app/commands/replay_command.cpp": '#include <CLI/CLI.hpp>\nauto a = "--from";\n',
    "app/CMakeLists.txt": "verifier_library(NAME app SOURCES commands/replay_command.cpp)\n",
    "replay/loop.hpp": '#pragma once\n\n#include "verifier/codec/bytes.hpp"\n',
    "tests/state/store_test.cpp": '#include "verifier/state/store.hpp"\n',
    "tests/state/CMakeLists.txt": "verifier_test(NAME t SOURCES store_test.cpp)\n",
    "verifier/state/store.hpp": "#pragma once\n",
    "README.md": "[map](docs/MAP.md)\n```\nbuild/release/bin/parallax replay --from 3\n```\n",
    "docs/MAP.md": "words\n",
}


class TreeRules(unittest.TestCase):
    def findings(self, changes):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**KEPT, **changes}.items():
                file = Path(root) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return tree_rules.check(root)

    def expect(self, rule, place, changes):
        found = self.findings(changes)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(place), found)
        self.assertTrue(found[0].endswith(f"[{rule}]"), found)

    def test_a_tree_that_keeps_them_has_no_finding(self):
        self.assertEqual(self.findings({}), [])

    def test_every_rule_is_broken_by_some_test_here(self):
        source = Path(__file__).read_text()
        for rule in tree_rules.RULES:
            self.assertIn(f'self.expect("{rule.__name__}"', source)

    def test_a_citation_that_leads_nowhere(self):
        notes = {"docs/protocol/e1.md": "### 8.3 Rewards\n\n## Appendix A. Example\n| Q1 | x | R |\n"}
        source = "verifier/codec/bytes.cpp"
        for cited, found in (("protocol notes, 8.4", "docs/protocol/e1.md has no section 8.4"),
                             ("protocol\n// notes, 9", "docs/protocol/e1.md has no section 9"),
                             ("quirk Q2", "docs/protocol/e1.md has no Q2"),
                             ("node notes, 1", "docs/protocol/node.md has no section 1"),
                             ("semantics reference, 8.3", "cites a reference")):
            self.expect("cited_notes", f"{source}:1: {found}", {
                **notes, source: f"// ({cited}).\n"})
        self.assertEqual(self.findings({
            **notes, source: "// protocol notes, 8.3; protocol notes, appendix A; quirk Q1\n"}), [])

    def test_namespace_of_another_module(self):
        for outside in ("parallax", "parallax::state", "other"):
            self.expect("namespace_of_module", "replay/loop.hpp:2: replay/loop.hpp is in namespace", {
                "replay/loop.hpp": f"#pragma once\nnamespace {outside} {{\n}}\n"})
        for own in ("parallax::replay", "parallax::replay::names"):
            self.assertEqual(self.findings({
                "replay/loop.hpp": f"#pragma once\nnamespace {own} {{\n}}\n"}), [])

    def test_function_that_is_too_long(self):
        body = "    step();\n" * 71
        for head in ("int run(int a,\n        int b) {", "TEST(Store, reads) {",
                     "std::optional<int> Store::run(\n    int a) const noexcept {"):
            self.expect("function_lengths", "verifier/state/store.cpp:2:", {
                "verifier/state/store.cpp": f"// long\n{head}\n{body}}}\n"})
        short = "int run() {\n" + "    step();\n" * 70 + "}\n"
        self.assertEqual(self.findings({"verifier/state/store.cpp": short}), [])

    def test_long_function_that_is_listed_and_short(self):
        path, name = sorted(tree_rules.LONG_FUNCTIONS)[0]
        folder = str(Path(path).parent)
        self.expect("function_lengths", f"{path}:1: {name} is not too long any more", {
            path: f"int {name}() {{\n}}\n",
            f"{folder}/CMakeLists.txt": f"verifier_library(NAME x SOURCES {Path(path).name})\n"})

    def test_includes_that_go_round(self):
        header = "#pragma once\n#include \"replay/{}.hpp\"\n"
        self.expect("include_loops", "replay/loop: includes go round in a loop: replay/loop, replay/pass", {
            "replay/loop.hpp": header.format("pass"), "replay/pass.hpp": header.format("loop")})
        known = sorted(tree_rules.INCLUDE_LOOPS[0])
        self.expect("include_loops", f"{known[0]}: is in no loop any more", {
            f"{name}.hpp": "#pragma once\n" for name in known})

    def test_class_name_twice_in_a_namespace(self):
        """What two journals in one namespace once did: one destructor ran on the other's objects."""
        journal = "namespace parallax::replay {{\n{} Journal {{\n}};\n}}  // namespace parallax::replay\n"
        self.expect("class_names", "replay/paper.hpp:3: Journal is also in replay/loop.hpp:3", {
            "replay/loop.hpp": "#pragma once\n" + journal.format("class"),
            "replay/paper.hpp": "#pragma once\n" + journal.format("struct")})
        hidden = ("namespace parallax::replay {\nnamespace {\nstruct Journal {\n};\n}  // namespace\n"
                  "}  // namespace parallax::replay\n")
        self.assertEqual(self.findings({
            "replay/loop.hpp": "#pragma once\n" + journal.format("class"),
            "replay/paper.hpp": "#pragma once\n" + hidden}), [])

    def test_skipped_tests(self):
        for line, place in (('GTEST_SKIP() << "not with speculative";', "a test may be skipped"),
                            ("GTEST_SKIP();", "a test may be skipped"),
                            ("TEST(Store, DISABLED_reads) {}", "a test that is switched off")):
            self.expect("skipped_tests", f"tests/state/store_test.cpp:1: {place}", {
                "tests/state/store_test.cpp": line + "\n"})
        self.assertEqual(self.findings({
            "tests/state/store_test.cpp": 'GTEST_SKIP() << "no public vectors at " << path;\n'}), [])

    def test_fingerprint_that_is_made_from_words(self):
        folder = "verifier/core/diagnosis"
        for name in ("fingerprint.cpp", "cause.cpp", "row_causes.cpp"):
            for code in ("hash(finding.sentence);", "hash(first.path);", "hash(cause_text(cause));",
                         "hash(section_name(section));", 'hash(fmt::format("{}", cause));'):
                self.expect("fingerprints_of_values", f"{folder}/{name}:2: ", {
                    f"{folder}/{name}": f"// a sentence\n{code}\n",
                    "verifier/core/CMakeLists.txt":
                        f"verifier_library(NAME core SOURCES diagnosis/{name})\n"})

    def test_fingerprint_that_somebody_else_makes(self):
        self.expect("fingerprints_of_values", "app/commands/replay_command.cpp:2: ", {
            "app/commands/replay_command.cpp":
                '#include <CLI/CLI.hpp>\nset_group(group, hash); auto a = "--from";\n'})

    def test_fault_of_the_verifier_outside_the_selftest(self):
        self.expect("sound_verifier", "app/commands/replay_command.cpp:2: a fault of the verifier", {
            "app/commands/replay_command.cpp":
                'auto a = "--from";\npolicy.verifier_fault = VerifierFault::kSkipsState;\n'})

    def test_include_of_a_higher_level(self):
        self.expect("include_direction", "verifier/model/word.hpp:3: model includes the higher", {
            "verifier/model/word.hpp": '#pragma once\n\n#include "verifier/state/store.hpp"\n'})

    def test_include_of_a_sibling(self):
        self.expect("include_direction", "replay/loop.hpp:2: replay includes its sibling state", {
            "replay/loop.hpp": '#pragma once\n#include "verifier/state/store.hpp"\n'})

    def test_include_of_a_sibling_in_angle_brackets(self):
        self.expect("include_direction", "replay/loop.hpp:2: replay includes its sibling state", {
            "replay/loop.hpp": "#pragma once\n  #  include <verifier/state/store.hpp>\n"})

    CHAIN = {"verifier/chains/tos/wire.hpp": "#pragma once\n"}

    def test_include_of_a_chain_by_core(self):
        self.expect("include_direction", "verifier/core/x.hpp:2: core includes its sibling chains", {
            "verifier/core/x.hpp": '#pragma once\n#include "verifier/chains/tos/wire.hpp"\n',
            **self.CHAIN})

    def test_include_of_core_by_a_chain(self):
        self.expect("include_direction", "verifier/chains/tos/x.hpp:2: chains includes its sibling", {
            "verifier/chains/tos/x.hpp": '#pragma once\n#include "verifier/core/x.hpp"\n',
            "verifier/core/x.hpp": "#pragma once\n"})

    def test_include_of_a_chain_from_above(self):
        for folder, module in (("executors/batch", "executors"), ("replay", "replay"),
                               ("reports", "reports"), ("verifier/state", "state"),
                               ("verifier/service", "service")):
            path = f"{folder}/x.hpp"
            self.expect("include_direction", f"{path}:2: {module} includes a chain's own", {
                path: '#pragma once\n#include "verifier/chains/tos/wire.hpp"\n', **self.CHAIN})

    def test_include_of_test_code_by_the_product(self):
        self.expect("include_direction", "replay/loop.hpp:2: replay includes the higher level", {
            "replay/loop.hpp": '#pragma once\n#include "tests/support/keys.hpp"\n',
            "tests/support/keys.hpp": "#pragma once\n"})

    def test_include_of_a_missing_file(self):
        self.expect("include_direction", 'replay/loop.hpp:2: "verifier/core/gone.hpp" does not', {
            "replay/loop.hpp": '#pragma once\n#include "verifier/core/gone.hpp"\n'})

    def test_include_that_is_not_a_full_path(self):
        self.expect("include_direction", 'verifier/codec/bytes.cpp:1: "bytes.hpp" is not a full', {
            "verifier/codec/bytes.cpp": '#include "bytes.hpp"\n'})

    def test_folder_without_a_level(self):
        self.expect("include_direction", "verifier/extra/x.hpp:1: belongs to no module", {
            "verifier/extra/x.hpp": "#pragma once\n"})

    def test_rocksdb_outside_the_store(self):
        self.expect("confined_headers", "replay/loop.hpp:2: rocksdb/db.h", {
            "replay/loop.hpp": "#pragma once\n#include <rocksdb/db.h>\n"})

    def test_rocksdb_in_a_header_of_the_store(self):
        self.expect("confined_headers", "verifier/state/store.hpp:2: rocksdb/db.h", {
            "verifier/state/store.hpp": '#pragma once\n#include "rocksdb/db.h"\n'})

    def test_grpc_outside_the_service(self):
        self.expect("confined_headers", "replay/loop.hpp:2: grpcpp/grpcpp.h", {
            "replay/loop.hpp": "#pragma once\n#include <grpcpp/grpcpp.h>\n"})

    def test_generated_messages_outside_the_service(self):
        self.expect("confined_headers", "replay/loop.hpp:2: parallax/v1/chain.pb.h", {
            "replay/loop.hpp": "#pragma once\n#include \"parallax/v1/chain.pb.h\"\n"})

    def test_command_line_library_outside_the_command_line(self):
        self.expect("confined_headers", "replay/loop.hpp:2: CLI/CLI.hpp", {
            "replay/loop.hpp": "#pragma once\n#include <CLI/CLI.hpp>\n"})

    def test_executor_with_threads_of_its_own(self):
        self.expect("confined_headers", "executors/fast/fast.hpp:2: thread may", {
            "executors/fast/fast.hpp": "#pragma once\n#include <thread>\n",
            "executors/runtime/pool.hpp": "#pragma once\n#include <thread>\n"})

    def test_json_library_in_a_header(self):
        self.expect("confined_headers", "replay/loop.hpp:2: nlohmann/json.hpp", {
            "replay/loop.hpp": "#pragma once\n#include <nlohmann/json.hpp>\n"})

    def test_header_that_is_too_long(self):
        self.expect("file_lengths", "replay/loop.hpp:400: 401 lines", {
            "replay/loop.hpp": "#pragma once\n" + "\n" * 400})

    def test_source_that_is_too_long(self):
        self.expect("file_lengths", "verifier/codec/bytes.cpp:800: 801 lines", {
            "verifier/codec/bytes.cpp": "\n" * 801})

    def test_longer_than_wanted_is_only_noted(self):
        with tempfile.TemporaryDirectory() as root:
            file = Path(root) / "replay/loop.hpp"
            file.parent.mkdir()
            file.write_text("#pragma once\n" + "\n" * 200)
            self.assertEqual(tree_rules.check(root), [])
            notes = list(tree_rules.long_files(tree_rules.Tree(root)))
        self.assertEqual(notes, ["replay/loop.hpp: 201 lines, wanted at most 200"])

    def test_test_file_that_no_target_builds(self):
        self.expect("listed_sources", "tests/state/forgotten_test.cpp:1", {
            "tests/state/forgotten_test.cpp": "\n"})

    def test_source_that_is_listed_in_a_comment_only(self):
        self.expect("listed_sources", "verifier/codec/bytes.cpp:1", {
            "verifier/codec/CMakeLists.txt": "# verifier_library(SOURCES bytes.cpp)\n"})

    def test_source_that_is_listed_from_another_folder(self):
        self.assertEqual(self.findings({
            "tests/support/keys.cpp": "\n",
            "tests/support/names.cpp": "\n",
            "tests/state/CMakeLists.txt":
                "add(store_test.cpp ../support/keys.cpp\n"
                "    ${CMAKE_SOURCE_DIR}/tests/support/names.cpp)\n"}), [])

    def test_throw(self):
        self.expect("house_style", "verifier/codec/bytes.cpp:3: we throw nothing", {
            "verifier/codec/bytes.cpp": '/* a\n throw */ auto a = "throw";\nvoid f() { throw 1; }\n'})

    def test_vague_file_name(self):
        self.expect("house_style", "replay/utils.hpp:1", {"replay/utils.hpp": "#pragma once\n"})

    def test_header_without_guard(self):
        self.expect("house_style", "replay/loop.hpp:1", {"replay/loop.hpp": "int a;\n"})

    def test_path_of_a_machine(self):
        for path in ("work", "root", "tmp", "home/somebody"):
            with self.subTest(path):
                self.expect("portable_text", "docs/MAP.md:2: path of a machine", {
                    "docs/MAP.md": f"words\nsee /{path}/main\n"})

    def test_registry_host(self):
        for host in ("deb.debian" + ".org", "docker" + ".io", "registry.npmjs" + ".org"):
            with self.subTest(host):
                self.expect("portable_text", "docs/MAP.md:1: registry host", {
                    "docs/MAP.md": f"from {host}\n"})

    def test_documented_script_that_is_missing(self):
        self.expect("documented_commands", "README.md:1: scripts/fly", {
            "README.md": "Run `scripts/fly`.\n"})

    def test_documented_command_that_is_missing(self):
        self.expect("documented_commands", "README.md:2: parallax has no command 'fly'", {
            "README.md": "```\nbuild/release/bin/parallax fly\n```\n"})

    def test_documented_option_that_is_missing(self):
        self.expect("documented_commands", "README.md:2: build/release/bin/parallax has no", {
            "README.md": "```\nbuild/release/bin/parallax replay --fro 3\n```\n"})

    def test_link_that_leads_nowhere(self):
        self.expect("documented_commands", "docs/MAP.md:1: the link ../GONE.md", {
            "docs/MAP.md": "[x](../GONE.md#part) [y](https://example.com/a)\n"})

    def test_an_empty_tree_is_an_error(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(tree_rules.main([root]), 1)


if __name__ == "__main__":
    unittest.main()
