# SPDX-License-Identifier: Apache-2.0
"""Every command of tandemctl by hand: tables, --json, exit codes, roles; a resync from its order to its end."""
import json
import os
import re
import shutil
import socket
import subprocess
import time

from systems import pair, person_of
from test_sync import linked_pair, loaded
from tandem import budget, check, http, same, wait_for

COMMANDS = ("status", "resync", "runs", "cancel", "pause", "resume", "mode", "trace", "plan", "check", "reload", "errors", "alerts",
            "log", "version")


def good(world, *words):
    """Output of a command, which must also be right with --json; both are looked at."""
    code, out, err = world.run_ctl(*words)
    check(code == 0 and out and not err, "tandemctl %s" % " ".join(map(str, words)), code, out, err)
    code, text, err = world.run_ctl(*words, "--json")
    check(code == 0 and not err, "tandemctl %s --json" % " ".join(map(str, words)), code, text, err)
    return out, json.loads(text)


def bad(world, want, *words):
    """A command that is refused with this exit code; what it says."""
    code, out, err = world.run_ctl(*words)
    same(code, want, "exit code of tandemctl %s (%s)" % (" ".join(map(str, words)), out + err))
    check(err.strip(), "tandemctl %s says why" % " ".join(map(str, words)), out, err)
    return err


@budget(90)
def test_what_can_be_looked_at(world):
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    text, status = good(world, "status")
    same({row["connector"] for row in status["rows"]}, {"ma", "sfa"}, "status has a row a connector")
    check("ma" in text and "sfa" in text and "apply" in text, "and says the mode", text)
    text, trace = good(world, "trace", "vera.klee@example-pair.com")
    check("Vera" in text and contact in text and other in text, "trace tells the records", text)
    for key in ("VERA.KLEE@example-pair.com", "+1 (212) 555-0133", "ma/contact/" + contact, contact, other, "sfa/" + other, trace.get("id")):
        if key:
            out = good(world, "trace", key)[0]
            check("Vera" in out, "trace %s finds her" % key, out)
    bad(world, 1, "trace", "nobody@example-pair.com")
    good(world, "plan")
    good(world, "plan", "ma")
    good(world, "errors")
    good(world, "alerts")
    good(world, "runs")
    good(world, "check")
    text, checked = good(world, "check", "--remote")
    check("ma" in text and "sfa" in text, "check --remote asks both systems", text)
    text, version = good(world, "version")
    check(re.search(r"\d+\.\d+\.\d+", text), "version", text)
    metrics = http("GET", "http://127.0.0.1:%d/metrics" % world.port)[1]
    for line in metrics.splitlines():
        check(line.startswith("#") or re.fullmatch(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+', line),
              "a line of the metrics is well formed", line)
    check("# TYPE tandem_pushed_total counter" in metrics, "metrics have types")
    world.stop()


@budget(60)
def test_exit_codes(world):
    code, _, err = world.run_ctl("status")
    same(code, 3, "no daemon: %s" % err)
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    bad(world, 2, "frobnicate")
    bad(world, 2, "status", "--frobnicate")
    bad(world, 2, "pause")
    bad(world, 2, "resync", "ma", "--since")
    bad(world, 2, "mode", "ma", "sometimes")
    bad(world, 2, "--timeout", "soon", "status")
    bad(world, 1, "pause", "nobody")
    bad(world, 1, "cancel", "r-0000000000000")
    bad(world, 1, "resync", "ma", "--stream", "invoices")
    bad(world, 1, "resync", "ma", "--since", "yesterday")
    bad(world, 1, "resync", "nobody", "--full")
    check("ma" in bad(world, 1, "resume", "nobody"), "what is allowed is said")
    code, out, _ = world.run_ctl("--help")
    check(code == 0 and all(name in out for name in COMMANDS), "help lists every command", out)
    for name in COMMANDS:
        code, out, _ = world.run_ctl(name, "--help")
        check(code == 0 and "usage: tandemctl %s" % name in out, "%s --help" % name, out)
    world.stop()
    same(world.run_ctl("status")[0], 3, "no daemon any more")


@budget(120)
def test_resync_with_progress(world):
    """covers: H10"""
    hubspot, _ = pair(world, hubspot=("--contacts", 1200, "--deals", 0, "--owners", 3, "--search-lag", 0), tandem="batch_records: 200\n")
    loaded(world)
    people = world.number("SELECT count(*) FROM person WHERE merged_into IS NULL")
    text = world.ctl("resync", "ma", "--stream", "contact", "--full", "--follow")
    check("1,200" in text and "done" in text, "it follows the run to its end", text)
    runs = world.ask("runs")["rows"]
    check(runs[0]["state"] == "done" and runs[0]["records"] >= 1200, "runs tells of it", runs[0])
    same(world.number("SELECT count(*) FROM person WHERE merged_into IS NULL"), people, "reading again changes nothing")
    answer = world.ask("resync", "ma", "--stream", "contact", "--id", "101", "--follow")
    same(answer["state"], "done", "one record")
    before = world.number("SELECT count(*) FROM source_record")
    answer = world.ask("resync", "sfa", "--dry-run", "--follow")
    check(answer["state"] == "done" and answer["records"] > 10, "a dry run counts", answer)
    same(world.number("SELECT count(*) FROM source_record"), before, "and changes nothing")
    answer = world.ask("resync", "ma", "--since", "2h", "--follow")
    same(answer["state"], "done", "changes of two hours")
    hubspot.fault("GET /crm/v3/objects/contacts", "slow", seconds=0.4, times=0)
    run = world.ask("resync", "ma", "--stream", "contact", "--full")["run"]
    bad(world, 1, "resync", "ma", "--full")
    wait_for("some of it is read", lambda: world.number("SELECT coalesce(max(records), 0) FROM run WHERE state = 'running'") > 0, 30)
    world.kill()
    world.start()
    wait_for("the run goes on after a restart", lambda: any(row["run"] == run and row["state"] == "running"
                                                             for row in world.ask("runs")["rows"]), 20)
    world.ctl("cancel", run)
    row = next(row for row in world.ask("runs")["rows"] if row["run"] == run)
    same(row["state"], "cancelled", "and is cancelled")
    bad(world, 1, "cancel", run)
    hubspot.heal()
    world.stop()


@budget(90)
def test_pause_and_resume(world):
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    good(world, "pause", "ma")
    time.sleep(1)
    before = len(hubspot.requests())
    hubspot.set(contact, jobtitle="Paused")
    time.sleep(3)
    same(len(hubspot.requests()), before, "no call while it is paused")
    check("paused" in world.ctl("status"), "status says so")
    bad(world, 1, "resync", "ma", "--full")
    world.stop()
    world.start()
    time.sleep(2)
    same(len(hubspot.requests()), before, "a pause survives a restart")
    good(world, "resume", "ma")
    wait_for("the title", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Paused", 20)
    world.stop()


@budget(90)
def test_errors_are_grouped_retried_and_dropped(world):
    """covers: A7"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    good(world, "errors")
    bad(world, 2, "errors", "retry")
    bad(world, 1, "errors", "retry", "e-0000000000000")
    hubspot.set(contact, jobtitle="x" * 300)
    wait_for("a refused write", lambda: world.number("SELECT count(*) FROM parked WHERE kind = 'push'") == 1, 30)
    text, shown = good(world, "errors")
    check("sfa" in text and "Title" in json.dumps(shown), "system and field are named", text, shown)
    mark = salesforce.last()
    world.ctl("errors", "retry", "--all")
    wait_for("it is tried again", lambda: salesforce.requests(mark, "(PATCH|POST) .*sobjects"), 20)
    wait_for("and refused again", lambda: world.number("SELECT count(*) FROM parked WHERE kind = 'push'") == 1, 20)
    world.ctl("errors", "drop", "--all")
    same(world.number("SELECT count(*) FROM parked"), 0, "dropped")
    hubspot.set(contact, jobtitle="Short again")
    wait_for("the new value goes", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Short again", 20)
    world.stop()


@budget(60)
def test_plan_tells_what_would_be_written(world):
    """covers: V18 V19"""
    hubspot, salesforce = pair(world, ma={"mode": "observe"}, sfa={"mode": "observe"})
    contact, other = linked_pair(hubspot, salesforce)
    hubspot.set(contact, jobtitle="Would be told")
    world.start()
    world.wait_loaded("ma", "sfa")
    text, plan = good(world, "plan", "sfa")
    check("Would be told" in text and other in text, "the plan names the record and the value", text)
    same(salesforce.writes(), 0, "and writes nothing")
    err = bad(world, 1, "mode", "sfa", "apply")
    check("connectors.d/sfa.yaml" in err and "mode: apply" in err, "mode tells where it is set", err)
    salesforce.configure(mode="apply")
    good(world, "reload")
    wait_for("it is written now", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Would be told", 20)
    world.stop()


@budget(60)
def test_log_levels(world):
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    good(world, "log", "debug")
    wait_for("debug lines", lambda: world.log_lines("debug"), 10)
    good(world, "log", "warning")
    bad(world, 2, "log", "loud")
    world.stop()


@budget(60)
def test_roles_by_the_socket(world):
    """Whoever may open the socket may look; only root, the daemon's user and the groups may change.

    covers: P13 H11"""
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    same(oct(os.stat(world.control).st_mode & 0o777), "0o660", "mode of the socket")
    if os.geteuid() != 0:
        print("not root: the roles of other users are not tried")
        world.stop()
        return
    shutil.copy(world.build / "ctl/tandemctl", world.folder / "tandemctl")
    (world.folder / "tandemctl").chmod(0o755)
    (world.folder / "run").chmod(0o755)

    def as_other(*words):
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(world.folder / "tandemctl"),
                               "--socket", str(world.control), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout + done.stderr
    code, text = as_other("status")
    check(code in (1, 3), "another user may not even connect", code, text)
    os.chmod(world.control, 0o666)
    code, text = as_other("status")
    same(code, 0, "where the socket lets them in, they may look: " + text)
    for words in (("pause", "ma"), ("resync", "ma", "--full"), ("reload",), ("mode", "ma", "observe"), ("log", "debug"),
                  ("errors", "drop", "--all"), ("cancel", "r-0000000000000")):
        code, text = as_other(*words)
        check(code == 1 and "viewer" in text, "but not %s" % " ".join(words), code, text)
    same(world.metric("connector_paused")['tandem_connector_paused{connector="ma"}'], 0.0, "nothing was paused")
    world.stop()


@budget(60)
def test_the_socket_takes_no_nonsense(world):
    """covers: P13"""
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")

    def say(data, answers=1):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(world.control))
            link.sendall(data)
            got = b""
            while got.count(b"\n") < answers:
                piece = link.recv(65536)
                if not piece:
                    break
                got += piece
            return [json.loads(line) for line in got.splitlines()]
    same(say(b"nonsense\n")[0]["error"]["code"], -32700, "no JSON")
    same(say(b"[]\n")[0]["error"]["code"], -32600, "no request")
    same(say(b'{"jsonrpc":"2.0","id":1,"method":"launch"}\n')[0]["error"]["code"], -32601, "no such method")
    check("error" in say(b'{"jsonrpc":"2.0","id":1,"method":"pause","params":{"connector":7}}\n')[0], "a number for a name")
    check("error" in say(b'{"jsonrpc":"2.0","id":1,"method":"status","params":{"verbose":true}}\n')[0], "an unknown param")
    two = say(b'{"jsonrpc":"2.0","id":1,"method":"version"}\n{"jsonrpc":"2.0","id":2,"method":"version"}\n', 2)
    same(sorted(answer["id"] for answer in two), [1, 2], "two at once")
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(world.control))
        try:
            link.sendall(b"x" * (3 << 20))
        except OSError:
            pass
    lazy = []
    for _ in range(20):
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(world.control))
        link.sendall(b'{"jsonrpc":"2.0","id":1,"method":"status"}\n' * 20)
        lazy.append(link)
    began = time.monotonic()
    same(world.run_ctl("version")[0], 0, "slow readers keep nobody waiting")
    check(time.monotonic() - began < 3, "for long")
    for link in lazy:
        link.close()
    same(world.run_ctl("version")[0], 0, "and it is alive")
    world.stop()
    world.control.parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(world.control))
    world.start()
    same(world.run_ctl("version")[0], 0, "a stale socket is replaced")
    world.stop()


@budget(60)
def test_names_cannot_write_on_the_terminal(world):
    """covers: H11"""
    hubspot, _ = pair(world)
    hubspot.person("esc@example-pair.com", firstname="\x1b]0;owned\x07\x1b[31mRed", lastname="<script>\u202e")
    loaded(world)
    out = world.ctl("trace", "esc@example-pair.com")
    check("\x1b" not in out and "\x07" not in out and "\u202e" not in out, "no escape code comes through", repr(out[:400]))
    world.stop()


@budget(60)
def test_alerts_say_why(world):
    """covers: V18"""
    hubspot, salesforce = pair(world, hooks=True)
    loaded(world)
    hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form="A paper", fields={})
    wait_for("the task", lambda: salesforce.effects(0, "create", "Task"), 20)
    world.wait_quiet()
    text, alerts = good(world, "alerts")
    check("Dana" in text and "A paper" in text, "alerts names the reader and the paper", text)
    trace = world.ctl("trace", "joe.smith@acme.com")
    check("owner of" in trace.lower() or "opportunity" in trace.lower(), "and trace says why", trace)
    check(person_of(world, "ma", "contact", "101"), "Joe is contact 101")
    world.stop()


@budget(60)
def test_completion(world):
    done = subprocess.run([str(world.build / "ctl/tandemctl"), "complete", "st"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check("status" in done.stdout, "words are completed", done.stdout, done.stderr)
