/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/human.h"

#include <string.h>

#include "base/text.h"
#include "dicom/uid.h"
#include "report/terminal.h"

#define PROGRAM "mtls-storescu"
#define TEXT_ROOM 4096 /* PATH_MAX of Linux: a path cut short names no file */

enum tone { PLAIN, GOOD, CAUTION, BAD };

static const char *
paint(bool color, enum tone tone)
{
	static const char *const codes[] = { "\033[0m", "\033[32m", "\033[33m", "\033[31m" };

	return color ? codes[tone] : "";
}

/* The last gate before a terminal: whatever names a file or quotes a peer may carry control characters. */
static void
print_text(FILE *to, const char *text)
{
	char shown[TEXT_ROOM];

	fputs(text_harmless_str(shown, sizeof shown, text), to);
}

static void
print_label(struct human *human, enum tone tone, const char *label)
{
	fprintf(human->err, "%s%s:%s ", paint(human->color_err, tone), label, paint(human->color_err, PLAIN));
}

static void
print_hint(FILE *to, const char *hint)
{
	fprintf(to, "%s%s\n", *hint ? ". " : "", hint);
}

/* "mtls-storescu: error: TEXT. HINT" */
static void
message(struct human *human, enum tone tone, const char *label, const char *text, const char *hint)
{
	fputs(PROGRAM ": ", human->err);
	print_label(human, tone, label);
	print_text(human->err, text);
	print_hint(human->err, hint);
}

static void
human_warning(void *self, const char *text)
{
	struct human *human = self;

	if (human->verbosity >= 0)
		message(human, CAUTION, "warning", text, "");
}

static void
human_alarm(void *self, const char *text)
{
	message(self, BAD, "warning", text, "");
}

static void
human_note(void *self, const char *text)
{
	struct human *human = self;

	if (human->verbosity >= 1)
		message(human, PLAIN, "note", text, "");
}

static void
human_error(void *self, const struct err *err)
{
	message(self, BAD, "error", err->text, err->hint);
}

static double
ms(int64_t us)
{
	return (double)us / 1000;
}

/* "iris:2010", "[::1]:2010". Returns out. */
static const char *
authority(char *out, size_t size, const struct report_association *event)
{
	text_format(out, size, strchr(event->host, ':') ? "[%s]:%u" : "%s:%u", event->host, event->port);
	return out;
}

/* Behind it the address, " (192.0.2.1)", unless that is what the host was given
 * as. Another port is that of a proxy, and is shown. */
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
	struct human *human = self;
	char place[300];

	if (human->verbosity < 1)
		return;
	fprintf(human->out, "association with %s at %s", event->called,
		authority(place, sizeof place, event));
	print_address(human->out, place, event);
	fprintf(human->out, " as %s: ", event->calling);
	if (event->protocol)
		fprintf(human->out, "%s, %s", event->protocol, event->cipher);
	else
		fprintf(human->out, "no TLS");
	fprintf(human->out, "; %zu of %zu contexts accepted, PDUs up to %u bytes; %s%s%s\n", event->accepted,
		event->contexts, event->max_pdu, event->implementation, *event->version ? " " : "",
		event->version);
	fprintf(human->out, "  name %.1f ms, connection %.1f ms, handshake %.1f ms, association %.1f ms\n",
		ms(event->resolve_us), ms(event->connect_us), ms(event->tls_us), ms(event->accept_us));
}

static void
human_echo(void *self, const struct report_association *event, int64_t rtt_us)
{
	struct human *human = self;
	char place[300];

	human_association(self, event);
	if (human->verbosity >= 0)
		fprintf(human->out, "%s at %s answered the C-ECHO in %.1f ms\n", event->called,
			authority(place, sizeof place, event), ms(rtt_us));
}

static void
print_offending(FILE *to, const struct report_instance *event)
{
	for (size_t i = 0; i < event->offending_count; i++)
		fprintf(to, "%s(%04x,%04x)", i ? ", " : "; offending element ",
			(unsigned)(event->offending[i] >> 16), (unsigned)(event->offending[i] & 0xffff));
}

/* "PATH: ", unless the reason that follows begins so itself. */
static void
print_path(FILE *to, const char *path, const char *reason)
{
	char shown[TEXT_ROOM];
	size_t len = strlen(text_harmless_str(shown, sizeof shown, path));

	if (strncmp(reason, shown, len) != 0 || reason[len] != ':')
		fprintf(to, "%s: ", shown);
}

/* "failed: a/b.dcm: status 0xA700, refused: out of resources ("disk full"). Do this." */
static void
print_problem(struct human *human, const struct report_instance *event)
{
	static const struct {
		enum tone tone;
		const char *label;
	} labels[] = {
		[RESULT_SUCCESS] = { GOOD, "acknowledged" },
		[RESULT_WARNING] = { CAUTION, "warned" },
		[RESULT_FAILURE] = { BAD, "failed" },
		[RESULT_UNCERTAIN] = { BAD, "uncertain" },
		[RESULT_NOT_SENT] = { CAUTION, "not sent" },
	};
	FILE *to = human->err;

	print_label(human, labels[event->result].tone, labels[event->result].label);
	print_path(to, event->path, event->has_status ? "" : event->meaning);
	if (event->has_status)
		fprintf(to, "status 0x%04X, ", event->status);
	print_text(to, event->meaning);
	if (*event->comment) {
		fputs(" (\"", to);
		print_text(to, event->comment);
		fputs("\")", to);
	}
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
human_instance(void *self, const struct report_instance *event)
{
	struct human *human = self;
	char bytes[32];

	if (event->result == RESULT_WARNING ? human->verbosity >= 0 : event->result != RESULT_SUCCESS)
		print_problem(human, event);
	if (human->verbosity < 1 || event->result > RESULT_WARNING)
		return;
	fputs("acknowledged: ", human->out);
	print_path(human->out, event->path, "");
	fprintf(human->out, "%s, %s, %s in %.1f ms\n", uid_name(event->sop_class),
		syntax_label(event->syntax_sent), text_bytes(bytes, sizeof bytes, event->bytes),
		ms(event->us));
	if (*event->changed)
		fprintf(human->out, "  changed on the way: %s\n", event->changed);
}

static void
human_skipped(void *self, const char *path, const char *why)
{
	struct human *human = self;

	if (human->verbosity < 1)
		return;
	fputs("skipped: ", human->out);
	print_path(human->out, path, why);
	print_text(human->out, why);
	fputc('\n', human->out);
}

static void
print_count(FILE *to, size_t count, const char *what)
{
	if (count > 0)
		fprintf(to, ", %zu %s", count, what);
}

static void
human_summary(void *self, const struct report_totals *totals)
{
	struct human *human = self;
	char bytes[32], rate[32];
	double seconds = (double)totals->us / 1e6;
	double per_second = seconds > 0 ? (double)totals->bytes / seconds : 0;

	if (human->verbosity < 0)
		return;
	fprintf(human->out, "%s%zu acknowledged%s",
		paint(human->color_out, totals->acknowledged ? GOOD : BAD), totals->acknowledged,
		paint(human->color_out, PLAIN));
	if (totals->warned > 0)
		fprintf(human->out, " (%zu of them with a warning)", totals->warned);
	print_count(human->out, totals->failed, "failed");
	print_count(human->out, totals->uncertain, "uncertain");
	print_count(human->out, totals->not_sent, "not sent");
	print_count(human->out, totals->skipped, "skipped (no DICOM)");
	fprintf(human->out, "; %s in %.2f s (%s/s)\n", text_bytes(bytes, sizeof bytes, totals->bytes),
		seconds, text_bytes(rate, sizeof rate, (uint64_t)per_second));
}

struct reporter
human_init(struct human *human, FILE *out, FILE *err, int verbosity, int color)
{
	*human = (struct human){
		.out = out,
		.err = err,
		.verbosity = verbosity,
		.color_out = terminal_color(out, color),
		.color_err = terminal_color(err, color),
	};
	return (struct reporter){
		.self = human,
		.association = human_association,
		.instance = human_instance,
		.skipped = human_skipped,
		.echo = human_echo,
		.warning = human_warning,
		.alarm = human_alarm,
		.note = human_note,
		.error = human_error,
		.summary = human_summary,
	};
}
