# SPDX-License-Identifier: Apache-2.0
"""Forms, events, campaigns and consent of the pretended HubSpot."""
import re

from hubspot_answers import BY, ItemError, names_arg, number_arg, refuse
from hubspot_store import iso, parse_ms
from hubspot_world import EVENT_TYPES, SUBSCRIPTIONS, guid
from server import Answer, dumps


class Marketing:
    # --- forms, events, campaigns, consent ----------------------------------------------------------------------

    def add_form(self, name, created):
        form = {
            "id": guid("form " + name),
            "name": name,
            "createdAt": iso(created),
            "updatedAt": iso(created),
            "archived": False,
            "formType": "hubspot",
            "fieldGroups": [
                {
                    "groupType": "default_group",
                    "fields": [
                        {
                            "objectTypeId": "0-1",
                            "name": n,
                            "label": n.capitalize(),
                            "required": n == "email",
                            "fieldType": "single_line_text",
                        }
                        for n in ("email", "firstname", "lastname", "company")
                    ],
                }
            ],
        }
        self.forms[form["id"]] = form
        return form

    def form_named(self, name):
        return self.forms.get(guid("form " + name))

    def add_submission(self, form, record, at, fields):
        values = dict(
            {n: record.props[n] for n in ("email", "firstname", "lastname") if record.props.get(n)}, **fields
        )
        self.submissions[form["id"]].append(
            {
                "submittedAt": at,
                "contact": record.id,
                "n": len(self.submissions[form["id"]]),
                "values": [{"name": k, "value": str(v), "objectTypeId": "0-1"} for k, v in values.items()],
                "pageUrl": "https://www.lighthouse-vendor.com/resources/" + re.sub(r"\W+", "-", form["name"].lower()),
            }
        )

    def add_event(self, contact_id, kind, at, properties):
        self.event_number += 1
        event = {"n": self.event_number, "at": at, "contact": contact_id, "kind": kind, "properties": properties}
        self.events.append(event)
        return event

    def route_forms(self, request, rest):
        if request.method != "GET":
            return self.wrong_method(request)
        if rest:
            return (
                Answer(200, self.forms[rest[0]])
                if len(rest) == 1 and rest[0] in self.forms
                else refuse(404, "form not found")
            )
        return Answer(
            200, self.paged(request, list(self.forms.values()), number_arg(request.args, "limit", 1, 100, 20))
        )

    def list_submissions(self, request, form_id):
        if request.method != "GET":
            return self.wrong_method(request)
        if form_id not in self.forms:
            refuse(404, "form %s not found" % form_id)
        rows = sorted(self.submissions[form_id], key=lambda s: (-s["submittedAt"], -s["n"]))
        body = self.paged(request, rows, number_arg(request.args, "limit", 1, 50, 20), lambda row: row["n"])
        body["results"] = [{k: row[k] for k in ("submittedAt", "values", "pageUrl")} for row in body["results"]]
        return Answer(200, body)

    def route_events(self, request, rest):
        if request.method != "GET":
            return self.wrong_method(request)
        if rest == ["event-types"]:
            return Answer(200, {"eventTypes": sorted(set(EVENT_TYPES) | {e["kind"] for e in self.events})})
        if rest:
            return self.nothing(request)
        return Answer(200, self.list_events(request))

    def list_events(self, request):
        args = request.args
        kind, object_type, object_id = args.get("eventType"), args.get("objectType", "").lower(), args.get("objectId")
        if not kind and not object_type:
            refuse(400, "objectType with objectId, or eventType is needed")
        if object_id and not object_type:
            refuse(400, "objectId needs objectType")
        if object_type not in ("", "contact", "contacts", "0-1"):
            refuse(400, "objectType %r has no events here" % object_type)
        times = {}
        for name in ("occurredAfter", "occurredBefore"):
            times[name] = parse_ms(args[name]) if args.get(name) else None
            if args.get(name) and times[name] is None:
                refuse(400, "%s %r is not ISO 8601" % (name, args[name]))
        sort = args.get("sort", "-occurredAt")
        if sort not in ("occurredAt", "-occurredAt"):
            refuse(400, "sort %r is not occurredAt or -occurredAt" % sort)
        contact = self.store.tables["contacts"].find(int(object_id)) if object_id and object_id.isdigit() else None
        rows = [
            e
            for e in self.events
            if (not kind or e["kind"] == kind)
            and (not object_id or (contact is not None and e["contact"] == contact.id))
            and (times["occurredAfter"] is None or e["at"] > times["occurredAfter"])
            and (times["occurredBefore"] is None or e["at"] < times["occurredBefore"])
        ]
        rows.sort(key=lambda e: (e["at"], e["n"]), reverse=sort.startswith("-"))
        body = self.paged(request, rows, number_arg(args, "limit", 1, 100, 20), lambda e: e["n"])
        body["results"] = [
            {
                "id": guid("event %d" % e["n"]),
                "objectType": "CONTACT",
                "objectId": str(e["contact"]),
                "eventType": e["kind"],
                "occurredAt": iso(e["at"]),
                "properties": e["properties"],
            }
            for e in body["results"]
        ]
        return body

    def route_campaigns(self, request, rest):
        if request.method != "GET":
            return self.wrong_method(request)
        names = names_arg(request.args, "properties") or ["hs_name"]

        def shown(campaign):
            return dict(
                {k: v for k, v in campaign.items() if k not in ("people", "properties")},
                properties={n: campaign["properties"].get(n) for n in names},
            )

        if not rest:
            body = self.paged(request, list(self.campaigns.values()), number_arg(request.args, "limit", 1, 100, 50))
            return Answer(200, dict(body, total=len(self.campaigns), results=[shown(c) for c in body["results"]]))
        campaign = self.campaigns.get(rest[0])
        if campaign is None:
            refuse(404, "campaign not found")
        if len(rest) == 1:
            return Answer(200, shown(campaign))
        if rest[1:3] == ["reports", "contacts"] and rest[3:] in (
            ["contactFirstTouch"],
            ["contactLastTouch"],
            ["influencedContacts"],
        ):
            rows = [{"id": str(i)} for i in campaign["people"]]
            return Answer(200, self.paged(request, rows, number_arg(request.args, "limit", 1, 100, 100)))
        return self.nothing(request)

    def consent_row(self, email, number, name):
        held = self.consent.get((email.lower(), number), {"status": "NOT_SPECIFIED", "at": None})
        return {
            "channel": "EMAIL",
            "subscriberIdString": email,
            "subscriptionId": number,
            "subscriptionName": name,
            "status": held["status"],
            "source": held.get("source", "CONTACT"),
            "legalBasis": held.get("legalBasis"),
            "legalBasisExplanation": held.get("legalBasisExplanation"),
            "timestamp": iso(held["at"] if held["at"] is not None else 0),
        }

    def consent_rows(self, email):
        return [self.consent_row(email, number, name) for number, name in SUBSCRIPTIONS]

    def route_preferences(self, request, rest):
        if rest == ["definitions"] and request.method == "GET":
            return Answer(
                200,
                {
                    "results": [
                        {"id": str(n), "name": name, "isActive": True, "communicationMethod": "Email"}
                        for n, name in SUBSCRIPTIONS
                    ]
                },
            )
        if rest[:3] == ["statuses", "batch", "read"] and request.method == "POST":
            return self.consent_read(request)
        if rest[:3] == ["statuses", "batch", "write"] and request.method == "POST":
            return self.consent_write(request)
        if len(rest) == 2 and rest[0] == "statuses":
            if request.method == "GET":
                return Answer(200, {"results": self.consent_rows(rest[1])})
            if request.method == "POST":
                return self.consent_post(request, rest[1], self.body_of(request))
        if len(rest) == 3 and rest[0] == "statuses" and rest[2] == "unsubscribe-all" and request.method == "POST":
            for number, _name in SUBSCRIPTIONS:
                self.set_consent(rest[1], number, {"statusState": "UNSUBSCRIBED"}, self.source, request.n)
            return Answer(200, {"results": self.consent_rows(rest[1])})
        return self.nothing(request)

    def consent_post(self, request, email, body):
        try:
            self.check_consent(email, body)
        except ItemError as error:
            return error.answer()
        self.set_consent(email, body["subscriptionId"], body, self.source, request.n)
        return Answer(
            200, self.consent_row(email, body["subscriptionId"], dict(SUBSCRIPTIONS)[body["subscriptionId"]])
        )

    def check_consent(self, email, body):
        known = (
            "subscriptionId",
            "statusState",
            "channel",
            "legalBasis",
            "legalBasisExplanation",
            "subscriberIdString",
        )
        problem = None
        if not isinstance(body, dict) or set(body) - set(known):
            problem = "unknown fields %s" % (sorted(set(body) - set(known)) if isinstance(body, dict) else body)
        elif body.get("subscriptionId") not in [n for n, _ in SUBSCRIPTIONS] or body["subscriptionId"] is True:
            problem = "subscriptionId %r does not exist" % body.get("subscriptionId")
        elif body.get("statusState") not in ("SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"):
            problem = "statusState %r is not SUBSCRIBED, UNSUBSCRIBED or NOT_SPECIFIED" % body.get("statusState")
        elif body.get("channel") != "EMAIL":
            problem = "channel %r is not EMAIL" % body.get("channel")
        elif "@" not in email:
            problem = "%s is not an e-mail address" % email
        if problem:
            raise ItemError(400, "VALIDATION_ERROR", problem)

    def set_consent(self, email, number, body, source, request_n=0):
        self.consent[(email.lower(), number)] = {
            "status": body["statusState"],
            "at": self.store.now_ms(),
            "legalBasis": body.get("legalBasis"),
            "legalBasisExplanation": body.get("legalBasisExplanation"),
            "source": BY[source[0]].upper(),
        }
        self.log.effect(
            "consent",
            "contacts",
            email,
            {"subscription": number, "status": body["statusState"]},
            BY[source[0]],
            request_n,
        )
        table = self.store.tables["contacts"]
        record = table.find_by("email", email)
        out = all(self.consent.get((email.lower(), n), {}).get("status") == "UNSUBSCRIBED" for n, _ in SUBSCRIPTIONS)
        value = "true" if out else None
        if record is not None and record.props.get("hs_email_optout") != value:
            self.edit(table, record, None, source, request_n, {"hs_email_optout": value})

    def consent_read(self, request):
        emails = self.body_of(request, ("inputs",)).get("inputs")
        if not isinstance(emails, list) or not 1 <= len(emails) <= 100 or not all(isinstance(e, str) for e in emails):
            refuse(400, "inputs is a list of 1 to 100 e-mail addresses")
        started = self.store.now_ms()
        return self.batch_answer(
            200, [dumps({"subscriberIdString": e, "statuses": self.consent_rows(e)}) for e in emails], [], started
        )

    def consent_write(self, request):
        started, results, errors = self.store.now_ms(), [], []
        for entry in self.inputs_of(self.body_of(request, ("inputs",))):
            email = str(entry.get("subscriberIdString", ""))
            try:
                self.check_consent(email, entry)
            except ItemError as error:
                errors.append(error.shown({"subscriberIdString": [email]}))
                continue
            self.set_consent(email, entry["subscriptionId"], entry, self.source, request.n)
            results.append(
                dumps(self.consent_row(email, entry["subscriptionId"], dict(SUBSCRIPTIONS)[entry["subscriptionId"]]))
            )
        return self.batch_answer(200, results, errors, started)
