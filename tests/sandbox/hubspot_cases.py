# SPDX-License-Identifier: Apache-2.0
"""What the pretended HubSpot keeps to."""
import gzip
import json
import time
import unittest
import urllib.parse

import hubspot_hooks
from harness import HubSpotCase, Receiver, Sandbox


class HubSpotReading(HubSpotCase):
    def test_refuses_a_call_without_or_with_a_wrong_token(self):
        for value in (None, "Bearer wrong", "Basic pat-na1-sandbox"):
            status, body = self.hub.call("GET", "/crm/v3/objects/contacts", headers={"Authorization": value})
            self.assertEqual((status, body["category"]), (401, "INVALID_AUTHENTICATION"))
            self.assertEqual(body["status"], "error")
            self.assertIn("correlationId", body)

    def test_lists_every_contact_once_in_order_of_ids(self):
        ids, after = [], ""
        while True:
            status, body = self.hub.get("/crm/v3/objects/contacts", limit=100, after=after, properties="email")
            self.assertEqual(status, 200)
            ids += [int(r["id"]) for r in body["results"]]
            if "paging" not in body:
                break
            after = body["paging"]["next"]["after"]
            self.assertGreater(int(after), ids[-1])
        self.assertEqual(ids, sorted(set(ids)))
        self.assertEqual(len(ids), 350)

    def test_refuses_pages_beyond_the_limit(self):
        for args in (
            {"limit": 101},
            {"limit": 0},
            {"limit": "x"},
            {"after": "abc"},
            {"limit": 51, "propertiesWithHistory": "email"},
            {"archived": "perhaps"},
        ):
            self.assertEqual(self.hub.get("/crm/v3/objects/contacts", **args)[0], 400, args)
        self.assertEqual(self.hub.get("/crm/v3/objects/unicorns")[0], 400)
        self.assertEqual(self.hub.get("/crm/v9/objects/contacts")[0], 404)

    def test_values_are_strings_and_only_asked_ones_come(self):
        record = self.hub.get("/crm/objects/2026-03/contacts/101", properties="email,num_conversion_events,no_such")[1]
        self.assertEqual(
            set(record["properties"]),
            {"email", "num_conversion_events", "createdate", "hs_object_id", "lastmodifieddate"},
        )
        self.assertEqual(record["properties"]["email"], "Joe.Smith+news@acme.com")
        self.assertRegex(record["properties"]["lastmodifieddate"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(record["updatedAt"], record["properties"]["lastmodifieddate"])

    def test_associations_come_with_a_list(self):
        record = self.hub.get("/crm/v3/objects/contacts/101", associations="companies")[1]
        self.assertEqual(
            {r["type"] for r in record["associations"]["companies"]["results"]},
            {"contact_to_company", "contact_to_company_unlabeled"},
        )

    def test_reads_by_unique_property_only(self):
        path = "/crm/v3/objects/contacts/joe.smith%2Bnews%40acme.com"
        self.assertEqual(self.hub.get(path, idProperty="email")[1]["id"], "101")
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/Joe", idProperty="firstname")[0], 400)
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/x", idProperty="nonsense")[0], 400)
        self.assertEqual(self.hub.get(path)[0], 404)

    def test_batch_read_answers_207_with_the_missing_ids(self):
        status, body = self.post(
            "/crm/v3/objects/contacts/batch/read",
            {"properties": ["email"], "inputs": [{"id": "101"}, {"id": "102"}, {"id": "99999"}]},
        )
        self.assertEqual((status, {r["id"] for r in body["results"]}), (207, {"101", "102"}))
        self.assertEqual(body["errors"][0]["context"]["ids"], ["99999"])
        self.assertEqual(
            self.post("/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": str(i)} for i in range(101)]})[0], 400
        )
        self.assertEqual(self.post("/crm/v3/objects/contacts/batch/read", {"inputs": []})[0], 400)

    def test_batch_results_are_not_in_request_order(self):
        ids = [str(i) for i in range(101, 201)]
        body = self.post("/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": i} for i in ids]})[1]
        got = [r["id"] for r in body["results"]]
        self.assertEqual(sorted(got), ids)
        self.assertNotEqual(got, ids)

    def test_large_answers_are_gzipped_when_accepted(self):
        status, headers, body = self.hub.raw(
            "GET", "/crm/v3/objects/contacts?limit=100", headers={"Accept-Encoding": "gzip"}
        )
        self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
        self.assertEqual(len(json.loads(gzip.decompress(body))["results"]), 100)

    def test_archived_records_show_only_where_asked(self):
        self.assertEqual(self.hub.call("DELETE", "/crm/v3/objects/contacts/110")[0], 204)
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/110")[0], 404)
        self.assertTrue(self.hub.get("/crm/v3/objects/contacts/110", archived="true")[1]["archived"])
        body = self.hub.get("/crm/v3/objects/contacts", archived="true")[1]
        self.assertEqual([r["id"] for r in body["results"]], ["110"])
        listed = self.hub.get("/crm/v3/objects/contacts", limit=100)[1]["results"]
        self.assertNotIn("110", [r["id"] for r in listed])
        self.assertEqual(len(listed), 100)

    def test_owners_pipelines_properties_campaigns_forms(self):
        owners = self.hub.get("/crm/v3/owners", limit=3)[1]
        self.assertEqual(len(owners["results"]), 3)
        rest = self.hub.get("/crm/v3/owners", limit=100, after=owners["paging"]["next"]["after"])[1]
        self.assertEqual(len(rest["results"]), 5)
        dana = self.hub.get("/crm/v3/owners", email="dana.field@lighthouse-vendor.com")[1]["results"]
        self.assertNotEqual(dana[0]["id"], str(dana[0]["userId"]))
        stages = self.hub.get("/crm/v3/pipelines/deals")[1]["results"][0]["stages"]
        self.assertIn("true", [s["metadata"]["isClosed"] for s in stages])
        names = {p["name"]: p for p in self.hub.get("/crm/v3/properties/contacts")[1]["results"]}
        self.assertTrue(names["createdate"]["modificationMetadata"]["readOnlyValue"])
        self.assertEqual(len(self.hub.get("/marketing/v3/campaigns", limit=2)[1]["results"]), 2)
        self.assertEqual(
            self.hub.get("/marketing/v3/forms")[1]["results"][0]["name"], "White paper: Data platforms compared"
        )


class HubSpotSearch(HubSpotCase):
    def filters(self, *filters, **body):
        return self.search(filterGroups=[{"filters": list(filters)}], **body)

    def test_operators_find_what_they_say(self):
        def total(**given):
            status, body = self.filters(given)
            self.assertEqual(status, 200, body)
            return body["total"]

        self.assertEqual(total(propertyName="email", operator="EQ", value="joe.smith+NEWS@acme.com"), 1)
        self.assertEqual(total(propertyName="lastname", operator="IN", values=["smith"]), 2)
        self.assertEqual(total(propertyName="lastname", operator="IN", values=["Smith"]), 0)
        self.assertEqual(
            total(propertyName="lastname", operator="NOT_HAS_PROPERTY")
            + total(propertyName="lastname", operator="HAS_PROPERTY"),
            350,
        )
        self.assertEqual(total(propertyName="hs_object_id", operator="BETWEEN", value="101", highValue="110"), 10)
        self.assertEqual(total(propertyName="hs_object_id", operator="GT", value="440"), 10)
        self.assertGreaterEqual(total(propertyName="email", operator="CONTAINS_TOKEN", value="acme"), 5)
        self.assertEqual(total(propertyName="company", operator="CONTAINS_TOKEN", value="acm*"), 5)
        self.assertEqual(self.search()[1]["total"], 350)

    def test_refuses_what_the_contract_forbids(self):
        good = {"propertyName": "email", "operator": "HAS_PROPERTY"}
        for body in (
            {"filterGroups": [{"filters": [good]}] * 6},
            {"filterGroups": [{"filters": [good] * 7}]},
            {"filterGroups": [{"filters": [good] * 5}] * 4},
            {"limit": 201},
            {"limit": 0},
            {
                "sorts": [
                    {"propertyName": "email", "direction": "ASCENDING"},
                    {"propertyName": "hs_object_id", "direction": "ASCENDING"},
                ]
            },
            {"filterGroups": [{"filters": [{"propertyName": "nope", "operator": "EQ", "value": "1"}]}]},
            {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "1"}]}]},
            {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ"}]}]},
            {
                "filterGroups": [
                    {"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": "soon"}]}
                ]
            },
            {"colour": "red"},
            {"query": "x" * 3001},
            {"after": "10000", "limit": 1},
        ):
            status, answer = self.search(**body)
            self.assertEqual((status, answer["category"]), (400, "VALIDATION_ERROR"), body)

    def test_paging_ends_at_ten_thousand(self):
        self.assertEqual(self.search(after="9800", limit=200)[0], 200)
        self.assertEqual(self.search(after="9801", limit=200)[0], 400)
        self.assertEqual(self.search(after="10000", limit=10)[0], 400)

    def test_pages_of_a_sorted_search_cover_all_without_a_tie_breaker(self):
        seen, after = [], "0"
        while after:
            body = self.search(
                sorts=[{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}], limit=100, after=after
            )[1]
            seen += [(r["properties"]["lastmodifieddate"], int(r["id"])) for r in body["results"]]
            after = body.get("paging", {}).get("next", {}).get("after")
        self.assertEqual([s[0] for s in seen], sorted(s[0] for s in seen))
        self.assertEqual(len({s[1] for s in seen}), 350)
        self.assertNotEqual(seen, sorted(seen))

    def test_the_index_lags_and_carries_no_rate_headers(self):
        self.hub.act("search_lag", seconds="0.4")
        record = self.hub.act("create", properties={"email": "new@fresh.example.com"})
        find = {"propertyName": "email", "operator": "EQ", "value": "new@fresh.example.com"}
        self.assertEqual(self.filters(find)[1]["total"], 0)
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/" + record["id"])[0], 200)
        time.sleep(0.45)
        self.assertEqual(self.filters(find)[1]["total"], 1)
        self.hub.act("set", id=record["id"], properties={"firstname": "Late"})
        self.assertIsNone(self.filters(find, properties=["firstname"])[1]["results"][0]["properties"]["firstname"])
        headers = self.hub.raw("POST", "/crm/v3/objects/contacts/search", {})[1]
        self.assertFalse([h for h in headers if h.lower().startswith("x-hubspot-ratelimit")])

    def test_watermark_pull_finds_a_change(self):
        now = int(time.time() * 1000) - 5
        self.hub.act("set", id="150", properties={"jobtitle": "CEO"})
        body = self.filters({"propertyName": "lastmodifieddate", "operator": "GTE", "value": str(now)})[1]
        self.assertEqual([r["id"] for r in body["results"]], ["150"])


class HubSpotWriting(HubSpotCase):
    def test_create_refuses_an_existing_address(self):
        for address in ("Joe.Smith+news@acme.com", "JOE.SMITH+NEWS@ACME.COM"):
            status, body = self.post("/crm/v3/objects/contacts", {"properties": {"email": address}})
            self.assertEqual(
                (status, body["category"], body["message"]),
                (409, "CONFLICT", "Contact already exists. Existing ID: 101"),
            )

    def test_names_each_bad_property_and_writes_nothing(self):
        status, body = self.post(
            "/crm/v3/objects/contacts",
            {
                "properties": {
                    "email": "no-address",
                    "colour": "red",
                    "createdate": "2026-01-01",
                    "hubspot_owner_id": "5",
                    "lifecyclestage": "odd",
                    "annualrevenue": "much",
                }
            },
        )
        codes = {e["in"]: e["code"] for e in body["errors"]}
        self.assertEqual(
            (status, codes),
            (
                400,
                {
                    "email": "INVALID_EMAIL",
                    "colour": "PROPERTY_DOESNT_EXIST",
                    "createdate": "READ_ONLY_VALUE",
                    "hubspot_owner_id": "INVALID_OWNER_ID",
                    "lifecyclestage": "INVALID_OPTION",
                    "annualrevenue": "INVALID_NUMBER",
                },
            ),
        )
        self.assertEqual(
            self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"firstname": "Joey", "nope": "1"}})[
                0
            ],
            400,
        )
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/101")[1]["properties"]["firstname"], "Joe")
        self.assertEqual(self.hub.effects(), [])

    def test_refuses_bodies_of_another_shape(self):
        self.assertEqual(
            self.hub.call("POST", "/crm/v3/objects/contacts", "{", {"Content-Type": "application/json"})[0], 400
        )
        self.assertEqual(
            self.hub.call("POST", "/crm/v3/objects/contacts", "{}", {"Content-Type": "text/plain"})[0], 415
        )
        self.assertEqual(self.post("/crm/v3/objects/contacts", {"properties": {"email": None}})[0], 400)
        self.assertEqual(self.post("/crm/v3/objects/contacts", {"fields": {}})[0], 400)
        self.assertEqual(self.hub.call("PUT", "/crm/v3/objects/contacts/101", {})[0], 405)

    def test_an_empty_string_clears_and_every_write_bumps_the_stamp(self):
        before = self.hub.get("/crm/v3/objects/contacts/101", properties="phone")[1]
        status, after = self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"phone": ""}})
        self.assertEqual((status, after["properties"]["phone"]), (200, None))
        self.assertGreater(after["updatedAt"], before["updatedAt"])

    def test_the_life_cycle_stage_only_moves_forward(self):
        path = "/crm/v3/objects/contacts/101"
        for value, expected in (("customer", "customer"), ("lead", "customer"), ("", None), ("lead", "lead")):
            self.assertEqual(
                self.hub.call("PATCH", path, {"properties": {"lifecyclestage": value}})[1]["properties"][
                    "lifecyclestage"
                ],
                expected,
            )

    def test_partial_batch_answers_207_and_keeps_the_good_rows(self):
        status, body = self.post(
            "/crm/v3/objects/contacts/batch/create",
            {
                "inputs": [
                    {"objectWriteTraceId": "row-1", "properties": {"email": "a1@batch.example.com"}},
                    {"objectWriteTraceId": "row-2", "properties": {"email": "broken"}},
                    {"objectWriteTraceId": "row-3", "properties": {"email": "joe.smith+news@acme.com"}},
                ]
            },
        )
        self.assertEqual(
            (status, body["numErrors"], [r["objectWriteTraceId"] for r in body["results"]]), (207, 2, ["row-1"])
        )
        by_trace = {e["context"]["objectWriteTraceId"][0]: e for e in body["errors"]}
        self.assertEqual(by_trace["row-2"]["errors"][0]["code"], "INVALID_EMAIL")
        self.assertEqual(by_trace["row-3"]["category"], "CONFLICT")

    def test_batches_refuse_too_many_and_repeated_ids(self):
        rows = [{"id": str(i), "properties": {}} for i in range(101)]
        self.assertEqual(self.post("/crm/v3/objects/contacts/batch/update", {"inputs": rows})[0], 400)
        twice = [{"id": "101", "properties": {}}] * 2
        self.assertEqual(self.post("/crm/v3/objects/contacts/batch/update", {"inputs": twice})[0], 400)

    def test_upsert_by_own_property(self):
        self.unique_property()
        body = {
            "inputs": [
                {"id": "p-1", "idProperty": "tandem_id", "objectWriteTraceId": "t", "properties": {"lastname": "Sato"}}
            ]
        }
        status, first = self.post("/crm/v3/objects/contacts/batch/upsert", body)
        self.assertEqual(
            (status, first["results"][0]["new"], first["results"][0]["objectWriteTraceId"]), (200, True, "t")
        )
        second = self.post("/crm/v3/objects/contacts/batch/upsert", body)[1]
        self.assertEqual((second["results"][0]["new"], second["results"][0]["id"]), (False, first["results"][0]["id"]))
        status, body = self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"tandem_id": "p-1"}})
        self.assertEqual((status, body["errors"][0]["code"]), (400, "CONFLICTING_UNIQUE_VALUE"))

    def test_upsert_refuses_mixed_keys_and_keys_that_are_not_unique(self):
        self.unique_property()
        rows = [
            {"id": "p-1", "idProperty": "tandem_id", "properties": {}},
            {"id": "a@b.example.com", "idProperty": "email", "properties": {}},
        ]
        self.assertEqual(self.post("/crm/v3/objects/contacts/batch/upsert", {"inputs": rows})[0], 400)
        self.assertEqual(
            self.post(
                "/crm/v3/objects/contacts/batch/upsert",
                {"inputs": [{"id": "Joe", "idProperty": "firstname", "properties": {}}]},
            )[0],
            400,
        )

    def test_upsert_by_address_refuses_a_partial_set(self):
        row = {"id": "joe.smith+news@acme.com", "idProperty": "email", "properties": {"firstname": "Joe"}}
        status, body = self.post("/crm/v3/objects/contacts/batch/upsert", {"inputs": [row]})
        self.assertEqual((status, body["errors"][0]["errors"][0]["code"]), (207, "PARTIAL_UPSERT_NOT_SUPPORTED"))
        row["properties"] = {
            "firstname": "Joe",
            "lastname": "Smith",
            "phone": "1",
            "company": "Acme",
            "jobtitle": "x",
            "lifecyclestage": "lead",
        }
        self.assertEqual(self.post("/crm/v3/objects/contacts/batch/upsert", {"inputs": [row]})[0], 200)

    def test_merge_gives_a_new_id_and_old_ids_lead_to_it(self):
        status, body = self.post(
            "/crm/v3/objects/contacts/merge", {"primaryObjectId": "101", "objectIdToMerge": "103"}
        )
        self.assertEqual(status, 200)
        self.assertNotIn(body["id"], ("101", "103"))
        for old in ("101", "103"):
            got = self.hub.get(
                "/crm/v3/objects/contacts/" + old, properties="hs_merged_object_ids,email,hs_additional_emails"
            )[1]
            self.assertEqual(got["id"], body["id"])
        self.assertEqual(set(got["properties"]["hs_merged_object_ids"].split(";")), {"101", "103"})
        self.assertEqual(got["properties"]["email"], "Joe.Smith+news@acme.com")
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts", archived="true")[1]["results"], [])
        self.assertEqual(
            self.post(
                "/crm/v3/objects/contacts", {"properties": {"email": got["properties"]["hs_additional_emails"]}}
            )[0],
            409,
        )
        links = self.hub.get("/crm/v4/objects/contacts/%s/associations/companies" % body["id"])[1]["results"]
        self.assertEqual([r["toObjectId"] for r in links], ["101"])

    def test_gdpr_delete_leaves_nothing(self):
        self.assertEqual(
            self.post(
                "/crm/v3/objects/contacts/gdpr-delete", {"objectId": "joe.smith+news@acme.com", "idProperty": "email"}
            )[0],
            204,
        )
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/101")[0], 404)
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/101", archived="true")[0], 404)

    def test_a_task_needs_its_time_and_keeps_its_links(self):
        link = [{"to": {"id": "101"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}]}]
        status, body = self.post(
            "/crm/v3/objects/tasks", {"properties": {"hs_task_subject": "Call"}, "associations": link}
        )
        self.assertEqual((status, body["errors"][0]["code"]), (400, "REQUIRED_FIELD"))
        properties = {"hs_task_subject": "Call Joe", "hs_timestamp": "1767225600000", "hs_task_status": "NOT_STARTED"}
        status, task = self.post("/crm/v3/objects/tasks", {"properties": properties, "associations": link})
        self.assertEqual((status, task["properties"]["hs_timestamp"]), (201, "2026-01-01T00:00:00.000Z"))
        found = self.hub.get("/crm/v4/objects/tasks/%s/associations/contacts" % task["id"])[1]
        self.assertEqual(found["results"][0]["toObjectId"], "101")
        link[0]["types"][0]["associationTypeId"] = 279279
        self.assertEqual(self.post("/crm/v3/objects/tasks", {"properties": properties, "associations": link})[0], 400)

    def test_associations_are_idempotent_and_checked(self):
        path = "/crm/v4/objects/contacts/101/associations/default/companies/102"
        for _ in range(2):
            self.assertEqual(self.hub.call("PUT", path)[0], 200)
        rows = self.hub.get("/crm/v4/objects/contacts/101/associations/companies")[1]["results"]
        self.assertEqual(
            {r["toObjectId"]: {t["typeId"] for t in r["associationTypes"]} for r in rows},
            {"101": {279, 1}, "102": {279}},
        )
        labelled = "/crm/v4/objects/contacts/101/associations/companies/102"
        self.assertEqual(
            self.hub.call("PUT", labelled, [{"associationCategory": "USER_DEFINED", "associationTypeId": 999}])[0], 400
        )
        self.assertEqual(self.hub.call("DELETE", labelled)[0], 204)
        status, body = self.post(
            "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": "101"}, {"id": "99999"}]}
        )
        self.assertEqual((status, body["results"][0]["to"][0]["toObjectId"]), (207, "101"))
        self.assertEqual(
            self.post("/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": "1"}] * 1001})[0], 400
        )
        self.assertEqual(self.hub.get("/crm/v4/objects/contacts/101/associations/notes")[0], 200)
        self.assertEqual(
            self.hub.call("PUT", "/crm/v4/objects/contacts/101/associations/default/companies/99999")[0], 404
        )

    def test_consent_is_kept_and_checked(self):
        path = "/communication-preferences/v4/statuses/joe.smith%40acme.com"
        good = {"subscriptionId": 1, "statusState": "UNSUBSCRIBED", "channel": "EMAIL"}
        self.assertEqual(self.post(path, good)[1]["status"], "UNSUBSCRIBED")
        self.assertEqual(
            {r["subscriptionId"]: r["status"] for r in self.hub.get(path)[1]["results"]},
            {1: "UNSUBSCRIBED", 2: "NOT_SPECIFIED", 3: "NOT_SPECIFIED"},
        )
        for wrong in (
            dict(good, statusState="OUT"),
            dict(good, subscriptionId=9),
            dict(good, channel="FAX"),
            dict(good, x=1),
        ):
            self.assertEqual(self.post(path, wrong)[0], 400)

    def test_history_tells_who_wrote(self):
        self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"jobtitle": "Boss"}})
        lines = self.hub.get("/crm/v3/objects/contacts/101", propertiesWithHistory="jobtitle")[1][
            "propertiesWithHistory"
        ]["jobtitle"]
        self.assertEqual(
            [(x["value"], x["sourceType"]) for x in lines], [("Boss", "INTEGRATION"), ("Head of Data", "CRM_UI")]
        )


class HubSpotFormsAndEvents(HubSpotCase):
    def test_a_download_makes_submission_event_and_conversion(self):
        made = self.hub.act(
            "submit_form", email="joe.smith+news@acme.com", form="White paper: Data platforms compared", fields={}
        )
        self.assertEqual(made["id"], "101")
        joe = self.hub.get(
            "/crm/v3/objects/contacts/101", properties="num_conversion_events,recent_conversion_event_name"
        )[1]["properties"]
        self.assertEqual(
            (joe["num_conversion_events"], joe["recent_conversion_event_name"]),
            ("1", "White paper: Data platforms compared"),
        )
        newest = self.hub.get("/form-integrations/v1/submissions/forms/" + made["form"], limit=1)[1]
        self.assertIn(
            {"name": "email", "value": "joe.smith+news@acme.com", "objectTypeId": "0-1"},
            newest["results"][0]["values"],
        )
        events = self.hub.get("/events/v3/events", objectType="contact", objectId="101")[1]["results"]
        self.assertEqual([(e["id"], e["eventType"]) for e in events], [(made["event"], "e_form_submission_v2")])
        self.assertEqual(self.hub.get("/form-integrations/v1/submissions/forms/" + made["form"], limit=51)[0], 400)

    def test_a_stranger_becomes_a_contact(self):
        made = self.hub.act(
            "submit_form", email="new@stranger.example.com", form="Contact us", fields={"firstname": "Ann"}
        )
        self.assertEqual(self.hub.get("/crm/v3/objects/contacts/" + made["id"])[1]["properties"]["firstname"], "Ann")

    def test_submissions_page_newest_first(self):
        for i in range(5):
            made = self.hub.act("submit_form", email="p%d@pages.example.com" % i, form="Newsletter", fields={})
        times, after = [], ""
        path = "/form-integrations/v1/submissions/forms/" + made["form"]
        while True:
            body = self.hub.get(path, limit=2, after=after)[1]
            times += [r["submittedAt"] for r in body["results"]]
            after = body.get("paging", {}).get("next", {}).get("after")
            if not after:
                break
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertGreaterEqual(len(times), 5)

    def test_events_need_a_subject(self):
        self.assertEqual(self.hub.get("/events/v3/events")[0], 400)
        self.assertEqual(self.hub.get("/events/v3/events", eventType="e_visited_page", occurredAfter="soon")[0], 400)
        self.assertIn("e_visited_page", self.hub.get("/events/v3/events/event-types")[1]["eventTypes"])


class HubSpotLimits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hub = Sandbox(
            "hubspot.py",
            "--contacts",
            "20",
            "--rate-limits",
            "--burst",
            "8",
            "--token-seconds",
            "1",
            "--rotate-refresh",
            "--whole-batch-400",
            "--merge-keeps-primary",
            "--reformat",
        )
        cls.hub.headers = {"Authorization": "Bearer pat-na1-sandbox"}

    @classmethod
    def tearDownClass(cls):
        if cls.hub.close() != 0:
            raise AssertionError("SIGTERM must end the program with 0")

    def setUp(self):
        self.hub.call("POST", "/_sandbox/reset", {})

    def test_burst_limit_with_headers(self):
        for left in range(7, -1, -1):
            status, headers, _ = self.hub.raw("GET", "/crm/v3/objects/contacts")
            self.assertEqual((status, headers["X-HubSpot-RateLimit-Remaining"]), (200, str(left)))
        status, body = self.hub.get("/crm/v3/objects/contacts")
        self.assertEqual(
            (status, body["policyName"], body["errorType"], body["category"]),
            (429, "TEN_SECONDLY_ROLLING", "RATE_LIMIT", "RATE_LIMITS"),
        )

    def test_search_limit_without_headers(self):
        answers = [self.hub.raw("POST", "/crm/v3/objects/contacts/search", {}) for _ in range(6)]
        self.assertEqual([a[0] for a in answers], [200] * 5 + [429])
        self.assertEqual(json.loads(answers[5][2])["policyName"], "SECONDLY")
        self.assertFalse([h for h in answers[5][1] if "ratelimit" in h.lower()])

    def test_refresh_token_flow_rotates_and_expires(self):
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox-client",
            "client_secret": "wrong",
            "refresh_token": "sandbox-refresh",
        }

        def ask(path="/oauth/v1/token"):
            return self.hub.call(
                "POST", path, urllib.parse.urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"}
            )

        self.assertEqual(ask()[1]["status"], "BAD_CLIENT_SECRET")
        form["client_secret"] = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
        status, token = ask("/oauth/v3/token")
        self.assertEqual((status, token["expires_in"], token["token_type"]), (200, 1, "bearer"))
        headers = {"Authorization": "Bearer " + token["access_token"]}
        self.assertEqual(self.hub.call("GET", "/crm/v3/objects/contacts", headers=headers)[0], 200)
        status, body = ask()
        self.assertEqual((status, body["status"]), (400, "BAD_REFRESH_TOKEN"))
        time.sleep(1.05)
        status, body = self.hub.call("GET", "/crm/v3/objects/contacts", headers=headers)
        self.assertEqual((status, body["category"]), (401, "EXPIRED_AUTHENTICATION"))

    def test_whole_batch_mode_writes_nothing(self):
        status, body = self.hub.call(
            "POST",
            "/crm/v3/objects/contacts/batch/create",
            {"inputs": [{"properties": {"email": "good@whole.example.com"}}, {"properties": {"email": "bad"}}]},
        )
        self.assertEqual((status, body["category"]), (400, "VALIDATION_ERROR"))
        self.assertEqual(self.hub.effects(), [])

    def test_merge_may_keep_the_primary_and_values_may_be_reformatted(self):
        body = self.hub.call(
            "POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": "104", "objectIdToMerge": "105"}
        )[1]
        self.assertEqual(body["id"], "104")
        body = self.hub.call(
            "PATCH", "/crm/v3/objects/contacts/101", {"properties": {"email": "Joe@ACME.com", "firstname": " Joe "}}
        )[1]
        self.assertEqual((body["properties"]["email"], body["properties"]["firstname"]), ("joe@acme.com", "Joe"))


class HubSpotWebhooks(unittest.TestCase):
    SECRET, PUBLIC = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "https://hooks.example.com/hooks/ma?x=%3A1"

    @classmethod
    def setUpClass(cls):
        cls.receiver = Receiver()
        cls.hub = Sandbox(
            "hubspot.py",
            "--contacts",
            "20",
            "--hook-url",
            cls.receiver.url,
            "--hook-public-url",
            cls.PUBLIC,
            "--hook-retry-seconds",
            "0.05",
        )

    @classmethod
    def tearDownClass(cls):
        cls.hub.close()
        cls.receiver.server.shutdown()
        cls.receiver.server.server_close()

    def setUp(self):
        self.hub.call("POST", "/_sandbox/reset", {})
        self.receiver.got.clear()

    def test_vendor_vectors(self):
        url, secret = "https://www.example.com/webhook_uri", self.SECRET
        body = (
            b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":'
            b'"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW",'
            b'"appId":54321}]'
        )
        self.assertEqual(
            hubspot_hooks.signature_v2(secret, "GET", url, b""),
            "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e",
        )
        self.assertEqual(
            hubspot_hooks.signature_v1(secret, body),
            "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
        )
        self.assertEqual(
            hubspot_hooks.signature_v3(secret, "POST", url, body, 1564113600000),
            "DxmVAjFNa2xfF3YgQjdZP6TNcok9k1oaH7UXombPtvw=",
        )

    def test_a_download_is_delivered_signed(self):
        made = self.hub.act(
            "submit_form", email="joe.smith+news@acme.com", form="White paper: Data platforms compared", fields={}
        )
        events = self.receiver.events({"contact.propertyChange"})
        names = {e["propertyName"]: e for e in events}
        self.assertIn("recent_conversion_event_name", names)
        self.assertEqual(names["recent_conversion_date"]["propertyValue"], str(made["at"]))
        self.assertEqual(names["num_conversion_events"]["objectId"], 101)
        _status, headers, body = self.receiver.got[0]
        stamp = headers["X-HubSpot-Request-Timestamp"]
        signed = "https://hooks.example.com/hooks/ma?x=:1"
        self.assertEqual(
            headers["X-HubSpot-Signature-v3"], hubspot_hooks.signature_v3(self.SECRET, "POST", signed, body, stamp)
        )
        self.assertEqual(headers["X-HubSpot-Signature-Version"], "v1")
        self.assertLess(abs(time.time() * 1000 - int(stamp)), 5000)

    def test_a_refused_delivery_comes_again_with_a_higher_number(self):
        self.receiver.refusals = 2
        self.hub.act("create", properties={"email": "again@hooks.example.com"})
        events = self.receiver.events({"contact.creation"})
        self.assertGreater(max(e["attemptNumber"] for e in events), 0)
        hooks = self.hub.call("GET", "/_sandbox/log?kind=hook")[1]["entries"]
        self.assertEqual([h["status"] for h in hooks][:2], [500, 500])

    def test_merge_deletion_and_arrays_of_at_most_a_hundred(self):
        self.hub.act("merge", primary="103", other="104")
        self.hub.act("delete", id="105")
        self.hub.act("erase", id="106")
        rows = [
            {"properties": {"email": "many%d@hooks.example.com" % i, "firstname": "A", "lastname": "B"}}
            for i in range(100)
        ]
        self.hub.call(
            "POST",
            "/crm/v3/objects/contacts/batch/create",
            {"inputs": rows},
            {"Authorization": "Bearer pat-na1-sandbox"},
        )
        events = self.receiver.events(
            {"contact.merge", "contact.deletion", "contact.privacyDeletion", "contact.creation"}
        )
        merge = next(e for e in events if e["subscriptionType"] == "contact.merge")
        self.assertEqual((merge["primaryObjectId"], merge["mergedObjectIds"]), (103, [104]))
        self.assertNotIn(merge["newObjectId"], (103, 104))
        self.assertTrue(all(len(json.loads(body)) <= 100 for _, _, body in self.receiver.got))
