/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A directory being walked, and those above it: no link may lead back into them. */
struct level {
	const struct level *parent;
	dev_t dev;
	ino_t ino;
};

/* The names in a directory, sorted once they are all there. */
struct listing {
	char **names; /* each owned */
	size_t count, room;
};

static int
scan_directory(const char *path, const struct level *parent, const struct scan_sink *sink);

/* Tell one of the sink's functions about path: "path: what why". Not inlined:
 * its room would count at each level of the recursion. */
static int __attribute__((noinline))
tell(int (*told)(void *, const char *, const struct err *), void *ctx, const char *path,
	enum err_kind kind, const char *what, const char *why)
{
	char shown[512];
	struct err err;

	err_set(&err, kind, "%s: %s%s", text_harmless_str(shown, sizeof shown, path), what, why);
	return told(ctx, path, &err);
}

/* what: "cannot be opened: ", for one. */
static int
fail(const struct scan_sink *sink, const char *path, const char *what, int errnum)
{
	return tell(sink->failure, sink->ctx, path, errnum == ENOMEM ? ERR_INTERNAL : ERR_NO_INPUT, what,
		strerror(errnum));
}

static const char *
special_kind(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

/* Neither a file nor a directory: never opened, which could block or do worse. */
static int
refuse_special(const char *path, mode_t mode, bool named, const struct scan_sink *sink)
{
	return tell(named ? sink->failure : sink->skipped, sink->ctx, path, ERR_NO_INPUT,
		"is no file but ", special_kind(mode));
}

static int
scan_file(const char *path, bool named, const struct scan_sink *sink)
{
	struct instance instance;
	struct err err = ERR_INIT;

	switch (part10_read(path, &instance, &err)) {
	case PART10_OK:
		return sink->instance(sink->ctx, &instance);
	case PART10_NOT_DICOM:
		return named ? sink->failure(sink->ctx, path, &err) : sink->skipped(sink->ctx, path, &err);
	case PART10_BAD:
		break;
	}
	return sink->failure(sink->ctx, path, &err);
}

static void
listing_clear(struct listing *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
}

static int
listing_add(struct listing *list, const char *name)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		char **names = reallocarray(list->names, room, sizeof *names);

		if (!names)
			return -1;
		list->names = names;
		list->room = room;
	}
	list->names[list->count] = strdup(name);
	return list->names[list->count] ? (list->count++, 0) : -1;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
listing_sort(struct listing *list)
{
	if (list->count > 1)
		qsort(list->names, list->count, sizeof list->names[0], by_bytes);
}

/* What an entry is, links followed: from d_type where that says it, else from stat. 0: errno. */
static mode_t
entry_mode(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type == DT_REG)
		return S_IFREG;
	if (entry->d_type == DT_DIR)
		return S_IFDIR;
	return fstatat(fd, entry->d_name, &st, 0) ? 0 : st.st_mode;
}

static char *
join(const char *directory, const char *name)
{
	size_t len = strlen(directory); /* at least 1: it was opened */
	size_t size = len + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		text_format(path, size, "%s%s%s", directory, directory[len - 1] == '/' ? "" : "/", name);
	return path;
}

/* Everything else than files and directories is told at once. */
static int
sort_in(const char *directory, int fd, const struct dirent *entry, struct listing *files,
	struct listing *directories, const struct scan_sink *sink)
{
	mode_t mode = entry_mode(fd, entry);
	int errnum = mode ? 0 : errno;
	char *path;
	int rc;

	if (S_ISREG(mode) || S_ISDIR(mode)) {
		rc = listing_add(S_ISREG(mode) ? files : directories, entry->d_name);
		return rc ? fail(sink, directory, "cannot be listed: ", ENOMEM) : 0;
	}
	path = join(directory, entry->d_name);
	if (!path)
		return fail(sink, directory, "cannot be listed: ", ENOMEM);
	rc = mode ? refuse_special(path, mode, false, sink) : fail(sink, path, "cannot be found: ", errnum);
	free(path);
	return rc;
}

static int
list(const char *path, DIR *dir, struct listing *files, struct listing *directories,
	const struct scan_sink *sink)
{
	const struct dirent *entry;
	int rc = 0;

	while (rc == 0 && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = sort_in(path, dirfd(dir), entry, files, directories, sink);
	}
	if (rc == 0 && errno)
		rc = fail(sink, path, "cannot be listed to its end: ", errno);
	listing_sort(files);
	listing_sort(directories);
	return rc;
}

/* Go to each of the names in turn. level: NULL for files. */
static int
visit(const char *directory, const struct listing *names, const struct level *level,
	const struct scan_sink *sink)
{
	int rc = 0;

	for (size_t i = 0; i < names->count && rc == 0; i++) {
		char *path = join(directory, names->names[i]);

		if (!path)
			return fail(sink, directory, "cannot be walked: ", ENOMEM);
		rc = level ? scan_directory(path, level, sink) : scan_file(path, false, sink);
		free(path);
	}
	return rc;
}

static bool
is_above(const struct level *parent, const struct stat *st)
{
	for (; parent; parent = parent->parent) {
		if (parent->dev == st->st_dev && parent->ino == st->st_ino)
			return true;
	}
	return false;
}

/* Recursion ends: open(2) refuses paths longer than PATH_MAX, which is told as a failure. */
static int
scan_directory(const char *path, const struct level *parent, const struct scan_sink *sink)
{
	struct listing files = { .count = 0 }, directories = { .count = 0 };
	struct level level = { .parent = parent };
	struct stat st = { .st_dev = 0 };
	DIR *dir = opendir(path);
	int rc;

	if (!dir)
		return fail(sink, path, "cannot be opened: ", errno);
	if (fstat(dirfd(dir), &st))
		rc = fail(sink, path, "cannot be examined: ", errno);
	else if (is_above(parent, &st))
		rc = tell(sink->skipped, sink->ctx, path, ERR_NO_INPUT,
			"is a link back to a directory that contains it", "");
	else
		rc = list(path, dir, &files, &directories, sink);
	closedir(dir);
	level.dev = st.st_dev;
	level.ino = st.st_ino;
	if (rc == 0)
		rc = visit(path, &files, NULL, sink);
	if (rc == 0)
		rc = visit(path, &directories, &level, sink);
	listing_clear(&files);
	listing_clear(&directories);
	return rc;
}

int
scan(const char *path, const struct scan_sink *sink)
{
	struct stat st;

	if (stat(path, &st))
		return fail(sink, path, "cannot be found: ", errno);
	if (S_ISDIR(st.st_mode))
		return scan_directory(path, NULL, sink);
	if (!S_ISREG(st.st_mode))
		return refuse_special(path, st.st_mode, true, sink);
	return scan_file(path, true, sink);
}
