# SPDX-License-Identifier: Apache-2.0
"""The pretended HubSpot's memory: property definitions, records, rendered pieces, associations, merges."""
import bisect
import datetime
import json
import random
import re
from decimal import Decimal, InvalidOperation

encode = json.encoder.encode_basestring
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d))?")
LIFECYCLE = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
DEAL_STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision maker bought-in", "0.8"),
    ("contractsent", "Contract sent", "0.9"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)

# name[:type][/flags][=option,option]; type string when absent; flags r read-only, u unique
CONTACT = """email/u firstname lastname phone mobilephone fax company jobtitle salutation website address city state
zip country industry message numemployees annualrevenue:number hubspotscore:number/r lifecyclestage:enumeration=%s
hs_lead_status:enumeration=NEW,OPEN,IN_PROGRESS,OPEN_DEAL,UNQUALIFIED,ATTEMPTED_TO_CONTACT,CONNECTED,BAD_TIMING
hubspot_owner_id:owner hs_marketable_status:bool/r hs_additional_emails/r createdate:datetime/r
lastmodifieddate:datetime/r hs_object_id:number/r hs_merged_object_ids/r hs_calculated_merged_vids/r
num_conversion_events:number/r recent_conversion_event_name/r recent_conversion_date:datetime/r
first_conversion_event_name/r first_conversion_date:datetime/r hs_email_optout:bool/r hs_email_domain/r
hs_analytics_source:enumeration/r=ORGANIC_SEARCH,PAID_SEARCH,EMAIL_MARKETING,DIRECT_TRAFFIC,OFFLINE
date_of_birth hs_language""" % ",".join(
    LIFECYCLE
)
COMPANY = """name domain phone website industry numberofemployees:number annualrevenue:number address city state zip
country description lifecyclestage:enumeration=%s hubspot_owner_id:owner hs_parent_company_id:number/r
createdate:datetime/r hs_lastmodifieddate:datetime/r hs_object_id:number/r hs_merged_object_ids/r""" % ",".join(
    LIFECYCLE
)
DEAL = """dealname dealstage:enumeration=%s pipeline:enumeration=default amount:number closedate:datetime
hubspot_owner_id:owner hs_is_closed_won:bool/r hs_is_closed:bool/r description
dealtype:enumeration=newbusiness,existingbusiness hs_priority:enumeration=low,medium,high createdate:datetime/r
hs_lastmodifieddate:datetime/r hs_object_id:number/r hs_merged_object_ids/r""" % ",".join(
    s[0] for s in DEAL_STAGES
)
ENGAGEMENT = """ hs_timestamp:datetime hubspot_owner_id:owner hs_createdate:datetime/r hs_lastmodifieddate:datetime/r
hs_object_id:number/r hs_merged_object_ids/r"""
TASK = (
    """hs_task_subject hs_task_body
hs_task_status:enumeration=NOT_STARTED,IN_PROGRESS,WAITING,COMPLETED,DEFERRED
hs_task_priority:enumeration=LOW,MEDIUM,HIGH hs_task_type:enumeration=TODO,CALL,EMAIL
hs_task_completion_date:datetime/r"""
    + ENGAGEMENT
)
COMMUNICATION = (
    """hs_communication_channel_type:enumeration=SMS,WHATS_APP,LINKEDIN_MESSAGE hs_communication_body
hs_communication_logged_from:enumeration=CRM"""
    + ENGAGEMENT
)

# plural, singular, type id, definitions, default properties, required on create
TYPES = (
    ("contacts", "contact", "0-1", CONTACT, ("email", "firstname", "lastname"), ()),
    ("companies", "company", "0-2", COMPANY, ("domain", "name"), ()),
    ("deals", "deal", "0-3", DEAL, ("amount", "closedate", "dealname", "dealstage", "pipeline"), ()),
    ("tasks", "task", "0-27", TASK, (), ("hs_timestamp",)),
    ("notes", "note", "0-46", "hs_note_body" + ENGAGEMENT, (), ("hs_timestamp",)),
    ("communications", "communication", "0-18", COMMUNICATION, (), ("hs_timestamp",)),
    ("calls", "call", "0-48", "hs_call_title hs_call_body" + ENGAGEMENT, (), ("hs_timestamp",)),
    ("emails", "email", "0-49", "hs_email_subject hs_email_text" + ENGAGEMENT, (), ("hs_timestamp",)),
    ("meetings", "meeting", "0-47", "hs_meeting_title hs_meeting_body" + ENGAGEMENT, (), ("hs_timestamp",)),
)

# from, to, (type id, reverse id, label) …; the first is the default
HUBSPOT_DEFINED, USER_DEFINED = "HUBSPOT_DEFINED", "USER_DEFINED"
ASSOCIATIONS = (
    ("contacts", "companies", (279, 280, None), (1, 2, "Primary")),
    ("deals", "contacts", (3, 4, None)),
    ("deals", "companies", (341, 342, None), (5, 6, "Primary")),
    ("notes", "contacts", (202, 201, None)),
    ("notes", "companies", (190, 189, None)),
    ("notes", "deals", (214, 213, None)),
    ("tasks", "contacts", (204, 203, None)),
    ("tasks", "companies", (192, 191, None)),
    ("tasks", "deals", (216, 215, None)),
    ("communications", "contacts", (81, 82, None)),
    ("communications", "companies", (87, 88, None)),
    ("communications", "deals", (85, 86, None)),
    ("emails", "contacts", (198, 197, None)),
    ("emails", "companies", (186, 185, None)),
    ("emails", "deals", (210, 209, None)),
    ("calls", "contacts", (194, 193, None)),
    ("calls", "companies", (182, 181, None)),
    ("calls", "deals", (206, 205, None)),
    ("meetings", "contacts", (200, 199, None)),
    ("meetings", "companies", (188, 187, None)),
    ("meetings", "deals", (212, 211, None)),
    ("contacts", "contacts", (449, 449, None)),
    ("companies", "companies", (13, 14, "Child Company")),
)
ROLES = (("deals", "contacts", 36, 37, "Decision maker"), ("deals", "contacts", 38, 39, "Champion"))
PRIMARY = {1, 2, 5, 6}


EPOCH = datetime.datetime(1970, 1, 1)
MILLISECOND = datetime.timedelta(milliseconds=1)


def iso(ms):
    return (EPOCH + ms * MILLISECOND).isoformat(timespec="milliseconds") + "Z"


def parse_ms(text):
    """Milliseconds of an epoch number in digits or of an ISO text; None when it is neither."""
    text = text.strip()
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    found = ISO.fullmatch(text)
    if not found:
        return None
    day, clock, fraction, zone = found.groups()
    try:
        stamp = datetime.datetime.fromisoformat(
            "%sT%s%s" % (day, clock or "00:00:00", "+00:00" if zone in (None, "Z") else zone[:3] + ":" + zone[-2:])
        )
    except ValueError:
        return None
    return int(stamp.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])


class Definition:
    __slots__ = ("name", "label", "type", "field", "options", "readonly", "unique", "own", "owner", "group")

    def __init__(
        self,
        name,
        kind="string",
        readonly=False,
        unique=False,
        options=(),
        own=False,
        label=None,
        group=None,
        field=None,
    ):
        self.name, self.owner = name, kind == "owner"
        self.type = "enumeration" if kind == "owner" else kind
        self.readonly, self.unique, self.options, self.own = readonly, unique, list(options), own
        self.label = label or name.replace("_", " ").capitalize()
        self.group = group
        self.field = field or {
            "enumeration": "select",
            "number": "number",
            "bool": "booleancheckbox",
            "datetime": "date",
            "date": "date",
        }.get(self.type, "text")

    @classmethod
    def parse(cls, text):
        head, _, options = text.partition("=")
        head, _, flags = head.partition("/")
        name, _, kind = head.partition(":")
        return cls(name, kind or "string", "r" in flags, "u" in flags, filter(None, options.split(",")))

    def normal(self, value, owners):
        """(text to store or None to clear, error code or None, message)."""
        if isinstance(value, bool):
            value = "true" if value else "false"
        elif isinstance(value, (int, float)):
            value = repr(value)
        if not isinstance(value, str):
            return None, "INVALID_TYPE", "%s must be a string; an empty string clears it" % self.name
        if value == "":
            return None, None, None
        if len(value) > 65536:
            return None, "INVALID_LENGTH", "%s is longer than 65536 characters" % self.name
        check = getattr(self, "normal_" + ("owner" if self.owner else self.type), None)
        return check(value, owners) if check else self.normal_string(value, owners)

    def normal_string(self, value, _owners):
        if self.name == "email" and (not EMAIL.fullmatch(value.strip()) or ".." in value or value.startswith(".")):
            return None, "INVALID_EMAIL", "Email address %s is invalid" % value
        return value, None, None

    def normal_number(self, value, _owners):
        try:
            if not Decimal(value).is_finite():
                raise InvalidOperation
        except InvalidOperation:
            return None, "INVALID_NUMBER", "%s was not a valid number" % value
        return value, None, None

    def normal_bool(self, value, _owners):
        if value not in ("true", "false"):
            return None, "INVALID_BOOLEAN", "%s was not one of true, false" % value
        return value, None, None

    def normal_datetime(self, value, _owners):
        ms = parse_ms(value)
        if ms is None or not -62135596800000 <= ms < 253402300800000:
            return None, "INVALID_DATE", "%s was not a valid date" % value
        return iso(ms), None, None

    def normal_date(self, value, _owners):
        ms = parse_ms(value)
        if ms is None or ms % 86400000 or not -62135596800000 <= ms < 253402300800000:
            return None, "INVALID_DATE", "%s is not midnight UTC" % value
        return iso(ms)[:10], None, None

    def normal_enumeration(self, value, _owners):
        wrong = [v for v in (value.split(";") if self.field == "checkbox" else [value]) if v not in self.options]
        if wrong:
            return None, "INVALID_OPTION", "%s was not one of the allowed options: %s" % (wrong[0], self.options)
        return value, None, None

    def normal_owner(self, value, owners):
        if value not in owners:
            return None, "INVALID_OWNER_ID", "Owner %s does not exist" % value
        return value, None, None

    def shown(self):
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field,
            "description": "",
            "groupName": self.group,
            "displayOrder": -1,
            "calculated": self.name in ("hs_email_domain", "hs_is_closed"),
            "options": [
                {"label": o.replace("_", " ").capitalize(), "value": o, "displayOrder": i, "hidden": False}
                for i, o in enumerate(self.options)
            ],
            "externalOptions": self.owner,
            "hasUniqueValue": self.unique and self.own,
            "hidden": False,
            "hubspotDefined": not self.own,
            "formField": not self.readonly,
            "archived": False,
            "referencedObjectType": "OWNER" if self.owner else None,
            "modificationMetadata": {
                "archivable": self.own,
                "readOnlyDefinition": not self.own,
                "readOnlyOptions": not self.own,
                "readOnlyValue": self.readonly,
            },
        }


class Record:
    __slots__ = ("id", "props", "created", "modified", "archived_at", "history", "merged")

    def __init__(self, record_id, props, created, modified):
        self.id, self.props, self.created, self.modified = record_id, props, created, modified
        self.archived_at = None
        self.history = None
        self.merged = None


class View:
    """The rendered JSON of each record of a table for one list of properties and associations."""

    def __init__(self, table, names, linked, cached=True):
        self.table = table
        wanted = sorted(
            {n for n in names if n in table.definitions} | {"hs_object_id", table.created_name, table.modified_name}
        )
        # the JSON of a record with a gap for each value, and what fills the gaps: a property or a computed value
        computed = {"hs_object_id": 0, table.created_name: 1, table.modified_name: 2}
        self.fields = [(n, computed.get(n), n in table.computed) for n in wanted]
        self.frame = (
            '{"id":"%d","properties":{'
            + ",".join('"%s":%%s' % n for n in wanted)
            + '},"createdAt":%s,"updatedAt":%s,"archived":%s%s}'
        )
        self.linked = linked
        self.pieces = [None] * len(table.rows) if cached else []

    def render(self, record):
        table, props = self.table, record.props
        created, modified = '"%s"' % iso(record.created), '"%s"' % iso(record.modified)
        known = ('"%d"' % record.id, created, modified)
        values = []
        for name, place, computed in self.fields:
            if place is not None:
                values.append(known[place])
                continue
            value = table.value(record, name) if computed else props.get(name)
            values.append("null" if value is None else encode(value))
        tail = ',"associations":' + table.store.associations_text(table, record.id, self.linked) if self.linked else ""
        state = "false" if record.archived_at is None else 'true,"archivedAt":"%s"' % iso(record.archived_at)
        text = self.frame % (record.id, *values, created, modified, state, tail)
        return text.encode("utf-8", "surrogatepass")

    def page(self, at, limit):
        """(pieces of up to limit live records from position at, position of the next one or None)."""
        table, end = self.table, at + limit
        page = self.pieces[at:end]
        if None not in page and b"" not in page:
            return page, end if end < len(self.pieces) else None
        page = []
        while at < len(self.pieces) and len(page) < limit:
            piece = self.piece(at)
            if piece:
                page.append(piece)
            at += 1
        while at < len(table.rows) and table.rows[at] is None:
            at += 1
        return page, at if at < len(table.rows) else None

    def piece(self, at):
        piece = self.pieces[at]
        if piece is None:
            record = self.table.rows[at]
            piece = self.pieces[at] = b"" if record is None else self.render(record)
        return piece


class Table:
    """All records of one type. `ids` and `rows` run in parallel, ascending; an archived or merged row becomes None."""

    VIEWS = 24

    def __init__(self, store, name, singular, type_id, definitions, defaults, required):
        self.store, self.name, self.singular, self.type_id = store, name, singular, type_id
        self.definitions = {d.name: d for d in map(Definition.parse, definitions.split())}
        for definition in self.definitions.values():
            definition.group = singular + "information"
        self.created_name = "hs_createdate" if "hs_createdate" in self.definitions else "createdate"
        self.modified_name = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
        self.computed = {"hs_object_id", self.created_name, self.modified_name, "hs_email_domain"}
        self.defaults, self.required = defaults, required
        self.ids, self.rows = [], []
        self.live, self.archived, self.aliases = {}, {}, {}
        self.unique = {d.name: {} for d in self.definitions.values() if d.unique}
        self.views = {}
        self.version = 0
        self.by_time = None
        self.unindexed = {}
        self.next_id = 101

    def value(self, record, name):
        if name == "hs_object_id":
            return str(record.id)
        if name == self.created_name:
            return iso(record.created)
        if name == self.modified_name:
            return iso(record.modified)
        if name == "hs_email_domain":
            return (record.props.get("email") or "@").rpartition("@")[2].lower() or None
        return record.props.get(name)

    def view(self, names, linked=()):
        key = (tuple(names), tuple(linked))
        view = self.views.pop(key, None)
        if view is not None:
            self.views[key] = view
        else:
            if len(self.views) >= self.VIEWS:
                del self.views[next(iter(self.views))]
            view = self.views[key] = View(self, names or self.defaults, key[1])
        return view

    def position(self, record_id):
        return bisect.bisect_left(self.ids, record_id)

    def forget_pieces(self, record_id):
        at = self.position(record_id)
        for view in self.views.values():
            view.pieces[at] = None

    def find(self, record_id):
        """The live record of an id; a merged id gives the survivor."""
        seen = 0
        while record_id in self.aliases and seen < 1000:
            record_id, seen = self.aliases[record_id], seen + 1
        return self.live.get(record_id)

    def find_by(self, name, value):
        """By id or by a unique property; None when there is none such."""
        if name in (None, "", "hs_object_id"):
            return self.find(int(value)) if re.fullmatch(r"\d{1,18}", value) else None
        found = self.unique[name].get(value.strip().lower())
        return self.find(found) if found is not None else None

    def add(self, props, created, modified):
        """Without any check; keeps the orders and the indexes."""
        record = Record(self.next_id, props, created, modified)
        self.next_id += 1
        self.ids.append(record.id)
        self.rows.append(record)
        self.live[record.id] = record
        for view in self.views.values():
            view.pieces.append(None)
        for name, index in self.unique.items():
            if props.get(name):
                index[props[name].lower()] = record.id
        return record

    def stamp(self, record, modified):
        """The record changed: new time, new index entry, stale search document until the lag is over."""
        self.version += 1
        if self.by_time is not None:
            bisect.insort(self.by_time, (modified, record.id))
        record.modified = modified
        self.forget_pieces(record.id)

    def times(self):
        if self.by_time is None:
            stale = [(old[2], i) for i, old in self.unindexed.items() if old[1] is not None]
            self.by_time = sorted(stale + [(r.modified, r.id) for r in self.live.values()])
        return self.by_time

    def remove(self, record):
        self.version += 1
        at = self.position(record.id)
        self.rows[at] = None
        for view in self.views.values():
            view.pieces[at] = b""
        self.live.pop(record.id, None)
        self.unindexed.pop(record.id, None)
        for name, index in self.unique.items():
            for key in self.keys_of(record, name):
                if index.get(key) == record.id:
                    del index[key]

    @staticmethod
    def keys_of(record, name):
        keys = [record.props.get(name)]
        if name == "email":
            keys += (record.props.get("hs_additional_emails") or "").split(";")
        return [k.lower() for k in keys if k]

    def put_back(self, record):
        self.version += 1
        at = self.position(record.id)
        self.rows[at] = record
        self.live[record.id] = record
        self.forget_pieces(record.id)
        for name, index in self.unique.items():
            for key in self.keys_of(record, name):
                index.setdefault(key, record.id)


class Store:
    """Every table and the associations between them."""

    def __init__(self, now, search_lag, seed, owners):
        self.now_ms = lambda: int(now() * 1000)
        self.tables = {t[0]: Table(self, *t) for t in TYPES}
        self.names = {}
        for table in self.tables.values():
            for name in (table.name, table.singular, table.type_id):
                self.names[name] = table
        self.owners = owners
        self.search_lag = search_lag
        self.random = random.Random(seed)
        self.links = {}
        self.kinds = {}
        self.named = {}
        self.define_associations()

    def define_associations(self):
        for source, target, *kinds in ASSOCIATIONS:
            for number, reverse, label in kinds:
                self.define(source, target, HUBSPOT_DEFINED, number, reverse, label)
        for source, target, number, reverse, label in ROLES:
            self.define(source, target, USER_DEFINED, number, reverse, label)

    def define(self, source, target, category, number, reverse, label):
        self.kinds.setdefault((source, target), []).append((category, number, label, reverse))
        if source != target or number != reverse:
            other = "Parent Company" if label == "Child Company" else label
            self.kinds.setdefault((target, source), []).append((category, reverse, other, number))

    # --- values -------------------------------------------------------------------------------------------------

    def check(self, table, properties, record):
        """(normal values by name, errors) of a write to record, or of a create when record is None."""
        values, errors = {}, []
        for name, value in properties.items():
            definition = table.definitions.get(name)
            if definition is None:
                errors.append(
                    {"message": 'Property "%s" does not exist' % name, "code": "PROPERTY_DOESNT_EXIST", "in": name}
                )
            elif definition.readonly:
                errors.append(
                    {
                        "message": '"%s" is a read only property; its value cannot be set.' % name,
                        "code": "READ_ONLY_VALUE",
                        "in": name,
                    }
                )
            else:
                normal, code, message = definition.normal(value, self.owners)
                if code:
                    errors.append({"message": message, "code": code, "in": name})
                values[name] = normal
        for name in table.required:
            if values.get(name) is None and (record is None or name in values):
                errors.append({"message": 'Property "%s" is required' % name, "code": "REQUIRED_FIELD", "in": name})
        return values, errors

    @staticmethod
    def conflict(table, values, record):
        """(property, id of the record that already has the value) or None."""
        for name, index in table.unique.items():
            owner = index.get((values.get(name) or "").lower()) if values.get(name) else None
            if owner is not None and (record is None or owner != record.id):
                return name, owner
        return None

    @staticmethod
    def keep_stage_forward(record, values):
        """A life-cycle stage moves forward only; going back is ignored without a word, as the vendor does."""
        old, new = record.props.get("lifecyclestage"), values.get("lifecyclestage")
        if old in LIFECYCLE and new in LIFECYCLE and LIFECYCLE.index(new) < LIFECYCLE.index(old):
            del values["lifecyclestage"]

    @staticmethod
    def derive(table, values):
        if table.name == "deals" and values.get("dealstage"):
            values["hs_is_closed_won"] = "true" if values["dealstage"] == "closedwon" else "false"
            values["hs_is_closed"] = "true" if values["dealstage"].startswith("closed") else "false"
        if table.name == "tasks" and "hs_task_status" in values:
            done = values["hs_task_status"] == "COMPLETED"
            values["hs_task_completion_date"] = values.get("hs_timestamp") if done else None

    def lag(self):
        low, high = self.search_lag
        return int(1000 * (low if low == high else self.random.uniform(low, high)))

    def create(self, table, values, source):
        now = self.now_ms()
        values = {k: v for k, v in values.items() if v is not None}
        if table.name == "contacts":
            values.setdefault("lifecyclestage", "lead")
            values.setdefault("hs_marketable_status", "false")
        if table.name == "deals":
            values.setdefault("pipeline", "default")
        self.derive(table, values)
        record = table.add(values, now, now)
        table.stamp(record, now)
        record.history = {name: [(value, now) + source] for name, value in values.items()}
        if self.search_lag[1]:
            table.unindexed[record.id] = (now + self.lag(), None, 0)
        return record

    def change(self, table, record, values, source):
        """Apply normal values; the properties that really changed, name -> old value."""
        now = self.now_ms()
        self.keep_stage_forward(record, values)
        self.derive(table, values)
        old = {n: record.props.get(n) for n, v in values.items() if record.props.get(n) != v}
        if self.search_lag[1] and record.id not in table.unindexed:
            table.unindexed[record.id] = (now + self.lag(), record.props, record.modified)
        self.note_history(record, old, values, now, source)
        for name in table.unique:
            if name in old:
                self.move_key(table, record, name, old[name], values[name])
        props = dict(record.props)
        for name, value in values.items():
            if value is None:
                props.pop(name, None)
            else:
                props[name] = value
        record.props = props
        table.stamp(record, now)
        return old

    @staticmethod
    def note_history(record, old, values, now, source):
        if record.history is None:
            record.history = {}
        for name, before in old.items():
            lines = record.history.setdefault(name, [])
            if not lines and before is not None:
                lines.append((before, record.created, "CRM_UI", "userId:7"))
            lines.insert(0, (values[name] or "", now) + source)

    @staticmethod
    def move_key(table, record, name, old, new):
        index = table.unique[name]
        if old and index.get(old.lower()) == record.id:
            del index[old.lower()]
        if new:
            index[new.lower()] = record.id

    def archive(self, table, record):
        table.remove(record)
        record.archived_at = self.now_ms()
        record.modified = record.archived_at
        table.archived[record.id] = record
        self.unlink_all(table, record.id)

    def restore(self, table, record):
        del table.archived[record.id]
        record.archived_at = None
        table.put_back(record)
        table.stamp(record, self.now_ms())

    def erase(self, table, record):
        table.remove(record)
        table.archived.pop(record.id, None)
        self.unlink_all(table, record.id)

    def merge(self, table, primary, other, keep_id, source):
        """The surviving record: the primary's values win; it gets a new id unless keep_id."""
        now = self.now_ms()
        props = dict(other.props, **primary.props)
        gone = (primary.merged or []) + (other.merged or []) + [other.id] + ([] if keep_id else [primary.id])
        props["hs_merged_object_ids"] = ";".join(map(str, gone))
        if table.name == "contacts":
            props["hs_calculated_merged_vids"] = props["hs_merged_object_ids"]
            emails = [e for r in (primary, other) for e in table.keys_of(r, "email")]
            more = [e for e in dict.fromkeys(emails) if e != (props.get("email") or "").lower()]
            if more:
                props["hs_additional_emails"] = ";".join(more)
        moved = sum(1 for name in other.props if name not in primary.props)
        linked = self.links_of(table, primary.id) + self.links_of(table, other.id)
        for record in (other, primary):
            table.remove(record)
            self.unlink_all(table, record.id)
        if keep_id:
            survivor = primary
            survivor.props = props
            table.put_back(survivor)
        else:
            survivor = table.add(props, min(primary.created, other.created), now)
            survivor.history = dict(other.history or {}, **(primary.history or {}))
        for name in table.unique:
            for key in table.keys_of(survivor, name):
                table.unique[name][key] = survivor.id
        for old in gone:
            table.aliases[old] = survivor.id
        survivor.merged = gone
        table.stamp(survivor, now)
        if self.search_lag[1]:
            table.unindexed[survivor.id] = (now + self.lag(), None, 0)
        for target, target_id, kinds in linked:
            for kind in kinds:
                self.link(table.name, survivor.id, target, target_id, kind)
        return survivor, moved

    # --- associations -------------------------------------------------------------------------------------------

    def kind_of(self, source, target, category, number):
        for kind in self.kinds.get((source, target), ()):
            if kind[0] == category and kind[1] == number:
                return kind
        return None

    def link(self, source, source_id, target, target_id, kind):
        self.link_one(source, source_id, target, target_id, (kind[0], kind[1], kind[2]))
        back = self.kind_of(target, source, kind[0], kind[3])
        self.link_one(target, target_id, source, source_id, (back[0], back[1], back[2]))

    def link_one(self, source, source_id, target, target_id, kind):
        found = self.links.setdefault((source, target), {}).setdefault(source_id, {})
        kinds = found.get(target_id, ())
        if kind not in kinds:
            found[target_id] = kinds + (kind,)
            self.tables[source].forget_pieces(source_id)

    def link_default(self, source, source_id, target, target_id):
        """The unlabelled kind; the first company of a record becomes its primary one."""
        made = [self.kinds[(source, target)][0]]
        company_side = (source_id, target) if target == "companies" else (target_id, source)
        other = source if target == "companies" else target
        if company_side[1] == "companies" and source != target:
            held = self.links.get((other, "companies"), {}).get(company_side[0], {})
            if not any(k[1] in PRIMARY for kinds in held.values() for k in kinds):
                made += [k for k in self.kinds[(source, target)] if k[1] in PRIMARY]
        for kind in made:
            self.link(source, source_id, target, target_id, kind)
        return made[0]

    def unlink(self, source, source_id, target, target_id, only=None):
        for a, a_id, b, b_id, side in (
            (source, source_id, target, target_id, 1),
            (target, target_id, source, source_id, 3),
        ):
            found = self.links.get((a, b), {}).get(a_id, {})
            if b_id in found:
                gone = {(k[0], k[side]) for k in only} if only else None
                left = tuple(k for k in found[b_id] if gone and (k[0], k[1]) not in gone)
                if left:
                    found[b_id] = left
                else:
                    del found[b_id]
                self.tables[a].forget_pieces(a_id)

    def links_of(self, table, record_id):
        """Everything linked to a record: (type, id, kinds)."""
        result = []
        for (source, target), links in self.links.items():
            if source == table.name:
                for target_id, kinds in links.get(record_id, {}).items():
                    full = [self.kind_of(source, target, k[0], k[1]) for k in kinds]
                    result.append((target, target_id, full))
        return result

    def unlink_all(self, table, record_id):
        for target, target_id, _kinds in self.links_of(table, record_id):
            self.unlink(table.name, record_id, target, target_id)
        for (source, _target), links in self.links.items():
            if source == table.name:
                links.pop(record_id, None)

    def associations_text(self, table, record_id, targets):
        parts = []
        for target in targets:
            found = self.links.get((table.name, target), {}).get(record_id)
            if found:
                rows = [
                    '{"id":"%d","type":"%s"}' % (target_id, name)
                    for target_id, kinds in sorted(found.items())
                    for name in self.kind_names(table.name, target, kinds)
                ]
                parts.append('"%s":{"results":[%s]}' % (target, ",".join(rows)))
        return "{%s}" % ",".join(parts)

    def kind_names(self, source, target, kinds):
        names = self.named.get((source, target, kinds))
        if names is None:
            names = self.named[(source, target, kinds)] = [self.kind_name(source, target, kind) for kind in kinds]
        return names

    def kind_name(self, source, target, kind):
        name = "%s_to_%s" % (self.tables[source].singular, self.tables[target].singular)
        if kind[2] == "Primary" or (
            kind[2] is None and not any(k[2] == "Primary" for k in self.kinds[(source, target)])
        ):
            return name
        return name + "_unlabeled" if kind[2] is None else kind[2].lower().replace(" ", "_")
