# SPDX-License-Identifier: Apache-2.0
"""What the pretended Salesforce keeps to."""
import base64
import json
import os
import subprocess
import tempfile
import time
import urllib.parse

from harness import SalesforceCase
from salesforce_schema import full_id, suffix_of


class SalesforceLogin(SalesforceCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.key = os.path.join(cls.folder.name, "key.pem")
        public = os.path.join(cls.folder.name, "public.pem")
        subprocess.run(["openssl", "genrsa", "-out", cls.key, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", cls.key, "-pubout", "-out", public], check=True, capture_output=True)
        cls.ARGUMENTS = (
            "--jwt-public-key",
            public,
            "--jwt-user",
            "bot@acme.com",
            "--leads",
            "5",
            "--contacts",
            "5",
            "--opportunities",
            "2",
        )
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.folder.cleanup()

    def jwt(self, head=None, break_it=False, **claims):
        claims = dict(
            {
                "iss": "3MVG9sandbox",
                "sub": "bot@acme.com",
                "aud": "https://login.salesforce.com",
                "exp": int(time.time()) + 180,
            },
            **claims
        )
        parts = [
            base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in (head or {"alg": "RS256"}, claims)
        ]
        signed = b".".join(parts)
        seal = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key], input=signed, capture_output=True, check=True
        ).stdout
        if break_it:
            seal = bytes([seal[0] ^ 1]) + seal[1:]
        assertion = (signed + b"." + base64.urlsafe_b64encode(seal).rstrip(b"=")).decode()
        return self.ask_token({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion})

    def test_jwt_bearer(self):
        status, body = self.jwt()
        self.assertEqual((status, body["token_type"], body["instance_url"]), (200, "Bearer", self.org.url))
        self.assertNotIn("expires_in", body)
        self.assertNotIn("refresh_token", body)
        for wrong in (
            {"exp": int(time.time()) - 1},
            {"exp": int(time.time() + 180) * 1000},
            {"aud": "https://evil.example"},
            {"sub": "other@acme.com"},
            {"break_it": True},
            {"head": {"alg": "none"}},
            {"head": {"alg": "HS256"}},
        ):
            status, body = self.jwt(**wrong)
            self.assertEqual((status, body["error"]), (400, "invalid_grant"), wrong)
        self.assertEqual(self.jwt(iss="nobody")[1]["error"], "invalid_client_id")

    def test_client_credentials_in_body_or_basic(self):
        basic = base64.b64encode(b"3MVG9sandbox:sandbox-secret").decode()
        status, body = self.ask_token({"grant_type": "client_credentials"}, {"Authorization": "Basic " + basic})
        self.assertEqual(status, 200, body)
        for form, error in (
            ({"client_secret": "no"}, "invalid_client"),
            ({"client_id": "no"}, "invalid_client_id"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
        ):
            full = dict(
                {"grant_type": "client_credentials", "client_id": "3MVG9sandbox", "client_secret": "sandbox-secret"},
                **form
            )
            status, body = self.ask_token(full)
            self.assertEqual((status, body["error"]), (400, error))

    def test_refresh_token_rotates(self):
        form = {
            "grant_type": "refresh_token",
            "client_id": "3MVG9sandbox",
            "client_secret": "sandbox-secret",
            "refresh_token": "5Aep-sandbox",
        }
        status, first = self.ask_token(form)
        self.assertEqual(status, 200)
        status, body = self.ask_token(form)
        self.assertEqual((status, body["error"]), (400, "invalid_grant"))
        self.assertEqual(self.ask_token(dict(form, refresh_token=first["refresh_token"]))[0], 200)

    def test_a_dead_session_is_refused_and_versions_need_none(self):
        self.org.act("expire_tokens")
        self.assertEqual(self.code(self.call("GET", "/limits")), (401, "INVALID_SESSION_ID"))
        self.org.headers = {}
        versions = [v["version"] for v in self.org.get("/services/data/")[1]]
        self.assertEqual((versions[0], versions[-1]), ("57.0", "62.0"))

    def test_unknown_versions_and_resources(self):
        self.assertEqual(self.org.get("/services/data/v12.0/limits")[0], 404)
        self.assertEqual(self.code(self.call("GET", "/sobjects/Unicorn/describe")), (404, "NOT_FOUND"))
        self.assertEqual(self.org.call("POST", "/services/Soap/u/60.0", "<x/>", {"Content-Type": "text/xml"})[0], 404)
        self.assertEqual(self.code(self.call("PUT", "/sobjects/Lead", {})), (405, "METHOD_NOT_ALLOWED"))


class SalesforceQueries(SalesforceCase):
    def test_syntax_errors(self):
        for soql in (
            "SELECT FROM Lead",
            "SELECT Id Lead",
            "SELECT Id FROM Lead WHERE",
            "SELECT Id FROM Lead WHERE Name = 'x",
            "SELECT * FROM Lead",
            "SELECT Id FROM Lead WHERE Name = 'a' AND City = 'b' OR City = 'c'",
            "SELECT Id FROM Lead LIMIT x",
            "SELECT Id, Id FROM Lead",
            "SELECT Id FROM Lead WHERE Name == 'a'",
            "SELECT Id FROM Lead WHERE (Name = 'a'",
            "SELECT Id FROM Lead ORDER Name",
            "SELECT Id FROM Lead WHERE Name = 'a\\qb'",
            "SELECT Id FROM Lead GROUP BY Name",
            "SELECT Id FROM Lead WHERE SystemModstamp > 2026-01-31T10:15:30",
            "SELECT Id FROM Lead WHERE SystemModstamp > 2026-01-31T10:15:30 00:00",
        ):
            self.assertEqual(self.refused(soql), "MALFORMED_QUERY", soql)

    def test_unknown_names(self):
        self.assertEqual(self.refused("SELECT Id FROM Unicorn"), "INVALID_TYPE")
        self.assertEqual(self.refused("SELECT Id, (SELECT Id FROM Unicorns) FROM Account"), "INVALID_TYPE")
        for soql in (
            "SELECT Colour FROM Lead",
            "SELECT Id FROM Lead WHERE Colour = 'x'",
            "SELECT Id FROM Lead ORDER BY Colour",
            "SELECT Boss.Name FROM Lead",
            "SELECT Owner.Colour FROM Contact",
            "SELECT Account.Name FROM Lead",
            "SELECT IsDeleted FROM User",
        ):
            self.assertEqual(self.refused(soql), "INVALID_FIELD", soql)

    def test_literals_must_fit_the_field(self):
        for where in (
            "SystemModstamp > '2026-01-01T00:00:00Z'",
            "SystemModstamp > 2026-01-01",
            "CloseDate > 2026-01-01T00:00:00Z",
            "CloseDate > '2026-01-01'",
            "Name = 5",
            "Amount > '5'",
            "IsClosed = 'true'",
            "Name = true",
            "Description = 'x'",
        ):
            self.assertEqual(self.refused("SELECT Id FROM Opportunity WHERE " + where), "INVALID_FIELD", where)
        self.assertEqual(self.refused("SELECT Id FROM Lead WHERE Id = 'nonsense'"), "INVALID_QUERY_FILTER_OPERATOR")
        self.assertEqual(self.refused("SELECT Id FROM Lead OFFSET 2001"), "NUMBER_OUTSIDE_VALID_RANGE")

    def test_queues_are_groups(self):
        rows = self.rows("SELECT Id, Name FROM Group WHERE Type = 'Queue'")
        self.assertEqual([r["Name"] for r in rows], ["Inbound leads"])
        leads = self.rows("SELECT Owner.Type, Owner.Name FROM Lead WHERE OwnerId = '%s' LIMIT 1" % rows[0]["Id"])
        self.assertEqual((leads[0]["Owner"]["Type"], leads[0]["Owner"]["Name"]), ("Queue", "Inbound leads"))

    def test_conditions(self):
        def count(where):
            status, body = self.ask("SELECT COUNT() FROM Lead WHERE " + where)
            self.assertEqual(status, 200, body)
            return body["totalSize"]

        self.assertEqual(count("LastName = 'SMITH' AND FirstName = 'JOE'"), 1)
        self.assertEqual(count("Email = null") + count("Email != null"), 400)
        self.assertEqual(count("Email LIKE '%@acme.com'"), count("Email LIKE '%@ACME.com'"))
        self.assertEqual(count("NOT (IsConverted = true)"), 399)
        self.assertEqual(
            count("IsConverted = true OR (Status IN ('Open - Not Contacted') AND LeadSource NOT IN ('Web', 'Other'))")
            - 1,
            count("Status = 'Open - Not Contacted' AND LeadSource != 'Web' AND LeadSource <> 'Other'"),
        )
        self.assertEqual(count("Company LIKE 'ACM_ Inc.'"), count("Company = 'acme inc.'"))
        self.assertEqual(count("SystemModstamp < 2100-01-01T00:00:00Z"), 400)
        self.assertEqual(count("CreatedDate = LAST_N_DAYS:9000"), 400)
        self.assertEqual(count("Owner.Name = 'Ian Inside' AND IsConverted = true"), 1)
        self.assertEqual(
            count("Id IN (SELECT LeadId FROM CampaignMember)"),
            len({r["LeadId"] for r in self.rows("SELECT LeadId FROM CampaignMember")} - {None}),
        )
        self.make("Lead", LastName="O'Neil \\ Söhne", Company="100%_x")
        self.assertEqual(count("LastName = 'O\\'Neil \\\\ Söhne'"), 1)
        self.assertEqual(count("Company LIKE '100\\%\\_x'"), 1)

    def test_joes_story_is_there(self):
        lead = self.rows(
            "SELECT Company, IsConverted, ConvertedContactId, Owner.Name FROM Lead "
            "WHERE Email = 'joe.smith@acme.com' AND IsConverted = true"
        )[0]
        self.assertEqual((lead["Company"], lead["Owner"]["Name"]), ("ACME Inc.", "Ian Inside"))
        deal = self.rows(
            "SELECT Owner.Name, Owner.Email, Account.Name, IsClosed, "
            "(SELECT ContactId, Role FROM OpportunityContactRoles) "
            "FROM Opportunity WHERE Name = 'Acme – data platform'"
        )[0]
        self.assertEqual(
            (deal["Owner"]["Name"], deal["Account"]["Name"], deal["IsClosed"]), ("Dana Field", "ACME Inc.", False)
        )
        self.assertEqual(deal["OpportunityContactRoles"]["records"][0]["ContactId"], lead["ConvertedContactId"])
        self.assertEqual(len(self.rows("SELECT Id FROM Contact WHERE Name = 'Joe Smith'")), 2)

    def test_pages_follow_the_locator(self):
        status, body = self.ask("SELECT Id FROM Lead", headers={"Sforce-Query-Options": "batchSize=200"})
        self.assertEqual((status, body["totalSize"], body["done"], len(body["records"])), (200, 400, False, 200))
        self.make("Lead", LastName="Late", Company="Later")
        more = self.org.call("GET", body["nextRecordsUrl"])[1]
        self.assertEqual((more["done"], len(more["records"]), more["totalSize"]), (True, 200, 400))
        ids = {r["Id"] for r in body["records"] + more["records"]}
        self.assertEqual(len(ids), 400)
        self.org.act("drop_cursors")
        self.assertEqual(self.code(self.org.call("GET", body["nextRecordsUrl"])), (400, "INVALID_QUERY_LOCATOR"))

    def test_keyset_by_stamp_and_id_covers_all_once(self):
        seen, mark = [], None
        while True:
            where = (
                " WHERE (SystemModstamp > %s) OR (SystemModstamp = %s AND Id > '%s')" % (mark[0], mark[0], mark[1])
                if mark
                else ""
            )
            rows = self.rows(
                "SELECT Id, SystemModstamp FROM Lead%s ORDER BY SystemModstamp, Id LIMIT 37" % where, "queryAll"
            )
            if not rows:
                break
            seen += [(r["SystemModstamp"], r["Id"]) for r in rows]
            mark = seen[-1]
        self.assertEqual(len(seen), 400)
        self.assertEqual(seen, sorted(set(seen)))
        self.assertGreater(max(sum(1 for s in seen if s[0] == stamp) for stamp, _ in seen), 100)
        self.assertTrue(all(s[0].endswith(".000+0000") for s in seen))

    def test_order_by_several_with_nulls_first(self):
        rows = self.rows("SELECT Email, LastName, Id FROM Lead ORDER BY LastName DESC, Email LIMIT 400")
        keys = [r["LastName"].lower() for r in rows]
        self.assertEqual(keys, sorted(keys, reverse=True))
        rows = self.rows("SELECT Email FROM Lead ORDER BY Email LIMIT 1")
        self.assertIsNone(rows[0]["Email"])
        rows = self.rows("SELECT Id FROM Lead ORDER BY Id LIMIT 5 OFFSET 5")
        self.assertEqual(
            [r["Id"] for r in rows], [r["Id"] for r in self.rows("SELECT Id FROM Lead ORDER BY Id LIMIT 10")][5:]
        )

    def test_every_answer_tells_the_usage(self):
        headers = self.org.raw("GET", "/services/data/v60.0/limits")[1]
        self.assertRegex(headers["Sforce-Limit-Info"], r"^api-usage=\d+/5000000$")
        self.org.act("limit", max=10, used=10)
        self.assertEqual(self.code(self.call("GET", "/limits")), (403, "REQUEST_LIMIT_EXCEEDED"))


class SalesforceRows(SalesforceCase):
    ARGUMENTS = ("--leads", "30", "--contacts", "30", "--opportunities", "5")

    def test_ids_are_case_safe(self):
        row_id = self.make("Lead", LastName="A", Company="B")
        self.assertEqual(len(row_id), 18)
        self.assertEqual(suffix_of(row_id[:15]), row_id[15:])
        self.assertEqual(suffix_of("001A0000006Vm9r"), "IAC")
        self.assertEqual(full_id(row_id.upper()), row_id)
        self.assertEqual(self.call("GET", "/sobjects/Lead/" + row_id[:15])[1]["Id"], row_id)
        self.assertEqual(self.code(self.call("GET", "/sobjects/Lead/short")), (404, "MALFORMED_ID"))

    def test_single_row_life(self):
        row_id = self.make("Contact", LastName="Sato", Email="sato@example.com", FirstName="Yuki")
        row = self.call("GET", "/sobjects/Contact/%s?fields=Name,Email" % row_id)[1]
        self.assertEqual((row["Name"], row["Email"]), ("Yuki Sato", "sato@example.com"))
        self.assertEqual(self.call("PATCH", "/sobjects/Contact/" + row_id, {"Title": "CEO", "Email": None})[0], 204)
        self.assertIsNone(self.call("GET", "/sobjects/Contact/" + row_id)[1]["Email"])
        self.assertEqual(self.call("DELETE", "/sobjects/Contact/" + row_id)[0], 204)
        self.assertEqual(self.code(self.call("GET", "/sobjects/Contact/" + row_id)), (404, "ENTITY_IS_DELETED"))
        self.assertEqual(self.rows("SELECT Id FROM Contact WHERE Id = '%s'" % row_id), [])
        self.assertEqual(
            [
                r["IsDeleted"]
                for r in self.rows("SELECT Id, IsDeleted FROM Contact WHERE Id = '%s'" % row_id, "queryAll")
            ],
            [True],
        )

    def test_refusals_of_a_create(self):
        account = self.make("Account", Name="X")
        gone = self.make("Account", Name="Y")
        self.call("DELETE", "/sobjects/Account/" + gone)
        for kind, fields, code in (
            ("Lead", {"FirstName": "x"}, "REQUIRED_FIELD_MISSING"),
            ("Lead", {"LastName": "", "Company": "x"}, "REQUIRED_FIELD_MISSING"),
            ("Lead", {"LastName": "x" * 81, "Company": "x"}, "STRING_TOO_LONG"),
            ("Lead", {"LastName": "x", "Company": "x", "Email": "no"}, "INVALID_EMAIL_ADDRESS"),
            ("Lead", {"LastName": "x", "Company": "x", "Colour": "red"}, "INVALID_FIELD"),
            ("Lead", {"LastName": "x", "Company": "x", "IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
            ("Lead", {"LastName": "x", "Company": "x", "Status": "Odd"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            ("Lead", {"LastName": "x", "Company": "x", "DoNotCall": "true"}, "JSON_PARSER_ERROR"),
            ("Lead", {"LastName": 5, "Company": "x"}, "JSON_PARSER_ERROR"),
            ("Contact", {"LastName": "x", "AccountId": "001"}, "MALFORMED_ID"),
            ("Contact", {"LastName": "x", "AccountId": "0035g00000000000AA"}, "MALFORMED_ID"),
            ("Contact", {"LastName": "x", "AccountId": account[:13] + "zz"}, "INVALID_CROSS_REFERENCE_KEY"),
            ("Contact", {"LastName": "x", "AccountId": gone}, "ENTITY_IS_DELETED"),
            ("Contact", {"LastName": "x", "Birthdate": "31.01.1980"}, "JSON_PARSER_ERROR"),
            ("Opportunity", {"Name": "x", "StageName": "Prospecting"}, "REQUIRED_FIELD_MISSING"),
        ):
            status, body = self.call("POST", "/sobjects/" + kind, fields)
            self.assertEqual((status, body[0]["errorCode"]), (400, code), (fields, body))
        self.assertEqual(
            self.code(self.call("POST", "/sobjects/User", {"LastName": "x"})), (403, "INSUFFICIENT_ACCESS_OR_READONLY")
        )
        self.assertEqual(
            self.org.call("POST", "/services/data/v60.0/sobjects/Lead", "x", {"Content-Type": "text/plain"})[0], 415
        )

    def test_upsert_by_external_id(self):
        path = "/sobjects/Contact/Tandem_Id__c/p-1"
        status, body = self.call("PATCH", path, {"LastName": "Sato"})
        self.assertEqual((status, body["created"]), (201, True))
        status, again = self.call("PATCH", path, {"Title": "CEO"})
        self.assertEqual((status, again["created"], again["id"]), (200, False, body["id"]))
        self.assertEqual(self.code(self.call("PATCH", path, {"Tandem_Id__c": "p-1"})), (400, "INVALID_FIELD"))
        self.assertEqual(
            self.call("PATCH", "/sobjects/Contact/Tandem_Id__c/p-2?updateOnly=true", {"LastName": "x"})[0], 404
        )
        self.assertEqual(self.call("PATCH", "/sobjects/Contact/Title/x", {"LastName": "x"})[0], 404)
        self.assertEqual(self.call("PATCH", "/sobjects/Contact/Legacy_Id__c/x%40y.inc", {"LastName": "x"})[0], 404)
        for _ in range(2):
            self.make("Contact", LastName="Twin", Legacy_Id__c="L1")
        status, matches = self.call("PATCH", "/sobjects/Contact/Legacy_Id__c/l1", {"LastName": "x"})
        self.assertEqual((status, len(matches)), (300, 2))
        self.assertEqual(
            self.code(self.call("POST", "/sobjects/Contact", {"LastName": "x", "Tandem_Id__c": "P-1"})),
            (400, "DUPLICATE_VALUE"),
        )

    def test_duplicate_rule(self):
        self.make("Lead", LastName="x", Company="x", Email="Dup@Rule.example.com")
        self.org.act("duplicate_rule")
        twin = {"LastName": "y", "Email": "dup@rule.example.com"}
        self.assertEqual(self.code(self.call("POST", "/sobjects/Contact", twin)), (400, "DUPLICATES_DETECTED"))
        status, _ = self.call(
            "POST",
            "/sobjects/Contact",
            twin,
            {"Sforce-Duplicate-Rule-Header": "allowSave=true; runAsCurrentUser=true"},
        )
        self.assertEqual(status, 201)

    def test_auto_assign_re_owns_leads_unless_told_not_to(self):
        users = {u["Name"]: u["Id"] for u in self.rows("SELECT Id, Name FROM User")}
        self.org.act("assignment_rule", owner="Ian Inside")
        fields = {"LastName": "x", "Company": "x", "OwnerId": users["Dana Field"]}
        for headers, owner in (({}, "Ian Inside"), ({"Sforce-Auto-Assign": "FALSE"}, "Dana Field")):
            row_id = self.call("POST", "/sobjects/Lead", fields, headers)[1]["id"]
            self.assertEqual(self.call("GET", "/sobjects/Lead/" + row_id)[1]["OwnerId"], users[owner])

    def test_an_inactive_user_owns_nothing_new(self):
        gone = self.org.act("deactivate", user="Dana Field")["id"]
        self.assertEqual(
            self.code(self.call("POST", "/sobjects/Lead", {"LastName": "x", "Company": "x", "OwnerId": gone})),
            (400, "INACTIVE_OWNER_OR_USER"),
        )

    def test_tasks_and_campaign_members(self):
        lead = self.make("Lead", LastName="x", Company="x")
        contact = self.make("Contact", LastName="x")
        deal = self.rows("SELECT Id FROM Opportunity LIMIT 1")[0]["Id"]
        self.assertEqual(
            self.code(self.call("POST", "/sobjects/Task", {"WhoId": lead, "WhatId": deal})),
            (400, "FIELD_INTEGRITY_EXCEPTION"),
        )
        task = self.make("Task", Subject="Call", WhoId=contact, WhatId=deal)
        row = self.rows("SELECT Status, Priority, Who.Name, What.Type, AccountId FROM Task WHERE Id = '%s'" % task)[0]
        self.assertEqual(
            (row["Status"], row["Priority"], row["Who"]["Name"], row["What"]["Type"]),
            ("Not Started", "Normal", "x", "Opportunity"),
        )
        self.assertIsNotNone(row["AccountId"])
        campaign = self.make("Campaign", Name="C")
        member = {"CampaignId": campaign, "LeadId": lead}
        member_id = self.make("CampaignMember", **member)
        self.assertEqual(self.code(self.call("POST", "/sobjects/CampaignMember", member)), (400, "DUPLICATE_VALUE"))
        self.assertEqual(
            self.code(self.call("POST", "/sobjects/CampaignMember", dict(member, ContactId=contact))),
            (400, "REQUIRED_FIELD_MISSING"),
        )
        self.assertEqual(
            self.code(self.call("PATCH", "/sobjects/CampaignMember/" + member_id, {"LeadId": lead})),
            (400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        )
        self.assertEqual(
            self.code(self.call("PATCH", "/sobjects/CampaignMember/" + member_id, {"Status": "Odd"})),
            (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        )
        self.assertEqual(self.call("PATCH", "/sobjects/CampaignMember/" + member_id, {"Status": "Responded"})[0], 204)
        self.assertTrue(self.call("GET", "/sobjects/CampaignMember/" + member_id)[1]["HasResponded"])

    def test_merge_conversion_and_replication(self):
        keep, lose = self.make("Contact", LastName="Keep"), self.make("Contact", LastName="Lose")
        task = self.make("Task", WhoId=lose)
        self.org.act("merge", type="Contact", master=keep, losers=[lose])
        row = self.rows(
            "SELECT MasterRecordId, IsDeleted FROM Contact "
            "WHERE IsDeleted = true AND MasterRecordId != null AND Id = '%s'" % lose,
            "queryAll",
        )[0]
        self.assertEqual(row["MasterRecordId"], keep)
        self.assertEqual(self.call("GET", "/sobjects/Task/" + task)[1]["WhoId"], keep)
        lead = self.make("Lead", LastName="Conv", Company="Conv Ltd")
        made = self.org.act("convert", lead=lead, opportunity="Conv – first")
        shown = self.call("GET", "/sobjects/Lead/" + lead)[1]
        self.assertEqual((shown["IsConverted"], shown["ConvertedContactId"]), (True, made["contact"]))
        self.assertEqual(
            self.code(self.call("PATCH", "/sobjects/Lead/" + lead, {"Title": "x"})),
            (400, "CANNOT_UPDATE_CONVERTED_LEAD"),
        )
        now = time.time()
        window = {
            n: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + s)) for n, s in (("start", -300), ("end", 120))
        }
        updated = self.call("GET", "/sobjects/Lead/updated/?" + urllib.parse.urlencode(window))[1]
        self.assertIn(lead, updated["ids"])
        deleted = self.call("GET", "/sobjects/Contact/deleted/?" + urllib.parse.urlencode(window))[1]
        self.assertEqual([d["id"] for d in deleted["deletedRecords"]], [lose])
        for bad in (
            {"start": window["end"], "end": window["start"]},
            {"start": "2020-01-01T00:00:00Z", "end": window["end"]},
            {"start": window["start"], "end": "2026-01-01T00:00:00 00:00"},
        ):
            self.assertEqual(
                self.code(self.call("GET", "/sobjects/Lead/updated/?" + urllib.parse.urlencode(bad))),
                (400, "INVALID_REPLICATION_DATE"),
            )

    def test_a_late_commit_carries_an_old_stamp(self):
        made = self.org.act("create", type="Lead", fields={"LastName": "Late", "Company": "x"}, seconds_ago=90)
        row = self.call("GET", "/sobjects/Lead/" + made["id"])[1]
        self.assertLess(row["SystemModstamp"], time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 80)))
        found = self.rows(
            "SELECT Id FROM Lead WHERE SystemModstamp >= %sZ ORDER BY SystemModstamp, Id" % row["SystemModstamp"][:19]
        )
        self.assertEqual([r["Id"] for r in found], [made["id"]])

    def test_describe(self):
        status, headers, body = self.org.raw("GET", "/services/data/v60.0/sobjects/Lead/describe")
        fields = {f["name"]: f for f in json.loads(body)["fields"]}
        self.assertEqual(
            (fields["Tandem_Id__c"]["externalId"], fields["Tandem_Id__c"]["unique"], fields["LastName"]["nillable"]),
            (True, True, False),
        )
        self.assertIn("Closed - Converted", [v["value"] for v in fields["Status"]["picklistValues"]])
        self.assertEqual(
            self.org.raw(
                "GET",
                "/services/data/v60.0/sobjects/Lead/describe",
                None,
                {"If-Modified-Since": headers["Last-Modified"]},
            )[0],
            304,
        )


class SalesforceCollections(SalesforceCase):
    ARGUMENTS = ("--leads", "30", "--contacts", "30", "--opportunities", "5", "--users", "4")

    @staticmethod
    def contact(**fields):
        return dict({"attributes": {"type": "Contact"}}, **fields)

    def test_partial_failures_in_order(self):
        status, body = self.call(
            "POST",
            "/composite/sobjects",
            {
                "allOrNone": False,
                "records": [
                    self.contact(LastName="A"),
                    self.contact(Email="x@example.com"),
                    self.contact(LastName="C", Colour="red"),
                    self.contact(LastName="D"),
                ],
            },
        )
        self.assertEqual(status, 200)
        self.assertEqual([r["success"] for r in body], [True, False, False, True])
        self.assertEqual(
            body[1]["errors"],
            [
                {
                    "statusCode": "REQUIRED_FIELD_MISSING",
                    "message": "Required fields are missing: [LastName]",
                    "fields": ["LastName"],
                }
            ],
        )
        self.assertEqual(body[2]["errors"][0]["statusCode"], "INVALID_FIELD")

    def test_all_or_none_takes_back(self):
        before = self.ask("SELECT COUNT() FROM Contact")[1]["totalSize"]
        body = self.call(
            "POST",
            "/composite/sobjects",
            {"allOrNone": True, "records": [self.contact(LastName="A"), self.contact(FirstName="B")]},
        )[1]
        self.assertEqual(
            [r["errors"][0]["statusCode"] for r in body],
            ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"],
        )
        self.assertEqual(self.ask("SELECT COUNT() FROM Contact")[1]["totalSize"], before)
        self.assertEqual(self.org.effects(), [])

    def test_upsert_by_external_id_refuses_equal_keys(self):
        path = "/composite/sobjects/Contact/Tandem_Id__c"
        records = [
            self.contact(Tandem_Id__c=k, LastName=n) for k, n in (("1", "A"), ("2", "B"), ("2", "C"), ("3", "D"))
        ]
        body = self.call("PATCH", path, {"records": records})[1]
        self.assertEqual([r["success"] for r in body], [True, False, False, True])
        self.assertEqual(body[1]["errors"][0]["statusCode"], "DUPLICATE_VALUE")
        body = self.call("PATCH", path, {"records": [self.contact(Tandem_Id__c="1", Title="CEO")]})[1]
        self.assertEqual((body[0]["success"], body[0]["created"]), (True, False))
        self.assertEqual(
            self.call("PATCH", path, {"records": [{"attributes": {"type": "Lead"}, "Tandem_Id__c": "9"}]})[0], 400
        )
        self.assertEqual(
            self.call(
                "PATCH", path, {"records": [self.contact(id="0035g00000TiCgaAAF", Tandem_Id__c="9", LastName="x")]}
            )[1][0]["success"],
            False,
        )

    def test_update_delete_retrieve(self):
        ids = [self.make("Contact", LastName=n) for n in "ABC"]
        self.call("DELETE", "/sobjects/Contact/" + ids[2])
        records = [
            self.contact(id=ids[0], Title="x"),
            self.contact(id=ids[2], Title="x"),
            self.contact(id=ids[1], Email="no"),
            self.contact(id="0035g0000000000AAA", Title="x"),
            self.contact(Title="x"),
        ]
        body = self.call("PATCH", "/composite/sobjects", {"records": records})[1]
        self.assertEqual(
            [r["errors"][0]["statusCode"] if r["errors"] else "ok" for r in body],
            ["ok", "ENTITY_IS_DELETED", "INVALID_EMAIL_ADDRESS", "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"],
        )
        got = self.call("POST", "/composite/sobjects/Contact", {"ids": ids, "fields": ["Title"]})[1]
        self.assertEqual([g and g["Title"] for g in got], ["x", None, None])
        self.assertEqual(
            self.code(self.call("POST", "/composite/sobjects/Contact", {"ids": ids, "fields": ["Colour"]})),
            (400, "INVALID_FIELD"),
        )
        body = self.call("DELETE", "/composite/sobjects?ids=%s,%s" % (ids[0], ids[2]))[1]
        self.assertEqual([r["success"] for r in body], [True, False])

    def test_malformed_collections(self):
        self.assertEqual(
            self.call("POST", "/composite/sobjects", {"records": [self.contact(LastName="x")] * 201})[0], 400
        )
        self.assertEqual(self.call("POST", "/composite/sobjects", {"records": [{"LastName": "x"}]})[0], 400)
        self.assertEqual(self.call("POST", "/composite/sobjects", {"records": []})[0], 400)
        mixed = [{"attributes": {"type": t}, "LastName": "x", "Company": "x"} for t in ("Lead", "Contact") * 6]
        self.assertEqual(self.call("POST", "/composite/sobjects", {"records": mixed})[0], 400)
        before = self.ask("SELECT COUNT() FROM Contact")[1]["totalSize"]
        bad = [self.contact(LastName="x"), self.contact(LastName="y", DoNotCall="no")]
        self.assertEqual(
            self.code(self.call("POST", "/composite/sobjects", {"records": bad})), (400, "JSON_PARSER_ERROR")
        )
        self.assertEqual(self.ask("SELECT COUNT() FROM Contact")[1]["totalSize"], before)
