# SPDX-License-Identifier: Apache-2.0
"""Owners, pipelines and properties of the pretended HubSpot."""
import re

from hubspot_answers import bool_arg, number_arg, refuse, text_of, token_of
from hubspot_store import DEAL_STAGES, Definition, iso
from server import Answer


class Account:
    # --- owners, pipelines, properties --------------------------------------------------------------------------

    def paged(self, request, rows, limit, key=lambda row: row["id"]):
        """A list with opaque tokens: `after` names the last row seen."""
        after = request.args.get("after", "")
        start = 0
        if after:
            last = text_of(after)
            start = next((i + 1 for i, row in enumerate(rows) if str(key(row)) == last), None)
            if start is None:
                refuse(400, "after %r is not a token of this list" % after)
        body = {"results": rows[start : start + limit]}
        if start + limit < len(rows):
            body["paging"] = {"next": {"after": token_of(str(key(rows[start + limit - 1])))}}
        return body

    def route_owners(self, request, _version, rest):
        if request.method != "GET":
            return self.wrong_method(request)
        archived = bool_arg(request.args, "archived")
        rows = [o for o in self.store.owners.values() if o["archived"] == archived]
        if rest:
            key = "userId" if request.args.get("idProperty") == "userId" else "id"
            found = [o for o in rows if str(o[key]) == rest[0]]
            return Answer(200, found[0]) if found else refuse(404, "owner not found")
        email = request.args.get("email", "").lower()
        rows = [o for o in rows if not email or o["email"].lower() == email]
        return Answer(200, self.paged(request, rows, number_arg(request.args, "limit", 1, 100, 100)))

    def route_pipelines(self, request, _version, rest):
        if request.method != "GET":
            return self.wrong_method(request)
        if not rest or self.table(rest[0]).name != "deals":
            return self.nothing(request)
        stages = [
            {
                "id": s,
                "label": label,
                "displayOrder": i,
                "archived": False,
                "createdAt": iso(0),
                "updatedAt": iso(0),
                "metadata": {"isClosed": "true" if s.startswith("closed") else "false", "probability": p},
            }
            for i, (s, label, p) in enumerate(DEAL_STAGES)
        ]
        pipeline = {
            "id": "default",
            "label": "Sales pipeline",
            "displayOrder": 0,
            "stages": stages,
            "archived": False,
            "createdAt": iso(0),
            "updatedAt": iso(0),
        }
        if len(rest) == 1:
            return Answer(200, {"results": [pipeline]})
        if rest[1] != "default":
            refuse(404, "pipeline not found")
        return Answer(200, pipeline if len(rest) == 2 else {"results": stages})

    def route_properties(self, request, _version, rest):
        if not rest:
            return self.nothing(request)
        table = self.table(rest[0])
        if len(rest) == 1 and request.method == "GET":
            return Answer(200, {"results": [self.property_shown(d) for d in table.definitions.values()]})
        if len(rest) == 1 and request.method == "POST":
            return self.post_property(request, table)
        if len(rest) == 2 and rest[1] not in table.definitions:
            refuse(404, "property %s not found" % rest[1])
        if len(rest) == 2 and request.method == "GET":
            return Answer(200, self.property_shown(table.definitions[rest[1]]))
        if len(rest) == 2 and request.method == "DELETE":
            if not table.definitions[rest[1]].own:
                refuse(400, "a property of HubSpot can not be archived")
            self.remove_property(table, rest[1])
            return Answer(204)
        return self.wrong_method(request)

    def property_shown(self, definition):
        shown = definition.shown()
        if definition.owner:
            shown["options"] = [
                {
                    "label": "%s %s" % (o["firstName"], o["lastName"]),
                    "value": o["id"],
                    "displayOrder": i,
                    "hidden": False,
                }
                for i, o in enumerate(self.store.owners.values())
            ]
        return shown

    def post_property(self, request, table):
        body = self.body_of(request)
        if not isinstance(body, dict):
            refuse(400, "Invalid input JSON: an object is needed")
        lacking = [n for n in ("name", "label", "type", "fieldType", "groupName") if not isinstance(body.get(n), str)]
        if lacking:
            refuse(400, "Some required fields were not set: %s" % lacking)
        if body["type"] not in ("string", "number", "bool", "enumeration", "date", "datetime"):
            refuse(400, "type %r is not one of string, number, bool, enumeration, date, datetime" % body["type"])
        if body["name"] in table.definitions:
            refuse(409, 'Property named "%s" already exists' % body["name"], "OBJECT_ALREADY_EXISTS")
        options = [o.get("value") for o in body.get("options") or []]
        return Answer(
            201,
            self.add_property(
                table,
                body["name"],
                body["type"],
                bool(body.get("hasUniqueValue")),
                options,
                body["label"],
                body["groupName"],
                body["fieldType"],
            ).shown(),
        )

    def add_property(self, table, name, kind="string", unique=False, options=(), label=None, group=None, field=None):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name):
            refuse(400, "property name %r is not lower-case letters, digits and underscores" % name)
        if unique and kind not in ("string", "number"):
            refuse(400, "only string and number properties can have unique values")
        if unique and sum(1 for d in table.definitions.values() if d.unique and d.own) >= 10:
            refuse(400, "an object has at most 10 unique properties")
        definition = Definition(
            name, kind, False, unique, options, True, label, group or table.singular + "information", field
        )
        table.definitions[name] = definition
        if unique:
            table.unique[name] = {}
        table.views.clear()
        self.log.effect("create", "property", "%s.%s" % (table.name, name), {"unique": unique}, "api")
        return definition

    def remove_property(self, table, name):
        table.definitions.pop(name)
        table.unique.pop(name, None)
        table.views.clear()
        table.version += 1
        for record in list(table.live.values()) + list(table.archived.values()):
            record.props.pop(name, None)
