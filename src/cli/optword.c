/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/optword.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "cli/optrow.h"

const char *
optword_nearest(const char *name)
{
	const char *best = NULL;
	size_t least = strlen(name) / 2 + 1;

	for (size_t i = 0; i < optrow_count; i++) {
		const struct optrow *row = &optrow_table[i];
		size_t off = row->name && row->doc ? text_distance(name, row->name) : least;

		if (off < least) {
			least = off;
			best = row->name;
		}
	}
	return best;
}

static int
suggest(const char *name, struct err *err)
{
	const char *best = optword_nearest(name);

	if (best)
		return err_hint(err, "Did you mean --%s?", best);
	return err_hint(err, "See --help for the list of options.");
}

/* The options that name, possibly abbreviated, could mean: how many, the last one, and all as a list. */
static size_t
match(const char *name, const struct optrow **one, char *all, size_t size)
{
	size_t count = 0;

	all[0] = '\0';
	for (size_t i = 0; i < optrow_count; i++) {
		const struct optrow *row = &optrow_table[i];

		if (!row->name || strncmp(row->name, name, strlen(name)) != 0)
			continue;
		*one = row;
		if (row->name[strlen(name)] == '\0')
			return 1;
		text_join(all, size, ", ", "--%s", row->name);
		count++;
	}
	return count;
}

/* The name in --name=value, safe to print. */
static void
bare_name(char *out, size_t size, const char *text)
{
	text_harmless(out, size, text, strcspn(text, "="));
}

/* Is something wrong with --text? Then err says what. */
static bool
is_bad_long(const char *text, struct err *err)
{
	const struct optrow *one = NULL;
	char name[64], all[256];
	size_t count;

	bare_name(name, sizeof name, text);
	count = match(name, &one, all, sizeof all);
	if (count == 0) {
		err_set(err, ERR_USAGE, "unknown option --%s", name);
		suggest(name, err);
	} else if (count > 1) {
		err_set(err, ERR_USAGE, "--%s is ambiguous: %s", name, all);
	} else if (one->arg && one->arg[0] != '=' && !strchr(text, '=')) {
		err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", one->name, one->name, one->arg);
	} else if (!one->arg && strchr(text, '=')) {
		err_set(err, ERR_USAGE, "--%s takes no value", one->name);
	} else {
		return false;
	}
	return true;
}

/* An unknown letter: perhaps the other case is meant, or a long option with only one dash. */
static void
explain_letter(const char *letter, const char *cluster, struct err *err)
{
	int c = (unsigned char)*letter;
	int other = islower(c) ? toupper(c) : tolower(c);
	char shown[8], name[64];

	err_set(err, ERR_USAGE, "unknown option -%s", text_harmless(shown, sizeof shown, letter, 1));
	if (!cluster[1]) {
		if (optrow_letter(other))
			err_hint(err, "Did you mean -%c?", other);
		err_hint(err, "See --help for the list of options.");
		return;
	}
	bare_name(name, sizeof name, cluster);
	suggest(name, err);
}

/* The same for letters after a single dash. */
static bool
is_bad_cluster(const char *cluster, struct err *err)
{
	for (const char *letter = cluster; *letter; letter++) {
		const struct optrow *row = optrow_letter((unsigned char)*letter);

		if (!row) {
			explain_letter(letter, cluster, err);
			return true;
		}
		if (!row->arg)
			continue;
		if (letter[1])
			return false;
		err_set(err, ERR_USAGE, "-%c needs a value: -%c %s", *letter, *letter, row->arg);
		return true;
	}
	return false;
}

static bool
is_bad(const char *word, struct err *err)
{
	if (word[0] != '-' || !word[1])
		return false;
	return word[1] == '-' ? is_bad_long(word + 2, err) : is_bad_cluster(word + 1, err);
}

int
optword_explain(const struct argp_state *state, struct err *err)
{
	/* getopt has passed the word, unless it is a cluster that failed before its last letter. */
	for (int i = state->next - 1; i <= state->next; i++)
		if (i > 0 && i < state->argc && is_bad(state->argv[i], err))
			return -1;
	return err_set(err, ERR_USAGE, "cannot parse the options");
}
