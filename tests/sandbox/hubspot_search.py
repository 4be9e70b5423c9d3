# SPDX-License-Identifier: Apache-2.0
"""The search of the pretended HubSpot: operators, limits and the lag of its index."""
import bisect
import re
import zlib
from decimal import Decimal, InvalidOperation

from hubspot_store import iso, parse_ms

CEILING = 10000
OPERATORS = {
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
}
WORDS = re.compile(r"\w+")
KNOWN = {"filterGroups", "filters", "sorts", "properties", "limit", "after", "query"}
TEXT_FIELDS = (
    "firstname",
    "lastname",
    "email",
    "phone",
    "company",
    "name",
    "domain",
    "dealname",
    "hs_task_subject",
    "hs_additional_emails",
    "website",
)


class SearchError(ValueError):
    pass


def document(table, record, now):
    """(properties, modified) as the index knows them, or None while the record is not indexed."""
    stale = table.unindexed.get(record.id)
    if stale is None:
        return record.props, record.modified
    if stale[0] <= now:
        del table.unindexed[record.id]
        table.version += 1
        return record.props, record.modified
    return None if stale[1] is None else stale[1:]


def drain(table, now):
    """Forget stale documents whose time is over, so that cached results see it."""
    for record_id in [i for i, stale in table.unindexed.items() if stale[0] <= now]:
        del table.unindexed[record_id]
        table.version += 1


def getter(table, name):
    """The value a filter compares: a number for numbers and times, else the text."""
    if name == "hs_object_id":
        return lambda record, props, modified: Decimal(record.id)
    if name == table.created_name:
        return lambda record, props, modified: record.created
    if name == table.modified_name:
        return lambda record, props, modified: modified
    if name == "hs_email_domain":
        return lambda record, props, modified: (props.get("email") or "@").rpartition("@")[2].lower() or None
    kind = table.definitions[name].type
    if kind in ("datetime", "date"):
        return lambda record, props, modified: parse_ms(props[name]) if name in props else None
    if kind == "number":
        return lambda record, props, modified: Decimal(props[name]) if name in props else None
    if kind == "string":
        return lambda record, props, modified: props[name].lower() if name in props else None
    return lambda record, props, modified: props.get(name)


def operand(table, name, value):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise SearchError("the value of a filter on %s is missing or not a string" % name)
    kind = table.definitions[name].type
    if kind in ("datetime", "date"):
        ms = parse_ms(value)
        if ms is None:
            raise SearchError("%r is not a time in milliseconds or ISO 8601 for %s" % (value, name))
        return ms
    if kind == "number":
        try:
            return Decimal(value)
        except InvalidOperation:
            raise SearchError("%r is not a number for %s" % (value, name)) from None
    return value.lower() if kind == "string" else value


def tokens_match(pattern):
    if "*" in pattern:
        shape = re.compile(".*".join(map(re.escape, pattern.lower().split("*"))))
        return lambda text: any(shape.fullmatch(w) for w in text.lower().split() + WORDS.findall(text.lower()))
    wanted = WORDS.findall(pattern.lower())

    def contains(text):
        words = WORDS.findall(text.lower())
        return any(words[i : i + len(wanted)] == wanted for i in range(len(words) - len(wanted) + 1))

    return contains


def comparison(operator, value, high):
    return {
        "EQ": lambda x: x == value,
        "NEQ": lambda x: x != value,
        "LT": lambda x: x is not None and x < value,
        "LTE": lambda x: x is not None and x <= value,
        "GT": lambda x: x is not None and x > value,
        "GTE": lambda x: x is not None and x >= value,
        "BETWEEN": lambda x: x is not None and value <= x <= high,
    }[operator]


def compile_filter(table, order):
    """(name, operator, operand, test(record, props, modified)) of one filter."""
    if not isinstance(order, dict):
        raise SearchError("a filter must be an object")
    name, operator = order.get("propertyName"), order.get("operator")
    if not isinstance(name, str) or name not in table.definitions:
        raise SearchError("There was a problem with the request: property %r does not exist" % (name,))
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise SearchError("operator %r is not one of %s" % (operator, ", ".join(sorted(OPERATORS))))
    get = getter(table, name)
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        want = operator == "HAS_PROPERTY"
        return name, operator, None, lambda r, p, m: (get(r, p, m) is not None) == want
    if operator in ("IN", "NOT_IN"):
        return compile_in(table, name, operator, order, get)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        if not isinstance(order.get("value"), str) or not order["value"]:
            raise SearchError("%s on %s needs a value" % (operator, name))
        match, want = tokens_match(order["value"]), operator == "CONTAINS_TOKEN"
        return name, operator, None, lambda r, p, m: match(str(get(r, p, m) or "")) == want
    value = operand(table, name, order.get("value"))
    high = operand(table, name, order.get("highValue")) if operator == "BETWEEN" else None
    test = comparison(operator, value, high)
    return name, operator, value, lambda r, p, m: test(get(r, p, m))


def compile_in(table, name, operator, order, get):
    values = order.get("values")
    if not isinstance(values, list) or not values:
        raise SearchError("%s on %s needs a list of values" % (operator, name))
    # texts are indexed in lower case and IN compares as given: a value with capitals finds nothing
    lower = table.definitions[name].type == "string"
    chosen = frozenset(v if lower and isinstance(v, str) else operand(table, name, v) for v in values)
    want = operator == "IN"
    return name, operator, chosen, lambda r, p, m: (get(r, p, m) in chosen) == want


def compile_groups(table, body):
    groups = body.get("filterGroups", [])
    if "filters" in body and isinstance(groups, list):
        groups = [{"filters": body["filters"]}] + groups
    if not isinstance(groups, list) or len(groups) > 5:
        raise SearchError("at most 5 filterGroups are allowed")
    compiled = []
    for group in groups:
        filters = group.get("filters") if isinstance(group, dict) else None
        if not isinstance(filters, list) or not 1 <= len(filters) <= 6:
            raise SearchError("a filter group has 1 to 6 filters")
        compiled.append([compile_filter(table, f) for f in filters])
    if sum(map(len, compiled)) > 18:
        raise SearchError("at most 18 filters are allowed")
    return compiled


def compile_sort(table, body):
    sorts = body.get("sorts", [])
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise SearchError("Only one sort rule is allowed")
    if not sorts:
        return None, False
    sort = sorts[0]
    if isinstance(sort, str):
        sort = {"propertyName": sort.lstrip("-"), "direction": "DESCENDING" if sort.startswith("-") else "ASCENDING"}
    name, direction = (
        (sort.get("propertyName"), sort.get("direction", "ASCENDING")) if isinstance(sort, dict) else (None, None)
    )
    if not isinstance(name, str) or name not in table.definitions:
        raise SearchError("sort property %r does not exist" % (name,))
    if direction not in ("ASCENDING", "DESCENDING"):
        raise SearchError("sort direction %r is not ASCENDING or DESCENDING" % (direction,))
    return name, direction == "DESCENDING"


def candidates(table, groups):
    """Records that may match: by key, by time or by id where every group allows it, else all."""
    ranges = [narrow(table, group) for group in groups]
    if not ranges or None in ranges:
        return table.live.values()
    ids = set()
    for found in ranges:
        ids.update(found)
    return [table.live[i] for i in ids if i in table.live]


def narrow(table, group):
    for name, operator, value, _test in group:
        if name == "hs_object_id" and operator in ("EQ", "IN"):
            return [int(v) for v in (value if operator == "IN" else [value])]
        if name in table.unique and operator in ("EQ", "IN") and name != "email":
            keys = value if operator == "IN" else [value]
            found = [table.unique[name].get(k) for k in keys]
            return [f for f in found if f is not None] + list(table.unindexed)
        if name == "email" and operator in ("EQ", "IN"):
            found = [table.unique[name].get(k) for k in (value if operator == "IN" else [value])]
            return [f for f in found if f is not None] + list(table.unindexed)
        if name == table.modified_name and operator in ("GT", "GTE", "BETWEEN", "EQ"):
            times = table.times()
            return [i for _, i in times[bisect.bisect_left(times, (value, 0)) :]]
        if name == "hs_object_id" and operator in ("GT", "GTE", "BETWEEN"):
            return table.ids[bisect.bisect_left(table.ids, int(value)) :]
    return None


def run(table, body, now):
    """All records that match, in order: [(record, props, modified)]."""
    groups = compile_groups(table, body)
    name, descending = compile_sort(table, body)
    words = body.get("query")
    text = tokens_match(words if "*" in words else words + "*") if isinstance(words, str) and words else None
    found = []
    for record in candidates(table, groups):
        known = document(table, record, now)
        if known is None:
            continue
        props, modified = known
        if groups and not any(all(f[3](record, props, modified) for f in group) for group in groups):
            continue
        if text and not any(text(props[f]) for f in TEXT_FIELDS if f in props):
            continue
        found.append((record, props, modified))
    if name is None:
        found.sort(key=lambda row: (row[0].created, row[0].id))
    else:
        sort(table, found, name, descending)
    return found


def sort(table, found, name, descending):
    """One rule and no tie-breaker: equal values come in an order that has nothing to do with ids."""
    get = getter(table, name)
    found.sort(key=lambda row: zlib.crc32(b"%d" % row[0].id))
    have = [row for row in found if get(*row) is not None]
    lack = [row for row in found if get(*row) is None]
    have.sort(key=lambda row: get(*row), reverse=descending)
    found[:] = have + lack


def search(table, body, now, cache):
    """(total, rows of the page, next offset or None) of a search body; SearchError when it is refused."""
    if not isinstance(body, dict) or set(body) - KNOWN:
        raise SearchError(
            "Invalid input JSON: unknown keys %s" % sorted(set(body) - KNOWN if isinstance(body, dict) else [])
        )
    limit, after = body.get("limit", 10), body.get("after", "0")
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 200:
        raise SearchError("limit %r is not between 1 and 200" % (limit,))
    if not re.fullmatch(r"\d{1,9}", str(after) or "0"):
        raise SearchError("after %r is not a number" % (after,))
    start = int(after or 0)
    if start + limit > CEILING:
        raise SearchError(
            "The maximum number of results is %d; after %d with limit %d goes past it" % (CEILING, start, limit)
        )
    drain(table, now)
    key = repr((table.name, body.get("filterGroups"), body.get("filters"), body.get("sorts"), body.get("query")))
    held = cache.get(key)
    if held is None or held[0] != table.version:
        rows = run(table, body, now)
        if len(cache) > 16:
            cache.clear()
        held = cache[key] = (table.version, rows)
    rows = held[1]
    return len(rows), rows[start : start + limit], start + limit if start + limit < len(rows) else None


def shown(table, row, names):
    """A result as the index has it, which may be older than the record."""
    record, props, modified = row
    wanted = {n for n in names if n in table.definitions} | {"hs_object_id", table.created_name, table.modified_name}
    values = {}
    for name in sorted(wanted):
        if name == table.modified_name:
            values[name] = iso(modified)
        elif name in table.computed:
            values[name] = table.value(record, name)
        else:
            values[name] = props.get(name)
    return {
        "id": str(record.id),
        "properties": values,
        "createdAt": iso(record.created),
        "updatedAt": iso(modified),
        "archived": False,
    }
