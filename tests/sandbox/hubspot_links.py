# SPDX-License-Identifier: Apache-2.0
"""Associations v4 of the pretended HubSpot."""
import re

from hubspot_answers import ItemError, number_arg, refuse
from hubspot_store import HUBSPOT_DEFINED, USER_DEFINED
from server import Answer, dumps


class Links:
    # --- associations -------------------------------------------------------------------------------------------

    def one_of(self, table, text):
        record = table.find(int(text)) if isinstance(text, str) and re.fullmatch(r"\d{1,18}", text) else None
        if record is None:
            raise ItemError(
                404, "OBJECT_NOT_FOUND", "%s %s does not exist" % (table.singular, text), context={"id": [str(text)]}
            )
        return record.id

    def linked_pair(self, source, target):
        if (source.name, target.name) not in self.store.kinds:
            refuse(400, "no association is defined from %s to %s" % (source.name, target.name))

    def record_links(self, request, table, rest):
        try:
            if len(rest) == 4 and request.method == "GET":
                return self.read_links(request, table, self.one_of(table, rest[1]), self.table(rest[3]))
            if len(rest) == 6 and rest[3] == "default" and request.method == "PUT":
                return self.put_default(request, table, rest[1], self.table(rest[4]), rest[5])
            if len(rest) == 5 and request.method == "PUT":
                return self.put_labelled(request, table, rest[1], self.table(rest[3]), rest[4])
            if len(rest) == 5 and request.method == "DELETE":
                other = self.table(rest[3])
                self.store.unlink(table.name, self.one_of(table, rest[1]), other.name, self.one_of(other, rest[4]))
                return Answer(204)
        except ItemError as error:
            return error.answer()
        return self.nothing(request)

    @staticmethod
    def link_row(target_id, kinds):
        return {
            "toObjectId": str(target_id),
            "associationTypes": [{"category": k[0], "typeId": k[1], "label": k[2]} for k in kinds],
        }

    def read_links(self, request, table, record_id, other):
        limit = number_arg(request.args, "limit", 1, 500, 500)
        after = number_arg(request.args, "after", 0, 10**18, 0)
        self.linked_pair(table, other)
        found = sorted(self.store.links.get((table.name, other.name), {}).get(record_id, {}).items())
        rows = [row for row in found if row[0] >= after]
        body = {"results": [self.link_row(*row) for row in rows[:limit]]}
        if len(rows) > limit:
            body["paging"] = {"next": {"after": str(rows[limit][0])}}
        return Answer(200, body)

    def put_default(self, request, table, record_id, other, other_id):
        self.linked_pair(table, other)
        started = self.store.now_ms()
        return self.batch_answer(
            200, [dumps(r) for r in self.join_default(table, record_id, other, other_id, request.n)], [], started
        )

    def join_default(self, table, record_id, other, other_id, request_n):
        a, b = self.one_of(table, record_id), self.one_of(other, other_id)
        kind = self.store.link_default(table.name, a, other.name, b)
        self.log.effect(
            "associate", table.name, str(a), {"to": other.name, "id": str(b), "kind": kind[1]}, "api", request_n
        )
        return [
            {
                "from": {"id": str(x)},
                "to": {"id": str(y)},
                "associationSpec": {"associationCategory": HUBSPOT_DEFINED, "associationTypeId": number},
            }
            for x, y, number in ((a, b, kind[1]), (b, a, kind[3]))
        ]

    def kinds_named(self, table, other, types):
        if not isinstance(types, list) or not types:
            raise ItemError(400, "VALIDATION_ERROR", "a list of association types is needed")
        kinds = []
        for entry in types:
            spec = (
                (entry.get("associationCategory"), entry.get("associationTypeId"))
                if isinstance(entry, dict)
                else (None, None)
            )
            kind = self.store.kind_of(table.name, other.name, *spec)
            if spec[0] not in (HUBSPOT_DEFINED, USER_DEFINED) or kind is None:
                raise ItemError(
                    400,
                    "VALIDATION_ERROR",
                    "association type %s %s is not valid from %s to %s" % (spec + (table.name, other.name)),
                )
            kinds.append(kind)
        return kinds

    def put_labelled(self, request, table, record_id, other, other_id):
        body = self.body_of(request)
        return Answer(201, self.join_labelled(table, record_id, other, other_id, body, request.n))

    def join_labelled(self, table, record_id, other, other_id, types, request_n):
        kinds = self.kinds_named(table, other, types)
        a, b = self.one_of(table, record_id), self.one_of(other, other_id)
        for kind in kinds:
            self.store.link(table.name, a, other.name, b, kind)
            self.log.effect(
                "associate", table.name, str(a), {"to": other.name, "id": str(b), "kind": kind[1]}, "api", request_n
            )
        return {
            "fromObjectTypeId": table.type_id,
            "fromObjectId": str(a),
            "toObjectTypeId": other.type_id,
            "toObjectId": str(b),
            "labels": [k[2] for k in kinds if k[2]],
        }

    def route_associations(self, request, version, rest):
        if version == "v3" or len(rest) < 3:
            return self.nothing(request)
        table, other, call = self.table(rest[0]), self.table(rest[1]), rest[2:]
        self.linked_pair(table, other)
        if call == ["labels"] and request.method == "GET":
            return Answer(
                200,
                {
                    "results": [
                        {"category": k[0], "typeId": k[1], "label": k[2]}
                        for k in self.store.kinds[(table.name, other.name)]
                    ]
                },
            )
        works = {
            "batch/read": self.links_read,
            "batch/associate/default": self.links_default,
            "batch/create": self.links_create,
            "batch/archive": self.links_archive,
            "batch/labels/archive": self.links_archive,
        }
        work = works.get("/".join(call))
        if work is None:
            return self.nothing(request)
        if request.method != "POST":
            return self.wrong_method(request)
        inputs = self.inputs_of(self.body_of(request, ("inputs",)), 1000 if call[-1] == "read" else 2000)
        return work(request, table, other, inputs)

    def links_read(self, _request, table, other, inputs):
        started, results, errors = self.store.now_ms(), [], []
        for entry in inputs:
            try:
                record_id = self.one_of(table, entry.get("id"))
            except ItemError as error:
                errors.append(error.shown())
                continue
            after = int(entry["after"]) if re.fullmatch(r"\d{1,18}", str(entry.get("after", ""))) else 0
            found = sorted(self.store.links.get((table.name, other.name), {}).get(record_id, {}).items())
            rows = [row for row in found if row[0] >= after]
            if not found:
                errors.append(
                    {
                        "status": "error",
                        "category": "OBJECT_NOT_FOUND",
                        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                        "message": "No %s is associated with %s %s." % (other.singular, table.singular, record_id),
                        "context": {"fromObjectId": [str(record_id)]},
                    }
                )
                continue
            result = {"from": {"id": entry["id"]}, "to": [self.link_row(*row) for row in rows[:500]]}
            if len(rows) > 500:
                result["paging"] = {"next": {"after": str(rows[500][0])}}
            results.append(dumps(result))
        return self.batch_answer(200, results, errors, started)

    @staticmethod
    def end_of(entry, name):
        end = entry.get(name)
        return end.get("id") if isinstance(end, dict) else None

    def links_each(self, good_status, inputs, work):
        started, results, errors = self.store.now_ms(), [], []
        for entry in inputs:
            try:
                results += [dumps(row) for row in work(entry)]
            except ItemError as error:
                errors.append(error.shown())
        return self.batch_answer(good_status, results, errors, started)

    def links_default(self, request, table, other, inputs):
        return self.links_each(
            200,
            inputs,
            lambda e: self.join_default(table, self.end_of(e, "from"), other, self.end_of(e, "to"), request.n),
        )

    def links_create(self, request, table, other, inputs):
        return self.links_each(
            201,
            inputs,
            lambda e: [
                self.join_labelled(
                    table, self.end_of(e, "from"), other, self.end_of(e, "to"), e.get("types"), request.n
                )
            ],
        )

    def links_archive(self, request, table, other, inputs):
        for entry in inputs:
            try:
                ends = entry.get("to")
                only = (
                    self.kinds_named(table, other, entry.get("types"))
                    if request.path.endswith("labels/archive")
                    else None
                )
                for end in ends if isinstance(ends, list) else [ends]:
                    a, b = self.one_of(table, self.end_of(entry, "from")), self.one_of(
                        other, self.end_of({"to": end}, "to")
                    )
                    self.store.unlink(table.name, a, other.name, b, only)
                    self.log.effect(
                        "dissociate", table.name, str(a), {"to": other.name, "id": str(b)}, "api", request.n
                    )
            except ItemError as error:
                return error.answer()
        return Answer(204)
