/* SPDX-License-Identifier: BSD-3-Clause */
/* For the fuzzers of src/dcmtk: an object as it is sent, and as it must arrive. */
#ifndef MTLS_TESTS_FUZZ_OBJECT_H
#define MTLS_TESTS_FUZZ_OBJECT_H

#include <stdbool.h>
#include <stdio.h>

#include "../unit/dicom_bytes.h"
#include "dcmtk/edits.h"
#include "dicom/part10.h"

/* What instance is in implicit VR, edited if edits is not NULL, goes to put in
 * pieces. 0, or -1 as Dataset's load and write say. In object.cc. */
int object_send(const struct instance *instance, const struct edits *edits,
	void (*put)(void *ctx, const void *bytes, size_t size), void *ctx, struct err *err);

static inline void
require(bool holds)
{
	if (!holds)
		abort();
}

/* The head of a file in memory. False if it cannot be sent; instance_clear it otherwise. */
static inline bool
object_read(int fd, struct instance *out)
{
	struct err err = ERR_INIT;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (part10_read_fd(fd, path, out, &err) == PART10_OK)
		return true;
	require(err.kind == ERR_NO_INPUT && err.text[0]);
	return false;
}

static inline void
object_put(void *ctx, const void *bytes, size_t size)
{
	bytes_put(ctx, bytes, size);
}

/* What is sent must be an object as it should be, with the UIDs announced. */
static inline void
object_check(const struct instance *instance, const struct edits *edits)
{
	struct bytes b = { 0 };
	struct err err = ERR_INIT;
	struct instance sent;
	int fd;

	bytes_preamble(&b);
	bytes_meta(&b, instance->sop_class, instance->sop_instance, UID_IMPLICIT_LE, 0);
	if (object_send(instance, edits, object_put, &b, &err) < 0) {
		require((err.kind == ERR_NO_INPUT || err.kind == ERR_INTERNAL) && err.text[0]);
	} else {
		fd = bytes_fd(&b);
		require(object_read(fd, &sent) && sent.raw == RAW_FIT);
		require(strcmp(sent.sop_class, instance->sop_class) == 0);
		require(strcmp(sent.sop_instance, instance->sop_instance) == 0);
		/* Where the walk could not follow, DCMTK perhaps could. */
		require(instance->raw == RAW_UNWALKED || (strcmp(sent.study, instance->study) == 0 &&
			strcmp(sent.series, instance->series) == 0));
		instance_clear(&sent);
		close(fd);
	}
	bytes_free(&b);
}

#endif
