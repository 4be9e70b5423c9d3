#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A pretended Salesforce: OAuth, SOQL, rows, upserts, collections, replication calls, limits.

State is in memory; what the real API refuses is refused. See README.md beside this file.
"""
import argparse
import gc
import re
import sys
import time
from email.utils import formatdate, parsedate_to_datetime

from people import World
from salesforce_answers import CODES, MISSING, ORG, errors, refuse
from salesforce_collections import BATCH, Collections
from salesforce_login import Login
from salesforce_people import People
from salesforce_schema import parse_time, seconds_of, stamp_text
from salesforce_store import Database, FormatError, RowError, Transaction
from salesforce_world import Filler
from server import Answer, Application, Refusal, dumps, start
from soql import Compiler, SoqlError, parse

VERSIONS = {57: "Spring '23", 58: "Summer '23", 59: "Winter '24", 60: "Spring '24", 61: "Summer '24", 62: "Winter '25"}
DAY = 86400


class Salesforce(Login, Collections, People, Application):
    def __init__(self, options):
        super().__init__()
        self.options = options
        self.url = options.instance_url
        self.public_key = open(options.jwt_public_key, "rb").read() if options.jwt_public_key else None
        self.reset()

    def reset(self):
        options = self.options
        gc.disable()
        self.skew = 0.0
        self.sessions, self.grants = {}, [options.refresh_token]
        self.usage = 0
        self.limited = options.rate_limits
        base = time.time() if not options.base_time else seconds_of(parse_time(options.base_time))
        self.database = Database(self.now, self.log, not options.no_tandem_field, options.reformat)
        self.database.duplicate_rule = options.duplicate_rule
        filler = Filler(
            self.database,
            World(options.seed),
            {
                "leads": options.leads,
                "contacts": options.contacts,
                "users": options.users,
                "opportunities": options.opportunities,
            },
            base,
        )
        filler.fill()
        self.people, self.users = filler.truth, filler.users
        self.described = formatdate(time.time(), usegmt=True)
        self.deleted_from = 0
        if options.assignment_rule:
            self.act_assignment_rule({"owner": options.assignment_rule})
        gc.enable()

    # --- what the server asks -----------------------------------------------------------------------------------

    def answer(self, request):
        path = request.path
        if path.startswith("/services/oauth2/"):
            return self.oauth(request, path[len("/services/oauth2/") :])
        if path in ("/services/data", "/services/data/"):
            return Answer(
                200,
                [
                    {"label": label, "url": "/services/data/v%d.0" % n, "version": "%d.0" % n}
                    for n, label in VERSIONS.items()
                ],
            )
        self.authorise(request)
        self.usage += 1
        if self.limited and self.usage > self.options.daily_requests:
            answer = self.throttled({})
        else:
            answer = self.guarded(request)
        answer.headers = list(answer.headers) + [
            ("Sforce-Limit-Info", "api-usage=%d/%d" % (self.usage, self.options.daily_requests))
        ]
        return answer

    def guarded(self, request):
        try:
            return self.dispatch(request)
        except RowError as error:
            return self.row_refused(error)
        except SoqlError as error:
            return errors(400, error.code, error.message)
        except FormatError as error:
            return errors(400, "JSON_PARSER_ERROR", str(error))
        except Refusal as refusal:
            return refusal.answer

    @staticmethod
    def row_refused(error):
        if error.status == 300:
            return Answer(300, error.extra)
        return errors(error.status, error.code, error.message, error.fields, **(error.extra or {}))

    def error_body(self, status):
        return dumps(
            [
                {
                    "message": "refused by the sandbox" if status < 500 else "An unexpected error occurred.",
                    "errorCode": CODES.get(status, "UNKNOWN_EXCEPTION"),
                }
            ]
        )

    def throttled(self, order):
        return errors(int(order.get("status", 403)), "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")

    def unauthorised(self):
        return errors(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def expire_tokens(self):
        self.sessions.clear()

    def counts(self):
        tables = self.database.tables
        return {
            "records": {n: sum(1 for r in t.rows.values() if not r.get("IsDeleted")) for n, t in tables.items()},
            "deleted": {n: sum(1 for r in t.rows.values() if r.get("IsDeleted")) for n, t in tables.items()},
            "sessions": len(self.sessions),
            "cursors": len(self.database.cursors),
            "api_usage": self.usage,
        }

    def truth(self):
        return self.people

    # --- routes -------------------------------------------------------------------------------------------------

    def dispatch(self, request):
        parts = request.segments()
        if parts[:1] == ["id"] and parts[1:] == [ORG, self.database.me]:
            return Answer(
                200,
                {
                    "id": "%s/id/%s/%s" % (self.url, ORG, self.database.me),
                    "user_id": self.database.me,
                    "organization_id": ORG,
                    "username": self.options.jwt_user,
                },
            )
        version = (
            re.fullmatch(r"v(\d+)\.0", parts[2]) if parts[:2] == ["services", "data"] and len(parts) > 2 else None
        )
        if version is None or int(version.group(1)) not in VERSIONS:
            return errors(404, "NOT_FOUND", MISSING)
        rest = parts[3:]
        work = getattr(self, "route_" + rest[0].lower(), None) if rest else self.route_root
        if work is None:
            return errors(404, "NOT_FOUND", MISSING)
        return work(request, parts[2], rest[1:])

    def only(self, request, *methods):
        if request.method not in methods:
            refuse(
                405,
                "METHOD_NOT_ALLOWED",
                "HTTP Method '%s' not allowed. Allowed are %s" % (request.method, ",".join(methods)),
            )

    def body_of(self, request):
        if not request.headers.get("content-type", "").startswith("application/json"):
            refuse(
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "Content type %s not supported, use application/json" % request.headers.get("content-type"),
            )
        try:
            body = request.json
        except ValueError as error:
            refuse(400, "JSON_PARSER_ERROR", "%s" % error)
        if not isinstance(body, dict):
            refuse(400, "JSON_PARSER_ERROR", "an object is needed")
        return body

    def route_root(self, request, version, _rest):
        self.only(request, "GET")
        return Answer(
            200,
            {
                n: "/services/data/%s/%s" % (version, n)
                for n in ("sobjects", "query", "queryAll", "limits", "composite")
            },
        )

    def route_limits(self, request, _version, _rest):
        self.only(request, "GET")
        most = self.options.daily_requests
        return Answer(
            200,
            {
                "DailyApiRequests": {"Max": most, "Remaining": max(0, most - self.usage)},
                "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000},
                "DailyBulkV2QueryFileStorageMB": {"Max": 976562, "Remaining": 976562},
                "DataStorageMB": {"Max": 10240, "Remaining": 10000},
            },
        )

    # --- queries ------------------------------------------------------------------------------------------------

    def page_size(self, request):
        found = re.search(r"batchSize\s*=\s*(\d+)", request.headers.get("sforce-query-options", ""))
        size = min(2000, max(200, int(found.group(1)))) if found else 2000
        return min(size, self.options.max_page)

    def route_query(self, request, version, rest):
        self.only(request, "GET")
        if rest:
            return self.more(version, rest)
        return self.query(request, version, False)

    def route_queryall(self, request, version, rest):
        self.only(request, "GET")
        return errors(404, "NOT_FOUND", MISSING) if rest else self.query(request, version, True)

    def query(self, request, version, with_deleted):
        text = request.args.get("q")
        if not text:
            refuse(400, "MALFORMED_QUERY", "the query parameter q is missing")
        page = self.page_size(request)
        plan = Compiler(self.database, text, self.now(), page).compile(parse(text))
        rows = self.database.run(plan, None, with_deleted)
        if plan.count:
            return Answer(200, {"totalSize": len(rows), "done": True, "records": []})
        return Answer(200, self.database.result(rows, plan.render, version, page))

    def more(self, version, rest):
        found = re.fullmatch(r"(01g[A-Za-z0-9]{15})-(\d{1,9})", rest[0]) if len(rest) == 1 else None
        cursor = self.database.cursors.get(found.group(1)) if found else None
        if cursor is None or int(found.group(2)) >= len(cursor[0]):
            refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return Answer(
            200, self.database.result(cursor[0], cursor[1], version, cursor[2], found.group(1), int(found.group(2)))
        )

    # --- objects ------------------------------------------------------------------------------------------------

    def kind_of(self, name):
        kind = self.database.schema.type(name)
        if kind is None:
            refuse(404, "NOT_FOUND", MISSING)
        return kind

    def route_sobjects(self, request, version, rest):
        if not rest:
            self.only(request, "GET")
            return Answer(
                200,
                {
                    "encoding": "UTF-8",
                    "maxBatchSize": BATCH,
                    "sobjects": [t.shown_short(version) for t in self.database.schema.types.values()],
                },
            )
        kind = self.kind_of(rest[0])
        if len(rest) == 1:
            self.only(request, "GET", "POST")
            return (
                self.create_row(request, kind)
                if request.method == "POST"
                else Answer(200, {"objectDescribe": kind.shown_short(version), "recentItems": []})
            )
        if len(rest) == 2 and rest[1] == "describe":
            return self.describe(request, version, kind)
        if len(rest) == 2 and rest[1] in ("updated", "deleted"):
            self.only(request, "GET")
            return getattr(self, "replicate_" + rest[1])(request, kind)
        if len(rest) == 2:
            return self.row(request, version, kind, rest[1])
        if len(rest) == 3:
            return self.external_row(request, version, kind, rest[1], rest[2])
        return errors(404, "NOT_FOUND", MISSING)

    def describe(self, request, version, kind):
        self.only(request, "GET")
        since = request.headers.get("if-modified-since")
        if since:
            try:
                if parsedate_to_datetime(since) >= parsedate_to_datetime(self.described):
                    return Answer(304)
            except (TypeError, ValueError):
                pass
        fields = [f.shown() for f in kind.fields.values()]
        children = [
            {"childSObject": child.name, "field": key, "relationshipName": name}
            for name, child, key in kind.children.values()
        ]
        return Answer(
            200,
            dict(kind.shown_short(version), fields=fields, childRelationships=children),
            [("Last-Modified", self.described)],
        )

    def transaction(self, request):
        headers = request.headers
        allow = re.search(r"allowSave\s*=\s*true", headers.get("sforce-duplicate-rule-header", ""), re.IGNORECASE)
        return Transaction(
            self.database, "api", request.n, headers.get("sforce-auto-assign", "TRUE").upper() != "FALSE", bool(allow)
        )

    def written(self, request, work):
        """Run one write in a transaction of its own."""
        tx = self.transaction(request)
        try:
            result = work(tx)
        except (RowError, FormatError):
            tx.rollback()
            raise
        tx.commit()
        return result

    @staticmethod
    def without_attributes(body):
        return {k: v for k, v in body.items() if k != "attributes"}

    def create_row(self, request, kind):
        body = self.without_attributes(self.body_of(request))
        row_id = self.written(request, lambda tx: self.database.create(tx, kind, body))
        return Answer(201, {"id": row_id, "success": True, "errors": []})

    def shown(self, version, kind, row, names=None):
        record = {
            "attributes": {
                "type": kind.name,
                "url": "/services/data/%s/sobjects/%s/%s" % (version, kind.name, row["Id"]),
            }
        }
        for name in names if names is not None else kind.fields:
            record[name] = row.get(name)
        return record

    def names_of(self, kind, text):
        """Canonical names of a fields= list; unknown ones refuse the call."""
        names = []
        for name in filter(None, (n.strip() for n in text.split(","))):
            field = kind.field(name)
            if field is None:
                refuse(400, "INVALID_FIELD", "No such column '%s' on entity '%s'" % (name, kind.name))
            names.append(field.name)
        return names

    def row(self, request, version, kind, row_id):
        self.only(request, "GET", "PATCH", "DELETE")
        if request.method == "PATCH":
            body = self.without_attributes(self.body_of(request))
            self.written(request, lambda tx: self.database.update(tx, kind, row_id, body))
            return Answer(204)
        if request.method == "DELETE":
            self.written(request, lambda tx: self.database.delete(tx, kind, row_id))
            return Answer(204)
        row = self.database.wanted(kind, row_id)
        names = self.names_of(kind, request.args["fields"]) if "fields" in request.args else None
        return Answer(
            200, self.shown(version, kind, row, None if names is None else ["Id"] + [n for n in names if n != "Id"])
        )

    def external_field(self, kind, name):
        field = kind.field(name)
        if field is None or not field.external:
            refuse(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: %s" % name)
        return field

    def external_row(self, request, version, kind, name, value):
        self.only(request, "GET", "PATCH", "DELETE")
        field = self.external_field(kind, name)
        if re.search(r"\.(?:inc|json|xml|php|jsp|html?)$", value, re.IGNORECASE):
            refuse(404, "NOT_FOUND", MISSING)
        if request.method == "PATCH":
            return self.upsert_row(request, kind, field, value)
        found = self.database.matching(kind.name, field.name, value)
        if len(found) > 1:
            return Answer(300, ["/services/data/%s/sobjects/%s/%s" % (version, kind.name, i) for i in found])
        if not found:
            refuse(404, "NOT_FOUND", MISSING)
        return self.row(request, version, kind, found[0])

    def upsert_row(self, request, kind, field, value):
        body = self.without_attributes(self.body_of(request))
        if any(n.lower() in ("id", field.name.lower()) for n in body):
            refuse(400, "INVALID_FIELD", "The %s field should not be specified in the sobject data." % field.name)
        only = request.args.get("updateOnly", "").lower() == "true"
        try:
            row_id, created = self.written(
                request, lambda tx: self.database.upsert(tx, kind, field, value, body, only)
            )
        except RowError as error:
            if error.status == 300:
                version = request.segments()[2]
                return Answer(300, ["/services/data/%s/sobjects/%s/%s" % (version, kind.name, i) for i in error.extra])
            raise
        return Answer(201 if created else 200, {"id": row_id, "success": True, "errors": [], "created": created})

    def window(self, request, days):
        """(start, end) of a replication call; the seconds are ignored."""
        moments = []
        for name in ("start", "end"):
            moment = parse_time(request.args.get(name, ""))
            if moment is None:
                refuse(
                    400,
                    "INVALID_REPLICATION_DATE",
                    "%s %r is not an ISO 8601 time with a zone" % (name, request.args.get(name)),
                )
            moments.append(moment[:17] + "00.000+0000")
        first, last = map(seconds_of, moments)
        if first >= last:
            refuse(400, "INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
        if first < self.now() - days * DAY - 60:
            refuse(400, "INVALID_REPLICATION_DATE", "startDate is more than %d days ago" % days)
        return moments

    def replicate_updated(self, request, kind):
        first, last = self.window(request, 30)
        ids = [
            r["Id"]
            for r in self.database.tables[kind.name].by_stamp(first)
            if first <= r["SystemModstamp"] < last and not r.get("IsDeleted")
        ]
        return Answer(200, {"ids": ids, "latestDateCovered": min(last, stamp_text(self.now() // 60 * 60))})

    def replicate_deleted(self, request, kind):
        first, last = self.window(request, 15)
        gone = [
            {"id": r["Id"], "deletedDate": r["SystemModstamp"]}
            for r in self.database.tables[kind.name].by_stamp(first)
            if r.get("IsDeleted") and first <= r["SystemModstamp"] < last
        ]
        earliest = max(self.deleted_from, self.now() - 15 * DAY)
        return Answer(
            200,
            {
                "deletedRecords": [g for g in gone if seconds_of(g["deletedDate"]) >= self.deleted_from],
                "earliestDateAvailable": stamp_text(earliest),
                "latestDateCovered": min(last, stamp_text(self.now() // 60 * 60)),
            },
        )


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--leads", type=int, default=400)
    add("--contacts", type=int, default=200)
    add("--opportunities", type=int, default=60)
    add("--users", type=int, default=8, help="reps; the integration's own user comes on top")
    add("--seed", default="1")
    add("--base-time", help="ISO time with zone the invented past counts back from (default: now)")
    add("--client-id", default="3MVG9sandbox")
    add("--client-secret", default="sandbox-secret")
    add("--refresh-token", default="5Aep-sandbox")
    add("--keep-refresh", action="store_true", help="refresh tokens are not rotated")
    add("--jwt-public-key", help="PEM file of a public key or certificate for the JWT bearer flow")
    add("--jwt-user", default="tandem.integration@lighthouse-vendor.com")
    add(
        "--jwt-audience", action="append", default=[], help="accepted besides login., test. and the instance's address"
    )
    add("--session-seconds", type=float, default=7200)
    add("--instance-url", help="what the token answer names as the instance (default: this server)")
    add("--max-page", type=int, default=2000, help="the server's own limit of rows a page")
    add("--daily-requests", type=int, default=5000000)
    add("--rate-limits", action="store_true", help="refuse with 403 beyond --daily-requests")
    add("--duplicate-rule", action="store_true")
    add("--assignment-rule", metavar="USER", help="name, e-mail or id of the user that the lead assignment rule picks")
    add("--no-tandem-field", action="store_true")
    add(
        "--reformat",
        action="store_true",
        help="store e-mail in lower case, phones in the system's own format, trimmed",
    )
    add("--no-gzip", action="store_true")
    options = parser.parse_args(argv)
    if (
        min(options.leads, options.contacts, options.opportunities, options.users, options.max_page) < 0
        or options.max_page < 1
    ):
        parser.error("counts can not be negative")
    return options


def main(argv=None):
    gc.disable()
    options = arguments(argv)
    start(Salesforce(options), options.host, options.port, not options.no_gzip)


if __name__ == "__main__":
    sys.exit(main())
