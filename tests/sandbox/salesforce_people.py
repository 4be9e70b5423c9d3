# SPDX-License-Identifier: Apache-2.0
"""What people do in the pretended Salesforce: acts of the control plane."""
from salesforce_store import FormatError, RowError, Transaction


class People:
    # --- what people do -----------------------------------------------------------------------------------------

    def by_person(self, work):
        tx = Transaction(self.database, "person", 0, False, True)
        try:
            result = work(tx)
        except (RowError, FormatError) as error:
            tx.rollback()
            raise ValueError("%s %s" % (getattr(error, "code", "JSON_PARSER_ERROR"), error)) from None
        tx.commit()
        return result

    def stamped(self, order, work):
        """ "seconds_ago": a long transaction commits now what it stamped then."""
        self.database.stamp_offset = float(order.get("seconds_ago", 0))
        try:
            return self.by_person(work)
        finally:
            self.database.stamp_offset = 0

    def act_set(self, order):
        kind = self.kind_of(order["type"])
        return {"id": self.stamped(order, lambda tx: self.database.update(tx, kind, order["id"], order["fields"]))}

    def act_create(self, order):
        kind = self.kind_of(order["type"])
        return {"id": self.stamped(order, lambda tx: self.database.create(tx, kind, order["fields"]))}

    def act_delete(self, order):
        kind = self.kind_of(order["type"])
        return {"id": self.by_person(lambda tx: self.database.delete(tx, kind, order["id"]))}

    def act_undelete(self, order):
        kind = self.kind_of(order["type"])
        self.by_person(lambda tx: self.database.undelete(tx, kind, order["id"]))

    def act_merge(self, order):
        kind = self.kind_of(order["type"])
        self.by_person(lambda tx: self.database.merge(tx, kind, order["master"], order["losers"], order.get("fields")))

    def act_convert(self, order):
        return self.by_person(lambda tx: self.database.convert(tx, order))

    def user_id(self, text):
        users = self.database.tables["User"].rows
        found = next((u["Id"] for u in users.values() if text in (u["Id"], u["Name"], u["Email"])), None)
        if found is None:
            raise ValueError("no user %r" % text)
        return found

    def act_deactivate(self, order):
        table, user = self.database.tables["User"], self.user_id(order["user"])
        table.put(user, self.database.touch(dict(table.rows[user], IsActive=bool(order.get("active", False)))))
        self.log.effect("deactivate", "User", user, {}, "person")
        return {"id": user}

    def act_assignment_rule(self, order):
        """Who gets the leads that are written without Sforce-Auto-Assign: FALSE; null switches the rule off."""
        self.database.assign_to = self.user_id(order["owner"]) if order.get("owner") else None

    def act_duplicate_rule(self, order):
        self.database.duplicate_rule = bool(order.get("on", True))

    def act_undo_writes(self, order):
        """From now on an automation of the org sets these fields back whenever the API changes them."""
        names = frozenset(order["fields"])

        def undo(effects):
            for verb, kind, row_id, _fields, by, _n, old in effects:
                again = {n: v for n, v in (old or {}).items() if n in names}
                if verb == "update" and by == "api" and again:
                    self.server.later(
                        0.05, lambda k=kind, i=row_id, a=again: self.act_set({"type": k, "id": i, "fields": a})
                    )

        self.database.committed = undo

    def act_expire_tokens(self, _order):
        self.expire_tokens()

    def act_drop_cursors(self, _order):
        self.database.cursors.clear()

    def act_purge_deleted(self, order):
        """The delete log loses what is older than this many seconds."""
        self.deleted_from = self.now() - float(order.get("seconds", 0))

    def act_add_field(self, order):
        kind = self.kind_of(order["type"])
        kind.add(order["line"])
        name = list(kind.fields)[-1]
        if kind.fields[name].external:
            self.database.tables[kind.name].unique[name] = {}

    def act_remove_field(self, order):
        kind = self.kind_of(order["type"])
        kind.remove(order["name"])
        self.database.tables[kind.name].unique.pop(order["name"], None)

    def act_limit(self, order):
        """Set the day's allowance and what is used of it, and whether it is enforced."""
        self.options.daily_requests = int(order.get("max", self.options.daily_requests))
        self.usage = int(order.get("used", self.usage))
        self.limited = bool(order.get("on", True))
