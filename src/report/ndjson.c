/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ndjson.h"

#include <jansson.h>

#include "base/text.h"
#include "base/wait.h"

/* One event, naming the destination where it has a name. */
static void
emit(struct ndjson *ndjson, json_t *event)
{
	if (ndjson->destination)
		jsonline_add_text(event, "destination", ndjson->destination);
	jsonline_emit(&ndjson->lines, event);
}

static void
emit_finding(struct ndjson *ndjson, const struct step_result *result, const struct finding *finding)
{
	json_t *event = jsonline_new("finding");

	ndjson->counts[finding->severity]++;
	ndjson->critical += finding->critical;
	ndjson->ignored += finding->ignored;
	jsonline_add(event, "step", json_string(step_names[result->step].word));
	jsonline_add(event, "id", json_string(finding->id));
	jsonline_add(event, "severity", json_string(severity_names[finding->severity].word));
	jsonline_add_some(event, "side", side_names[finding->side].word);
	jsonline_add_text(event, "message", finding->text);
	jsonline_add_some(event, "hint", finding->hint);
	jsonline_add_bool(event, "critical", finding->critical);
	jsonline_add_bool(event, "ignored", finding->ignored);
	jsonline_add_ms(event, "ms", result->us);
	emit(ndjson, event);
}

static void
emit_step(void *self, const struct check_report *report, const struct step_result *result)
{
	struct finding bare = { .id = step_names[result->step].word, .severity = result->severity };

	(void)report;
	for (size_t i = 0; i < result->count; i++)
		emit_finding(self, result, &result->findings[i]);
	if (result->count > 0)
		return;
	text_format(bare.text, sizeof bare.text, "%s", result->summary);
	emit_finding(self, result, &bare);
}

static json_t *
certificate_object(const struct certificate *certificate, bool sent)
{
	json_t *object = json_object();

	jsonline_add_text(object, "subject", certificate->subject);
	jsonline_add_text(object, "issuer", certificate->issuer);
	jsonline_add_some(object, "names", certificate->names);
	jsonline_add_text(object, "not_before", certificate->not_before);
	jsonline_add_text(object, "not_after", certificate->not_after);
	jsonline_add_integer(object, "days_left", certificate->days_left);
	jsonline_add_text(object, "key", certificate->key);
	jsonline_add_text(object, "signature", certificate->signature);
	jsonline_add_bool(object, "self_signed", certificate->self_signed);
	jsonline_add_bool(object, "authority", certificate->authority);
	jsonline_add_text(object, "sha256", certificate->fingerprint);
	jsonline_add_text(object, "pin", certificate->pin);
	jsonline_add_bool(object, "sent", sent);
	jsonline_add_some(object, "anchored_by", certificate->store);
	return jsonline_whole(object, "subject");
}

static json_t *
chain_object(const struct certificate_chain *chain)
{
	json_t *object = json_object();
	json_t *items = json_array();

	jsonline_add_bool(object, "complete", chain->complete);
	jsonline_add_bool(object, "out_of_order", chain->out_of_order);
	jsonline_add_bool(object, "root_sent", chain->root_sent);
	for (unsigned i = 0; i < chain->count; i++)
		jsonline_append(&items, certificate_object(&chain->items[i], i < chain->sent));
	jsonline_add(object, "certificates", items);
	return jsonline_whole(object, "complete");
}

static json_t *
range_array(const struct check_report *report)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < report->range_count; i++) {
		const struct range_row *row = &report->range[i];
		json_t *object = json_object();

		jsonline_add_text(object, "name", row->name);
		jsonline_add_text(object, "group", row->group);
		jsonline_add(object, "judgement", json_string(range_answer_names[row->answer]));
		jsonline_add_bool(object, "as_guide", row->fits_guide);
		jsonline_add_bool(object, "as_bcp195", row->fits_bcp195);
		jsonline_add_some(object, "note", row->note);
		jsonline_append(&rows, jsonline_whole(object, "name"));
	}
	return rows;
}

static void
add_place(json_t *event, const struct check_report *report)
{
	jsonline_add_text(event, "host", report->host ? report->host : "");
	jsonline_add_integer(event, "port", report->port);
	jsonline_add_some(event, "address", report->address);
}

static void
emit_tls(struct ndjson *ndjson, const struct check_report *report)
{
	json_t *event = jsonline_new("tls");

	add_place(event, report);
	jsonline_add_some(event, "protocol", report->protocol);
	jsonline_add_some(event, "cipher", report->cipher);
	jsonline_add_some(event, "group", report->group);
	jsonline_add_ms(event, "ms", report->steps[STEP_TLS].us);
	jsonline_add(event, "server", chain_object(&report->server));
	jsonline_add(event, "client", chain_object(&report->ours));
	if (report->range_count > 0)
		jsonline_add(event, "range", range_array(report));
	emit(ndjson, event);
}

static void
emit_association(struct ndjson *ndjson, const struct check_report *report)
{
	json_t *event = jsonline_new("association");
	json_t *pings = json_array();

	jsonline_add_text(event, "called", report->called);
	jsonline_add_text(event, "calling", report->calling);
	add_place(event, report);
	jsonline_add_some(event, "implementation", report->implementation);
	jsonline_add_some(event, "version", report->version);
	jsonline_add_integer(event, "max_pdu", report->max_pdu);
	jsonline_add_integer(event, "window", report->window);
	jsonline_add_ms(event, "ms", report->steps[STEP_ASSOCIATION].us);
	for (size_t i = 0; i < report->ping_count; i++)
		jsonline_append(&pings, json_real((double)report->ping_us[i] / 1000));
	jsonline_add(event, "echo_ms", pings);
	emit(ndjson, event);
}

static bool
is_reached(const struct check_report *report, enum step step)
{
	enum severity severity = report->steps[step].severity;

	return severity != FINDING_NOT_REACHED && severity != FINDING_FAILED;
}

static void
emit_done(void *self, const struct check_report *report)
{
	if (report->protocol[0] || report->server.count > 0 || report->ours.count > 0)
		emit_tls(self, report);
	if (report->called && report->calling && is_reached(report, STEP_ASSOCIATION))
		emit_association(self, report);
	if (report->verdict.kind != ERR_NONE)
		ndjson_error(self, &report->verdict);
}

void
ndjson_init(struct ndjson *ndjson, FILE *out)
{
	*ndjson = (struct ndjson){ .lines.out.to = out, .start_us = clock_us() };
}

struct check_reporter
ndjson_check_reporter(struct ndjson *ndjson)
{
	return (struct check_reporter){ .self = ndjson, .step = emit_step, .done = emit_done };
}

void
ndjson_error(struct ndjson *ndjson, const struct err *err)
{
	emit(ndjson, jsonline_error(err));
}

int
ndjson_end(struct ndjson *ndjson, int exit_code, struct err *err)
{
	static const char *const keys[SEVERITIES] = {
		[FINDING_OK] = "ok",
		[FINDING_INFORMATION] = "information",
		[FINDING_WARNING] = "warning",
		[FINDING_FAILED] = "failed",
		[FINDING_UNDECIDED] = "undecided",
		[FINDING_NOT_REACHED] = "not_reached",
	};
	json_t *event = jsonline_new("summary");

	for (size_t i = 0; i < SEVERITIES; i++)
		jsonline_add_integer(event, keys[i], (int64_t)ndjson->counts[i]);
	jsonline_add_integer(event, "critical", (int64_t)ndjson->critical);
	jsonline_add_integer(event, "ignored", (int64_t)ndjson->ignored);
	jsonline_add_seconds(event, "seconds", clock_us() - ndjson->start_us);
	jsonline_add_integer(event, "exit_code", exit_code);
	jsonline_emit(&ndjson->lines, event);
	return jsonline_end(&ndjson->lines, err);
}
