/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/html_chain.h"

#include <string.h>

#include "base/text.h"
#include "report/flow.h"
#include "report/markup.h"

/* Units of the picture; its letters have a fixed width, so that text can be fitted. */
#define BOX_WIDTH   340
#define BOX_PAD	    10
#define LINE_HEIGHT 16
#define GAP	    26
#define COLUMNS	    46 /* letters of 6.9 units */
#define BOX_LINES   10

/* One line of a box. */
struct box_line {
	const char *class_name;
	char text[4 * COLUMNS + 4];
};

struct box {
	struct box_line lines[BOX_LINES];
	int count;
	enum severity severity;
};

/* How many bytes of text fit on one line: whole characters, up to the last space or comma if any. */
static size_t
line_bytes(const char *text)
{
	size_t len = 0, broken = 0, left = strlen(text);
	unsigned columns = 0;

	while (len < left) {
		size_t n = text_utf8_len((const unsigned char *)text + len, left - len);

		n = n ? n : 1;
		columns += text_columns(text + len, n);
		if (columns > COLUMNS || len + n >= sizeof((struct box_line *)0)->text)
			return broken ? broken : len;
		len += n;
		if (text[len - 1] == ' ' || text[len - 1] == ',')
			broken = len;
	}
	return len;
}

/* Add text in at most `most` lines, the last one cut. */
static void
box_add(struct box *box, const char *class_name, const char *text, int most)
{
	while (*text && most-- > 0 && box->count < BOX_LINES) {
		struct box_line *line = &box->lines[box->count++];
		size_t len = line_bytes(text);
		bool cut = text[len] && (most == 0 || box->count == BOX_LINES);

		line->class_name = class_name;
		text_format(line->text, sizeof line->text, "%.*s%s", (int)len, text,
			cut ? "\xe2\x80\xa6" : "");
		text += len;
	}
}

/* In order of importance. */
static enum severity
worse_of(enum severity a, enum severity b)
{
	return a == FINDING_FAILED || b == FINDING_FAILED ? FINDING_FAILED : a > b ? a : b;
}

static void
box_fill(struct box *box, const struct chaintree *tree, unsigned node)
{
	char text[512];
	enum severity severity;

	*box = (struct box){ .count = 0 };
	box_add(box, "subject", tree->nodes[node].subject, 3);
	if (tree->nodes[node].certificate) {
		box->severity = chaintree_validity(text, sizeof text, tree, node);
		box_add(box, severity_names[box->severity].word, text, 2);
		severity = chaintree_strength(text, sizeof text, tree, node);
		box_add(box, severity == FINDING_OK ? "plain" : severity_names[severity].word, text, 2);
		box->severity = worse_of(box->severity, severity);
	}
	severity = chaintree_origin(text, sizeof text, tree, node);
	box_add(box, severity_names[severity].word, text, 2);
	box->severity = worse_of(box->severity, severity);
}

static int
box_height(const struct box *box)
{
	return box->count * LINE_HEIGHT + 2 * BOX_PAD;
}

static void
box_draw(FILE *to, const struct box *box, bool missing, int top)
{
	fprintf(to, "<rect class=\"box %s%s\" x=\"1\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		severity_names[box->severity].word, missing ? " missing" : "", top, BOX_WIDTH - 2,
		box_height(box));
	for (int i = 0; i < box->count; i++) {
		fprintf(to, "<text class=\"%s\" x=\"%d\" y=\"%d\">", box->lines[i].class_name, BOX_PAD + 1,
			top + BOX_PAD + LINE_HEIGHT * (i + 1) - 4);
		markup_text(to, box->lines[i].text);
		fputs("</text>\n", to);
	}
}

/* From the issuer to what it issued. */
static void
arrow_draw(FILE *to, int top, bool missing)
{
	int middle = BOX_WIDTH / 2, tip = top + GAP;

	fprintf(to, "<path class=\"arrow%s\" d=\"M%d %dV%d\"/>\n", missing ? " missing" : "", middle,
		top, tip - 6);
	fprintf(to, "<path class=\"tip\" d=\"M%d %dl-5 -8h10z\"/>\n", middle, tip);
}

static int
tree_height(const struct chaintree *tree)
{
	struct box box;
	int height = 2;

	for (unsigned i = 0; i < tree->count; i++) {
		box_fill(&box, tree, i);
		height += box_height(&box) + (i ? GAP : 0);
	}
	return height;
}

static void
draw(FILE *to, const char *title, const struct chaintree *tree)
{
	struct box box;
	int top = 1, height = tree_height(tree);

	fprintf(to, "<svg role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n<title>", BOX_WIDTH,
		height, BOX_WIDTH, height);
	markup_text(to, title);
	fputs("</title>\n", to);
	for (unsigned i = 0; i < tree->count; i++) {
		bool missing = !tree->nodes[i].certificate;

		if (i > 0 && !tree->nodes[i].unrelated)
			arrow_draw(to, top, !tree->nodes[i - 1].certificate);
		top += i ? GAP : 0;
		box_fill(&box, tree, i);
		box_draw(to, &box, missing || tree->nodes[i].unrelated, top);
		top += box_height(&box);
	}
	fputs("</svg>\n", to);
}

static void
emit_certificate(FILE *to, const struct chaintree *tree, unsigned node)
{
	const struct certificate *certificate = tree->nodes[node].certificate;
	char text[512];

	markup_row(to, "Issuer", certificate->self_signed ? "itself" : certificate->issuer);
	chaintree_strength(text, sizeof text, tree, node);
	markup_row(to, "Key", text);
	markup_row(to, "From", certificate->not_before);
	chaintree_validity(text, sizeof text, tree, node);
	markup_row(to, "Validity", text);
	markup_row(to, "Names", certificate->names);
	if (certificate->purpose_said)
		markup_rowf(to, "For", "%s", certificate->for_server && certificate->for_client
			? "TLS servers and clients" : certificate->for_server ? "TLS servers"
			: certificate->for_client ? "TLS clients" : "neither TLS servers nor clients");
	markup_row(to, "SHA-256", certificate->fingerprint);
	markup_row(to, "Pin", certificate->pin);
}

static void
emit(FILE *to, const struct chaintree *tree)
{
	char text[512];

	fputs("<ol class=\"certificates\">\n", to);
	for (unsigned i = 0; i < tree->count; i++) {
		fputs("<li>\n", to);
		markup_element(to, "h4", NULL, tree->nodes[i].subject);
		fputs("<dl>\n", to);
		chaintree_origin(text, sizeof text, tree, i);
		markup_row(to, "State", text);
		if (tree->nodes[i].certificate)
			emit_certificate(to, tree, i);
		fputs("</dl>\n</li>\n", to);
	}
	fputs("</ol>\n", to);
}

void
html_chain_print(FILE *to, const char *title, const struct chaintree *tree)
{
	fputs("<section class=\"chain\">\n", to);
	markup_element(to, "h3", NULL, title);
	fputs("<div class=\"pair\">\n", to);
	draw(to, title, tree);
	emit(to, tree);
	fputs("</div>\n</section>\n", to);
}
