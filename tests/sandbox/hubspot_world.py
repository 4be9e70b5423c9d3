# SPDX-License-Identifier: Apache-2.0
"""Fills the pretended HubSpot with the invented population of people.py."""
import uuid

from people import ACME, phone_text, tagged
from hubspot_store import DEAL_STAGES, LIFECYCLE, iso

DAY = 86400000
FORMS = (
    "White paper: Data platforms compared",
    "White paper: The cost of duplicates",
    "Webinar: Data in motion",
    "Contact us",
    "Newsletter",
)
CAMPAIGNS = ("Spring launch", "Data platform webinar", "Trade fair Hannover", "Customer stories", "Retargeting")
SUBSCRIPTIONS = ((1, "Marketing information"), (2, "Product updates"), (3, "Events"))
EVENT_TYPES = ("e_visited_page", "e_form_submission_v2", "e_opened_email", "e_clicked_email")
ACTIVE_PEOPLE = 3000


def guid(text):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "sandbox:" + text))


class Filler:
    def __init__(self, hub, world, counts, base_ms):
        self.hub, self.store, self.world, self.counts, self.base = hub, hub.store, world, counts, base_ms
        self.bulk_import = base_ms - 40 * DAY
        self.truth = {}

    def fill(self):
        self.owners()
        self.forms()
        self.campaigns()
        self.contacts()
        self.companies()
        self.deals()
        for table in self.store.tables.values():
            table.version += 1

    def owners(self):
        for i, (first, last, email) in enumerate(self.world.reps(self.counts["owners"])):
            self.store.owners[str(77001 + 13 * i)] = {
                "id": str(77001 + 13 * i),
                "email": email,
                "type": "PERSON",
                "firstName": first,
                "lastName": last,
                "userId": 9001 + i,
                "userIdIncludingInactive": 9001 + i,
                "createdAt": iso(self.base - 900 * DAY),
                "updatedAt": iso(self.base - 300 * DAY),
                "archived": False,
                "teams": [],
            }

    def forms(self):
        for name in FORMS:
            self.hub.add_form(name, self.base - 800 * DAY)

    def campaigns(self):
        for i, name in enumerate(CAMPAIGNS):
            start = self.base - (300 - 50 * i) * DAY
            self.hub.campaigns[guid("campaign " + name)] = {
                "id": guid("campaign " + name),
                "createdAt": iso(start - 10 * DAY),
                "updatedAt": iso(start),
                "businessUnits": [{"id": 0}],
                "people": [],
                "properties": {
                    "hs_name": name,
                    "hs_start_date": iso(start)[:10],
                    "hs_end_date": iso(start + 60 * DAY)[:10],
                    "hs_campaign_status": "active" if i > 2 else "completed",
                    "hs_owner": "77001",
                },
            }

    def contacts(self):
        table, owners = self.store.tables["contacts"], list(self.store.owners)
        for i in range(self.counts["contacts"]):
            person = self.world.person(i)
            d = person.dice
            created = self.base - 3 * DAY - (d[5] * 65536 + d[6]) % (700 * DAY)
            modified = self.bulk_import if d[7] % 100 < 15 else created + (self.base - DAY - created) * d[8] // 65536
            created = min(created, modified)
            props = self.joe(person) if i < 2 else self.known(person, d, owners)
            record = table.add(props, created, modified)
            self.truth[str(record.id)] = i
            if i < ACTIVE_PEOPLE and i > 1:
                self.history(record, d)

    @staticmethod
    def joe(person):
        email = "Joe.Smith+news@acme.com" if person.company is ACME else person.email
        company = "Acme Inc" if person.company is ACME else person.company.name
        return {
            "email": email,
            "firstname": "Joe",
            "lastname": "Smith",
            "phone": phone_text(person.phone, 0),
            "company": company,
            "jobtitle": person.title,
            "city": person.company.city,
            "country": "United States",
            "lifecyclestage": "lead",
            "hs_marketable_status": "true",
        }

    @staticmethod
    def known(person, d, owners):
        company = person.company
        if person.number % 150 == 149:  # a mailbox of several people: identifies nobody
            return {
                "email": "info@" + company.domain,
                "company": company.name,
                "lifecyclestage": "lead",
                "hs_marketable_status": "false",
            }
        kind = d[9] % 100
        email = tagged(person.email, "news") if kind < 5 else person.email.title() if kind < 8 else person.email
        props = {
            "email": email,
            "firstname": person.first,
            "lastname": person.last,
            "phone": phone_text(person.phone, d[10]),
            "company": company.name,
            "jobtitle": person.title,
            "city": company.city,
            "country": company.country[0],
            "lifecyclestage": LIFECYCLE[d[11] % 6],
            "hs_marketable_status": "true" if d[11] & 1024 else "false",
        }
        if d[12] % 4 == 0:
            props["hubspot_owner_id"] = owners[d[12] // 4 % len(owners)]
        if d[13] % 3 == 0:
            props["hs_lead_status"] = ("NEW", "OPEN", "IN_PROGRESS", "CONNECTED")[d[13] % 4]
        if d[14] % 10 == 0:
            del props["phone"]
        if d[15] % 25 == 0:
            props["hs_email_optout"] = "true"
        return props

    def history(self, record, d):
        hub = self.hub
        if record.props.get("hs_email_optout"):
            for number, _name in SUBSCRIPTIONS:
                hub.consent[(record.props["email"].lower(), number)] = {
                    "status": "UNSUBSCRIBED",
                    "at": record.modified,
                }
        if d[5] % 10 < 4:
            for k in range(1 + d[6] % 4):
                kind = EVENT_TYPES[(0, 0, 2, 3)[(d[7] + k) % 4]]
                hub.add_event(
                    record.id,
                    kind,
                    self.base - 2 * DAY - (d[8] * 7919 + k * 40009333) % (88 * DAY),
                    {"hs_url": "https://www.lighthouse-vendor.com/pricing", "hs_title": "Pricing"}
                    if kind == "e_visited_page"
                    else {"hs_subject": "What is new"},
                )
        if d[9] % 10 == 0:
            form = hub.form_named(FORMS[d[10] % len(FORMS)])
            at = self.base - 2 * DAY - d[11] * 60000
            hub.add_submission(form, record, at, {})
            record.props.update(
                num_conversion_events="1",
                recent_conversion_event_name=form["name"],
                recent_conversion_date=iso(at),
                first_conversion_event_name=form["name"],
                first_conversion_date=iso(at),
            )
            hub.add_event(
                record.id, "e_form_submission_v2", at, {"hs_form_id": form["id"], "hs_form_name": form["name"]}
            )
        if d[13] % 7 == 0 and hub.campaigns:
            list(hub.campaigns.values())[d[14] % len(hub.campaigns)]["people"].append(record.id)

    def companies(self):
        store, world = self.store, self.world
        contacts, companies = store.tables["contacts"], store.tables["companies"]
        to_company = store.links.setdefault(("contacts", "companies"), {})
        to_contact = store.links.setdefault(("companies", "contacts"), {})
        kinds = tuple(k[:3] for k in store.kinds[("contacts", "companies")])
        back = tuple(k[:3] for k in store.kinds[("companies", "contacts")])
        made, owners = {}, list(store.owners)
        for record in contacts.rows:
            number = 1 if record.id == 102 else (record.id - 101) // 6
            company_id = made.get(number)
            if company_id is None:
                company = world.company(number)
                props = {
                    "name": company.name if number else "Acme Inc",
                    "domain": company.domain,
                    "city": company.city,
                    "country": company.country[0],
                    "lifecyclestage": "lead",
                }
                if number % 3 == 0:
                    props["hubspot_owner_id"] = owners[number // 3 % len(owners)]
                made[number] = company_id = companies.add(props, record.created, record.modified).id
                to_contact[company_id] = {}
            to_company[record.id] = {company_id: kinds}
            to_contact[company_id][record.id] = back

    def deals(self):
        store = self.store
        deals, contacts, owners = store.tables["deals"], store.tables["contacts"], list(store.owners)
        for i in range(self.counts["deals"] if contacts.rows else 0):
            d = self.world.dice(i, b"d")
            person = contacts.rows[(d[0] * 65536 + d[1]) % len(contacts.rows)]
            stage = DEAL_STAGES[d[2] % len(DEAL_STAGES)][0]
            created = self.base - (d[3] % 300) * DAY - 2 * DAY
            props = {
                "dealname": "%s - %s" % (person.props.get("company"), ("renewal", "new", "extension")[d[4] % 3]),
                "dealstage": stage,
                "pipeline": "default",
                "amount": "%d.%02d" % (d[5], d[6] % 100),
                "closedate": iso(created + 90 * DAY),
                "hubspot_owner_id": owners[d[7] % len(owners)],
            }
            store.derive(deals, props)
            record = deals.add(props, created, created + DAY)
            store.link_default("deals", record.id, "contacts", person.id)
            for company_id in store.links[("contacts", "companies")].get(person.id, {}):
                store.link_default("deals", record.id, "companies", company_id)
