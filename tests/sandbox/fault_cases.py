# SPDX-License-Identifier: Apache-2.0
"""Faults on demand, the wire, the invented population."""
import gzip
import http.client
import json
import socket
import time
import unittest

from harness import HubSpotCase
from people import World, sales_people


class Faults(HubSpotCase):
    PATH = "/crm/v3/objects/contacts?limit=5&properties=firstname"

    def page(self):
        return self.hub.raw("GET", self.PATH)

    def test_status_once_then_well_again(self):
        self.hub.fault("GET /crm/v3/objects", "status", status=503, retry_after=7)
        status, headers, body = self.page()
        self.assertEqual((status, headers["Retry-After"], json.loads(body)["status"]), (503, "7", "error"))
        self.assertEqual(self.page()[0], 200)

    def test_status_after_the_effect(self):
        self.hub.fault("PATCH", "status", status=500, after_effect=True)
        self.assertEqual(
            self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"city": "Rome"}})[0], 500
        )
        self.assertEqual([e["fields"] for e in self.hub.effects()], [{"city": "Rome"}])

    def test_dropped_before_and_after(self):
        for kind, effects in (("drop_before", 0), ("drop_after", 1)):
            self.hub.fault("PATCH", kind)
            with self.assertRaises((http.client.HTTPException, OSError)):
                self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"city": kind}})
            self.assertEqual(len(self.hub.effects()), effects)

    def test_throttle_html_empty_shape(self):
        self.hub.fault("GET /crm", "throttle", retry_after=2)
        status, headers, body = self.page()
        self.assertEqual((status, headers["Retry-After"], json.loads(body)["category"]), (429, "2", "RATE_LIMITS"))
        self.hub.fault("GET /crm", "html")
        status, headers, body = self.page()
        self.assertTrue(status == 200 and headers["Content-Type"].startswith("text/html") and b"<html" in body)
        self.hub.fault("GET /crm", "empty")
        self.assertEqual(self.page()[::2], (200, b""))
        self.hub.fault("GET /crm", "shape")
        self.assertIsInstance(json.loads(self.page()[2]), list)

    def test_truncated_and_garbled(self):
        for kind in ("truncate", "bad_length", "bad_chunk"):
            self.hub.fault("GET /crm", kind)
            with self.assertRaises((http.client.HTTPException, OSError, ValueError)):
                self.page()
            self.hub.link.close()
        self.hub.fault("GET /crm", "bad_gzip")
        with self.assertRaises(Exception):
            gzip.decompress(self.page()[2])

    def test_slow_and_drip(self):
        self.hub.fault("GET /crm", "slow", seconds=0.3)
        start = time.monotonic()
        self.assertEqual(self.page()[0], 200)
        self.assertGreater(time.monotonic() - start, 0.29)
        self.hub.fault("GET /crm", "drip", seconds=0.02, bytes=200)
        start = time.monotonic()
        self.assertEqual(len(json.loads(self.page()[2])["results"]), 5)
        self.assertGreater(time.monotonic() - start, 0.05)

    def test_bomb_is_small_on_the_wire(self):
        self.hub.fault("GET /crm", "bomb", megabytes=20)
        _status, headers, body = self.page()
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertLess(len(body), 40000)
        self.assertEqual(len(gzip.decompress(body)), 20 << 20)

    def test_poison(self):
        for variant, sign in (
            ("nul", b"\\u0000"),
            ("surrogate", b"\\ud800"),
            ("utf8", b"\xff\xfe"),
            ("bigint", b"123456789012345678901234567890"),
            ("depth", b"[[[["),
            ("duplicate", b'"one","firstname":"two"'),
            ("bom", b"\xef\xbb\xbf{"),
        ):
            self.hub.fault("GET /crm", "poison", variant=variant, where="first")
            self.assertIn(sign, self.page()[2], variant)

    def test_expired_token_and_lost_items(self):
        self.hub.fault("GET /crm", "expire_token")
        self.assertEqual(self.page()[0], 401)
        self.assertEqual(self.page()[0], 200)
        self.hub.fault("GET /crm", "lose_item")
        self.assertEqual(len(json.loads(self.page()[2])["results"]), 4)

    def test_the_same_page_and_doubled_items(self):
        first = json.loads(self.page()[2])["results"]
        self.hub.fault("GET /crm", "same_page")
        again = json.loads(self.hub.raw("GET", self.PATH + "&after=200")[2])["results"]
        self.assertEqual([r["id"] for r in again], [r["id"] for r in first])
        self.hub.fault("GET /crm", "double_item")
        self.assertEqual(len(json.loads(self.page()[2])["results"]), 6)

    def test_an_automation_sets_written_values_back(self):
        self.hub.act("undo_writes", properties=["city"])
        self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"city": "Rome", "country": "Italy"}})
        time.sleep(0.12)
        joe = self.hub.get("/crm/v3/objects/contacts/101", properties="city,country")[1]["properties"]
        self.assertEqual((joe["city"], joe["country"]), ("New York", "Italy"))

    def test_times_skip_and_clear(self):
        self.hub.fault("GET /crm", "status", status=500, times=2, skip=1)
        self.assertEqual([self.page()[0] for _ in range(4)], [200, 500, 500, 200])
        self.hub.fault("GET /crm", "status", status=500, times=0)
        self.assertEqual([self.page()[0] for _ in range(3)], [500] * 3)
        self.hub.call("DELETE", "/_sandbox/fault")
        self.assertEqual(self.page()[0], 200)
        self.assertEqual(self.hub.call("POST", "/_sandbox/fault", {"match": "(", "kind": "status"})[0], 400)
        self.assertEqual(self.hub.call("POST", "/_sandbox/fault", {"kind": "earthquake"})[0], 400)

    def test_the_log_tells_requests_and_effects(self):
        self.hub.call("PATCH", "/crm/v3/objects/contacts/101", {"properties": {"city": "Rome"}})
        entries = self.hub.call("GET", "/_sandbox/log?since=0&headers=1")[1]["entries"]
        request = next(e for e in entries if e["kind"] == "request")
        effect = next(e for e in entries if e["kind"] == "effect")
        self.assertEqual(
            (request["method"], request["path"], request["status"]), ("PATCH", "/crm/v3/objects/contacts/101", 200)
        )
        self.assertEqual(json.loads(request["body"]), {"properties": {"city": "Rome"}})
        self.assertEqual(
            (effect["verb"], effect["type"], effect["id"], effect["by"], effect["request"]),
            ("update", "contacts", "101", "api", request["n"]),
        )
        self.assertEqual(effect["old"], {"city": "New York"})
        self.assertIn("authorization", request["headers"])
        self.assertEqual(self.hub.call("GET", "/_sandbox/log?since=%d" % entries[-1]["n"])[1]["entries"], [])
        self.assertEqual(self.hub.call("POST", "/_sandbox/act", {"do": "fly"})[0], 400)


class Wire(HubSpotCase):
    def speak(self, data):
        with socket.create_connection(("127.0.0.1", self.hub.port), 5) as link:
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            got = b""
            while True:
                piece = link.recv(65536)
                if not piece:
                    return got
                got += piece

    def test_pipelined_requests_are_answered_in_order(self):
        one = b"GET /_sandbox/fault HTTP/1.1\r\nHost: x\r\n\r\n"
        self.assertEqual(
            self.speak(one * 3 + b"GET /_sandbox/nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").count(
                b"HTTP/1.1 200"
            ),
            3,
        )

    def test_chunked_bodies_and_expect(self):
        head = b"POST /_sandbox/act HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        head += b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.hub.port), 5) as link:
            link.sendall(head)
            self.assertIn(b"100 Continue", link.recv(1000))
            link.sendall(b'9\r\n{"do":"sk\r\n6;x=y\r\new"}  \r\n0\r\n\r\n')
            self.assertIn(b"200 OK", link.recv(1000))

    def test_bad_requests(self):
        for data in (
            b"nonsense\r\n\r\n",
            b"GET /x HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            b"GET /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"GET /x HTTP/1.1\r\nbad header\r\n\r\n",
            b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ):
            self.assertIn(b" 400 ", self.speak(data), data)
        self.assertIn(b" 414 ", self.speak(b"GET /" + b"x" * 20000 + b" HTTP/1.1\r\n\r\n"))
        self.assertIn(b" 431 ", self.speak(b"GET / HTTP/1.1\r\n" + b"a: " + b"x" * 70000))


class Population(unittest.TestCase):
    def test_same_seed_same_people_and_unique_addresses(self):
        people = [World(7).person(i) for i in range(3000)]
        self.assertEqual(people, [World(7).person(i) for i in range(3000)])
        self.assertEqual(len({p.email.lower() for p in people}), 3000)
        self.assertNotEqual(people[2:], [World(8).person(i) for i in range(2, 3000)])

    def test_a_third_of_sales_people_are_known_to_marketing_under_another_identity(self):
        rows = sales_people(World(7), 600)
        shared = [r for r in rows if r.person.number < 1000]
        self.assertTrue(150 <= len(shared) <= 260, len(shared))
        differing = [r for r in shared if r.email != r.person.email or r.first != r.person.first]
        self.assertGreater(len(differing), len(shared) * 0.9)
        numbers = [r.person.number for r in rows]
        self.assertGreater(len(numbers) - len(set(numbers)), 20)
