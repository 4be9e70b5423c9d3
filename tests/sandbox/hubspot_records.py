# SPDX-License-Identifier: Apache-2.0
"""Reading and writing records of the pretended HubSpot."""
import collections
import re
import urllib.parse

import hubspot_search
from hubspot_answers import BY, CORE, MERGES, PERSON, ItemError, bool_arg, names_arg, number_arg, refuse
from hubspot_store import View, iso, parse_ms
from server import Answer, Refusal, dumps, strict_json


class Records:
    # --- reading ------------------------------------------------------------------------------------------------

    def linked_names(self, args):
        return tuple(self.table(n).name for n in names_arg(args, "associations"))

    def list_records(self, request, table):
        args = request.args
        limit = number_arg(args, "limit", 1, 50 if args.get("propertiesWithHistory") else 100, 10)
        after = number_arg(args, "after", 0, 10**18, 0)
        if bool_arg(args, "archived"):
            return self.list_archived(request, table, limit, after)
        view = table.view(names_arg(args, "properties"), self.linked_names(args))
        pieces, following = view.page(table.position(after), limit)
        if args.get("propertiesWithHistory"):
            rows = table.rows[table.position(after) : following]
            pieces = [self.with_history(table, view, r, names_arg(args, "propertiesWithHistory")) for r in rows if r]
        return self.page(request, pieces, None if following is None else table.ids[following])

    def page(self, request, pieces, following):
        body = b'{"results":[' + b",".join(pieces) + b"]"
        if following is not None:
            kept = "&".join("%s=%s" % (k, urllib.parse.quote(v)) for k, v in request.args.items() if k != "after")
            link = "%s%s?after=%s%s" % (self.url, request.path, following, "&" + kept if kept else "")
            body += b',"paging":{"next":{"after":"%s","link":"%s"}}' % (str(following).encode(), link.encode())
        return Answer(200, body + b"}")

    def list_archived(self, request, table, limit, after):
        view = table.view(names_arg(request.args, "properties"), ())
        ids = [i for i in sorted(table.archived) if i >= after]
        pieces = [view.render(table.archived[i]) for i in ids[:limit]]
        return self.page(request, pieces, ids[limit] if len(ids) > limit else None)

    def with_history(self, table, view, record, names):
        shown = strict_json(view.render(record))
        shown["propertiesWithHistory"] = {
            n: [
                dict(zip(("value", "timestamp", "sourceType", "sourceId"), (v, iso(at), kind, who)))
                for v, at, kind, who in self.history_of(record, n)
            ]
            for n in names
            if n in table.definitions
        }
        return dumps(shown)

    @staticmethod
    def history_of(record, name):
        lines = (record.history or {}).get(name)
        if lines is None:
            value = record.props.get(name)
            lines = [] if value is None else [(value, record.created, "CRM_UI", "userId:7")]
        return lines

    def id_property(self, table, name):
        if name in (None, "", "hs_object_id"):
            return None
        if not isinstance(name, str) or name not in table.definitions:
            refuse(
                400,
                "Property %s does not exist" % name,
                errors=[
                    {"message": 'Property "%s" does not exist' % name, "code": "PROPERTY_DOESNT_EXIST", "in": name}
                ],
            )
        if name not in table.unique:
            refuse(400, "Property %s is not a unique property of %s" % (name, table.name))
        return name

    def wanted(self, table, args, record_id):
        record = table.find_by(self.id_property(table, args.get("idProperty")), record_id)
        if record is None:
            refuse(
                404,
                "resource not found",
                subCategory="crm.object.NOT_FOUND",
                context={"id": [record_id], "objectTypeId": [table.type_id]},
            )
        return record

    def get_record(self, request, table, record_id):
        args = request.args
        view = table.view(names_arg(args, "properties"), self.linked_names(args))
        if bool_arg(args, "archived"):
            record = table.archived.get(int(record_id)) if record_id.isdigit() else None
            return Answer(200, view.render(record)) if record else refuse(404, "resource not found")
        record = self.wanted(table, args, record_id)
        if args.get("propertiesWithHistory"):
            return Answer(200, self.with_history(table, view, record, names_arg(args, "propertiesWithHistory")))
        return Answer(200, view.piece(table.position(record.id)))

    def inputs_of(self, body, most=100):
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not inputs:
            refuse(400, "inputs must be a list with at least one entry")
        if len(inputs) > most:
            refuse(400, "The batch has %d inputs; at most %d are allowed" % (len(inputs), most))
        if not all(isinstance(i, dict) for i in inputs):
            refuse(400, "Invalid input JSON: each input is an object")
        return inputs

    def ids_of(self, inputs):
        ids = []
        for entry in inputs:
            value = entry.get("id")
            if not isinstance(value, str) or not value:
                refuse(400, "Invalid input JSON: the id %r of an input is not a string" % (value,))
            ids.append(value)
        repeated = [i for i, times in collections.Counter(i.strip().lower() for i in ids).items() if times > 1]
        if repeated:
            refuse(400, "Duplicate IDs found in batch input: %s" % repeated, "VALIDATION_ERROR")
        return ids

    def batch_answer(self, good_status, results, errors, started):
        self.store.random.shuffle(results)
        body = b'{"status":"COMPLETE","results":[' + b",".join(results) + b"]"
        if errors:
            body += b',"numErrors":%d,"errors":%s' % (len(errors), dumps(errors))
        body += b',"startedAt":"%s","completedAt":"%s"}' % (iso(started).encode(), iso(self.store.now_ms()).encode())
        return Answer(207 if errors else good_status, body)

    def batch_read(self, request, table):
        body = self.body_of(request, ("idProperty", "properties", "propertiesWithHistory", "inputs"))
        started = self.store.now_ms()
        name = self.id_property(table, body.get("idProperty"))
        names = body.get("properties", [])
        view = table.view([n for n in names if isinstance(n, str)] if isinstance(names, list) else [])
        history = body.get("propertiesWithHistory") or []
        results, missing = {}, []
        for value in self.ids_of(self.inputs_of(body, 50 if history else 100)):
            record = table.find_by(name, value)
            if record is None:
                missing.append(value)
            elif history:
                results[record.id] = self.with_history(table, view, record, history)
            else:
                results[record.id] = view.piece(table.position(record.id))
        errors = (
            [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "message": "Could not get some %s objects, they may be "
                    "deleted or not exist. Check that ids are valid." % table.singular.upper(),
                    "context": {"ids": missing},
                }
            ]
            if missing
            else []
        )
        answer = self.batch_answer(200, list(results.values()), errors, started)
        if errors:
            answer.body = answer.body.replace(b'"numErrors":1', b'"numErrors":%d' % len(missing), 1)
        return answer

    def post_search(self, request, table):
        body = self.body_of(request, hubspot_search.KNOWN, 3000)
        try:
            total, rows, following = hubspot_search.search(table, body, self.store.now_ms(), self.search_cache)
        except hubspot_search.SearchError as error:
            refuse(400, str(error))
        names = body.get("properties") or table.defaults
        shown = {"total": total, "results": [hubspot_search.shown(table, row, names) for row in rows]}
        if following is not None:
            shown["paging"] = {"next": {"after": str(following)}}
        return Answer(200, shown)

    # --- writing ------------------------------------------------------------------------------------------------

    def parse_links(self, table, orders):
        """[(table, id, kind)] of the associations of a create."""
        if not isinstance(orders, list):
            raise ItemError(400, "VALIDATION_ERROR", "associations must be a list")
        found = []
        for order in orders:
            try:
                target_id, types = str(order["to"]["id"]), [
                    (t["associationCategory"], t["associationTypeId"]) for t in order["types"]
                ]
            except (KeyError, TypeError):
                raise ItemError(400, "VALIDATION_ERROR", "an association has to.id and types") from None
            for category, number in types:
                found.append(self.linked_by_type(table, target_id, category, number))
        return found

    def linked_by_type(self, table, target_id, category, number):
        for (source, target), kinds in self.store.kinds.items():
            for kind in kinds:
                if source == table.name and kind[0] == category and kind[1] == number:
                    other = self.store.tables[target].find(int(target_id)) if target_id.isdigit() else None
                    if other is None:
                        raise ItemError(
                            404, "OBJECT_NOT_FOUND", "the record %s to associate does not exist" % target_id
                        )
                    return self.store.tables[target], other.id, kind
        raise ItemError(
            400, "VALIDATION_ERROR", "association type %s %s is not valid from %s" % (category, number, table.name)
        )

    def checked(self, table, properties, record):
        """The normal values of a write, or ItemError."""
        if not isinstance(properties, dict):
            raise ItemError(400, "VALIDATION_ERROR", "properties must be an object")
        values, errors = self.store.check(table, properties, record)
        if errors:
            raise ItemError(400, "VALIDATION_ERROR", "Property values were not valid", errors)
        conflict = self.store.conflict(table, values, record)
        if conflict and conflict[0] == "email":
            raise ItemError(409, "CONFLICT", "Contact already exists. Existing ID: %d" % conflict[1])
        if conflict:
            raise ItemError(
                400,
                "VALIDATION_ERROR",
                "Property values were not valid",
                [
                    {
                        "message": "%d already has that value." % conflict[1],
                        "code": "CONFLICTING_UNIQUE_VALUE",
                        "in": conflict[0],
                    }
                ],
            )
        return self.reformat(values)

    def reformat(self, values):
        """With --reformat the system stores its own spelling of what it was given."""
        if self.options.reformat:
            for name, value in values.items():
                if value is not None:
                    values[name] = value.strip()
            if values.get("email"):
                values["email"] = values["email"].lower()
            digits = re.sub(r"\D", "", values.get("phone") or "")
            if len(digits) == 11 and digits[0] == "1":
                values["phone"] = "+1 %s-%s-%s" % (digits[1:4], digits[4:7], digits[7:])
        return values

    def make(self, table, properties, links, source, request_n=0):
        values = self.checked(table, properties, None)
        linked = self.parse_links(table, links)
        record = self.store.create(table, values, source)
        self.log.effect("create", table.name, str(record.id), dict(record.props), BY[source[0]], request_n)
        self.hooks.emit(table.singular + ".creation", source, objectId=record.id, changeFlag="NEW")
        for name in record.props:
            self.tell_change(table, record, name, source)
        for other, other_id, kind in linked:
            self.store.link(table.name, record.id, other.name, other_id, kind)
            self.log.effect(
                "associate",
                table.name,
                str(record.id),
                {"to": other.name, "id": str(other_id), "kind": kind[1]},
                BY[source[0]],
                request_n,
            )
        return record

    def edit(self, table, record, properties, source, request_n=0, values=None):
        if values is None:
            values = self.checked(table, properties, record)
        old = self.store.change(table, record, values, source)
        self.log.effect("update", table.name, str(record.id), values, BY[source[0]], request_n, old)
        for name in old:
            self.tell_change(table, record, name, source)
        again = {name: before for name, before in old.items() if name in self.undone and source == self.source}
        if again:
            self.server.later(0.05, lambda: self.edit(table, record, None, PERSON, 0, again))
        return record

    def tell_change(self, table, record, name, source):
        value = record.props.get(name) or ""
        if value and table.definitions[name].type == "datetime":
            value = str(parse_ms(value))
        self.hooks.emit(table.singular + ".propertyChange", source, name, objectId=record.id, propertyValue=value)

    def drop(self, table, record, source, request_n=0):
        self.store.archive(table, record)
        self.log.effect("archive", table.name, str(record.id), {}, BY[source[0]], request_n)
        self.hooks.emit(table.singular + ".deletion", source, objectId=record.id, changeFlag="DELETED")

    def written(self, table, record, properties, trace=None, new=None):
        shown = strict_json(View(table, list(properties) or table.defaults, (), False).render(record))
        if trace is not None:
            shown["objectWriteTraceId"] = trace
        if new is not None:
            shown["new"] = new
        return shown

    def create_record(self, request, table):
        body = self.body_of(request, ("properties", "associations", "objectWriteTraceId"))
        try:
            record = self.make(
                table, body.get("properties", {}), body.get("associations") or [], self.source, request.n
            )
        except ItemError as error:
            return error.answer()
        return Answer(201, self.written(table, record, record.props, body.get("objectWriteTraceId")))

    def patch_record(self, request, table, record_id):
        body = self.body_of(request, ("properties", "objectWriteTraceId"))
        record = self.wanted(table, request.args, record_id)
        try:
            self.edit(table, record, body.get("properties", {}), self.source, request.n)
        except ItemError as error:
            return error.answer()
        return Answer(200, self.written(table, record, body.get("properties", {})))

    def delete_record(self, request, table, record_id):
        if record_id.isdigit() and int(record_id) in table.archived:
            return Answer(204)
        record = table.live.get(int(record_id)) if record_id.isdigit() else None
        if record is None:
            refuse(404, "resource not found", context={"id": [record_id]})
        self.drop(table, record, self.source, request.n)
        return Answer(204)

    def batch(self, request, table, keys, good_status, work):
        body = self.body_of(request, ("inputs",))
        started, results, errors = self.store.now_ms(), [], []
        inputs = self.inputs_of(body)
        for entry in inputs:
            unknown = set(entry) - set(keys)
            if unknown:
                refuse(400, "Invalid input JSON: Unrecognized field %s" % ", ".join(sorted(unknown)))
        if "id" in keys:
            self.ids_of(inputs)
        if self.options.whole_batch_400 and work != self.upsert_one:
            self.check_whole(table, inputs, work)
        for entry in inputs:
            trace = entry.get("objectWriteTraceId")
            try:
                results.append(dumps(work(table, entry, trace, request.n)))
            except ItemError as error:
                errors.append(
                    error.shown(
                        {"objectWriteTraceId": [trace]}
                        if trace is not None
                        else {"ids": [entry["id"]]}
                        if "id" in entry
                        else None
                    )
                )
        return self.batch_answer(good_status, results, errors, started)

    def check_whole(self, table, inputs, work):
        """The other behaviour the vendor shows: one bad input fails a create or update batch as a whole."""
        for entry in inputs:
            record = None
            if work == self.update_one:
                record = table.find_by(self.id_property(table, entry.get("idProperty")), entry["id"])
                if record is None:
                    continue
            try:
                self.checked(table, entry.get("properties", {}), record)
            except ItemError as error:
                raise Refusal(error.answer()) from None

    def batch_create(self, request, table):
        return self.batch(request, table, ("properties", "associations", "objectWriteTraceId"), 201, self.create_one)

    def batch_update(self, request, table):
        return self.batch(
            request, table, ("id", "idProperty", "properties", "objectWriteTraceId"), 200, self.update_one
        )

    def batch_upsert(self, request, table):
        body = self.body_of(request, ("inputs",))
        names = {str(i.get("idProperty", "")) for i in self.inputs_of(body)}
        if len(names) != 1 or "" in names:
            refuse(400, "every input of an upsert names the same idProperty")
        if self.id_property(table, names.pop()) is None:
            refuse(400, "idProperty of an upsert is email or a custom unique property")
        return self.batch(
            request, table, ("id", "idProperty", "properties", "objectWriteTraceId"), 200, self.upsert_one
        )

    def batch_archive(self, request, table):
        body = self.body_of(request, ("inputs",))
        for record_id in self.ids_of(self.inputs_of(body)):
            record = table.live.get(int(record_id)) if record_id.isdigit() else None
            if record is not None:
                self.drop(table, record, self.source, request.n)
        return Answer(204)

    def create_one(self, table, entry, trace, request_n):
        record = self.make(table, entry.get("properties", {}), entry.get("associations") or [], self.source, request_n)
        return self.written(table, record, record.props, trace)

    def update_one(self, table, entry, trace, request_n):
        record = table.find_by(self.id_property(table, entry.get("idProperty")), entry["id"])
        if record is None:
            raise ItemError(
                404,
                "OBJECT_NOT_FOUND",
                "Could not update %s, it may be deleted or not exist" % entry["id"],
                context={"ids": [entry["id"]]},
            )
        self.edit(table, record, entry.get("properties", {}), self.source, request_n)
        return self.written(table, record, entry.get("properties", {}), trace)

    def upsert_one(self, table, entry, trace, request_n):
        name, key, properties = entry["idProperty"], entry["id"], entry.get("properties", {})
        if not isinstance(properties, dict):
            raise ItemError(400, "VALIDATION_ERROR", "properties must be an object")
        if str(properties.get(name, key)).lower() != key.lower():
            raise ItemError(400, "VALIDATION_ERROR", "properties give another %s than the id %s" % (name, key))
        record = table.find_by(name, key)
        if record is None:
            record = self.make(table, dict(properties, **{name: key}), [], self.source, request_n)
            return self.written(table, record, dict(properties, **{name: key}), trace, True)
        lacking = [n for n in CORE if name == "email" and n != "email" and record.props.get(n) and n not in properties]
        if lacking:
            raise ItemError(
                400,
                "VALIDATION_ERROR",
                "Partial upserts are not supported when using email as the idProperty: "
                "%s missing" % ", ".join(lacking),
                [{"message": "%s is missing" % n, "code": "PARTIAL_UPSERT_NOT_SUPPORTED", "in": n} for n in lacking],
            )
        self.edit(table, record, {k: v for k, v in properties.items() if k != name}, self.source, request_n)
        return self.written(table, record, dict(properties, **{name: key}), trace, False)

    def post_merge(self, request, table):
        body = self.body_of(request, ("primaryObjectId", "objectIdToMerge"))
        ids = [body.get("primaryObjectId"), body.get("objectIdToMerge")]
        if not all(isinstance(i, str) and re.fullmatch(r"\d{1,18}", i) for i in ids):
            refuse(400, "primaryObjectId and objectIdToMerge are ids in strings")
        record = self.join(table, int(ids[0]), int(ids[1]), self.source, request.n)
        return Answer(200, self.written(table, record, record.props))

    def join(self, table, primary_id, other_id, source, request_n=0):
        primary, other = table.find(primary_id), table.find(other_id)
        if primary is None or other is None:
            refuse(404, "a record to merge does not exist")
        if primary is other:
            refuse(400, "a record can not be merged with itself")
        if len(primary.merged or ()) + len(other.merged or ()) >= MERGES:
            refuse(400, "a record takes at most %d merges" % MERGES)
        survivor, moved = self.store.merge(table, primary, other, self.options.merge_keeps_primary, source)
        self.log.effect(
            "merge",
            table.name,
            str(survivor.id),
            {"primary": str(primary_id), "merged": str(other_id)},
            BY[source[0]],
            request_n,
        )
        for rows in self.submissions.values():
            for row in rows:
                if row["contact"] in (primary_id, other_id):
                    row["contact"] = survivor.id
        for event in self.events:
            if table.name == "contacts" and event["contact"] in (primary_id, other_id):
                event["contact"] = survivor.id
        fields = {"primaryObjectId": primary_id, "mergedObjectIds": [other_id], "numberOfPropertiesMoved": moved}
        if not self.options.merge_keeps_primary:
            fields["newObjectId"] = survivor.id
        self.hooks.emit(table.singular + ".merge", source, objectId=survivor.id, **fields)
        return survivor

    def post_gdpr_delete(self, request, table):
        if table.name != "contacts":
            return self.nothing(request)
        body = self.body_of(request, ("objectId", "idProperty"))
        if not isinstance(body.get("objectId"), str):
            refuse(400, "objectId is a string")
        record = table.find_by(self.id_property(table, body.get("idProperty")), body["objectId"])
        if record is not None:
            self.erase(table, record, self.source, request.n)
        return Answer(204)

    def erase(self, table, record, source, request_n=0):
        self.store.erase(table, record)
        self.events = [e for e in self.events if e["contact"] != record.id]
        for rows in self.submissions.values():
            rows[:] = [row for row in rows if row["contact"] != record.id]
        self.log.effect("erase", table.name, str(record.id), {}, BY[source[0]], request_n)
        for event in ("contact.privacyDeletion", "contact.deletion"):
            self.hooks.emit(event, source, objectId=record.id)
