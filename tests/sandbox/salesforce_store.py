# SPDX-License-Identifier: Apache-2.0
"""The pretended Salesforce's memory: rows, their rules, transactions, merges, lead conversion.

A row is a dict that is never changed in place: a write puts a new dict, so that open query cursors keep their view.
"""
import bisect
import re

from salesforce_schema import (
    EMAIL,
    NUMBERS,
    STAGES,
    Schema,
    full_id,
    make_id,
    parse_time,
    stamp_text,
    valid_date,
)

CHILD_KEYS = ("AccountId", "ContactId", "LeadId", "OpportunityId", "CampaignId", "WhoId", "WhatId", "ParentId")
CASCADE = {
    "Account": (("Contact", "AccountId"), ("Opportunity", "AccountId")),
    "Contact": (("OpportunityContactRole", "ContactId"), ("CampaignMember", "ContactId")),
    "Opportunity": (("OpportunityContactRole", "OpportunityId"),),
    "Lead": (("CampaignMember", "LeadId"),),
    "Campaign": (("CampaignMember", "CampaignId"), ("CampaignMemberStatus", "CampaignId")),
}


class RowError(Exception):
    """Why one row was not written."""

    def __init__(self, code, message, fields=(), status=400, extra=None):
        super().__init__(message)
        self.code, self.message, self.fields, self.status, self.extra = code, message, list(fields), status, extra


class FormatError(Exception):
    """A JSON value of the wrong kind: the whole request is refused."""


class Table:
    def __init__(self, kind, first_number):
        self.kind, self.rows = kind, {}
        self.number = first_number
        self.stamps = []
        self.unique = {f.name: {} for f in kind.fields.values() if f.external}
        self.children = {k: {} for k in CHILD_KEYS if k in kind.fields}

    def new_id(self):
        self.number += 1
        return make_id(self.kind.prefix, self.number)

    def put(self, row_id, row):
        """Set or (row None) remove; every index follows."""
        old = self.rows.get(row_id)
        for index, name in [(i, n) for n, i in self.unique.items()] + [(i, n) for n, i in self.children.items()]:
            before, after = old and old.get(name), row and row.get(name)
            if before != after:
                if before:
                    index[before.lower() if name in self.unique else before].discard(row_id)
                if after:
                    index.setdefault(after.lower() if name in self.unique else after, set()).add(row_id)
        if row is None:
            self.rows.pop(row_id, None)
            return
        self.rows[row_id] = row
        if old is None or old["SystemModstamp"] != row["SystemModstamp"]:
            entry = (row["SystemModstamp"], row_id)
            if not self.stamps or entry > self.stamps[-1]:
                self.stamps.append(entry)
            else:
                bisect.insort(self.stamps, entry)

    def by_stamp(self, after):
        """Rows in order of (SystemModstamp, Id) from a lower bound on; what a later write left behind is skipped."""
        previous = None
        for entry in self.stamps[bisect.bisect_left(self.stamps, (after or "",)) :]:
            row = self.rows.get(entry[1])
            if row is not None and row["SystemModstamp"] == entry[0] and entry != previous:
                yield row
            previous = entry

    def live(self, row_id):
        row = self.rows.get(row_id)
        return row if row is not None and not row.get("IsDeleted") else None


class Transaction:
    """What was written so far, to be told to the log or to be taken back."""

    def __init__(self, database, by, request_n=0, auto_assign=True, allow_save=False):
        self.database, self.by, self.request_n = database, by, request_n
        self.auto_assign, self.allow_save = auto_assign, allow_save
        self.undo, self.effects = [], []

    def put(self, table, row_id, row):
        self.undo.append((table, row_id, table.rows.get(row_id)))
        table.put(row_id, row)

    def note(self, verb, kind, row_id, fields, old=None):
        self.effects.append((verb, kind, row_id, fields, self.by, self.request_n, old))

    def commit(self):
        for effect in self.effects:
            self.database.log.effect(*effect)
        self.database.committed(self.effects)
        self.undo, self.effects = [], []

    def rollback(self):
        for table, row_id, old in reversed(self.undo):
            table.put(row_id, old)
        self.undo, self.effects = [], []


class Database:
    def __init__(self, now, log, tandem=True, reformat=False):
        self.now, self.log, self.reformat = now, log, reformat
        self.schema = Schema(tandem)
        self.tables = {n: Table(t, 0x1A2B3C00 + 7919 * i) for i, (n, t) in enumerate(self.schema.types.items())}
        self.me = None
        self.duplicate_rule = False
        self.assign_to = None
        self.cursors = {}
        self.cursor_number = 0
        self.stamp_offset = 0
        self.committed = lambda effects: None

    def stamp(self):
        return stamp_text(self.now() - self.stamp_offset)

    def find(self, row_id):
        """(row, its type) of any id, (None, None) when there is none."""
        kind = self.schema.prefixes.get((row_id or "")[:3])
        row = self.tables[kind.name].rows.get(row_id) if kind else None
        return (row, kind) if row is not None else (None, None)

    # --- queries ------------------------------------------------------------------------------------------------

    def children(self, name, key, parent_id):
        table = self.tables[name]
        return [table.rows[i] for i in sorted(table.children[key].get(parent_id, ()))]

    def run(self, plan, rows=None, with_deleted=False):
        """The rows of a plan, in order."""
        table = self.tables[plan.type.name]
        test, stop = plan.test, None
        ordered = plan.by_stamp and rows is None and plan.ids is None
        if rows is None:
            if plan.ids is not None:
                rows = [table.rows[i] for i in dict.fromkeys(plan.ids) if i in table.rows]
            else:
                rows = table.by_stamp(plan.after) if plan.by_stamp else table.rows.values()
        if plan.limit is not None and (ordered or not plan.sort):
            stop = plan.limit + plan.offset
        found = []
        for row in rows:
            if (with_deleted or not row.get("IsDeleted")) and (test is None or test(row)):
                if stop is not None and len(found) >= stop:
                    break
                found.append(row)
        if not ordered:
            for key, descending, nulls_first in reversed(plan.sort):
                nulls = [r for r in found if key(r) is None]
                found = sorted((r for r in found if key(r) is not None), key=key, reverse=descending)
                found = nulls + found if nulls_first else found + nulls
        end = None if plan.limit is None else plan.offset + plan.limit
        return found[plan.offset : end]

    def result(self, rows, render, version, page, cursor=None, at=0):
        """One page of a result set as the API shows it; the rest stays behind a locator."""
        shown = {"totalSize": len(rows), "done": at + page >= len(rows)}
        if not shown["done"]:
            if cursor is None:
                self.cursor_number += 1
                cursor = make_id("01g", 0x3C4D5E00 + self.cursor_number)
                self.cursors[cursor] = (rows, render, page)
            shown["nextRecordsUrl"] = "/services/data/%s/query/%s-%d" % (version, cursor, at + page)
        shown["records"] = [render(row, version) for row in rows[at : at + page]]
        return shown

    # --- values of a write --------------------------------------------------------------------------------------

    def value_of(self, field, value):
        """The value in the form rows hold it; FormatError or RowError when it is not possible."""
        if value is None or value == "":
            return None
        kind = field.type
        if kind == "boolean":
            if not isinstance(value, bool):
                raise self.bad_format("boolean", value)
            return value
        if kind in NUMBERS:
            return self.number_of(kind, value)
        if not isinstance(value, str):
            raise self.bad_format({"date": "date", "datetime": "datetime"}.get(kind, "string"), value)
        if kind == "date":
            if not valid_date(value):
                raise self.bad_format("date", value)
            return value
        if kind == "datetime":
            stamp = parse_time(value)
            if stamp is None:
                raise self.bad_format("datetime", value)
            return stamp
        return self.reference_of(field, value) if kind == "reference" else self.text_of(field, value)

    @staticmethod
    def bad_format(kind, value):
        what = {
            bool: "VALUE_TRUE" if value is True else "VALUE_FALSE",
            int: "VALUE_NUMBER_INT",
            float: "VALUE_NUMBER_FLOAT",
            str: "VALUE_STRING",
            list: "START_ARRAY",
            dict: "START_OBJECT",
        }[type(value)]
        shown = " value " + str(value)[:80] if isinstance(value, (str, int, float)) else ""
        return FormatError(
            "Cannot deserialize instance of %s from %s%s or request may be missing a required field"
            % (kind, what, shown)
        )

    def number_of(self, kind, value):
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,18}(\.\d{1,18})?", value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.bad_format("double" if kind != "int" else "int", value)
        if abs(value) >= 1e18:
            raise RowError("NUMBER_OUTSIDE_VALID_RANGE", "value outside of valid range: %s" % value)
        if kind == "int" and value != int(value):
            raise self.bad_format("int", value)
        return int(value) if kind == "int" else float(value)

    def text_of(self, field, value):
        if self.reformat:
            value = value.strip()
            digits = re.sub(r"\D", "", value)
            if field.type == "phone" and len(digits) in (10, 11) and digits[-11:-10] in ("", "1"):
                value = "(%s) %s-%s" % (digits[-10:-7], digits[-7:-4], digits[-4:])
            if field.type == "email":
                value = value.lower()
        if len(value) > field.length:
            raise RowError(
                "STRING_TOO_LONG",
                "%s: data value too large: %s (max length=%d)" % (field.label, value[:80], field.length),
                [field.name],
            )
        if field.type == "email" and not EMAIL.fullmatch(value):
            raise RowError(
                "INVALID_EMAIL_ADDRESS", "%s: invalid email address: %s" % (field.label, value), [field.name]
            )
        if field.restricted and value not in field.values:
            raise RowError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "%s: bad value for restricted picklist field: %s" % (field.label, value),
                [field.name],
            )
        return value or None

    def reference_of(self, field, value):
        row_id = full_id(value)
        kind = self.schema.prefixes.get((row_id or "")[:3])
        if row_id is None or kind is None or kind.name not in field.targets:
            raise RowError("MALFORMED_ID", "%s: id value of incorrect type: %s" % (field.label, value), [field.name])
        row = self.tables[kind.name].rows.get(row_id)
        if row is None:
            raise RowError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])
        if row.get("IsDeleted"):
            raise RowError("ENTITY_IS_DELETED", "entity is deleted", [field.name])
        return row_id

    def read_body(self, kind, body, row):
        """Normal values of a write by canonical field name."""
        values = {}
        for name, value in body.items():
            field = kind.field(name)
            if field is None:
                relation = kind.relations.get(name.lower())
                if relation is None or not isinstance(value, dict):
                    raise RowError(
                        "INVALID_FIELD", "No such column '%s' on sobject of type %s" % (name, kind.name), []
                    )
                field, value = relation, self.by_external(relation, value)
            if field.name == "Id":
                raise RowError("INVALID_FIELD", "The Id field should not be specified in the sobject data.", [])
            if field.readonly or field.once and row is not None:
                raise RowError(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    "Unable to create/update fields: %s. Please check the security "
                    "settings of this field and verify that it is read/write for your profile or permission set."
                    % field.name,
                    [field.name],
                )
            values[field.name] = self.value_of(field, value)
        return values

    def by_external(self, relation, value):
        """{"Account": {"Tandem_Id__c": "a-1"}} names the parent by an external id."""
        names = [n for n in value if n != "attributes"]
        for target in relation.targets:
            field = self.schema.types[target].field(names[0]) if len(names) == 1 else None
            if field is not None and field.external:
                found = self.matching(target, field.name, str(value[names[0]]))
                if len(found) == 1:
                    return found[0]
                raise RowError(
                    "INVALID_FIELD",
                    "Foreign key external ID: %s not found for field %s in entity %s"
                    % (value[names[0]], field.name, target),
                    [],
                )
        raise RowError("INVALID_FIELD", "a parent is named by one external id", [relation.name])

    def matching(self, type_name, field_name, value):
        table = self.tables[type_name]
        return sorted(i for i in table.unique[field_name].get(value.lower(), ()) if not table.rows[i].get("IsDeleted"))

    # --- rules --------------------------------------------------------------------------------------------------

    def check(self, kind, row, values, creating):
        required = [
            f.name
            for f in kind.fields.values()
            if f.required and row.get(f.name) is None and (creating or f.name in values)
        ]
        if required:
            raise RowError(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [%s]" % ", ".join(required), required
            )
        for name in values:
            field = kind.fields[name]
            if field.restricted and row.get(name) is None and field.default is not None:
                raise RowError(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    "%s: bad value for restricted picklist field: null" % field.label,
                    [name],
                )
        owner = self.tables["User"].rows.get(values.get("OwnerId"))
        if owner is not None and not owner["IsActive"]:
            raise RowError(
                "INACTIVE_OWNER_OR_USER",
                "operation performed with inactive user [%s] as owner of %s" % (owner["Id"], kind.name.lower()),
                ["OwnerId"],
            )
        rule = getattr(self, "check_" + kind.name.lower(), None)
        if rule:
            rule(row, creating)
        for field in kind.fields.values():
            if field.unique and row.get(field.name):
                others = [i for i in self.matching(kind.name, field.name, row[field.name]) if i != row["Id"]]
                if others:
                    raise RowError(
                        "DUPLICATE_VALUE",
                        "duplicate value found: %s duplicates value on record with id: %s" % (field.name, others[0]),
                        [],
                    )

    def check_campaignmember(self, row, creating):
        if creating and bool(row.get("LeadId")) == bool(row.get("ContactId")):
            raise RowError(
                "REQUIRED_FIELD_MISSING", "a campaign member has either LeadId or ContactId", ["LeadId", "ContactId"]
            )
        for key in ("LeadId", "ContactId"):
            if creating and row.get(key):
                for other in self.children("CampaignMember", key, row[key]):
                    if other["CampaignId"] == row["CampaignId"] and not other["IsDeleted"]:
                        raise RowError("DUPLICATE_VALUE", "Already a campaign member.", [])
        if row.get("Status") not in {s["Label"] for s in self.statuses(row["CampaignId"])}:
            raise RowError(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                "Status: bad value for restricted picklist field: %s" % row.get("Status"),
                ["Status"],
            )

    def check_task(self, row, _creating):
        if (row.get("WhoId") or "").startswith("00Q") and row.get("WhatId"):
            raise RowError("FIELD_INTEGRITY_EXCEPTION", "Related To ID: a task of a lead has no WhatId", ["WhatId"])
        if row.get("IsReminderSet") and not row.get("ReminderDateTime"):
            raise RowError(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [ReminderDateTime]", ["ReminderDateTime"]
            )

    def statuses(self, campaign_id):
        return [s for s in self.children("CampaignMemberStatus", "CampaignId", campaign_id) if not s["IsDeleted"]]

    def derive(self, kind, row, values):
        """Fields that follow from others."""
        name = kind.name
        if name in ("Lead", "Contact"):
            row["Name"] = " ".join(filter(None, (row.get("FirstName"), row.get("LastName"))))
        elif name == "Opportunity":
            self.derive_opportunity(row, values)
        elif name == "Task":
            self.derive_task(row)
        elif name == "CampaignMember":
            self.derive_member(row)

    @staticmethod
    def derive_opportunity(row, values):
        stage = next((s for s in STAGES if s[0] == row.get("StageName")), None)
        if stage:
            row["IsWon"], row["IsClosed"] = stage[0] == "Closed Won", stage[0].startswith("Closed")
            if "StageName" in values and "Probability" not in values:
                row["Probability"] = float(stage[1])
            if "StageName" in values and "ForecastCategoryName" not in values:
                row["ForecastCategoryName"] = stage[2]
        if row.get("Amount") is not None:
            row["ExpectedRevenue"] = round(row["Amount"] * (row.get("Probability") or 0) / 100, 2)

    def derive_task(self, row):
        done = row.get("Status") == "Completed"
        if done and not row.get("IsClosed"):
            row["CompletedDateTime"] = self.stamp()
        row["IsClosed"], row["IsHighPriority"] = done, row.get("Priority") == "High"
        what, kind = self.find(row.get("WhatId"))
        who, _ = self.find(row.get("WhoId"))
        row["AccountId"] = (
            (what["Id"] if kind.name == "Account" else what.get("AccountId")) if what else (who or {}).get("AccountId")
        )

    def derive_member(self, row):
        statuses = self.statuses(row.get("CampaignId"))
        if row.get("Status") is None:
            row["Status"] = next((s["Label"] for s in statuses if s["IsDefault"]), None)
        responded = any(s["Label"] == row["Status"] and s["HasResponded"] for s in statuses)
        if responded and not row.get("FirstRespondedDate"):
            row["FirstRespondedDate"] = self.stamp()[:10]
        row["HasResponded"] = responded
        row["Type"] = "Lead" if row.get("LeadId") else "Contact"
        row["Name"] = (self.find(row.get("LeadId") or row.get("ContactId"))[0] or {}).get("Name")

    def touch(self, row):
        """System fields of a change; times are whole seconds."""
        row["SystemModstamp"] = row["LastModifiedDate"] = self.stamp()
        row["LastModifiedById"] = self.me
        return row

    # --- writes -------------------------------------------------------------------------------------------------

    def writable(self, kind):
        if kind.name in ("User", "Group"):
            raise RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [], 403)

    def create(self, tx, kind, body):
        self.writable(kind)
        values = self.read_body(kind, body, None)
        table = self.tables[kind.name]
        row = {f.name: f.default if f.type == "boolean" else None for f in kind.fields.values()}
        row.update({f.name: f.default for f in kind.fields.values() if f.default is not None}, **values)
        row["Id"] = table.new_id()
        if "OwnerId" in row and row["OwnerId"] is None:
            row["OwnerId"] = self.me
        self.assign(tx, kind, row)
        row["CreatedDate"], row["CreatedById"] = self.stamp(), self.me
        self.derive(kind, row, values)
        self.check(kind, row, values, True)
        if self.duplicate_rule and not tx.allow_save:
            self.check_duplicates(kind, row)
        tx.put(table, row["Id"], self.touch(row))
        tx.note("create", kind.name, row["Id"], dict(values))
        if kind.name == "Campaign":
            for order, label in ((1, "Sent"), (2, "Responded")):
                self.create(
                    tx,
                    self.schema.types["CampaignMemberStatus"],
                    {
                        "CampaignId": row["Id"],
                        "Label": label,
                        "IsDefault": order == 1,
                        "HasResponded": order == 2,
                        "SortOrder": order,
                    },
                )
        return row["Id"]

    def assign(self, tx, kind, row):
        """The lead assignment rule re-owns what is written, unless the caller says FALSE."""
        if kind.name == "Lead" and self.assign_to and tx.auto_assign:
            row["OwnerId"] = self.assign_to

    def check_duplicates(self, kind, row):
        email = (row.get("Email") or "").lower()
        if kind.name not in ("Lead", "Contact") or not email:
            return
        found = [
            (name, other["Id"])
            for name in ("Lead", "Contact")
            for other in self.tables[name].rows.values()
            if not other["IsDeleted"] and not other.get("IsConverted") and (other.get("Email") or "").lower() == email
        ]
        if found:
            result = {
                "allowSave": True,
                "duplicateRule": "Standard_%s_Duplicate_Rule" % kind.name,
                "duplicateRuleEntityType": kind.name,
                "errorMessage": "Use one of these records?",
                "matchResults": [
                    {
                        "entityType": name,
                        "errors": [],
                        "matchEngine": "ExactMatchEngine",
                        "rule": "Email",
                        "size": 1,
                        "success": True,
                        "matchRecords": [
                            {"matchConfidence": 100.0, "record": {"attributes": {"type": name}, "Id": row_id}}
                        ],
                    }
                    for name, row_id in found
                ],
            }
            raise RowError("DUPLICATES_DETECTED", "Use one of these records?", [], extra={"duplicateResult": result})

    def wanted(self, kind, row_id, missing="NOT_FOUND"):
        full = full_id(row_id)
        if full is None:
            raise RowError("MALFORMED_ID", "malformed id %s" % row_id, ["Id"], 404 if missing == "NOT_FOUND" else 400)
        row = self.tables[kind.name].rows.get(full)
        if row is None:
            message = (
                "The requested resource does not exist" if missing == "NOT_FOUND" else "invalid cross reference id"
            )
            raise RowError(missing, message, [], 404 if missing == "NOT_FOUND" else 400)
        if row.get("IsDeleted"):
            raise RowError("ENTITY_IS_DELETED", "entity is deleted", [], 404)
        return row

    def update(self, tx, kind, row_id, body, missing="NOT_FOUND"):
        self.writable(kind)
        old = self.wanted(kind, row_id, missing)
        values = self.read_body(kind, body, old)
        if old.get("IsConverted") and tx.by == "api":
            raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
        row = dict(old, **values)
        self.assign(tx, kind, row)
        self.derive(kind, row, values)
        self.check(kind, row, values, False)
        tx.put(self.tables[kind.name], row["Id"], self.touch(row))
        tx.note(
            "update", kind.name, row["Id"], dict(values), {n: old.get(n) for n in values if old.get(n) != values[n]}
        )
        return row["Id"]

    def delete(self, tx, kind, row_id, missing="NOT_FOUND"):
        self.writable(kind)
        row = self.wanted(kind, row_id, missing)
        tx.put(self.tables[kind.name], row["Id"], self.touch(dict(row, IsDeleted=True)))
        tx.note("delete", kind.name, row["Id"], {})
        for child, key in CASCADE.get(kind.name, ()):
            for other in self.children(child, key, row["Id"]):
                if not other["IsDeleted"]:
                    self.delete(tx, self.schema.types[child], other["Id"])
        return row["Id"]

    def upsert(self, tx, kind, field, value, body, update_only=False):
        """(id, created); RowError DUPLICATE_EXTERNAL_ID carries the ids when several match."""
        found = self.matching(kind.name, field.name, value)
        if len(found) > 1:
            raise RowError(
                "DUPLICATE_EXTERNAL_ID",
                "%s: more than one record found for external id field: %s" % (field.name, found),
                [field.name],
                300,
                found,
            )
        if found:
            return self.update(tx, kind, found[0], body), False
        if update_only:
            raise RowError("NOT_FOUND", "The requested resource does not exist", [], 404)
        return self.create(tx, kind, dict(body, **{field.name: value})), True

    # --- what users do ------------------------------------------------------------------------------------------

    def undelete(self, tx, kind, row_id):
        row = self.tables[kind.name].rows[full_id(row_id)]
        tx.put(
            self.tables[kind.name],
            row["Id"],
            self.touch(
                dict(row, IsDeleted=False, MasterRecordId=None)
                if "MasterRecordId" in row
                else dict(row, IsDeleted=False)
            ),
        )
        tx.note("undelete", kind.name, row["Id"], {})

    def merge(self, tx, kind, master_id, loser_ids, fields):
        if kind.name not in ("Lead", "Contact", "Account") or not 1 <= len(loser_ids) <= 2:
            raise RowError("INVALID_INPUT", "one or two leads, contacts or accounts merge into a master")
        master = self.wanted(kind, master_id)
        if fields:
            self.update(tx, kind, master["Id"], fields)
        for loser_id in loser_ids:
            loser = self.wanted(kind, loser_id)
            if loser["Id"] == master["Id"]:
                raise RowError("INVALID_INPUT", "a record can not be merged with itself")
            self.reparent(tx, kind, loser["Id"], master["Id"])
            tx.put(
                self.tables[kind.name],
                loser["Id"],
                self.touch(dict(loser, IsDeleted=True, MasterRecordId=master["Id"])),
            )
            tx.note("merge", kind.name, master["Id"], {"loser": loser["Id"]})
        tx.put(self.tables[kind.name], master["Id"], self.touch(dict(self.tables[kind.name].rows[master["Id"]])))

    def reparent(self, tx, kind, loser_id, master_id):
        for name, table in self.tables.items():
            keys = [
                f.name
                for f in table.kind.fields.values()
                if kind.name in f.targets and f.name not in ("MasterRecordId",) and not f.name.startswith("Converted")
            ]
            rows = [r for r in table.rows.values() if any(r.get(k) == loser_id for k in keys)]
            for row in rows:
                changed = dict(row, **{k: master_id for k in keys if row.get(k) == loser_id})
                twin = name == "CampaignMember" and any(
                    r["CampaignId"] == row["CampaignId"]
                    and r["Id"] != row["Id"]
                    and not r["IsDeleted"]
                    and master_id in (r.get("LeadId"), r.get("ContactId"))
                    for r in table.rows.values()
                )
                tx.put(table, row["Id"], self.touch(dict(row, IsDeleted=True) if twin else changed))

    def convert(self, tx, order):
        """A user converts a lead: contact, account and (unless refused) opportunity with a contact role."""
        types = self.schema.types
        lead = self.wanted(types["Lead"], order["lead"])
        if lead["IsConverted"]:
            raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "the lead is converted already")
        owner = order.get("owner") or (lead["OwnerId"] if lead["OwnerId"].startswith("005") else self.me)
        account = order.get("account") or self.create(
            tx, types["Account"], {"Name": lead["Company"], "OwnerId": owner}
        )
        contact = order.get("contact") or self.create(
            tx,
            types["Contact"],
            dict(
                {
                    n: lead[n]
                    for n in ("FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title", "LeadSource")
                    if lead.get(n)
                },
                AccountId=account,
                OwnerId=owner,
            ),
        )
        opportunity = None
        if order.get("opportunity") is not False:
            opportunity = self.create(
                tx,
                types["Opportunity"],
                {
                    "Name": order.get("opportunity") or lead["Company"] + "-",
                    "AccountId": account,
                    "StageName": STAGES[0][0],
                    "CloseDate": stamp_text(self.now() + 90 * 86400)[:10],
                    "OwnerId": order.get("opportunity_owner") or owner,
                },
            )
            self.create(
                tx,
                types["OpportunityContactRole"],
                {"OpportunityId": opportunity, "ContactId": contact, "IsPrimary": True},
            )
        row = dict(
            lead,
            IsConverted=True,
            Status=order.get("status", "Closed - Converted"),
            ConvertedContactId=contact,
            ConvertedAccountId=account,
            ConvertedOpportunityId=opportunity,
            ConvertedDate=self.stamp()[:10],
        )
        tx.put(self.tables["Lead"], lead["Id"], self.touch(row))
        tx.note(
            "convert",
            "Lead",
            lead["Id"],
            {"ConvertedContactId": contact, "ConvertedAccountId": account, "ConvertedOpportunityId": opportunity},
        )
        for task in self.children("Task", "WhoId", lead["Id"]):
            tx.put(self.tables["Task"], task["Id"], self.touch(dict(task, WhoId=contact)))
        return {"contact": contact, "account": account, "opportunity": opportunity}
