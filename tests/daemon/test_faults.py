# SPDX-License-Identifier: Apache-2.0
"""Remote systems, webhooks, the store and the listener misbehave; everything comes right by itself."""
import json
import os
import signal
import socket
import subprocess
import time

from systems import HOOK_SECRET, pair, person_of
from test_sync import linked_pair, loaded
from tandem import budget, check, http, postgres_program, same, wait_for

CONTACTS = ("--contacts", 350, "--deals", 0, "--owners", 3, "--search-lag", 0)
LIST = r"GET /crm/v3/objects/contacts\?"


def soql(name):
    """Matches the queries of one kind of record."""
    return "FROM(%20|[+])" + name


def all_there(world, hubspot, unread=0):
    """Every contact of the sandbox is in the store, but for those that were made unreadable."""
    have = {row[0] for row in world.sql("SELECT external_id FROM source_record s JOIN connector c USING (connector_id)"
                                        " WHERE c.name = 'ma' AND object = 'contact' AND NOT deleted")}
    want = {row["id"] for row in hubspot.list("email")}
    same(len(want - have), unread, "contacts that are not in the store")
    check(not have - want, "no contact that is not there", have - want)


@budget(90)
def test_too_many_requests_are_waited_for(world):
    """covers: A9 V13"""
    hubspot, salesforce = pair(world, hubspot=CONTACTS)
    hubspot.fault(LIST, "throttle", retry_after=3, times=1, skip=1)
    world.start()
    world.wait_loaded("ma", "sfa")
    requests = hubspot.requests()
    at = next(i for i, e in enumerate(requests) if e["status"] == 429)
    later = [e["time"] - requests[at]["time"] for e in requests[at + 1:]]
    sent_before = [seconds for seconds in later if seconds < 0.3]     # already on their way
    check(min(seconds for seconds in later if seconds >= 0.3) >= 2.8, "nothing is asked before the time is over", later[:6])
    check(len(sent_before) < 6, "and few were on their way", sent_before)
    salesforce_gaps = [e["time"] for e in salesforce.requests() if requests[at]["time"] < e["time"] < requests[at]["time"] + 3]
    check(salesforce_gaps, "the other system is asked meanwhile")
    all_there(world, hubspot)
    world.stop()


@budget(90)
def test_absurd_waits_are_capped(world):
    """covers: A9"""
    hubspot, _ = pair(world, hubspot=CONTACTS)
    for value in ("-5", "Wed, 21 Oct 2015 07:28:00 GMT"):
        hubspot.fault(LIST, "throttle", retry_after=value)
    world.start()
    world.wait_loaded("ma", "sfa", seconds=75)
    all_there(world, hubspot)
    world.stop()


@budget(90)
def test_server_errors_are_tried_again(world):
    """covers: A10"""
    hubspot, salesforce = pair(world, hubspot=CONTACTS)
    hubspot.fault(LIST, "status", status=500, times=2, skip=1)
    hubspot.fault("GET /crm/v3/owners", "status", status=502)
    salesforce.fault(soql("Contact"), "status", status=503, times=2)
    salesforce.fault("token", "status", status=500)
    world.start()
    world.wait_loaded("ma", "sfa", seconds=75)
    all_there(world, hubspot)
    world.stop()


@budget(120)
def test_broken_answers_are_asked_for_again(world):
    """covers: A12 A13 A14 A15"""
    hubspot, salesforce = pair(world, hubspot=("--contacts", 350, "--deals", 5, "--owners", 3, "--search-lag", 0),
                               ma={"more": "timeout: 3s\nbody_max: 4MiB"}, sfa={"more": "timeout: 3s\nbody_max: 4MiB"})
    hubspot.fault(LIST, "truncate", skip=1)
    hubspot.fault(LIST, "html", skip=1)
    hubspot.fault("GET /crm/v3/owners", "empty")
    hubspot.fault("GET /crm/v3/objects/companies", "shape")
    hubspot.fault("GET /crm/v3/objects/companies", "bad_gzip")
    hubspot.fault("GET /crm/v3/objects/deals", "bad_length")
    salesforce.fault(soql("User"), "bad_chunk")
    salesforce.fault(soql("Account"), "bomb", megabytes=40)
    salesforce.fault(soql("Contact"), "html", status=200)
    salesforce.fault(soql("Lead"), "drip", seconds=1, bytes=1)
    salesforce.fault(soql("Opportunity"), "huge_header")
    world.start()
    world.wait_loaded("ma", "sfa", seconds=100)
    all_there(world, hubspot)
    same(hubspot.control("GET", "fault")["faults"][-1]["left"], 0, "the last fault was met")
    for fault in hubspot.control("GET", "fault")["faults"] + salesforce.control("GET", "fault")["faults"]:
        same(fault["left"], 0, "fault %s was met" % fault["kind"])
    peak = world.metric("resident_bytes")["tandem_resident_bytes"]
    check(peak < 400 << 20, "a bomb does not fill the memory (sanitizers included)", peak)
    world.stop()


@budget(90)
def test_redirects_are_refused(world):
    """covers: A14"""
    hubspot, _ = pair(world, hubspot=CONTACTS)
    hubspot.fault(LIST, "redirect", location="file:///etc/passwd")
    hubspot.fault(LIST, "redirect", location="http://169.254.169.254/latest/meta-data/")
    world.start()
    world.wait_loaded("ma", "sfa", seconds=75)
    all_there(world, hubspot)
    check("root:" not in world.log_path.read_text(errors="replace"), "no file was read")
    world.stop()


@budget(60)
def test_a_token_that_ends_in_the_middle_is_renewed_once(world):
    """covers: A1 A3"""
    hubspot, salesforce = pair(world, salesforce=("--leads", 300, "--contacts", 100, "--opportunities", 10, "--max-page", 50))
    salesforce.fault("GET .*/query", "expire_token", skip=5)
    world.start()
    world.wait_loaded("ma", "sfa")
    same(len(salesforce.requests(0, "POST .*token")), 2, "logged in once more, not once a call")
    have = world.number("SELECT count(*) FROM source_record WHERE object = 'lead' AND NOT deleted")
    same(have, len(salesforce.query("SELECT Id FROM Lead")), "every lead is there")
    world.stop()


@budget(60)
def test_refused_credentials_stop_only_their_connector(world):
    """covers: A1"""
    hubspot, salesforce = pair(world)
    salesforce.secret.write_text("not-the-secret\n")
    world.start()
    world.wait_loaded("ma")
    wait_for("it is said", lambda: world.metric("connector_up").get('tandem_connector_up{connector="sfa"}') == 0, 15)
    time.sleep(3)
    check(len(salesforce.requests(0, "token")) < 5, "no storm of logins", len(salesforce.requests(0, "token")))
    check("not-the-secret" not in world.log_path.read_text(errors="replace"), "the secret is not in the log")
    salesforce.secret.write_text("sandbox-secret\n")
    world.ctl("reload")
    world.wait_loaded("ma", "sfa", seconds=30)
    world.stop()


@budget(120)
def test_poisoned_items_stop_no_page(world):
    """Each is read with what can be read of it, or parked; the others of its page are there in any case.

    covers: A16 V1 D11"""
    hubspot, salesforce = pair(world, hubspot=("--contacts", 1000, "--deals", 0, "--owners", 3, "--search-lag", 0),
                               salesforce=("--leads", 300, "--contacts", 20, "--opportunities", 4, "--max-page", 40))
    kinds = ["nul", "surrogate", "utf8", "bigint", "depth", "control", "duplicate", "bom"]
    for number, variant in enumerate(kinds):
        where = ("first", "middle", "last")[number % 3]
        hubspot.fault(LIST, "poison", variant=variant, where=where, skip=1 if number == 0 else 0)
        if number < 6:
            salesforce.fault("/query(All)?/" if number else soql("Lead"), "poison", variant=variant, where=where)
    world.start()
    world.wait_loaded("ma", "sfa", seconds=90)
    for box in (hubspot, salesforce):
        for fault in box.control("GET", "fault")["faults"]:
            same(fault["left"], 0, "poison %s was met" % fault.get("variant"))
        box.heal()
    parked = world.sql("SELECT object, external_id, reason FROM parked WHERE kind = 'read'")
    for name, want in (("contact", {row["id"] for row in hubspot.list("email")}),
                       ("lead", {row["Id"] for row in salesforce.query("SELECT Id FROM Lead")})):
        have = {row[0] for row in world.sql("SELECT external_id FROM source_record WHERE object = '%s' AND NOT deleted" % name)}
        lost = want - have
        check(len(lost) <= sum(1 for row in parked if row[0] == name), "every %s is read or parked" % name, lost, parked)
        check(len(lost) <= len(kinds), "no page was lost for one item", lost)
    for row in parked:
        check(row[2], "a parked item has its reason", row)
    print("of %d poisoned items %d were parked" % (len(kinds) + 6, len(parked)))
    world.stop()


@budget(90)
def test_a_create_whose_answer_is_lost_makes_no_second_record(world):
    """covers: A10 A11 V3"""
    hubspot, salesforce = pair(world, ma={"more": "create: [contact]"}, sfa={"more": "create: [lead]"})
    loaded(world)
    world.wait_quiet()
    hubspot.fault("POST /crm/v3/objects/contacts/batch/(create|upsert)", "drop_after")
    email = "mara.lost@example-pair.com"
    salesforce.person(email, FirstName="Mara", LastName="Lost")
    wait_for("the contact\n" + world.log_tail(), lambda: hubspot.effects(0, "create", "contacts") and world.number(
        "SELECT count(*) FROM person WHERE email = '%s' AND n_sources = 2 AND merged_into IS NULL" % email), 45)
    world.wait_quiet()
    same(len([r for r in hubspot.list("email") if r["properties"]["email"] == email]), 1, "one contact")
    salesforce.fault("(POST|PATCH) .*composite/sobjects/Lead", "status", status=500, after_effect=True)
    second = "nils.lost@example-pair.com"
    hubspot.person(second, firstname="Nils", lastname="Lost", company="Lost Ltd")
    wait_for("the lead\n" + world.log_tail(), lambda: world.number(
        "SELECT count(*) FROM person WHERE email = '%s' AND n_sources = 2 AND merged_into IS NULL" % second), 45)
    world.wait_quiet()
    same(len(salesforce.query("SELECT Id FROM Lead WHERE Email = '%s'" % second)), 1, "one lead")
    for box in (hubspot, salesforce):
        for fault in box.control("GET", "fault")["faults"]:
            same(fault["left"], 0, "the fault was met")
    world.stop()


@budget(90)
def test_an_alert_whose_answer_is_lost_is_told_once(world):
    """covers: V4 A11 W11"""
    hubspot, salesforce = pair(world, hooks=True)
    loaded(world)
    for kind, more in (("drop_after", {}), ("status", {"status": 500, "after_effect": True}), ("drop_before", {})):
        salesforce.fault("POST .*(Task|composite)", kind, **more)
        mark = salesforce.last()
        hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form="Paper about %s" % kind, fields={})
        wait_for("the task after %s\n%s" % (kind, world.log_tail()), lambda: salesforce.effects(mark, "create", "Task"), 40)
        world.wait_quiet(60)
        time.sleep(1)
        same(len(salesforce.effects(mark, "create", "Task")), 1, "one task after %s" % kind)
        fold_over(world)
    same(world.number("SELECT count(*) FROM alert WHERE state = 'sent'"), 3, "three alerts, all sent")
    world.stop()


def fold_over(world):
    """The next activity of the same person is to be an alert of its own."""
    world.sql("UPDATE alert SET created_at = created_at - interval '1 day', last_activity_at = last_activity_at - interval '1 day'")


@budget(60)
def test_slow_answers_are_given_up(world):
    """covers: A12"""
    hubspot, _ = pair(world, ma={"more": "timeout: 1s"})
    hubspot.fault(LIST, "slow", seconds=5)
    began = time.monotonic()
    world.start()
    world.wait_loaded("ma", "sfa", seconds=30)
    check(time.monotonic() - began < 25, "it goes on soon")
    world.stop()


@budget(90)
def test_webhooks_by_the_table(world):
    """covers: W1 W2 W3 W4 W10"""
    hubspot, salesforce = pair(world, hooks=False, ma={"poll": "60s"})
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    event = hubspot.event(1001, contact)
    body = json.dumps([event]).encode()
    base = "http://127.0.0.1:%d" % world.port
    same(hubspot.deliver([event], secret="not-" + HOOK_SECRET), 401, "forged")
    same(hubspot.deliver([event], secret=""), 401, "signed with an empty secret")
    same(hubspot.deliver([event], at=time.time() - 301), 401, "late")
    same(hubspot.deliver([event], at=time.time() + 3600), 401, "from the future")
    same(hubspot.deliver([event], headers={"X-HubSpot-Signature-v3": None}), 401, "no signature")
    same(hubspot.deliver([event], headers={"X-HubSpot-Signature-v3": "A" * 44}), 401, "another signature")
    same(hubspot.deliver([event], headers={"X-HubSpot-Request-Timestamp": "0"}), 401, "an altered time")
    same(http("POST", base + "/hooks/ma", body)[0], 401, "no headers at all")
    same(world.number("SELECT count(*) FROM hook_event"), 0, "nothing of it is stored")
    hubspot.set(contact, jobtitle="By webhook")
    same(hubspot.deliver([event]), 202, "a good one")
    wait_for("the title", lambda: salesforce.read("Contact", other, "Title")["Title"] == "By webhook", 15)
    world.wait_quiet()
    stored = world.number("SELECT count(*) FROM hook_event")
    check(stored >= 1, "it is stored")
    before = hubspot.writes(), salesforce.writes()
    same([hubspot.deliver([event]) for _ in range(3)], [202] * 3, "the same one again")
    time.sleep(1)
    same(world.number("SELECT count(*) FROM hook_event"), stored, "is not stored again")
    same((hubspot.writes(), salesforce.writes()), before, "and does nothing")
    same(hubspot.deliver(b"[]"), 202, "no event at all")
    same(hubspot.deliver(b"{}"), 400, "not a list")
    same(hubspot.deliver(b"[1, null, {}]") in (202, 400), True, "items that are no events")
    same(hubspot.deliver(b"\xff\xfe[["), 400, "not JSON")
    same(hubspot.deliver(b"[" * 200000), 400, "deep")
    # A sender that goes on sending may lose the answer with the connection: then it is cut off, and asks again.
    for claim, send in (("too large", lambda: hubspot.deliver(b" " * (3 << 20))),
                        ("too large, in chunks", lambda: chunked(world.port, "/hooks/ma", 3 << 20))):
        statuses = {send() for _ in range(6)}
        check(statuses <= {413, 0}, claim, statuses)
    same(hubspot.deliver(b" " * (1100 << 10)), 413, "a little too large")
    same(http("GET", base + "/hooks/ma")[0], 405, "a GET")
    same(http("POST", base + "/hooks/nobody", body)[0], 404, "an unknown connector")
    same(http("POST", base + "/hooks/sfa", body)[0] in (401, 404), True, "a module without webhooks")
    same(http("GET", base + "/../../etc/passwd")[0], 404, "a path")
    same(http("POST", base + "/metrics", body)[0], 405, "a POST to the metrics")
    same(http("GET", base + "/healthz"), (200, "alive\n"), "alive")
    deleted = dict(hubspot.event(1002, 999999999), subscriptionType="contact.deletion")
    same(hubspot.deliver([deleted]), 202, "an event of a record that is not there")
    world.wait_quiet()
    world.stop()


def chunked(port, path, size):
    """Status of a request whose length is told by chunks only."""
    with socket.create_connection(("127.0.0.1", port), 20) as link:
        link.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode())
        try:
            for _ in range(size // 65536):
                link.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            link.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        answer = b""
        while b"\r\n" not in answer:
            piece = link.recv(4096)
            if not piece:
                break
            answer += piece
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@budget(120)
def test_the_store_is_killed(world):
    """covers: D1 D13 W7 V2"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    before = world.store_pid()
    os.kill(before, signal.SIGKILL)
    seen = set()
    number = 5000
    accepted = []
    end = time.monotonic() + 30
    while time.monotonic() < end:
        number += 1
        began = time.monotonic()
        status = hubspot.deliver([hubspot.event(number, contact)])
        check(time.monotonic() - began < 3, "an answer within two seconds", status)
        seen.add(status)
        if status == 202:
            accepted.append(number)
        if len(accepted) > 3 and 503 in seen:
            break
        time.sleep(0.05)
    check(seen == {503, 202}, "503 while it is down, 202 after it", seen, world.log_tail())
    check(world.store_pid() != before, "another server")
    wait_for("ready", lambda: http("GET", "http://127.0.0.1:%d/readyz" % world.port)[0] == 200, 20)
    check(world.number("SELECT count(*) FROM hook_event") >= len(accepted), "what was accepted is stored")
    hubspot.set(contact, jobtitle="After the crash")
    wait_for("work goes on\n" + world.log_tail(), lambda: salesforce.read("Contact", other, "Title")["Title"] == "After the crash", 45)
    world.wait_quiet()
    check(len(accepted) <= world.number("SELECT count(*) FROM hook_event WHERE done_at IS NOT NULL"), "each accepted event was worked off")
    world.stop()


@budget(90)
def test_the_store_is_killed_in_the_first_load(world):
    """covers: D1 V1 V9"""
    hubspot, _ = pair(world, hubspot=("--contacts", 1500, "--deals", 0, "--owners", 3, "--search-lag", 0),
                      tandem="batch_records: 200\n")
    world.start()
    wait_for("the load is under way", lambda: world.number("SELECT count(*) FROM source_record") > 150, 20)
    os.kill(world.store_pid(), signal.SIGKILL)
    time.sleep(1)
    world.wait_ready(30)
    world.wait_loaded("ma", "sfa", seconds=60)
    all_there(world, hubspot)
    world.stop()


@budget(60)
def test_sessions_of_the_store_are_terminated(world):
    """covers: D8"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    for turn in range(5):
        world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'")
        time.sleep(0.3)
    hubspot.set(contact, jobtitle="After five cuts")
    wait_for("work goes on\n" + world.log_tail(), lambda: salesforce.read("Contact", other, "Title")["Title"] == "After five cuts", 30)
    world.stop()


@budget(60)
def test_a_lock_of_an_operator_blocks_no_one_else(world):
    """covers: D9"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    lock = subprocess.Popen([postgres_program("psql"), "-X", "-q", *world.psql, "-c",
                             "BEGIN; LOCK TABLE person; SELECT pg_sleep(6); COMMIT"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    hubspot.set(contact, jobtitle="Behind the lock")
    began = time.monotonic()
    same(http("GET", "http://127.0.0.1:%d/healthz" % world.port)[0], 200, "the loop is alive")
    world.ctl("version")
    check(time.monotonic() - began < 2, "and quick")
    wait_for("the title", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Behind the lock", 40)
    lock.wait()
    world.stop()


@budget(90)
def test_the_listener_under_a_small_flood(world):
    """covers: W5 W6 P5 V16"""
    hubspot, salesforce = pair(world, tandem="request_timeout: 2s\nconnections_per_address: 40\n")
    contact, _ = linked_pair(hubspot, salesforce)
    loaded(world)
    address = ("127.0.0.1", world.port)
    idle = []
    for _ in range(200):
        link = socket.socket()
        link.settimeout(5)
        try:
            link.connect(address)
            link.sendall(b"POST /hooks/ma HT")
            idle.append(link)
        except OSError:
            link.close()
    time.sleep(3)
    wait_for("an answer after the flood", lambda: answers(world), 10, 0.2)
    alive = 0
    for link in idle:
        try:
            link.setblocking(False)
            link.recv(100)
        except BlockingIOError:
            alive += 1
        except OSError:
            pass
        link.close()
    same(alive, 0, "half requests are cut off after their time")
    statuses = [hubspot.deliver([hubspot.event(9000 + n, contact)]) for n in range(300)]
    same(set(statuses), {202}, "a burst of good ones is taken")
    world.wait_quiet()
    same(world.number("SELECT count(*) FROM hook_event WHERE object = 'contact'"), 300, "and stored")
    descriptors = len(os.listdir("/proc/%d/fd" % world.process.pid))
    check(descriptors < 80, "descriptors are given back", descriptors)
    world.stop()


def answers(world):
    try:
        return http("GET", "http://127.0.0.1:%d/healthz" % world.port, timeout=3)[0] == 200
    except OSError:
        return False


@budget(60)
def test_idle_means_idle(world):
    """covers: V16"""
    hubspot, _ = pair(world, ma={"poll": "60s"}, sfa={"poll": "60s"})
    loaded(world)
    time.sleep(1)

    def cpu():
        words = open("/proc/%d/stat" % world.process.pid).read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    before = cpu()
    time.sleep(5)
    used = cpu() - before
    check(used < 0.25, "an idle daemon uses next to nothing", used)
    hubspot.fault("", "drop_before", times=0)
    before = cpu()
    time.sleep(5)
    check(cpu() - before < 0.5, "also while a system is down", cpu() - before)
    world.stop()


@budget(90)
def test_a_lost_or_doubled_item_of_a_batch_write_is_noticed(world):
    """covers: A18"""
    hubspot, salesforce = pair(world, ma={"more": "create: [contact]"})
    loaded(world)
    hubspot.fault("POST /crm/v3/objects/contacts/batch/(create|upsert)", "lose_item")
    hubspot.fault("POST /crm/v3/objects/contacts/batch/(create|upsert)", "double_item")
    before = len(hubspot.list("email"))
    for number in range(6):
        salesforce.person("batch.%d@example-pair.com" % number, FirstName="Ben", LastName="Batch%d" % number)
    wait_for("six people\n" + world.log_tail(), lambda: world.number(
        "SELECT count(*) FROM person WHERE email LIKE 'batch.%@example-pair.com' AND n_sources = 2") == 6, 60)
    world.wait_quiet()
    same(len(hubspot.list("email")) - before, 6, "six contacts, none twice")
    same(len({person_of(world, "ma", "contact", e["id"]) for e in hubspot.effects(0, "create", "contacts")
              if "batch." in str(e["fields"])}), 6, "six people")
    world.stop()


@budget(90)
def test_a_refused_field_is_parked_and_the_rest_goes(world):
    """covers: A7"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    hubspot.set(contact, jobtitle="x" * 300)        # longer than Salesforce takes
    wait_for("it is set aside\n" + world.log_tail(), lambda: world.number("SELECT count(*) FROM parked WHERE kind = 'push'"), 30)
    check(world.log_lines("Title") or "Title" in json.dumps(world.ask("errors")), "the field is named", world.ctl("errors"))
    hubspot.set(contact, jobtitle="Short")
    wait_for("the new value goes", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Short", 30)
    wait_for("and nothing is set aside", lambda: world.number("SELECT count(*) FROM parked WHERE kind = 'push'") == 0, 20)
    world.stop()


@budget(60)
def test_another_account_behind_the_credentials_is_refused(world):
    """covers: A36"""
    hubspot, _ = pair(world)
    loaded(world)
    world.sql("UPDATE connector SET account_id = 'another-account' WHERE name = 'sfa' AND account_id IS NOT NULL")
    same(world.value("SELECT account_id FROM connector WHERE name = 'sfa'"), "another-account", "the account is known")
    world.stop()
    world.start()
    wait_for("it is refused", lambda: world.metric("connector_up").get('tandem_connector_up{connector="sfa"}') == 0, 15)
    check("another-account" in world.ctl("status") + world.log_tail(60), "and said")
    world.stop()
