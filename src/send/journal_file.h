/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file that a journal is, and the two that SQLite keeps beside it: where they
 * lie, whether what they say can be trusted, and whether they are still there.
 */
#ifndef MTLS_SEND_JOURNAL_FILE_H
#define MTLS_SEND_JOURNAL_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define JOURNAL_PARTS 3 /* the file itself, FILE-wal, FILE-shm */

struct journal_file {
	char *path;	   /* as given */
	bool group_writes; /* its group can write it: causes a warning */
	struct journal_part {
		char *name; /* absolute, links followed */
		dev_t dev;
		ino_t ino; /* 0: not known, it does not exist */
	} parts[JOURNAL_PARTS];
};

/*
 * Find the file, without opening it, and with `make` make an empty one (mode 0600)
 * where there is none. -1 with ERR_JOURNAL: no regular file, on a network file
 * system, with more than one name; or not to be trusted: all can write it, or the
 * directory that it lies in, or it, a link that leads to it, or a file of SQLite's
 * beside it belongs neither to this user nor to root. Free with journal_file_clear
 * either way.
 */
int journal_file_find(struct journal_file *file, const char *path, bool make, struct err *err) MUST_CHECK;

/* After SQLite has opened all parts: remember which they are, and check that they are those that
 * journal_file_find saw. */
int journal_file_hold(struct journal_file *file, struct err *err) MUST_CHECK;

/* Do all parts still have their names, and no others? -1 with ERR_JOURNAL: what was written since may
 * never be read again. */
int journal_file_check(const struct journal_file *file, struct err *err) MUST_CHECK;

void journal_file_clear(struct journal_file *file);

/* Report "the journal PATH WHY". Returns -1. */
int journal_file_refuse(const struct journal_file *file, struct err *err, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Report that the file is something else: "it WHY". Returns -1. */
int journal_file_foreign(const struct journal_file *file, const char *why, struct err *err);

/* Report "cannot WHAT the journal PATH", with the cause. Returns -1. */
int journal_file_cannot(const struct journal_file *file, const char *what, int errnum, struct err *err);

#endif
