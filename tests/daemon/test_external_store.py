# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the user's own instead of the embedded one."""
import os
import pwd
import shutil
import subprocess
import time

from systems import pair, partition
from test_sync import linked_pair
from tandem import Failure, budget, check, http, postgres_program, same, wait_for


class Server:
    """A private PostgreSQL on a Unix socket; as root it runs as another user."""

    def __init__(self, world):
        self.folder = world.folder / "pg"
        self.folder.mkdir()
        self.user = self.unprivileged()
        if self.user:
            shutil.chown(self.folder, self.user, pwd.getpwnam(self.user).pw_gid)
        self.folder.chmod(0o755)
        self.run("initdb", "-D", self.data, "-U", "tandem", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.run("psql", "-X", "-q", "-h", self.folder, "-U", "tandem", "-d", "postgres", "-c", "CREATE DATABASE sync")
        world.helpers.append(self)
        world.psql = ["-h", str(self.folder), "-U", "tandem", "-d", "sync"]

    @staticmethod
    def unprivileged():
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name).pw_name
            except KeyError:
                continue
        raise Failure("root, and neither user postgres nor nobody exists")

    @property
    def data(self):
        return self.folder / "data"

    @property
    def url(self):
        return "postgresql://tandem@/sync?host=%s" % self.folder

    def run(self, program, *words):
        prefix = ["setpriv", "--reuid", self.user, "--regid", str(pwd.getpwnam(self.user).pw_gid), "--clear-groups"] if self.user else []
        done = subprocess.run([*prefix, postgres_program(program), *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, cwd=self.folder)
        if done.returncode:
            raise Failure("%s: %s" % (program, done.stdout))

    def start(self):
        self.run("pg_ctl", "-D", self.data, "-l", self.folder / "log", "-w", "-o",
                 "-k %s -c listen_addresses= -c max_connections=30" % self.folder, "start")

    def stop(self, mode="fast"):
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")


def external(world):
    server = Server(world)
    hubspot, salesforce = pair(world)
    text = (world.config / "tandem.yaml").read_text()
    world.write("tandem.yaml", text.replace("store: embedded", "store: %s" % server.url))
    return server, hubspot, salesforce


@budget(120)
def test_an_external_store(world):
    """covers: D1 D7"""
    server, hubspot, salesforce = external(world)
    contact, other = linked_pair(hubspot, salesforce)
    world.start()
    check(not (world.folder / "state/store").exists(), "no embedded store is made")
    world.wait_loaded("ma", "sfa")
    world.wait_quiet()
    people = partition(world)
    hubspot.set(contact, jobtitle="In their store")
    wait_for("the title", lambda: salesforce.read("Contact", other, "Title")["Title"] == "In their store", 20)
    world.stop()
    world.start()
    same(partition(world), people, "the second start finds the same people")
    for mode in ("fast", "immediate"):
        server.stop(mode)
        wait_for("hooks answer 503", lambda: hubspot.deliver([hubspot.event(int(time.time() * 1000), contact)]) == 503, 10)
        same(http("GET", "http://127.0.0.1:%d/readyz" % world.port)[0], 503, "not ready")
        time.sleep(1)
        server.start()
        wait_for("ready again\n" + world.log_tail(), lambda: http("GET", "http://127.0.0.1:%d/readyz" % world.port)[0] == 200, 40)
        same(hubspot.deliver([hubspot.event(int(time.time() * 1000), contact)]), 202, "hooks are taken again")
    hubspot.set(contact, jobtitle="After two restarts")
    wait_for("work goes on", lambda: salesforce.read("Contact", other, "Title")["Title"] == "After two restarts", 40)
    world.stop()


@budget(60)
def test_a_store_that_is_not_there_is_said(world):
    """covers: D1 V17"""
    pair(world)
    text = (world.config / "tandem.yaml").read_text()
    world.write("tandem.yaml", text.replace("store: embedded", "store: postgresql://tandem@/sync?host=%s" % (world.folder / "nowhere")))
    world.start(wait=False)
    wait_for("it is said", lambda: world.log_lines("store is down"), 10)
    status, text = http("GET", "http://127.0.0.1:%d/readyz" % world.port)
    check(status == 503 and "down" in text, "not ready, and why", status, text)
    code, out, err = world.run_ctl("status")
    check(code in (0, 1) and "store" in out + err, "status says so too", code, out, err)
    world.stop()


@budget(120)
def test_two_daemons_share_a_store(world):
    """Only one of them runs a connector; when it is killed the other takes over within the lease.

    covers: P9 V11"""
    server, hubspot, salesforce = external(world)
    contact, other = linked_pair(hubspot, salesforce)
    world.start()
    world.wait_loaded("ma", "sfa")
    from tandem import World
    second = World(world.build, folder=world.folder / "second")
    try:
        for path in world.config.rglob("*.yaml"):
            (second.config / path.relative_to(world.config)).write_text(path.read_text())
        text = (world.config / "tandem.yaml").read_text()
        text = text.replace(str(world.folder / "state"), str(second.folder / "state")).replace(
            "127.0.0.1:%d" % world.port, "127.0.0.1:%d" % second.port).replace(str(world.folder / "run"), str(second.folder / "run"))
        second.write("tandem.yaml", text)
        second.psql = world.psql
        second.start()
        before = len(hubspot.requests(0, "search|owners|contacts"))
        time.sleep(3)
        check(second.log_lines("another daemon runs this connector"), "the second waits", second.log_tail())
        world.kill()
        hubspot.set(contact, jobtitle="Taken over")
        wait_for("the second takes over\n" + second.log_tail(), lambda: salesforce.read("Contact", other, "Title")["Title"] == "Taken over", 75, 0.5)
        check(before > 0, "requests were made")
        second.stop()
    finally:
        second.keep = True
        second.close()
