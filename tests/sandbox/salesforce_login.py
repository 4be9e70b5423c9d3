# SPDX-License-Identifier: Apache-2.0
"""Tokens of the pretended Salesforce: client credentials, JWT bearer, refresh with rotation."""
import base64
import binascii
import hmac
import json
import secrets
import subprocess
import tempfile
import urllib.parse

from salesforce_answers import MISSING, ORG, errors
from server import Answer, Refusal

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LIVE_GRANTS = 5


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Login:
    # --- tokens -------------------------------------------------------------------------------------------------

    def authorise(self, request):
        given = request.headers.get("authorization", "")
        scheme, _, token = given.partition(" ")
        used = self.sessions.get(token.strip()) if scheme.lower() in ("bearer", "oauth") else None
        if used is None or used + self.options.session_seconds <= self.now():
            raise Refusal(self.unauthorised())
        self.sessions[token.strip()] = self.now()

    @staticmethod
    def bad_token(code, description):
        raise Refusal(Answer(400, {"error": code, "error_description": description}))

    def oauth(self, request, call):
        if call == "userinfo" and request.method == "GET":
            self.authorise(request)
            return Answer(
                200,
                {
                    "sub": "%s/id/%s/%s" % (self.url, ORG, self.database.me),
                    "user_id": self.database.me,
                    "organization_id": ORG,
                    "preferred_username": self.options.jwt_user,
                },
            )
        if call not in ("token", "revoke"):
            return errors(404, "NOT_FOUND", MISSING)
        if request.method != "POST":
            return errors(405, "METHOD_NOT_ALLOWED", "HTTP Method '%s' not allowed. Allowed are POST" % request.method)
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            self.bad_token("invalid_request", "send application/x-www-form-urlencoded")
        form = dict(urllib.parse.parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if call == "revoke":
            self.sessions.pop(form.get("token", ""), None)
            return Answer(200, b"")
        work = {
            "client_credentials": self.by_client,
            "refresh_token": self.by_refresh,
            "urn:ietf:params:oauth:grant-type:jwt-bearer": self.by_jwt,
        }.get(form.get("grant_type"))
        if work is None:
            self.bad_token("unsupported_grant_type", "grant type not supported")
        return work(request, form)

    def check_client(self, request, form):
        identity, secret = form.get("client_id"), form.get("client_secret")
        basic = request.headers.get("authorization", "")
        if basic.lower().startswith("basic "):
            try:
                identity, _, secret = base64.b64decode(basic[6:], validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                self.bad_token("invalid_client", "invalid client credentials")
        if identity != self.options.client_id:
            self.bad_token("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest((secret or "").encode(), self.options.client_secret.encode()):
            self.bad_token("invalid_client", "invalid client credentials")

    def by_client(self, request, form):
        self.check_client(request, form)
        return Answer(200, self.session())

    def by_refresh(self, request, form):
        self.check_client(request, form)
        if form.get("refresh_token") not in self.grants:
            self.bad_token("invalid_grant", "expired access/refresh token")
        more = {}
        if not self.options.keep_refresh:
            self.grants.remove(form["refresh_token"])
            self.grants.append("5Aep" + secrets.token_urlsafe(32))
            more["refresh_token"] = self.grants[-1]
        del self.grants[:-LIVE_GRANTS]
        return Answer(200, dict(self.session(), **more))

    def by_jwt(self, _request, form):
        parts = form.get("assertion", "").split(".")
        try:
            head, claims = json.loads(unbase64(parts[0])), json.loads(unbase64(parts[1]))
            signature = unbase64(parts[2])
        except (IndexError, ValueError):
            self.bad_token("invalid_grant", "invalid assertion")
        if not isinstance(claims, dict) or not isinstance(head, dict) or head.get("alg") != "RS256" or len(parts) != 3:
            self.bad_token("invalid_grant", "invalid assertion")
        if claims.get("iss") != self.options.client_id:
            self.bad_token("invalid_client_id", "client identifier invalid")
        if not self.verified((parts[0] + "." + parts[1]).encode(), signature):
            self.bad_token("invalid_grant", "invalid assertion")
        if claims.get("aud") not in AUDIENCES + (self.url,) + tuple(self.options.jwt_audience):
            self.bad_token("invalid_grant", "audience is invalid")
        expires = claims.get("exp")
        if (
            isinstance(expires, bool)
            or not isinstance(expires, (int, float))
            or not self.now() < expires <= self.now() + 600
        ):
            self.bad_token("invalid_grant", "expired authorization code")
        if claims.get("sub") != self.options.jwt_user:
            self.bad_token("invalid_grant", "user hasn't approved this consumer")
        return Answer(200, self.session())

    def verified(self, signed, signature):
        if self.public_key is None:
            self.bad_token("invalid_grant", "the sandbox was started without --jwt-public-key")
        with tempfile.NamedTemporaryFile() as key, tempfile.NamedTemporaryFile() as seal:
            key.write(self.public_key)
            key.flush()
            seal.write(signature)
            seal.flush()
            if b"BEGIN CERTIFICATE" in self.public_key:
                got = subprocess.run(
                    ["openssl", "x509", "-in", key.name, "-noout", "-pubkey"], capture_output=True, check=True
                )
                key.seek(0)
                key.truncate()
                key.write(got.stdout)
                key.flush()
            done = subprocess.run(
                ["openssl", "dgst", "-sha256", "-verify", key.name, "-signature", seal.name],
                input=signed,
                capture_output=True,
                check=False,
            )
        return done.returncode == 0

    def session(self):
        token = "%s!%s" % (ORG[:15], secrets.token_urlsafe(48))
        self.sessions[token] = self.now()
        identity = "%s/id/%s/%s" % (self.url, ORG, self.database.me)
        issued = str(int(self.now() * 1000))
        seal = hmac.new(self.options.client_secret.encode(), (identity + issued).encode(), "sha256").digest()
        return {
            "access_token": token,
            "instance_url": self.url,
            "id": identity,
            "token_type": "Bearer",
            "scope": "api",
            "signature": base64.b64encode(seal).decode(),
            "issued_at": issued,
        }
