/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ndjson_send.h"

#include <jansson.h>

#include "base/text.h"
#include "dicom/status.h"

static void
add_count(json_t *object, const char *key, uint64_t count)
{
	jsonline_add_integer(object, key, (int64_t)count);
}

/* "0xA700", null without one */
static void
add_status(json_t *event, bool has_status, uint16_t status)
{
	char text[8];

	text_format(text, sizeof text, "0x%04X", status);
	jsonline_add_some(event, "status", has_status ? text : NULL);
}

/* For an entry of a journal: its receiver, and when it was made. */
static void
add_kept(json_t *event, const struct report_entry *kept)
{
	if (!kept)
		return;
	jsonline_add_text(event, "called", kept->called);
	jsonline_add_text(event, "calling", kept->calling);
	jsonline_add_text(event, "host", kept->host);
	add_count(event, "port", kept->port);
	jsonline_add_bool(event, "edited", kept->edited);
	jsonline_add_time(event, "last", kept->time);
}

static json_t *
association_object(const struct report_association *event)
{
	json_t *object = jsonline_new("association");

	add_count(object, "number", event->number);
	jsonline_add_text(object, "called", event->called);
	jsonline_add_text(object, "calling", event->calling);
	jsonline_add_text(object, "host", event->host);
	add_count(object, "port", event->port);
	jsonline_add_some(object, "address", event->address);
	jsonline_add_some(object, "protocol", event->protocol);
	jsonline_add_some(object, "cipher", event->cipher);
	jsonline_add_some(object, "group", event->group);
	jsonline_add_bool(object, "resumed", event->resumed);
	add_count(object, "contexts", event->contexts);
	add_count(object, "accepted", event->accepted);
	jsonline_add_some(object, "implementation", event->implementation);
	jsonline_add_some(object, "version", event->version);
	add_count(object, "max_pdu", event->max_pdu);
	jsonline_add_ms(object, "resolve_ms", event->resolve_us);
	jsonline_add_ms(object, "connect_ms", event->connect_us);
	jsonline_add_ms(object, "tls_ms", event->tls_us);
	jsonline_add_ms(object, "ms", event->accept_us);
	return object;
}

static void
emit_association(void *self, const struct report_association *event)
{
	json_t *object = association_object(event);

	jsonline_add(object, "echo_ms", json_array());
	jsonline_emit(self, object);
}

static void
emit_echo(void *self, const struct report_association *event, int64_t rtt_us)
{
	json_t *object = association_object(event);

	jsonline_add(object, "echo_ms", json_pack("[f]", (double)rtt_us / 1000));
	jsonline_emit(self, object);
}

static const char *
class_word(enum result_class result)
{
	static const char *const words[] = {
		[RESULT_SUCCESS] = "success",
		[RESULT_WARNING] = "warning",
		[RESULT_FAILURE] = "failure",
		[RESULT_UNCERTAIN] = "uncertain",
		[RESULT_NOT_SENT] = "not-sent",
		[RESULT_DUPLICATE] = "duplicate",
	};

	return words[result];
}

/* Tags as the DICOM JSON model writes them (PS3.18 F.2.2): "0010000D". */
static json_t *
tag_array(const uint32_t *tags, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		char text[12];

		text_format(text, sizeof text, "%08X", (unsigned)tags[i]);
		jsonline_append(&array, json_string(text));
	}
	return array;
}

static void
emit_instance(void *self, const struct report_instance *event)
{
	json_t *object = jsonline_new("instance");

	jsonline_add_text(object, "path", event->path);
	jsonline_add_some(object, "study", event->study);
	jsonline_add_some(object, "sop_class", event->sop_class);
	jsonline_add_some(object, "sop_instance", event->sop_instance);
	jsonline_add_some(object, "ts_file", event->syntax_file);
	jsonline_add_some(object, "ts_sent", event->syntax_sent);
	jsonline_add_some(object, "changed", event->changed);
	jsonline_add(object, "assoc", event->association ? json_integer(event->association) : json_null());
	add_count(object, "attempt", event->attempt);
	add_status(object, event->has_status, event->status);
	jsonline_add(object, "class", json_string(class_word(event->result)));
	jsonline_add_some(object, "comment", event->comment);
	jsonline_add_some(object, "meaning", event->meaning);
	jsonline_add_some(object, "hint", event->hint);
	if (event->offending_count > 0)
		jsonline_add(object, "offending", tag_array(event->offending, event->offending_count));
	add_count(object, "bytes", event->bytes);
	jsonline_add_ms(object, "ms", event->us);
	jsonline_add_bool(object, "recorded", event->recorded);
	jsonline_add_bool(object, "planned", event->planned);
	jsonline_add_bool(object, "again", event->again);
	add_kept(object, event->kept);
	jsonline_emit(self, object);
}

static void
emit_error(void *self, const struct err *err)
{
	jsonline_emit(self, jsonline_error(err));
}

static void
emit_study(void *self, const struct report_study *event)
{
	json_t *object = jsonline_new("study");

	jsonline_add_some(object, "study", event->uid);
	add_count(object, "found", event->found);
	add_count(object, "acknowledged", event->acknowledged);
	add_count(object, "warned", event->warned);
	add_count(object, "recorded", event->recorded);
	add_count(object, "failed", event->failed);
	add_count(object, "uncertain", event->uncertain);
	add_count(object, "not_sent", event->not_sent);
	add_count(object, "duplicates", event->duplicates);
	add_count(object, "bytes", event->bytes);
	jsonline_add_seconds(object, "seconds", event->us);
	add_kept(object, event->kept);
	jsonline_emit(self, object);
}

static json_t *
class_object(const struct report_plan_class *row)
{
	json_t *object = json_object();

	jsonline_add_text(object, "sop_class", row->sop_class);
	jsonline_add_text(object, "ts_file", row->syntax);
	add_count(object, "files", row->files);
	add_count(object, "bytes", row->bytes);
	jsonline_add_some(object, "otherwise", row->otherwise);
	return jsonline_whole(object, "sop_class");
}

static json_t *
class_array(const struct report_plan *plan)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < plan->class_count; i++)
		jsonline_append(&rows, class_object(&plan->classes[i]));
	return rows;
}

static void
emit_plan(void *self, const struct report_plan *event)
{
	json_t *object = jsonline_new("plan");

	add_count(object, "associations", event->associations);
	add_count(object, "contexts", event->contexts);
	add_count(object, "studies", event->studies);
	add_count(object, "files", event->files);
	add_count(object, "bytes", event->bytes);
	add_count(object, "cannot", event->cannot);
	jsonline_add(object, "classes", class_array(event));
	jsonline_emit(self, object);
}

static void
emit_retry(void *self, const struct report_retry *event)
{
	json_t *object = jsonline_new("retry");
	bool by_status = event->why->kind == ERR_NONE;

	jsonline_add_text(object, "what", event->what);
	jsonline_add_some(object, "word", by_status ? NULL : err_word(event->why->kind));
	add_status(object, by_status, event->status);
	jsonline_add_text(object, "message",
		by_status ? status_store(event->status).meaning : event->why->text);
	jsonline_add_some(object, "comment", event->comment);
	add_count(object, "attempt", event->attempt);
	add_count(object, "of", event->of);
	jsonline_add_integer(object, "delay_ms", event->delay_ms);
	add_count(object, "unanswered", event->unanswered);
	jsonline_emit(self, object);
}

static void
summarize(struct jsonlines *lines, const struct report_totals *totals, int status, const char *word)
{
	json_t *object = jsonline_new("summary");

	add_count(object, "found", totals->found);
	add_count(object, "acknowledged", totals->acknowledged);
	add_count(object, "warned", totals->warned);
	add_count(object, "recorded", totals->recorded);
	add_count(object, "failed", totals->failed);
	add_count(object, "uncertain", totals->uncertain);
	add_count(object, "not_sent", totals->not_sent);
	add_count(object, "duplicates", totals->duplicates);
	add_count(object, "mismatched", totals->mismatched);
	add_count(object, "again", totals->again);
	add_count(object, "skipped", totals->skipped);
	add_count(object, "elsewhere", totals->elsewhere);
	add_count(object, "left", totals->left);
	add_count(object, "bytes", totals->bytes);
	jsonline_add_seconds(object, "seconds", totals->us);
	add_count(object, "exit_code", (uint64_t)status);
	jsonline_add(object, "word", json_string(word));
	jsonline_emit(lines, object);
}

static void
emit_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	summarize(self, totals, err_status(verdict), err_word(verdict));
}

struct reporter
ndjson_sender(struct jsonlines *lines, FILE *out)
{
	*lines = (struct jsonlines){ .out.to = out };
	return (struct reporter){
		.self = lines,
		.association = emit_association,
		.echo = emit_echo,
		.instance = emit_instance,
		.error = emit_error,
		.study = emit_study,
		.plan = emit_plan,
		.retry = emit_retry,
		.summary = emit_summary,
	};
}

int
ndjson_error_summary(FILE *out, const struct err *err, int status, struct err *failed)
{
	static const struct report_totals none;
	struct jsonlines lines = { .out.to = out };

	emit_error(&lines, err);
	summarize(&lines, &none, status, err_word(err->kind));
	return jsonline_end(&lines, failed);
}
