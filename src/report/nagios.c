/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/nagios.h"

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

/* The state that the days left lead to: the same thresholds as the performance data shows. */
static enum nagios
expiry_state(const struct ladder *ladder, const struct certificate_chain *chain)
{
	const struct certificate *first = chain_first_to_expire(chain);

	if (!first || first->days_left >= ladder->warn_days)
		return NAGIOS_OK;
	return first->days_left < ladder->crit_days ? NAGIOS_CRITICAL : NAGIOS_WARNING;
}

static enum nagios
worse(enum nagios a, enum nagios b)
{
	return a > b ? a : b;
}

enum nagios
nagios_state(const struct ladder *ladder)
{
	enum nagios state = nagios_kind(ladder->verdict.kind);

	if (state != NAGIOS_OK)
		return state;
	for (int i = 0; i < RUNG_COUNT; i++)
		if (ladder->rungs[i].severity == FINDING_WARNING ||
			ladder->rungs[i].severity == FINDING_UNDECIDED)
			state = NAGIOS_WARNING;
	state = worse(state, expiry_state(ladder, &ladder->server));
	return worse(state, expiry_state(ladder, &ladder->ours));
}

/* On one line, without what Nagios takes for the end of the text. */
static void
print_text(FILE *out, const char *text)
{
	char shown[TEXT_ROOM];

	text_harmless_str(shown, sizeof shown, text);
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

/* A certificate close to its end is critical, though the ladder only warns of it. */
static void
expiry_text(char *out, size_t size, const struct ladder *ladder)
{
	const struct certificate *server = chain_first_to_expire(&ladder->server);
	const struct certificate *ours = chain_first_to_expire(&ladder->ours);
	bool ours_first = !server || (ours && ours->days_left < server->days_left);
	const struct certificate *first = ours_first ? ours : server;

	if (first)
		text_format(out, size, "the certificate of %s has %d day%s left", first->subject,
			first->days_left, first->days_left == 1 ? "" : "s");
	else
		text_format(out, size, "a rung is in doubt");
}

static void
good_text(char *out, size_t size, const struct ladder *ladder)
{
	char place[300], echo[48] = "";

	if (!*ladder_place(place, sizeof place, ladder)) {
		text_format(out, size, "the stores are in order");
		return;
	}
	if (ladder->ping_count > 0)
		text_format(echo, sizeof echo, ", C-ECHO %.1f ms", ladder_echo_ms(ladder));
	text_format(out, size, "%s at %s%s%s%s", ladder->called, place, ladder->protocol[0] ? ", " : "",
		ladder->protocol, echo);
}

/* The one thing to know: what failed, else what is warned of, else that all is well. */
static void
state_text(char *out, size_t size, const struct ladder *ladder, enum nagios state)
{
	const struct finding *finding = ladder_first(ladder, FINDING_WARNING);

	if (!finding)
		finding = ladder_first(ladder, FINDING_UNDECIDED);
	if (ladder->verdict.kind != ERR_NONE)
		text_format(out, size, "%s", ladder->verdict.text);
	else if (state == NAGIOS_OK)
		good_text(out, size, ladder);
	else if (state == NAGIOS_WARNING && finding)
		text_format(out, size, "%s", finding->text);
	else
		expiry_text(out, size, ladder);
}

static void
print_rung(FILE *out, const struct ladder *ladder, enum rung rung, const char *label)
{
	const struct rung_result *result = &ladder->rungs[rung];

	if (result->severity != FINDING_NOT_REACHED)
		fprintf(out, " %s=%.3fms;;;0", label, (double)result->us / 1000);
}

/* The range "30:" is violated by 29 and fewer days. */
static void
print_days(FILE *out, const struct ladder *ladder, const struct certificate_chain *chain, const char *label)
{
	const struct certificate *first = chain_first_to_expire(chain);

	if (first)
		fprintf(out, " %s=%d;%d:;%d:", label, first->days_left, ladder->warn_days, ladder->crit_days);
}

static void
print_perfdata(FILE *out, const struct ladder *ladder)
{
	print_rung(out, ladder, RUNG_TCP, "connect_ms");
	print_rung(out, ladder, RUNG_TLS, "handshake_ms");
	print_rung(out, ladder, RUNG_ASSOCIATION, "association_ms");
	if (ladder->ping_count > 0)
		fprintf(out, " echo_ms=%.3fms;;;0", ladder_echo_ms(ladder));
	print_days(out, ladder, &ladder->server, "server_days");
	print_days(out, ladder, &ladder->ours, "client_days");
}

static int
end(FILE *out, struct err *err)
{
	struct output output = { .to = out };

	fputc('\n', out);
	return output_end(&output, "standard output", err);
}

int
nagios_print(FILE *out, const struct ladder *ladder, struct err *err)
{
	enum nagios state = nagios_state(ladder);
	char text[TEXT_ROOM];

	print_state(out, state);
	state_text(text, sizeof text, ladder, state);
	print_text(out, text);
	fputs(" |", out);
	print_perfdata(out, ladder);
	return end(out, err);
}

int
nagios_error(FILE *out, const struct err *what, struct err *err)
{
	print_state(out, nagios_kind(what->kind));
	print_text(out, what->text);
	return end(out, err);
}
