/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happened, told to whoever listens: a person, a script, a test.
 * A function table; `self` is the listener's own.
 */
#ifndef MTLS_REPORT_REPORT_H
#define MTLS_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What became of one instance. */
enum result_class {
	RESULT_SUCCESS,	  /* acknowledged */
	RESULT_WARNING,	  /* acknowledged, with a Warning status */
	RESULT_FAILURE,	  /* refused, or could not be sent */
	RESULT_UNCERTAIN, /* all of it was sent, the answer never came */
	RESULT_NOT_SENT,  /* the run ended first */
};

struct report_instance {
	const char *path;
	const char *sop_class;	  /* "" if the file could not be read so far */
	const char *sop_instance; /* "" likewise */
	const char *syntax_file;  /* transfer syntax UID, "" likewise */
	const char *syntax_sent;  /* NULL if nothing was sent */
	const char *changed;	  /* forced changes, "" if none */
	enum result_class result;
	bool has_status;
	uint16_t status;	  /* DIMSE, if has_status */
	const char *meaning;	  /* of the status, or why it was not sent; no full stop */
	const char *hint;	  /* what to do, or "" */
	const char *comment;	  /* Error Comment, "" if none, as the peer sent it */
	const uint32_t *offending; /* Offending Element tags */
	size_t offending_count;
	uint64_t bytes;		  /* of the data set as sent */
	int64_t us;		  /* from first byte out to answer in */
};

struct report_association {
	const char *called, *calling, *host;
	uint16_t port;
	const char *address;	  /* where it is connected */
	const char *protocol;	  /* NULL: plain */
	const char *cipher;
	size_t contexts, accepted;
	uint32_t max_pdu;
	const char *implementation, *version;
	int64_t resolve_us, connect_us, tls_us, accept_us;
};

struct report_totals {
	size_t acknowledged; /* warned ones included */
	size_t warned;
	size_t failed;
	size_t uncertain;
	size_t not_sent;
	size_t skipped;	     /* found by walking, no DICOM */
	uint64_t bytes;	     /* of data sets acknowledged */
	int64_t us;	     /* the whole run */
};

struct reporter {
	void *self;
	void (*association)(void *self, const struct report_association *event);
	void (*instance)(void *self, const struct report_instance *event);
	void (*skipped)(void *self, const char *path, const char *why);
	void (*echo)(void *self, const struct report_association *event, int64_t rtt_us);
	void (*warning)(void *self, const char *text);
	void (*alarm)(void *self, const char *text);	   /* a warning told even when quiet */
	void (*note)(void *self, const char *text);	   /* under -v */
	void (*error)(void *self, const struct err *err);  /* what ended the run */
	void (*summary)(void *self, const struct report_totals *totals);
};

#endif
