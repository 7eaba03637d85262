/* SPDX-License-Identifier: BSD-3-Clause */
/* Command lines for tests, and what became of them in struct options, as text. */
#ifndef MTLS_TESTS_OPTIONS_SHOWN_H
#define MTLS_TESTS_OPTIONS_SHOWN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

#define WORDS_MAX 40

/* A command line in memory that may be written to, as main's is. */
struct line {
	char *text;
	char *argv[WORDS_MAX + 1];
	int argc;
};

/* Words stand apart by a blank; ~ is a blank within a word. */
static inline void
line_init(struct line *line, const char *words)
{
	char *save, *word;

	memset(line, 0, sizeof *line);
	ck_assert_int_ge(asprintf(&line->text, "mtls-storescu %s", words), 0);
	for (word = strtok_r(line->text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		ck_assert_int_lt(line->argc, WORDS_MAX);
		line->argv[line->argc++] = word;
		for (; *word; word++)
			if (*word == '~')
				*word = ' ';
	}
}

enum kind { STRING, CHARS, NUMBER, PORT, FLAG, INT, LIST, SECRET, SECRETS, PINS };

static inline void
show_secret(FILE *to, const struct secret_option *secret)
{
	if (secret->source)
		fprintf(to, "from %s", secret->source);
	else if (secret->value.given)
		fprintf(to, "<%s>", secret->value.bytes);
	else
		fputs("none", to);
}

static inline void
show_list(FILE *to, const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		fprintf(to, "%s%s", i ? " " : "", list->items[i]);
	if (list->count > 0)
		ck_assert_ptr_null(list->items[list->count]);
}

static inline void
show_secrets(FILE *to, const struct secret_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs(i ? " " : "", to);
		show_secret(to, &list->items[i]);
	}
}

static inline void
show_pins(FILE *to, const struct pin_list *list)
{
	char text[PIN_TEXT_SIZE];

	for (size_t i = 0; i < list->count; i++)
		fprintf(to, "%s%s", i ? " " : "", pin_text(list->items[i], text, sizeof text));
}

static inline void
show(FILE *to, const struct options *options, size_t offset, enum kind kind)
{
	const void *member = (const char *)options + offset;
	const char *string;

	switch (kind) {
	case STRING:
		memcpy(&string, member, sizeof string);
		fputs(string ? string : "none", to);
		break;
	case CHARS:
		fputs(member, to);
		break;
	case NUMBER:
		fprintf(to, "%lld", (long long)*(const int64_t *)member);
		break;
	case PORT:
		fprintf(to, "%u", *(const uint16_t *)member);
		break;
	case FLAG:
		fputs(*(const bool *)member ? "yes" : "no", to);
		break;
	case INT:
		fprintf(to, "%d", *(const int *)member);
		break;
	case LIST:
		show_list(to, member);
		break;
	case SECRET:
		show_secret(to, member);
		break;
	case SECRETS:
		show_secrets(to, member);
		break;
	case PINS:
		show_pins(to, member);
		break;
	}
}

static inline void
assert_shows(const struct options *options, size_t offset, enum kind kind, const char *wanted)
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(to);
	show(to, options, offset, kind);
	fclose(to);
	ck_assert_str_eq(text, wanted);
	free(text);
}

#endif
