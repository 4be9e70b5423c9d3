# SPDX-License-Identifier: Apache-2.0
"""How the pretended Salesforce answers and refuses."""
from server import Answer, Refusal


ORG = "00D5g000004GkPMEA0"
CODES = {
    400: "INVALID_INPUT",
    401: "INVALID_SESSION_ID",
    403: "REQUEST_LIMIT_EXCEEDED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    415: "UNSUPPORTED_MEDIA_TYPE",
    503: "SERVER_UNAVAILABLE",
}
MISSING = "The requested resource does not exist"


def errors(status, code, message, fields=None, **more):
    body = dict(more, message=message, errorCode=code)
    if fields is not None:
        body["fields"] = list(fields)
    return Answer(status, [body])


def refuse(status, code, message):
    raise Refusal(errors(status, code, message))
