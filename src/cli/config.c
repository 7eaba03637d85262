/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/text.h"
#include "cli/inifile.h"
#include "cli/optrow.h"
#include "cli/optset.h"
#include "cli/optword.h"

/* A section, in any file. */
struct section {
	char *name;    /* owned */
	char *connect; /* owned; NULL: not given */
	size_t file;   /* index of the file that gave it */
};

/* A line of the section wanted. */
struct entry {
	const struct optrow *row;
	char *value; /* the options' */
	unsigned line;
};

/* What has been read from the files so far. */
struct reading {
	const char *wanted;	 /* section whose lines are kept; NULL: none */
	struct options *options; /* that keep their values */
	struct section *sections;
	size_t section_count;

	/* of the file being read: */
	size_t file;
	const char *path;
	bool found; /* it has the section wanted */
	struct entry *entries;
	size_t entry_count;
	const char *secret; /* key of the first secret that the file itself contains; NULL: none */
	unsigned secret_line;
};

static void
reading_clear(struct reading *reading)
{
	for (size_t i = 0; i < reading->section_count; i++) {
		free(reading->sections[i].name);
		free(reading->sections[i].connect);
	}
	free(reading->sections);
	free(reading->entries);
}

void
config_files_find(struct config_files *out, const char *named)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	*out = (struct config_files){ .named = named != NULL };
	if (named) {
		out->paths[out->count++] = named;
		return;
	}
	if (xdg && *xdg == '/') /* the XDG specification says that relative paths are ignored */
		text_format(out->own, sizeof out->own, "%s/%s", xdg, CONFIG_NAME);
	else if (home && *home)
		text_format(out->own, sizeof out->own, "%s/.config/%s", home, CONFIG_NAME);
	if (*out->own)
		out->paths[out->count++] = out->own;
	out->paths[out->count++] = CONFIG_SYSTEM;
}

static struct section *
section_of(struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->section_count; i++)
		if (strcmp(reading->sections[i].name, name) == 0)
			return &reading->sections[i];
	return NULL;
}

static int
read_section(void *ctx, const char *name, unsigned line, struct err *err)
{
	struct reading *reading = ctx;
	struct section *section;

	(void)line;
	if (reading->wanted && strcmp(name, reading->wanted) == 0)
		reading->found = true;
	if (section_of(reading, name))
		return 0;
	section = array_add(&reading->sections, &reading->section_count, sizeof *section, err);
	if (!section)
		return -1;
	section->name = strdup(name);
	return section->name ? 0 : err_nomem(err);
}

/* Keep a section's receiver for the list, unless a file with precedence has given it. */
static int
note_connect(struct reading *reading, struct section *section, const char *value, struct err *err)
{
	if (section->connect && section->file != reading->file)
		return 0;
	free(section->connect);
	section->connect = strdup(value);
	section->file = reading->file;
	return section->connect ? 0 : err_nomem(err);
}

/* Does the value name a file? If so, the length of what precedes the name. */
static bool
names_file(const struct optrow *row, const char *value, size_t *before)
{
	*before = strncmp(value, "file:", 5) == 0 ? 5 : 0;
	return row->arg && strncmp(row->arg, *before ? "SECRET" : "FILE", *before ? 6 : 4) == 0;
}

/* SCHEME:, as in pkcs11:token=Scanner (RFC 3986 3.1). */
static bool
is_uri(const struct optrow *row, const char *value)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

	return strstr(row->arg, "URI") && isalpha((unsigned char)*value) && value[len] == ':';
}

/* What to put before a relative path, len bytes of it: the home directory or that of the configuration
 * file, which may be "" (the current one). A "~" before "/" is skipped in *path. -1 with ERR_USAGE. */
static int
find_base(const struct reading *reading, const char **path, const char **base, size_t *len, struct err *err)
{
	const char *slash = strrchr(reading->path, '/');

	*base = reading->path;
	*len = slash ? (size_t)(slash - reading->path) + 1 : 0;
	if (**path == '/' || strcmp(*path, "-") == 0 || !**path)
		*len = 0;
	if (strncmp(*path, "~/", 2) != 0)
		return 0;
	++*path;
	*base = getenv("HOME");
	if (!*base || !**base)
		return err_set(err, ERR_USAGE, "'~%s' cannot be found: HOME is not set", *path);
	*len = strlen(*base);
	return 0;
}

/* Copy value for the options. No shell reads the file, so ~/ is expanded here, and a relative path means
 * the same in every working directory. NULL with err. */
static char *
keep(const struct reading *reading, const struct optrow *row, const char *value, struct err *err)
{
	const char *base = "", *path;
	size_t before, len = 0;
	char *kept, *whole;

	if (!names_file(row, value, &before) || is_uri(row, value)) {
		before = strlen(value);
		path = "";
	} else {
		path = value + before;
		if (find_base(reading, &path, &base, &len, err) < 0)
			return NULL;
	}
	if (asprintf(&whole, "%.*s%.*s%s", (int)before, value, (int)len, base, path) < 0) {
		err_nomem(err);
		return NULL;
	}
	kept = options_keep(reading->options, whole, err);
	explicit_bzero(whole, strlen(whole));
	free(whole);
	return kept;
}

static int
keep_entry(struct reading *reading, const struct optrow *row, const char *value, unsigned line,
	struct err *err)
{
	char *kept = keep(reading, row, value, err);
	struct entry *entry = NULL;

	if (kept)
		entry = array_add(&reading->entries, &reading->entry_count, sizeof *entry, err);
	if (!entry)
		return -1;
	*entry = (struct entry){ row, kept, line };
	return 0;
}

/* Is the key allowed in a section? */
static int
check_key(const struct optrow *row, const char *section, const char *key, struct err *err)
{
	const char *in = TEXT_SHOWN(section, INIFILE_SECTION_MAX * 2);
	const char *nearest;

	if (row && !(row->flags & ROW_CALL))
		return 0;
	if (row) {
		err_set(err, ERR_USAGE, "the key '%s' of [%s] is for the command line only", key, in);
		return err_hint(err, "Give --%s on the command line.", key);
	}
	err_set(err, ERR_USAGE, "the key '%s' of [%s] is not an option", TEXT_SHOWN(key, 128), in);
	nearest = optword_nearest(key);
	if (nearest)
		return err_hint(err, "Did you mean %s?", nearest);
	return err_hint(err, "Keys are the long options of --help, without the dashes.");
}

static int
read_entry(void *ctx, const char *name, const char *key, const char *value, unsigned line, struct err *err)
{
	struct reading *reading = ctx;
	struct section *section = section_of(reading, name);
	const struct optrow *row = optrow_find(key);

	if (row && !reading->secret && optset_holds_secret(row, value)) {
		reading->secret = row->name;
		reading->secret_line = line;
	}
	if (section && strcmp(key, "connect") == 0 && note_connect(reading, section, value, err) < 0)
		return -1;
	if (!reading->wanted || strcmp(name, reading->wanted) != 0)
		return 0;
	if (check_key(row, name, key, err) < 0)
		return -1;
	return keep_entry(reading, row, value, line, err);
}

/* A file that cannot be opened has no sections; it is an error only if the file was named. */
static int
cannot_open(const struct inifile *file, bool named, struct reading *reading, struct err *err)
{
	const char *shown = TEXT_SHOWN(file->path, 512);
	char text[600];

	if (named)
		return err_set(err, ERR_USAGE, "the configuration file %s cannot be opened: %s", shown,
			strerror(file->error));
	if (file->error == ENOENT || !reading->options)
		return 0;
	text_format(text, sizeof text, "%s cannot be read and was skipped", shown);
	return options_add_text(reading->options, &reading->options->notes, text, err);
}

/* Read the i-th file into reading. */
static int
read_file(struct reading *reading, const struct config_files *files, size_t i, struct err *err)
{
	const struct inifile_sink sink = { read_section, read_entry, reading };
	char shown[512];
	struct inifile file;
	int rv = -1;

	reading->file = i;
	reading->path = files->paths[i];
	reading->found = false;
	reading->entry_count = 0;
	reading->secret = NULL;
	if (inifile_open(&file, files->paths[i], err) < 0)
		goto out;
	rv = file.bytes ? inifile_parse(&file, &sink, err) : cannot_open(&file, files->named, reading, err);
	if (rv == 0 && reading->secret && file.others_read) {
		text_harmless_str(shown, sizeof shown, file.path);
		rv = err_set(err, ERR_USAGE, "%s, line %u: %s is a secret, and other users can read the "
			"file", shown, reading->secret_line, reading->secret);
		err_hint(err, "Run chmod 600 %s, or store the secret elsewhere, for example with "
			"file:PATH.", shown);
	}
out:
	inifile_close(&file);
	return rv;
}

static bool
has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* Is `row` overridden if `given` was given? An option overrides itself and its other names, and also the
 * options that belong to it and those that it excludes. */
static bool
overrides(const struct optrow *given, const struct optrow *row)
{
	static const struct {
		const char *given, *drops;
	} dependent_options[] = {
		{ "key-store", "key-store-type key-store-pass key-pass key-alias" },
		{ "trust-store", "trust-store-type trust-store-pass" },
		{ "user", "user-pass user-jwt user-saml" },
		{ "user-jwt", "user user-pass user-saml" },
		{ "user-saml", "user user-pass user-jwt" },
		{ "tls-profile", "tls-protocol tls12 tls13 tls-cipher" },
		{ "tls-protocol", "tls-profile" },
		{ "tls12", "tls-profile" },
		{ "tls13", "tls-profile" },
		{ "tls-cipher", "tls-profile" },
		{ "tls-host", "tls-no-host-check" },
		{ "tls-no-host-check", "tls-host" },
	};

	if (given == row || (given->offset != 0 && given->offset == row->offset))
		return true;
	for (size_t i = 0; i < sizeof dependent_options / sizeof dependent_options[0]; i++)
		if (strcmp(dependent_options[i].given, given->name) == 0 &&
			has_word(dependent_options[i].drops, row->name))
			return true;
	return false;
}

/* What a send writes, or changes in its journal. */
static bool
is_written(const char *name)
{
	static const char *const names[] = { "done-to", "failed-to", "journal-prune", "prometheus" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Is it ignored, because an option with precedence was given, or because the mode does not use it? */
static bool
is_dropped(const struct options *options, const bool given[], const struct optrow *row)
{
	bool echo = options->mode == MODE_ECHO;

	if (strcmp(row->name, "json") == 0 && (echo || options->nagios))
		return true;
	if (strcmp(row->name, "prometheus") == 0 && (echo || options->dry_run))
		return true;
	if (options->mode == MODE_STATUS && is_written(row->name))
		return true;
	if (strcmp(row->name, "ignore") == 0 && options->mode != MODE_CHECK)
		return true;
	for (size_t i = 0; i < optrow_count; i++)
		if (given[i] && overrides(&optrow_table[i], row))
			return true;
	return false;
}

/* 1 yes, 0 no, -1 with ERR_USAGE. */
static int
is_yes(const struct entry *entry, struct err *err)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1" };

	if (!*entry->value)
		return 1;
	for (int i = 0; i < (int)(sizeof words / sizeof words[0]); i++)
		if (strcasecmp(entry->value, words[i]) == 0)
			return i % 2;
	return err_set(err, ERR_USAGE, "%s: '%s' is not yes or no", entry->row->name,
		TEXT_SHOWN(entry->value, 64));
}

/* The last line of a flag is used, since it may be a no. */
static bool
is_overruled(const struct reading *reading, size_t i)
{
	for (size_t j = i + 1; j < reading->entry_count; j++)
		if (!reading->entries[i].row->arg && reading->entries[j].row == reading->entries[i].row)
			return true;
	return false;
}

static int
apply_entry(struct options *options, const struct entry *entry, struct err *err)
{
	int yes = entry->row->arg ? 1 : is_yes(entry, err);

	if (yes <= 0)
		return yes;
	return optrow_take(options, entry->row, entry->row->arg ? entry->value : NULL, err);
}

/* Take an entry, and remember its line. */
static int
apply_from(struct options *options, const struct reading *reading, const struct entry *entry, struct err *err)
{
	char place[700];
	struct origin *origin;
	size_t before;

	text_format(place, sizeof place, "%s, line %u, [%s]", TEXT_SHOWN(reading->path, 512), entry->line,
		TEXT_SHOWN(reading->wanted, INIFILE_SECTION_MAX * 2));
	origin = array_add(&options->origins.items, &options->origins.count, sizeof *origin, err);
	if (!origin || !(origin->place = options_keep(options, place, err)))
		return -1;
	origin->value = entry->value;
	if (names_file(entry->row, entry->value, &before) && entry->value[before])
		origin->path = entry->value + before;
	return apply_entry(options, entry, err) < 0 ? err_wrap(err, "%s", place) : 0;
}

/* Take the lines of the file just read, and mark their options as given. */
static int
apply_file(struct options *options, bool given[], const struct reading *reading, struct err *err)
{
	for (size_t i = 0; i < reading->entry_count; i++) {
		const struct entry *entry = &reading->entries[i];

		if (is_overruled(reading, i))
			continue;
		if (is_dropped(options, given, entry->row))
			explicit_bzero(entry->value, strlen(entry->value));
		else if (apply_from(options, reading, entry, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < reading->entry_count; i++)
		given[reading->entries[i].row - optrow_table] = true;
	return 0;
}

/* The files' names, for messages. */
static const char *
file_names(char *out, size_t size, const struct config_files *files)
{
	out[0] = '\0';
	for (size_t i = 0; i < files->count; i++)
		text_join(out, size, " or ", "%s", TEXT_SHOWN(files->paths[i], 512));
	return out;
}

static int
unknown_destination(const struct config_files *files, const struct reading *reading, struct err *err)
{
	char in[800], all[400] = "";

	err_set(err, ERR_USAGE, "there is no destination '%s' in %s",
		TEXT_SHOWN(reading->wanted, 128), file_names(in, sizeof in, files));
	for (size_t i = 0; i < reading->section_count; i++)
		text_join(all, sizeof all, ", ", "%s", TEXT_SHOWN(reading->sections[i].name, 128));
	if (*all)
		return err_hint(err, "There are: %s.", all);
	return err_hint(err, "None is configured; write a section [NAME] with a line connect = "
		"AET@HOST:PORT.");
}

bool
config_is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

/* Add a section, unless it is there already. */
static int
add_name(struct options *options, const char *name, struct err *err)
{
	for (size_t i = 0; i < options->destinations.count; i++)
		if (strcmp(options->destinations.items[i], name) == 0)
			return 0;
	return options_add_text(options, &options->destinations, name, err);
}

static int
no_match(const char *pattern, const struct config_files *files, struct err *err)
{
	char in[800];

	err_set(err, ERR_USAGE, "no destination in %s matches '%s'", file_names(in, sizeof in, files),
		TEXT_SHOWN(pattern, 128));
	return err_hint(err, "--to without a name lists the destinations.");
}

/* Add the sections that one name or pattern matches. */
static int
find_names(struct options *options, struct reading *reading, const char *given,
	const struct config_files *files, struct err *err)
{
	size_t matches = 0;

	if (section_of(reading, given))
		return add_name(options, given, err);
	reading->wanted = given;
	if (!config_is_pattern(given) || reading->section_count == 0)
		return unknown_destination(files, reading, err);
	for (size_t i = 0; i < reading->section_count; i++) {
		const char *name = reading->sections[i].name;

		if (fnmatch(given, name, 0) != 0)
			continue;
		matches++;
		if (add_name(options, name, err) < 0)
			return -1;
	}
	return matches > 0 ? 0 : no_match(given, files, err);
}

int
config_names(struct options *options, const struct config_files *files, struct err *err)
{
	struct reading reading = { 0 };
	int rv = 0;

	for (size_t i = 0; i < files->count && rv == 0; i++)
		rv = read_file(&reading, files, i, err);
	for (size_t i = 0; i < options->tos.count && rv == 0; i++)
		rv = find_names(options, &reading, options->tos.items[i], files, err);
	reading_clear(&reading);
	return rv;
}

int
config_apply(struct options *options, bool given[], const struct config_files *files, struct err *err)
{
	struct reading reading = { .wanted = options->to, .options = options };
	bool found = false;
	int rv = 0;

	for (size_t i = 0; i < files->count && rv == 0; i++) {
		rv = read_file(&reading, files, i, err);
		if (rv == 0)
			rv = apply_file(options, given, &reading, err);
		found |= reading.found;
	}
	if (rv == 0 && !found)
		rv = unknown_destination(files, &reading, err);
	reading_clear(&reading);
	return rv;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct section *)a)->name, ((const struct section *)b)->name);
}

static void
print_sections(const struct reading *reading, FILE *out)
{
	int width = 0;

	for (size_t i = 0; i < reading->section_count; i++)
		if ((int)strlen(reading->sections[i].name) > width)
			width = (int)strlen(reading->sections[i].name);
	for (size_t i = 0; i < reading->section_count; i++) {
		const struct section *section = &reading->sections[i];

		fprintf(out, "%-*s  %s\n", width, TEXT_SHOWN(section->name, INIFILE_SECTION_MAX * 2),
			TEXT_SHOWN(section->connect ? section->connect : "(no receiver)", 256));
	}
}

int
config_list(const struct config_files *files, FILE *out, struct err *err)
{
	struct reading reading = { 0 };
	char in[800];
	int rv = 0;

	for (size_t i = 0; i < files->count && rv == 0; i++)
		rv = read_file(&reading, files, i, err);
	if (rv == 0 && reading.section_count == 0) {
		rv = err_set(err, ERR_USAGE, "there is no destination in %s",
			file_names(in, sizeof in, files));
		err_hint(err, "Write a section [NAME] with a line connect = AET@HOST:PORT.");
	}
	if (rv == 0) {
		qsort(reading.sections, reading.section_count, sizeof *reading.sections, compare_names);
		print_sections(&reading, out);
	}
	reading_clear(&reading);
	return rv;
}
