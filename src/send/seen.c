/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "dicom/uid.h"

#define PIECE	65536 /* of each file compared at a time, bytes */
#define READING (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) /* what is a FIFO by now does not hold us up */
#define TAIL	65536 /* of the log, in memory until it is full, bytes */
#define ALIGN	16    /* of records in the log, bytes: so a slot's 32 bits reach 64 GiB of it */
#define ROOM	1024  /* slots at first; a power of two */

/*
 * All that is remembered goes into a log, one record after the other, that
 * nobody reads but for a duplicate: it is written to a temporary file whenever
 * TAIL is full, and a run of few instances makes no file. In memory is an index:
 * a hash table of the log's records, eight bytes for each. Where hashes are the
 * same, the record itself says whether the UID is.
 */
struct seen {
	struct slot *slots;
	size_t room, count; /* of slots; all, and used */
	uint64_t seed;	    /* of the hashes, so that no files can be made to have the same */
	int fd;		    /* -1 until it is needed */
	uint64_t written;   /* bytes of the log in the file; tail follows */
	size_t used;	    /* of tail */
	unsigned char tail[TAIL];
	struct instance first; /* the one that the last seen_add was compared with; partly filled */
};

struct slot {
	uint32_t hash;
	uint32_t record; /* where it begins in the log, in ALIGNs, from 1 on; 0: free */
};

/* What is known of an instance; path and origin, without a NUL, follow it. */
struct record {
	uint64_t size, data_offset;
	int64_t mtime_ns;
	size_t path, origin; /* their lengths, origin's 0 if there is none */
	char uid[UID_MAX + 1], syntax[UID_MAX + 1];
};

static int
fail(struct err *err)
{
	if (errno == ENOMEM)
		return err_nomem(err);
	err_set(err, ERR_INTERNAL, "cannot keep the list of SOP Instance UIDs in a temporary file: %s",
		strerror(errno));
	return err_hint(err, "Make room for some 300 bytes per object in the directory for temporary files, "
		"or let TMPDIR name another one.");
}

struct seen *
seen_new(struct err *err)
{
	struct seen *seen = malloc(sizeof *seen);
	struct slot *slots = calloc(ROOM, sizeof *slots);

	if (!seen || !slots) {
		free(seen);
		free(slots);
		err_nomem(err);
		return NULL;
	}
	/* Without the tail, which would be touched for nothing. */
	seen->slots = slots;
	seen->room = ROOM;
	seen->count = 0;
	seen->fd = -1;
	seen->written = 0;
	seen->used = 0;
	seen->first = (struct instance){ .path = NULL };
	if (getrandom(&seen->seed, sizeof seen->seed, 0) != sizeof seen->seed)
		seen->seed = (uintptr_t)seen; /* it only has to be hard to guess */
	return seen;
}

void
seen_free(struct seen *seen)
{
	if (!seen)
		return;
	if (seen->fd >= 0)
		close(seen->fd);
	free(seen->slots);
	instance_clear(&seen->first);
	free(seen);
}

/* --- the log */

/* Make a file that is gone once it is closed. -1 with errno. */
static int
make_file(void)
{
	const char *places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };
	char name[4096];
	int fd = -1;

	for (size_t i = 0; i < sizeof places / sizeof places[0] && fd < 0; i++) {
		if (!places[i] || !*places[i])
			continue;
		text_format(name, sizeof name, "%s/mtls-storescu.XXXXXX", places[i]);
		fd = mkostemp(name, O_CLOEXEC);
	}
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* Write the tail to the file. -1 with errno. */
static int
flush(struct seen *seen)
{
	size_t done = 0;

	if (seen->fd < 0)
		seen->fd = make_file();
	if (seen->fd < 0)
		return -1;
	while (done < seen->used) {
		ssize_t n = pwrite(seen->fd, seen->tail + done, seen->used - done,
			(off_t)(seen->written + done));

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	seen->written += done;
	seen->used = 0;
	return 0;
}

/* -1 with errno. */
static int
append(struct seen *seen, const void *bytes, size_t size)
{
	const unsigned char *from = bytes;

	while (size > 0) {
		size_t n;

		if (seen->used == TAIL && flush(seen) < 0)
			return -1;
		n = size < TAIL - seen->used ? size : TAIL - seen->used;
		memcpy(seen->tail + seen->used, from, n);
		seen->used += n;
		from += n;
		size -= n;
	}
	return 0;
}

/* Read up to size bytes from offset on. Returns how many there are, -1 with errno. */
static ssize_t
read_piece(int fd, unsigned char *piece, size_t size, uint64_t offset)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = pread(fd, piece + used, size - used, (off_t)(offset + used));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* What was appended at offset, in the file or the tail or across. -1 with errno. */
static int
fetch(const struct seen *seen, void *out, size_t size, uint64_t offset)
{
	unsigned char *to = out;
	uint64_t there = offset < seen->written ? seen->written - offset : 0;
	size_t n = there < size ? (size_t)there : size;
	ssize_t got = n > 0 ? read_piece(seen->fd, to, n, offset) : 0;

	if (got >= 0 && (size_t)got < n)
		errno = EIO; /* it was cut short */
	if (got != (ssize_t)n)
		return -1;
	if (n < size)
		memcpy(to + n, seen->tail + (offset + n - seen->written), size - n);
	return 0;
}

static uint64_t
place(const struct slot *slot)
{
	return (uint64_t)(slot->record - 1) * ALIGN;
}

/* Log the instance and let the slot, a free one, stand for it. */
static int
put(struct seen *seen, struct slot *slot, uint32_t hash, const struct instance *instance, struct err *err)
{
	static const char padding[ALIGN];
	uint64_t end = seen->written + seen->used;
	uint64_t at = (end + ALIGN - 1) / ALIGN;
	struct record record;

	memset(&record, 0, sizeof record); /* its padding too: it is written */
	record.size = instance->size;
	record.data_offset = instance->data_offset;
	record.mtime_ns = instance->mtime_ns;
	record.path = strlen(instance->path);
	record.origin = instance->origin ? strlen(instance->origin) : 0;
	memcpy(record.uid, instance->sop_instance, sizeof record.uid);
	memcpy(record.syntax, instance->syntax, sizeof record.syntax);
	errno = EFBIG;
	if (at >= UINT32_MAX || append(seen, padding, (size_t)(at * ALIGN - end)) < 0 ||
	    append(seen, &record, sizeof record) < 0 || append(seen, instance->path, record.path) < 0 ||
	    append(seen, instance->origin, record.origin) < 0)
		return fail(err);
	slot->hash = hash;
	slot->record = (uint32_t)at + 1;
	seen->count++;
	return 0;
}

/* A copy, owned by the caller, of the len bytes at offset. NULL with errno. */
static char *
fetch_path(const struct seen *seen, size_t len, uint64_t offset)
{
	char *path = malloc(len + 1);

	if (!path)
		return NULL;
	path[len] = '\0';
	if (fetch(seen, path, len, offset) == 0)
		return path;
	free(path);
	return NULL;
}

/* Fetch what the slot stands for into seen->first. record: its own. */
static int
recall(struct seen *seen, const struct slot *slot, const struct record *record, struct err *err)
{
	struct instance *first = &seen->first;
	uint64_t at = place(slot) + sizeof *record;

	instance_clear(first);
	first->size = record->size;
	first->data_offset = record->data_offset;
	first->mtime_ns = record->mtime_ns;
	memcpy(first->syntax, record->syntax, sizeof first->syntax);
	first->path = fetch_path(seen, record->path, at);
	if (first->path && record->origin > 0)
		first->origin = fetch_path(seen, record->origin, at + record->path);
	return first->path && (first->origin || record->origin == 0) ? 0 : fail(err);
}

/* --- the index */

/* FNV-1a, folded. */
static uint32_t
hash_uid(const struct seen *seen, const char *uid)
{
	uint64_t hash = 0xcbf29ce484222325 ^ seen->seed;

	for (; *uid; uid++)
		hash = (hash ^ (unsigned char)*uid) * 0x100000001b3;
	return (uint32_t)(hash ^ hash >> 32);
}

/* Keep a fifth of the slots free, so that a search soon comes to one. */
static int
make_room(struct seen *seen, struct err *err)
{
	size_t room = 2 * seen->room;
	struct slot *slots;

	if (seen->count < seen->room / 5 * 4)
		return 0;
	slots = calloc(room, sizeof *slots);
	if (!slots)
		return err_nomem(err);
	for (size_t i = 0; i < seen->room; i++) {
		size_t to = seen->slots[i].hash & (room - 1);

		if (seen->slots[i].record == 0)
			continue;
		while (slots[to].record != 0)
			to = (to + 1) & (room - 1);
		slots[to] = seen->slots[i];
	}
	free(seen->slots);
	seen->slots = slots;
	seen->room = room;
	return 0;
}

/* The slot of the UID, and its record, or the free one where it belongs. NULL with err. */
static struct slot *
find(const struct seen *seen, const char *uid, uint32_t hash, struct record *record, struct err *err)
{
	size_t i = hash & (seen->room - 1);

	for (; seen->slots[i].record != 0; i = (i + 1) & (seen->room - 1)) {
		if (seen->slots[i].hash != hash)
			continue;
		if (fetch(seen, record, sizeof *record, place(&seen->slots[i])) < 0) {
			fail(err);
			return NULL;
		}
		if (strcmp(record->uid, uid) == 0)
			break;
	}
	return &seen->slots[i];
}

/* --- the verdict */

/* Two objects that are met under one UID. */
struct pair {
	const struct instance *first, *second;
	int fds[2];
};

/* "A and B have the same SOP Instance UID, 1.2.3, but ...". Returns SEEN_OTHER. */
static enum seen_result __attribute__((format(printf, 3, 4)))
differ(const struct pair *pair, struct err *err, const char *fmt, ...)
{
	char first[256], second[256], how[512];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(how, sizeof how, fmt, ap);
	va_end(ap);
	text_harmless_str(first, sizeof first, instance_name(pair->first));
	text_harmless_str(second, sizeof second, instance_name(pair->second));
	err_set(err, ERR_NO_INPUT, "%s: has the SOP Instance UID of %s (%s), but %s", second, first,
		pair->second->sop_instance, how);
	err_hint(err, "A receiver keeps one object per UID: find out which of them is right and send that.");
	return SEEN_OTHER;
}

/* The data sets, of the same length, byte by byte. */
static enum seen_result
compare_bytes(const struct pair *pair, unsigned char *pieces, struct err *err)
{
	uint64_t length = pair->first->size - pair->first->data_offset;

	for (uint64_t at = 0; at < length; at += PIECE) {
		size_t want = length - at < PIECE ? (size_t)(length - at) : PIECE;
		ssize_t a = read_piece(pair->fds[0], pieces, want, pair->first->data_offset + at);
		ssize_t b = read_piece(pair->fds[1], pieces + PIECE, want, pair->second->data_offset + at);

		if (a < 0 || b < 0)
			return differ(pair, err, "they cannot be compared: %s", strerror(errno));
		if (a != (ssize_t)want || b != (ssize_t)want)
			return differ(pair, err, "one of them shrank while they were compared");
		if (memcmp(pieces, pieces + PIECE, want) != 0)
			return differ(pair, err, "another data set of the same length");
	}
	return SEEN_EQUAL;
}

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* What can be told without reading the data sets; SEEN_NEW: nothing yet. */
static enum seen_result
compare_facts(const struct pair *pair, struct err *err)
{
	const struct instance *first = pair->first, *second = pair->second;
	struct stat st[2];

	if (fstat(pair->fds[0], &st[0]) < 0 || fstat(pair->fds[1], &st[1]) < 0)
		return differ(pair, err, "they cannot be compared: %s", strerror(errno));
	if (st[0].st_dev == st[1].st_dev && st[0].st_ino == st[1].st_ino)
		return SEEN_EQUAL;
	if ((uint64_t)st[0].st_size != first->size || mtime_ns(&st[0]) != first->mtime_ns)
		return differ(pair, err, "that one has changed since it was read");
	if (strcmp(first->syntax, second->syntax) != 0)
		return differ(pair, err, "is in another transfer syntax (%s, that one in %s)",
			uid_name(second->syntax), uid_name(first->syntax));
	if (first->size - first->data_offset != second->size - second->data_offset)
		return differ(pair, err, "another data set (%llu bytes, that one's %llu)",
			(unsigned long long)(second->size - second->data_offset),
			(unsigned long long)(first->size - first->data_offset));
	return SEEN_NEW;
}

static enum seen_result
compare(struct pair *pair, struct err *err)
{
	unsigned char *pieces = malloc(2 * PIECE);
	enum seen_result result;

	pair->fds[0] = open(pair->first->path, READING);
	pair->fds[1] = -1;
	if (!pieces) {
		err_nomem(err);
		result = SEEN_FAILED;
	} else if (pair->fds[0] < 0) {
		result = differ(pair, err, "that one can no longer be read to compare them: %s",
			strerror(errno));
	} else if ((pair->fds[1] = open(pair->second->path, READING)) < 0) {
		result = differ(pair, err, "can no longer be read to compare them: %s", strerror(errno));
	} else {
		result = compare_facts(pair, err);
		if (result == SEEN_NEW)
			result = compare_bytes(pair, pieces, err);
	}
	for (int i = 0; i < 2; i++) {
		if (pair->fds[i] >= 0)
			close(pair->fds[i]);
	}
	free(pieces);
	return result;
}

enum seen_result
seen_add(struct seen *seen, const struct instance *instance, const char **first, struct err *err)
{
	struct pair pair = { .first = &seen->first, .second = instance };
	uint32_t hash = hash_uid(seen, instance->sop_instance);
	struct record record;
	struct slot *slot;

	*first = NULL;
	if (make_room(seen, err) < 0)
		return SEEN_FAILED;
	slot = find(seen, instance->sop_instance, hash, &record, err);
	if (!slot)
		return SEEN_FAILED;
	if (slot->record == 0)
		return put(seen, slot, hash, instance, err) < 0 ? SEEN_FAILED : SEEN_NEW;
	if (recall(seen, slot, &record, err) < 0)
		return SEEN_FAILED;
	*first = instance_name(&seen->first);
	return compare(&pair, err);
}
