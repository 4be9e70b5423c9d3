# SPDX-License-Identifier: Apache-2.0
"""Fills the pretended Salesforce with the invented population of people.py: the same people as the pretended HubSpot
of the same seed, as sales people would have typed them in, with repeats."""
from people import ACME, company_text, phone_text, sales_people
from salesforce_schema import STAGES, stamp_text

DAY = 86400
CAMPAIGNS = (
    ("Data platform webinar", "Webinar"),
    ("Trade fair Hannover", "Conference"),
    ("Spring mailing", "Email"),
    ("Customer dinner", "Other"),
)


class Filler:
    def __init__(self, database, world, counts, base):
        self.database, self.world, self.counts, self.base = database, world, counts, int(base)
        self.bulk_load = stamp_text(self.base - 45 * DAY)
        self.truth = {"Lead": {}, "Contact": {}}
        self.accounts, self.users = {}, []

    def row(self, type_name, dice, values, modified=None):
        """Put a row without the checks of the API; stamps from the dice, many equal as after a bulk load."""
        database = self.database
        table = database.tables[type_name]
        row = {
            f.name: f.default if f.type == "boolean" or f.default is not None else None
            for f in table.kind.fields.values()
        }
        row.update(values)
        row["Id"] = table.new_id()
        age = 2 * DAY + (dice[12] * 65536 + dice[13]) % (500 * DAY)
        stamp = modified or (
            self.bulk_load
            if dice[14] % 100 < 40
            else stamp_text(self.base - 2 * DAY - (age - 2 * DAY) * dice[15] // 65536)
        )
        row.update(
            CreatedDate=min(stamp, stamp_text(self.base - age)),
            LastModifiedDate=stamp,
            SystemModstamp=stamp,
            CreatedById=database.me,
            LastModifiedById=database.me,
        )
        database.derive(table.kind, row, values)
        table.put(row["Id"], row)
        return row["Id"]

    def fill(self):
        self.people()
        rows = sales_people(self.world, max(0, self.counts["leads"] + self.counts["contacts"] - 3))
        self.story()
        self.leads(rows)
        self.contacts(rows)
        self.opportunities()
        self.campaigns()

    def people(self):
        """Reps, one of them gone, the integration's own user and a queue."""
        d = self.world.dice(0, b"u")
        reps = self.world.reps(max(3, self.counts["users"])) + [
            ("Tandem", "Integration", "tandem.integration@lighthouse-vendor.com")
        ]
        for i, (first, last, email) in enumerate(reps):
            self.users.append(
                self.row(
                    "User",
                    d,
                    {
                        "Username": email,
                        "Email": email,
                        "FirstName": first,
                        "LastName": last,
                        "Name": "%s %s" % (first, last),
                        "Alias": (first[0] + last)[:8].lower(),
                        "IsActive": i != len(reps) - 2 or len(reps) < 5,
                        "UserType": "Standard",
                        "Title": "Integration"
                        if i == len(reps) - 1
                        else "Inside Sales"
                        if i == 1
                        else "Account Executive",
                        "TimeZoneSidKey": "Europe/Berlin",
                    },
                )
            )
        self.database.me = self.users.pop()
        self.database.tables["User"].put(
            self.users[0], dict(self.database.tables["User"].rows[self.users[0]], ManagerId=self.users[-1])
        )
        self.queue = self.row(
            "Group",
            d,
            {
                "Name": "Inbound leads",
                "DeveloperName": "Inbound_leads",
                "Type": "Queue",
                "Email": "inbound@lighthouse-vendor.com",
            },
        )

    def owner(self, number):
        """An active rep, for two rows in a hundred the one who left."""
        return self.users[-1] if number % 50 == 0 else self.users[number % max(1, len(self.users) - 1)]

    def story(self):
        """Joe: typed in as a lead by Ian, converted; Dana owns the opportunity. And a namesake elsewhere."""
        dana, ian, third = self.users[0], self.users[1], self.users[2]
        joe, other = self.world.joe(), self.world.other_joe()
        d = self.world.dice(0, b"j")
        week = self.base - 7 * DAY
        acme = self.account(ACME, "ACME Inc.", ian, d, {"Website": "https://www.acme.com"})
        known = {
            "FirstName": "joe",
            "LastName": "smith",
            "Email": "joe.smith@acme.com",
            "Phone": phone_text(joe.phone, 1),
        }
        contact = self.row("Contact", d, dict(known, AccountId=acme, OwnerId=ian), stamp_text(week + 3600))
        deal = self.row(
            "Opportunity",
            d,
            {
                "Name": "Acme – data platform",
                "AccountId": acme,
                "StageName": "Needs Analysis",
                "Amount": 85000.0,
                "OwnerId": dana,
                "CloseDate": stamp_text(self.base + 60 * DAY)[:10],
            },
            stamp_text(week + 7200),
        )
        self.row(
            "OpportunityContactRole",
            d,
            {"OpportunityId": deal, "ContactId": contact, "Role": "Evaluator", "IsPrimary": True},
            stamp_text(week + 7200),
        )
        lead = self.row(
            "Lead",
            d,
            dict(
                known,
                Company="ACME Inc.",
                OwnerId=ian,
                Status="Closed - Converted",
                IsConverted=True,
                ConvertedContactId=contact,
                ConvertedAccountId=acme,
                ConvertedOpportunityId=deal,
                ConvertedDate=stamp_text(week)[:10],
                LeadSource="Phone Inquiry",
            ),
            stamp_text(week + 3600),
        )
        elsewhere = self.account(
            other.company, company_text(other.company, 0), third, d, {"Website": "https://www." + other.company.domain}
        )
        twin = self.row(
            "Contact",
            d,
            {
                "FirstName": "Joe",
                "LastName": "Smith",
                "Email": other.email,
                "Phone": phone_text(other.phone, 0),
                "Title": other.title,
                "AccountId": elsewhere,
                "OwnerId": third,
            },
            stamp_text(week - 90 * DAY),
        )
        second = self.row(
            "Opportunity",
            d,
            {
                "Name": other.company.name + " – pilot",
                "AccountId": elsewhere,
                "StageName": "Qualification",
                "Amount": 12000.0,
                "OwnerId": third,
                "CloseDate": stamp_text(self.base + 30 * DAY)[:10],
            },
            stamp_text(week - 20 * DAY),
        )
        self.row(
            "OpportunityContactRole",
            d,
            {"OpportunityId": second, "ContactId": twin, "IsPrimary": True},
            stamp_text(week - 20 * DAY),
        )
        self.truth["Lead"][lead] = 0
        self.truth["Contact"].update({contact: 0, twin: 1})

    def account(self, company, name, owner, dice, more=None):
        """One account a company; three in a hundred are typed in twice."""
        known = self.accounts.setdefault(company.number, [])
        if not known or dice[6] % 100 < 3:
            city, country = company.city, company.country[0]
            known.append(
                self.row(
                    "Account",
                    dice,
                    dict(
                        {
                            "Name": name,
                            "OwnerId": owner,
                            "BillingCity": city,
                            "BillingCountry": country,
                            "Type": "Prospect",
                            "Phone": phone_text(company.phone, dice[7]),
                        },
                        **(more or {})
                    ),
                )
            )
        return known[-1]

    def leads(self, rows):
        for i, person in enumerate(rows[: max(0, self.counts["leads"] - 1)]):
            d = self.world.dice(i, b"l")
            row_id = self.row(
                "Lead",
                d,
                {
                    "FirstName": person.first,
                    "LastName": person.last,
                    "Company": person.company,
                    "Email": person.email,
                    "Phone": person.phone,
                    "Title": person.title,
                    "City": person.person.company.city,
                    "Country": person.person.company.country[0],
                    "LeadSource": ("Web", "Phone Inquiry", "Purchased List", "Other")[d[0] % 4],
                    "Status": ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")[d[1] % 3],
                    "OwnerId": self.queue if d[2] % 20 == 0 else self.owner(d[3]),
                    "HasOptedOutOfEmail": d[4] % 25 == 0,
                    "DoNotCall": d[5] % 40 == 0,
                },
            )
            self.truth["Lead"][row_id] = person.person.number

    def contacts(self, rows):
        for i, person in enumerate(rows[max(0, self.counts["leads"] - 1) :]):
            d = self.world.dice(i, b"k")
            company = person.person.company
            account = self.account(
                company,
                person.company,
                self.owner(d[0]),
                d,
                {"Website": "https://www." + company.domain} if d[1] % 3 else None,
            )
            row_id = self.row(
                "Contact",
                d,
                {
                    "FirstName": person.first,
                    "LastName": person.last,
                    "Email": person.email,
                    "Phone": person.phone,
                    "Title": person.title,
                    "AccountId": account,
                    "OwnerId": self.owner(d[2]),
                    "MailingCity": company.city,
                    "MailingCountry": company.country[0],
                    "HasOptedOutOfEmail": d[4] % 25 == 0,
                },
            )
            self.truth["Contact"][row_id] = person.person.number

    def opportunities(self):
        contacts = list(self.database.tables["Contact"].rows.values())[2:]
        for i in range(self.counts["opportunities"] - 2 if contacts else 0):
            d = self.world.dice(i, b"o")
            contact = contacts[d[0] % len(contacts)]
            stage = STAGES[d[1] % 5][0] if d[2] % 100 < 65 else STAGES[5 + d[1] % 2][0]
            account = self.database.tables["Account"].rows[contact["AccountId"]]
            deal = self.row(
                "Opportunity",
                d,
                {
                    "Name": "%s – %s" % (account["Name"], ("pilot", "rollout", "renewal", "extension")[d[3] % 4]),
                    "AccountId": account["Id"],
                    "StageName": stage,
                    "Amount": d[4] + d[5] % 100 / 100,
                    "OwnerId": self.owner(d[6]),
                    "LeadSource": "Web",
                    "CloseDate": stamp_text(self.base + (d[7] % 180 - 30 if d[2] % 100 < 65 else -(d[7] % 300)) * DAY)[
                        :10
                    ],
                },
            )
            self.row(
                "OpportunityContactRole",
                d,
                {
                    "OpportunityId": deal,
                    "ContactId": contact["Id"],
                    "IsPrimary": True,
                    "Role": ("Decision Maker", "Evaluator", None)[d[8] % 3],
                },
            )
            second = contacts[d[9] % len(contacts)]
            if d[10] % 3 == 0 and second["Id"] != contact["Id"]:
                self.row(
                    "OpportunityContactRole",
                    d,
                    {"OpportunityId": deal, "ContactId": second["Id"], "Role": "Influencer"},
                )

    def campaigns(self):
        tables = self.database.tables
        made = []
        for i, (name, kind) in enumerate(CAMPAIGNS):
            d = self.world.dice(i, b"m")
            campaign = self.row(
                "Campaign",
                d,
                {
                    "Name": name,
                    "Type": kind,
                    "Status": "In Progress",
                    "IsActive": True,
                    "OwnerId": self.users[0],
                    "StartDate": stamp_text(self.base - 60 * DAY)[:10],
                },
            )
            for order, label in ((1, "Sent"), (2, "Responded")):
                self.row(
                    "CampaignMemberStatus",
                    d,
                    {
                        "CampaignId": campaign,
                        "Label": label,
                        "IsDefault": order == 1,
                        "HasResponded": order == 2,
                        "SortOrder": order,
                    },
                )
            made.append(campaign)
        people = [("LeadId", r["Id"]) for r in tables["Lead"].rows.values() if not r["IsConverted"]]
        people += [("ContactId", r["Id"]) for r in tables["Contact"].rows.values()]
        for i, (key, row_id) in enumerate(people):
            d = self.world.dice(i, b"n")
            if d[0] % 5 == 0:
                self.row(
                    "CampaignMember",
                    d,
                    {
                        "CampaignId": made[d[1] % len(made)],
                        key: row_id,
                        "Status": "Responded" if d[2] % 4 == 0 else "Sent",
                    },
                )
            elif d[3] % 12 == 0:
                self.row(
                    "Task",
                    d,
                    {
                        "Subject": ("Call", "Send quote", "Follow up")[d[4] % 3],
                        "WhoId": row_id,
                        "Status": "Completed" if d[5] % 2 else "Not Started",
                        "OwnerId": self.owner(d[6]),
                        "ActivityDate": stamp_text(self.base - d[7] % 100 * DAY)[:10],
                    },
                )
