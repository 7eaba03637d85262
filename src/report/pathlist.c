/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/pathlist.h"

#include <string.h>
#include <sys/stat.h>

#include "base/text.h"

/* The mode that the user's umask allows: paths may contain patients' names. */
static mode_t
usual_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

int
pathlist_open(struct pathlist *list, const char *path, bool nul, struct err *err)
{
	*list = (struct pathlist){ .nul = nul };
	return atomic_file_open(&list->file, path, usual_mode(), err);
}

/* Would --files-from read the same path from a line of its own? */
static bool
fits_line(const char *path)
{
	size_t len = strlen(path);

	return !strchr(path, '\n') && path[len - 1] != '\r';
}

void
pathlist_add(struct pathlist *list, const char *path)
{
	if (!list->nul && !fits_line(path)) {
		if (list->left_out++ == 0)
			text_harmless_str(list->example, sizeof list->example, path);
		return;
	}
	fputs(path, list->file.to);
	putc(list->nul ? '\0' : '\n', list->file.to);
}

void
pathlist_drop(struct pathlist *list)
{
	atomic_file_discard(&list->file);
}

int
pathlist_close(struct pathlist *list, const char *option, const char *what, struct err *err)
{
	if (atomic_file_close(&list->file, err) < 0)
		return -1;
	if (list->left_out == 0)
		return 0;
	if (list->left_out == 1)
		err_set(err, ERR_OUTPUT, "\"%s\" was %s and is not in the list of %s: it contains a line "
			"break; use -0", list->example, what, option);
	else
		err_set(err, ERR_OUTPUT, "%zu paths, the first of them \"%s\", were %s and are not in the "
			"list of %s: they contain line breaks; use -0", list->left_out, list->example, what,
			option);
	return err_hint(err, "With -0 each path ends with a NUL, in that list and in that of --files-from.");
}
