# SPDX-License-Identifier: Apache-2.0
"""A real daemon, real PostgreSQL and pretended remote systems, for the demo, the benchmark and the daemon tests.

Everything lives in one folder that a World makes and removes; nothing outside it is touched.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failure(Exception):
    """Something did not come out as it must; the text says what and shows what is at hand."""


class Skip(Exception):
    """This test was not run, and the text says why; only ever raised when somebody asked for it."""


def budget(seconds, alone=False):
    """Longest time of a test, in seconds; alone: nothing else runs beside it."""
    def mark(function):
        function.budget_seconds = seconds
        function.alone = alone
        return function
    return mark


def check(holds, claim, *evidence):
    """A claim of a test; what is at hand is shown when it does not hold."""
    if not holds:
        raise Failure("not so: %s%s" % (claim, "".join("\n  %s" % (e if isinstance(e, str) else repr(e),) for e in evidence)))


def same(have, want, claim):
    check(have == want, claim, "have %r" % (have,), "want %r" % (want,))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, claim, seconds=30, every=0.05):
    """Calls claim() until it gives something true, and gives that back."""
    end = time.monotonic() + seconds
    while True:
        value = claim()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure("waited %g s for: %s" % (seconds, what))
        time.sleep(every)


def http(method, url, body=None, headers=None, timeout=30):
    """(status, text) of a request; refusals are answers too."""
    data = json.dumps(body).encode() if body is not None and not isinstance(body, bytes) else body
    request = urllib.request.Request(url, data, dict({"Content-Type": "application/json"}, **(headers or {})), method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


class Sandbox:
    """One pretended remote system."""

    def __init__(self, world, program, *options):
        self.log = open(world.folder / (program + ".log"), "ab")
        self.process = subprocess.Popen([sys.executable, str(ROOT / "tests/sandbox" / (program + ".py")), *map(str, options)],
                                        stdout=subprocess.PIPE, stderr=self.log, preexec_fn=die_with_parent)
        line = self.process.stdout.readline().decode().split()
        if len(line) != 2 or line[0] != "ready":
            raise Failure("%s did not start, see %s" % (program, self.log.name))
        self.url = line[1]

    def control(self, method, name, body=None):
        status, text = http(method, "%s/_sandbox/%s" % (self.url, name), body)
        if status != 200:
            raise Failure("sandbox %s %s: %s %s" % (method, name, status, text))
        return json.loads(text)

    def act(self, do, **order):
        return self.control("POST", "act", dict(order, do=do))

    def fault(self, match, kind, **order):
        return self.control("POST", "fault", dict(order, match=match, kind=kind))

    def counts(self):
        return self.control("GET", "counts")

    def entries(self, since=0, kind=None):
        return self.control("GET", "log?since=%d%s" % (since, "&kind=" + kind if kind else ""))["entries"]

    def last(self):
        """Number of the newest entry of the log."""
        return max([e["n"] for e in self.entries()] or [0])

    def effects(self, since=0, verb=None, type=None, by="api"):
        """What took effect over there; by default what we did."""
        return [e for e in self.entries(since, "effect")
                if (not by or e["by"] == by) and (not verb or e["verb"] == verb) and (not type or e["type"] == type)]

    def writes(self):
        """How often something of ours took effect."""
        return sum(n for name, n in self.counts()["effects"].items() if name.endswith(" by api"))

    def requests(self, since=0, match=""):
        pattern = re.compile(match)
        return [e for e in self.entries(since, "request") if pattern.search(e["method"] + " " + e["path"])]

    def heal(self):
        return self.control("DELETE", "fault")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()


def die_with_parent():
    """A helper process ends with the test that started it, however that ends."""
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class World:
    """A folder with a configuration, a daemon on it, and the sandboxes."""

    def __init__(self, build, folder=None, keep=False):
        self.build = pathlib.Path(build).resolve()
        self.keep = keep or folder is not None
        self.folder = pathlib.Path(folder) if folder else pathlib.Path(tempfile.mkdtemp(prefix="tandem-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.config = self.folder / "config"
        (self.config / "connectors.d").mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.sandboxes = []
        self.helpers = []
        self.psql = ["-h", str(self.folder / "run/postgres"), "-U", "tandem", "-d", "postgres"]
        self.log_path = self.folder / "tandemd.log"

    # --- configuration

    def write(self, name, text):
        path = self.config / name
        path.write_text(text)
        return path

    def secret(self, name, value):
        path = self.folder / name
        path.write_text(value + "\n")
        path.chmod(0o600)
        return path

    def write_tandem(self, more=""):
        self.write("tandem.yaml", "store: embedded\nstate_dir: %s\nruntime_dir: %s\nlisten: 127.0.0.1:%d\ncontrol: %s\n%s" % (
            self.folder / "state", self.folder / "run", self.port, self.control, more))

    @property
    def control(self):
        return self.folder / "run" / "control.sock"

    # --- daemon

    def start(self, wait=True, seconds=60):
        for name in ("state", "run"):
            (self.folder / name).mkdir(exist_ok=True)
        log = open(self.log_path, "ab")
        environment = dict(os.environ, ASAN_OPTIONS="abort_on_error=1:detect_leaks=1", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
        self.process = subprocess.Popen([str(self.build / "daemon/tandemd"), "--config", str(self.config)], stdout=log, stderr=log,
                                        env=environment, preexec_fn=die_with_parent)
        log.close()
        if wait:
            self.wait_ready(seconds)
        return self.process

    def wait_ready(self, seconds=60):
        def is_ready():
            if self.process.poll() is not None:
                raise Failure("tandemd ended with %d:\n%s" % (self.process.returncode, self.log_tail()))
            try:
                return http("GET", "http://127.0.0.1:%d/readyz" % self.port, timeout=5)[0] == 200
            except OSError:
                return False
        wait_for("tandemd ready\n" + self.log_tail(), is_ready, seconds)

    def log_tail(self, lines=25):
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log_lines(self, text):
        """Lines of the daemon's log that hold a text."""
        try:
            return [line for line in self.log_path.read_text(errors="replace").splitlines() if text in line]
        except OSError:
            return []

    def check_log(self):
        """No sanitizer has complained, no assertion has failed."""
        bad = [line for sign in ("Sanitizer", "runtime error:", "Assertion") for line in self.log_lines(sign)]
        check(not bad, "tandemd's log is clean", *bad[:5])

    def hup(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self, seconds=60):
        """A clean stop; a sanitizer's report or another exit code is a failure."""
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure("tandemd did not stop within %d s:\n%s" % (seconds, self.log_tail()))
        if code:
            raise Failure("tandemd ended with %d:\n%s" % (code, self.log_tail(60)))
        self.check_log()

    def run_daemon(self, *options, config=None, seconds=30, environment=None, prefix=()):
        """A tandemd that ends by itself: (exit code, standard output, standard error)."""
        command = [*map(str, prefix), str(self.build / "daemon/tandemd"), *map(str, options)]
        done = subprocess.run(command + (["--config", str(config)] if config else []), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=seconds,
                              env=dict(os.environ, ASAN_OPTIONS="abort_on_error=1", **(environment or {})))
        return done.returncode, done.stdout, done.stderr

    def store_pid(self):
        """The embedded server's process."""
        return int((self.folder / "state/store/postgres/postmaster.pid").read_text().split()[0])

    # --- asking

    def run_ctl(self, *words, prefix=(), seconds=120):
        """(exit code, standard output, standard error) of tandemctl."""
        command = [*map(str, prefix), str(self.build / "ctl/tandemctl"), "--socket", str(self.control), *map(str, words)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
        return done.returncode, done.stdout, done.stderr

    def ctl(self, *words, fails=False):
        """Output of tandemctl; its refusal is a failure unless expected."""
        done = subprocess.run([str(self.build / "ctl/tandemctl"), "--socket", str(self.control), *map(str, words)],
                              capture_output=True, text=True, timeout=120)
        if (done.returncode != 0) != fails:
            raise Failure("tandemctl %s: exit %d\n%s%s" % (" ".join(map(str, words)), done.returncode, done.stdout, done.stderr))
        return done.stdout + done.stderr if fails else done.stdout

    def ask(self, *words):
        return json.loads(self.ctl(*words, "--json"))

    def sql(self, statement):
        """Rows of the embedded store, as lists of text, by psql and as the store's own user."""
        command = [postgres_program("psql"), "-X", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", *self.psql, "-c", statement]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise Failure("psql: %s" % done.stderr)
        return [line.split("\x1f") for line in done.stdout.splitlines() if line]

    def value(self, statement):
        rows = self.sql(statement)
        return rows[0][0] if rows else None

    def number(self, statement):
        return int(self.value(statement))

    def metric(self, name):
        text = http("GET", "http://127.0.0.1:%d/metrics" % self.port)[1]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                if line.startswith("tandem_" + name)}

    def is_loaded(self, connector):
        return self.metric("connector_loaded").get('tandem_connector_loaded{connector="%s"}' % connector) == 1

    def wait_loaded(self, *connectors, seconds=120):
        wait_for("first loads of %s\n%s" % (", ".join(connectors), self.log_tail()),
                 lambda: all(self.is_loaded(name) for name in connectors), seconds, 0.2)

    def wait_quiet(self, seconds=60):
        """Nothing is due any more: no push, no webhook, no alert, twice in a row half a second apart."""
        waiting = ("SELECT (SELECT count(*) FROM dirty WHERE NOT EXISTS (SELECT 1 FROM parked p WHERE p.kind = 'push'"
                   " AND p.ref = dirty.entity_id AND p.connector_id = dirty.connector_id)),"
                   " (SELECT count(*) FROM hook_event WHERE done_at IS NULL), (SELECT count(*) FROM alert_candidate),"
                   " (SELECT count(*) FROM alert WHERE state IN ('due', 'sending'))")
        names = ("dirty", "hooks", "candidates", "alerts")
        seen = []

        def is_quiet():
            seen.append(self.sql(waiting)[0])
            return len(seen) > 2 and all(n == "0" for row in seen[-3:] for n in row)
        try:
            wait_for("quiet", is_quiet, seconds, 0.35)
        except Failure:
            raise Failure("not quiet within %g s: %s\n%s" % (seconds, dict(zip(names, seen[-1])), self.log_tail())) from None

    def passes(self, *connectors):
        """How many passes each stream has made: (connector, stream) → time of the last that went through."""
        return {(row[0], row[1]): float(row[2]) for row in self.sql(
            "SELECT c.name, s.stream, extract(epoch FROM s.passed_at) FROM sync_cursor s JOIN connector c"
            " USING (connector_id) WHERE s.passed_at IS NOT NULL") if not connectors or row[0] in connectors}

    def wait_passes(self, *connectors, seconds=60):
        """Every stream has begun and ended a pass after now."""
        for _ in range(2):      # the one under way may have asked already
            before = self.passes(*connectors)
            wait_for("a pass of every stream of %s\n%s" % (", ".join(connectors) or "all", self.log_tail()),
                     lambda: all(at > before.get(key, 0) for key, at in self.passes(*connectors).items()), seconds, 0.1)

    # --- the pretended systems

    def sandbox(self, program, *options):
        sandbox = Sandbox(self, program, *options)
        self.sandboxes.append(sandbox)
        return sandbox

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for helper in self.sandboxes + self.helpers:
            helper.stop()
        stop_store(self.folder / "state")
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def postgres_program(name):
    """Path of one of PostgreSQL's programs; its absence is a failure, never a reason to skip."""
    for folder in sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    raise Failure("PostgreSQL's %s is not installed: ./dev deps test" % name)


def stop_store(state):
    """The embedded server of a daemon that was killed."""
    pid_file = state / "store/postgres/postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, signal.SIGINT)
        wait_for("store stopped", lambda: not pathlib.Path("/proc/%d" % pid).exists(), 20)
    except (OSError, ValueError, IndexError):
        pass
