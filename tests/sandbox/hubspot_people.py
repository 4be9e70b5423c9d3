# SPDX-License-Identifier: Apache-2.0
"""What people do in the pretended HubSpot: acts of the control plane."""
from hubspot_answers import PERSON, ItemError
from hubspot_store import iso, parse_ms
from hubspot_world import SUBSCRIPTIONS, guid


class People:
    # --- what people do -----------------------------------------------------------------------------------------

    @staticmethod
    def by_person(work, *arguments):
        try:
            return work(*arguments)
        except ItemError as error:
            raise ValueError("%s %s" % (error.message, error.errors or "")) from None

    def chosen(self, order, key="id"):
        table = self.table(order.get("type", "contacts"))
        record = (
            table.find_by("email", order["email"])
            if "email" in order and key not in order
            else table.find(int(order[key]))
        )
        if record is None:
            raise ValueError("no such record: %s" % order.get(key, order.get("email")))
        return table, record

    def act_set(self, order):
        table, record = self.chosen(order)
        self.by_person(self.edit, table, record, order["properties"], PERSON)
        return {"id": str(record.id)}

    def act_create(self, order):
        table = self.table(order.get("type", "contacts"))
        return {
            "id": str(self.by_person(self.make, table, order["properties"], order.get("associations", []), PERSON).id)
        }

    def act_delete(self, order):
        table, record = self.chosen(order)
        self.drop(table, record, PERSON)
        return {"id": str(record.id)}

    def act_restore(self, order):
        table = self.table(order.get("type", "contacts"))
        record = table.archived.get(int(order["id"]))
        if record is None:
            raise ValueError("%s is not archived" % order["id"])
        self.store.restore(table, record)
        self.log.effect("restore", table.name, str(record.id), {}, "person")
        self.hooks.emit(table.singular + ".restore", PERSON, objectId=record.id)
        return {"id": str(record.id)}

    def act_erase(self, order):
        table, record = self.chosen(order)
        self.erase(table, record, PERSON)

    def act_merge(self, order):
        table = self.table(order.get("type", "contacts"))
        return {"id": str(self.join(table, int(order["primary"]), int(order["other"]), PERSON).id)}

    def act_submit_form(self, order):
        """A visitor fills in a form: the contact is found by e-mail or made, the form and the event are noted."""
        email, fields = order["email"], dict(order.get("fields", {}))
        name = order.get("form", "Contact us")
        at = parse_ms(str(order["occurred_at"])) if "occurred_at" in order else self.store.now_ms()
        form = self.form_named(name) or self.add_form(name, self.store.now_ms())
        source = ("FORM", form["id"])
        table = self.store.tables["contacts"]
        record = table.find_by("email", email)
        if record is None:
            record = self.by_person(self.make, table, dict(fields, email=email), [], source)
        elif fields:
            self.by_person(self.edit, table, record, fields, source)
        before = int(record.props.get("num_conversion_events", "0"))
        values = {
            "recent_conversion_event_name": name,
            "recent_conversion_date": iso(at),
            "num_conversion_events": str(before + 1),
        }
        if not before:
            values.update(first_conversion_event_name=name, first_conversion_date=iso(at))
        self.add_submission(form, record, at, dict(fields, email=email))
        event = self.add_event(record.id, "e_form_submission_v2", at, {"hs_form_id": form["id"], "hs_form_name": name})
        self.edit(table, record, None, source, 0, values)
        self.log.effect("submit_form", "contacts", str(record.id), {"form": name, "email": email}, "person")
        return {"id": str(record.id), "form": form["id"], "event": guid("event %d" % event["n"]), "at": at}

    def act_event(self, order):
        _table, record = self.chosen(order)
        at = parse_ms(str(order["occurred_at"])) if "occurred_at" in order else self.store.now_ms()
        kind = order.get("event_type", "e_visited_page")
        event = self.add_event(record.id, kind, at, order.get("properties", {}))
        self.log.effect("event", "contacts", str(record.id), {"kind": kind}, "person")
        return {"event": guid("event %d" % event["n"])}

    def act_optout(self, order):
        for number in [order["subscription"]] if "subscription" in order else [n for n, _ in SUBSCRIPTIONS]:
            self.set_consent(order["email"], number, {"statusState": order.get("status", "UNSUBSCRIBED")}, PERSON)

    def act_add_property(self, order):
        self.add_property(
            self.table(order.get("type", "contacts")),
            order["name"],
            order.get("kind", "string"),
            bool(order.get("unique")),
            order.get("options", ()),
        )

    def act_remove_property(self, order):
        self.remove_property(self.table(order.get("type", "contacts")), order["name"])

    def act_archive_owner(self, order):
        owner = next(
            o for o in self.store.owners.values() if order.get("id") == o["id"] or order.get("email") == o["email"]
        )
        owner["archived"] = True
        return {"id": owner["id"]}

    def act_expire_tokens(self, _order):
        self.expire_tokens()

    def act_revoke_token(self, order):
        """From now on the static token is another one."""
        self.tokens.pop(order.get("token", self.options.token), None)
        if "new" in order:
            self.tokens[order["new"]] = None

    def act_search_lag(self, order):
        self.store.search_lag = self.lag_of(str(order["seconds"]))

    def act_rate_limits(self, order):
        self.options.rate_limits = bool(order.get("on", True))
        self.options.burst = int(order.get("burst", self.options.burst))

    def act_undo_writes(self, order):
        """From now on an automation of the account sets these properties back whenever the API changes them."""
        self.undone = frozenset(order["properties"])

    def act_redeliver(self, order):
        """Send a delivery of the log again, with a fresh signature."""
        entry = self.log.entries[int(order["n"]) - 1]
        if entry[0] != "hook":
            raise ValueError("log entry %s is no delivery" % order["n"])
        return {"status": self.hooks.post(entry[3], int(order.get("attempt", entry[5])))}
