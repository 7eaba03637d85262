/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "dcmtk/encapsulate.h"
#include "dicom/list.h"
#include "dicom/scan.h"
#include "tls/digest.h"

struct source {
	struct sending *sending;
	const struct options *options;
	struct send *send;
	struct source_counts *counts;
	bool stopped;		  /* the run ends: the rest is only reported */
	const char *given;	  /* the path being searched */
	bool inside;		  /* the last file reported is in it: it is a directory or a DICOMDIR */
	bool waits;		  /* the list is a pipe, and may have no end */
	struct deadline deadline;   /* for the rest of such a list */
};

#define REST_MS 1000 /* for what a pipe still names after the run has ended */

/* Everything reported is in the path given, or is the path itself. */
static void
note_whether_inside(struct source *source, const char *path)
{
	source->inside = source->given && strcmp(path, source->given) != 0;
}

static int64_t
in_ms(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Was it changed within --min-age? It may still be being written. If the time of modification is in the
 * future, the change time of the inode is used. */
static bool
is_too_new(const struct source *source, const char *path)
{
	struct timespec clock;
	int64_t now, changed;
	struct stat st;

	if (!source->options->min_age || stat(path, &st) || !S_ISREG(st.st_mode))
		return false;
	clock_gettime(CLOCK_REALTIME, &clock);
	now = in_ms(clock);
	changed = in_ms(st.st_mtim) > now ? in_ms(st.st_ctim) : in_ms(st.st_mtim);
	return changed > now - source->options->min_age;
}

static int
on_instance(void *ctx, struct instance *instance)
{
	struct source *source = ctx;
	int rc;

	note_whether_inside(source, instance->path);
	/* Files of other shards are counted there. */
	if (shard_takes(source->options->shard, instance->study) && is_too_new(source, instance->path)) {
		rc = send_skipped(source->send, instance->path, NULL);
		instance_clear(instance);
		return rc;
	}
	source->counts->instances++;
	return send_instance(source->send, instance);
}

static int
on_failure(void *ctx, const char *path, const struct err *why)
{
	struct source *source = ctx;

	note_whether_inside(source, path);
	if (is_too_new(source, path))
		return send_skipped(source->send, path, NULL);
	if (why->kind == ERR_NO_INPUT && why->detail == NO_INPUT_IS_DICOM)
		source->counts->refused++;
	else
		source->counts->others++;
	return send_failure(source->send, path, why);
}

static int
on_skipped(void *ctx, const char *path, const struct err *why)
{
	struct source *source = ctx;

	note_whether_inside(source, path);
	if (is_too_new(source, path))
		return send_skipped(source->send, path, NULL);
	source->counts->others++;
	return send_skipped(source->send, path, why->text);
}

/* The walk may find no file in many directories for a long time. */
static int
on_directory(void *ctx)
{
	struct source *source = ctx;

	source->inside = true;
	return send_idle(source->send);
}

static void
stop(struct source *source)
{
	source->stopped = true;
	source->deadline = deadline_in(REST_MS);
}

/* Files that the run does not reach also have a result, and are in --failed-to; but a pipe may never end. */
static int
on_path(void *ctx, const char *path)
{
	const struct scan_sink sink = { on_instance, on_failure, on_skipped, ctx, on_directory };
	struct source *source = ctx;

	if (source->stopped) {
		send_unsent(source->send, path, "not attempted: the run had ended");
		return source->waits && deadline_passed(source->deadline);
	}
	source->given = path;
	if (scan(path, &sink) == 0)
		return 0;
	stop(source);
	if (source->inside)
		send_unsent(source->send, path, "the run ended before all of it was read");
	return 0;
}

/* Create the directory for the objects made of PDFs. -1 with err. */
static int
make_directory_once(struct sending *sending, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	char *name;

	if (sending->made)
		return 0;
	tmp = tmp && *tmp ? tmp : "/tmp";
	if (asprintf(&name, "%s/mtls-storescu.XXXXXX", tmp) < 0)
		return err_nomem(err);
	if (sending_make_directory(sending, name) == 0)
		return 0;
	err_set(err, ERR_OUTPUT, "%s: cannot be made: %s", name, strerror(errno));
	free(name);
	return err_hint(err, "The objects made from the PDFs are stored there; set TMPDIR to use another "
		"directory.");
}

/* What the instance's UIDs are derived from: the PDF, its patient and study, and the attributes set. */
static int
make_seed(const struct source *source, const char *pdf, unsigned char seed[DIGEST_SIZE], struct err *err)
{
	const char *like = source->options->like;
	const char *edits = source->sending->edits ? edits_text(source->sending->edits) : "";
	struct digest *digest = digest_new(err);
	struct instance head;

	if (!digest)
		return -1;
	if (like && part10_read(like, &head, err) != PART10_OK) {
		(void)!digest_finish(digest, seed);
		return err_wrap(err, "--like");
	}
	if (digest_add_file(digest, pdf, err) < 0) {
		if (like)
			instance_clear(&head);
		(void)!digest_finish(digest, seed);
		return -1;
	}
	digest_add(digest, edits, strlen(edits) + 1);
	if (like) {
		digest_add(digest, head.study, strlen(head.study) + 1);
		digest_add(digest, head.sop_instance, strlen(head.sop_instance) + 1);
		instance_clear(&head);
	}
	return digest_finish(digest, seed) < 0 ? err_set(err, ERR_INTERNAL, "cannot compute SHA-256") : 0;
}

static void
warn_of_versions(const struct source *source, const char *pdf, unsigned versions)
{
	char text[700];

	if (versions == 0)
		return;
	text_format(text, sizeof text, "%s has %u end-of-file marks (it is signed, or was saved "
		"incrementally); IRIS truncates a PDF at the first, so compare what arrives there",
		TEXT_SHOWN(pdf, 400), versions + 1);
	send_warning(source->send, text);
}

/* It gets the PDF's time, by which the journal sees whether it is still the same. */
static void
keep_time(const char *pdf, struct instance *instance)
{
	struct stat st;

	if (stat(pdf, &st))
		return;
	if (utimensat(AT_FDCWD, instance->path, (struct timespec[]){ st.st_atim, st.st_mtim }, 0) == 0)
		instance->mtime_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
}

/* A PDF that cannot be made an instance fails; a missing patient or study is an error of the command line. */
static int
pdf_failed(struct source *source, const char *pdf, struct err *err)
{
	if (err->kind != ERR_NO_INPUT)
		return -1;
	source->counts->others++;
	if (send_failure(source->send, pdf, err))
		stop(source);
	err->kind = ERR_NONE;
	return 0;
}

static int
send_pdf(struct source *source, const char *pdf, struct err *err)
{
	unsigned char seed[DIGEST_SIZE];
	struct instance instance;
	unsigned versions = 0;

	if (make_directory_once(source->sending, err) < 0)
		return -1;
	if (make_seed(source, pdf, seed, err) < 0 ||
	    encapsulate_pdf(pdf, source->options->like, source->sending->edits, seed, source->sending->made,
		    &instance, &versions, err) < 0)
		return pdf_failed(source, pdf, err);
	keep_time(pdf, &instance);
	warn_of_versions(source, pdf, versions);
	source->counts->instances++;
	if (send_instance(source->send, &instance))
		stop(source);
	return 0;
}

static int
on_idle(void *ctx)
{
	struct source *source = ctx;

	if (!source->stopped && send_idle(source->send))
		stop(source);
	return source->stopped;
}

/* Files that the list would have named have no result: say so. */
static int
read_list(struct source *source, struct err *err)
{
	const struct options *options = source->options;
	const struct list_reader list = { on_path, on_idle, source };
	struct stat st;
	int rv;

	source->waits = (strcmp(options->files_from, "-") == 0 ? fstat(STDIN_FILENO, &st) :
		stat(options->files_from, &st)) || !S_ISREG(st.st_mode);
	rv = list_read(options->files_from, options->from0, &list, err);
	if (rv > 0)
		send_warning(source->send, "the run ended before the end of the file list: the rest of the "
			"list is not in the result");
	return rv < 0 ? -1 : 0;
}

/* -1 with err: the walk itself failed. */
static int
walk(struct source *source, struct err *err)
{
	const struct options *options = source->options;

	for (size_t i = 0; i < options->encapsulate.count; i++) {
		const char *pdf = options->encapsulate.items[i];

		if (source->stopped)
			send_unsent(source->send, pdf, "not attempted: the run had ended");
		else if (is_too_new(source, pdf))
			source->stopped = send_skipped(source->send, pdf, NULL) != 0;
		else if (send_pdf(source, pdf, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < options->files.count; i++)
		(void)on_path(source, options->files.items[i]);
	return options->files_from ? read_list(source, err) : 0;
}

int
source_walk(struct sending *sending, const struct options *options, struct send *send,
	struct source_counts *counts, struct err *err)
{
	struct source source = { .sending = sending, .options = options, .send = send, .counts = counts };
	int rv;

	*counts = (struct source_counts){ 0 };
	rv = walk(&source, err);
	if (rv < 0)
		return -1;
	if (source.stopped && !interrupt_signal() && deadline_passed(sending->endpoint.limit))
		return err_set(err, ERR_TIMEOUT, "--max-time ended the run while the files were read");
	return source.stopped ? -1 : 0;
}
