# SPDX-License-Identifier: Apache-2.0
"""SOQL, as far as the contract sheet needs it: parse(text) gives a tree, compile_query(tree) a plan to run."""
import datetime
import re

from salesforce_schema import NAME_FIELDS, NUMBERS, TEXTS, full_id, parse_time, valid_date

TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)(?![\dT])
  | (?P<number>[+-]?\d+(?:\.\d+)?)(?![\w.-])
  | (?P<relative>[A-Za-z_]+_N_DAYS:\d+)
  | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
  | (?P<symbol><=|>=|!=|<>|[=<>(),])
)""",
    re.VERBOSE,
)
ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "_": "\\_",
    "%": "\\%",
}
RESERVED = {
    "select",
    "from",
    "where",
    "order",
    "limit",
    "offset",
    "and",
    "or",
    "not",
    "in",
    "like",
    "null",
    "true",
    "false",
    "group",
    "having",
    "with",
    "for",
    "by",
    "asc",
    "desc",
    "nulls",
    "using",
    "all",
    "includes",
    "excludes",
}
DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
MAX_OFFSET = 2000
MAX_LEVELS = 5


CUSTOM = (
    "If you are attempting to use a custom %s, be sure to append the '__%s' after the %s name."
    " Please reference your WSDL or the describe call for the appropriate names."
)


class SoqlError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def malformed(message):
    return SoqlError("MALFORMED_QUERY", message)


class Token:
    __slots__ = ("kind", "text", "at")

    def __init__(self, kind, text, at):
        self.kind, self.text, self.at = kind, text, at


def tokens_of(text):
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = TOKEN.match(text, at)
        if not match:
            rest = text[at:].lstrip()
            raise malformed("line 1:%d no viable alternative at character '%s'" % (len(text) - len(rest), rest[:1]))
        found.append(Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
        at = match.end()
    found.append(Token("end", "<EOF>", len(text)))
    return found


class Query:
    def __init__(self):
        self.fields, self.children = [], []
        self.count = False
        self.source = self.alias = self.where = None
        self.order = []
        self.limit = self.offset = None


class Parser:
    def __init__(self, text):
        if len(text) > 100000:
            raise malformed("SOQL statements cannot be longer than 100000 characters.")
        self.text, self.tokens, self.at, self.depth = text, tokens_of(text), 0, 0

    @property
    def token(self):
        return self.tokens[self.at]

    def word(self):
        return self.token.text.lower() if self.token.kind == "name" else None

    def unexpected(self):
        token = self.token
        around = self.text[max(0, token.at - 20) : token.at + 20]
        return malformed(
            "\n%s\n%s^\nERROR at Row:1:Column:%d\nunexpected token: '%s'"
            % (around, " " * min(token.at, 20), token.at + 1, token.text)
        )

    def take(self, kind, *texts):
        token = self.token
        if token.kind != kind or texts and token.text.lower() not in texts:
            raise self.unexpected()
        self.at += 1
        return token

    def skip(self, kind, *texts):
        if self.token.kind == kind and (not texts or self.token.text.lower() in texts):
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def identifier(self):
        if self.token.kind != "name" or self.word() in RESERVED:
            raise self.unexpected()
        return self.take("name").text

    def parse(self):
        query = self.query()
        if self.token.kind != "end":
            raise self.unexpected()
        return query

    def query(self, inner=False):
        query = Query()
        self.take("name", "select")
        self.select_list(query, inner)
        self.take("name", "from")
        query.source = (self.token.at, self.take("name").text if self.word() == "group" else self.identifier())
        if self.token.kind == "name" and self.word() not in RESERVED:
            query.alias = self.identifier()
        if self.skip("name", "where"):
            query.where = self.condition()
        if self.skip("name", "order"):
            self.take("name", "by")
            query.order = self.order_list()
        query.limit = self.whole_number("limit")
        query.offset = self.whole_number("offset")
        return query

    def whole_number(self, word):
        if not self.skip("name", word):
            return None
        token = self.take("number")
        if not token.text.isdigit():
            raise malformed("unexpected token: '%s'" % token.text)
        return int(token.text)

    def select_list(self, query, inner):
        if self.word() == "count" and self.tokens[self.at + 1].text == "(" and self.tokens[self.at + 2].text == ")":
            self.at += 3
            query.count = True
            return
        while True:
            if self.skip("symbol", "("):
                if inner:
                    raise self.unexpected()
                query.children.append(self.query(True))
                self.take("symbol", ")")
            else:
                query.fields.append((self.token.at, self.identifier()))
            if not self.skip("symbol", ","):
                return

    def order_list(self):
        order = []
        while True:
            at, name = self.token.at, self.identifier()
            direction = self.skip("name", "asc", "desc")
            nulls = "first"
            if self.skip("name", "nulls"):
                nulls = self.take("name", "first", "last").text.lower()
            order.append((at, name, bool(direction) and direction.text.lower() == "desc", nulls == "first"))
            if not self.skip("symbol", ","):
                return order

    def condition(self):
        """AND and OR do not mix on one level without parentheses."""
        self.depth += 1
        if self.depth > 50:
            raise malformed("the conditions are nested too deep")
        parts, joint = [self.term()], None
        while self.word() in ("and", "or"):
            if joint not in (None, self.word()):
                raise self.unexpected()
            joint = self.take("name").text.lower()
            parts.append(self.term())
        self.depth -= 1
        return parts[0] if joint is None else (joint, parts)

    def term(self):
        if self.skip("name", "not"):
            self.depth += 1
            if self.depth > 50:
                raise malformed("the conditions are nested too deep")
            inner = self.term()
            self.depth -= 1
            return "not", inner
        if self.skip("symbol", "("):
            inner = self.condition()
            self.take("symbol", ")")
            return inner
        at, name = self.token.at, self.identifier()
        if self.skip("name", "like"):
            return "compare", at, name, "like", self.take("string")
        negative = self.skip("name", "not")
        if self.skip("name", "in"):
            return ("in", at, name, bool(negative)) + self.in_list()
        if negative:
            raise self.unexpected()
        operator = self.take("symbol", "=", "!=", "<>", "<", "<=", ">", ">=").text
        return "compare", at, name, "!=" if operator == "<>" else operator, self.literal()

    def literal(self):
        token = self.token
        if token.kind in ("string", "datetime", "date", "number", "relative") or (
            token.kind == "name" and self.word() in ("null", "true", "false", "today", "yesterday", "tomorrow")
        ):
            self.at += 1
            return token
        raise self.unexpected()

    def in_list(self):
        self.take("symbol", "(")
        if self.word() == "select":
            inner = self.query(True)
            self.take("symbol", ")")
            return None, inner
        values = [self.literal()]
        while self.skip("symbol", ","):
            values.append(self.literal())
        self.take("symbol", ")")
        return values, None


def unquote(token):
    def replace(found):
        if found.group(1) not in ESCAPES:
            raise malformed("Illegal character sequence '%s' in string literal" % found.group())
        return ESCAPES[found.group(1)]

    return re.sub(r"\\(.)", replace, token.text[1:-1], flags=re.DOTALL)


def plain(text):
    """LIKE keeps its escaped wildcards; every other comparison means the characters themselves."""
    return text.replace("\\_", "_").replace("\\%", "%")


class Plan:
    """A compiled query. `render(row, version)` gives a record; `test(row)` is the WHERE; `after` a lower bound of
    SystemModstamp that the WHERE implies, when there is one."""

    def __init__(self):
        self.type = self.render = None
        self.test = None
        self.count = False
        self.sort = []
        self.by_stamp = False
        self.after = None
        self.ids = None
        self.limit = self.offset = None


class Compiler:
    def __init__(self, database, text, now, page=2000):
        self.database, self.schema, self.text, self.now, self.page = database, database.schema, text, now, page

    def marked(self, at, message):
        around = self.text[max(0, at - 20) : at + 20]
        return "\n%s\n%s^\nERROR at Row:1:Column:%d\n%s" % (around, " " * min(at, 20), at + 1, message)

    def compile(self, query, child_of=None):
        plan = Plan()
        plan.type = kind = child_of or self.source(query)
        plan.count = query.count
        if query.offset is not None and query.offset > MAX_OFFSET:
            raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is %d" % MAX_OFFSET)
        plan.limit, plan.offset = query.limit, query.offset or 0
        if not query.count:
            plan.render = self.renderer(kind, query)
        if query.where is not None:
            plan.test = self.condition(kind, query.where, query.alias)
            plan.after = self.lower_bound(query.where)
            plan.ids = self.named_ids(query.where)
        for at, name, descending, nulls_first in query.order:
            _path, field, get = self.path(kind, name, at, query.alias)
            if not field.filterable:
                raise SoqlError(
                    "INVALID_FIELD", self.marked(at, "field '%s' can not be sorted in a query call" % field.name)
                )
            plan.sort.append((self.sort_key(field, get), descending, nulls_first))
        keys = [(o[1].lower(), o[2]) for o in query.order]
        plan.by_stamp = keys == [("systemmodstamp", False), ("id", False)]
        return plan

    def source(self, query):
        kind = self.schema.type(query.source[1])
        if kind is None:
            message = "sObject type '%s' is not supported." % query.source[1]
            raise self.unknown("INVALID_TYPE", query.source[0], message, "object")
        return kind

    @staticmethod
    def lower_bound(node):
        if (
            node[0] == "compare"
            and node[2].lower() == "systemmodstamp"
            and node[3] in (">", ">=", "=")
            and node[4].kind == "datetime"
        ):
            return parse_time(node[4].text)
        if node[0] in ("and", "or"):
            bounds = [Compiler.lower_bound(n) for n in node[1]]
            if node[0] == "and":
                return max(filter(None, bounds), default=None)
            return None if None in bounds else min(bounds)
        return None

    @staticmethod
    def named_ids(node):
        """The ids a query names outright."""
        if node[0] == "and":
            return next(filter(None, map(Compiler.named_ids, node[1])), None)
        if node[0] == "compare" and node[2].lower() == "id" and node[3] == "=" and node[4].kind == "string":
            return [full_id(node[4].text[1:-1])]
        if node[0] == "in" and node[2].lower() == "id" and not node[3] and node[4]:
            return [full_id(t.text[1:-1]) for t in node[4]]
        return None

    # --- fields -------------------------------------------------------------------------------------------------

    def no_column(self, at, name, kind):
        return self.unknown("INVALID_FIELD", at, "No such column '%s' on entity '%s'." % (name, kind), "field")

    def unknown(self, code, at, message, what):
        suffix = "r" if what == "relationship" else "c"
        hint = CUSTOM % (what, suffix, "custom " + what if what != "object" else "entity")
        return SoqlError(code, self.marked(at, "%s %s" % (message, hint)))

    def steps(self, name, alias):
        steps = name.split(".")
        if alias and steps[0].lower() == alias.lower() and len(steps) > 1:
            steps = steps[1:]
        return steps

    def path(self, kind, name, at, alias=None):
        """(canonical path, field, getter) of a possibly dotted name."""
        steps = self.steps(name, alias)
        if len(steps) > 1 and steps[0].lower() == kind.name.lower() and steps[0].lower() not in kind.relations:
            steps = steps[1:]
        if len(steps) > MAX_LEVELS + 1:
            raise malformed("only %d levels of relationships are allowed" % MAX_LEVELS)
        return self.walk(kind, steps, at)

    def walk(self, kind, steps, at):
        if len(steps) == 1:
            field = kind.field(steps[0])
            if field is None:
                raise self.no_column(at, steps[0], kind.name)
            name = field.name
            return (name,), field, lambda row: row.get(name)
        relation = kind.relations.get(steps[0].lower())
        if relation is None:
            message = "Didn't understand relationship '%s' in field path." % steps[0]
            raise self.unknown("INVALID_FIELD", at, message, "relationship")
        if len(relation.targets) > 1:
            return self.walk_name(relation, steps, at)
        path, field, inner = self.walk(self.schema.types[relation.targets[0]], steps[1:], at)
        rows, key = self.database.tables[relation.targets[0]].rows, relation.name

        def get(row):
            other = rows.get(row.get(key))
            return None if other is None else inner(other)

        return (relation.relationship,) + path, field, get

    def walk_name(self, relation, steps, at):
        """A reference to several types shows the fields of their common Name."""
        known = {n.lower(): n for n in NAME_FIELDS}
        if len(steps) != 2 or steps[1].lower() not in known:
            raise self.no_column(at, ".".join(steps[1:]), "Name")
        name, key, find = known[steps[1].lower()], relation.name, self.database.find
        fields = self.schema.types["User"].fields
        field = fields.get(name) or fields["Name"]

        def get(row):
            other, kind = find(row.get(key))
            if other is None:
                return None
            return other.get(name) if name != "Type" else other.get("Type") if kind.name == "Group" else kind.name

        return (relation.relationship, name), field, get

    # --- conditions ---------------------------------------------------------------------------------------------

    def condition(self, kind, node, alias):
        if node[0] in ("and", "or"):
            tests = [self.condition(kind, n, alias) for n in node[1]]
            if len(tests) == 2:
                first, second = tests
                return (
                    (lambda row: first(row) and second(row))
                    if node[0] == "and"
                    else (lambda row: first(row) or second(row))
                )
            return (
                (lambda row: all(t(row) for t in tests))
                if node[0] == "and"
                else (lambda row: any(t(row) for t in tests))
            )
        if node[0] == "not":
            inner = self.condition(kind, node[1], alias)
            return lambda row: not inner(row)
        _path, field, get = self.path(kind, node[2], node[1], alias)
        if not field.filterable:
            raise SoqlError(
                "INVALID_FIELD", self.marked(node[1], "field '%s' can not be filtered in a query call" % field.name)
            )
        if node[0] == "in":
            return self.in_condition(field, get, node)
        return self.compare(field, get, node)

    def in_condition(self, field, get, node):
        _, at, _name, negative, values, inner = node
        if inner is not None:
            chosen = self.semi_join(inner)
        else:
            chosen = {self.operand(field, token, at) for token in values}
        lower = field.type in TEXTS
        if lower:
            chosen = {v.lower() if isinstance(v, str) else v for v in chosen}

        def test(row):
            value = get(row)
            return ((value.lower() if lower and value is not None else value) in chosen) != negative

        return test

    def semi_join(self, query):
        plan = self.compile(query)
        if len(query.fields) != 1 or query.children:
            raise malformed("a semi join selects exactly one field")
        _path, _field, get = self.path(plan.type, query.fields[0][1], query.fields[0][0], query.alias)
        return {get(row) for row in self.database.run(plan)} - {None}

    def compare(self, field, get, node):
        _, at, _name, operator, token = node
        if operator == "like":
            return self.like(field, get, token, at)
        if (
            isinstance(token, Token)
            and (token.kind == "relative" or token.text.lower() in DAYS)
            and token.kind != "string"
        ):
            return self.relative(field, get, operator, token, at)
        value = self.operand(field, token, at)
        if value is None or value == "" and operator in ("=", "!="):
            if operator not in ("=", "!="):
                raise malformed("unexpected token: 'null'")
            return (lambda row: get(row) is None) if operator == "=" else (lambda row: get(row) is not None)
        if field.type in ("boolean",) and operator not in ("=", "!="):
            raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", self.marked(at, "invalid operator on boolean field"))
        if field.type in TEXTS:
            value, plain_get = value.lower(), get
            get = lambda row: (plain_get(row) or "").lower() or None  # noqa: E731
        return {
            "=": lambda row: get(row) == value,
            "!=": lambda row: get(row) != value,
            "<": lambda row: (x := get(row)) is not None and x < value,
            "<=": lambda row: (x := get(row)) is not None and x <= value,
            ">": lambda row: (x := get(row)) is not None and x > value,
            ">=": lambda row: (x := get(row)) is not None and x >= value,
        }[operator]

    def like(self, field, get, token, at):
        if field.type not in TEXTS:
            raise SoqlError(
                "INVALID_QUERY_FILTER_OPERATOR", self.marked(at, "invalid operator on %s field" % field.type)
            )
        shape = ""
        for piece in re.findall(r"\\[%_]|[%_]|[^%_\\]+|\\", unquote(token)):
            shape += {"%": ".*", "_": "."}.get(piece) or re.escape(piece[1:] if piece in ("\\%", "\\_") else piece)
        pattern = re.compile(shape, re.IGNORECASE | re.DOTALL)
        return lambda row: (x := get(row)) is not None and pattern.fullmatch(x) is not None

    def relative(self, field, get, operator, token, at):
        """TODAY, LAST_N_DAYS:n and the like: a range of whole days, UTC."""
        if field.type not in ("date", "datetime"):
            raise self.wrong_type(field, at, False)
        today = datetime.datetime.utcfromtimestamp(self.now).date()
        word, _, days = token.text.lower().partition(":")
        ranges = {"last_n_days": (-int(days or 0), 1), "next_n_days": (1, int(days or 0) + 1)}
        if word not in ranges and word not in DAYS:
            raise malformed("unexpected token: '%s'" % token.text)
        first, last = ranges.get(word) or (DAYS[word], DAYS[word] + 1)
        low, high = [(today + datetime.timedelta(days=d)).isoformat() for d in (first, last)]
        inside = lambda x: x is not None and low <= x[:10] < high  # noqa: E731
        return {
            "=": lambda row: inside(get(row)),
            "!=": lambda row: not inside(get(row)),
            "<": lambda row: (x := get(row)) is not None and x[:10] < low,
            "<=": lambda row: (x := get(row)) is not None and x[:10] < high,
            ">": lambda row: (x := get(row)) is not None and x[:10] >= high,
            ">=": lambda row: (x := get(row)) is not None and x[:10] >= low,
        }[operator]

    def wrong_type(self, field, at, quoted):
        kind = {"datetime": "dateTime", "reference": "ID", "id": "ID"}.get(
            field.type, "string" if field.type in TEXTS else field.type
        )
        return SoqlError(
            "INVALID_FIELD",
            self.marked(
                at,
                "value of filter criterion for field '%s' must be of type %s and should %sbe "
                "enclosed in quotes" % (field.name, kind, "" if quoted else "not "),
            ),
        )

    def operand(self, field, token, at):
        """The value to compare with, in the form rows hold it; SoqlError when its kind does not fit the field."""
        if token.kind == "name" and token.text.lower() == "null":
            return None
        if field.type in TEXTS or field.type in ("id", "reference"):
            if token.kind != "string":
                raise self.wrong_type(field, at, True)
            return self.text_operand(field, unquote(token), at)
        good = {
            "boolean": token.kind == "name" and token.text.lower() in ("true", "false"),
            "datetime": token.kind == "datetime",
            "date": token.kind == "date",
        }.get(field.type, field.type in NUMBERS and token.kind == "number")
        if not good:
            raise self.wrong_type(field, at, False)
        if field.type == "datetime":
            value = parse_time(token.text)
        elif field.type == "date":
            value = token.text if valid_date(token.text) else None
        else:
            value = token.text.lower() == "true" if field.type == "boolean" else float(token.text)
        if value is None:
            raise malformed(self.marked(at, "invalid date: %s" % token.text))
        return value

    def text_operand(self, field, text, at):
        if field.type in TEXTS:
            return plain(text)
        value = full_id(text)
        if value is None and text != "":
            raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", self.marked(at, "invalid ID field: %s" % text))
        return value or ""

    @staticmethod
    def sort_key(field, get):
        if field.type in TEXTS:
            return lambda row: (x := get(row)) and x.lower()
        return get

    # --- results ------------------------------------------------------------------------------------------------

    def renderer(self, kind, query):
        tree, order = {}, []
        seen = set()
        for at, name in query.fields:
            path, field, _get = self.path(kind, name, at, query.alias)
            if path in seen:
                raise malformed("duplicate field selected: %s" % name)
            seen.add(path)
            order.append(path)
            node = tree
            for step in path[:-1]:
                node = node.setdefault(step, {})
            node[path[-1]] = None
        children = [self.child(kind, inner) for inner in query.children]
        inner = self.tree_renderer(kind, tree)

        def render(row, version):
            record = inner(row, version)
            for name, show in children:
                record[name] = show(row, version)
            return record

        return render if children else inner

    def tree_renderer(self, kind, tree):
        plain_fields = [n for n, sub in tree.items() if sub is None]
        related = []
        for name, sub in tree.items():
            if sub is not None:
                relation = kind.relations[name.lower()]
                target = relation.targets[0] if len(relation.targets) == 1 else None
                show = self.tree_renderer(self.schema.types[target], sub) if target else self.name_renderer(sub)
                related.append((name, relation.name, show, self.database.tables[target].rows if target else None))
        find, type_name = self.database.find, kind.name

        def render(row, version):
            record = {
                "attributes": {
                    "type": type_name,
                    "url": "/services/data/%s/sobjects/%s/%s" % (version, type_name, row["Id"]),
                }
            }
            for name in plain_fields:
                record[name] = row.get(name)
            for name, key, show, rows in related:
                other = rows.get(row.get(key)) if rows is not None else find(row.get(key))
                if rows is None:
                    other = None if other[0] is None else other
                record[name] = None if other is None else show(other, version)
            return record

        return render

    @staticmethod
    def name_renderer(sub):
        def render(found, version):
            row, kind = found
            record = {
                "attributes": {
                    "type": "Name",
                    "url": "/services/data/%s/sobjects/%s/%s" % (version, kind.name, row["Id"]),
                }
            }
            for name in sub:
                record[name] = (
                    row.get(name) if name != "Type" else row.get("Type") if kind.name == "Group" else kind.name
                )
            return record

        return render

    def child(self, kind, query):
        found = kind.children.get(query.source[1].lower())
        if found is None:
            message = "Didn't understand relationship '%s' in FROM part of query call." % query.source[1]
            raise self.unknown("INVALID_TYPE", query.source[0], message, "relationship")
        relation, child_kind, key = found
        plan = self.compile(query, child_kind)
        database, page = self.database, self.page

        def show(row, version):
            rows = database.run(plan, database.children(child_kind.name, key, row["Id"]))
            return database.result(rows, plan.render, version, page) if rows else None

        return relation, show


def parse(text):
    return Parser(text).parse()
