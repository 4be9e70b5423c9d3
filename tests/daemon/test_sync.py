# SPDX-License-Identifier: Apache-2.0
"""Two systems in step: differences out, nothing else; silence; opt-outs; modes; creating; down and up again."""
import json
import shutil
import time

from systems import pair, partition, person_of
from tandem import Failure, budget, check, same, wait_for

POLL = 5
SLACK = 4               # reading, storing and writing with sanitizers on a busy machine


def loaded(world, *names):
    world.start()
    world.wait_loaded(*(names or ("ma", "sfa")))
    world.wait_quiet()


def linked_pair(hubspot, salesforce, email="vera.klee@example-pair.com"):
    """One person in both systems, the same values on both sides."""
    contact = hubspot.person(email, firstname="Vera", lastname="Klee", jobtitle="Buyer", phone="+1 212 555 0133", city="Utrecht")
    other = salesforce.person(email, FirstName="Vera", LastName="Klee", Title="Buyer", Phone="+1 212 555 0133", MailingCity="Utrecht")
    return contact, other


def is_one(world, contact, other):
    mine, theirs = person_of(world, "ma", "contact", contact), person_of(world, "sfa", "contact", other)
    check(mine and mine == theirs, "both records are one person", mine, theirs)
    return mine


@budget(90)
def test_a_title_goes_both_ways_within_one_poll(world):
    """covers: V5 V20"""
    hubspot, salesforce = pair(world, ma={"poll": "%ds" % POLL}, sfa={"poll": "%ds" % POLL})
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    is_one(world, contact, other)
    mark = salesforce.last()
    began = time.monotonic()
    hubspot.set(contact, jobtitle="Head of Purchasing")
    wait_for("the title in Salesforce\n" + world.log_tail(),
             lambda: salesforce.read("Contact", other, "Title")["Title"] == "Head of Purchasing", POLL + SLACK)
    first = time.monotonic() - began
    wrote = salesforce.effects(mark, "update", "Contact")
    same(len(wrote), 1, "one write")
    same({name: value for name, value in wrote[0]["fields"].items() if name != "Tandem_Id__c"}, {"Title": "Head of Purchasing"},
         "of the title alone, beside our own key")
    world.wait_quiet()
    mark = hubspot.last()
    began = time.monotonic()
    salesforce.set("Contact", other, Title="Chief of Purchasing")
    wait_for("the title in HubSpot\n" + world.log_tail(),
             lambda: hubspot.read(contact, "jobtitle")["jobtitle"] == "Chief of Purchasing", POLL + SLACK)
    second = time.monotonic() - began
    same([e["fields"] for e in hubspot.effects(mark, "update")], [{"jobtitle": "Chief of Purchasing"}], "one write, of the title alone")
    print("HubSpot to Salesforce %.1f s, back %.1f s, polls every %d s" % (first, second, POLL))
    world.stop()


@budget(90)
def test_a_webhook_is_faster_than_the_poll(world):
    """covers: W1"""
    hubspot, salesforce = pair(world, hooks=True, ma={"poll": "60s"}, sfa={"poll": "60s"})
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    began = time.monotonic()
    hubspot.set(contact, jobtitle="Webmaster")
    wait_for("the title in Salesforce", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Webmaster", 8)
    print("webhook to write: %.0f ms" % ((time.monotonic() - began) * 1000))
    world.stop()


@budget(90)
def test_a_blank_wipes_nothing_and_unknown_fields_stay(world):
    """covers: V20"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    salesforce.set("Contact", other, Description="of nobody's business", Department="Purchasing")
    loaded(world)
    is_one(world, contact, other)
    mark = hubspot.last(), salesforce.last()
    hubspot.set(contact, city="")
    world.wait_passes("ma", "sfa")
    world.wait_quiet()
    same(salesforce.read("Contact", other, "MailingCity")["MailingCity"], "Utrecht", "a blank wipes nothing elsewhere")
    hubspot.set(contact, jobtitle="Keeper")
    wait_for("the title", lambda: salesforce.read("Contact", other, "Title")["Title"] == "Keeper", 15)
    world.wait_quiet()
    same(salesforce.read("Contact", other, "Description", "Department"),
         {"Description": "of nobody's business", "Department": "Purchasing"}, "fields that are not mapped are as they were")
    for effect in salesforce.effects(mark[1], "update"):
        check(not set(effect["fields"]) & {"Description", "Department", "OwnerId"}, "no write touches what is not mapped", effect)
        check("" not in effect["fields"].values() and None not in effect["fields"].values(), "no write is a blank", effect)
    for effect in hubspot.effects(mark[0], "update"):
        check("" not in effect["fields"].values(), "no write is a blank", effect)
    world.stop()


@budget(120)
def test_silence(world):
    """After everything is in step, polls cause no write at all.

    covers: V6 A33"""
    hubspot, salesforce = pair(world, hubspot=("--contacts", 60, "--deals", 6, "--owners", 4, "--search-lag", 0, "--reformat"),
                               salesforce=("--leads", 30, "--contacts", 20, "--opportunities", 10, "--reformat"),
                               ma={"more": "create: [contact]"})
    loaded(world)
    world.wait_passes()
    world.wait_quiet()
    before = hubspot.writes(), salesforce.writes()
    for _ in range(2):
        world.wait_passes()
    same((hubspot.writes(), salesforce.writes()), before, "two cycles without input cause no write")
    salesforce.set("Contact", salesforce.query("SELECT Id FROM Contact WHERE Email = 'joe.smith@acme.com'")[0]["Id"], Title="Only this")
    wait_for("the write", lambda: hubspot.writes() > before[0], 15)
    world.wait_passes()
    world.wait_quiet()
    after = hubspot.writes(), salesforce.writes()
    world.wait_passes()
    world.wait_passes()
    same((hubspot.writes(), salesforce.writes()), after, "and the echo of a write causes none")
    world.stop()


@budget(90)
def test_a_system_that_undoes_our_write_is_left_alone(world):
    """covers: A34"""
    hubspot, salesforce = pair(world, policy="region: US\nfields: {person: {title: {win: master, master: ma}}}\n")
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    salesforce.act("undo_writes", fields=["Title"])
    mark = salesforce.last()
    hubspot.set(contact, jobtitle="Undone")
    end = time.monotonic() + 25
    rounds = []
    while time.monotonic() < end:
        rounds = [e for e in salesforce.effects(mark, "update", "Contact") if "Title" in e["fields"]]
        if len(rounds) > 6:
            break
        time.sleep(0.5)
    check(1 <= len(rounds) <= 4, "the field is frozen after some rounds", [e["fields"] for e in rounds])
    world.stop()


@budget(90)
def test_an_opt_out_is_never_reverted(world):
    """covers: V7 H1"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    person = is_one(world, contact, other)
    hubspot.act("optout", email="vera.klee@example-pair.com")
    wait_for("the opt-out in Salesforce\n" + world.log_tail(),
             lambda: salesforce.read("Contact", other, "HasOptedOutOfEmail")["HasOptedOutOfEmail"] is True, 20)
    salesforce.set("Contact", other, HasOptedOutOfEmail=False)
    world.wait_passes()
    world.wait_quiet()
    same(world.value("SELECT email_opt_out FROM person WHERE person_id = %s" % person), "true", "the opt-out is still known")
    salesforce.set("Contact", other, Title="Something else")
    wait_for("the other change", lambda: hubspot.read(contact, "jobtitle")["jobtitle"] == "Something else", 20)
    world.wait_quiet()
    for request in salesforce.requests() + hubspot.requests():
        if request["method"] in ("PATCH", "POST") and '"HasOptedOutOfEmail":false' in request["body"].replace(" ", ""):
            raise Failure("we said opted-in: %s" % request)
    for effect in salesforce.effects():
        check(effect["fields"].get("HasOptedOutOfEmail") is not False, "no write of ours says opted-in", effect)
    world.stop()


@budget(90)
def test_observe_writes_nothing(world):
    """covers: V19"""
    hubspot, salesforce = pair(world, ma={"mode": "observe", "more": "create: [contact]"}, sfa={"mode": "observe", "more": "create: [lead]"})
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    hubspot.set(contact, jobtitle="Seen, not told")
    salesforce.set("Contact", other, MailingCity="Seen")
    hubspot.act("submit_form", email="joe.smith@acme.com", form="White paper", fields={})
    world.wait_passes()
    world.wait_passes()
    same((hubspot.writes(), salesforce.writes()), (0, 0), "observe writes nothing")
    same(world.number("SELECT count(*) FROM person WHERE title = 'Seen, not told'"), 1, "but it sees")
    world.stop()


@budget(120)
def test_creating_makes_each_missing_person_once(world):
    """covers: V3"""
    hubspot, salesforce = pair(world, hubspot=("--contacts", 60, "--deals", 0, "--owners", 3, "--search-lag", 0),
                               salesforce=("--leads", 40, "--contacts", 20, "--opportunities", 4),
                               ma={"mode": "observe", "more": "create: [contact]"}, sfa={"mode": "observe"})
    loaded(world)
    had = {row["id"] for row in hubspot.list("email")}
    missing = {row[0] for row in world.sql(
        "SELECT p.person_id FROM person p WHERE p.merged_into IS NULL AND p.n_sources > 0 AND NOT EXISTS (SELECT 1 FROM source_record s"
        " JOIN connector c USING (connector_id) WHERE s.entity_id = p.person_id AND c.name = 'ma' AND NOT s.deleted)")}
    check(len(missing) > 20, "there are people to create", len(missing))
    hubspot.configure(mode="apply")
    world.ctl("reload")
    world.wait_passes()
    world.wait_quiet()
    world.wait_passes()
    world.wait_quiet()
    made = [row for row in hubspot.list("email", "firstname", "lastname", "phone") if row["id"] not in had]
    addresses = [row["properties"]["email"].lower() for row in made if row["properties"].get("email")]
    same(len(addresses), len(set(addresses)), "no address twice")
    people = {person_of(world, "ma", "contact", row["id"]) for row in made}
    same(len(people), len(made), "a record made is a person, and no two are the same")
    same(people, missing, "each missing person was made, nobody else")
    same(len(hubspot.effects(0, "create", "contacts")), len(made), "as many creates as records")
    same(world.number("SELECT count(*) FROM push_log WHERE verb = 'create' AND outcome = 'done'"), len(made), "the log says so too")
    world.stop()


@budget(120)
def test_a_person_typed_in_twice_at_once_is_one(world):
    """covers: H4 V3"""
    hubspot, salesforce = pair(world, ma={"more": "create: [contact]"}, sfa={"more": "create: [lead]"})
    loaded(world)
    email = "nora.twice@example-pair.com"
    contact = hubspot.person(email, firstname="Nora", lastname="Twice")
    other = salesforce.person(email.upper(), FirstName="Nora", LastName="Twice")
    world.wait_passes()
    world.wait_quiet()
    is_one(world, contact, other)
    same(len(salesforce.query("SELECT Id FROM Lead WHERE Email = '%s'" % email)), 0, "no lead was made beside the contact")
    same(len([r for r in hubspot.list("email") if r["properties"]["email"].lower() == email]), 1, "and no second contact")
    world.stop()


@budget(150)
def test_both_systems_down_and_up_again(world):
    """covers: V1 V17 A10"""
    hubspot, salesforce = pair(world)
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    hubspot.fault("", "status", status=503, times=0)
    salesforce.fault("", "status", status=503, times=0)
    hubspot.set(contact, jobtitle="Changed while down")
    salesforce.set("Contact", other, MailingCity="Delft")
    wait_for("the failures are shown", lambda: sum(world.metric("stream_failures").values()) > 0, 60)
    status = world.ask("status")
    check("503" in json.dumps(status) or "fail" in json.dumps(status).lower(), "status tells of it", status)
    hubspot.heal()
    salesforce.heal()
    wait_for("the title\n" + world.log_tail(), lambda: salesforce.read("Contact", other, "Title")["Title"] == "Changed while down", 60)
    wait_for("the city", lambda: hubspot.read(contact, "city")["city"] == "Delft", 60)
    wait_for("the failures are gone", lambda: sum(world.metric("stream_failures").values()) == 0, 60)
    world.stop()


@budget(90)
def test_one_policy_decides_a_conflict(world):
    """covers: A32 V5"""
    hubspot, salesforce = pair(world, policy="region: US\nfields: {person: {title: {win: master, master: sfa}}}\n")
    contact, other = linked_pair(hubspot, salesforce)
    loaded(world)
    hubspot.set(contact, jobtitle="By marketing")
    salesforce.set("Contact", other, Title="By sales")
    wait_for("the master's title in HubSpot", lambda: hubspot.read(contact, "jobtitle")["jobtitle"] == "By sales", 20)
    world.wait_quiet()
    same(salesforce.read("Contact", other, "Title")["Title"], "By sales", "and it stays in Salesforce")
    hubspot.set(contact, jobtitle="By marketing again")
    wait_for("it is put back", lambda: hubspot.read(contact, "jobtitle")["jobtitle"] == "By sales", 20)
    world.stop()


@budget(90)
def test_merges_conversions_and_deletions_are_followed(world):
    """covers: A31"""
    hubspot, salesforce = pair(world)
    first = hubspot.person("first@example-pair.com", firstname="Ida", lastname="Merge")
    second = hubspot.person("second@example-pair.com", firstname="Ida", lastname="Fold")
    lead = salesforce.person("led@example-pair.com", type="Lead", FirstName="Lea", LastName="Converted", Company="Led Ltd")
    loaded(world)
    check(person_of(world, "ma", "contact", first) != person_of(world, "ma", "contact", second), "two people before the merge")
    survivor = hubspot.act("merge", primary=first, other=second)["id"]
    converted = salesforce.act("convert", lead=lead)
    world.wait_passes()
    world.wait_passes()
    world.wait_quiet()
    person = person_of(world, "ma", "contact", survivor)
    check(person is not None, "the survivor is known", survivor)
    same(world.number("SELECT count(DISTINCT entity_id) FROM source_record WHERE object = 'contact' AND external_id IN ('%s', '%s', '%s')"
                      % (first, second, survivor)), 1, "both records are one person now")
    contact = salesforce.query("SELECT Id FROM Contact WHERE Email = 'led@example-pair.com'")
    check(len(contact) == 1, "the lead became a contact", converted)
    same(person_of(world, "sfa", "lead", lead), person_of(world, "sfa", "contact", contact[0]["Id"]), "lead and contact are one person")
    hubspot.act("delete", id=survivor)
    wait_for("the deletion is seen", lambda: world.value(
        "SELECT deleted FROM source_record WHERE object = 'contact' AND external_id = '%s'" % survivor) == "t", 20)
    world.stop()


@budget(120)
def test_two_loads_in_other_orders_come_to_the_same(world):
    """Which system is read first does not decide who is whom.

    covers: V5"""
    options = {"hubspot": ("--contacts", 80, "--deals", 0, "--owners", 3, "--search-lag", 0, "--base-time", "2026-01-05T00:00:00Z"),
               "salesforce": ("--leads", 40, "--contacts", 30, "--opportunities", 4, "--base-time", "2026-01-05T00:00:00Z")}
    hubspot, salesforce = pair(world, ma={"mode": "observe"}, sfa={"mode": "observe"}, **options)
    sales = (world.config / "connectors.d/sfa.yaml").read_text()
    marketing = (world.config / "connectors.d/ma.yaml").read_text()
    seen = []
    for first, second in (("ma", "sfa"), ("sfa", "ma")):
        texts = {"ma": marketing, "sfa": sales}
        (world.config / ("connectors.d/%s.yaml" % second)).unlink()
        world.start()
        world.wait_loaded(first)
        world.write("connectors.d/%s.yaml" % second, texts[second])
        world.ctl("reload")
        world.wait_loaded(first, second)
        seen.append(partition(world))
        world.stop()
        shutil.rmtree(world.folder / "state")
    same(len(seen[0] ^ seen[1]), 0, "the same people")
