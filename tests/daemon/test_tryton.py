# SPDX-License-Identifier: Apache-2.0
"""A real Tryton server as the sales system, the pretended HubSpot as marketing: end to end."""
import base64
import json
import os
import random
import shutil
import subprocess
import time
import urllib.request

from systems import HubSpot, partition, person_of
from tandem import ROOT, Failure, Skip, budget, check, free_port, same, wait_for

POLL = 5
SLACK = 6
FILE = """module: tryton
role: sfa
mode: {mode}
base_url: {url}
auth: {{login: {login}, password: {{file: {secret}}}}}
streams: [employee, party, opportunity]
poll: {poll}s
overlap: 30s
budget: {{calls_per_second: 100, calls_per_day: 0}}
"""
POLICY = """region: DE
alerts: [{name: papers, activities: [form], fold: 0s}]
"""


FOLDER = "/tmp/tandem-tryton" + ("-%d" % os.geteuid() if os.geteuid() else "")


def place(port):
    """Options of tests/tryton/up and down; each user has a folder of their own, each server a port."""
    return ["--port", str(port), "--dir", FOLDER]


def remove_traces(port):
    """What `down` leaves of a server that will not come again."""
    for kind in ("conf", "log"):
        try:
            os.unlink("%s/%d.%s" % (FOLDER, port, kind))
        except OSError:
            pass


class Tryton:
    """A server of its own database, and what a rep does in it, by JSON-RPC."""

    def __init__(self, world, mode="apply"):
        if os.environ.get("TANDEM_SKIP_TRYTON") == "1":
            raise Skip("TANDEM_SKIP_TRYTON=1")
        self.world, self.number, self.port = world, 0, free_port()
        world.helpers.append(self)
        self.where = place(self.port)
        done = subprocess.run([str(ROOT / "tests/tryton/up"), *self.where, "--reset"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Failure("tests/tryton/up: exit %d\n%s" % (done.returncode, done.stderr))
        self.facts = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
        self.url = self.facts["url"]
        self.secret = world.secret("tryton-password", self.facts["password"])
        self.rep = self.facts["reps"].split()[-1]
        self.session = self.rpc("common.db.login", self.rep, {"password": self.facts["rep_password"]})
        self.configure(mode)

    def configure(self, mode):
        self.world.write("connectors.d/sfa.yaml", FILE.format(mode=mode, poll=POLL, secret=self.secret, url=self.url,
                                                              login=self.facts["login"]))

    def rpc(self, method, *params):
        self.number += 1
        headers = {"Content-Type": "application/json"}
        if getattr(self, "session", None):
            text = "%s:%s:%s" % (self.rep, self.session[0], self.session[1])
            headers["Authorization"] = "Session " + base64.b64encode(text.encode()).decode()
        body = json.dumps({"id": self.number, "method": method, "params": list(params)}).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=60) as answer:
            told = json.loads(answer.read())
        if told.get("error"):
            raise Failure("Tryton, %s: %s" % (method, told["error"]))
        return told["result"]

    def find(self, model, domain, fields, limit=1000):
        return self.rpc("model.%s.search_read" % model, domain, 0, limit, [["id", "ASC"]], fields, {"active_test": False})

    def write(self, model, ids, values):
        return self.rpc("model.%s.write" % model, ids, values, {})

    def party(self, name):
        rows = self.find("party.party", [["name", "=", name]], ["name"])
        if not rows:
            raise Failure("Tryton has no party %s" % name)
        return rows[0]["id"]

    def mechanism(self, party, kind):
        return self.find("party.contact_mechanism", [["party", "=", party], ["type", "=", kind]], ["value", "comment"])[0]

    def notes(self):
        return self.find("ir.note", [], ["resource", "message", "create_uid.login"])

    def stop(self):
        subprocess.run([str(ROOT / "tests/tryton/down"), *self.where], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        remove_traces(self.port)


def both(world, mode="apply"):
    """Tryton with its 200 parties; HubSpot with some of the same people, typed in another way."""
    tryton = Tryton(world, mode)
    hubspot = HubSpot(world, "--contacts", 30, "--deals", 0, "--owners", 3, "--search-lag", 0, hooks=True, mode=mode, poll="%ds" % POLL)
    world.write_tandem()
    world.write("policy.yaml", POLICY)
    people = [row for row in tryton.find("party.contact_mechanism", [["type", "=", "email"]], ["value", "party", "party.name"])
              if "@mail" in row["value"]]
    for row in people[:25]:
        first, _, last = row["party."]["name"].strip().partition(" ")
        hubspot.person(row["value"].replace("@", "+news@"), firstname=first.upper(), lastname=last)
    return tryton, hubspot


def loaded(world):
    world.start()
    world.wait_loaded("ma", "sfa", seconds=90)
    world.wait_quiet(90)


def joe_in_both(world, tryton):
    party = tryton.party("joe smith")
    person = person_of(world, "sfa", "party", party)
    check(person and person == person_of(world, "ma", "contact", "101"), "Joe is one person", person)
    return party, person


def pushed(world):
    return world.number("SELECT count(*) FROM push_log WHERE outcome = 'done'")


@budget(420)
def test_tryton_and_hubspot(world):
    """200 parties in, duplicates linked; titles, names and phones both ways within one poll; an activity becomes a note.

    covers: V3 V4 V5 V6 V20"""
    began = time.monotonic()
    tryton, hubspot = both(world)
    up = time.monotonic() - began
    began = time.monotonic()
    loaded(world)
    print("Tryton up in %.0f s, both loaded and in step in %.1f s" % (up, time.monotonic() - began))
    parties = len(tryton.find("party.party", [], ["id"]))
    check(parties >= 200, "200 parties", parties)
    same(world.number("SELECT count(*) FROM source_record s JOIN connector c USING (connector_id) WHERE c.name = 'sfa'"
                      " AND object = 'party' AND NOT deleted"), parties, "every party is read")
    same(world.number("SELECT count(*) FROM parked"), 0, "none is set aside")
    groups = partition(world)
    twice = sum(1 for group in groups if sum(1 for record in group if record[0] == "sfa") > 1)
    check(twice >= 15, "near copies within Tryton are linked", twice)
    across = sum(1 for group in groups if {record[0] for record in group} == {"ma", "sfa"})
    check(across >= 25, "and people across both systems", across)
    party, person = joe_in_both(world, tryton)
    same(world.number("SELECT count(*) FROM opportunity"), 40, "all opportunities")
    title_and_back(world, tryton, hubspot, party)
    alert(world, tryton, hubspot)
    before = pushed(world), hubspot.writes()
    world.wait_passes()
    world.wait_passes()
    same((pushed(world), hubspot.writes()), before, "two cycles without input write nothing")
    same(len(tryton.find("party.party", [], ["id"])), parties, "no party was made")
    world.stop()


def title_and_back(world, tryton, hubspot, party):
    world.wait_quiet()
    stamp = tryton.find("party.party", [["id", "=", party]], ["write_date", "code", "lang"])[0]
    began = time.monotonic()
    hubspot.set("101", jobtitle="Head of Everything")
    wait_for("the title in Tryton\n" + world.log_tail(),
             lambda: tryton.mechanism(party, "email")["comment"] == "Head of Everything", POLL + SLACK)
    times = [time.monotonic() - began]
    same(tryton.find("party.party", [["id", "=", party]], ["code", "lang"])[0], {k: stamp[k] for k in ("id", "code", "lang")},
         "what is not mapped stays")
    world.wait_quiet()
    began = time.monotonic()
    tryton.write("party.party", [party], {"name": "Joseph Smith"})
    wait_for("the name in HubSpot\n" + world.log_tail(), lambda: hubspot.read("101", "firstname")["firstname"] == "Joseph", POLL + SLACK)
    times.append(time.monotonic() - began)
    same(hubspot.read("101", "lastname")["lastname"].lower(), "smith", "the last name stays")
    world.wait_quiet()
    began = time.monotonic()
    phone = tryton.mechanism(party, "phone")
    tryton.write("party.contact_mechanism", [phone["id"]], {"value": "+1 512 555 0199"})
    wait_for("the phone in HubSpot\n" + world.log_tail(),
             lambda: (hubspot.read("101", "phone")["phone"] or "").endswith("0199"), POLL + SLACK)
    times.append(time.monotonic() - began)
    world.wait_quiet()
    print("title to Tryton %.1f s, name back %.1f s, phone back %.1f s; polls every %d s" % (*times, POLL))


def alert(world, tryton, hubspot):
    before = len(tryton.notes())
    began = time.monotonic()
    hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form="White paper: Data platforms compared", fields={})
    notes = wait_for("a note\n" + world.log_tail(), lambda: tryton.notes()[before:], POLL + SLACK, 0.1)
    took = time.monotonic() - began
    world.wait_quiet()
    notes = tryton.notes()[before:]
    same(len(notes), 1, "one note")
    opportunity = tryton.find("sale.opportunity", [["description", "=", "ACME rollout"]], ["employee.rec_name"])[0]
    same(notes[0]["resource"], "sale.opportunity,%d" % opportunity["id"], "on Joe's open opportunity")
    check("White paper" in notes[0]["message"], "that names the paper", notes[0])
    row = world.sql("SELECT a.state, a.step, u.first_name, u.last_name FROM alert a JOIN app_user u USING (user_id)")
    same(len(row), 1, "one alert")
    same(row[0][0], "sent", "which was sent")
    check("dana" in (row[0][2] + " " + row[0][3]).lower(), "to the opportunity's employee", row)
    print("form to note %.0f ms" % (took * 1000))


@budget(420)
def test_tryton_killed_in_the_middle(world):
    """kill -9 in the load, in the pushes and in the alerts: same end, no second note, no second party.

    covers: P1 P3 V3 V4"""
    number = int(os.environ.get("TANDEM_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
    print("TANDEM_SEED=%d" % number)
    chance = random.Random(number)
    tryton, hubspot = both(world, mode="observe")
    world.start()
    world.wait_loaded("ma", "sfa", seconds=90)
    want = partition(world)
    counts = "SELECT (SELECT count(*) FROM source_record), (SELECT count(*) FROM opportunity), (SELECT count(*) FROM identity_key)," \
             " (SELECT count(*) FROM person WHERE merged_into IS NULL AND n_sources > 0)"
    numbers = world.sql(counts)
    world.stop()
    shutil.rmtree(world.folder / "state")
    parties = len(tryton.find("party.party", [], ["id"]))

    def cut(longest):
        time.sleep(chance.uniform(0, longest))
        world.kill()
        began = time.monotonic()
        world.start()
        check(time.monotonic() - began < 10, "a start after a kill takes under 10 s", time.monotonic() - began)
    world.start()
    for _ in range(4):
        cut(1.5)
    world.wait_loaded("ma", "sfa", seconds=90)
    same(len(partition(world) ^ want), 0, "the same people as when nobody killed it")
    same(world.sql(counts), numbers, "and as many records, opportunities, keys, people")
    hubspot.configure(mode="apply")
    tryton.configure("apply")
    world.hup()
    for _ in range(3):
        cut(1.0)
    for form in range(3):
        hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form="Paper %d" % form, fields={})
        cut(0.6)
    wait_for("three notes\n" + world.log_tail(), lambda: len(tryton.notes()) >= 3, 90, 0.5)
    world.wait_quiet(90)
    world.wait_passes(seconds=90)
    world.wait_quiet(90)
    notes = tryton.notes()
    keys = [note["message"].strip().splitlines()[-1] for note in notes]
    same((len(notes), len(set(keys))), (3, 3), "three notes, none twice")
    same(world.number("SELECT count(*) FROM alert WHERE state = 'sent'"), 3, "three alerts")
    same(len(tryton.find("party.party", [], ["id"])), parties, "no second party")
    same(len(partition(world) ^ want), 0, "still the same people")
    world.stop()
