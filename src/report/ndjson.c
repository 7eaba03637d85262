/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ndjson.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/wait.h"

#define DIGITS 12 /* of numbers: microseconds of days */

static void
add(json_t *object, const char *key, json_t *value)
{
	/* A NULL value or object makes this fail; without its first member, whole finds the object out. */
	if (json_object_set_new(object, key, value) < 0 && object)
		json_object_clear(object);
}

/* The object, or NULL if memory ran out while it was filled; `first` was added first. */
static json_t *
whole(json_t *object, const char *first)
{
	if (json_object_get(object, first))
		return object;
	json_decref(object);
	return NULL;
}

static void
add_integer(json_t *object, const char *key, json_int_t value)
{
	add(object, key, json_integer(value));
}

static void
add_ms(json_t *object, const char *key, int64_t us)
{
	add(object, key, json_real((double)us / 1000));
}

/* RFC 4648 base64 of len bytes; NULL without memory. */
static char *
base64(const unsigned char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc((len + 2) / 3 * 4 + 1), *p = out;

	if (!out)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		unsigned long group = (unsigned long)bytes[i] << 16;

		group |= i + 1 < len ? (unsigned long)bytes[i + 1] << 8 : 0;
		group |= i + 2 < len ? bytes[i + 2] : 0;
		*p++ = digits[group >> 18];
		*p++ = digits[group >> 12 & 63];
		*p++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
		*p++ = i + 2 < len ? digits[group & 63] : '=';
	}
	*p = '\0';
	return out;
}

/* A copy of text in which each byte that is no UTF-8 is U+FFFD; *changed says if there was one. */
static char *
repair(const char *text, bool *changed)
{
	size_t left = strlen(text);
	char *out = malloc(3 * left + 1), *p = out;

	*changed = false;
	for (size_t n; out && left > 0; text += n, left -= n) {
		n = text_utf8_len((const unsigned char *)text, left);
		memcpy(p, n ? text : "\xef\xbf\xbd", n ? n : 3);
		p += n ? n : 3;
		*changed |= n == 0;
		n = n ? n : 1;
	}
	if (out)
		*p = '\0';
	return out;
}

/* Text of any bytes: what is no UTF-8 is shown as U+FFFD, and the original stands in KEY_b64. */
static void
add_text(json_t *object, const char *key, const char *text)
{
	char *original = NULL, *shown;
	bool changed;

	shown = repair(text, &changed);
	add(object, key, shown ? json_string(shown) : NULL);
	if (shown && changed) {
		char name[32];

		text_format(name, sizeof name, "%s_b64", key);
		original = base64((const unsigned char *)text, strlen(text));
		add(object, name, original ? json_string(original) : NULL);
	}
	free(original);
	free(shown);
}

/* Likewise, null where there is nothing. */
static void
add_some(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		add_text(object, key, text);
	else
		add(object, key, json_null());
}

static void
add_bool(json_t *object, const char *key, bool value)
{
	add(object, key, json_boolean(value));
}

/* RFC 3339, UTC, milliseconds */
static void
add_now(json_t *object)
{
	char seconds[32], text[48];
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
	text_format(text, sizeof text, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
	add(object, "ts", json_string(text));
}

static json_t *
event_new(const char *type)
{
	json_t *event = json_object();

	add_integer(event, "v", 1);
	add(event, "type", json_string(type));
	add_now(event);
	return event;
}

/* Print it on a line of its own, and free it. */
static void
tell(struct ndjson *ndjson, json_t *event)
{
	char *text = NULL;

	event = whole(event, "v");
	if (event)
		text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	json_decref(event);
	if (!text) {
		ndjson->lost = true;
		return;
	}
	fputs(text, ndjson->out.to);
	fputc('\n', ndjson->out.to);
	free(text);
	output_flush(&ndjson->out);
}

static void
tell_finding(struct ndjson *ndjson, const struct rung_result *result, const struct finding *finding)
{
	json_t *event = event_new("finding");

	ndjson->counts[finding->severity]++;
	add(event, "rung", json_string(rung_word(result->rung)));
	add(event, "id", json_string(finding->id));
	add(event, "severity", json_string(severity_word(finding->severity)));
	add_some(event, "side", side_word(finding->side));
	add_text(event, "message", finding->text);
	add_some(event, "hint", finding->hint);
	add_ms(event, "ms", result->us);
	tell(ndjson, event);
}

static void
tell_rung(void *self, const struct ladder *ladder, const struct rung_result *result)
{
	struct finding bare = { .id = rung_word(result->rung), .severity = result->severity };

	(void)ladder;
	for (size_t i = 0; i < result->count; i++)
		tell_finding(self, result, &result->findings[i]);
	if (result->count > 0)
		return;
	text_format(bare.text, sizeof bare.text, "%s", result->summary);
	tell_finding(self, result, &bare);
}

static json_t *
certificate_object(const struct certificate *certificate, bool sent)
{
	json_t *object = json_object();

	add_text(object, "subject", certificate->subject);
	add_text(object, "issuer", certificate->issuer);
	add_some(object, "names", certificate->names);
	add_text(object, "not_before", certificate->not_before);
	add_text(object, "not_after", certificate->not_after);
	add_integer(object, "days_left", certificate->days_left);
	add_text(object, "key", certificate->key);
	add_text(object, "signature", certificate->signature);
	add_bool(object, "self_signed", certificate->self_signed);
	add_bool(object, "authority", certificate->authority);
	add_text(object, "sha256", certificate->fingerprint);
	add_text(object, "pin", certificate->pin);
	add_bool(object, "sent", sent);
	add_some(object, "anchored_by", certificate->store);
	return whole(object, "subject");
}

static json_t *
chain_object(const struct certificate_chain *chain)
{
	json_t *object = json_object();
	json_t *items = json_array();

	add_bool(object, "complete", chain->complete);
	add_bool(object, "out_of_order", chain->out_of_order);
	add_bool(object, "root_sent", chain->root_sent);
	for (unsigned i = 0; i < chain->count; i++)
		if (json_array_append_new(items, certificate_object(&chain->items[i], i < chain->sent)) < 0) {
			json_decref(items);
			items = NULL;
			break;
		}
	add(object, "certificates", items);
	return whole(object, "complete");
}

static json_t *
range_array(const struct ladder *ladder)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < ladder->range_count; i++) {
		const struct range_row *row = &ladder->range[i];
		json_t *object = json_object();

		add_text(object, "name", row->name);
		add_text(object, "group", row->group);
		add(object, "judgement", json_string(range_judgement_name(row->judgement)));
		add_bool(object, "as_guide", row->fits_guide);
		add_bool(object, "as_bcp195", row->fits_bcp195);
		add_some(object, "note", row->note);
		if (json_array_append_new(rows, whole(object, "name")) < 0) {
			json_decref(rows);
			return NULL;
		}
	}
	return rows;
}

static void
add_place(json_t *event, const struct ladder *ladder)
{
	add_text(event, "host", ladder->host ? ladder->host : "");
	add_integer(event, "port", ladder->port);
	add_some(event, "address", ladder->address);
}

static void
tell_tls(struct ndjson *ndjson, const struct ladder *ladder)
{
	json_t *event = event_new("tls");

	add_place(event, ladder);
	add_some(event, "protocol", ladder->protocol);
	add_some(event, "cipher", ladder->cipher);
	add_some(event, "group", ladder->group);
	add_ms(event, "ms", ladder->rungs[RUNG_TLS].us);
	add(event, "server", chain_object(&ladder->server));
	add(event, "client", chain_object(&ladder->ours));
	if (ladder->range_count > 0)
		add(event, "range", range_array(ladder));
	tell(ndjson, event);
}

static void
tell_association(struct ndjson *ndjson, const struct ladder *ladder)
{
	json_t *event = event_new("association");
	json_t *pings = json_array();

	add_text(event, "called", ladder->called);
	add_text(event, "calling", ladder->calling);
	add_place(event, ladder);
	add_some(event, "implementation", ladder->implementation);
	add_some(event, "version", ladder->version);
	add_integer(event, "max_pdu", ladder->max_pdu);
	add_integer(event, "window", ladder->window);
	add_ms(event, "ms", ladder->rungs[RUNG_ASSOCIATION].us);
	for (size_t i = 0; i < ladder->ping_count; i++)
		(void)json_array_append_new(pings, json_real((double)ladder->ping_us[i] / 1000));
	add(event, "echo_ms", pings);
	tell(ndjson, event);
}

static bool
is_reached(const struct ladder *ladder, enum rung rung)
{
	enum severity severity = ladder->rungs[rung].severity;

	return severity != FINDING_NOT_REACHED && severity != FINDING_FAILED;
}

static void
tell_done(void *self, const struct ladder *ladder)
{
	if (ladder->protocol[0] || ladder->server.count > 0 || ladder->ours.count > 0)
		tell_tls(self, ladder);
	if (ladder->called && ladder->calling && is_reached(ladder, RUNG_ASSOCIATION))
		tell_association(self, ladder);
	if (ladder->verdict.kind != ERR_NONE)
		ndjson_error(self, &ladder->verdict);
}

void
ndjson_init(struct ndjson *ndjson, FILE *out)
{
	*ndjson = (struct ndjson){ .out.to = out, .start_us = clock_us() };
}

struct ladder_reporter
ndjson_ladder(struct ndjson *ndjson)
{
	return (struct ladder_reporter){ .self = ndjson, .rung = tell_rung, .done = tell_done };
}

void
ndjson_error(struct ndjson *ndjson, const struct err *err)
{
	json_t *event = event_new("error");

	add_integer(event, "code", err_status(err->kind));
	add(event, "word", json_string(err_word(err->kind)));
	add_some(event, "phase", err->phase);
	add_text(event, "message", err->text);
	add_some(event, "hint", err->hint);
	tell(ndjson, event);
}

int
ndjson_end(struct ndjson *ndjson, int exit_code, struct err *err)
{
	static const char *const keys[SEVERITIES] = {
		[FINDING_OK] = "ok",
		[FINDING_WARNING] = "warning",
		[FINDING_FAILED] = "failed",
		[FINDING_UNDECIDED] = "undecided",
		[FINDING_NOT_REACHED] = "not_reached",
	};
	json_t *event = event_new("summary");

	for (size_t i = 0; i < SEVERITIES; i++)
		add_integer(event, keys[i], (json_int_t)ndjson->counts[i]);
	add(event, "seconds", json_real((double)(clock_us() - ndjson->start_us) / 1e6));
	add_integer(event, "exit_code", exit_code);
	tell(ndjson, event);
	if (output_end(&ndjson->out, "standard output", err) < 0)
		return -1;
	return ndjson->lost ? err_nomem(err) : 0;
}
