#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""First load of many contacts, beside the same rows merged without us: what `./dev bench load` prints.

load   the daemon reads the pretended HubSpot into a fresh embedded store; wall time from the first request until the
       connector is loaded, peak resident memory of tandemd alone
floor  the rows of that store (source_record, identity_key, person), copied and merged into a fresh PostgreSQL with the
       same schema and the same settings: COPY into unlogged work tables, INSERT … SELECT … ON CONFLICT in the order of the
       key, batches of 5,000, a transaction each, one connection, nothing else running
"""
import argparse
import os
import pathlib
import pwd
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from systems import HubSpot  # noqa: E402
from tandem import Failure, World, postgres_program  # noqa: E402

BATCH = 5000
STREAM = "streams: [contact]\ncreate: []"


def say(text):
    print(text, flush=True)


def asked_for(build):
    """The properties and associations that the connector asks for, seen on a few contacts."""
    with World(build) as world:
        hubspot = start(world, ("--contacts", 5, "--deals", 0))
        world.start()
        world.wait_loaded("ma", seconds=60)
        page = next(e["path"] for e in hubspot.requests() if re.search(r"/objects/contacts\?", e["path"]))
        words = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page).query))
        world.stop()
    return words["properties"], words.get("associations", "")


def start(world, options, box=None):
    if box is None:
        hubspot = HubSpot(world, *options, mode="observe", poll="1d", more=STREAM)
    else:
        hubspot = HubSpot.__new__(HubSpot)
        hubspot.__dict__.update(box.__dict__, world=world, hook="http://127.0.0.1:%d/hooks/ma" % world.port,
                                token=world.secret("ma-token", "pat-na1-sandbox"), secret=world.secret("ma-hook", "bench"))
        hubspot.configure()
    world.write_tandem("batch_records: %d\nlog_level: warning\n" % BATCH)
    return hubspot


# --- load -------------------------------------------------------------------------------------------------------------


def memory(pid):
    """(resident now, its peak) in MiB."""
    text = pathlib.Path("/proc/%d/status" % pid).read_text()
    return tuple(int(re.search(r"%s:\s+(\d+) kB" % name, text).group(1)) / 1024 for name in ("VmRSS", "VmHWM"))


def cpu_seconds(pid):
    words = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def load(world, hubspot, contacts):
    """{seconds, rate, peak, …} of one first load; the daemon and its store stay up."""
    began = time.time()
    world.start(seconds=120)
    pid, curve = world.process.pid, []
    end = time.monotonic() + 900
    while not world.is_loaded("ma"):
        if time.monotonic() > end or world.process.poll() is not None:
            raise Failure("not loaded within 900 s\n%s" % world.log_tail())
        curve.append(memory(pid)[0])
        time.sleep(0.05)
    done = time.time()
    first = first_request(hubspot, began)
    count = world.number("SELECT count(*) FROM source_record WHERE object = 'contact'")
    if count != contacts:
        raise Failure("%d of %d contacts are in the store" % (count, contacts))
    tenth = max(1, len(curve) // 10)
    return {"seconds": done - first, "rate": contacts / (done - first), "peak": memory(pid)[1], "cpu": cpu_seconds(pid),
            "early": statistics.median(curve[tenth:2 * tenth] or curve), "late": statistics.median(curve[-tenth:] or curve),
            "people": world.number("SELECT count(*) FROM person WHERE merged_into IS NULL")}


def first_request(hubspot, began):
    """Time of the first request of this load; the sandbox's log is long, so it is read from a mark on."""
    entries = hubspot.entries(hubspot.__dict__.get("seen", 0), "request")
    hubspot.__dict__["seen"] = entries[-1]["n"]
    return min(e["time"] for e in entries if e["time"] >= began - 1 and "/crm/" in e["path"])


# --- floor ------------------------------------------------------------------------------------------------------------

SOURCE = ("src_key, connector_id, entity, object, external_id, entity_id, content_hash, remote_modified_at, remote_created_at,"
          " seen_at, deleted, owner_key, account_key, payload, field_times, written")
KEY = "key_hash, kind, key_check, entity_id, src_key"
FIELDS = ("email", "first_name", "last_name", "title", "phone", "mobile", "company", "website", "street", "city", "state",
          "postal_code", "country", "lifecycle", "lead_status", "email_opt_out")
PERSON = "person_id, merged_into, %s, extras, origin, n_sources, updated_at" % ", ".join(FIELDS)
GOLDEN = "entity_id, merged_into, %s, extras, origin, n_sources, updated_at" % ", ".join("f%d" % i for i in range(16))

EXPORT = """
CREATE TEMP TABLE t_batch AS SELECT src_key, entity_id, (row_number() OVER (ORDER BY external_id::bigint) - 1) / %(batch)d AS batch
	FROM source_record WHERE object = 'contact';
CREATE TEMP TABLE t_person AS SELECT entity_id, min(batch) AS batch FROM t_batch GROUP BY 1;
CREATE INDEX ON t_batch (batch); CREATE INDEX ON t_person (batch); ANALYZE t_batch; ANALYZE t_person;
"""
EXPORT_BATCH = """
\\copy (SELECT %(n)d::bigint, %(source)s FROM source_record s JOIN t_batch b USING (src_key) WHERE b.batch = %(n)d ORDER BY src_key) TO '%(dir)s/%(n)d.source' (FORMAT binary)
\\copy (SELECT %(n)d::bigint, %(key)s FROM identity_key k JOIN t_batch b USING (src_key) WHERE b.batch = %(n)d ORDER BY key_hash, kind) TO '%(dir)s/%(n)d.key' (FORMAT binary)
\\copy (SELECT %(n)d::bigint, %(person)s FROM person JOIN t_person b ON b.entity_id = person_id WHERE b.batch = %(n)d ORDER BY person_id) TO '%(dir)s/%(n)d.person' (FORMAT binary)
"""
MERGE_BATCH = """
BEGIN;
\\copy w_source (batch, %(source)s) FROM '%(dir)s/%(n)d.source' (FORMAT binary)
\\copy w_key (batch, %(key)s) FROM '%(dir)s/%(n)d.key' (FORMAT binary)
\\copy w_golden (batch, %(golden)s) FROM '%(dir)s/%(n)d.person' (FORMAT binary)
INSERT INTO source_record (%(source)s) SELECT %(source)s FROM w_source WHERE batch = %(n)d ORDER BY src_key
	ON CONFLICT (src_key) DO UPDATE SET content_hash = excluded.content_hash, payload = excluded.payload, seen_at = excluded.seen_at;
INSERT INTO identity_key (%(key)s) SELECT %(key)s FROM w_key WHERE batch = %(n)d ORDER BY key_hash, kind
	ON CONFLICT (key_hash, kind) DO NOTHING;
INSERT INTO person AS g (%(person)s) SELECT %(golden)s FROM w_golden WHERE batch = %(n)d ORDER BY entity_id
	ON CONFLICT (person_id) DO UPDATE SET email = excluded.email, updated_at = excluded.updated_at, version = g.version + 1;
TRUNCATE w_source, w_key, w_golden;
COMMIT;
"""


def words_of(n, folder):
    keys = ", ".join("k." + name.strip() for name in KEY.split(","))
    return {"n": n, "dir": folder, "source": SOURCE, "key": KEY, "person": PERSON, "golden": GOLDEN, "batch": BATCH, "qualified": keys}


def psql(options, script):
    done = subprocess.run([postgres_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *options, "-f", "-"], input=script, text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        raise Failure("psql: %s" % done.stderr)


class Floor:
    """The exported rows, and a fresh server for each measurement."""

    def __init__(self, world, contacts):
        self.folder = world.folder / "rows"
        self.folder.mkdir()
        self.batches = (contacts + BATCH - 1) // BATCH
        script = EXPORT % {"batch": BATCH}
        for n in range(self.batches):
            words = words_of(n, self.folder)
            words["source"] = SOURCE.replace(" entity_id,", " s.entity_id,")
            words["key"] = words["qualified"]
            script += EXPORT_BATCH % words
        psql(world.psql, script)
        dumped = subprocess.run([postgres_program("pg_dump"), "--schema-only", "--no-owner", *world.psql], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, check=True)
        self.schema = dumped.stdout
        command = pathlib.Path("/proc/%d/cmdline" % world.store_pid()).read_bytes().decode().split("\0")[:-1]
        self.settings = [word for word in command[command.index("-c"):] if word != "-c"]
        self.bytes = sum(path.stat().st_size for path in self.folder.iterdir())

    def run(self, where):
        """Seconds of one merge of everything."""
        where.mkdir()
        prefix = []
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            shutil.chown(where, user.pw_uid, user.pw_gid)
            prefix = ["setpriv", "--reuid=%d" % user.pw_uid, "--regid=%d" % user.pw_gid, "--clear-groups"]

        def run(*words, **more):
            done = subprocess.run([*prefix, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, cwd=where, **more)
            if done.returncode:
                raise Failure("%s: %s" % (words[0], done.stdout))
        run(postgres_program("initdb"), "-D", where / "data", "-A", "trust", "-U", "tandem", "-E", "UTF8", "--locale=C.UTF-8",
            "--data-checksums")
        settings = [word for word in self.settings if not word.startswith("unix_socket_directories")]
        with open(where / "data/postgresql.conf", "a") as conf:
            for word in settings + ["unix_socket_directories=%s" % where]:
                name, _, value = word.partition("=")
                conf.write("%s = '%s'\n" % (name, value))
        run(postgres_program("pg_ctl"), "-D", where / "data", "-l", where / "log", "-w", "start")
        options = ["-h", str(where), "-U", "tandem", "-d", "postgres"]
        try:
            psql(options, self.schema)
            psql(options, "CHECKPOINT;")
            script = "".join(MERGE_BATCH % words_of(n, self.folder) for n in range(self.batches))
            began = time.monotonic()
            psql(options, script)
            return time.monotonic() - began
        finally:
            run(postgres_program("pg_ctl"), "-D", where / "data", "-m", "immediate", "-w", "stop")
            shutil.rmtree(where)


# --- all --------------------------------------------------------------------------------------------------------------


def rounds(options, properties, associations):
    sandbox = ("--contacts", options.contacts, "--deals", 0, "--owners", 8, "--search-lag", 0, "--warm", properties,
               "--warm-associations", associations)
    say("sandbox: hubspot.py %s" % " ".join(map(str, sandbox)))
    say("daemon:  tandemd --config DIR   (store: embedded, mode: observe, %s, batch_records: %d)" % (STREAM.split("\n")[0], BATCH))
    say("floor:   psql -f -   (\\copy w_source, w_key, w_golden; INSERT … SELECT … ORDER BY key ON CONFLICT; %d rows a transaction)" % BATCH)
    with World(options.build) as home:
        began = time.monotonic()
        box = start(home, sandbox)
        say("sandbox filled in %.0f s\n" % (time.monotonic() - began))
        say("round  load s  records/s  peak RSS MiB  RSS early/late  tandemd CPU s  floor s  floor records/s  ratio")
        results = []
        for number in range(options.rounds):
            with World(options.build) as world:
                hubspot = start(world, sandbox, box)
                hubspot.__dict__["seen"] = box.__dict__.get("seen", 0)
                one = load(world, hubspot, options.contacts)
                box.__dict__["seen"] = hubspot.__dict__["seen"]
                floor = Floor(world, options.contacts)
                world.stop()
                one["floor"] = floor.run(pathlib.Path(world.folder) / "floor")
                one["ratio"] = one["floor"] / one["seconds"]
                results.append(one)
                say("%5d  %6.1f  %9.0f  %12.1f  %6.1f /%6.1f  %13.1f  %7.1f  %15.0f  %5.2f" % (
                    number + 1, one["seconds"], one["rate"], one["peak"], one["early"], one["late"], one["cpu"], one["floor"],
                    options.contacts / one["floor"], one["ratio"]))
    return results


def main():
    parser = argparse.ArgumentParser(description="first load beside the same rows merged without us")
    parser.add_argument("--build", required=True)
    parser.add_argument("--contacts", type=int, default=200000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    try:
        properties, associations = asked_for(options.build)
        results = rounds(options, properties, associations)
    except Failure as failure:
        print("bench: %s" % failure, file=sys.stderr)
        return 1
    rate, ratio = statistics.median(r["rate"] for r in results), statistics.median(r["ratio"] for r in results)
    peak = max(r["peak"] for r in results)
    say("\n%d contacts, %d people: %.0f records/s, peak RSS of tandemd %.1f MiB, %.2f of the floor" % (
        options.contacts, results[-1]["people"], rate, peak, ratio))
    say("aims: at most 64 MiB %s; at least 0.50 of the floor %s" % (
        "met" if peak <= 64 else "MISSED", "met" if ratio >= 0.5 else "MISSED"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
