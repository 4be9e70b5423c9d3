# SPDX-License-Identifier: Apache-2.0
"""The daemon is killed at random moments, stopped under load, started twice: the end is as if nothing had been."""
import collections
import os
import random
import signal
import subprocess
import time

from systems import pair, partition
from test_sync import linked_pair, loaded
from tandem import budget, check, die_with_parent, same, wait_for

POLICY = """region: US
alerts: [{name: papers, activities: [form], fold: 0s}]
"""
BOXES = {"hubspot": ("--contacts", 300, "--deals", 4, "--owners", 3, "--search-lag", 0, "--base-time", "2026-01-05T00:00:00Z"),
         "salesforce": ("--leads", 60, "--contacts", 40, "--opportunities", 8, "--base-time", "2026-01-05T00:00:00Z")}


def seed():
    """TANDEM_SEED replays the moments of a run."""
    number = int(os.environ.get("TANDEM_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 30)
    print("TANDEM_SEED=%d" % number)
    return random.Random(number)


def kill_and_start(world, after):
    time.sleep(after)
    world.kill()
    began = time.monotonic()
    world.start()
    took = time.monotonic() - began
    check(took < 10, "a start after a kill takes under 10 s", took)
    return took


def sent_tasks(salesforce):
    """The key at the end of each alert's task, counted."""
    return collections.Counter(e["fields"].get("Description", "").strip().splitlines()[-1]
                               for e in salesforce.effects(0, "create", "Task"))


def end_state(world, hubspot, salesforce):
    """What must be the same however often it was killed; ids that the systems give are left out."""
    before = {("ma", "contact", row["id"]) for row in hubspot.list("email") if int(row["id"]) in hubspot.first_ids}
    return {
        "people": world.number("SELECT count(*) FROM person WHERE merged_into IS NULL AND n_sources > 0"),
        "in more than one record": world.number("SELECT count(*) FROM person WHERE merged_into IS NULL AND n_sources > 1"),
        "records": world.number("SELECT count(*) FROM source_record WHERE NOT deleted"),
        "keys": world.number("SELECT count(*) FROM identity_key"),
        "accounts": world.number("SELECT count(*) FROM account WHERE merged_into IS NULL AND n_sources > 0"),
        "opportunities": world.number("SELECT count(*) FROM opportunity"),
        "roles": world.number("SELECT count(*) FROM opp_role"),
        "activities": world.number("SELECT count(*) FROM activity"),
        "marks": world.number("SELECT count(*) FROM dirty"),
        "parked": world.number("SELECT count(*) FROM parked"),
        "alerts": world.number("SELECT count(*) FROM alert"),
        "alerts sent": world.number("SELECT count(*) FROM alert WHERE state = 'sent'"),
        "tasks": sum(sent_tasks(salesforce).values()),
        "contacts in HubSpot": len(hubspot.list("email")),
        "contacts made": len(hubspot.effects(0, "create", "contacts")),
        "leads made": len(salesforce.effects(0, "create", "Lead")),
        "addresses in HubSpot": sorted((row["properties"]["email"] or "").lower() for row in hubspot.list("email")),
        "who is who": {frozenset(r for r in group if r[0] != "ma" or r in before) for group in partition(world)},
    }


FORMS = 5


def begin(world):
    hubspot, salesforce = pair(world, policy=POLICY, hooks=True, tandem="batch_records: 60\n", ma={"mode": "observe", "more": "create: [contact]"},
                               sfa={"mode": "observe"}, **BOXES)
    hubspot.first_ids = {int(row["id"]) for row in hubspot.list("email")}
    world.start()
    return hubspot, salesforce


def go(world, hubspot, salesforce):
    hubspot.configure(mode="apply")
    salesforce.configure(mode="apply")
    world.hup()


def submit(hubspot, number):
    hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form="Paper %d" % number, fields={})


def finish(world, hubspot, salesforce):
    world.wait_loaded("ma", "sfa", seconds=60)
    wait_for("every form is told\n" + world.log_tail(), lambda: world.number(
        "SELECT count(*) FROM alert WHERE state = 'sent'") >= FORMS, 60)
    world.wait_quiet(90)
    world.wait_passes()
    world.wait_quiet(60)
    return end_state(world, hubspot, salesforce)


@budget(240)
def test_killed_at_fifteen_moments(world):
    """First load, pushes and alerts, each cut short five times, beside a run that nobody disturbs.

    covers: P1 P3 V1 V3 V4 V9 W8"""
    from tandem import World
    chance = seed()
    with World(world.build) as calm:
        hubspot, salesforce = begin(calm)
        calm.wait_loaded("ma", "sfa", seconds=60)
        go(calm, hubspot, salesforce)
        for number in range(FORMS):
            submit(hubspot, number)
            wait_for("alert %d" % number, lambda: calm.number("SELECT count(*) FROM alert WHERE state = 'sent'") > number, 30)
        want = finish(calm, hubspot, salesforce)
        calm.stop()
    check(want["contacts made"] > 20 and want["tasks"] == FORMS, "there is something to lose", want["contacts made"], want["tasks"])

    hubspot, salesforce = begin(world)
    starts = []
    for _ in range(5):
        starts.append(kill_and_start(world, chance.uniform(0, 1.2)))
    world.wait_loaded("ma", "sfa", seconds=60)
    go(world, hubspot, salesforce)
    for _ in range(5):
        starts.append(kill_and_start(world, chance.uniform(0, 0.9)))
    for number in range(FORMS):
        submit(hubspot, number)
        starts.append(kill_and_start(world, chance.uniform(0, 0.5)))
    have = finish(world, hubspot, salesforce)
    for name in want:
        same(have[name], want[name], name) if not isinstance(want[name], (set, list)) else check(
            have[name] == want[name], name, *list(set(have[name]) ^ set(want[name]))[:10])
    same(set(sent_tasks(salesforce).values()), {1}, "no alert has two tasks")
    print("15 kills; starts after them %.1f to %.1f s" % (min(starts), max(starts)))
    world.stop()


@budget(90)
def test_what_waits_to_be_written_outlives_a_restart_and_a_reload(world):
    """A mark is not given up while it is not known yet what may be written.

    covers: P1 V5"""
    hubspot, salesforce = pair(world, ma={"more": "create: [contact]"})
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    writes = "POST /crm/v3/objects/contacts/batch/(update|create|upsert)"
    for again in ("restart", "reload"):
        hubspot.fault(writes, "status", status=503, times=0)
        salesforce.set("Contact", other, Title="Written after a %s" % again)
        email = "%s@example-pair.com" % again
        salesforce.person(email, FirstName="Rita", LastName=again)
        wait_for("marks wait", lambda: world.number("SELECT count(*) FROM dirty WHERE attempts > 0") >= 1, 30)
        if again == "restart":
            world.kill()
            hubspot.heal()
            world.start()
        else:
            hubspot.heal()
            world.hup()
        wait_for("the title after a %s\n%s" % (again, world.log_tail()),
                 lambda: hubspot.read(contact, "jobtitle")["jobtitle"] == "Written after a %s" % again, 40)
        wait_for("the new person", lambda: [r for r in hubspot.list("email") if r["properties"]["email"] == email], 40)
    world.wait_quiet()
    same(len(hubspot.effects(0, "create", "contacts")), len({e["fields"].get("email") or e["id"] for e in hubspot.effects(0, "create", "contacts")}),
         "nobody was made twice")
    world.stop()


@budget(90)
def test_two_daemons_on_one_folder(world):
    """covers: P9 D13"""
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    other = world.folder / "other"
    (other / "connectors.d").mkdir(parents=True)
    text = (world.config / "tandem.yaml").read_text()
    (other / "tandem.yaml").write_text(text.replace("control: %s" % world.control, "control: %s" % (world.folder / "other.sock"))
                                       .replace("listen: 127.0.0.1:%d" % world.port, "listen: none"))
    code, out, err = world.run_daemon(config=other, seconds=20)
    check(code > 0 and "another tandemd" in out + err, "the second is refused with the reason", code, out, err)
    code, out, err = world.run_daemon(config=world.config, seconds=20)
    check(code > 0, "also with the same configuration", code, out, err)
    same(world.run_ctl("version")[0], 0, "the first one works on, its control socket is its own")
    world.wait_passes()
    world.stop()


@budget(90)
def test_stopped_under_load(world):
    """covers: P8"""
    hubspot, _ = pair(world, hubspot=("--contacts", 3000, "--deals", 0, "--owners", 3, "--search-lag", 0), tandem="batch_records: 500\n")
    for after in (None, 0, 0.1, 0.4, 1.0, 2.0):
        world.start(wait=False)
        if after is None:       # as soon as it handles signals: the store is being made
            wait_for("its first file", lambda: (world.folder / "state/lock").exists(), 10, 0.002)
        else:
            world.wait_ready()
            time.sleep(after)
        began = time.monotonic()
        world.stop(30)
        took = time.monotonic() - began
        check(took < 20, "a stop is quick", took)
    world.start()
    world.process.terminate()
    world.process.terminate()
    same(world.process.wait(20), 0, "terminated twice")
    world.start()
    world.process.send_signal(signal.SIGINT)
    same(world.process.wait(20), 0, "interrupted")
    world.check_log()
    world.start()
    world.wait_loaded("ma", "sfa", seconds=60)
    same(world.number("SELECT count(*) FROM source_record WHERE object = 'contact'") >= 3000, True, "and everything was read")
    world.stop()


@budget(90)
def test_a_storm_of_reloads(world):
    """covers: P8 V14"""
    hubspot, salesforce = pair(world, hubspot=("--contacts", 1500, "--deals", 0, "--owners", 3, "--search-lag", 0), tandem="batch_records: 300\n")
    contact, other = linked_pair(hubspot, salesforce)
    world.start()
    good = (world.config / "connectors.d/ma.yaml").read_text()
    for turn in range(60):
        world.write("connectors.d/ma.yaml", good if turn % 3 else good.replace("poll: 1s", "poll: never"))
        world.hup()
        time.sleep(0.02)
    world.write("connectors.d/ma.yaml", good)
    world.hup()
    world.wait_loaded("ma", "sfa", seconds=60)
    world.wait_quiet()
    hubspot.set(contact, jobtitle="After the storm")
    wait_for("work goes on", lambda: salesforce.read("Contact", other, "Title")["Title"] == "After the storm", 20)
    check(world.metric("reload_failures")["tandem_reload_failures_total"] >= 1, "the wrong ones were refused")
    world.stop()


@budget(60)
def test_the_store_left_behind_is_taken_over(world):
    """covers: D13"""
    pair(world)
    world.start()
    world.wait_loaded("ma", "sfa")
    people = world.number("SELECT count(*) FROM person")
    left = world.store_pid()
    world.kill()
    check(os.path.exists("/proc/%d" % left), "the server outlives the daemon")
    began = time.monotonic()
    world.start()
    check(time.monotonic() - began < 10, "the next start takes it over soon", time.monotonic() - began)
    check(world.store_pid() != left, "with a server of its own")
    same(world.number("SELECT count(*) FROM person"), people, "on the same data")
    world.stop()
    pid_file = world.folder / "state/store/postgres/postmaster.pid"
    pid_file.write_text("%d\n%s\n" % (os.getpid(), pid_file.parent))
    world.start()
    check(os.path.exists("/proc/%d" % os.getpid()), "a stale pid file with somebody else's pid kills nobody")
    world.stop()


@budget(60)
def test_an_initdb_cut_short_is_done_again(world):
    """covers: D13"""
    pair(world)
    world.start(wait=False)
    wait_for("initdb at work", lambda: list((world.folder / "state/store").glob("postgres.new.*")), 10, 0.01)
    time.sleep(0.2)
    world.kill()
    subprocess.run(["sleep", "1"], stdin=subprocess.DEVNULL)
    world.start()
    world.wait_loaded("ma", "sfa")
    world.stop()


@budget(60)
def test_a_foreign_folder_is_left_alone(world):
    """covers: D13 P10"""
    pair(world)
    data = world.folder / "state/store/postgres"
    data.mkdir(parents=True)
    (data / "diary.txt").write_text("mine\n")
    world.process = world.start(wait=False)
    code = world.process.wait(20)
    check(code > 0 and world.log_lines("left as it is"), "it is refused", code, world.log_tail())
    same([p.name for p in data.iterdir()], ["diary.txt"], "and untouched")
    (data / "diary.txt").unlink()
    data.rmdir()
    world.start()
    world.wait_loaded("ma", "sfa")
    world.sql("INSERT INTO schema_version VALUES (9999, 'from the future', 'none', now())")
    world.stop()
    world.start(wait=False)
    code = world.process.wait(20)
    check(code > 0 and world.log_lines("newer"), "a newer schema is refused with the reason", code, world.log_tail())


@budget(60)
def test_a_stopped_daemon_wakes_up(world):
    """covers: P9"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    world.process.send_signal(signal.SIGSTOP)
    time.sleep(8)
    hubspot.set(contact, jobtitle="While asleep")
    world.process.send_signal(signal.SIGCONT)
    wait_for("it goes on", lambda: salesforce.read("Contact", other, "Title")["Title"] == "While asleep", 20)
    world.stop()


@budget(60)
def test_a_blocked_log_stops_nothing(world):
    """covers: P14"""
    hubspot, salesforce = pair(world, log_level="debug")
    contact, other = linked_pair(hubspot, salesforce)
    for name in ("state", "run"):
        (world.folder / name).mkdir(exist_ok=True)
    reading, writing = os.pipe()
    world.process = subprocess.Popen([str(world.build / "daemon/tandemd"), "--config", str(world.config)], stdin=subprocess.DEVNULL,
                                     stdout=writing, stderr=writing, preexec_fn=die_with_parent,
                                     env=dict(os.environ, ASAN_OPTIONS="abort_on_error=1"))
    os.close(writing)
    world.wait_ready()
    world.wait_loaded("ma", "sfa")
    world.wait_quiet()
    hubspot.set(contact, jobtitle="Without a log")
    wait_for("work goes on", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Without a log", 30)
    check(world.metric("log_lines_lost")["tandem_log_lines_lost_total"] > 0, "lost lines are counted")
    world.process.terminate()
    same(world.process.wait(20), 0, "and it ends")
    os.close(reading)
