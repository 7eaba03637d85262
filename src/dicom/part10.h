/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of a DICOM file (PS3.10 chapter 7) or bare data set: what must be known to send it, read in
 * bounded memory, inflating deflated ones.
 */
#ifndef MTLS_DICOM_PART10_H
#define MTLS_DICOM_PART10_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/uid.h"

/*
 * A data set of at most this many bytes is kept when the head is read, so that the file need not be opened
 * again. It is used only if stat(2) finds the file with the same size and time when it is sent: then it has
 * not changed since, or while it was read. The number of waiting instances limits how much is kept.
 */
#define KEPT_MAX 4096

/* Can the bytes of the data set be sent unchanged? */
enum raw_support {
	RAW_FIT,	/* a deflated stream of odd length too: PS3.5 A.5 pads it with a NUL */
	RAW_ODD,	/* an odd length: PDV fragments and values must be even (PS3.5 7.1.1, PS3.8 D.1) */
	RAW_UNORDERED,	/* top-level elements do not ascend (PS3.5 7.1) */
	RAW_UNWALKED,	/* the walk could not read it (unknown structure): leave it to the data set way */
	RAW_EDITED,	/* attributes are replaced when it is sent */
};

struct instance {
	char *path;			   /* owned */
	char *origin;			   /* owned: what the user gave, if path was created from it, else
					    * NULL */
	char sop_class[UID_MAX + 1];	   /* of the data set (0008,0016) */
	char sop_instance[UID_MAX + 1];	   /* (0008,0018) */
	char study[UID_MAX + 1];	   /* (0020,000D), empty if absent, safe to print */
	char series[UID_MAX + 1];	   /* (0020,000E), likewise; neither has to be a valid UID */
	char syntax[UID_MAX + 1];	   /* transfer syntax of the data set */
	uint64_t size;			   /* of the file, bytes */
	uint64_t data_offset;		   /* where the data set starts */
	uint64_t data_size;		   /* its bytes in the file, without zero padding */
	uint64_t inflated;		   /* inflated size of a deflated one; 0: not known */
	int64_t mtime_ns;
	unsigned char *kept;		   /* owned: size - data_offset bytes of the file; NULL: not kept */
	bool uid_shared;		   /* another object has its UID; not read from the file */
	bool has_meta;			   /* false: bare data set, syntax guessed from its first element */
	char *mismatch;			   /* owned: how the header's UIDs differ; NULL: they do not differ */
	unsigned repeated;		   /* equal top-level elements that occur twice in a row */
	enum raw_support raw;
	uint32_t raw_tag;		   /* the element that prevents sending it unchanged, ggggeeee; 0 if
					    * not a single one */
};

/* The detail of ERR_NO_INPUT, where it is a DICOM file all the same: it could be looked into, or it is a
 * DICOMDIR. */
#define NO_INPUT_IS_DICOM    1
#define NO_INPUT_IS_DICOMDIR 2

enum part10_result {
	PART10_OK,
	PART10_NOT_DICOM, /* readable, but not a DICOM object (includes a DICOMDIR, and err says so) */
	PART10_BAD,	  /* unreadable, truncated, contradictory: err says which */
};

/*
 * Read the head of the file at path. On PART10_OK *out is filled (free with
 * instance_clear); otherwise out is empty and err holds the sentence
 * (ERR_NO_INPUT), naming path. If group 2 and data set disagree on SOP class or instance, those of the data
 * set are used, and mismatch names both. SOP class and instance must be within 1 MiB; for raw, the headers
 * of all top-level elements are read, and values, including fragments of pixel data, are skipped by their
 * lengths.
 */
enum part10_result part10_read(const char *path, struct instance *out, struct err *err);

/* The same for an open file, which the caller still owns; path is its name. */
enum part10_result part10_read_fd(int fd, const char *path, struct instance *out, struct err *err);

/* The name that the user knows: origin, or path. */
const char *instance_name(const struct instance *instance);

struct stat;

/* Is that of its file, and of the same size and time as when it was read? */
bool instance_is_unchanged(const struct instance *instance, const struct stat *st);

/* Bytes of zero padding after its data set in the file, which are not sent. */
uint64_t instance_padding(const struct instance *instance);

void instance_clear(struct instance *instance);

#endif
