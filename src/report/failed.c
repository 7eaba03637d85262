/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/failed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "report/beside.h"
#include "report/silent.h"

struct failed {
	struct beside file;
	bool nul;
	bool idle;	   /* the run ended before it looked at anything */
	size_t left_out;   /* paths that no line can hold */
	char example[256]; /* the first of them, harmless */
};

/* What the user lets new files have: paths may name patients. */
static mode_t
usual_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

struct failed *
failed_open(const char *path, bool nul, struct err *err)
{
	struct failed *failed = calloc(1, sizeof *failed);

	if (!failed) {
		err_nomem(err);
		return NULL;
	}
	failed->nul = nul;
	if (beside_open(&failed->file, path, usual_mode(), err) == 0)
		return failed;
	free(failed);
	return NULL;
}

static bool
is_listed(const struct report_instance *event)
{
	switch (event->result) {
	case RESULT_FAILURE:
	case RESULT_UNCERTAIN:
	case RESULT_NOT_SENT:
		return *event->path && !event->planned;
	case RESULT_SUCCESS:
	case RESULT_WARNING:
	case RESULT_DUPLICATE:
		break;
	}
	return false;
}

/* Would --files-from read the same path from a line of its own? */
static bool
fits_line(const char *path)
{
	size_t len = strlen(path);

	return !strchr(path, '\n') && path[len - 1] != '\r';
}

static void
failed_instance(void *self, const struct report_instance *event)
{
	struct failed *failed = self;

	if (!is_listed(event))
		return;
	if (!failed->nul && !fits_line(event->path)) {
		if (failed->left_out++ == 0)
			text_harmless_str(failed->example, sizeof failed->example, event->path);
		return;
	}
	fputs(event->path, failed->file.to);
	putc(failed->nul ? '\0' : '\n', failed->file.to);
}

static void
failed_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	struct failed *failed = self;

	failed->idle = totals->found == 0 && verdict != ERR_NONE && verdict != ERR_NO_INPUT;
}

struct reporter
failed_reporter(struct failed *failed)
{
	struct reporter reporter = silent_reporter(failed);

	reporter.instance = failed_instance;
	reporter.summary = failed_summary;
	return reporter;
}

static int
complain(const struct failed *failed, struct err *err)
{
	if (failed->left_out == 1)
		err_set(err, ERR_OUTPUT, "\"%s\" was not acknowledged and is not in the list of --failed-to: "
			"no line can hold its line break; use -0", failed->example);
	else
		err_set(err, ERR_OUTPUT, "%zu paths, the first of them \"%s\", were not acknowledged and are "
			"not in the list of --failed-to: no line can hold their line breaks; use -0",
			failed->left_out, failed->example);
	return err_hint(err, "With -0 each path ends in a NUL, in that list and in the one of --files-from.");
}

int
failed_close(struct failed *failed, struct err *err)
{
	int rv = 0;

	if (!failed)
		return 0;
	if (failed->idle)
		beside_drop(&failed->file);
	else
		rv = beside_close(&failed->file, err);
	if (rv == 0 && failed->left_out > 0)
		rv = complain(failed, err);
	free(failed);
	return rv;
}
