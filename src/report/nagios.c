/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/nagios.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "report/output.h"

#define TEXT_ROOM 256 /* pagers and status pages show little more */

enum nagios
nagios_kind(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		return NAGIOS_OK;
	case ERR_INTERNAL:
	case ERR_USAGE:
	case ERR_NO_INPUT:
	case ERR_EMPTY:
	case ERR_OUTPUT:
	case ERR_SIGHUP:
	case ERR_SIGINT:
	case ERR_SIGTERM:
		return NAGIOS_UNKNOWN;
	default:
		return NAGIOS_CRITICAL;
	}
}

enum nagios
nagios_state(const struct check_report *report)
{
	enum nagios state = nagios_kind(report->verdict.kind);

	if (state == NAGIOS_CRITICAL || check_report_first_critical(report))
		return NAGIOS_CRITICAL;
	if (state != NAGIOS_OK)
		return state;
	for (int i = 0; i < STEP_COUNT; i++)
		if (report->steps[i].severity == FINDING_WARNING ||
			report->steps[i].severity == FINDING_UNDECIDED)
			state = NAGIOS_WARNING;
	return state;
}

/* On one line, without characters that Nagios takes as the end of the text. */
static void
print_text(FILE *out, const char *text)
{
	char *shown = TEXT_SHOWN(text, sizeof ((struct finding *)NULL)->text);

	for (char *bar = shown; (bar = strchr(bar, '|'));)
		*bar = '/';
	fputs(shown, out);
}

static void
print_state(FILE *out, enum nagios state)
{
	static const char *const names[] = {
		[NAGIOS_OK] = "OK",
		[NAGIOS_WARNING] = "WARNING",
		[NAGIOS_CRITICAL] = "CRITICAL",
		[NAGIOS_UNKNOWN] = "UNKNOWN",
	};

	fprintf(out, "MTLS %s - ", names[state]);
}

/* "valid for 300 days, ": for the certificate that expires first. */
static void
days_text(char *out, size_t size, const struct check_report *report)
{
	const struct certificate *server = chain_first_to_expire(&report->server);
	const struct certificate *ours = chain_first_to_expire(&report->ours);
	bool ours_first = !server || (ours && ours->days_left < server->days_left);
	const struct certificate *first = ours_first ? ours : server;

	out[0] = '\0';
	if (first)
		text_format(out, size, "certificates valid for %d day%s, ", first->days_left,
			TEXT_PLURAL(first->days_left));
}

static void
good_text(char *out, size_t size, const struct check_report *report)
{
	char place[300], days[80], echo[48] = "";

	days_text(days, sizeof days, report);
	if (!*check_report_place(place, sizeof place, report)) {
		text_format(out, size, "%sthe stores are ok", days);
		return;
	}
	if (report->ping_count > 0)
		text_format(echo, sizeof echo, ", C-ECHO %.1f ms", check_report_echo_ms(report, NULL));
	text_format(out, size, "%s%s at %s%s%s%s", days, report->called, place,
		report->protocol[0] ? ", " : "", report->protocol, echo);
}

/* The finding that determines the state; NULL if there is none. */
static const struct finding *
deciding_finding(const struct check_report *report, enum nagios state)
{
	const struct finding *finding = NULL;

	if (report->verdict.kind != ERR_NONE)
		finding = check_report_failure(report);
	if (!finding && state == NAGIOS_CRITICAL)
		finding = check_report_first_critical(report);
	if (!finding && state == NAGIOS_WARNING)
		finding = check_report_first(report, FINDING_WARNING, ERR_NONE);
	if (!finding && state == NAGIOS_WARNING)
		finding = check_report_first(report, FINDING_UNDECIDED, ERR_NONE);
	return finding;
}

/* The main fact: what failed, else the warning, else that all is well. */
static void
state_text(char *out, size_t size, const struct check_report *report, enum nagios state)
{
	const struct finding *finding = deciding_finding(report, state);

	if (finding && finding->brief[0])
		text_format(out, size, "%s", finding->brief);
	else if (finding)
		text_format(out, size, "%s: %s", step_names[finding->step].name, finding->text);
	else if (report->verdict.kind != ERR_NONE)
		text_format(out, size, "%s", report->verdict.text);
	else
		good_text(out, size, report);
}

/* The critical threshold is the timeout. */
static void
print_ms(FILE *out, const char *label, double ms, int64_t timeout)
{
	fprintf(out, " %s=%.3fms;;%" PRId64 ";0", label, ms, timeout);
}

static void
print_step(FILE *out, const struct check_report *report, enum step step, const char *label, int64_t timeout)
{
	const struct step_result *result = &report->steps[step];

	if (result->severity != FINDING_NOT_REACHED)
		print_ms(out, label, (double)result->us / 1000, timeout);
}

/* The range "30:" is violated by 29 and fewer days. */
static void
print_days(FILE *out, const struct check_report *report, const struct certificate_chain *chain,
	const char *label)
{
	const struct certificate *first = chain_first_to_expire(chain);

	if (first)
		fprintf(out, " %s=%d;%d:;%d:", label, first->days_left, report->warn_days, report->crit_days);
}

static void
print_perfdata(FILE *out, const struct check_report *report)
{
	print_step(out, report, STEP_TCP, "connect_ms", report->connect_timeout);
	print_step(out, report, STEP_TLS, "handshake_ms", report->tls_timeout);
	print_step(out, report, STEP_ASSOCIATION, "association_ms", report->accept_timeout);
	if (report->ping_count > 0)
		print_ms(out, "echo_ms", check_report_echo_ms(report, NULL), report->response_timeout);
	print_days(out, report, &report->server, "server_days");
	print_days(out, report, &report->ours, "client_days");
}

/* A line of the long output, which follows the performance data. */
static void
print_finding(FILE *out, const struct finding *finding)
{
	fprintf(out, "%s: %s%s: ", step_names[finding->step].name, severity_names[finding->severity].name,
		finding->ignored ? " (ignored)" : "");
	print_text(out, finding->text);
	putc('.', out);
	if (finding->hint[0]) {
		fprintf(out, " %s ", side_names[finding->side].name);
		print_text(out, finding->hint);
	}
	putc('\n', out);
}

static void
print_chain(FILE *out, const struct certificate_chain *chain, const char *whose)
{
	bool used[CERTIFICATES_MAX];

	chain_in_use(chain, used);
	for (unsigned i = 0; i < chain->count; i++) {
		const struct certificate *certificate = &chain->items[i];

		if (!used[i])
			continue;
		fprintf(out, "%s%s: ", i > 0 ? "above " : "", whose);
		print_text(out, certificate->subject);
		fprintf(out, ", %d day%s left, until %s\n", certificate->days_left,
			TEXT_PLURAL(certificate->days_left), certificate->not_after);
	}
}

static void
print_details(FILE *out, const struct check_report *report)
{
	for (int i = 0; i < STEP_COUNT; i++)
		for (size_t j = 0; j < report->steps[i].count; j++)
			if (report->steps[i].findings[j].severity != FINDING_OK)
				print_finding(out, &report->steps[i].findings[j]);
	print_chain(out, &report->server, "the server's certificate");
	print_chain(out, &report->ours, "our certificate");
}

int
nagios_print(FILE *out, const struct check_report *report, struct err *err)
{
	enum nagios state = nagios_state(report);
	struct output output = { .to = out };
	char text[TEXT_ROOM];

	print_state(out, state);
	state_text(text, sizeof text, report, state);
	print_text(out, text);
	if (report->ignored > 0)
		fprintf(out, ", %zu ignored", report->ignored);
	fputs(" |", out);
	print_perfdata(out, report);
	putc('\n', out);
	print_details(out, report);
	return output_end(&output, "standard output", err);
}

int
nagios_error(FILE *out, const struct err *what, struct err *err)
{
	struct output output = { .to = out };

	print_state(out, nagios_kind(what->kind));
	print_text(out, what->text);
	putc('\n', out);
	if (what->hint[0]) {
		print_text(out, what->hint);
		putc('\n', out);
	}
	return output_end(&output, "standard output", err);
}
