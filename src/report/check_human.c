/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/check_human.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "report/chaintree.h"
#include "report/terminal.h"

#define NARROW	     72 /* columns below which a summary is printed under its step's name */
#define NAME_COLUMNS 22
#define TIME_COLUMNS 12 /* "not reached" */
#define ANSWER    9 /* "undecided" */
#define TREE_ROOM    36 /* columns that a deep chain leaves for text */

static const char summary_margin[] = "                                      ";
static const char finding_margin[] = "    ";

static const enum text_style styles[] = {
	[FINDING_OK] = STYLE_GOOD,
	[FINDING_INFORMATION] = STYLE_DIM,
	[FINDING_WARNING] = STYLE_CAUTION,
	[FINDING_FAILED] = STYLE_BAD,
	[FINDING_UNDECIDED] = STYLE_OPEN,
	[FINDING_NOT_REACHED] = STYLE_DIM,
};

static const char *
mark(const struct check_human *human, enum severity severity)
{
	return severity_marks[severity][human->utf8];
}

static void
print_whole_line(struct flow *flow, const char *margin, enum text_style style, const char *text)
{
	flow_begin(flow, margin, margin);
	flow_add(flow, style, text);
	flow_end(flow);
}

static void
print_step(struct check_human *human, const struct step_result *result)
{
	struct flow *flow = &human->flow;
	bool narrow = flow->width < NARROW;
	bool reached = result->severity != FINDING_NOT_REACHED;
	enum text_style style = styles[result->severity], plain = reached ? STYLE_PLAIN : STYLE_DIM;
	char time[32] = "";

	if (reached)
		text_format(time, sizeof time, "%.1f ms", (double)result->us / 1000);
	flow_begin(flow, "", narrow ? "  " : summary_margin);
	flow_cell(flow, style, 2, false, mark(human, result->severity));
	flow_cell(flow, plain, NAME_COLUMNS, false, step_names[result->step].name);
	flow_cell(flow, STYLE_DIM, TIME_COLUMNS, true, reached ? time : "not reached");
	if (result->summary[0] && narrow) {
		flow_end(flow);
		flow_begin(flow, "  ", "  ");
	} else if (result->summary[0]) {
		flow_cell(flow, STYLE_PLAIN, 2, false, "");
	}
	flow_add(flow, plain, result->summary);
	flow_end(flow);
}

static void
print_finding(struct check_human *human, const struct step_result *result, const struct finding *finding)
{
	struct flow *flow = &human->flow;
	bool verbose = human->verbosity >= 1;

	/* The line of the step may already have said it. */
	if (verbose || strcmp(finding->text, result->summary) != 0) {
		flow_begin(flow, finding_margin, finding_margin);
		flow_addf(flow, styles[finding->severity], "%s%s:", severity_names[finding->severity].name,
			finding->ignored ? " (ignored)" : "");
		flow_addf(flow, STYLE_PLAIN, "%s.", finding->text);
		if (verbose)
			flow_addf(flow, STYLE_DIM, "[%s]", finding->id);
		flow_end(flow);
	}
	if (!finding->hint[0] || (finding->ignored && !verbose))
		return;
	flow_begin(flow, finding_margin, finding_margin);
	flow_add(flow, STYLE_STRONG, side_names[finding->side].name);
	flow_add(flow, STYLE_PLAIN, finding->hint);
	flow_end(flow);
}

static bool
is_wanted(const struct check_human *human, const struct finding *finding)
{
	enum severity severity = finding->severity;

	if (human->verbosity < 0)
		return severity == FINDING_FAILED || finding->critical;
	return human->verbosity >= 1 || (severity != FINDING_OK && severity != FINDING_NOT_REACHED);
}

/* The margins of a tree's node: of its first line, and of the following ones. */
struct margins {
	char first[64], rest[64];
};

static void
set_margins(struct margins *margins, const struct check_human *human, unsigned depth, bool has_child)
{
	unsigned deepest = human->flow.width > TREE_ROOM ? (human->flow.width - TREE_ROOM) / 3 : 0;
	int indent;

	/* A chain has one branch: if there is no room to indent, it continues straight down. */
	if (depth > deepest)
		depth = deepest;
	indent = 4 + 3 * (int)(depth > 14 ? 14 : depth);
	text_format(margins->first, sizeof margins->first, "%*s%s", depth ? indent - 3 : indent, "",
		!depth ? "" : human->utf8 ? "\xe2\x94\x94\xe2\x94\x80 " : "`- ");
	text_format(margins->rest, sizeof margins->rest, "%*s%s", indent, "",
		!has_child ? "" : human->utf8 ? "\xe2\x94\x82  " : "|  ");
}

static void
print_certificate(struct check_human *human, const struct chaintree *tree, unsigned node,
	const char *margin)
{
	const struct certificate *certificate = tree->nodes[node].certificate;
	struct flow *flow = &human->flow;
	char text[512];
	enum severity severity;

	severity = chaintree_validity(text, sizeof text, tree, node);
	print_whole_line(flow, margin, styles[severity], text);
	severity = chaintree_strength(text, sizeof text, tree, node);
	print_whole_line(flow, margin, severity == FINDING_OK ? STYLE_PLAIN : styles[severity], text);
	if (certificate->names[0]) {
		text_format(text, sizeof text, "names %s", certificate->names);
		print_whole_line(flow, margin, STYLE_PLAIN, text);
	}
	text_format(text, sizeof text, "issuer %s", certificate->issuer);
	print_whole_line(flow, margin, STYLE_PLAIN, certificate->self_signed ? "self-signed" : text);
	if (human->verbosity < 1)
		return;
	text_format(text, sizeof text, "SHA-256 %s", certificate->fingerprint);
	print_whole_line(flow, margin, STYLE_DIM, text);
	text_format(text, sizeof text, "pin %s", certificate->pin);
	print_whole_line(flow, margin, STYLE_DIM, text);
}

static void
print_node(struct check_human *human, const struct chaintree *tree, unsigned node)
{
	const struct chaintree_node *shown = &tree->nodes[node];
	bool has_child = !shown->unrelated && node + 1 < tree->count && !tree->nodes[node + 1].unrelated;
	struct margins margins;
	char origin[384];
	enum severity severity = chaintree_origin(origin, sizeof origin, tree, node);

	set_margins(&margins, human, shown->unrelated ? 0 : node, has_child);
	flow_begin(&human->flow, margins.first, margins.rest);
	flow_add(&human->flow, shown->certificate ? STYLE_STRONG : styles[severity], shown->subject);
	flow_end(&human->flow);
	print_whole_line(&human->flow, margins.rest, styles[severity], origin);
	if (shown->certificate)
		print_certificate(human, tree, node, margins.rest);
}

static void
print_chain(struct check_human *human, const struct check_report *report,
	const struct certificate_chain *chain,
	bool ours)
{
	struct chaintree tree;

	chaintree_grow(&tree, chain, ours, report);
	for (unsigned i = 0; i < tree.count; i++)
		print_node(human, &tree, i);
}

static const char *
fit_mark(const struct check_human *human, const struct range_row *row, bool fits)
{
	return row->answer == RANGE_UNDECIDED ? "?" : mark(human, fits ? FINDING_OK : FINDING_FAILED);
}

static enum text_style
fit_style(const struct range_row *row, bool fits)
{
	return row->answer == RANGE_UNDECIDED ? STYLE_OPEN : fits ? STYLE_GOOD : STYLE_BAD;
}

static void
print_range_row(struct check_human *human, const struct range_row *row, unsigned name_columns)
{
	struct flow *flow = &human->flow;

	flow_begin(flow, finding_margin, "      ");
	if (name_columns > 0) {
		flow_cell(flow, STYLE_PLAIN, name_columns, false, row->name);
	} else {
		flow_add(flow, STYLE_PLAIN, row->name);
		flow_end(flow);
		flow_begin(flow, "      ", "      ");
	}
	flow_cell(flow, STYLE_PLAIN, ANSWER + 2, false, range_answer_names[row->answer]);
	flow_cell(flow, fit_style(row, row->fits_guide), 7, false, fit_mark(human, row, row->fits_guide));
	flow_cell(flow, fit_style(row, row->fits_bcp195), 1, false, fit_mark(human, row, row->fits_bcp195));
	flow_end(flow);
	if (row->note[0])
		print_whole_line(flow, "      ", STYLE_DIM, row->note);
}

/* The width of the column of names, 0 if they are on separate lines. */
static unsigned
range_columns(const struct check_human *human, const struct check_report *report)
{
	unsigned most = 0;

	for (size_t i = 0; i < report->range_count; i++) {
		unsigned columns = text_columns(report->range[i].name, strlen(report->range[i].name));

		most = columns > most ? columns : most;
	}
	return 4 + most + 2 + ANSWER + 2 + 7 + 4 <= human->flow.width ? most + 2 : 0;
}

static void
print_range_head(struct check_human *human, unsigned name_columns)
{
	struct flow *flow = &human->flow;

	flow_begin(flow, name_columns ? finding_margin : "      ", finding_margin);
	flow_cell(flow, STYLE_PLAIN, name_columns + ANSWER + 2, false, "");
	flow_cell(flow, STYLE_STRONG, 7, false, "guide");
	flow_cell(flow, STYLE_STRONG, 4, false, "B.12");
	flow_end(flow);
}

static void
print_range(struct check_human *human, const struct check_report *report)
{
	unsigned columns = range_columns(human, report);

	print_range_head(human, columns);
	for (size_t i = 0; i < report->range_count; i++)
		print_range_row(human, &report->range[i], columns);
	print_whole_line(&human->flow, finding_margin, STYLE_DIM,
		"guide: as in the guide's settings for IRIS; B.12: as in PS3.15 B.12 (BCP 195, RFC 9325)");
}

static void
human_announce(void *self, const char *text)
{
	struct check_human *human = self;

	if (human->verbosity >= 0)
		fprintf(human->err, "mtls-storescu: %s\n", TEXT_SHOWN(text, 1024));
}

static void
print_details(struct check_human *human, const struct check_report *report, const struct step_result *result)
{
	bool shown = result->severity != FINDING_NOT_REACHED || human->verbosity >= 1;

	if (human->verbosity < 0 || !shown)
		return;
	if (result->step == STEP_SERVER)
		print_chain(human, report, &report->server, false);
	else if (result->step == STEP_OURS)
		print_chain(human, report, &report->ours, true);
	else if (result->step == STEP_RANGE && report->range_count > 0)
		print_range(human, report);
}

/* Does it contain anything that -q shows? */
static bool
is_shown_when_quiet(const struct step_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->findings[i].critical || result->findings[i].severity == FINDING_FAILED)
			return true;
	return false;
}

static void
check_human_step(void *self, const struct check_report *report, const struct step_result *result)
{
	struct check_human *human = self;

	if (human->lines && human->verbosity <= 0)
		return;
	if (human->verbosity >= 0 || is_shown_when_quiet(result))
		print_step(human, result);
	for (size_t i = 0; i < result->count; i++)
		if (is_wanted(human, &result->findings[i]))
			print_finding(human, result, &result->findings[i]);
	print_details(human, report, result);
	output_flush(&human->out);
}

static void
print_sentence(struct check_human *human, const struct check_report *report)
{
	struct flow *flow = &human->flow;
	const struct err *verdict = &report->verdict;
	const struct finding *failure = check_report_failure(report);
	bool ok = verdict->kind == ERR_NONE;
	char place[300];

	flow_begin(flow, "", "  ");
	flow_addf(flow, ok ? STYLE_GOOD : STYLE_BAD, "%s %s:", mark(human, ok ? FINDING_OK : FINDING_FAILED),
		ok ? "ok" : failure ? step_names[failure->step].name : "ended");
	if (!ok)
		flow_addf(flow, STYLE_PLAIN, "%s.", verdict->text);
	else if (*check_report_place(place, sizeof place, report) && strcmp(report->depth, "local") != 0)
		flow_addf(flow, STYLE_PLAIN, "the path to %s at %s is ok.", report->called, place);
	else
		flow_add(flow, STYLE_PLAIN, "the stores are ok.");
	/* A finding has already given the remedy. */
	if (!ok && !failure)
		flow_add(flow, STYLE_PLAIN, verdict->hint);
	flow_end(flow);
}

static void
add_count(struct flow *flow, const struct check_report *report, enum severity severity, const char *one,
	const char *many)
{
	size_t count = check_report_count(report, severity);

	if (count > 0)
		flow_addf(flow, STYLE_PLAIN, "%zu %s,", count, count == 1 ? one : many);
}

static void
add_counts(struct flow *flow, const struct check_report *report)
{
	enum err_kind kind = report->verdict.kind;

	flow_addf(flow, kind == ERR_NONE ? STYLE_GOOD : STYLE_BAD, "exit %d (%s),", err_status(kind),
		err_word(kind));
	add_count(flow, report, FINDING_FAILED, "failure", "failures");
	add_count(flow, report, FINDING_WARNING, "warning", "warnings");
	add_count(flow, report, FINDING_UNDECIDED, "undecided", "undecided");
	if (report->ignored > 0)
		flow_addf(flow, STYLE_PLAIN, "%zu ignored,", report->ignored);
	flow_addf(flow, STYLE_PLAIN, "%.2f s", (double)report->us / 1e6);
}

/* A destination's check on one line, whatever the terminal's width. */
static void
print_line(struct check_human *human, const struct check_report *report)
{
	struct flow *flow = &human->flow;
	const struct err *verdict = &report->verdict;
	const struct finding *failure = check_report_failure(report), *critical =
		check_report_first_critical(report);
	bool ok = verdict->kind == ERR_NONE, good = ok && !critical;
	unsigned width = flow->width;
	char place[300];

	flow->width = UINT_MAX;
	flow_begin(flow, "", "");
	flow_addf(flow, good ? STYLE_GOOD : STYLE_BAD, "%s %s:", mark(human, good ? FINDING_OK :
		ok ? FINDING_WARNING : FINDING_FAILED), report->destination);
	if (!ok)
		flow_addf(flow, STYLE_PLAIN, "%s%s%s;", failure ? step_names[failure->step].name : "",
			failure ? ": " : "", verdict->text);
	else if (critical)
		flow_addf(flow, STYLE_PLAIN, "%s;", critical->text);
	else if (*check_report_place(place, sizeof place, report) && strcmp(report->depth, "local") != 0)
		flow_addf(flow, STYLE_PLAIN, "the path to %s at %s is ok;", report->called, place);
	else
		flow_add(flow, STYLE_PLAIN, "the stores are ok;");
	add_counts(flow, report);
	flow_end(flow);
	flow->width = width;
}

static void
human_done(void *self, const struct check_report *report)
{
	struct check_human *human = self;
	struct flow *flow = &human->flow;
	bool ok = report->verdict.kind == ERR_NONE, shown = ok || check_report_failure(report);

	if (human->lines) {
		if (human->verbosity >= 0 || !ok || check_report_first_critical(report))
			print_line(human, report);
	} else if (human->verbosity >= 0 || !shown) { /* with -q the findings have said it */
		print_sentence(human, report);
		flow_begin(flow, "  ", "  ");
		add_counts(flow, report);
		flow_end(flow);
	}
	output_flush(&human->out);
}

struct check_reporter
check_human_init(struct check_human *human, FILE *out, FILE *err, int verbosity, int color)
{
	*human = (struct check_human){
		.out.to = out,
		.err = err,
		.verbosity = verbosity,
		.utf8 = terminal_utf8(),
		.flow = { .to = out, .color = terminal_color(out, color), .width = terminal_width(out) },
	};
	return (struct check_reporter){ .self = human, .announce = human_announce, .step = check_human_step,
		.done = human_done };
}
