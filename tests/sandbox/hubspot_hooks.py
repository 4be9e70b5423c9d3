# SPDX-License-Identifier: Apache-2.0
"""Webhooks of the pretended HubSpot: events, signatures v1 to v3, deliveries with retries."""
import base64
import collections
import hashlib
import hmac
import http.client
import json
import re
import ssl
import threading
import time
import urllib.parse

BATCH = 100
CONCURRENT = 10
PATIENCE_SECONDS = 5
ATTEMPTS = 11
DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def signed_uri(uri):
    return re.sub("|".join(DECODED), lambda found: DECODED[found.group().upper()], uri, flags=re.IGNORECASE)


def signature_v3(secret, method, uri, body, timestamp):
    text = method.encode() + signed_uri(uri).encode() + body + str(timestamp).encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def signature_v2(secret, method, uri, body):
    return hashlib.sha256(secret.encode() + method.encode() + uri.encode() + body).hexdigest()


def signature_v1(secret, body):
    return hashlib.sha256(secret.encode() + body).hexdigest()


class Hooks:
    """Collects events for a moment and posts them from a few threads; every delivery is in the log."""

    def __init__(self, log, url, public_url, secret, app_id, portal_id, now, retry_seconds=0.3):
        self.log, self.url, self.public_url, self.secret = log, url, public_url or url, secret
        self.app_id, self.portal_id, self.now, self.retry_seconds = app_id, portal_id, now, retry_seconds
        self.subscriptions = {}
        self.fresh = collections.deque()
        self.again = []
        self.ready = threading.Condition()
        self.event_number = 3816279000
        self.active = 0
        self.lost = 0
        if url:
            for _ in range(CONCURRENT):
                threading.Thread(target=self.work, daemon=True).start()

    def subscribe(self, event_type, property_name=None):
        self.subscriptions[(event_type, property_name)] = 25 + len(self.subscriptions)

    def emit(self, event_type, source, property_name=None, **fields):
        number = self.subscriptions.get((event_type, property_name))
        if number is None or not self.url:
            return
        with self.ready:
            self.event_number += 1
            event = {
                "eventId": self.event_number,
                "subscriptionId": number,
                "portalId": self.portal_id,
                "appId": self.app_id,
                "occurredAt": int(self.now() * 1000),
                "subscriptionType": event_type,
                "attemptNumber": 0,
            }
            event.update(fields)
            if property_name:
                event["propertyName"] = property_name
            event["changeSource"], event["sourceId"] = source
            self.fresh.append(event)
            self.ready.notify()

    def take(self):
        """The next batch of events and its attempt; waits for one."""
        with self.ready:
            while True:
                now = time.monotonic()
                due = [batch for batch in self.again if batch[0] <= now]
                if due:
                    self.again.remove(due[0])
                    self.active += 1
                    return due[0][1], due[0][2]
                if self.fresh:
                    while (left := now + 0.005 - time.monotonic()) > 0:  # what happens together goes out together
                        self.ready.wait(left)
                    events = [self.fresh.popleft() for _ in range(min(BATCH, len(self.fresh)))]
                    if events:
                        self.active += 1
                        return events, 0
                    continue
                self.ready.wait(min([batch[0] - now for batch in self.again], default=None))

    def work(self):
        while True:
            events, attempt = self.take()
            for event in events:
                event["attemptNumber"] = attempt
            status = self.post(json.dumps(events, separators=(",", ":"), ensure_ascii=False).encode(), attempt)
            with self.ready:
                self.active -= 1
                if not 200 <= status < 300:
                    if attempt + 1 < ATTEMPTS:
                        pause = self.retry_seconds * min(2**attempt, 32)
                        self.again.append((time.monotonic() + pause, events, attempt + 1))
                        self.ready.notify()
                    else:
                        self.lost += len(events)

    def headers(self, body):
        timestamp = int(self.now() * 1000)
        return {
            "Content-Type": "application/json",
            "User-Agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) Webhooks",
            "X-HubSpot-Signature-Version": "v1",
            "X-HubSpot-Signature": signature_v1(self.secret, body),
            "X-HubSpot-Request-Timestamp": str(timestamp),
            "X-HubSpot-Signature-v3": signature_v3(self.secret, "POST", self.public_url, body, timestamp),
        }

    def post(self, body, attempt):
        """HTTP status of one delivery, 0 when there was no whole answer within five seconds."""
        parts = urllib.parse.urlsplit(self.url)
        status, error = 0, None
        try:
            if parts.scheme == "https":
                link = http.client.HTTPSConnection(
                    parts.hostname, parts.port, timeout=PATIENCE_SECONDS, context=ssl.create_default_context()
                )
            else:
                link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_SECONDS)
            try:
                target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
                link.request("POST", target, body, self.headers(body))
                answer = link.getresponse()
                answer.read(65536)
                status = answer.status
            finally:
                link.close()
        except (OSError, http.client.HTTPException) as failure:
            error = "%s: %s" % (type(failure).__name__, failure)
        self.log.hook(self.url, body, status, attempt, error)
        return status

    def counts(self):
        with self.ready:
            return {
                "waiting": len(self.fresh) + sum(len(b[1]) for b in self.again),
                "in_flight": self.active,
                "lost": self.lost,
            }

    def clear(self):
        with self.ready:
            self.fresh.clear()
            self.again.clear()
            self.lost = 0
