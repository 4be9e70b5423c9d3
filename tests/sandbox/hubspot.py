#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A pretended HubSpot: records, search, associations, forms, events, campaigns, consent, webhooks.

State is in memory; what the real API refuses is refused. See README.md beside this file.
"""
import argparse
import collections
import gc
import secrets
import sys
import time
import urllib.parse
import uuid

from hubspot_account import Account
from hubspot_answers import CORE, STATUS_CATEGORY, refuse
from hubspot_hooks import Hooks
from hubspot_links import Links
from hubspot_marketing import Marketing
from hubspot_people import People
from hubspot_records import Records
from hubspot_store import Store, parse_ms
from hubspot_world import Filler
from people import World
from server import Answer, Application, Refusal, dumps, start

DATES = ("2026-03", "2026-09")
HOOKED = {
    "contact": CORE
    + (
        "hubspot_owner_id",
        "hs_lead_status",
        "recent_conversion_event_name",
        "recent_conversion_date",
        "num_conversion_events",
        "hs_email_optout",
        "city",
        "country",
        "mobilephone",
    ),
    "company": ("name", "domain", "hubspot_owner_id"),
    "deal": ("dealname", "dealstage", "amount", "closedate", "hubspot_owner_id"),
}
UNLIMITED = (
    ("X-HubSpot-RateLimit-Max", "1000000"),
    ("X-HubSpot-RateLimit-Remaining", "999999"),
    ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
)


class HubSpot(Records, Links, Account, Marketing, People, Application):
    def __init__(self, options):
        super().__init__()
        self.options = options
        self.source = ("INTEGRATION", str(options.app_id))
        self.hooks = Hooks(
            self.log,
            options.hook_url,
            options.hook_public_url,
            options.client_secret,
            options.app_id,
            options.portal_id,
            self.now,
            options.hook_retry_seconds,
        )
        for name in filter(None, options.hook_objects.split(",")):
            for event in ("creation", "deletion", "merge", "restore"):
                self.hooks.subscribe("%s.%s" % (name, event))
            for prop in HOOKED.get(name, ()) + tuple(options.hook_property):
                self.hooks.subscribe(name + ".propertyChange", prop)
        self.hooks.subscribe("contact.privacyDeletion")
        self.reset()

    def reset(self):
        options = self.options
        gc.disable()
        self.skew = 0.0
        self.tokens = {options.token: None}
        self.refresh_token = options.refresh_token
        self.calls, self.searches, self.daily = collections.deque(), collections.deque(), 0
        self.store = Store(self.now, self.lag_of(options.search_lag), options.seed, {})
        self.forms, self.submissions = {}, collections.defaultdict(list)
        self.events, self.event_number = [], 0
        self.campaigns, self.consent, self.search_cache = {}, {}, {}
        self.undone = frozenset()
        self.hooks.clear()
        base = parse_ms(options.base_time) if options.base_time else int(time.time() * 1000)
        filler = Filler(
            self,
            World(options.seed),
            {"contacts": options.contacts, "deals": options.deals, "owners": options.owners},
            base,
        )
        filler.fill()
        self.people = filler.truth
        self.events.sort(key=lambda e: (e["at"], e["n"]))
        for rows in self.submissions.values():
            rows.sort(key=lambda s: s["submittedAt"])
        if options.warm:
            view = self.store.tables["contacts"].view(
                options.warm.split(","),
                tuple(self.table(n).name for n in filter(None, options.warm_associations.split(","))),
            )
            for at in range(len(view.pieces)):
                view.piece(at)
        gc.enable()

    @staticmethod
    def lag_of(text):
        low, _, high = text.partition(":")
        return float(low), float(high or low)

    # --- what the server asks -----------------------------------------------------------------------------------

    def answer(self, request):
        path = request.path
        if path.startswith("/oauth/"):
            return self.oauth(request)
        self.authorise(request)
        search = path.endswith("/search") and request.method == "POST"
        headers = self.count_call(search)
        answer = self.dispatch(request)
        if not search:
            answer.headers = headers
        return answer

    def error_body(self, status):
        if status == 429:
            return self.limit_body("TEN_SECONDLY_ROLLING")
        return dumps(
            {
                "status": "error",
                "message": "internal error" if status >= 500 else "refused by the sandbox",
                "correlationId": str(uuid.uuid4()),
                "category": STATUS_CATEGORY.get(status, "INTERNAL_ERROR"),
            }
        )

    def throttled(self, order):
        return Answer(int(order.get("status", 429)), self.limit_body(order.get("policy", "TEN_SECONDLY_ROLLING")))

    @staticmethod
    def limit_body(policy):
        name = {"SECONDLY": "secondly", "DAILY": "daily"}.get(policy, "ten_secondly_rolling")
        return dumps(
            {
                "status": "error",
                "message": "You have reached your %s limit." % name,
                "errorType": "RATE_LIMIT",
                "correlationId": str(uuid.uuid4()),
                "policyName": policy,
                "category": "RATE_LIMITS",
            }
        )

    def unauthorised(self):
        return Answer(
            401,
            {
                "status": "error",
                "message": "The OAuth token used to make this call expired.",
                "correlationId": str(uuid.uuid4()),
                "category": "EXPIRED_AUTHENTICATION",
            },
        )

    def expire_tokens(self):
        self.tokens = {t: until if until is None else 0 for t, until in self.tokens.items()}

    def counts(self):
        return {
            "records": {n: len(t.live) for n, t in self.store.tables.items()},
            "archived": {n: len(t.archived) for n, t in self.store.tables.items()},
            "events": len(self.events),
            "submissions": sum(map(len, self.submissions.values())),
            "hooks": self.hooks.counts(),
        }

    def truth(self):
        return {"contacts": self.people}

    # --- authentication and limits ------------------------------------------------------------------------------

    def authorise(self, request):
        given = request.headers.get("authorization", "")
        token = given[7:] if given[:7].lower() == "bearer " else ""
        until = self.tokens.get(token, -1)
        if until is None or until > self.now():
            return
        if until >= 0:
            raise Refusal(self.unauthorised())
        refuse(
            401,
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and private app tokens.",
        )

    def oauth(self, request):
        parts = request.segments()
        if request.method == "POST" and parts[1:] in (["v1", "token"], ["v3", "token"], ["2026-03", "token"]):
            return self.oauth_token(request, parts[1] != "v1")
        form = dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace")))
        if request.method == "GET" and parts[1:3] == ["v1", "access-tokens"] and len(parts) == 4:
            return self.oauth_introspect(parts[3])
        if request.method == "POST" and parts[1:] == ["2026-03", "token", "introspect"]:
            return self.oauth_introspect(form.get("token", ""))
        if request.method == "POST" and parts[1:] == ["2026-03", "token", "revoke"]:
            self.tokens.pop(form.get("token", ""), None)
            return Answer(200, {})
        return refuse(404, "no such resource")

    def oauth_token(self, request, newer):
        def bad(status, message, code="invalid_request"):
            body = {"status": status, "message": message, "correlationId": str(uuid.uuid4())}
            if newer:
                body.update(error=code, error_description=message)
            raise Refusal(Answer(400, body))

        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            refuse(415, "Unsupported Media Type")
        form = dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("grant_type") != "refresh_token":
            bad(
                "BAD_GRANT_TYPE",
                "grant_type %r is not supported here" % form.get("grant_type"),
                "unsupported_grant_type",
            )
        if form.get("client_id") != self.options.client_id:
            bad("BAD_CLIENT_ID", "missing or unknown client id", "invalid_client")
        if form.get("client_secret") != self.options.client_secret:
            bad("BAD_CLIENT_SECRET", "missing or unknown client secret", "invalid_client")
        if form.get("refresh_token") != self.refresh_token:
            bad("BAD_REFRESH_TOKEN", "missing or unknown refresh token", "invalid_grant")
        token = "CJ" + secrets.token_urlsafe(40)
        self.tokens[token] = self.now() + self.options.token_seconds
        if self.options.rotate_refresh:
            self.refresh_token = secrets.token_urlsafe(24)
        return Answer(
            200,
            {
                "token_type": "bearer",
                "access_token": token,
                "refresh_token": self.refresh_token,
                "expires_in": self.options.token_seconds,
                "hub_id": self.options.portal_id,
                "scopes": ["oauth"],
                "user_id": 7,
            },
        )

    def oauth_introspect(self, token):
        until = self.tokens.get(token, -1)
        if until is not None and until <= self.now():
            refuse(404, "access token not found or expired")
        left = self.options.token_seconds if until is None else int(until - self.now())
        return Answer(
            200,
            {
                "token": token,
                "hub_id": self.options.portal_id,
                "app_id": self.options.app_id,
                "user_id": 7,
                "scopes": ["oauth"],
                "expires_in": left,
                "token_type": "access",
            },
        )

    def count_call(self, search):
        options, now = self.options, time.monotonic()
        self.daily += 1
        if not options.rate_limits:
            return UNLIMITED
        window, span, most = (
            (self.searches, 1.0, options.search_per_second) if search else (self.calls, 10.0, options.burst)
        )
        while window and window[0] <= now - span:
            window.popleft()
        refused = "DAILY" if self.daily > options.daily else None
        if refused is None and len(window) >= most:
            refused = "SECONDLY" if search else "TEN_SECONDLY_ROLLING"
        if refused is None:
            window.append(now)
        headers = (
            ()
            if search
            else (
                ("X-HubSpot-RateLimit-Max", str(most)),
                ("X-HubSpot-RateLimit-Remaining", str(most - len(window))),
                ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
                ("X-HubSpot-RateLimit-Daily", str(options.daily)),
                ("X-HubSpot-RateLimit-Daily-Remaining", str(max(0, options.daily - self.daily))),
            )
        )
        if refused:
            raise Refusal(Answer(429, self.limit_body(refused), headers))
        return headers

    # --- routes -------------------------------------------------------------------------------------------------

    def dispatch(self, request):
        parts = request.segments()
        if parts[:1] == ["crm"] and len(parts) >= 3:
            version, family = (parts[1], parts[2]) if parts[1] in ("v3", "v4") else (parts[2], parts[1])
            if version in ("v3", "v4") + DATES:
                work = getattr(self, "route_" + family, None)
                if work is not None:
                    return work(request, version, parts[3:])
        elif parts[:2] == ["marketing", "v3"] and parts[2:3] in (["forms"], ["campaigns"]):
            return getattr(self, "route_" + parts[2])(request, parts[3:])
        elif parts[:4] == ["form-integrations", "v1", "submissions", "forms"] and len(parts) == 5:
            return self.list_submissions(request, parts[4])
        elif parts[:3] == ["events", "v3", "events"]:
            return self.route_events(request, parts[3:])
        elif parts[:2] == ["communication-preferences", "v4"]:
            return self.route_preferences(request, parts[2:])
        return self.nothing(request)

    @staticmethod
    def nothing(request):
        return refuse(404, "Unable to find a resource for %s %s" % (request.method, request.path))

    @staticmethod
    def wrong_method(request):
        return refuse(405, "HTTP 405 Method Not Allowed: %s" % request.method)

    def table(self, name):
        table = self.store.names.get(name)
        if table is None:
            refuse(400, "Unable to infer object type from: %s" % name)
        return table

    def route_objects(self, request, version, rest):
        if not rest:
            return self.nothing(request)
        table, size, method = self.table(rest[0]), len(rest), request.method
        if size > 2 and rest[2] == "associations":
            return self.nothing(request) if version == "v3" else self.record_links(request, table, rest)
        if version == "v4":
            return self.nothing(request)
        if size == 1:
            work = {"GET": self.list_records, "POST": self.create_record}.get(method)
        elif size == 2 and rest[1] in ("search", "merge", "gdpr-delete"):
            work = {"POST": getattr(self, "post_" + rest[1].replace("-", "_"))}.get(method)
        elif size == 3 and rest[1] == "batch" and rest[2] in ("read", "create", "update", "upsert", "archive"):
            work = {"POST": getattr(self, "batch_" + rest[2])}.get(method)
        elif size == 2:
            work = {"GET": self.get_record, "PATCH": self.patch_record, "DELETE": self.delete_record}.get(method)
            return work(request, table, rest[1]) if work else self.wrong_method(request)
        else:
            return self.nothing(request)
        return work(request, table) if work else self.wrong_method(request)

    @staticmethod
    def body_of(request, allowed=None, limit=None):
        if "json" not in request.headers.get("content-type", ""):
            refuse(415, "Unsupported Media Type: send application/json")
        if limit and len(request.body.decode("utf-8", "replace")) > limit:
            refuse(400, "The request body is longer than %d characters" % limit)
        try:
            body = request.json
        except ValueError as error:
            refuse(400, "Invalid input JSON: %s" % error)
        if allowed is not None:
            if not isinstance(body, dict):
                refuse(400, "Invalid input JSON: an object is needed")
            unknown = set(body) - set(allowed)
            if unknown:
                refuse(400, "Invalid input JSON: Unrecognized field %s" % ", ".join(sorted(unknown)))
        return body


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0)
    add("--contacts", type=int, default=1000)
    add("--deals", type=int, default=20)
    add("--owners", type=int, default=8)
    add("--seed", default="1")
    add("--base-time", help="ISO time the invented past counts back from (default: now)")
    add("--token", default="pat-na1-sandbox")
    add("--client-id", default="sandbox-client")
    add("--client-secret", default="yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy")
    add("--refresh-token", default="sandbox-refresh")
    add("--rotate-refresh", action="store_true")
    add("--token-seconds", type=int, default=1800)
    add("--rate-limits", action="store_true")
    add("--burst", type=int, default=190, help="calls in 10 s with --rate-limits")
    add("--daily", type=int, default=650000)
    add("--search-per-second", type=int, default=5)
    add("--search-lag", default="0.5", help="seconds, or LOW:HIGH, until search sees a change")
    add("--whole-batch-400", action="store_true", help="one bad input fails a create or update batch as a whole")
    add("--merge-keeps-primary", action="store_true", help="a merge keeps the primary's id (the vendor's beta)")
    add(
        "--reformat",
        action="store_true",
        help="store e-mail in lower case, phones in the system's own format, trimmed",
    )
    add("--warm", default="", help="property list to render at start: email,firstname,…")
    add("--warm-associations", default="")
    add("--no-gzip", action="store_true")
    add("--hook-url")
    add("--hook-public-url")
    add("--hook-objects", default="contact")
    add("--hook-property", action="append", default=[])
    add("--hook-retry-seconds", type=float, default=0.3)
    add("--app-id", type=int, default=1160452)
    add("--portal-id", type=int, default=33)
    options = parser.parse_args(argv)
    if not 0 <= options.contacts <= 1200000:
        parser.error("--contacts %d is not between 0 and 1200000" % options.contacts)
    if options.owners < 1:
        parser.error("--owners must be at least 1")
    return options


def main(argv=None):
    gc.disable()
    options = arguments(argv)
    start(HubSpot(options), options.host, options.port, not options.no_gzip)


if __name__ == "__main__":
    sys.exit(main())
