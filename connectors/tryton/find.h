/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/*
 * Find: looks for parties that are the items of a push. By e-mail address first, in any case; an item without
 * one by its name: an account by the name alone, a person by the name and a phone number together. Inactive
 * parties are not found. The lowest id wins where several are the same.
 */
#include "connector.h"

enum next party_find_ask(struct push *push, struct http_request *request, struct error *err);
bool party_find_read(struct push *push, const struct http_response *response, struct error *err);
