#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""seed.py CONFIG DATABASE: demo data for a fresh database, the same every time but for its dates.

1 company; 5 employees with users; 200 parties, of them 25 near copies of others and Joe Smith with his ACME Inc.;
40 opportunities and leads; a mailing list; a marketing scenario with mails sent, opened and clicked; a user "tandem"
for the daemon. Works on the models directly, in one transaction.
"""
import datetime
import random
import sys
from decimal import Decimal

from trytond.config import config

config.update_etc(sys.argv[1])

from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

REP_PASSWORD = "Maple-7-dusk"
TANDEM_PASSWORD = "Quartz-9-blue"
REPS = ["Dana Field", "Ira Inside", "Lena Moss", "Omar Reed", "Pia Stern"]
FIRST = ["Alma", "Boris", "Celia", "Dario", "Edda", "Fabio", "Gesa", "Henri", "Ilka", "Jonas", "Klara", "Lukas",
         "Marta", "Nils", "Olivia", "Pavel", "Rosa", "Stefan", "Thea", "Ugo", "Vera", "Wim", "Yara", "Zeno"]
LAST = ["Adler", "Bianchi", "Carlsson", "Delgado", "Engel", "Ferrari", "Gruber", "Horvath", "Iversen", "Jung",
        "Krüger", "Lindqvist", "Moreau", "Nowak", "Olsen", "Pereira", "Quist", "Richter", "Sørensen", "Vidal"]
TRADE = ["Brewery", "Gardens", "Printing", "Robotics", "Shipping", "Textiles", "Timber"]
FORM = ["GmbH", "Inc.", "Ltd", "S.L.", "AG", "B.V.", "s.r.o."]
PLACES = [("Hauptstraße", "50667", "Köln"), ("High Street", "AB10 1AA", "Aberdeen"), ("Calle Mayor", "28013", "Madrid"),
          ("Rue Haute", "1000", "Bruxelles"), ("Via Roma", "10121", "Torino")]

chance = random.Random(1957)


def ascii_only(text):
    return "".join(c for c in text.lower() if "a" <= c <= "z")


def create(model, *values):
    """The new records of a model given by its name."""
    return Pool().get(model).create(list(values))


def mechanism(kind, value, comment=None):
    return {"type": kind, "value": value, "comment": comment}


def party(name, mechanisms, place=None):
    values = {"name": name, "contact_mechanisms": [("create", mechanisms)] if mechanisms else []}
    if place:
        street, postal_code, city = place
        values["addresses"] = [("create", [{"street": street, "postal_code": postal_code, "city": city}])]
    return values


def company_party(i):
    last = LAST[i % len(LAST)]
    name = "%s %s %s" % (last, TRADE[i % len(TRADE)], FORM[i % len(FORM)])
    domain = "%s%d.example" % (ascii_only(last), i)
    street, postal_code, city = PLACES[i % len(PLACES)]
    return party(name, [mechanism("email", "office@" + domain), mechanism("phone", "+49 221 %07d" % (4400000 + i)),
                        mechanism("website", "https://www." + domain)],
                 ("%s %d" % (street, i + 1), postal_code, city))


def person_party(i):
    first, last = FIRST[i % len(FIRST)], LAST[(i * 3) % len(LAST)]
    mail = "%s.%s%d@mail%d.example" % (ascii_only(first), ascii_only(last), i, i % 7)
    title = chance.choice([None, "Head of Purchasing", "Engineer", "Managing Director"])
    mechanisms = [mechanism("email", mail, title), mechanism("phone", "+49 221 %07d" % (7700000 + i))]
    if i % 4 == 0:
        mechanisms.append(mechanism("mobile", "+49 171 %07d" % (3300000 + i)))
    street, postal_code, city = PLACES[i % len(PLACES)]
    return party("%s %s" % (first, last), mechanisms, ("%s %d" % (street, 100 + i), postal_code, city))


def near_copy(original, i):
    """As people type the same party once more."""
    mail, phone = [m["value"] for m in original["contact_mechanisms"][0][1][:2]]
    name = original["name"]
    if i % 5 == 0:
        return party(name.upper(), [mechanism("email", mail.upper())])
    if i % 5 == 1:
        return party(name, [mechanism("phone", phone.replace(" 221 ", " (221) "))])
    if i % 5 == 2:
        return party(", ".join(reversed(name.split(" ", 1))), [mechanism("email", mail)])
    if i % 5 == 3:
        return party("  ".join(name.split(" ")), [mechanism("email", mail.replace("@", "+fair@"))])
    return party(name, [mechanism("email", mail), mechanism("phone", phone)])


def make_company():
    euro, = create("currency.currency", {
        "name": "Euro", "symbol": "€", "code": "EUR", "rounding": Decimal("0.01"), "digits": 2,
        "rates": [("create", [{"date": datetime.date(2000, 1, 1), "rate": Decimal(1)}])]})
    home, = create("party.party", {"name": "Tandem Demo Ltd"})
    company, = create("company.company", {"party": home.id, "currency": euro.id})
    return company


def make_user(login, name, password, company, employee=None):
    data = Pool().get("ir.model.data")
    groups = [data.get_id(module, group) for module, group in [
        ("sale", "group_sale"), ("sale_opportunity", "group_opportunity"), ("party", "group_party_admin"),
        ("marketing", "group_marketing")]]
    values = {"name": name, "login": login, "email": login + "@tandem.example", "password": password,
              "companies": [("add", [company.id])], "company": company.id, "groups": [("add", groups)]}
    if employee:
        values.update(employees=[("add", [employee.id])], employee=employee.id)
    return create("res.user", values)[0]


def make_reps(company):
    reps = []
    for name in REPS:
        login = name.split()[0].lower()
        person, = create("party.party", party(name, [mechanism("email", login + "@tandem.example")]))
        employee, = create("company.employee", {"party": person.id, "company": company.id})
        make_user(login, name, REP_PASSWORD, company, employee)
        reps.append(employee)
    return reps


def make_parties():
    joe = party("joe smith", [mechanism("email", "joe.smith@acme.com"), mechanism("phone", "+1 512 555 0147")])
    acme = party("ACME Inc.", [mechanism("website", "https://www.acme.com")], ("1 Main Street", "78701", "Austin"))
    originals = [joe, acme] + [company_party(i) if i % 3 == 0 else person_party(i) for i in range(173)]
    persons = [p for p in originals[2:] if "," not in p["name"] and len(p["name"].split()) == 2]
    copies = [near_copy(persons[i * 4], i) for i in range(25)]
    return create("party.party", *originals, *copies), originals


def make_opportunities(company, reps, parties):
    today = datetime.date.today()
    Opportunity = Pool().get("sale.opportunity")
    dana, ira = reps[:2]
    values = [{"party": parties[0].id, "employee": dana.id, "description": "ACME rollout", "amount": Decimal("48000.00")},
              {"party": parties[1].id, "employee": ira.id, "description": "ACME enquiry", "amount": Decimal("1200.50")}]
    values += [{"party": parties[2 + i * 4].id, "employee": reps[i % len(reps)].id if i % 8 else None,
                "description": "Request %02d" % i, "amount": Decimal(chance.randrange(200000, 9000000)) / 100}
               for i in range(38)]
    for i, v in enumerate(values):
        v.update(company=company.id, start_date=today - datetime.timedelta(days=i), conversion_probability=0.3)
    made = Opportunity.create(values)
    owned = [o for o in made[2:] if o.employee]
    Opportunity.opportunity([made[0]] + owned[:20])
    Opportunity.lost(owned[:5])
    Opportunity.cancel(owned[20:23])


def make_mailing_list(originals):
    english, = Pool().get("ir.lang").search([("code", "=", "en")])
    mailing, = create("marketing.email.list", {"name": "Product news", "language": english.id})
    mails = [m["value"] for p in originals for m in p["contact_mechanisms"][0][1] if m["type"] == "email"][:60]
    create("marketing.email", *[{"list_": mailing.id, "email": mail, "active": i % 7 != 6}
                                for i, mail in enumerate(mails)])


def make_scenario(parties):
    scenario, = create("marketing.automation.scenario", {
        "name": "First steps", "model": "party.party", "domain": '[["contact_mechanisms", "!=", null]]'})
    mail, = create("marketing.automation.activity", {
        "name": "Whitepaper mail", "parent": str(scenario), "action": "send_email",
        "email_from": "news@tandem.example", "email_title": "Your whitepaper",
        "email_template": "<html><body><p>Hello</p></body></html>"})
    records = create("marketing.automation.record", *[
        {"scenario": scenario.id, "record": str(p), "blocked": i % 11 == 10} for i, p in enumerate(parties[:30])])
    sent = datetime.datetime.combine(datetime.date.today() - datetime.timedelta(days=9), datetime.time(8, 30))
    create("marketing.automation.record.activity", *[
        {"record": r.id, "activity": mail.id, "at": sent, "state": "done" if i % 5 else "waiting",
         "email_opened": i % 5 in (2, 3), "email_clicked": i % 5 == 3} for i, r in enumerate(records)])


def main():
    database = sys.argv[2]
    Pool.start()
    Pool(database).init()
    with Transaction().start(database, 1) as transaction:
        company = make_company()
        with transaction.set_context(company=company.id):
            reps = make_reps(company)
            make_user("tandem", "Tandem", TANDEM_PASSWORD, company)
            parties, originals = make_parties()
            make_opportunities(company, reps, parties)
            make_mailing_list(originals)
            make_scenario(parties)


main()
