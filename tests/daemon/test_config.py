# SPDX-License-Identifier: Apache-2.0
"""Configurations: the broken ones never start and say where; the examples are right; what the program says of itself."""
import os
import re
import shutil
import subprocess

from systems import pair
from tandem import ROOT, budget, check, same, wait_for

BROKEN = ROOT / "tests/config/broken"
PLACE = re.compile(r"^[^:]+:[1-9][0-9]*:[1-9][0-9]*: .")


def nobody():
    """Root may read everything; the rest of us need no help to be refused."""
    return ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") if os.geteuid() == 0 else ()


def copy_case(world, case):
    """The case, and the program, where another user may read them; a locked file stays locked."""
    folder = world.folder / case.name
    shutil.copytree(case, folder)
    shutil.copy(BROKEN / "token", world.folder / "token")      # the cases name it as ../token
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    prefix = ()
    if "no-permission" in case.name:
        (folder / "tandem.yaml").chmod(0)
        prefix = nobody()
        (world.folder / "bin/daemon").mkdir(parents=True, exist_ok=True)
        shutil.copy(world.build / "daemon/tandemd", world.folder / "bin/daemon/tandemd")
    return folder, prefix


def run(world, folder, prefix, *options):
    build = world.build
    if prefix:
        world.build = world.folder / "bin"
    try:
        return world.run_daemon(*options, config=folder, prefix=prefix)
    finally:
        world.build = build


def cases():
    return sorted(path.parent for path in BROKEN.glob("*/expected.txt"))


def test_broken_configurations_are_refused_with_every_place(world):
    """covers: H6"""
    found = cases()
    check(len(found) >= 20, "there are twenty broken configurations", len(found))
    for case in found:
        folder, prefix = copy_case(world, case)
        code, out, err = run(world, folder, prefix, "--check")
        want = (case / "expected.txt").read_text(errors="replace").splitlines()
        check(code not in (0, None) and code > 0, "%s is refused" % case.name, code, out, err)
        lines = err.splitlines()
        same(lines[:-1], want, "%s: every problem at its place" % case.name)
        check(lines[-1].startswith("%d problem" % len(want)), "%s: the problems are counted" % case.name, lines[-1])
        for line in lines[:-1]:
            check(PLACE.match(line), "%s: file, line and column" % case.name, line)


def test_broken_configurations_never_start(world):
    """covers: H6"""
    for case in cases():
        folder, prefix = copy_case(world, case)
        before = {path for path in folder.rglob("*")}
        code, _, err = run(world, folder, prefix)
        check(code > 0, "%s does not start" % case.name, code, err)
        check(PLACE.match(err.splitlines()[0]), "%s says why" % case.name, err)
        same({path for path in folder.rglob("*")}, before, "%s leaves nothing behind" % case.name)


def test_the_examples_are_right(world):
    credentials = world.folder / "credentials"
    credentials.mkdir()
    for name in set(re.findall(r"credential: ([a-z0-9-]+)", "".join(
            path.read_text() for path in (ROOT / "config").rglob("*.yaml")))):
        (credentials / name).write_text("not-a-real-secret\n")
        (credentials / name).chmod(0o400)
    for name in ("example", "minimal"):
        code, out, err = world.run_daemon("--check", config=ROOT / "config" / name,
                                          environment={"CREDENTIALS_DIRECTORY": str(credentials)})
        same((code, err), (0, ""), "config/%s is right" % name)
        check("no problem" in out, "config/%s is said to be" % name, out)


def test_what_the_program_says_of_itself(world):
    same(world.run_daemon("--version")[0], 0, "--version")
    check(re.fullmatch(r"tandemd \d+\.\d+\.\d+\n", world.run_daemon("--version")[1]), "a version")
    code, out, _ = world.run_daemon("--help")
    check(code == 0 and "--check" in out, "--help", out)
    for what in ("tandem", "policy", "hubspot", "salesforce", "tryton"):
        code, out, err = world.run_daemon("--settings", what)
        check(code == 0 and len(out.splitlines()) > 5 and not err, "--settings %s" % what, code, out, err)
    code, out, err = world.run_daemon("--settings", "sap")
    check(code == 2 and not out and "hubspot" in err or "module" in err, "--settings of nothing", code, out, err)
    same(world.run_daemon("--frobnicate")[0], 2, "an unknown option")
    same(world.run_daemon("surplus")[0], 2, "a surplus argument")


def test_settings_printed_are_settings_taken(world):
    """What --settings prints, uncommented where it has a value, is a configuration that is right."""
    _, out, _ = world.run_daemon("--settings", "tandem")
    names = re.findall(r"^#? ?([a-z_]+):", out, re.M)
    check({"store", "listen", "control", "batch_records"} <= set(names), "the settings are all there", names)


def test_secrets_are_never_printed(world):
    """covers: V15"""
    secret = "pat-na1-CANARY-0451"
    world.write("tandem.yaml", "log_level: debug\n")
    world.write("connectors.d/ma.yaml", "module: hubspot\nauth: {token: {file: %s}}\npoll: wrong\n" % world.secret("t", secret))
    code, out, err = world.run_daemon("--check", config=world.config)
    check(code > 0 and secret not in out + err, "the secret is not in the problems", out, err)


@budget(60)
def test_reload_keeps_the_old_configuration_when_the_new_one_is_wrong(world):
    """covers: H6 V14"""
    hubspot, _ = pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    good = (world.config / "connectors.d/ma.yaml").read_text()
    world.write("connectors.d/ma.yaml", good.replace("poll: 1s", "poll: soon"))
    code, out, err = world.run_ctl("reload")
    check(code == 1 and "connectors.d/ma.yaml" in out + err and "poll" in out + err, "the reload is refused with the place", code, out, err)
    world.hup()
    wait_for("the second refusal", lambda: world.metric("reload_failures")["tandem_reload_failures_total"] >= 2, 10)
    before = len(hubspot.requests())
    wait_for("still polling", lambda: len(hubspot.requests()) > before + 2, 10)
    world.write("connectors.d/ma.yaml", good.replace("poll: 1s", "poll: 2s"))
    same(world.run_ctl("reload")[0], 0, "the right one is taken")
    same(world.metric("reloads")["tandem_reloads_total"], 1.0, "one reload")
    world.stop()


def test_a_reload_adds_and_removes_a_connector(world):
    """covers: V14"""
    pair(world)
    sales = (world.config / "connectors.d/sfa.yaml").read_text()
    (world.config / "connectors.d/sfa.yaml").unlink()
    world.start()
    world.wait_loaded("ma")
    world.write("connectors.d/sfa.yaml", sales)
    same(world.run_ctl("reload")[0], 0, "a connector more")
    world.wait_loaded("ma", "sfa")
    (world.config / "connectors.d/sfa.yaml").unlink()
    same(world.run_ctl("reload")[0], 0, "a connector less")
    check('connector="sfa"' not in str(world.metric("connector_up")), "it is gone", world.metric("connector_up"))
    world.stop()


@budget(90)
def test_an_unreadable_folder_says_so(world):
    code, _, err = world.run_daemon("--check", config=world.folder / "nowhere")
    check(code > 0 and "nowhere" in err, "a folder that is not there", code, err)


def test_systemd_unit_is_sandboxed(world):
    unit = ROOT / "systemd/tandemd.service"
    if not shutil.which("systemd-analyze"):
        text = unit.read_text()
        for line in ("Type=notify", "WatchdogSec=", "NoNewPrivileges=", "ProtectSystem=strict", "LoadCredential"):
            check(line in text, "the unit has %s" % line)
        return
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", str(unit)],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    same(done.returncode, 0, "exposure of the unit is low:\n" + done.stdout[-300:] + done.stderr)
