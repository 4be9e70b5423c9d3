# SPDX-License-Identifier: Apache-2.0
"""The pretended systems with their connector files, as the tests use them; and the signature of their webhooks."""
import http.client
import json
import sys
import time
import urllib.parse

from tandem import ROOT, Failure, http as http_call

sys.path.insert(0, str(ROOT / "tests/sandbox"))
from hubspot_hooks import signature_v3  # noqa: E402

HOOK_SECRET = "a-secret-of-the-tests"
SMALL_HUBSPOT = ("--contacts", 20, "--deals", 0, "--owners", 3, "--search-lag", 0)
SMALL_SALESFORCE = ("--leads", 10, "--contacts", 5, "--opportunities", 4, "--users", 4)

HUBSPOT = """module: hubspot
role: ma
mode: {mode}
base_url: {url}
auth: {{token: {{file: {token}}}}}
webhook: {{url: "{hook}", secret: {{file: {secret}}}}}
poll: {poll}
overlap: 5s
search_lag: 1s
archived_poll: 1s
budget: {{calls_per_second: 500, calls_per_day: 0}}
{more}
"""
SALESFORCE = """module: salesforce
role: sfa
mode: {mode}
base_url: {url}
auth: {{flow: client_credentials, client_id: 3MVG9sandbox, client_secret: {{file: {secret}}}}}
poll: {poll}
overlap: 5s
budget: {{calls_per_second: 500, calls_per_day: 0}}
{more}
"""


class HubSpot:
    """A pretended HubSpot and its connector file."""

    def __init__(self, world, *options, name="ma", hooks=False, **settings):
        self.world, self.name = world, name
        self.hook = "http://127.0.0.1:%d/hooks/%s" % (world.port, name)
        calls = ("--hook-url", self.hook, "--hook-public-url", self.hook) if hooks else ()
        self.box = world.sandbox("hubspot", *(options or SMALL_HUBSPOT), *calls, "--client-secret", HOOK_SECRET)
        self.token = world.secret(name + "-token", "pat-na1-sandbox")
        self.secret = world.secret(name + "-hook", HOOK_SECRET)
        self.settings = dict({"mode": "apply", "poll": "1s", "more": ""}, **settings)
        self.configure()

    def configure(self, **settings):
        self.settings.update(settings)
        self.world.write("connectors.d/%s.yaml" % self.name, HUBSPOT.format(
            url=self.box.url, hook=self.hook, token=self.token, secret=self.secret, **self.settings))

    def __getattr__(self, name):
        if name == "box":
            raise AttributeError(name)
        return getattr(self.box, name)

    def read(self, record_id, *properties, type="contacts"):
        """Properties of a record as the API shows them."""
        status, text = http_call("GET", "%s/crm/v3/objects/%s/%s?properties=%s" % (self.box.url, type, record_id,
                                                                                 ",".join(properties)),
                                 headers={"Authorization": "Bearer pat-na1-sandbox"})
        if status != 200:
            raise Failure("HubSpot sandbox: %d %s" % (status, text))
        return json.loads(text)["properties"]

    def person(self, email, **properties):
        return self.box.act("create", properties=dict(properties, email=email))["id"]

    def set(self, record_id, **properties):
        return self.box.act("set", id=record_id, properties=properties)

    def list(self, *properties, type="contacts"):
        """Every live record."""
        rows, after = [], None
        while True:
            path = "%s/crm/v3/objects/%s?limit=100&properties=%s%s" % (self.box.url, type, ",".join(properties),
                                                                       "&after=" + after if after else "")
            status, text = http_call("GET", path, headers={"Authorization": "Bearer pat-na1-sandbox"})
            if status != 200:
                raise Failure("HubSpot sandbox: %d %s" % (status, text))
            page = json.loads(text)
            rows += page["results"]
            after = page.get("paging", {}).get("next", {}).get("after")
            if not after:
                return rows

    def deliver(self, body, secret=HOOK_SECRET, at=None, headers=None, path=None):
        """A webhook as HubSpot signs it; status of the answer. body: events, or bytes."""
        body = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        stamp = int((time.time() if at is None else at) * 1000)
        signed = {"Content-Type": "application/json", "X-HubSpot-Request-Timestamp": str(stamp),
                  "X-HubSpot-Signature-v3": signature_v3(secret, "POST", self.hook, body, stamp)}
        signed.update(headers or {})
        link = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=20)
        try:
            link.putrequest("POST", path or "/hooks/" + self.name)
            for name, value in dict(signed, **{"Content-Length": str(len(body))}).items():
                if value is not None:
                    link.putheader(name, value)
            link.endheaders()
            try:
                link.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass                    # refused before it was sent whole: the answer may be there all the same
            answer = link.getresponse()
            answer.read()
            return answer.status
        except (ConnectionResetError, http.client.RemoteDisconnected):
            return 0                    # the connection was cut, and the answer with it
        finally:
            link.close()

    @staticmethod
    def event(number, record_id, property_name="jobtitle", value="x"):
        return {"eventId": number, "subscriptionId": 25, "portalId": 33, "appId": 1160452, "occurredAt": int(time.time() * 1000),
                "subscriptionType": "contact.propertyChange", "attemptNumber": 0, "objectId": int(record_id),
                "propertyName": property_name, "propertyValue": value, "changeSource": "CRM_UI", "sourceId": "userId:7"}


class Salesforce:
    """A pretended Salesforce and its connector file."""

    def __init__(self, world, *options, name="sfa", **settings):
        self.world, self.name = world, name
        self.box = world.sandbox("salesforce", *(options or SMALL_SALESFORCE))
        self.secret = world.secret(name + "-secret", "sandbox-secret")
        self.settings = dict({"mode": "apply", "poll": "1s", "more": ""}, **settings)
        self.token = None
        self.configure()

    def configure(self, **settings):
        self.settings.update(settings)
        self.world.write("connectors.d/%s.yaml" % self.name, SALESFORCE.format(
            url=self.box.url, secret=self.secret, **self.settings))

    def __getattr__(self, name):
        if name == "box":
            raise AttributeError(name)
        return getattr(self.box, name)

    def login(self):
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "3MVG9sandbox",
                                       "client_secret": "sandbox-secret"}).encode()
        status, text = http_call("POST", self.box.url + "/services/oauth2/token", form,
                                 {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200:
            raise Failure("Salesforce sandbox: %d %s" % (status, text))
        self.token = json.loads(text)["access_token"]

    def query(self, soql):
        """Rows of a query, as a person with the same rights would see them."""
        if not self.token:
            self.login()
        rows, path = [], "/services/data/v60.0/query?q=" + urllib.parse.quote(soql)
        while path:
            status, text = http_call("GET", self.box.url + path, headers={"Authorization": "Bearer " + self.token})
            if status == 401:
                self.login()
                continue
            if status != 200:
                raise Failure("Salesforce sandbox: %d %s" % (status, text))
            page = json.loads(text)
            rows += page["records"]
            path = page.get("nextRecordsUrl")
        return rows

    def read(self, type_name, record_id, *fields):
        rows = self.query("SELECT %s FROM %s WHERE Id = '%s'" % (", ".join(fields), type_name, record_id))
        if len(rows) != 1:
            raise Failure("Salesforce sandbox has no %s %s" % (type_name, record_id))
        return {name: rows[0][name] for name in fields}

    def person(self, email, type="Contact", **fields):
        values = dict({"LastName": "Probe", "Email": email}, **fields)
        return self.box.act("create", type=type, fields=values)["id"]

    def set(self, type_name, record_id, **fields):
        return self.box.act("set", type=type_name, id=record_id, fields=fields)

    def user(self, name):
        return self.query("SELECT Id FROM User WHERE Name = '%s'" % name)[0]["Id"]


def pair(world, policy="region: US\n", hubspot=(), salesforce=(), ma=None, sfa=None, hooks=False, tandem="", log_level="info"):
    """Both systems, small, their files and tandem.yaml; nothing started yet but the sandboxes."""
    marketing = HubSpot(world, *(hubspot or SMALL_HUBSPOT), hooks=hooks, **(ma or {}))
    sales = Salesforce(world, *(salesforce or SMALL_SALESFORCE), **(sfa or {}))
    world.write_tandem("log_level: %s\n%s" % (log_level, tandem))
    world.write("policy.yaml", policy)
    return marketing, sales


def partition(world):
    """Who is the same as whom: the records of people, as sets of (connector, object, id), whatever their person is called."""
    people = {}
    for person, connector, object_name, external_id in world.sql(
            "SELECT s.entity_id, c.name, s.object, s.external_id FROM source_record s JOIN connector c USING (connector_id)"
            " WHERE s.entity = 0 AND NOT s.deleted"):
        people.setdefault(person, set()).add((connector, object_name, external_id))
    return {frozenset(records) for records in people.values()}


def person_of(world, connector, object_name, external_id):
    return world.value("SELECT s.entity_id FROM source_record s JOIN connector c USING (connector_id) WHERE c.name = '%s'"
                       " AND s.object = '%s' AND s.external_id = '%s'" % (connector, object_name, external_id))
