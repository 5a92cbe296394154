#!/usr/bin/env python3
"""Checks the rules that every file of the tree must keep, and prints each place that breaks one.

    tree_rules.py ROOT     exit 0: kept; exit 1: broken, one line per place

The rules are the functions in RULES. Each takes a Tree and yields findings; tree_rules_test.py
gives every one of them a tree that breaks it, so that none can pass for want of looking.
"""

import os
import re
import sys
from pathlib import Path, PurePosixPath

# Folder -> (module, level). A file includes its own module and lower levels; modules of one level
# are siblings, which never include each other. A chain's rules are for those alone that make its
# blocks on purpose, and for the program's list of chains: `SEES_CHAINS`.
MODULES = {
    "verifier/base": ("base", 0),
    "verifier/model": ("model", 1),
    "verifier/crypto": ("crypto", 2),
    "verifier/codec": ("codec", 3),
    "verifier/protocol": ("protocol", 4),
    "verifier/chains": ("chains", 5),
    "verifier/core": ("core", 5),
    "verifier/state": ("state", 6),
    "executors": ("executors", 6),
    "replay": ("replay", 6),
    "reports": ("reports", 6),
    "verifier/service": ("service", 6),
    "testbed": ("testbed", 7),
    "node": ("node", 7),
    "app": ("app", 8),
    # Exempt from the levels, and nothing above may include them.
    "tests": ("tests", 9),
    "benchmarks": ("benchmarks", 9),
}
EXEMPT = {"tests", "benchmarks"}
SEES_CHAINS = {"chains", "testbed", "node", "app"}

# Third-party headers that belong to one place: (prefixes, allowed path, what to say).
CONFINED = [
    (("rocksdb/",), re.compile(r"verifier/state/[^/]+\.cpp"), "verifier/state/*.cpp"),
    (("grpc/", "grpcpp/", "google/protobuf/", "parallax/v1/"),
     re.compile(r"verifier/service/.+"), "verifier/service"),
    (("CLI/",), re.compile(r"app/.+"), "app"),
    (("thread", "future", "mutex", "condition_variable", "pthread.h"),
     re.compile(r"(?!executors/).+|executors/runtime/.+"), "executors/runtime, of the executors,"),
    (("nlohmann/json.hpp",), re.compile(r".+\.cpp|verifier/codec/json_object\.hpp|node/.+"),
     "sources, node and verifier/codec/json_object.hpp"),
    (("boost/",), re.compile(r"node/rpc/.+"), "node/rpc"),
]

HEADER_LINES = (200, 400)  # wanted, allowed
SOURCE_LINES = (500, 800)
# What a machine may lack.
REASONS_TO_SKIP = ("no public vectors", "root may write everywhere")
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

# Written so that this file does not match itself.
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:work|farm|root|tmp|home/[a-z]\w*)(?=/[\w.])")
REGISTRY_HOST = re.compile(
    r"(?:deb|security|snapshot)\.debian[.]org|archive\.ubuntu[.]com|(?:docker|ghcr|quay)[.]io"
    r"|registry\.npmjs[.]org|(?:index\.|static\.)?crates[.]io|pypi[.]org|pythonhosted[.]org"
    r"|proxy\.golang[.]org"
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CXX = (".hpp", ".cpp")
SKIPPED_FOLDERS = re.compile(r"^(?:\.(?!ci$|github$).*|build.*|__pycache__)$")


class Tree:
    """The project's text files below `root`, by path from it."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = {}
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not SKIPPED_FOLDERS.match(name))
            for name in sorted(names):
                if name == ".git":
                    continue  # a linked working tree's, which says where the repository lies
                path = Path(folder) / name
                try:
                    text = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue
                self.files[path.relative_to(self.root).as_posix()] = text

    def cxx(self):
        """Sources and headers; not the list of headers that CMake has parsed ahead."""
        return {path: text for path, text in self.files.items()
                if path.endswith(CXX) and path != "cmake/precompiled.hpp"}


def module_of(path):
    """(module, level) of a path, or None outside every module."""
    for folder, module in MODULES.items():
        if path.startswith(folder + "/"):
            return module
    return None


def includes(text):
    """(line number, header, whether quoted) of each include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def code_without_comments_and_strings(text):
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S
    )
    return pattern.sub(lambda match: " " + "\n" * match.group(0).count("\n"), text)


def include_direction(tree):
    for path, text in tree.cxx().items():
        own = module_of(path)
        if own is None:
            yield f"{path}:1: belongs to no module: give its folder a level in tree_rules.py"
            continue
        for number, header, quoted in includes(text):
            place = f"{path}:{number}"
            target = module_of(header)
            if target is None:
                if quoted and "/" not in header:
                    yield f'{place}: "{header}" is not a full path from the root'
                continue
            if header not in tree.files and not header.endswith((".pb.h", ".grpc.pb.h")):
                yield f'{place}: "{header}" does not exist'
            if own[0] in EXEMPT:
                continue
            if target[0] != own[0] and target[1] >= own[1]:
                word = "its sibling" if target[1] == own[1] else "the higher level"
                yield f"{place}: {own[0]} includes {word} {target[0]} ({header})"
            elif target[0] == "chains" and own[0] not in SEES_CHAINS:
                yield (f"{place}: {own[0]} includes a chain's own {header}: all that it may see of "
                       f"a chain is verifier/protocol/protocol.hpp")


def confined_headers(tree):
    for path, text in tree.cxx().items():
        module = module_of(path)
        if module is None or module[0] in EXEMPT:
            continue
        for number, header, _ in includes(text):
            for prefixes, allowed, words in CONFINED:
                if header.startswith(prefixes) and not allowed.fullmatch(path):
                    yield f"{path}:{number}: {header} may be included by {words} only"


def namespace_of(path):
    """The namespace of a file's module."""
    module = module_of(path)
    parts = PurePosixPath(path).parts
    if path.startswith("verifier/chains/"):
        return "parallax::" + "::".join(parts[2:-1])
    if path.startswith("executors/"):
        return "::".join(["parallax", *parts[:-1][:2]])
    if module[0] == "benchmarks":
        return "parallax::bench"
    if module[0] == "tests":
        return "parallax"
    return "parallax::" + module[0]


def namespace_of_module(tree):
    """A module's names are its own: in one namespace for all, two classes of one name once met."""
    for path, text in tree.cxx().items():
        if module_of(path) is None:
            continue
        own = namespace_of(path)
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r"namespace ([\w:]+) \{", line)
            if not match or FORWARD_NAMESPACE.match(match[1]) and forward_only(text, number):
                continue
            name = match[1]
            if name != own and not name.startswith(own + "::") and name not in NESTED_NAMESPACES:
                yield f"{path}:{number}: {path} is in namespace {name}, not {own}"


# Of other projects, opened for forward declarations, and small ones inside a module's own.
FORWARD_NAMESPACE = re.compile(r"(?:parallax|CLI|google|prometheus|rocksdb|grpc)\b")
NESTED_NAMESPACES = {"note", "render_internal", "families_internal", "fields_internal",
                     "state_key_internal", "faulty_internal"}


def forward_only(text, number):
    """Whether the namespace that opens at a line holds forward declarations alone."""
    lines = text.splitlines()[number:]
    for at, line in enumerate(lines):
        if line.startswith("}"):
            return at > 0
        if line and not re.match(r"\s*(?:(?:class|struct|enum class) [\w: ]+;|//.*|template.*>)$", line):
            return False
    return False


CLASS_HEAD = re.compile(r"(?:template <.*> )?(?:class|struct)(?: [A-Z_]+\([^)]*\)| [A-Z_]+)? (\w+)"
                        r"(?: final)?(?: : .*)?(?: \{|$)")


def class_names(tree):
    """No class name twice in a namespace: the linker would take either one's members for both."""
    known = {}
    for path, text in tree.cxx().items():
        space = []
        for number, line in enumerate(text.splitlines(), 1):
            opened = re.match(r"(?:inline )?namespace ?([\w:]*) ?\{", line)
            if opened:
                space.append(opened[1])
            elif re.match(r"\}  // namespace", line) and space:
                space.pop()
            match = CLASS_HEAD.match(line)
            if not match or "" in space or line.endswith(";"):
                continue
            name = ("::".join(space), match[1])
            place = f"{path}:{number}"
            if name in known:
                yield f"{place}: {match[1]} is also in {known[name]}"
            known.setdefault(name, place)


FUNCTION_LINES = 70  # of a body; 40 are wanted
# Longer ones that are known: tables, and what waits to be one. Whoever shortens one takes it out.
LONG_FUNCTIONS = {
    ("testbed/faults/catalogue_mutants.cpp", "mutant_faults"),
    ("testbed/faults/catalogue_v3_balances.cpp", "v3_admission_and_balance_faults"),
    ("testbed/faults/catalogue_v3_merge.cpp", "v3_merge_faults"),
    ("verifier/model/error_code.cpp", "error_code_name"),
    ("testbed/workload/workload_failures.cpp", "FailureMaker::make"),
    ("app/commands/selftest_command.cpp", "selftest"),
    ("tests/service/daemon_test.cpp",
     "Daemon, killed_at_random_moments_loses_nothing_and_applies_nothing_twice"),
}
FUNCTION_HEAD = re.compile(
    r"(?:TEST\w*\((?P<test>[\w, ]+)\)|(?!return\b|else\b|using\b|EXPECT|ASSERT)"
    r"[\w:<>*&,\[\] ]*[\w>*&\]] (?P<name>[\w:~]+)\((?!.*\[[\w&=, ]*\]\()[^;]*\)[^;=]*) \{$")


def functions(text):
    """(line, name, lines of the body) of each function as clang-format lays it out."""
    lines = text.split("\n")
    for end, line in enumerate(lines):
        if not line.endswith("{"):
            continue
        start = end
        while start > 0 and not re.search(r"[;{}:]$|^\s*$|^\s*(?://|#)", lines[start - 1]):
            start -= 1
        match = FUNCTION_HEAD.match(" ".join(part.strip() for part in lines[start:end + 1]))
        if not match:
            continue
        indent = re.match(" *", lines[start])[0]
        for close in range(end + 1, len(lines)):
            if lines[close].startswith(indent + "}"):
                yield start + 1, match["test"] or match["name"], close - end - 1
                break


def function_lengths(tree):
    long = set()
    for path, text in tree.cxx().items():
        for line, name, length in functions(text):
            if length <= FUNCTION_LINES:
                continue
            long.add((path, name))
            if (path, name) not in LONG_FUNCTIONS:
                yield f"{path}:{line}: {name} has {length} lines, more than {FUNCTION_LINES}"
    for path, name in sorted(LONG_FUNCTIONS - long):
        if path in tree.files:
            yield f"{path}:1: {name} is not too long any more: take it out of LONG_FUNCTIONS"


# Headers and sources that need one another, as known; whoever parts some takes them out.
INCLUDE_LOOPS = [
    {"testbed/workload/workload", "testbed/workload/workload_accounts",
     "testbed/workload/workload_actions", "testbed/workload/workload_draft",
     "testbed/workload/workload_factory", "testbed/workload/workload_failures",
     "testbed/workload/workload_signing"},
    {"reports/analysis/finding_amounts", "reports/analysis/finding_cause"},
    {"reports/analysis/finding_pair", "reports/analysis/report", "reports/record/report_times",
     "reports/record/run_agreement"},
    {"reports/analysis/finding_steps", "reports/analysis/finding_view"},
    {"verifier/core/verification/block_verification", "verifier/core/verification/verify_block"},
]


def loops_between_files(tree):
    """Sets of files that reach one another by includes; a header and its source are one."""
    def unit(path):
        return path.rsplit(".", 1)[0]
    graph = {}
    for path, text in tree.cxx().items():
        if (module_of(path) or ("tests",))[0] in EXEMPT:
            continue
        needs = graph.setdefault(unit(path), set())
        needs.update(unit(header) for _, header, _ in includes(text) if header in tree.files)
        needs.discard(unit(path))
    reach = {}
    for start in graph:
        seen, waiting = set(), [start]
        while waiting:
            for needed in graph.get(waiting.pop(), ()):
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
        reach[start] = seen
    loops = []
    for start in sorted(graph):
        loop = {other for other in reach[start] if start in reach.get(other, ())}
        if len(loop) > 1 and loop not in loops:
            loops.append(loop)
    return loops


def include_loops(tree):
    found = loops_between_files(tree)
    for loop in found:
        if loop not in INCLUDE_LOOPS:
            yield f"{min(loop)}: includes go round in a loop: {', '.join(sorted(loop))}"
    for loop in INCLUDE_LOOPS:
        if loop not in found and all(f"{name}.hpp" in tree.files for name in loop):
            yield f"{min(loop)}: is in no loop any more: take it out of INCLUDE_LOOPS"


def file_lengths(tree):
    for path, text in tree.cxx().items():
        allowed = (HEADER_LINES if path.endswith(".hpp") else SOURCE_LINES)[1]
        lines = text.count("\n")
        if lines > allowed:
            yield f"{path}:{allowed}: {lines} lines, more than {allowed}"


def long_files(tree):
    """Not a rule: what is longer than wanted."""
    for path, text in tree.cxx().items():
        wanted, allowed = HEADER_LINES if path.endswith(".hpp") else SOURCE_LINES
        lines = text.count("\n")
        if wanted < lines <= allowed:
            yield f"{path}: {lines} lines, wanted at most {wanted}"


def listed_sources(tree):
    """Every source is named in a CMakeLists.txt: what is not built tests nothing."""
    listed = set()
    for path, text in tree.files.items():
        if PurePosixPath(path).name != "CMakeLists.txt":
            continue
        folder = PurePosixPath(path).parent
        for token in re.findall(r"[^\s()\"]+\.cpp", re.sub(r"#[^\n]*", "", text)):
            root = re.match(r"\$\{(?:CMAKE|PROJECT|parallax)_SOURCE_DIR\}/", token)
            name = token[root.end():] if root else (folder / token).as_posix()
            listed.add(os.path.normpath(name))
    for path in tree.cxx():
        if path.endswith(".cpp") and path not in listed:
            yield f"{path}:1: no CMakeLists.txt lists it, so it is never built"


def house_style(tree):
    for path, text in tree.cxx().items():
        if PurePosixPath(path).stem in VAGUE_NAMES:
            yield f"{path}:1: a file is named after its idea, not '{PurePosixPath(path).stem}'"
        if path.endswith(".hpp") and not text.startswith("#pragma once\n"):
            yield f"{path}:1: a header starts with #pragma once"
        module = module_of(path)
        if module is None or module[0] in EXEMPT:
            continue
        for number, line in enumerate(code_without_comments_and_strings(text).splitlines(), 1):
            if re.search(r"\bthrow\b", line):
                yield f"{path}:{number}: we throw nothing"


def portable_text(tree):
    for path, text in tree.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in (("path of a machine", MACHINE_PATH),
                                  ("registry host", REGISTRY_HOST)):
                match = pattern.search(line)
                if match:
                    yield f"{path}:{number}: {what}: {match.group(0)}"


def command_words(line):
    return re.sub(r"\s#.*", "", line.removeprefix("$ ")).split()


# Where the options of settings are, beside those of commands.
SETTINGS = "verifier/service/settings/settings_table.cpp"


def documented_commands(tree):
    """What the documents tell a reader to type exists: scripts, subcommands, options, links."""
    command_line = "".join(text for path, text in tree.files.items()
                           if path.startswith("app/") and path.endswith(".cpp")
                           or path == SETTINGS)
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        folder = PurePosixPath(path).parent
        fenced = False
        for number, line in enumerate(text.splitlines(), 1):
            place = f"{path}:{number}"
            for link in re.findall(r"\]\(([^)#\s:]+)(?:#[^)\s]*)?\)", line):
                if not (tree.root / folder / link).exists():
                    yield f"{place}: the link {link} leads nowhere"
            for script in re.findall(r"(?<![\w/.])(?:scripts|\.ci)/[\w.]+\w", line):
                if not os.access(tree.root / script, os.X_OK):
                    yield f"{place}: {script} is not an executable file"
            if line.startswith("```"):
                fenced = not fenced
            if not fenced or line.startswith("```"):
                continue
            words = command_words(line)
            if not words:
                continue
            if re.search(r"(?:^|/)parallax$", words[0]) and len(words) > 1:
                if words[1].endswith(":"):
                    continue  # the program speaking, in a transcript
                source = f"app/commands/{words[1].replace('-', '_')}_command.cpp"
                if not words[1].startswith("-") and source not in tree.files:
                    yield f"{place}: parallax has no command '{words[1]}'"
                spoken = command_line
            elif words[0] in tree.files:
                # A script may hand options on to the programs.
                spoken = tree.files[words[0]] + command_line
            else:
                continue
            for option in re.findall(r"(?<=\s)(--[a-z][\w-]*)", " " + " ".join(words)):
                if not re.search(re.escape(option) + r"(?![\w-])", spoken):
                    yield f"{place}: {words[0]} has no option {option}"


def skipped_tests(tree):
    """A test that is left out in one mode only is how a fault stays unseen there."""
    for path, text in tree.files.items():
        if not (path.startswith("tests/") and path.endswith(CXX)):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if "DISABLED_" in line:
                yield f"{path}:{number}: a test that is switched off: mend or delete it"
            skip = re.search(r'GTEST_SKIP\(\)(?: << "([^"]*)")?', line)
            if skip and not (skip[1] or "").startswith(REASONS_TO_SKIP):
                yield (f"{path}:{number}: a test may be skipped only because of "
                       f"{' or '.join(REASONS_TO_SKIP)}")


# Switches of the verifier's own faults: where they are declared, obeyed and set.
FAULTY_VERIFIER = re.compile(
    r"verifier/core/\w+/(?:verifier_fault|verify_block|faulty_comparison|block_verification)\.[hc]pp"
    r"|executors/exploration/explorer\.[hc]pp|testbed/faults/\w+\.[hc]pp|app/commands/selftest_command\.cpp"
    r"|tests/.*")


# What fingerprints are made from holds no words: (files, what none of their code may mention).
FINGERPRINTS = re.compile(
    r"verifier/core/diagnosis/(?:fingerprint|cause|cause_case|cause_evidence|\w+_causes"
    r"|error_checks)\.[ch]pp")
WORDS = re.compile(r"\bsentence\b|\bcause_text\b|\bfmt::|(?:\.|->)path\b|\brender_summary\b"
                   r"|\brender_enum\b|\bto_string\b|\w+_name\(")
# Of a fingerprint's bytes, who may write them.
FINGERPRINT_WRITERS = re.compile(r"\bfingerprint_of\(|\bset_group\(")


def fingerprints_of_values(tree):
    for path, text in tree.cxx().items():
        module = module_of(path)
        if module is None or module[0] in EXEMPT:
            continue
        code = code_without_comments_and_strings(text)
        for number, line in enumerate(code.splitlines(), 1):
            word = WORDS.search(line) if FINGERPRINTS.fullmatch(path) else None
            if word:
                yield (f"{path}:{number}: {word.group(0)} is for people: causes and fingerprints "
                       "are made from values")
            writer = FINGERPRINT_WRITERS.search(line)
            if writer and not path.startswith("verifier/core/diagnosis/f"):
                yield (f"{path}:{number}: {writer.group(0)}..) is for "
                       "verifier/core/diagnosis/finding.cpp alone")


def sound_verifier(tree):
    """No path but the selftest's can switch on a fault of the verifier."""
    for path, text in tree.files.items():
        if path.endswith(CXX) and not FAULTY_VERIFIER.fullmatch(path):
            for number, line in enumerate(text.splitlines(), 1):
                if re.search(r"verifier_fault|VerifierFault", line):
                    yield f"{path}:{number}: a fault of the verifier outside the selftest"


# Notes that comments cite by section -> the document that has it.
NOTES = {"protocol": "docs/protocol/e1.md", "node": "docs/protocol/node.md",
         "library": "docs/protocol/libraries.md"}
# V3 numbers its quirks for itself: so do files that are about it, and comments that name its notes.
V3_NOTES = "docs/protocol/v3.md"
OF_V3 = re.compile(r"(?:^|/)v3(?:_|/)|_v3\.")
COMMENT_BREAK = r"(?:\s|\s*\n\s*//+\s*)"
CITED_NOTE = re.compile(rf"\b({'|'.join(NOTES)}){COMMENT_BREAK}notes,{COMMENT_BREAK}"
                        r"(appendix\s[A-Z]|\d+(?:\.\d+)*)|\b(?:reference)\b,\s\d+\.\d")
CITED_QUIRK = re.compile(r"\bquirk (Q\d+)\b", re.I)


def cited_notes(tree):
    """What a comment cites of the chain's rules is there for a reader to open."""
    known = {}
    for name, path in NOTES.items():
        text = tree.files.get(path, "")
        known[name] = {number.lower() for number in re.findall(
            r"^(?:#+ |\*\*)(Appendix [A-Z]|\d+(?:\.\d+)*)\b", text, re.M)}
    quirks = {path: set(re.findall(r"^\| (Q\d+) \|", tree.files.get(path, ""), re.M))
              for path in (NOTES["protocol"], V3_NOTES)}
    for path, text in tree.cxx().items():
        for match in CITED_NOTE.finditer(text):
            place = f"{path}:{text.count(chr(10), 0, match.start()) + 1}"
            if match[1] is None:
                yield f"{place}: cites a reference that is not in the tree"
            elif match[2].lower() not in known[match[1]]:
                yield f"{place}: {NOTES[match[1]]} has no section {match[2]}"
        for match in CITED_QUIRK.finditer(text):
            is_v3 = OF_V3.search(path) or "v3.md" in text[max(0, match.start() - 60):match.start()]
            notes = V3_NOTES if is_v3 else NOTES["protocol"]
            if match[1] not in quirks[notes]:
                yield (f"{path}:{text.count(chr(10), 0, match.start()) + 1}: "
                       f"{notes} has no {match[1]}")


RULES = [include_direction, confined_headers, namespace_of_module, class_names,
         function_lengths, include_loops, file_lengths, listed_sources, house_style,
         portable_text, documented_commands,
         skipped_tests, fingerprints_of_values, sound_verifier, cited_notes]


def check(root):
    tree = Tree(root)
    return [f"{finding} [{rule.__name__}]" for rule in RULES for finding in rule(tree)]


def main(arguments):
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 1
    tree = Tree(arguments[0])
    if not tree.cxx():
        print("no C++ files there: nothing was checked", file=sys.stderr)
        return 1
    for note in long_files(tree):
        print(f"note: {note}")
    findings = check(arguments[0])
    for finding in findings:
        print(finding)
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
