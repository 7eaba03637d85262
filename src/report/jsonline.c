/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/jsonline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/timestamp.h"

#define DIGITS 12 /* of numbers: microseconds of days */

void
jsonline_add(json_t *object, const char *key, json_t *value)
{
	/* A NULL value or object makes this fail; without its first member, whole finds the object out. */
	if (json_object_set_new(object, key, value) < 0 && object)
		json_object_clear(object);
}

json_t *
jsonline_whole(json_t *object, const char *first)
{
	if (json_object_get(object, first))
		return object;
	json_decref(object);
	return NULL;
}

void
jsonline_append(json_t **array, json_t *item)
{
	if (json_array_append_new(*array, item) == 0)
		return;
	json_decref(*array);
	*array = NULL;
}

void
jsonline_add_integer(json_t *object, const char *key, int64_t value)
{
	jsonline_add(object, key, json_integer(value));
}

void
jsonline_add_ms(json_t *object, const char *key, int64_t us)
{
	jsonline_add(object, key, json_real((double)us / 1000));
}

void
jsonline_add_seconds(json_t *object, const char *key, int64_t us)
{
	jsonline_add(object, key, json_real((double)us / 1e6));
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
		*p++ = (char)(i + 1 < len ? digits[group >> 6 & 63] : '=');
		*p++ = (char)(i + 2 < len ? digits[group & 63] : '=');
	}
	*p = '\0';
	return out;
}

/* A copy of text in which each byte that is no UTF-8 is U+FFFD; NULL without memory. */
static char *
replace_invalid_utf8(const char *text)
{
	size_t left = strlen(text);
	char *out = malloc(3 * left + 1), *p = out;

	for (size_t n; out && left > 0; text += n, left -= n) {
		n = text_utf8_len((const unsigned char *)text, left);
		memcpy(p, n ? text : "\xef\xbf\xbd", n ? n : 3);
		p += n ? n : 3;
		n = n ? n : 1;
	}
	if (out)
		*p = '\0';
	return out;
}

void
jsonline_add_text(json_t *object, const char *key, const char *text)
{
	char *shown = replace_invalid_utf8(text), *original;
	char name[32];

	jsonline_add(object, key, shown ? json_string_nocheck(shown) : NULL);
	if (shown && strcmp(shown, text) != 0) {
		original = base64((const unsigned char *)text, strlen(text));
		text_format(name, sizeof name, "%s_b64", key);
		jsonline_add(object, name, original ? json_string(original) : NULL);
		free(original);
	}
	free(shown);
}

void
jsonline_add_some(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		jsonline_add_text(object, key, text);
	else
		jsonline_add(object, key, json_null());
}

void
jsonline_add_bool(json_t *object, const char *key, bool value)
{
	jsonline_add(object, key, json_boolean(value));
}

json_t *
jsonline_new(const char *type)
{
	json_t *event = json_object();
	char now[TIMESTAMP_SIZE];

	jsonline_add_integer(event, "v", 1);
	jsonline_add(event, "type", json_string(type));
	jsonline_add(event, "ts", json_string(timestamp_now(now)));
	return event;
}

void
jsonline_add_time(json_t *object, const char *key, int64_t seconds)
{
	char text[TIMESTAMP_SIZE];

	jsonline_add(object, key, json_string(timestamp_at(text, seconds)));
}

json_t *
jsonline_error(const struct err *err)
{
	json_t *event = jsonline_new("error");

	jsonline_add_integer(event, "code", err_status(err->kind));
	jsonline_add(event, "word", json_string(err_word(err->kind)));
	jsonline_add_some(event, "phase", err->phase);
	jsonline_add_text(event, "message", err->text);
	jsonline_add_some(event, "hint", err->hint);
	return event;
}

/* The JSON text as a line. It escapes C0 only; terminals obey DEL and C1 too (U+0080 to U+009F,
 * C2 80 to C2 9F in UTF-8). Owned by the caller, *len bytes; NULL without memory. */
static char *
make_line(const char *json, size_t *len)
{
	static const char digits[] = "0123456789ABCDEF";
	char *line = malloc(6 * strlen(json) + 2), *p = line;

	if (!line)
		return NULL;
	while (*json) {
		size_t plain = strcspn(json, "\x7f\xc2");
		const unsigned char *odd = (const unsigned char *)json + plain;
		bool c1 = odd[0] == 0xc2 && odd[1] < 0xa0;
		unsigned code = c1 ? odd[1] : odd[0];

		p = mempcpy(p, json, plain);
		json += plain + (odd[0] ? 1 : 0) + c1;
		if (c1 || odd[0] == 0x7f) {
			p = mempcpy(p, "\\u00", 4);
			*p++ = digits[code >> 4];
			*p++ = digits[code & 15];
		} else if (odd[0]) {
			*p++ = (char)odd[0];
		}
	}
	*p++ = '\n';
	*len = (size_t)(p - line);
	return line;
}

/* Each at once, so that who follows the lines sees them, and the end of the process loses none. */
void
jsonline_emit(struct jsonlines *lines, json_t *event)
{
	char *text = NULL, *line = NULL;
	size_t len;

	event = jsonline_whole(event, "v");
	if (event)
		text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	json_decref(event);
	if (text)
		line = make_line(text, &len);
	if (line)
		output_write(&lines->out, line, len);
	else
		lines->lost++;
	free(line);
	free(text);
}

int
jsonline_end(struct jsonlines *lines, struct err *err)
{
	if (output_end(&lines->out, "standard output", err) < 0)
		return -1;
	if (lines->lost == 0)
		return 0;
	return err_set(err, ERR_OUTPUT, "%zu events of --json are missing on standard output: out of memory",
		lines->lost);
}
