# SPDX-License-Identifier: Apache-2.0
"""sObject collections of the pretended Salesforce."""
from salesforce_answers import MISSING, errors, refuse
from salesforce_schema import full_id
from salesforce_store import FormatError, RowError
from server import Answer

BATCH = 200


class Collections:
    # --- collections --------------------------------------------------------------------------------------------

    def route_composite(self, request, version, rest):
        if rest[:1] != ["sobjects"]:
            return errors(404, "NOT_FOUND", MISSING)
        if len(rest) == 1:
            self.only(request, "POST", "PATCH", "DELETE")
            work = {"POST": self.collection_create, "PATCH": self.collection_update, "DELETE": self.collection_delete}[
                request.method
            ]
            return work(request)
        kind = self.kind_of(rest[1])
        if len(rest) == 2:
            self.only(request, "GET", "POST")
            return self.collection_retrieve(request, version, kind)
        if len(rest) == 3:
            self.only(request, "PATCH")
            return self.collection_upsert(request, kind, self.external_field(kind, rest[2]))
        return errors(404, "NOT_FOUND", MISSING)

    @staticmethod
    def too_many():
        refuse(
            400, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than %d records into this call" % BATCH
        )

    def records_of(self, request):
        """(records with their types, allOrNone)."""
        body = self.body_of(request)
        records, whole = body.get("records"), body.get("allOrNone", False)
        if (
            set(body) - {"records", "allOrNone"}
            or not isinstance(whole, bool)
            or not isinstance(records, list)
            or not records
        ):
            refuse(400, "JSON_PARSER_ERROR", "a collection has records and allOrNone")
        if len(records) > BATCH:
            self.too_many()
        typed, chunks = [], 0
        for record in records:
            attributes = record.get("attributes") if isinstance(record, dict) else None
            name = attributes.get("type") if isinstance(attributes, dict) else None
            kind = self.database.schema.type(name) if isinstance(name, str) else None
            if kind is None:
                refuse(400, "INVALID_TYPE", "sObject type '%s' is not supported." % name)
            chunks += not typed or typed[-1][0] is not kind
            typed.append((kind, self.without_attributes(record)))
        if chunks > 10:
            refuse(
                400,
                "TOO_MANY_CHUNKS",
                "a collection holds at most 10 chunks of one type each, this one has %d" % chunks,
            )
        return typed, whole

    def each(self, request, items, whole, work):
        """One result a row, in order; with allOrNone one bad row takes all back."""
        results, failed = [], False
        batch = self.transaction(request)
        for item in items:
            tx = self.transaction(request)
            try:
                results.append(work(tx, item))
                batch.undo += tx.undo
                batch.effects += tx.effects
            except RowError as error:
                tx.rollback()
                failed = True
                shown = dict(
                    error.extra or {} if isinstance(error.extra, dict) else {},
                    statusCode=error.code,
                    message=error.message,
                    fields=error.fields,
                )
                results.append({"success": False, "errors": [shown]})
            except FormatError:
                tx.rollback()
                batch.rollback()
                raise
        if failed and whole:
            batch.rollback()
            rolled = {
                "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "fields": [],
                "message": (
                    "Record rolled back because not all records were valid and the request was using AllOrNone header"
                ),
            }
            results = [{"success": False, "errors": [rolled]} if r["success"] else r for r in results]
        batch.commit()
        return Answer(200, results)

    def collection_create(self, request):
        records, whole = self.records_of(request)

        def work(tx, item):
            kind, body = item
            if any(n.lower() == "id" for n in body):
                raise RowError("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
            return {"id": self.database.create(tx, kind, body), "success": True, "errors": []}

        return self.each(request, records, whole, work)

    def collection_update(self, request):
        records, whole = self.records_of(request)
        ids = [full_id(next((v for n, v in body.items() if n.lower() == "id"), None)) for _, body in records]

        def work(tx, item):
            kind, body = item
            row_id = next((v for n, v in body.items() if n.lower() == "id"), None)
            if row_id is None:
                raise RowError("MISSING_ARGUMENT", "Id not specified in an update call", [])
            if ids.count(full_id(row_id)) > 1:
                raise RowError("DUPLICATE_VALUE", "Duplicate id in list: %s" % row_id, ["Id"])
            rest = {n: v for n, v in body.items() if n.lower() != "id"}
            return {
                "id": self.database.update(tx, kind, row_id, rest, "INVALID_CROSS_REFERENCE_KEY"),
                "success": True,
                "errors": [],
            }

        return self.each(request, records, whole, work)

    def collection_upsert(self, request, kind, field):
        records, whole = self.records_of(request)
        values = []
        for other, body in records:
            if other is not kind:
                refuse(400, "INVALID_TYPE", "every record of an upsert has the type %s" % kind.name)
            values.append(next((v for n, v in body.items() if n.lower() == field.name.lower()), None))
        keys = [str(v).lower() for v in values]

        def work(tx, at):
            body, value = records[at][1], values[at]
            if any(n.lower() == "id" for n in body):
                raise RowError(
                    "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an upsert call by %s" % field.name, ["Id"]
                )
            if not isinstance(value, str) or not value:
                raise RowError("MISSING_ARGUMENT", "%s not specified" % field.name, [field.name])
            if keys.count(keys[at]) > 1:
                raise RowError("DUPLICATE_VALUE", "Duplicate external id specified: %s" % value, [field.name])
            rest = {n: v for n, v in body.items() if n.lower() != field.name.lower()}
            row_id, created = self.database.upsert(tx, kind, field, value, rest)
            return {"id": row_id, "success": True, "errors": [], "created": created}

        return self.each(request, range(len(records)), whole, work)

    def collection_delete(self, request):
        ids = [i for i in request.args.get("ids", "").split(",") if i]
        if not ids:
            refuse(400, "MISSING_ARGUMENT", "ids is missing")
        if len(ids) > BATCH:
            self.too_many()

        def work(tx, row_id):
            kind = self.database.schema.prefixes.get(row_id[:3])
            if kind is None or full_id(row_id) is None:
                raise RowError("MALFORMED_ID", "malformed id %s" % row_id, ["Id"])
            return {
                "id": self.database.delete(tx, kind, row_id, "INVALID_CROSS_REFERENCE_KEY"),
                "success": True,
                "errors": [],
            }

        return self.each(request, ids, request.args.get("allOrNone", "false").lower() == "true", work)

    def collection_retrieve(self, request, version, kind):
        if request.method == "POST":
            body = self.body_of(request)
            ids, names = body.get("ids"), body.get("fields")
        else:
            ids, names = request.args.get("ids", "").split(","), request.args.get("fields", "").split(",")
        if not all(isinstance(x, list) and x and all(isinstance(y, str) for y in x) for x in (ids, names)):
            refuse(400, "JSON_PARSER_ERROR", "ids and fields are lists of strings")
        if len(ids) > BATCH:
            self.too_many()
        names = self.names_of(kind, ",".join(names))
        table = self.database.tables[kind.name]
        for row_id in ids:
            if full_id(row_id) is None:
                refuse(400, "MALFORMED_ID", "malformed id %s" % row_id)
        rows = [table.live(full_id(i)) for i in ids]
        return Answer(
            200, [r and self.shown(version, kind, r, ["Id"] + [n for n in names if n != "Id"]) for r in rows]
        )
