#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Joe's story on a store and two pretended systems of its own: what `./dev demo` shows.

Marketing knows Joe as Joe.Smith+news@acme.com; sales typed him in as "joe smith, ACME Inc.", promoted him, and Dana owns
the opportunity. Joe downloads a paper. He must be one person, and Dana must hear of it, once.
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from tandem import ROOT, Failure, World, wait_for  # noqa: E402

FORM = "White paper: Data platforms compared"
JOE = "joe.smith@acme.com"

MA = """# HubSpot, pretended: the marketing system
module: hubspot
role: ma
mode: apply
base_url: {url}
auth:
  token: {{file: {token}}}
webhook:
  url: http://127.0.0.1:{port}/hooks/ma
  secret: {{file: {secret}}}
poll: 5s
overlap: 30s
budget: {{calls_per_second: 200}}
"""
SFA = """# Salesforce, pretended: the sales system
module: salesforce
role: sfa
mode: apply
base_url: {url}
auth:
  flow: client_credentials
  client_id: 3MVG9sandbox
  client_secret: {{file: {secret}}}
poll: 5s
overlap: 30s
budget: {{calls_per_second: 200}}
"""
POLICY = """region: US
alerts:
  - name: downloads
    activities: [form, download]
    fold: 15m
    due: 1d
"""

is_terminal = sys.stdout.isatty()


def bold(text):
    return "\033[1m%s\033[0m" % text if is_terminal else text


def chapter(text):
    print("\n" + bold(text))


def said(text):
    print("  " + text, flush=True)


def start(world):
    began = time.monotonic()
    hubspot = world.sandbox("hubspot", "--contacts", 1000, "--hook-url", "http://127.0.0.1:%d/hooks/ma" % world.port,
                            "--hook-public-url", "http://127.0.0.1:%d/hooks/ma" % world.port, "--client-secret", "story-secret")
    salesforce = world.sandbox("salesforce", "--leads", 400, "--contacts", 200, "--opportunities", 60, "--users", 8)
    said("HubSpot    %s   1,000 contacts" % hubspot.url)
    said("Salesforce %s   600 leads and contacts, 60 opportunities, 8 reps" % salesforce.url)
    world.write_tandem()
    world.write("policy.yaml", POLICY)
    world.write("connectors.d/ma.yaml", MA.format(url=hubspot.url, port=world.port, token=world.secret("token", "pat-na1-sandbox"),
                                                  secret=world.secret("hook-secret", "story-secret")))
    world.write("connectors.d/sfa.yaml", SFA.format(url=salesforce.url, secret=world.secret("sfa-secret", "sandbox-secret")))
    world.start()
    said("tandemd    http://127.0.0.1:%d   its own PostgreSQL below %s" % (world.port, world.folder / "state"))
    world.wait_loaded("ma", "sfa")
    said("everything read %.1f s after the start" % (time.monotonic() - began))
    return hubspot, salesforce


def tasks(salesforce, since):
    """Tasks that were made over there: (record, time of the request)."""
    return made(salesforce, since, "Task")


def made(salesforce, since, *types):
    """Records that Tandem made over there."""
    return [e for e in salesforce.entries(since, "effect") if e["verb"] == "create" and e["by"] != "person" and e["type"] in types]


def counts(world):
    row = world.sql("SELECT (SELECT count(*) FROM source_record WHERE entity = 0 AND NOT deleted),"
                    " (SELECT count(*) FROM person WHERE merged_into IS NULL AND n_sources > 0),"
                    " (SELECT count(*) FROM person WHERE merged_into IS NULL AND n_sources > 1),"
                    " (SELECT count(*) FROM opportunity), (SELECT count(*) FROM activity), (SELECT count(*) FROM parked)")[0]
    chapter("What Tandem made of it")
    said("%s records of people  →  %s people; %s of them stand in more than one record" % tuple(row[:3]))
    said("%s opportunities, %s activities of the past (told to nobody), %s records set aside" % tuple(row[3:]))


def tell(world, hubspot, salesforce):
    chapter("Joe downloads a paper")
    before = max([e["n"] for e in salesforce.entries()] or [0])
    began = time.time()
    hubspot.act("submit_form", email="Joe.Smith+news@acme.com", form=FORM, fields={})
    said("“%s”; HubSpot calls the webhook" % FORM)
    task = wait_for("Dana's task\n" + world.log_tail(), lambda: tasks(salesforce, before), 30, 0.02)
    return before, task[0], time.time() - began


def print_task(task, dana):
    fields = task["fields"]
    said("")
    said(bold("%s" % fields["Subject"]))
    said("for %s, due %s" % (dana, fields.get("ActivityDate", "?")))
    for line in fields.get("Description", "").splitlines():
        said("│ " + line)


def check_story(world, salesforce, before, task, dana):
    """What must be true; each claim is printed, and the first that fails ends the story badly."""
    time.sleep(2)
    person = world.sql("SELECT p.person_id, p.n_sources FROM identity_key k JOIN person p ON p.person_id = k.entity_id"
                       " WHERE k.kind = 4 AND p.merged_into IS NULL AND lower(p.email) LIKE 'joe.smith%@acme.com'")
    ids = {row[0] for row in person}
    claims = [
        ("Joe is one person", len(ids) == 1),
        ("his HubSpot contact and his Salesforce records are linked", bool(person) and int(person[0][1]) >= 2),
        ("the task is Dana's, who owns the opportunity", task["fields"]["OwnerId"] == dana),
        ("Dana was told once", len(tasks(salesforce, before)) == 1),
        ("no second Joe was made in Salesforce",
         not made(salesforce, 0, "Lead", "Contact")),
        ("the alert is on record with its reason",
         world.number("SELECT count(*) FROM alert WHERE state = 'sent' AND step LIKE 'opportunity%'") == 1),
    ]
    for claim, holds in claims:
        said("%s %s" % ("✓" if holds else "✗", claim))
    return all(holds for _, holds in claims)


def stay(world, hubspot):
    chapter("Try next")
    ctl = "%s --socket %s" % (world.build / "ctl/tandemctl", world.control)
    for words, why in (("status", "how the connectors are"), ("status --streams", "each stream"), ("alerts", "who was told what, and why"),
                       ("trace %s" % JOE, "everything about Joe"), ("resync sfa --follow", "read Salesforce again"),
                       ("errors", "what was set aside")):
        said("%s %-28s # %s" % (ctl, words, why))
    said("curl -s http://127.0.0.1:%d/metrics" % world.port)
    said("curl -s %s/_sandbox/act -d '{\"do\":\"submit_form\",\"email\":\"%s\",\"form\":\"Pricing\",\"fields\":{}}'" % (
        hubspot.url, JOE))
    said("configuration: %s" % world.config)
    print("\nIt stays up until you press Ctrl-C.", flush=True)
    try:
        world.process.wait()
    except KeyboardInterrupt:
        print()
        world.stop()


def main():
    parser = argparse.ArgumentParser(description="the story that must always work")
    parser.add_argument("--build", required=True)
    parser.add_argument("--once", action="store_true", help="end by itself; exit 0 only if the story came out right")
    parser.add_argument("--keep", action="store_true", help="keep the store of the last demo")
    options = parser.parse_args()
    folder = None if options.once else ROOT / ".demo"
    if folder and not options.keep:
        import shutil
        shutil.rmtree(folder, ignore_errors=True)
    chapter("Two systems, one Joe")
    with World(options.build, folder) as world:
        try:
            hubspot, salesforce = start(world)
            counts(world)
            before, task, took = tell(world, hubspot, salesforce)
            dana = world.value("SELECT external_id FROM source_record WHERE entity = 3 AND payload->>'LastName' = 'Field'")
            chapter("Dana's task in Salesforce, %.0f ms after the download" % (took * 1000))
            print_task(task, "Dana Field")
            chapter("Why: tandemctl trace %s" % JOE)
            for line in world.ctl("trace", JOE).splitlines():
                said(line)
            chapter("The story")
            is_right = check_story(world, salesforce, before, task, dana)
            if options.once:
                world.stop()
            else:
                stay(world, hubspot)
        except Failure as failure:
            print("\ndemo: %s" % failure, file=sys.stderr)
            return 1
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
