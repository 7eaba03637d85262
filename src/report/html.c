/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html.h"

#include <string.h>

#include "base/text.h"
#include "report/chaintree.h"
#include "report/html_chain.h"
#include "report/html_style.h"
#include "report/markup.h"
#include "report/output.h"

#define TITLE_BYTES 64

/* "The path to IRIS_PDF_SCU at iris:2010", or what else was looked at */
static void
name_subject(char *out, size_t size, const struct check_report *report)
{
	char place[300];

	if (*check_report_place(place, sizeof place, report))
		text_format(out, size, "The path to %s at %s", report->called, place);
	else
		text_format(out, size, "The key and trust stores");
}

/* A policy that lets nothing be fetched or run, so that the page is safe to open. */
static void
print_head(FILE *to, const char *subject)
{
	char title[TITLE_BYTES];

	text_format(title, sizeof title, "%s", subject);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" "
	      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n", to);
	markup_element(to, "title", NULL, title);
	fprintf(to, "<style>\n%s</style>\n</head>\n", html_style);
}

static void
print_verdict(FILE *to, const struct check_report *report, const char *subject)
{
	const struct err *verdict = &report->verdict;
	bool ok = verdict->kind == ERR_NONE;
	size_t warnings = check_report_count(report, FINDING_WARNING);

	fputs("<header>\n", to);
	markup_element(to, "h1", NULL, subject);
	fprintf(to, "<div class=\"verdict %s\">\n<p><strong>%s</strong>: ", ok ? "ok" : "failed",
		ok ? "in order" : err_word(verdict->kind));
	if (ok && warnings > 0)
		fprintf(to, "no step failed; %zu warning%s", warnings, TEXT_PLURAL(warnings));
	else
		markup_text(to, ok ? "no step failed, no warnings" : verdict->text);
	fputs(".</p>\n", to);
	if (!ok)
		markup_element(to, "p", NULL, verdict->hint);
	if (report->ignored > 0)
		markup_textf(to, "%zu finding%s ignored.", report->ignored, TEXT_PLURAL(report->ignored));
	fprintf(to, "<p class=\"when\">exit %d, %.2f s, ", err_status(verdict->kind),
		(double)report->us / 1e6);
	markup_text(to, report->started);
	fputs("</p>\n</div>\n</header>\n", to);
}

static void
print_finding(FILE *to, const struct finding *finding)
{
	fprintf(to, "<li class=\"finding %s\">\n<p><b>%s:</b> ", severity_names[finding->severity].word,
		severity_names[finding->severity].name);
	markup_textf(to, "%s.", finding->text);
	fputs(" <code>", to);
	markup_text(to, finding->id);
	fputs("</code></p>\n", to);
	if (finding->hint[0]) {
		fprintf(to, "<p><strong>%s</strong> ", side_names[finding->side].name);
		markup_text(to, finding->hint);
		fputs("</p>\n", to);
	}
	fputs("</li>\n", to);
}

/* What the line of the step has not said. */
static bool
has_more_to_show(const struct step_result *result, const struct finding *finding)
{
	if (finding->severity == FINDING_OK)
		return strcmp(finding->text, result->summary) != 0;
	return finding->severity != FINDING_NOT_REACHED;
}

static void
print_findings(FILE *to, const struct step_result *result)
{
	bool open = false;

	for (size_t i = 0; i < result->count; i++) {
		if (!has_more_to_show(result, &result->findings[i]))
			continue;
		if (!open)
			fputs("<ul class=\"told\">\n", to);
		open = true;
		print_finding(to, &result->findings[i]);
	}
	if (open)
		fputs("</ul>\n", to);
}

static void
print_step(FILE *to, const struct step_result *result)
{
	fprintf(to, "<li class=\"step %s\">\n<span class=\"mark\" aria-hidden=\"true\">%s</span>\n",
		severity_names[result->severity].word, severity_marks[result->severity][true]);
	markup_element(to, "h3", NULL, step_names[result->step].name);
	fprintf(to, "<p class=\"state\">%s", severity_names[result->severity].name);
	if (result->severity != FINDING_NOT_REACHED)
		fprintf(to, " <span>%.1f ms</span>", (double)result->us / 1000);
	fputs("</p>\n", to);
	markup_element(to, "p", "told", result->summary);
	print_findings(to, result);
	fputs("</li>\n", to);
}

static void
print_steps(FILE *to, const struct check_report *report)
{
	fputs("<section>\n<h2>The steps</h2>\n<ol>\n", to);
	for (int i = 0; i < STEP_COUNT; i++)
		print_step(to, &report->steps[i]);
	fputs("</ol>\n</section>\n", to);
}

static void
print_chains(FILE *to, const struct check_report *report)
{
	struct chaintree tree;

	if (report->server.count == 0 && report->ours.count == 0)
		return;
	fputs("<section>\n<h2>The certificates</h2>\n", to);
	chaintree_grow(&tree, &report->server, false, report);
	if (tree.count > 0)
		html_chain_print(to, "Certificates of the server", &tree);
	chaintree_grow(&tree, &report->ours, true, report);
	if (tree.count > 0)
		html_chain_print(to, "Our certificates", &tree);
	fputs("</section>\n", to);
}

static void
print_fit(FILE *to, const struct range_row *row, bool fits)
{
	if (row->answer == RANGE_UNDECIDED)
		fputs("<td class=\"undecided\">?</td>\n", to);
	else
		fprintf(to, "<td class=\"%s\">%s %s</td>\n", fits ? "ok" : "failed",
			severity_marks[fits ? FINDING_OK : FINDING_FAILED][true], fits ? "yes" : "no");
}

static void
print_range_row(FILE *to, const struct range_row *row)
{
	fputs("<tr>\n<th scope=\"row\">", to);
	markup_text(to, row->name);
	markup_element(to, "span", "note", row->note);
	fprintf(to, "</th>\n<td>%s</td>\n", range_answer_names[row->answer]);
	print_fit(to, row, row->fits_guide);
	print_fit(to, row, row->fits_bcp195);
	fputs("</tr>\n", to);
}

static const char *
group_name(const char *group)
{
	static const char *const names[][2] = {
		{ "protocol", "Protocols" },
		{ "suite", "Cipher suites" },
		{ "forbidden", "What must be refused" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(group, names[i][0]) == 0)
			return names[i][1];
	return group;
}

/* Rows of one group are together; a new group begins a new body. */
static void
print_range(FILE *to, const struct check_report *report)
{
	const char *group = NULL;

	if (report->range_count == 0)
		return;
	fputs("<section>\n<h2>The offered range</h2>\n<table>\n"
	      "<caption>What the server accepts, each tested alone, compared with the guide&#39;s settings "
	      "for IRIS and with DICOM PS3.15 B.12 (BCP 195).</caption>\n"
	      "<thead>\n<tr><th scope=\"col\">Offered</th><th scope=\"col\">Answer</th>"
	      "<th scope=\"col\">Guide</th><th scope=\"col\">B.12</th></tr>\n</thead>\n", to);
	for (size_t i = 0; i < report->range_count; i++) {
		const struct range_row *row = &report->range[i];

		if (!group || strcmp(group, row->group) != 0) {
			fprintf(to, "%s<tbody>\n<tr class=\"group\"><th colspan=\"4\" scope=\"rowgroup\">",
				group ? "</tbody>\n" : "");
			group = row->group;
			markup_text(to, group_name(group));
			fputs("</th></tr>\n", to);
		}
		print_range_row(to, row);
	}
	fputs("</tbody>\n</table>\n</section>\n", to);
}

static void
print_echo(FILE *to, const struct check_report *report)
{
	double least, median;

	if (report->ping_count == 0)
		return;
	median = check_report_echo_ms(report, &least);
	markup_rowf(to, "C-ECHO", "%.1f ms at least, %.1f ms median of %zu", least, median,
		report->ping_count);
}

static void
print_facts(FILE *to, const struct check_report *report)
{
	char place[300];

	fputs("<section>\n<h2>Details</h2>\n<dl>\n", to);
	markup_row(to, "Began", report->started);
	markup_rowf(to, "Took", "%.2f s (%s)", (double)report->us / 1e6, report->depth);
	markup_row(to, "Called AE title", report->called ? report->called : "");
	markup_row(to, "Calling AE title", report->calling ? report->calling : "");
	markup_row(to, "Host", check_report_place(place, sizeof place, report));
	markup_row(to, "Address", report->address);
	markup_row(to, "Protocol", report->protocol);
	markup_row(to, "Cipher suite", report->cipher);
	markup_row(to, "Key exchange", report->group);
	markup_row(to, "Implementation", report->implementation);
	markup_row(to, "Its version", report->version);
	if (report->max_pdu > 0)
		markup_rowf(to, "PDUs", "up to %u bytes", report->max_pdu);
	if (report->window > 0)
		markup_rowf(to, "Window", "%u operation%s at a time", report->window,
			TEXT_PLURAL(report->window));
	print_echo(to, report);
	fputs("</dl>\n</section>\n", to);
}

void
html_print(FILE *to, const void *what)
{
	const struct check_report *report = what;
	char subject[400];

	name_subject(subject, sizeof subject, report);
	print_head(to, subject);
	fputs("<body>\n", to);
	print_verdict(to, report, subject);
	fputs("<main>\n", to);
	print_steps(to, report);
	print_chains(to, report);
	print_range(to, report);
	print_facts(to, report);
	fputs("</main>\n<footer>\n<p>Made by mtls-storescu " MTLS_VERSION ".</p>\n</footer>\n"
	      "</body>\n</html>\n", to);
}

int
html_write(const char *path, const struct check_report *report, struct err *err)
{
	return output_replace(path, html_print, report, err);
}
