/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "send/netfs.h"

#define LINKS_MAX 40 /* as in path_resolution(7) */

static const char *const suffixes[JOURNAL_PARTS] = { "", "-wal", "-shm" };

int
journal_file_refuse(const struct journal_file *file, struct err *err, const char *fmt, ...)
{
	char why[700];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(why, sizeof why, fmt, ap);
	va_end(ap);
	return err_set(err, ERR_JOURNAL, "the journal %s %s",
		TEXT_SHOWN(file->path, 512), why);
}

int
journal_file_foreign(const struct journal_file *file, const char *why, struct err *err)
{
	err_set(err, ERR_JOURNAL, "%s is not a journal: it %s",
		TEXT_SHOWN(file->path, 512), why);
	return err_hint(err, "Give --journal another file. This one was not changed.");
}

int
journal_file_cannot(const struct journal_file *file, const char *what, int errnum, struct err *err)
{
	err_set(err, ERR_JOURNAL, "cannot %s the journal %s: %s", what,
		TEXT_SHOWN(file->path, 512), strerror(errnum));
	return err_hint(err, "Give --journal a file in a directory that this user can write to.");
}

/* --- whom to trust --- */

/* Say that `what` (the file, or one beside it) belongs to another user. */
static int
refuse_owner(const struct journal_file *file, const char *what, uid_t owner, struct err *err)
{
	journal_file_refuse(file, err, "is not trusted: %s belongs to user ID %u, not to this user (%u) or "
		"root", TEXT_SHOWN(what, 512), (unsigned)owner, (unsigned)geteuid());
	return err_hint(err, "Its writer could cause objects to be skipped. Give --journal another file; "
		"if this one is yours, change its owner with chown.");
}

static bool
is_ours(uid_t owner)
{
	return owner == geteuid() || owner == 0;
}

/* Refuse a file that others may have written. */
static int
check_trust(const struct journal_file *file, const char *name, const struct stat *st, struct err *err)
{
	if (!is_ours(st->st_uid))
		return refuse_owner(file, name, st->st_uid, err);
	if (!(st->st_mode & S_IWOTH))
		return 0;
	journal_file_refuse(file, err, "is not trusted: all users can write to %s (mode %04o)",
		TEXT_SHOWN(name, 512), (unsigned)st->st_mode & 07777);
	return err_hint(err, "Its writers could cause objects to be skipped. If it was not changed, run "
		"chmod 600 on it; otherwise remove it and run again: everything is sent again.");
}

/* In a directory that all users can write, without a sticky bit, others can replace it. */
static int
check_directory(const struct journal_file *file, const char *directory, struct err *err)
{
	struct stat st;

	if (stat(directory, &st) < 0)
		return journal_file_cannot(file, "open", errno, err);
	if (!(st.st_mode & S_IWOTH) || (st.st_mode & S_ISVTX))
		return 0;
	journal_file_refuse(file, err, "is not trusted: all users can replace it in %s (mode %04o)",
		TEXT_SHOWN(directory, 512), (unsigned)st.st_mode & 07777);
	return err_hint(err, "Give --journal a file in a directory that only this user can write to, or "
		"run chmod o-w on the directory.");
}

/* The target of the link at path, which is freed. NULL with errno. */
static char *
read_link(char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof target - 1);
	char *next = NULL;

	if (len >= 0) {
		target[len] = '\0';
		if (target[0] == '/')
			next = strdup(target);
		else if (asprintf(&next, "%s/%s", dirname(path), target) < 0)
			next = NULL;
	}
	free(path);
	return next;
}

/* The name itself may be a symbolic link, if it belongs to this user or to root. */
static int
check_links(const struct journal_file *file, struct err *err)
{
	char *at = strdup(file->path);
	struct stat st;
	int rv = 0;

	for (int i = 0; at && rv == 0 && i < LINKS_MAX; i++) {
		if (lstat(at, &st) < 0 || !S_ISLNK(st.st_mode))
			break;
		if (!is_ours(st.st_uid))
			rv = refuse_owner(file, at, st.st_uid, err);
		else
			at = read_link(at);
	}
	if (!at)
		rv = errno == ENOMEM ? err_nomem(err) : journal_file_cannot(file, "open", errno, err);
	free(at);
	return rv;
}

/* --- its place --- */

/* Refuse a network file system. there: a file or directory on it. */
static int
check_local(const struct journal_file *file, const char *there, struct err *err)
{
	const char *name;

	if (netfs_find(there, &name) < 0)
		return journal_file_cannot(file, "open", errno, err);
	if (!name)
		return 0;
	journal_file_refuse(file, err, "is on a network file system (%s), where two hosts that use it at the "
		"same time would damage it", name);
	return err_hint(err, "Give --journal a file on a local disk of this host.");
}

/* Create an empty file: 0600 whatever the umask; SQLite's -wal and -shm get its mode. */
static int
make_file(const struct journal_file *file, struct err *err)
{
	int fd = open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rv = -1;

	if (fd < 0)
		return errno == EEXIST ? 0 : journal_file_cannot(file, "make", errno, err);
	if (fchmod(fd, 0600) < 0)
		journal_file_cannot(file, "make", errno, err);
	else
		rv = 0;
	close(fd);
	return rv;
}

/* The directory of this name of the file; `make`: a file is to be created there. */
static int
check_around(const struct journal_file *file, const char *name, bool make, struct err *err)
{
	char *copy = strdup(name), *directory;
	int rv = 0;

	if (!copy)
		return err_nomem(err);
	directory = dirname(copy);
	if (make)
		rv = check_local(file, directory, err);
	if (rv == 0)
		rv = check_directory(file, directory, err);
	free(copy);
	return rv;
}

/* Create the file, unless it exists or must not be created. */
static int
make_if_missing(const struct journal_file *file, bool make, struct err *err)
{
	struct stat st;

	if (!make || stat(file->path, &st) == 0 || errno != ENOENT)
		return 0;
	return check_around(file, file->path, true, err) < 0 ? -1 : make_file(file, err);
}

static int
name_parts(struct journal_file *file, bool make, struct err *err)
{
	char *absolute = realpath(file->path, NULL);

	if (!absolute && errno == ENOENT && !make) {
		journal_file_cannot(file, "open", ENOENT, err);
		err->hint[0] = '\0';
		return err_hint(err, "Check its name; a journal is created by the first run that sends with "
			"it.");
	}
	if (!absolute)
		return errno == ENOMEM ? err_nomem(err) : journal_file_cannot(file, "open", errno, err);
	for (int i = 0; i < JOURNAL_PARTS; i++) {
		if (asprintf(&file->parts[i].name, "%s%s", absolute, suffixes[i]) < 0)
			file->parts[i].name = NULL;
	}
	free(absolute);
	return file->parts[0].name && file->parts[1].name && file->parts[2].name ? 0 : err_nomem(err);
}

/* SQLite names its log after the file: by another name it would use another log. */
static int
refuse_names(const struct journal_file *file, const struct stat *st, struct err *err)
{
	if (st->st_nlink > 1)
		journal_file_refuse(file, err, "has %lu names (hard links): a run that uses another one "
			"would not see what this one writes", (unsigned long)st->st_nlink);
	else
		journal_file_refuse(file, err, "is mounted as a file: a run that uses its other name would "
			"not see what this one writes");
	return err_hint(err, "Remove the other names, or make them symbolic links; mount its directory "
		"instead of the file.");
}

static bool
is_mounted(const char *name)
{
	struct statx facts;

	return statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, 0, &facts) == 0 &&
		(facts.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Check what is there by the name, before SQLite opens it. */
static int
check_file(struct journal_file *file, struct err *err)
{
	struct journal_part *self = &file->parts[0];
	struct stat st;

	if (lstat(self->name, &st) < 0)
		return journal_file_cannot(file, "open", errno, err);
	if (!S_ISREG(st.st_mode)) {
		journal_file_refuse(file, err, "is not a regular file");
		return err_hint(err, "Give --journal a file; it is created if it does not exist.");
	}
	if (st.st_size == 1) /* SQLite treats a single byte as an empty file */
		return journal_file_foreign(file, "contains something else", err);
	if (check_trust(file, file->path, &st, err) < 0)
		return -1;
	if (st.st_nlink > 1 || is_mounted(self->name))
		return refuse_names(file, &st, err);
	self->dev = st.st_dev;
	self->ino = st.st_ino;
	file->group_writes = st.st_mode & S_IWGRP;
	return check_local(file, self->name, err);
}

/* Files next to it are read as parts of it: the log, and what an interrupted transaction in SQLite's other
 * mode leaves. */
static int
check_adjacent(const struct journal_file *file, struct err *err)
{
	static const char *const all[] = { "-wal", "-shm", "-journal" };
	char *name;
	struct stat st;
	int rv = 0;

	for (size_t i = 0; i < sizeof all / sizeof all[0] && rv == 0; i++) {
		if (asprintf(&name, "%s%s", file->parts[0].name, all[i]) < 0)
			return err_nomem(err);
		if (lstat(name, &st) == 0)
			rv = check_trust(file, name, &st, err);
		else if (errno != ENOENT)
			rv = journal_file_cannot(file, "open", errno, err);
		free(name);
	}
	return rv;
}

int
journal_file_find(struct journal_file *file, const char *path, bool make, struct err *err)
{
	*file = (struct journal_file){ .path = strdup(path) };
	if (!file->path)
		return err_nomem(err);
	if (check_links(file, err) < 0 || make_if_missing(file, make, err) < 0 ||
	    name_parts(file, make, err) < 0 || check_file(file, err) < 0 ||
	    check_around(file, file->parts[0].name, false, err) < 0)
		return -1;
	return check_adjacent(file, err);
}

void
journal_file_clear(struct journal_file *file)
{
	for (int i = 0; i < JOURNAL_PARTS; i++)
		free(file->parts[i].name);
	free(file->path);
	*file = (struct journal_file){ .path = NULL };
}

/* --- whether it is still there --- */

static int
file_gone(const struct journal_file *file, const char *name, const char *how, struct err *err)
{
	journal_file_refuse(file, err, "is gone: %s was %s while it was in use, and what was recorded since "
		"may be lost", TEXT_SHOWN(name, 512), how);
	return err_hint(err, "Do not change the journal and its -wal and -shm files while a run uses them. "
		"What is not recorded as acknowledged is sent again.");
}

/* Does it exist, and is it the same as before? */
static int
check_part(const struct journal_file *file, const struct journal_part *part, struct stat *st, struct err *err)
{
	if (lstat(part->name, st) < 0)
		return file_gone(file, part->name, errno == ENOENT ? "removed or renamed" : strerror(errno),
			err);
	if (part->ino && (part->dev != st->st_dev || part->ino != st->st_ino))
		return file_gone(file, part->name, "replaced", err);
	return 0;
}

int
journal_file_hold(struct journal_file *file, struct err *err)
{
	struct stat st;

	for (int i = 0; i < JOURNAL_PARTS; i++) {
		struct journal_part *part = &file->parts[i];

		if (check_part(file, part, &st, err) < 0 || check_trust(file, part->name, &st, err) < 0)
			return -1;
		part->dev = st.st_dev;
		part->ino = st.st_ino;
	}
	return 0;
}

int
journal_file_check(const struct journal_file *file, struct err *err)
{
	struct stat st;

	for (int i = 0; i < JOURNAL_PARTS; i++) {
		if (check_part(file, &file->parts[i], &st, err) < 0)
			return -1;
		if (i == 0 && st.st_nlink > 1)
			return refuse_names(file, &st, err);
	}
	return 0;
}
