/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One JSON object per line, as doc/events.schema.json has them: what the
 * writers of --json share. Running out of memory while an object is built
 * shows when it is told, and at the end.
 */
#ifndef MTLS_REPORT_JSONLINE_H
#define MTLS_REPORT_JSONLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "report/output.h"

struct json_t; /* jansson's */

struct jsonlines {
	struct output out;
	size_t lost; /* objects that are missing: memory ran out */
};

/* A new object with "v", "type" and "ts". */
struct json_t *jsonline_new(const char *type);

/* The error event. */
struct json_t *jsonline_error(const struct err *err);

/* Print the event on a line of its own, at once, and free it. */
void jsonline_emit(struct jsonlines *lines, struct json_t *event);

/* 0 if all was written (or nobody read it any more), else -1 with ERR_OUTPUT. May be called again. */
MUST_CHECK int jsonline_end(struct jsonlines *lines, struct err *err);

/*
 * Members. Text may be any bytes: each that is no UTF-8 is shown as U+FFFD, and
 * the original then stands in KEY_b64. `some` is text, null where there is none.
 */
void jsonline_add(struct json_t *object, const char *key, struct json_t *value);
void jsonline_add_text(struct json_t *object, const char *key, const char *text);
void jsonline_add_some(struct json_t *object, const char *key, const char *text);
void jsonline_add_integer(struct json_t *object, const char *key, int64_t value);
void jsonline_add_bool(struct json_t *object, const char *key, bool value);
void jsonline_add_ms(struct json_t *object, const char *key, int64_t us);
void jsonline_add_time(struct json_t *object, const char *key, int64_t seconds); /* Unix time */
void jsonline_add_seconds(struct json_t *object, const char *key, int64_t us);

/* One more item, which is taken over; where memory runs out the array is freed and becomes NULL. */
void jsonline_append(struct json_t **array, struct json_t *item);

/* The object, or NULL if memory ran out while it was filled; `first` was added first. */
struct json_t *jsonline_whole(struct json_t *object, const char *first);

#endif
