/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/origin.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* What a shell would have expanded in the name, but a configuration file does not. */
static void
hint_expansion(const char *path, struct err *err)
{
	const char *why = NULL;

	if (!path || access(path, F_OK) == 0)
		return;
	if (strpbrk(path, "*?["))
		why = "Patterns are not expanded in a configuration file: give a line for each file.";
	else if (strstr(path, "/~"))
		why = "In a configuration file only ~/ stands for a home directory, that of whoever runs "
			"it.";
	else if (strchr(path, '$'))
		why = "Variables are not expanded in a configuration file; a relative path is relative to "
			"it.";
	if (!why)
		return;
	err->hint[0] = '\0';
	err_hint(err, "%s", why);
}

static int
name(const struct origin *origin, struct err *err)
{
	if (origin) {
		err_wrap(err, "%s", origin->place);
		hint_expansion(origin->path, err);
	}
	return -1;
}

int
origins_name(const struct origins *origins, const char *value, struct err *err)
{
	const struct origin *found = NULL;

	for (size_t i = 0; i < origins->count && !found; i++)
		if (origins->items[i].value == value)
			found = &origins->items[i];
	return name(found, err);
}

int
origins_name_file(const struct origins *origins, struct err *err)
{
	const struct origin *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < origins->count; i++) {
		const struct origin *origin = &origins->items[i];
		size_t len = origin->path ? strlen(origin->path) : 0;

		if (len <= longest)
			continue;
		if (strstr(err->text, TEXT_SHOWN(origin->path, 512))) {
			longest = len;
			found = origin;
		}
	}
	return name(found, err);
}
