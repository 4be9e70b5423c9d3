# SPDX-License-Identifier: Apache-2.0
"""How the pretended HubSpot answers and refuses; what its parts share."""
import base64
import binascii
import re
import uuid

from server import Answer, Refusal


BY = {"INTEGRATION": "api", "CRM_UI": "person", "FORM": "form"}
PERSON = ("CRM_UI", "userId:7")
CORE = ("email", "firstname", "lastname", "phone", "company", "jobtitle", "lifecyclestage")
STATUS_CATEGORY = {
    401: "INVALID_AUTHENTICATION",
    403: "MISSING_SCOPES",
    404: "OBJECT_NOT_FOUND",
    409: "CONFLICT",
    429: "RATE_LIMITS",
    400: "VALIDATION_ERROR",
}
MERGES = 250


class ItemError(Exception):
    """Why one record was not written; alone it is an answer, in a batch an entry of `errors`."""

    def __init__(self, status, category, message, errors=None, context=None):
        super().__init__(message)
        self.status, self.category, self.message, self.errors, self.context = (
            status,
            category,
            message,
            errors,
            context,
        )

    def shown(self, context=None):
        body = {"status": "error", "category": self.category, "message": self.message}
        context = dict(self.context or {}, **(context or {}))
        if context:
            body["context"] = context
        if self.errors:
            body["errors"] = self.errors
        return body

    def answer(self):
        return Answer(self.status, dict(self.shown(), correlationId=str(uuid.uuid4())))


def refuse(status, message, category=None, **more):
    body = {
        "status": "error",
        "message": message,
        "correlationId": str(uuid.uuid4()),
        "category": category or STATUS_CATEGORY.get(status, "VALIDATION_ERROR"),
    }
    body.update(more)
    raise Refusal(Answer(status, body))


def number_arg(args, name, low, high, default):
    text = args.get(name, "")
    if text == "":
        return default
    if not re.fullmatch(r"\d{1,18}", text) or not low <= int(text) <= high:
        refuse(400, "%s %r is not between %d and %d" % (name, text, low, high))
    return int(text)


def bool_arg(args, name):
    text = args.get(name, "false").lower()
    if text not in ("true", "false", ""):
        refuse(400, "%s %r is not true or false" % (name, text))
    return text == "true"


def names_arg(args, name):
    return [n for n in args.get(name, "").split(",") if n]


def token_of(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def text_of(token):
    try:
        return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        refuse(400, "after %r is not a token of this list" % token)
