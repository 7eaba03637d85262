/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/done.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ALIGN 8 /* alignment of records, bytes */

enum outcome { ACKNOWLEDGED, DUPLICATE, OTHER };

struct record {
	uint64_t size;
	int64_t mtime_ns;
	uint32_t length; /* of the whole record */
	enum outcome outcome;
	char uid[65]; /* SOP Instance UID as sent */
	char path[];
};

int
done_open(struct done *done, const char *path, bool nul, struct err *err)
{
	*done = (struct done){ .results = tmpfile() };
	if (!done->results)
		return err_set(err, ERR_OUTPUT, "--done-to: cannot create a temporary file: %s",
			strerror(errno));
	if (pathlist_open(&done->list, path, nul, err) == 0)
		return 0;
	fclose(done->results);
	return -1;
}

static enum outcome
outcome_of(enum result_class result)
{
	if (result == RESULT_DUPLICATE)
		return DUPLICATE;
	return result == RESULT_SUCCESS || result == RESULT_WARNING ? ACKNOWLEDGED : OTHER;
}

static void
done_instance(void *self, const struct report_instance *event)
{
	static const char padding[ALIGN];
	struct done *done = self;
	size_t path = strlen(event->path) + 1;
	size_t length = offsetof(struct record, path) + path, pad = (ALIGN - length % ALIGN) % ALIGN;
	struct record record;

	if (!*event->path || length > UINT32_MAX - ALIGN)
		return;
	memset(&record, 0, sizeof record);
	record.size = event->size;
	record.mtime_ns = event->mtime_ns;
	record.length = (uint32_t)(length + pad);
	record.outcome = outcome_of(event->result);
	strncpy(record.uid, event->sop_instance, sizeof record.uid - 1);
	if (fwrite(&record, offsetof(struct record, path), 1, done->results) != 1 ||
	    fwrite(event->path, 1, path, done->results) != path ||
	    fwrite(padding, 1, pad, done->results) != pad)
		done->failed = true;
	done->count++;
}

struct reporter
done_reporter(struct done *done)
{
	return (struct reporter){ .self = done, .instance = done_instance };
}

static int
by_uid(const void *a, const void *b)
{
	return strcmp((*(struct record *const *)a)->uid, (*(struct record *const *)b)->uid);
}

static int
by_path(const void *a, const void *b)
{
	return strcmp((*(struct record *const *)a)->path, (*(struct record *const *)b)->path);
}

/* For one UID: duplicates are acknowledged if the object with that UID was acknowledged and none failed. Of
 * different objects (--uid-conflict send) the receiver may have kept any one: then none is acknowledged. */
static void
resolve_uid(struct record **records, size_t count)
{
	size_t acknowledged = 0;
	bool other = false;

	for (size_t i = 0; i < count; i++) {
		acknowledged += records[i]->outcome == ACKNOWLEDGED;
		other |= records[i]->outcome == OTHER;
	}
	for (size_t i = 0; i < count; i++) {
		if (records[i]->outcome == DUPLICATE)
			records[i]->outcome = acknowledged > 0 && !other ? ACKNOWLEDGED : OTHER;
		if (acknowledged > 1)
			records[i]->outcome = OTHER;
	}
}

static bool
is_unchanged(const struct record *record)
{
	struct stat st;

	return record->size > 0 && stat(record->path, &st) == 0 && S_ISREG(st.st_mode) &&
		(uint64_t)st.st_size == record->size &&
		st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec == record->mtime_ns;
}

/* For one path: all its results. */
static void
list_path(struct pathlist *list, struct record **records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i]->outcome != ACKNOWLEDGED || !is_unchanged(records[i]))
			return;
	pathlist_add(list, records[0]->path);
}

static void
list_all(struct pathlist *list, struct record **records, size_t count)
{
	size_t end;

	qsort(records, count, sizeof(struct record *), by_uid);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && by_uid(&records[i], &records[end]) == 0; end++)
			;
		resolve_uid(records + i, end - i);
	}
	qsort(records, count, sizeof(struct record *), by_path);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && by_path(&records[i], &records[end]) == 0; end++)
			;
		list_path(list, records + i, end - i);
	}
}

/* Map the results in the temporary file; changes stay in memory. -1 with errno. */
static int
read_results(struct done *done)
{
	struct record **records = calloc(done->count, sizeof(struct record *));
	size_t size = 0, count = 0;
	char *bytes = MAP_FAILED;
	struct stat st;

	if (records && fstat(fileno(done->results), &st) == 0) {
		size = (size_t)st.st_size;
		bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(done->results), 0);
	}
	if (bytes == MAP_FAILED) {
		free(records);
		return -1;
	}
	for (size_t at = 0; at < size && count < done->count; at += records[count++]->length)
		records[count] = (struct record *)(void *)(bytes + at);
	list_all(&done->list, records, count);
	munmap(bytes, size);
	free(records);
	return 0;
}

static int
write_results(struct done *done, struct err *err)
{
	errno = 0;
	if (fflush(done->results) == 0 && !done->failed && (done->count == 0 || read_results(done) == 0))
		return 0;
	return err_set(err, ERR_OUTPUT, "cannot write the list of --done-to: its temporary file cannot be "
		"written or read: %s", errno ? strerror(errno) : "a write failed");
}

int
done_close(struct done *done, struct err *err)
{
	int rv = write_results(done, err);

	if (rv == 0)
		rv = pathlist_close(&done->list, "--done-to", "acknowledged", err);
	else
		pathlist_drop(&done->list);
	fclose(done->results);
	return rv;
}
