# SPDX-License-Identifier: Apache-2.0
"""A small HTTP/1.1 server for pretended remote systems: keep-alive, one process, epoll, faults on demand, a log.

An application has answer(request) -> Answer, act(order) -> dict, counts() -> dict, reset(), truth() -> dict,
error_body(status) -> bytes, throttled(fault) -> Answer, unauthorised() -> Answer and expire_tokens().
Everything under /_sandbox/ is the control plane and belongs to this file.
"""
import collections
import gc
import heapq
import itertools
import json
import re
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import urllib.parse
import zlib
from email.utils import formatdate
from http.client import responses as REASONS

HEAD_LIMIT = 65536
TARGET_LIMIT = 16384
BODY_LIMIT = 64 << 20
GZIP_FROM = 1400
JSON = "application/json;charset=UTF-8"


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


class Refusal(Exception):
    """An answer that ends the handling of a request."""

    def __init__(self, answer):
        super().__init__(answer.status)
        self.answer = answer


class Answer:
    __slots__ = ("status", "body", "headers", "type")

    def __init__(self, status=200, body=b"", headers=(), content_type=JSON):
        self.status = status
        self.body = body if isinstance(body, bytes) else dumps(body)
        self.headers = headers
        self.type = content_type


class Request:
    __slots__ = ("n", "method", "target", "path", "headers", "body", "head", "_args", "_json", "entry")

    def __init__(self, method, target, headers, body, head):
        self.method, self.target, self.headers, self.body, self.head = method, target, headers, body, head
        self.path = target.partition("?")[0]
        self._args = None
        self._json = None
        self.n = 0
        self.entry = None

    @property
    def args(self):
        if self._args is None:
            query = self.target.partition("?")[2]
            self._args = dict(urllib.parse.parse_qsl(query, keep_blank_values=True)) if query else {}
        return self._args

    @property
    def json(self):
        """The body as JSON; ValueError when it is not. Duplicate keys and NaN are refused."""
        if self._json is None:
            self._json = strict_json(self.body)
        return self._json

    def segments(self):
        return [urllib.parse.unquote(part) for part in self.path.split("/") if part]


def _pairs(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key in object")
    return result


def _constant(name):
    raise ValueError("%s is not JSON" % name)


def strict_json(body):
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant)
    except RecursionError:
        raise ValueError("too deep") from None


class Log:
    """What came in (requests), what it did (effects), what went out (hooks), numbered in one sequence."""

    def __init__(self):
        self.lock = threading.Lock()
        self.clear()

    def clear(self):
        with self.lock:
            self.entries = []
            self.tally = collections.Counter()

    def add(self, entry):
        with self.lock:
            self.entries.append(entry)
            number = len(self.entries)
        return number

    def request(self, request):
        # [kind, time, method, target, head, body, status, bytes out, fault]
        request.entry = entry = [
            "request",
            time.time(),
            request.method,
            request.target,
            request.head,
            request.body,
            0,
            0,
            None,
        ]
        request.n = self.add(entry)

    def effect(self, verb, kind, record_id, fields, by, request_n=0, old=None):
        self.tally["%s %s by %s" % (verb, kind, by)] += 1
        self.add(["effect", time.time(), verb, kind, record_id, fields, by, request_n, old])

    def hook(self, url, body, status, attempt, error):
        self.tally["hook %s" % (status or "no answer")] += 1
        return self.add(["hook", time.time(), url, body, status, attempt, error])

    def since(self, number, with_headers):
        with self.lock:
            chosen = self.entries[max(number, 0) :]
        return [self.shown(n, entry, with_headers) for n, entry in enumerate(chosen, max(number, 0) + 1)]

    @staticmethod
    def shown(n, entry, with_headers):
        shown = {"n": n, "time": round(entry[1], 6), "kind": entry[0]}
        if entry[0] == "request":
            shown.update(
                method=entry[2],
                path=entry[3],
                body=entry[5].decode("utf-8", "replace"),
                status=entry[6],
                bytes=entry[7],
            )
            if entry[8]:
                shown["fault"] = entry[8]
            if with_headers:
                shown["headers"] = parse_headers(entry[4])
        elif entry[0] == "effect":
            shown.update(verb=entry[2], type=entry[3], id=entry[4], fields=entry[5], by=entry[6], request=entry[7])
            if entry[8] is not None:
                shown["old"] = entry[8]
        else:
            shown.update(url=entry[2], body=entry[3].decode("utf-8", "replace"), status=entry[4], attempt=entry[5])
            if entry[6]:
                shown["error"] = entry[6]
        return shown


def parse_headers(head):
    headers = {}
    for line in head.split(b"\r\n"):
        if not line:
            continue
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise ValueError("bad header line")
        key = name.decode("latin-1").lower()
        text = value.strip().decode("latin-1")
        if key == "content-length" and headers.get(key, text) != text:
            raise ValueError("two content lengths")
        headers[key] = text
    return headers


def take_chunked(data, at):
    """The body of a chunked request in data from at: (body, end), or None while it is incomplete."""
    body = bytearray()
    while True:
        line_end = data.find(b"\r\n", at)
        if line_end < 0:
            return None
        size = int(data[at:line_end].partition(b";")[0], 16)
        if size < 0 or len(body) + size > BODY_LIMIT:
            raise ValueError("chunk too large")
        at = line_end + 2
        if size == 0:
            end = data.find(b"\r\n", at)
            while end > at:
                at = end + 2
                end = data.find(b"\r\n", at)
            return None if end < 0 else (bytes(body), end + 2)
        if len(data) < at + size + 2:
            return None
        body += data[at : at + size]
        if data[at + size : at + size + 2] != b"\r\n":
            raise ValueError("bad chunk")
        at += size + 2


def gzip_bytes(body, level=1):
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


def bomb(megabytes):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b" " * (1 << 20)
    return b"".join([packer.compress(block) for _ in range(megabytes)]) + packer.flush()


POISON = {
    "nul": b'"a\\u0000b"',
    "surrogate": b'"a\\ud800b"',
    "utf8": b'"a\xff\xfeb"',
    "bigint": b"123456789012345678901234567890",
    "depth": b"[" * 10000 + b"]" * 10000,
    "control": b'"a\x01b"',
    "long": b'"' + b"x" * 5000000 + b'"',
    "duplicate": None,
    "bom": None,
}


def items_of(value):
    if isinstance(value, list):
        return value
    for name in ("results", "records"):
        if isinstance(value, dict) and isinstance(value.get(name), list):
            return value[name]
    return None


def poisoned(body, variant, where):
    """The answer with one item that strict parsers refuse."""
    if variant == "bom":
        return b"\xef\xbb\xbf" + body
    value = json.loads(body)
    items = items_of(value)
    if not items:
        return body
    item = items[{"first": 0, "middle": len(items) // 2}.get(where, -1)]
    holder = item.get("properties") if isinstance(item.get("properties"), dict) else item
    names = [k for k, v in holder.items() if isinstance(v, str) and k.lower() not in ("id", "hs_object_id")]
    name = next(
        (k for k in names if k.lower() in ("firstname", "lastname", "name", "title", "company")),
        names[0] if names else "poison",
    )
    holder[name] = "@@POISON@@"
    raw = POISON[variant] or b'"one","' + name.encode() + b'":"two"'
    return dumps(value).replace(b'"@@POISON@@"', raw)


def without_item(body, double):
    value = json.loads(body)
    items = items_of(value)
    if items:
        items.append(items[0]) if double else items.pop()
    return dumps(value)


class Fault:
    KINDS = (
        "status",
        "drop_before",
        "drop_after",
        "slow",
        "drip",
        "truncate",
        "html",
        "empty",
        "throttle",
        "bomb",
        "poison",
        "expire_token",
        "bad_length",
        "bad_chunk",
        "bad_gzip",
        "redirect",
        "shape",
        "lose_item",
        "double_item",
        "huge_header",
        "same_page",
    )

    def __init__(self, number, order):
        self.id = number
        self.order = order
        self.kind = order.get("kind")
        if self.kind not in self.KINDS:
            raise ValueError("fault kind %r is not one of %s" % (self.kind, ", ".join(self.KINDS)))
        self.match = re.compile(order.get("match", ""))
        self.left = int(order.get("times", 1)) or -1
        self.skip = int(order.get("skip", 0))
        self.variant = order.get("variant", "nul")
        if self.variant not in POISON:
            raise ValueError("poison variant %r is not one of %s" % (self.variant, ", ".join(POISON)))

    def takes(self, text):
        if self.left == 0 or not self.match.search(text):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.left > 0:
            self.left -= 1
        return True

    def shown(self):
        return dict(self.order, id=self.id, left=self.left)


class Connection:
    __slots__ = ("server", "sock", "fd", "data", "out", "busy", "closing", "mask", "continued")

    def __init__(self, server, sock):
        self.server, self.sock, self.fd = server, sock, sock.fileno()
        self.data = b""
        self.out = collections.deque()
        self.busy = False
        self.closing = False
        self.continued = False
        self.mask = select.EPOLLIN

    def readable(self):
        try:
            got = self.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            return self.close()
        if not got:
            return self.close()
        self.data = self.data + got if self.data else got
        self.work()

    def work(self):
        while self.data and not self.busy and not self.closing and self.fd >= 0:
            try:
                request = self.take_request()
            except ValueError as error:
                return self.refuse(400, str(error))
            if request is None:
                return
            self.server.serve(self, request)

    def refuse(self, status, text):
        self.closing = True
        self.send(
            b"HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            % (status, REASONS[status].encode(), len(text), text.encode())
        )

    def take_request(self):
        data = self.data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            if len(data) > HEAD_LIMIT:
                self.refuse(431, "headers too large")
            return None
        line_end = data.find(b"\r\n")
        words = data[:line_end].split(b" ")
        if len(words) != 3 or words[2] not in (b"HTTP/1.1", b"HTTP/1.0") or not words[1].startswith(b"/"):
            raise ValueError("bad request line")
        if len(words[1]) > TARGET_LIMIT:
            self.refuse(414, "URI too long")
            return None
        raw = data[line_end + 2 : end]
        headers = self.server.headers_of(raw)
        taken = self.take_body(data, end + 4, headers)
        if taken is None:
            return None
        self.continued = False
        body, self.data = taken[0], data[taken[1] :]
        if words[2] == b"HTTP/1.0" or headers.get("connection", "").lower() == "close":
            self.closing = True
        return Request(words[0].decode("latin-1"), words[1].decode("latin-1"), headers, body, raw)

    def take_body(self, data, at, headers):
        if "chunked" in headers.get("transfer-encoding", "").lower():
            taken = take_chunked(data, at)
        else:
            length = headers.get("content-length", "0")
            if not length.isdigit():
                raise ValueError("bad content length")
            size = int(length)
            if size > BODY_LIMIT:
                self.refuse(413, "body too large")
                return None
            taken = (data[at : at + size], at + size) if len(data) >= at + size else None
        if taken is None and not self.continued and headers.get("expect", "").lower() == "100-continue":
            self.continued = True
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return taken

    def send(self, *pieces):
        if self.fd < 0:
            return
        self.out.extend(pieces)
        self.flush()

    def flush(self):
        out = self.out
        try:
            while out:
                sent = self.sock.sendmsg(itertools.islice(out, 64))
                while out and sent >= len(out[0]):
                    sent -= len(out.popleft())
                if sent:
                    out[0] = memoryview(out[0])[sent:]
        except BlockingIOError:
            return self.watch(select.EPOLLIN | select.EPOLLOUT)
        except OSError:
            return self.close()
        if self.closing and not self.busy:
            return self.close()
        self.watch(select.EPOLLIN)

    def watch(self, mask):
        if self.mask != mask and self.fd >= 0:
            self.mask = mask
            self.server.poll.modify(self.fd, mask)

    def writable(self):
        self.flush()

    def close(self):
        if self.fd < 0:
            return
        self.server.poll.unregister(self.fd)
        del self.server.connections[self.fd]
        self.fd = -1
        self.sock.close()


class Server:
    def __init__(self, app, host="127.0.0.1", port=0, gzip_answers=True):
        self.app = app
        self.log = app.log
        self.gzip_answers = gzip_answers
        self.faults = []
        self.fault_numbers = itertools.count(1)
        self.timers = []
        self.timer_numbers = itertools.count()
        self.connections = {}
        self.heads = {}
        self.internal_errors = 0
        self.last = {}
        self.date = (0, b"")
        self.poll = select.epoll()
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, port))
        self.listener.listen(512)
        self.listener.setblocking(False)
        self.poll.register(self.listener.fileno(), select.EPOLLIN)
        self.url = "http://%s:%d" % self.listener.getsockname()[:2]

    def run(self):
        listener = self.listener.fileno()
        while True:
            self.run_timers()
            wait = max(0.0, self.timers[0][0] - time.monotonic()) if self.timers else -1
            for fd, events in self.poll.poll(wait):
                if fd == listener:
                    self.accept()
                    continue
                connection = self.connections.get(fd)
                if connection is None:
                    continue
                if events & select.EPOLLOUT:
                    connection.writable()
                if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and connection.fd >= 0:
                    connection.readable()

    def accept(self):
        while True:
            try:
                sock = self.listener.accept()[0]
            except OSError:
                return
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self, sock)
            self.connections[connection.fd] = connection
            self.poll.register(connection.fd, connection.mask)

    def later(self, seconds, work):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.timer_numbers), work))

    def run_timers(self):
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            heapq.heappop(self.timers)[2]()

    def headers_of(self, raw):
        """Clients repeat their headers: parse each block once."""
        headers = self.heads.get(raw)
        if headers is None:
            headers = parse_headers(raw)
            if len(self.heads) > 256:
                self.heads.clear()
            self.heads[raw] = headers
        return headers

    def serve(self, connection, request):
        if request.path.startswith("/_sandbox/"):
            return self.reply(connection, request, self.control(request))
        self.log.request(request)
        fault = self.fault_for(request) if self.faults else None
        if fault is not None:
            request.entry[8] = fault.kind
            return self.break_it(connection, request, fault)
        if len(self.last) > 100:
            self.last.clear()
        answer = self.last[request.path] = self.answer(request)
        self.reply(connection, request, answer)

    def answer(self, request):
        try:
            return self.app.answer(request)
        except Refusal as refusal:
            return refusal.answer
        except Exception:  # a bug of the sandbox: loud, and counted for the tests
            traceback.print_exc()
            self.internal_errors += 1
            return Answer(500, self.app.error_body(500))

    def render(self, request, answer):
        body = answer.body
        lines = [b"HTTP/1.1 %d %s" % (answer.status, REASONS.get(answer.status, "Status").encode())]
        now = int(self.app.now())
        if self.date[0] != now:
            self.date = (now, b"Date: " + formatdate(now, usegmt=True).encode())
        lines.append(self.date[1])
        if answer.status != 204:
            lines.append(b"Content-Type: " + answer.type.encode())
        if self.gzip_answers and len(body) > GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip_bytes(body)
            lines.append(b"Content-Encoding: gzip\r\nVary: Accept-Encoding")
        for name, value in answer.headers:
            lines.append(b"%s: %s" % (name.encode(), value.encode()))
        return lines, body

    def reply(self, connection, request, answer, length=None):
        lines, body = self.render(request, answer)
        if answer.status not in (204, 304):
            lines.append(b"Content-Length: %d" % (len(body) if length is None else length))
        if connection.closing:
            lines.append(b"Connection: close")
        self.note(request, answer.status, len(body))
        connection.send(b"\r\n".join(lines) + b"\r\n\r\n", body)

    @staticmethod
    def note(request, status, size):
        if request.entry is not None:
            request.entry[6] = status
            request.entry[7] = size

    # --- faults -------------------------------------------------------------------------------------------------

    def fault_for(self, request):
        text = request.method + " " + request.target
        for fault in self.faults:
            if fault.takes(text):
                return fault
        return None

    def break_it(self, connection, request, fault):
        order = fault.order
        handled = fault.kind not in ("drop_before", "throttle", "expire_token") and (
            order.get("after_effect", fault.kind not in ("status", "html", "empty", "redirect", "bomb", "shape"))
        )
        answer = self.answer(request) if handled else None
        getattr(self, "fault_" + fault.kind)(connection, request, order, answer)

    def fault_status(self, connection, request, order, _answer):
        status = int(order.get("status", 500))
        headers = [("Retry-After", str(order["retry_after"]))] if "retry_after" in order else []
        body = order["body"].encode() if "body" in order else self.app.error_body(status)
        self.reply(connection, request, Answer(status, body, headers))

    def fault_drop_before(self, connection, request, order, _answer):
        self.note(request, 0, 0)
        if order.get("reset"):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    fault_drop_after = fault_drop_before

    def fault_slow(self, connection, request, order, answer):
        connection.busy = True

        def finish():
            connection.busy = False
            self.reply(connection, request, answer)
            connection.work()

        self.later(float(order.get("seconds", 2)), finish)

    def fault_drip(self, connection, request, order, answer):
        lines, body = self.render(request, answer)
        whole = b"\r\n".join(lines) + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        step, pause = int(order.get("bytes", 1)), float(order.get("seconds", 1))
        self.note(request, answer.status, len(body))
        connection.busy = True

        def drop(at):
            connection.send(whole[at : at + step])
            if connection.fd >= 0 and at + step < len(whole):
                return self.later(pause, lambda: drop(at + step))
            connection.busy = False
            connection.send()
            connection.work()

        drop(0)

    def fault_truncate(self, connection, request, _order, answer):
        lines, body = self.render(request, answer)
        connection.closing = True
        self.note(request, answer.status, len(body) // 2)
        connection.send(b"\r\n".join(lines) + b"\r\nContent-Length: %d\r\n\r\n" % len(body), body[: len(body) // 2])

    def fault_bad_length(self, connection, request, _order, answer):
        connection.closing = True
        self.reply(connection, request, answer, length=len(answer.body) + 100)

    def fault_bad_chunk(self, connection, request, _order, answer):
        connection.closing = True
        self.note(request, answer.status, 0)
        connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            b'5\r\n{"res\r\nzzz\r\nnot a chunk\r\n'
        )

    def fault_bad_gzip(self, connection, request, _order, answer):
        packed = bytearray(gzip_bytes(answer.body))
        for at in range(len(packed) // 2, min(len(packed) // 2 + 16, len(packed))):
            packed[at] ^= 0x5A
        self.raw_gzip(connection, request, bytes(packed), answer.status)

    def fault_bomb(self, connection, request, order, _answer):
        self.raw_gzip(connection, request, bomb(int(order.get("megabytes", 200))), 200)

    def raw_gzip(self, connection, request, packed, status):
        self.note(request, status, len(packed))
        connection.send(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
            b"Content-Length: %d\r\n\r\n" % (status, len(packed)),
            packed,
        )

    def fault_html(self, connection, request, order, _answer):
        page = b"<!DOCTYPE html>\n<html><head><title>Login</title></head><body><h1>Please log in</h1></body></html>\n"
        self.reply(connection, request, Answer(int(order.get("status", 200)), page, (), "text/html; charset=utf-8"))

    def fault_empty(self, connection, request, order, _answer):
        self.reply(connection, request, Answer(int(order.get("status", 200)), b""))

    def fault_shape(self, connection, request, order, _answer):
        self.reply(connection, request, Answer(200, order.get("body", '[true,{"unexpected":[1]}]').encode()))

    def fault_redirect(self, connection, request, order, _answer):
        target = order.get("location", self.url + request.target)
        self.reply(connection, request, Answer(int(order.get("status", 302)), b"", [("Location", target)]))

    def fault_huge_header(self, connection, request, order, answer):
        padding = [("X-Padding-%d" % i, "x" * 8000) for i in range(int(order.get("count", 100)))]
        self.reply(connection, request, Answer(answer.status, answer.body, list(answer.headers) + padding))

    def fault_same_page(self, connection, request, _order, answer):
        self.reply(connection, request, self.last.get(request.path, answer))

    def fault_throttle(self, connection, request, order, _answer):
        answer = self.app.throttled(order)
        if "retry_after" in order:
            answer.headers = list(answer.headers) + [("Retry-After", str(order["retry_after"]))]
        self.reply(connection, request, answer)

    def fault_expire_token(self, connection, request, _order, _answer):
        self.app.expire_tokens()
        self.reply(connection, request, self.app.unauthorised())

    def fault_poison(self, connection, request, order, answer):
        body = poisoned(answer.body, order.get("variant", "nul"), order.get("where", "middle"))
        self.reply(connection, request, Answer(answer.status, body, answer.headers))

    def fault_lose_item(self, connection, request, _order, answer):
        self.reply(connection, request, Answer(answer.status, without_item(answer.body, False), answer.headers))

    def fault_double_item(self, connection, request, _order, answer):
        self.reply(connection, request, Answer(answer.status, without_item(answer.body, True), answer.headers))

    # --- control plane ------------------------------------------------------------------------------------------

    def control(self, request):
        name = request.path[len("/_sandbox/") :].strip("/")
        work = getattr(self, "control_%s_%s" % (request.method.lower(), name), None)
        if work is None:
            return Answer(404, {"error": "no control call %s %s" % (request.method, request.path)})
        try:
            return Answer(200, work(request))
        except Refusal as refusal:
            return Answer(refusal.answer.status, refusal.answer.body)
        except (ValueError, KeyError, TypeError, re.error) as error:
            return Answer(400, {"error": "%s: %s" % (type(error).__name__, error)})

    def control_get_log(self, request):
        since = int(request.args.get("since", 0))
        entries = self.log.since(since, "headers" in request.args)
        kind = request.args.get("kind")
        last = entries[-1]["n"] if entries else max(since, 0)
        return {"entries": [e for e in entries if not kind or e["kind"] == kind], "last": last}

    def control_get_counts(self, _request):
        calls = collections.Counter()
        statuses = collections.Counter()
        with self.log.lock:
            entries = list(self.log.entries)
        for entry in entries:
            if entry[0] == "request":
                calls[entry[2] + " " + self.app.family(entry[3].partition("?")[0])] += 1
                statuses[str(entry[6])] += 1
        return dict(
            self.app.counts(),
            requests=sum(calls.values()),
            calls=calls,
            statuses=statuses,
            effects=self.log.tally,
            internal_errors=self.internal_errors,
            connections=len(self.connections),
        )

    def control_get_truth(self, _request):
        return self.app.truth()

    def control_post_fault(self, request):
        fault = Fault(next(self.fault_numbers), request.json)
        self.faults.append(fault)
        return fault.shown()

    def control_get_fault(self, _request):
        return {"faults": [fault.shown() for fault in self.faults]}

    def control_delete_fault(self, _request):
        self.faults.clear()
        return {"faults": []}

    def control_post_act(self, request):
        order = request.json
        if not isinstance(order, dict) or not isinstance(order.get("do"), str):
            raise ValueError('an act is an object with "do"')
        work = getattr(self.app, "act_" + order["do"], None)
        if work is None:
            known = sorted(name[4:] for name in dir(self.app) if name.startswith("act_"))
            raise ValueError("unknown act %r; known are %s" % (order["do"], ", ".join(known)))
        return work(order) or {"done": True}

    def control_post_reset(self, _request):
        self.faults.clear()
        self.log.clear()
        self.internal_errors = 0
        self.app.reset()
        return {"reset": True}


class Application:
    """What both systems share: a clock that can be skewed, a log, the act that skews it."""

    def __init__(self):
        self.log = Log()
        self.skew = 0.0

    def now(self):
        return time.time() + self.skew

    def act_skew(self, order):
        self.skew = float(order.get("seconds", 0))
        return {"now": self.now()}

    @staticmethod
    def family(path):
        return re.sub(r"/(?:[0-9]+|[0-9A-Za-z]{15}|[0-9A-Za-z]{18}|[0-9a-f-]{36})(?=/|$)", "/{id}", path)


def start(app, host, port, gzip_answers=True):
    """Serve until SIGTERM; the line on stdout is the sign that it does."""
    server = Server(app, host, port, gzip_answers)
    app.server = server
    app.url = getattr(app, "url", None) or server.url
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(200000, 20, 20)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    print("ready %s" % server.url, flush=True)
    server.run()
