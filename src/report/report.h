/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events for a person, a script or a test. A function table; `self` belongs to the reporter. A reporter
 * that needs only some events leaves the others NULL and is called through a fanout.
 */
#ifndef MTLS_REPORT_REPORT_H
#define MTLS_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dicom/uid.h"

/* The result of one instance. */
enum result_class {
	RESULT_SUCCESS,	  /* acknowledged */
	RESULT_WARNING,	  /* acknowledged, with a Warning status */
	RESULT_FAILURE,	  /* refused, or could not be sent */
	RESULT_UNCERTAIN, /* all of it was sent, but it was not answered */
	RESULT_NOT_SENT,  /* the run ended first, or nothing was to be sent (--dry-run) */
	RESULT_DUPLICATE, /* the same object as another one of this run; not sent again */
};

/* --status: the receiver of an entry of the journal, and when it was made. */
struct report_entry {
	int64_t destination; /* the journal's own number of the following */
	const char *called, *host, *calling;
	uint16_t port;
	bool edited;	     /* attributes were replaced */
	bool study_known;    /* false: an older release recorded it */
	int64_t time;	     /* Unix time, the last of several */
};

struct report_instance {
	const struct report_entry *kept; /* NULL: it is of this run */
	const char *path;
	const char *sop_class;	  /* "" if the file could not be read so far */
	const char *sop_instance; /* as sent; "" likewise */
	const char *study;	  /* Study Instance UID as sent; "" likewise, or if it has none */
	const char *syntax_file;  /* transfer syntax UID, "" likewise */
	const char *syntax_sent;  /* NULL if nothing was sent */
	const char *changed;	  /* what was changed in it, comma separated, "" if nothing */
	uint64_t size;		  /* of the file at path, when it was read, and */
	int64_t mtime_ns;	  /* its time; 0 if the object was made from it, or it could not be read */
	enum result_class result;
	bool recorded;		  /* acknowledged by an earlier run, as the journal says; not sent now */
	bool planned;		  /* not sent because of --dry-run */
	bool again;		  /* sent again after an attempt that was never answered */
	unsigned association;	  /* number of the association on which it was sent, from 1; 0: none */
	unsigned attempt;	  /* how many times it was sent, this one included; 0: not at all */
	bool has_status;
	uint16_t status;	  /* DIMSE, if has_status */
	const char *meaning;	  /* of the status, or why it was not sent; no full stop */
	const char *hint;	  /* what to do, or "" */
	const char *comment;	  /* Error Comment, "" if none, as the peer sent it */
	const uint32_t *offending; /* Offending Element tags */
	size_t offending_count;
	uint64_t bytes;		  /* of the data set as sent */
	int64_t us;		  /* from the first byte sent to the answer */
};

struct report_association {
	unsigned number;	  /* within the run, from 1; 0 if there is only one */
	const char *destination;  /* its name, if there are several; NULL otherwise */
	const char *called, *calling, *host;
	uint16_t port;
	const char *address;	  /* where it is connected */
	const char *protocol;	  /* NULL: plain */
	const char *cipher;
	const char *group;	  /* of the key exchange; NULL or "": none */
	bool resumed;		  /* the TLS session of an earlier association */
	size_t contexts, accepted;
	uint32_t max_pdu;
	const char *implementation, *version;
	int64_t resolve_us, connect_us, tls_us, accept_us;
};

/* One study, once all its objects found in one place have their results. */
struct report_study {
	const struct report_entry *kept; /* NULL: it is of this run */
	const char *uid;	  /* "" for objects without one */
	size_t found;		  /* all of the following */
	size_t acknowledged;	  /* warned and recorded ones included */
	size_t warned, recorded, failed, uncertain, not_sent, duplicates;
	bool planned;		  /* with --dry-run: those not sent would be */
	uint64_t bytes;		  /* of data sets acknowledged in this run; with --dry-run of the files */
	int64_t us;		  /* from sending its first object to its last result */
};

/* One SOP class of the plan, with the syntaxes that its files have. */
struct report_plan_class {
	char sop_class[UID_MAX + 1], syntax[UID_MAX + 1];
	size_t files;
	uint64_t bytes;
	const char *otherwise;	  /* what happens if the receiver does not accept that syntax, a clause */
};

/* --dry-run: what would be sent. */
struct report_plan {
	size_t associations;	  /* at least, in sequence or in parallel */
	size_t contexts;	  /* over all of them */
	size_t studies, files;
	uint64_t bytes;		  /* of the files */
	size_t cannot;		  /* failures, each reported */
	const struct report_plan_class *classes;
	size_t class_count;
};

/* Something is tried again. */
struct report_retry {
	const char *what;	  /* "the association", or a path */
	const struct err *why;	  /* what went wrong; kind ERR_NONE: the receiver's status is the reason */
	uint16_t status;	  /* DIMSE, for that */
	const char *comment;	  /* Error Comment, "" if none, as the peer sent it */
	unsigned attempt, of;	  /* the n-th repetition, of at most this many */
	int64_t delay_ms;	  /* after this delay */
	size_t unanswered;	  /* objects that were sent but not answered, and are sent again */
};

/* The progress of the run; reported often. */
struct report_progress {
	size_t found;		  /* so far */
	size_t finished;		  /* have their result */
	uint64_t bytes;		  /* of data sets that were sent, answered or not */
	uint64_t bytes_found;	  /* of the files found so far */
	bool walking;		  /* more may be found */
	int64_t us;		  /* since the start */
};

struct report_totals {
	size_t found;	     /* instances and files given: all of the following but skipped */
	size_t acknowledged; /* warned and recorded ones included */
	size_t warned;
	size_t recorded;     /* acknowledged by the journal, not sent now */
	size_t failed;
	size_t uncertain;
	size_t not_sent;
	size_t planned;	     /* of those not sent, what --dry-run would send */
	size_t duplicates;   /* equal to another one of this run */
	size_t mismatched;   /* of those found: header and data set differ in UIDs; sent nevertheless */
	size_t again;	     /* sent more than once */
	size_t skipped;	     /* found by walking, but not DICOM */
	size_t elsewhere;    /* of other shards */
	size_t left;	     /* changed too recently: left for another run */
	size_t studies;	     /* met; one that was met twice may count twice */
	unsigned associations; /* opened */
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
	void (*alarm)(void *self, const char *text);	   /* a warning shown even with -q */
	void (*note)(void *self, const char *text);	   /* under -v */
	void (*notice)(void *self, const char *text);	   /* what is going on, unless quiet */
	void (*error)(void *self, const struct err *err);  /* what ended the run */
	void (*study)(void *self, const struct report_study *event);
	void (*plan)(void *self, const struct report_plan *event);
	void (*retry)(void *self, const struct report_retry *event);
	void (*progress)(void *self, const struct report_progress *event);
	/* The last event. verdict: determines the exit status. */
	void (*summary)(void *self, const struct report_totals *totals, enum err_kind verdict);
};

#endif
