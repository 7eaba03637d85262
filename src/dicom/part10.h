/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The head of a DICOM file (PS3.10 chapter 7; bare data sets too): what must
 * be known to send it, read in bounded memory, inflating deflated ones.
 */
#ifndef MTLS_DICOM_PART10_H
#define MTLS_DICOM_PART10_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/uid.h"

/*
 * A data set of at most so many bytes is kept as it is read with the head, so
 * that the file need not be opened again. It is good only if stat(2) finds the
 * file with the same size and time when it is sent: then it was not changed
 * since, nor while it was read. The instances that wait bound what is kept.
 */
#define KEPT_MAX 4096

/* May the bytes of the data set go out as they are? */
enum raw_support {
	RAW_FIT,	/* a deflated stream of odd length too: PS3.5 A.5 pads it with a NUL */
	RAW_ODD,	/* an odd length: PDV fragments and values must be even (PS3.5 7.1.1, PS3.8 D.1) */
	RAW_UNORDERED,	/* top-level elements do not ascend (PS3.5 7.1) */
	RAW_UNWALKED,	/* the walk could not read it (unknown structure): leave it to the data set way */
	RAW_EDITED,	/* attributes are to be replaced on the way */
};

struct instance {
	char *path;			   /* owned */
	char *origin;			   /* owned: what the user gave, if path was made of it, else NULL */
	char sop_class[UID_MAX + 1];	   /* of the data set (0008,0016) */
	char sop_instance[UID_MAX + 1];	   /* (0008,0018) */
	char study[UID_MAX + 1];	   /* (0020,000D), empty if absent, harmless to print */
	char series[UID_MAX + 1];	   /* (0020,000E), likewise; neither need be a valid UID */
	char syntax[UID_MAX + 1];	   /* transfer syntax of the data set */
	uint64_t size;			   /* of the file, bytes */
	uint64_t data_offset;		   /* where the data set starts */
	uint64_t data_size;		   /* its bytes in the file, without zero padding */
	uint64_t inflated;		   /* bytes that a deflated one becomes; 0: not known */
	int64_t mtime_ns;
	unsigned char *kept;		   /* owned: size - data_offset bytes of the file; NULL: not kept */
	bool uid_shared;		   /* another object goes by its UID; not read */
	bool has_meta;			   /* false: bare data set, syntax guessed from its first element */
	char *mismatch;			   /* owned: how the header's UIDs differ; NULL: they do not */
	unsigned repeated;		   /* top-level elements that stand there twice in a row, equal */
	enum raw_support raw;
	uint32_t raw_tag;		   /* the element that made it unfit, ggggeeee; 0 if none alone did */
};

/* The detail of ERR_NO_INPUT, where it is a DICOM file all the same: it could be looked into, or it is a
 * DICOMDIR. */
#define NO_INPUT_IS_DICOM    1
#define NO_INPUT_IS_DICOMDIR 2

enum part10_result {
	PART10_OK,
	PART10_NOT_DICOM, /* readable, but no DICOM object (a DICOMDIR counts here, and says so) */
	PART10_BAD,	  /* unreadable, truncated, contradictory: err says which */
};

/*
 * Read the head of the file at path. On PART10_OK *out is filled (free with
 * instance_clear); otherwise out is empty and err holds the sentence
 * (ERR_NO_INPUT), naming path. Where group 2 and data set disagree on SOP class
 * or instance, the data set's count, and mismatch names both. SOP class and instance must come
 * within 1 MiB; for raw, the headers of all top-level elements are read, values
 * being passed over by their lengths, fragments of pixel data too.
 */
enum part10_result part10_read(const char *path, struct instance *out, struct err *err);

/* The same for an open file, which stays the caller's; path is its name. */
enum part10_result part10_read_fd(int fd, const char *path, struct instance *out, struct err *err);

/* What the user knows it by: origin, or path. */
const char *instance_name(const struct instance *instance);

struct stat;

/* Is that of its file, and of the same size and time as when it was read? */
bool instance_is_unchanged(const struct instance *instance, const struct stat *st);

/* Bytes of zero padding behind its data set in the file: none of them is sent. */
uint64_t instance_padding(const struct instance *instance);

void instance_clear(struct instance *instance);

#endif
