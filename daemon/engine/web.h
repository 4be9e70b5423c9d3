/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Web: what the listener answers: /hooks/<connector>, /metrics (Prometheus text), /healthz, /readyz. */
#include "engine.h"

void web_handle(struct inquiry *inquiry, void *engine);
void web_metrics(const struct engine *engine, struct buf *to);
