/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/human.h"

#include <string.h>
#include <unistd.h>

#include "base/hostname.h"
#include "base/text.h"
#include "dicom/status.h"
#include "dicom/uid.h"
#include "report/terminal.h"

#define PROGRAM "mtls-storescu"
#define TEXT_ROOM 4096	  /* PATH_MAX of Linux: a truncated path does not name a file */

static const char *
paint(bool color, enum text_style style)
{
	return color ? terminal_style(style) : "";
}

/* Where to print messages of this verbosity; NULL: nowhere. */
static FILE *
on_stdout(struct human *human, int verbosity)
{
	if (!human->out.to || human->verbosity < verbosity)
		return NULL;
	if (human->out_terminal)
		progress_erase(&human->progress);
	return human->out.to;
}

/* Print. An error in writing is remembered for the end. */
static void
end_stdout(struct human *human)
{
	(void)output_flush(&human->out);
}

static FILE *
on_stderr(struct human *human)
{
	progress_erase(&human->progress);
	return human->err;
}

/* The last step before a terminal: a file name or a text from a peer may contain control characters. */
static void
print_text(FILE *to, const char *text)
{
	fputs(TEXT_SHOWN(text, TEXT_ROOM), to);
}

static void
print_label(struct human *human, enum text_style style, const char *label)
{
	fprintf(human->err, "%s%s:%s ", paint(human->color_err, style), label,
		paint(human->color_err, STYLE_PLAIN));
}

static void
print_hint(FILE *to, const char *hint)
{
	fprintf(to, "%s%s\n", *hint ? ". " : "", hint);
}

/* "mtls-storescu: error: TEXT. HINT" */
static void
message(struct human *human, enum text_style style, const char *label, const char *text, const char *hint)
{
	FILE *to = on_stderr(human);

	fputs(PROGRAM ": ", to);
	print_label(human, style, label);
	print_text(to, text);
	print_hint(to, hint);
}

static void
human_warning(void *self, const char *text)
{
	struct human *human = self;

	if (human->verbosity >= 0)
		message(human, STYLE_CAUTION, "warning", text, "");
}

static void
human_alarm(void *self, const char *text)
{
	message(self, STYLE_BAD, "warning", text, "");
}

static void
human_note(void *self, const char *text)
{
	struct human *human = self;

	if (human->verbosity >= 1)
		message(human, STYLE_PLAIN, "note", text, "");
}

static void
human_notice(void *self, const char *text)
{
	struct human *human = self;

	if (human->verbosity >= 0)
		fprintf(on_stderr(human), PROGRAM ": %s\n", text);
}

static void
human_error(void *self, const struct err *err)
{
	message(self, STYLE_BAD, "error", err->text, err->hint);
}

static double
ms(int64_t us)
{
	return (double)us / 1000;
}

/* Append the address, " (192.0.2.1)", unless the host was given as that. If the port differs it is that of
 * a proxy, and is shown. */
static void
print_address(FILE *to, const char *place, const struct report_association *event)
{
	size_t len = strlen(event->address);
	char port[8];

	text_format(port, sizeof port, ":%u", event->port);
	if (len == 0 || strcmp(event->address, place) == 0)
		return;
	if (len > strlen(port) && strcmp(event->address + len - strlen(port), port) == 0)
		len -= strlen(port);
	fprintf(to, " (%.*s)", (int)len, event->address);
}

static void
human_association(void *self, const struct report_association *event)
{
	FILE *to = on_stdout(self, 1);
	char place[300];

	if (!to)
		return;
	fprintf(to, "association with %s at %s", event->called,
		hostname_port(place, sizeof place, event->host, event->port));
	print_address(to, place, event);
	fprintf(to, " as %s: ", event->calling);
	if (event->protocol)
		fprintf(to, "%s, %s%s%s", event->protocol, event->cipher,
			event->group && *event->group ? ", " : "", event->group ? event->group : "");
	else
		fprintf(to, "no TLS");
	fprintf(to, "; %zu of %zu contexts accepted, PDUs up to %u bytes; %s%s%s\n", event->accepted,
		event->contexts, event->max_pdu, event->implementation, *event->version ? " " : "",
		event->version);
	fprintf(to, "  name %.1f ms, connection %.1f ms, handshake %.1f ms%s, association %.1f ms\n",
		ms(event->resolve_us), ms(event->connect_us), ms(event->tls_us),
		event->resumed ? " (resumed)" : "", ms(event->accept_us));
	end_stdout(self);
}

static void
human_echo(void *self, const struct report_association *event, int64_t rtt_us)
{
	FILE *to = on_stdout(self, 0);
	char place[300];

	human_association(self, event);
	if (!to)
		return;
	if (event->destination) {
		print_text(to, event->destination);
		fputs(": ", to);
	}
	fprintf(to, "%s at %s answered the C-ECHO in %.1f ms\n", event->called,
		hostname_port(place, sizeof place, event->host, event->port), ms(rtt_us));
	end_stdout(self);
}

static void
print_offending(FILE *to, const struct report_instance *event)
{
	for (size_t i = 0; i < event->offending_count; i++)
		fprintf(to, "%s(%04x,%04x)", i ? ", " : "; offending element ",
			(unsigned)(event->offending[i] >> 16), (unsigned)(event->offending[i] & 0xffff));
}

/* "PATH: ", unless the reason that follows begins with it. */
static void
print_path(FILE *to, const char *path, const char *reason)
{
	const char *shown = TEXT_SHOWN(path, TEXT_ROOM);
	size_t len = strlen(shown);

	if (strncmp(reason, shown, len) != 0 || reason[len] != ':')
		fprintf(to, "%s: ", shown);
}

static void
print_comment(FILE *to, const char *comment)
{
	if (!*comment)
		return;
	fputs(" (\"", to);
	print_text(to, comment);
	fputs("\")", to);
}

/* "failed: a/b.dcm: status 0xA700, refused: out of resources ("disk full"). Do this." */
static void
print_problem(struct human *human, const struct report_instance *event)
{
	static const struct {
		enum text_style style;
		const char *label;
	} labels[] = {
		[RESULT_SUCCESS] = { STYLE_GOOD, "acknowledged" },
		[RESULT_WARNING] = { STYLE_CAUTION, "warned" },
		[RESULT_FAILURE] = { STYLE_BAD, "failed" },
		[RESULT_UNCERTAIN] = { STYLE_BAD, "uncertain" },
		[RESULT_NOT_SENT] = { STYLE_CAUTION, "not sent" },
		[RESULT_DUPLICATE] = { STYLE_PLAIN, "duplicate" },
	};
	FILE *to = on_stderr(human);

	print_label(human, labels[event->result].style, labels[event->result].label);
	print_path(to, event->path, event->has_status ? "" : event->meaning);
	if (event->has_status)
		fprintf(to, "status 0x%04X, ", event->status);
	print_text(to, event->meaning);
	print_comment(to, event->comment);
	print_offending(to, event);
	print_hint(to, event->hint);
}

static const char *
syntax_label(const char *uid)
{
	const struct syntax *syntax = syntax_find(uid);

	return syntax ? syntax->name : uid;
}

static void
print_changed(FILE *to, const char *changed)
{
	if (*changed)
		fprintf(to, "  changed: %s\n", changed);
}

/* "acknowledged: a/b.dcm: CT Image Storage, Implicit VR Little Endian, 228 kB in 12.3 ms" */
static void
print_sent(FILE *to, const struct report_instance *event)
{
	fputs("acknowledged: ", to);
	print_path(to, event->path, "");
	fprintf(to, "%s, %s, %s in %.1f ms", uid_name(event->sop_class), syntax_label(event->syntax_sent),
		TEXT_BYTES(event->bytes), ms(event->us));
	if (event->again)
		fputs(", sent again after an unanswered attempt", to);
	else if (event->attempt > 1)
		fprintf(to, ", attempt %u", event->attempt);
	fputc('\n', to);
	print_changed(to, event->changed);
}

/* "acknowledged before (journal): a/b.dcm" */
static void
print_recorded(FILE *to, const struct report_instance *event)
{
	fputs("acknowledged before (journal): ", to);
	print_text(to, event->path);
	if (event->result == RESULT_WARNING && event->has_status)
		fprintf(to, ", with status 0x%04X", event->status);
	fputc('\n', to);
}

/* "duplicate: a/b.dcm: the same as a/c.dcm" */
static void
print_reason(FILE *to, const char *label, const char *path, const char *reason)
{
	fprintf(to, "%s: ", label);
	print_path(to, path, reason);
	print_text(to, reason);
	fputc('\n', to);
}

/* "planned: a/b.dcm: CT Image Storage, Implicit VR Little Endian, 228 kB" */
static void
print_planned(FILE *to, const struct report_instance *event)
{
	fputs("planned: ", to);
	print_path(to, event->path, "");
	fprintf(to, "%s, %s, %s\n", uid_name(event->sop_class), syntax_label(event->syntax_file),
		TEXT_BYTES(event->bytes));
	print_changed(to, event->changed);
}

/* What -v reports about the result of an instance. */
static void
print_result(FILE *to, const struct report_instance *event)
{
	switch (event->result) {
	case RESULT_SUCCESS:
	case RESULT_WARNING:
		(event->recorded ? print_recorded : print_sent)(to, event);
		break;
	case RESULT_DUPLICATE:
		print_reason(to, "duplicate", event->path, event->meaning);
		break;
	case RESULT_NOT_SENT:
		if (event->planned)
			print_planned(to, event);
		break;
	case RESULT_FAILURE:
	case RESULT_UNCERTAIN:
		break;
	}
}

/* Is it reported as a problem? Failures are, even with -q. */
static bool
is_problem(const struct human *human, const struct report_instance *event)
{
	switch (event->result) {
	case RESULT_SUCCESS:
	case RESULT_DUPLICATE:
		break;
	case RESULT_WARNING:
		return human->verbosity >= 0 && !event->recorded;
	case RESULT_FAILURE:
	case RESULT_UNCERTAIN:
		return true;
	case RESULT_NOT_SENT:
		return !event->planned && human->verbosity >= 1;
	}
	return false;
}

static void
human_instance(void *self, const struct report_instance *event)
{
	struct human *human = self;
	FILE *to = on_stdout(human, 1);

	human->not_sent += event->result == RESULT_NOT_SENT && !event->planned;
	if (is_problem(human, event))
		print_problem(human, event);
	if (!to)
		return;
	print_result(to, event);
	end_stdout(human);
}

static void
human_skipped(void *self, const char *path, const char *why)
{
	FILE *to = on_stdout(self, 1);

	if (!to)
		return;
	print_reason(to, "skipped", path, why);
	end_stdout(self);
}

static void
print_count(FILE *to, size_t count, const char *what)
{
	if (count > 0)
		fprintf(to, ", %zu %s", count, what);
}

/* How many of those acknowledged: " (1 with a warning, 2 by the journal)" */
static void
print_of_them(FILE *to, size_t warned, size_t recorded)
{
	if (warned > 0)
		fprintf(to, " (%zu with a warning", warned);
	if (recorded > 0)
		fprintf(to, "%s%zu from the journal", warned > 0 ? ", " : " (", recorded);
	if (warned > 0 || recorded > 0)
		fputc(')', to);
}

/* "study 1.2.3: 120 found, 118 acknowledged, 2 failed; 60.0 MB in 1.20 s" */
/* --dry-run: "study 1.2.3: 200 files to send, 18.2 MB, 3 failed" */
static void
print_planned_study(FILE *to, const struct report_study *event)
{
	fprintf(to, ": %zu file%s to send, %s", event->not_sent, TEXT_PLURAL(event->not_sent),
		TEXT_BYTES(event->bytes));
	print_count(to, event->acknowledged, "acknowledged before (journal)");
	print_count(to, event->failed, "failed");
	print_count(to, event->uncertain, "uncertain");
	print_count(to, event->duplicates, event->duplicates == 1 ? "duplicate" : "duplicates");
	fputc('\n', to);
}

static void
human_study(void *self, const struct report_study *event)
{
	FILE *to = on_stdout(self, event->planned ? 0 : 1);

	if (!to)
		return;
	fputs(*event->uid ? "study " : "objects without a study", to);
	print_text(to, event->uid);
	if (event->planned) {
		print_planned_study(to, event);
		end_stdout(self);
		return;
	}
	fprintf(to, ": %zu found, %zu acknowledged", event->found, event->acknowledged);
	print_of_them(to, event->warned, event->recorded);
	print_count(to, event->failed, "failed");
	print_count(to, event->uncertain, "uncertain");
	print_count(to, event->not_sent, "not sent");
	print_count(to, event->duplicates, event->duplicates == 1 ? "duplicate" : "duplicates");
	fprintf(to, "; %s in %.2f s\n", TEXT_BYTES(event->bytes), (double)event->us / 1e6);
	end_stdout(self);
}

/* "  CT Image Storage, JPEG Baseline: 3 files, 1.20 MB; where that is not accepted: decompressed" */
static void
print_class(FILE *to, const struct report_plan_class *row)
{
	fputs("  ", to);
	print_text(to, uid_name(row->sop_class));
	fputs(", ", to);
	print_text(to, syntax_label(row->syntax));
	fprintf(to, ": %zu file%s, %s", row->files, TEXT_PLURAL(row->files), TEXT_BYTES(row->bytes));
	if (*row->otherwise)
		fprintf(to, "; where that is not accepted: %s", row->otherwise);
	fputc('\n', to);
}

static void
human_plan(void *self, const struct report_plan *event)
{
	FILE *to = on_stdout(self, 0);

	if (!to)
		return;
	fprintf(to, "plan: %zu file%s of %zu stud%s, %s, over at least %zu association%s with %zu context%s "
		"in all", event->files, TEXT_PLURAL(event->files), event->studies,
		event->studies == 1 ? "y" : "ies", TEXT_BYTES(event->bytes), event->associations,
		TEXT_PLURAL(event->associations), event->contexts, TEXT_PLURAL(event->contexts));
	print_count(to, event->cannot, "cannot be sent");
	fputc('\n', to);
	for (size_t i = 0; i < event->class_count; i++)
		print_class(to, &event->classes[i]);
	end_stdout(self);
}

/* "the association was lost: iris closed it", "a/b.dcm: status 0xA700, refused: out of resources" */
static void
print_cause(FILE *to, const struct report_retry *event)
{
	if (event->why->kind == ERR_NONE) {
		print_path(to, event->what, "");
		fprintf(to, "status 0x%04X, %s", event->status, status_store(event->status).meaning);
		print_comment(to, event->comment);
		return;
	}
	if (strcmp(event->what, "the association") == 0)
		fprintf(to, "the association %s: ", event->why->kind == ERR_ABORTED ? "was lost" : "failed");
	else
		print_path(to, event->what, event->why->text);
	print_text(to, event->why->text);
}

static void
human_retry(void *self, const struct report_retry *event)
{
	struct human *human = self;
	FILE *to;

	if (human->verbosity < 0)
		return;
	to = on_stderr(human);
	fputs(PROGRAM ": ", to);
	print_label(human, STYLE_CAUTION, "retry");
	print_cause(to, event);
	if (event->delay_ms > 0)
		fprintf(to, "; trying again in %.1f s", (double)event->delay_ms / 1000);
	else
		fprintf(to, "; trying again%s", event->why->kind ? "" : " after the rest of its study");
	if (event->attempt > 0)
		fprintf(to, " (%u of %u)", event->attempt, event->of);
	if (event->unanswered == 1)
		fputs("; 1 object was sent but not answered and will be sent again", to);
	else if (event->unanswered > 0)
		fprintf(to, "; %zu objects were sent but not answered and will be sent "
			"again", event->unanswered);
	fputc('\n', to);
}

static void
human_progress(void *self, const struct report_progress *event)
{
	struct human *human = self;

	progress_show(&human->progress, event);
}

/* After an interrupt there may be a hundred thousand: each is named only with -v. */
static void
print_not_sent(struct human *human)
{
	FILE *to = on_stderr(human);
	bool one = human->not_sent == 1;

	if (human->not_sent == 0 || human->verbosity >= 1)
		return;
	print_label(human, STYLE_CAUTION, "not sent");
	fprintf(to, "%zu file%s", human->not_sent, one ? "" : "s");
	if (human->list) {
		fputs(", listed in ", to);
		print_text(to, human->list);
	} else {
		fprintf(to, "; --failed-to FILE lists %s", one ? "it" : "them");
	}
	if (human->journal)
		fprintf(to, "; run the same command again to send %s\n", one ? "it" : "them");
	else
		fputs("; with --journal FILE, running the same command again sends only what is missing\n",
			to);
}

/* "3 acknowledged (1 with a warning), 2 failed; 6.00 MB in 2.00 s (3.00 MB/s)" */
static void
human_summary(void *self, const struct report_totals *totals, enum err_kind verdict)
{
	struct human *human = self;
	double seconds = (double)totals->us / 1e6;
	double per_second = seconds > 0 ? (double)totals->bytes / seconds : 0;
	enum text_style style = STYLE_GOOD;
	FILE *to;

	if (totals->acknowledged == 0)
		style = verdict == ERR_NONE ? STYLE_PLAIN : STYLE_BAD;
	print_not_sent(human);
	to = on_stdout(human, 0);
	/* A run that was refused before it began has no results. */
	if (!to || ((verdict == ERR_USAGE || verdict == ERR_JOURNAL) && totals->found == 0))
		return;
	if (totals->planned > 0)
		fprintf(to, "%zu to send, ", totals->planned);
	fprintf(to, "%s%zu acknowledged%s", paint(human->color_out, style), totals->acknowledged,
		paint(human->color_out, STYLE_PLAIN));
	print_of_them(to, totals->warned, totals->recorded);
	print_count(to, totals->failed, "failed");
	print_count(to, totals->uncertain, "uncertain");
	print_count(to, totals->not_sent - totals->planned, "not sent");
	print_count(to, totals->skipped, "skipped (not DICOM)");
	print_count(to, totals->duplicates, totals->duplicates == 1 ? "duplicate" : "duplicates");
	print_count(to, totals->elsewhere, "of other shards");
	print_count(to, totals->left, "left for the next run (too recent)");
	print_count(to, totals->mismatched, "whose header differs from the data set");
	print_count(to, totals->again, "sent more than once");
	fprintf(to, "; %s in %.2f s (%s/s)\n", TEXT_BYTES(totals->bytes), seconds,
		TEXT_BYTES((uint64_t)per_second));
	end_stdout(human);
}

struct reporter
human_init(struct human *human, FILE *out, FILE *err, int verbosity, int color, bool progress)
{
	*human = (struct human){
		.out.to = out,
		.err = err,
		.verbosity = verbosity,
		.color_out = out && terminal_color(out, color),
		.color_err = terminal_color(err, color),
		.out_terminal = out && isatty(fileno(out)),
	};
	progress_init(&human->progress, err, progress && verbosity >= 0);
	return (struct reporter){
		.self = human,
		.association = human_association,
		.instance = human_instance,
		.skipped = human_skipped,
		.echo = human_echo,
		.warning = human_warning,
		.alarm = human_alarm,
		.note = human_note,
		.notice = human_notice,
		.error = human_error,
		.study = human_study,
		.plan = human_plan,
		.retry = human_retry,
		.progress = human_progress,
		.summary = human_summary,
	};
}
