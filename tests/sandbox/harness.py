# SPDX-License-Identifier: Apache-2.0
"""Starts the pretended systems for the tests and talks to them."""
import http.client
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))


class Sandbox:
    """One program under test and a keep-alive client of it."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, program), "--port", "0", *arguments], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("ready http://127.0.0.1:"), line
        self.url = line.split()[1]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self.headers = {}

    def close(self):
        self.link.close()
        self.process.terminate()
        code = self.process.wait(5)
        self.process.stdout.close()
        return code

    def raw(self, method, path, body=None, headers=None):
        """(status, headers, bytes)."""
        given = dict(self.headers)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            given["Content-Type"] = "application/json"
        given.update(headers or {})
        given = {k: v for k, v in given.items() if v is not None}
        if isinstance(body, str):
            body = body.encode()
        try:
            self.link.request(method, path, body, given)
            answer = self.link.getresponse()
            return answer.status, answer.headers, answer.read()
        except (http.client.HTTPException, OSError):
            self.link.close()
            raise

    def call(self, method, path, body=None, headers=None):
        """(status, JSON)."""
        status, _headers, data = self.raw(method, path, body, headers)
        return status, json.loads(data) if data else None

    def get(self, path, **args):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(args) if args else ""))

    def act(self, do, **order):
        status, body = self.call("POST", "/_sandbox/act", dict(order, do=do))
        assert status == 200, body
        return body

    def fault(self, match, kind, **order):
        status, body = self.call("POST", "/_sandbox/fault", dict(order, match=match, kind=kind))
        assert status == 200, body
        return body

    def effects(self):
        return [e for e in self.call("GET", "/_sandbox/log?kind=effect")[1]["entries"]]


class HubSpotCase(unittest.TestCase):
    ARGUMENTS = ("--contacts", "350", "--search-lag", "0", "--hook-retry-seconds", "0.05")

    @classmethod
    def setUpClass(cls):
        cls.hub = Sandbox("hubspot.py", *cls.ARGUMENTS)
        cls.hub.headers = {"Authorization": "Bearer pat-na1-sandbox"}

    @classmethod
    def tearDownClass(cls):
        cls.hub.close()

    def setUp(self):
        self.hub.call("POST", "/_sandbox/reset", {})

    def tearDown(self):
        self.assertEqual(self.hub.get("/_sandbox/counts")[1]["internal_errors"], 0)

    def post(self, path, body):
        return self.hub.call("POST", path, body)

    def search(self, **body):
        return self.post("/crm/v3/objects/contacts/search", body)

    def unique_property(self):
        status, body = self.post(
            "/crm/v3/properties/contacts",
            {
                "name": "tandem_id",
                "label": "Tandem id",
                "type": "string",
                "fieldType": "text",
                "groupName": "contactinformation",
                "hasUniqueValue": True,
            },
        )
        self.assertEqual((status, body["hasUniqueValue"]), (201, True))


class Receiver:
    """A webhook target that refuses the first `refusals` deliveries."""

    def __init__(self):
        self.got, self.refusals, self.lock = [], 0, threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.lock:
                    status = 500 if receiver.refusals else 202
                    receiver.refusals = max(0, receiver.refusals - 1)
                    receiver.got.append((status, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/hooks/ma" % self.server.server_address[1]

    def events(self, wanted, seconds=5):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:
                found = [e for status, _, body in self.got if status == 202 for e in json.loads(body)]
            if wanted <= {e["subscriptionType"] for e in found}:
                return found
            time.sleep(0.01)
        raise AssertionError("only %s came" % found)


class SalesforceCase(unittest.TestCase):
    ARGUMENTS = ()

    @classmethod
    def setUpClass(cls):
        cls.org = Sandbox("salesforce.py", *cls.ARGUMENTS)

    @classmethod
    def tearDownClass(cls):
        cls.org.close()

    def setUp(self):
        self.org.headers = {}
        self.org.call("POST", "/_sandbox/reset", {})
        self.org.headers = {"Authorization": "Bearer " + self.token({})["access_token"]}

    def tearDown(self):
        self.assertEqual(self.org.get("/_sandbox/counts")[1]["internal_errors"], 0)

    def ask_token(self, form, headers=None):
        sent = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": None}
        return self.org.call(
            "POST", "/services/oauth2/token", urllib.parse.urlencode(form), dict(sent, **(headers or {}))
        )

    def token(self, more):
        status, body = self.ask_token(
            dict(
                {"grant_type": "client_credentials", "client_id": "3MVG9sandbox", "client_secret": "sandbox-secret"},
                **more
            )
        )
        self.assertEqual(status, 200, body)
        return body

    def call(self, method, path, body=None, headers=None):
        return self.org.call(method, "/services/data/v60.0" + path, body, headers)

    def ask(self, soql, verb="query", headers=None):
        return self.call("GET", "/%s?%s" % (verb, urllib.parse.urlencode({"q": soql})), None, headers)

    def rows(self, soql, verb="query"):
        status, body = self.ask(soql, verb)
        self.assertEqual(status, 200, body)
        return body["records"]

    def refused(self, soql):
        status, body = self.ask(soql)
        self.assertEqual(status, 400, (soql, body))
        return body[0]["errorCode"]

    def make(self, kind, **fields):
        status, body = self.call("POST", "/sobjects/" + kind, fields)
        self.assertEqual(status, 201, body)
        return body["id"]

    def code(self, answer):
        return answer[0], answer[1][0]["errorCode"]
