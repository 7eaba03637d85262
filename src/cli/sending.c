/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/sending.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/ratelimit.h"
#include "base/text.h"
#include "base/watchdog.h"
#include "dcmtk/edits.h"
#include "tls/digest.h"

#define DAY 86400 /* seconds */

/* Metrics that cannot be written do not stop a send. */
static void
report_unwritten(struct sending *sending, const struct err *err)
{
	sending->unwritten = true;
	sending->front.error(sending->front.self, err);
}

static int
open_listeners(struct sending *sending, const struct options *options, struct err *err)
{
	const struct promtext_labels labels = { .called = options->called, .calling = options->calling,
		.host = options->host, .port = options->port };
	struct err unwritten = ERR_INIT;

	if (options->failed_to) {
		if (pathlist_open(&sending->failed, options->failed_to, options->from0, err) < 0)
			return -1;
		fanout_add(&sending->all, failed_reporter(&sending->failed));
	}
	if (options->done_to) {
		if (done_open(&sending->done, options->done_to, options->from0, err) < 0)
			return -1;
		fanout_add(&sending->all, done_reporter(&sending->done));
	}
	if (!options->prometheus)
		return 0;
	if (metrics_open(&sending->metrics, options->prometheus, &labels, &unwritten) == 0)
		fanout_add(&sending->all, metrics_reporter(&sending->metrics));
	else
		report_unwritten(sending, &unwritten);
	return 0;
}

static int
make_edits(struct sending *sending, const struct options *options, struct err *err)
{
	sending->edits = edits_new(err);
	if (!sending->edits)
		return -1;
	for (size_t i = 0; i < options->sets.count; i++)
		if (edits_set(sending->edits, options->sets.items[i], err) < 0)
			return -1;
	return options->uid_suffix ? edits_suffix(sending->edits, options->uid_suffix, err) : 0;
}

/* The journal's name for the edits, which does not contain their values. */
static int
digest_edits(const struct sending *sending, char out[2 * DIGEST_SIZE + 1], struct err *err)
{
	unsigned char sum[DIGEST_SIZE];
	const char *text = sending->edits ? edits_text(sending->edits) : "";
	struct digest *digest;

	out[0] = '\0';
	if (!*text)
		return 0;
	digest = digest_new(err);
	if (!digest)
		return -1;
	digest_add(digest, text, strlen(text));
	if (digest_finish(digest, sum) < 0)
		return err_set(err, ERR_INTERNAL, "cannot compute SHA-256");
	digest_hex(sum, out);
	return 0;
}

static int
open_journal(struct sending *sending, const struct options *options, struct err *err)
{
	char edits[2 * DIGEST_SIZE + 1];
	const struct journal_key key = { .called = options->called, .host = options->host,
		.port = options->port, .calling = options->calling, .edits = edits };
	bool absent;

	if (digest_edits(sending, edits, err) < 0)
		return -1;
	/* A dry run tells what a journal has recorded, but makes none. */
	absent = options->dry_run && access(options->journal, F_OK) < 0 && errno == ENOENT;
	if (absent)
		return 0;
	sending->journal = journal_open(options->journal, &key, err);
	if (!sending->journal)
		return -1;
	return options->journal_prune && !options->dry_run ?
		journal_prune(sending->journal, time(NULL) - options->journal_prune * DAY, err) : 0;
}

/* All members of a group may be trusted; the user has to decide that. */
static void
warn_of_group(const struct setup *setup, const char *name)
{
	char text[700];

	text_format(text, sizeof text, "the journal %s is writable by its group, whose members could cause "
		"objects to be skipped; run chmod 600 on it", TEXT_SHOWN(name, 512));
	setup->reporter.warning(setup->reporter.self, text);
}

static int
make_related(struct sending *sending, const struct options *options, struct err *err)
{
	sending->related = extneg_new(err);
	if (!sending->related)
		return -1;
	if (!options->rel_sop_classes)
		return 0;
	return extneg_load(sending->related, options->rel_sop_classes, err);
}

static int
make_all(struct sending *sending, const struct options *options, struct err *err)
{
	bool edited = options->sets.count > 0 || options->uid_suffix;

	if (open_listeners(sending, options, err) < 0)
		return -1;
	if (edited && make_edits(sending, options, err) < 0)
		return -1;
	if (options->rel_ext_neg && make_related(sending, options, err) < 0)
		return -1;
	if (options->journal && open_journal(sending, options, err) < 0)
		return -1;
	if (options->limit_rate && !(sending->endpoint.rate_limit = ratelimit_new(options->limit_rate)))
		return err_nomem(err);
	return 0;
}

int
sending_init(struct sending *sending, const struct setup *setup, const struct options *options,
	struct err *err)
{
	struct send_job *job = &sending->job;

	memset(sending, 0, sizeof *sending);
	sending->front = fanout_init(&sending->fronts);
	fanout_add(&sending->fronts, setup->reporter);
	if (options->json)
		fanout_add(&sending->fronts, ndjson_sender(&sending->ndjson, stdout));
	sending->reporter = fanout_init(&sending->all);
	fanout_add(&sending->all, sending->front);
	sending->endpoint = setup->endpoint;
	sending->endpoint.history = &sending->history;
	if (make_all(sending, options, err) < 0)
		return -1;
	if (sending->journal && journal_group_writes(sending->journal))
		warn_of_group(setup, options->journal);
	*job = (struct send_job){
		.driver = &association_dcmtk,
		.request = setup_request(setup, options),
		.reporter = &sending->reporter,
		.expiry = setup->expiry,
		.rules = options->rules,
		.retry = options->retry,
		.shard = options->shard,
		.journal = sending->journal,
		.resend = options->resend,
		.uid_conflict = (enum uid_conflict)options->uid_conflict,
		.strict = options->strict,
		.preview = options->dry_run,
		.split_studies = options->split_studies,
		.associations = options->associations,
		.idle_timeout = options->idle_timeout,
	};
	job->request.endpoint = &sending->endpoint;
	job->request.edits = sending->edits;
	job->edit_head = edits_head;
	job->examine = examine_instance;
	job->request.max_object_memory = options->max_object_memory;
	job->request.related = sending->related;
	job->request.priority = options->priority;
	job->request.window = options->window;
	job->request.max_pdu_send = options->max_pdu_send;
	job->request.max_pdu_receive = options->max_pdu_receive;
	return 0;
}

/* Remove the objects made of PDFs. */
static void
remove_made(void *name)
{
	const char *directory = name;
	DIR *dir = opendir(directory);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			(void)!unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(directory);
}

/* Output that could not be written takes precedence over all but usage and an interrupt. */
static enum err_kind
close_one(const struct reporter *front, int rv, const struct err *err, enum err_kind verdict)
{
	if (rv == 0)
		return verdict;
	front->error(front->self, err);
	if (verdict == ERR_USAGE || err_is_interrupt(verdict) || verdict == ERR_JOURNAL)
		return verdict;
	/* The signal may have ended that wait. */
	return interrupt_signal() ? interrupt_kind() : err->kind;
}

int
sending_make_directory(struct sending *sending, char *name)
{
	int rv = -1;

	watchdog_hold();
	if (mkdtemp(name)) {
		sending->made = name;
		watched_begin(&sending->made_watched, NULL, remove_made, name);
		rv = 0;
	}
	watchdog_release();
	return rv;
}

/* The last event. Events lost before it can be reported in it, its own loss only after it. */
static enum err_kind
emit_summary(struct sending *sending, const struct report_totals *totals, enum err_kind verdict)
{
	const struct reporter *front = &sending->front;
	bool json = sending->ndjson.out.to;
	struct err err = ERR_INIT, after = ERR_INIT;

	if (json)
		verdict = close_one(front, jsonline_end(&sending->ndjson, &err), &err, verdict);
	front->summary(front->self, totals, verdict);
	if (json && err.kind == ERR_NONE)
		verdict = close_one(front, jsonline_end(&sending->ndjson, &after), &after, verdict);
	return verdict;
}

enum err_kind
sending_end(struct sending *sending, const struct report_totals *totals, enum err_kind verdict)
{
	const struct reporter *front = &sending->front;
	const enum err_kind before = verdict;
	struct err err = ERR_INIT;

	if (sending->failed.file.to)
		verdict = close_one(front, failed_close(&sending->failed, totals, before, &err), &err,
			verdict);
	if (sending->done.list.file.to)
		verdict = close_one(front, done_close(&sending->done, &err), &err, verdict);
	if (sending->metrics.path && metrics_close(&sending->metrics, totals, before, &err) < 0)
		report_unwritten(sending, &err);
	if (sending->unwritten && verdict == ERR_NONE)
		verdict = interrupt_signal() ? interrupt_kind() : ERR_OUTPUT;
	if (sending->journal)
		verdict = close_one(front, journal_close(sending->journal, &err), &err, verdict);
	return emit_summary(sending, totals, verdict);
}

void
sending_clear(struct sending *sending)
{
	if (sending->made) {
		remove_made(sending->made);
		watched_end(&sending->made_watched);
	}
	free(sending->made);
	ratelimit_free(sending->endpoint.rate_limit);
	extneg_free(sending->related);
	edits_free(sending->edits);
}
