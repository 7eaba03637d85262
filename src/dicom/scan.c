/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/dicomdir.h"

/* A directory being walked, and those above it: a link back into one of them is not followed. */
struct level {
	const struct level *parent;
	dev_t dev;
	ino_t ino;
};

/* The names in a directory, in little more memory than their bytes. */
struct listing {
	char *names;  /* one after the other, each with its NUL */
	uint32_t *at; /* where each begins, in byte order once they are all there */
	size_t used, size;  /* of names, bytes */
	size_t count, room; /* of at */
};

/* How a file was found. */
enum source { NAMED, REFERRED, FOUND };

/* A DICOMDIR being read. */
struct index {
	const char *path;
	const struct scan_sink *sink;
	int stopped; /* what the sink returned */
};

static int
scan_directory(const char *path, const struct level *parent, const struct scan_sink *sink);

/* Report "path: what why" to one of the sink's functions. Not inlined: its stack would be used at each
 * level of the recursion. */
static int __attribute__((noinline))
emit_path(int (*told)(void *, const char *, const struct err *), void *ctx, const char *path,
	enum err_kind kind, const char *what, const char *why)
{
	struct err err;

	err_set(&err, kind, "%s: %s%s", TEXT_SHOWN(path, 512), what, why);
	return told(ctx, path, &err);
}

/* what: for example "cannot be opened: ". */
static int
fail(const struct scan_sink *sink, const char *path, const char *what, int errnum)
{
	return emit_path(sink->failure, sink->ctx, path, errnum == ENOMEM ? ERR_INTERNAL : ERR_NO_INPUT, what,
		strerror(errnum));
}

static const char *
special_kind(mode_t mode)
{
	if (S_ISFIFO(mode))
		return "a FIFO";
	if (S_ISSOCK(mode))
		return "a socket";
	if (S_ISDIR(mode))
		return "a directory";
	return "a device";
}

/* Not a regular file: never opened, because that could block or have side effects. */
static int
refuse_special(const char *path, mode_t mode, enum source source, const struct scan_sink *sink)
{
	return emit_path(source == FOUND ? sink->skipped : sink->failure, sink->ctx, path, ERR_NO_INPUT,
		"is not a file, but ", special_kind(mode));
}

static int scan_dicomdir(const char *path, const struct scan_sink *sink);

/* Not inlined, like tell. */
static int __attribute__((noinline))
scan_file(const char *path, enum source source, const struct scan_sink *sink)
{
	struct instance instance;
	struct err err = ERR_INIT;

	switch (part10_read(path, &instance, &err)) {
	case PART10_OK:
		return sink->instance(sink->ctx, &instance);
	case PART10_NOT_DICOM:
		if (source == FOUND)
			return sink->skipped(sink->ctx, path, &err);
		if (source == NAMED && err.detail == NO_INPUT_IS_DICOMDIR)
			return scan_dicomdir(path, sink);
		break;
	case PART10_BAD:
		break;
	}
	return sink->failure(sink->ctx, path, &err);
}

static int
scan_named(const char *path, mode_t mode, enum source source, const struct scan_sink *sink)
{
	return S_ISREG(mode) ? scan_file(path, source, sink) : refuse_special(path, mode, source, sink);
}

static int
missing(const struct index *index, const char *path)
{
	struct err err;

	err_set(&err, ERR_NO_INPUT, "%s: does not exist, although the DICOMDIR %s refers to it",
		TEXT_SHOWN(path, 384), TEXT_SHOWN(index->path, 384));
	err_hint(&err, "Copy the medium again, with its DICOMDIR and all files that it refers to.");
	return index->sink->failure(index->sink->ctx, path, &err);
}

static int
scan_referred(void *ctx, const char *path)
{
	struct index *index = ctx;
	struct stat st;

	if (stat(path, &st) == 0)
		index->stopped = scan_named(path, st.st_mode, REFERRED, index->sink);
	else if (errno == ENOENT || errno == ENOTDIR)
		index->stopped = missing(index, path);
	else
		index->stopped = fail(index->sink, path, "cannot be found: ", errno);
	return index->stopped;
}

static int
scan_dicomdir(const char *path, const struct scan_sink *sink)
{
	struct index index = { .path = path, .sink = sink };
	struct err err = ERR_INIT;

	if (dicomdir_read(path, scan_referred, &index, &err) == 0 || index.stopped)
		return index.stopped;
	return sink->failure(sink->ctx, path, &err);
}

static void
listing_clear(struct listing *list)
{
	free(list->names);
	free(list->at);
	memset(list, 0, sizeof *list);
}

/* Make room for another name of this many bytes. -1: errno. */
static int
listing_grow(struct listing *list, size_t bytes)
{
	if (bytes > UINT32_MAX - list->used) {
		errno = EOVERFLOW;
		return -1;
	}
	if (bytes > list->size - list->used) {
		size_t size = 2 * list->size + bytes;
		char *names = realloc(list->names, size);

		if (!names)
			return -1;
		list->names = names;
		list->size = size;
	}
	if (list->count == list->room) {
		size_t room = 2 * list->room + 16;
		uint32_t *at = reallocarray(list->at, room, sizeof *at);

		if (!at)
			return -1;
		list->at = at;
		list->room = room;
	}
	return 0;
}

static int
listing_add(struct listing *list, const char *name)
{
	size_t bytes = strlen(name) + 1;

	if (listing_grow(list, bytes))
		return -1;
	memcpy(list->names + list->used, name, bytes);
	list->at[list->count++] = (uint32_t)list->used;
	list->used += bytes;
	return 0;
}

static int
by_bytes(const void *a, const void *b, void *names)
{
	const char *base = names;

	return strcmp(base + *(const uint32_t *)a, base + *(const uint32_t *)b);
}

static void
listing_sort(struct listing *list)
{
	if (list->count > 1)
		qsort_r(list->at, list->count, sizeof list->at[0], by_bytes, list->names);
}

/* The type of an entry, following links: from d_type if that is enough, else from stat. 0: errno. */
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
		stpcpy(stpcpy(stpcpy(path, directory), directory[len - 1] == '/' ? "" : "/"), name);
	return path;
}

/* Everything except files and directories is reported at once. */
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
		return rc ? fail(sink, directory, "cannot be listed to its end: ", errno) : 0;
	}
	path = join(directory, entry->d_name);
	if (!path)
		return fail(sink, directory, "cannot be listed: ", ENOMEM);
	rc = mode ? refuse_special(path, mode, FOUND, sink) : fail(sink, path, "cannot be found: ", errnum);
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

/* Visit each of the names in turn, and free them. level: NULL for files. */
static int
scan_listed(const char *directory, struct listing *list, const struct level *level,
	const struct scan_sink *sink)
{
	int rc = 0;

	for (size_t i = 0; i < list->count && rc == 0; i++) {
		char *path = join(directory, list->names + list->at[i]);

		if (!path)
			return fail(sink, directory, "cannot be walked: ", ENOMEM);
		rc = level ? scan_directory(path, level, sink) : scan_file(path, FOUND, sink);
		free(path);
	}
	listing_clear(list);
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

/* The recursion ends: open(2) refuses paths longer than PATH_MAX, which is reported as a failure. */
static int
scan_directory(const char *path, const struct level *parent, const struct scan_sink *sink)
{
	struct listing files = { .count = 0 }, directories = { .count = 0 };
	struct level level = { .parent = parent };
	struct stat st = { .st_dev = 0 };
	DIR *dir;
	int rc;

	rc = sink->directory ? sink->directory(sink->ctx) : 0;
	if (rc)
		return rc;
	dir = opendir(path);
	if (!dir)
		return fail(sink, path, "cannot be opened: ", errno);
	if (fstat(dirfd(dir), &st))
		rc = fail(sink, path, "cannot be examined: ", errno);
	else if (is_above(parent, &st))
		rc = emit_path(sink->skipped, sink->ctx, path, ERR_NO_INPUT,
			"is a link back to a directory that contains it", "");
	else
		rc = list(path, dir, &files, &directories, sink);
	closedir(dir);
	level.dev = st.st_dev;
	level.ino = st.st_ino;
	if (rc == 0)
		rc = scan_listed(path, &files, NULL, sink);
	if (rc == 0)
		rc = scan_listed(path, &directories, &level, sink);
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
	return scan_named(path, st.st_mode, NAMED, sink);
}
