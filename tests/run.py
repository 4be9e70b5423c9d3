#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `./dev test [NAME…]` runs: unit and connector tests of the build, the sandbox's own, the daemon's, Tryton end to end.

A NAME is a part of a suite's, a module's or a test's name; without one everything runs. A daemon test is a function
`test_…(world)` in tests/daemon/test_*.py; it gets a folder of its own, runs in a process of its own and has a time budget
(`@budget(seconds)`). Its docstring may name the rows of the fault list it answers: `covers: P1 D2`.
Last line: `N passed, N failed, N skipped`; exit 1 if anything failed.
"""
import argparse
import collections
import concurrent.futures
import importlib
import inspect
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DAEMON = ROOT / "tests/daemon"
sys.path[:0] = [str(ROOT / "tests/lib"), str(DAEMON)]
from tandem import Failure, Skip, World, free_port  # noqa: E402

FAULTS = (("P", 14), ("D", 13), ("A", 37), ("W", 14), ("H", 11), ("V", 20))
BUDGET_DEFAULT = 60
GRACE = 40              # seconds a test that is over its budget has to put its servers down

Result = collections.namedtuple("Result", "name state seconds text passed failed skipped")


def result(name, state, seconds, text=""):
    counts = {"passed": (1, 0, 0), "failed": (0, 1, 0), "skipped": (0, 0, 1)}[state]
    return Result(name, state, seconds, text, *counts)


class Screen:
    """One line a test as it ends, its evidence below it when it failed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.results = []
        self.colour = sys.stdout.isatty()

    def heading(self, text):
        with self.lock:
            print("\n%s" % text, flush=True)

    def show(self, one):
        sign = {"passed": "ok     ", "failed": "FAILED ", "skipped": "skipped"}[one.state]
        if self.colour:
            sign = "\033[%dm%s\033[0m" % ({"passed": 32, "failed": 31, "skipped": 33}[one.state], sign)
        more = " (%d)" % one.passed if one.passed > 1 else ""
        with self.lock:
            self.results.append(one)
            print("  %s %-64s %6.1f s" % (sign, one.name + more, one.seconds), flush=True)
            if one.state != "passed" and one.text:
                print("".join("      | %s\n" % line for line in one.text.rstrip().splitlines()), end="", flush=True)


# --- tests of the build: meson knows them -----------------------------------------------------------------------------


def meson_tests(build):
    """(suite, name) of the unit and connector tests that the build has."""
    listed = subprocess.run(["meson", "introspect", "--tests", str(build)], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=True)
    found = []
    for test in json.loads(listed.stdout):
        for suite in test["suite"]:
            suite = suite.rpartition(":")[2]
            if suite in ("unit", "connectors"):
                found.append((suite, test["name"]))
    return found


def tap_counts(output, result_word):
    """(passed, failed, skipped, lines that failed) of one TAP program."""
    failed, skipped, passed, bad = 0, [], 0, []
    for line in output.splitlines():
        if line.startswith("not ok") and "# TODO" not in line:
            failed += 1
            bad.append(line)
        elif line.startswith("ok") and re.search(r"# *SKIP", line, re.I):
            skipped.append(line)
        elif line.startswith("ok"):
            passed += 1
        elif line.startswith("1..0") or line.startswith("Bail out"):
            bad.append(line)
    if result_word == "SKIP" and not skipped:
        skipped.append(output)
    elif result_word != "OK" and not failed and result_word != "SKIP":
        failed = 1
    return passed, failed, len(skipped), bad


def meson_result(suite, entry):
    output = entry.get("stdout") or ""
    passed, failed, skipped, bad = tap_counts(output, entry["result"])
    state = "failed" if failed or entry["result"] not in ("OK", "SKIP") else "skipped" if not passed and skipped else "passed"
    name = entry["name"].rpartition(" / ")[2]
    tail = "\n".join(bad + (output + "\n" + (entry.get("stderr") or "")).splitlines()[-40:])
    text = "%s\n%s" % (entry["result"], tail) if state == "failed" else output if state == "skipped" else ""
    return Result("%s/%s" % (suite, name), state, float(entry["duration"]), text, passed, failed, skipped)


def run_meson(screen, build, wanted, seconds):
    """Runs the chosen tests; the log is read while it grows, so that each is shown when it ends."""
    suites = dict((name, suite) for suite, name in wanted)
    base = build / "meson-logs/dev-test"
    log = pathlib.Path(str(base) + ".json")
    log.unlink(missing_ok=True)
    command = ["meson", "test", "-C", str(build), "--no-rebuild", "--num-processes", "2", "--logbase", base.name, "--quiet"]
    process = subprocess.Popen(command + [name for _, name in wanted], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    end, seen = time.monotonic() + seconds, 0
    output = []
    reader = threading.Thread(target=lambda: output.extend(process.stdout), daemon=True)
    reader.start()
    while True:
        is_over = process.poll() is not None
        text = log.read_text(errors="replace") if log.exists() else ""
        lines = [line for line in text.split("\n")[:-1] if line]
        for line in lines[seen:]:
            entry = json.loads(line)
            name = entry["name"].rpartition(" / ")[2]
            screen.show(meson_result(suites.get(name, "unit"), entry))
            suites.pop(name, None)
        seen = len(lines)
        if is_over:
            break
        if time.monotonic() > end:
            os.killpg(process.pid, signal.SIGTERM)
            end += 30
        time.sleep(0.2)
    reader.join(5)
    for name, suite in suites.items():
        screen.show(result("%s/%s" % (suite, name), "failed", 0, "did not run within %d s\n%s" % (
            seconds, "".join(output[-20:]))))


# --- the sandbox's own tests ------------------------------------------------------------------------------------------


def run_sandbox(screen, wants, seconds):
    """unittest in a process of its own; its summary is counted."""
    began = time.monotonic()
    try:
        done = subprocess.run([sys.executable, str(ROOT / "tests/sandbox/test_sandbox.py"), "-v"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds)
        output, code = done.stdout + done.stderr, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = "%s\nover its %d s" % ((late.stderr or b"").decode(errors="replace"), seconds), -1
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    bad = dict(re.findall(r"(failures|errors|skipped)=(\d+)", output))
    failed = int(bad.get("failures", 0)) + int(bad.get("errors", 0))
    skipped = int(bad.get("skipped", 0))
    total = int(ran.group(1)) if ran else 0
    if (code or not total) and not failed:
        failed = 1
    state = "failed" if failed else "passed"
    text = "\n".join(output.splitlines()[-80:]) if failed else ""
    screen.show(Result("sandbox", state, time.monotonic() - began, text, max(0, total - failed - skipped), failed, skipped))


# --- daemon tests -----------------------------------------------------------------------------------------------------


def daemon_tests():
    """{module: [(name, function)]} in the order they are written."""
    found = {}
    for path in sorted(DAEMON.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        tests = [(name, function) for name, function in vars(module).items()
                 if name.startswith("test_") and inspect.isfunction(function) and function.__module__ == path.stem]
        found[path.stem] = sorted(tests, key=lambda test: test[1].__code__.co_firstlineno)
    return found


def run_here(build, name, keep):
    """One test in this process: what the children of the runner do. Exit 0 passed, 3 skipped, 1 failed."""
    module, _, function = name.partition(".")
    test = getattr(importlib.import_module(module), function)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))
    world = World(build, keep=keep)
    try:
        try:
            test(world)
            code = 0
        except Skip as skip:
            print(skip)
            code = 3
        except Failure as failure:
            where = [f for f in inspect.trace() if f.filename.startswith(str(DAEMON))]
            print("%s\n  in %s" % (failure, ", ".join("%s line %d" % (f.function, f.lineno) for f in where)))
            code = 1
        except SystemExit:
            print("over its time; it was in:")
            for frame in inspect.trace():
                print("  %s:%d %s" % (frame.filename, frame.lineno, frame.function))
            code = 4
        except Exception:
            import traceback
            traceback.print_exc(file=sys.stdout)
            code = 1
        if code in (1, 4):
            print("--- tandemd's log ---\n%s" % world.log_tail(60))
            print("--- folder %s%s" % (world.folder, "" if keep else ", removed"))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        world.close()
    return code


def run_daemon_test(options, name, seconds):
    began = time.monotonic()
    command = [sys.executable, __file__, "--build", str(options.build), "--here", name] + (["--keep"] if options.keep else [])
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", start_new_session=True)
    late = False
    try:
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        late = True
        process.terminate()
        try:
            output = process.communicate(timeout=GRACE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0]
    state = "failed" if late else {0: "passed", 3: "skipped"}.get(process.returncode, "failed")
    if late:
        output = "over its budget of %d s\n%s" % (seconds, output)
    elif process.returncode == 0 and output.strip():
        output = output.strip()
    return result(name, state, time.monotonic() - began, output)


def run_daemon_tests(screen, options, tests):
    """Two at a time; a module that says ALONE has the machine to itself."""
    def one(test):
        name, function = test
        done = run_daemon_test(options, name, getattr(function, "budget_seconds", BUDGET_DEFAULT))
        screen.show(done)
        if done.state == "passed" and done.text.strip():
            with screen.lock:
                print("".join("            %s\n" % line for line in done.text.strip().splitlines()), end="", flush=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs) as pool:
        list(pool.map(one, [test for test in tests if not getattr(test[1], "alone", False)]))
    for test in tests:
        if getattr(test[1], "alone", False):
            one(test)


class Warm:
    """Tryton's template database takes minutes the first time: made while other tests run, at the lowest priority."""

    def __init__(self, is_wanted_here):
        import test_tryton
        self.tryton, self.port = test_tryton, free_port()
        self.where = test_tryton.place(self.port)
        self.process = None
        if is_wanted_here and os.environ.get("TANDEM_SKIP_TRYTON") != "1":
            self.process = subprocess.Popen(["nice", "-n", "19", str(ROOT / "tests/tryton/up"), *self.where], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def wait(self):
        """What went wrong here goes wrong in the tests too, and is told there."""
        if not self.process:
            return
        try:
            self.process.wait(400)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()
        subprocess.run([str(ROOT / "tests/tryton/down"), *self.where], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        self.tryton.remove_traces(self.port)
        self.process = None


# --- which faults have a test -----------------------------------------------------------------------------------------


def ids_of(text):
    ids = set()
    for line in re.findall(r"covers:((?: [PDAWHV]\d+\b,?)+)", text or ""):
        ids.update(re.findall(r"[PDAWHV]\d+", line))
    return ids


def covered_ids():
    """Ids named behind `covers:` in any test that is in the tree."""
    ids = set()
    for pattern in ("daemon/*.py", "sandbox/*.py", "unit/*.c", "connectors/*/*/case.json", "connectors/*.c"):
        for path in (ROOT / "tests").glob(pattern):
            ids |= ids_of(path.read_text(errors="replace"))
    return ids


def show_coverage(screen):
    covered = covered_ids()
    screen.heading("Fault list")
    for letter, last in FAULTS:
        every = ["%s%d" % (letter, n) for n in range(1, last + 1)]
        print("  %s  with a test: %-60s  none yet: %s" % (
            letter, " ".join(i for i in every if i in covered) or "-", " ".join(i for i in every if i not in covered) or "-"))
    unknown = covered - {"%s%d" % (letter, n) for letter, last in FAULTS for n in range(1, last + 1)}
    for name in sorted(unknown):
        screen.show(result("coverage/%s" % name, "failed", 0, "a test covers %s, which the fault list does not have" % name))


# --- all --------------------------------------------------------------------------------------------------------------


def is_wanted(options, *names):
    return not options.names or any(want in name for want in options.names for name in names)


def run_all(options):
    screen = Screen()
    chosen_daemon_tests = {module: [("%s.%s" % (module, name), function) for name, function in functions
                                    if is_wanted(options, module, "%s.%s" % (module, name))]
                           for module, functions in daemon_tests().items()}
    warm = Warm(chosen_daemon_tests["test_tryton"])
    try:
        run_suites(screen, options, chosen_daemon_tests, warm)
    finally:
        warm.wait()
    return screen


def run_suites(screen, options, chosen_daemon_tests, warm):
    tests = meson_tests(options.build)
    wanted = [(suite, name) for suite, name in tests if is_wanted(options, suite, name, "%s/%s" % (suite, name))]
    if wanted:
        screen.heading("Unit and connector tests: %d programs" % len(wanted))
        run_meson(screen, options.build, wanted, 240)
    if is_wanted(options, "sandbox"):
        screen.heading("Sandbox")
        run_sandbox(screen, options, 120)
    for module, chosen in chosen_daemon_tests.items():
        if not chosen:
            continue
        if module == "test_tryton":
            warm.wait()
        doc = (sys.modules[module].__doc__ or "").strip().splitlines()
        screen.heading("%s: %s" % (module, doc[0] if doc else ""))
        run_daemon_tests(screen, options, chosen)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--jobs", type=int, default=2, choices=(1, 2), help="daemon tests at a time")
    parser.add_argument("--keep", action="store_true", help="keep the folders of the tests")
    parser.add_argument("--list", action="store_true", help="names of the daemon tests")
    parser.add_argument("--here", metavar="MODULE.TEST", help="run one test in this process")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    if options.here:
        return run_here(options.build, options.here, options.keep)
    if options.list:
        for module, functions in daemon_tests().items():
            for name, function in functions:
                print("%s.%s" % (module, name))
        return 0
    began = time.monotonic()
    screen = run_all(options)
    show_coverage(screen)
    failed = [one for one in screen.results if one.failed]
    if failed:
        screen.heading("Failed")
        for one in failed:
            print("  %s" % one.name)
    if not screen.results:
        print("no test has a name with %s in it" % " or ".join(options.names))
    print("\n%.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed, %d skipped" % tuple(
        sum(getattr(one, field) for one in screen.results) for field in ("passed", "failed", "skipped")))
    return 1 if failed or not screen.results else 0


if __name__ == "__main__":
    sys.exit(main())
