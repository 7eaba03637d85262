/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What --check found: its steps with findings, both chains, the offered range. Created by check/, shown by
 * the reporters (human, ndjson, nagios, prometheus, html).
 */
#ifndef MTLS_REPORT_CHECK_REPORT_H
#define MTLS_REPORT_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/certificate.h"
#include "base/err.h"

/* In the order in which they are run; the last two are side steps, whose failure does not stop the check. */
enum step {
	STEP_STORES,
	STEP_RESOLVE,
	STEP_TCP,
	STEP_TLS,
	STEP_SERVER,	  /* server identity */
	STEP_OURS,	  /* our identity */
	STEP_ACCEPTED,	  /* accepted by the server */
	STEP_ASSOCIATION,
	STEP_ECHO,
	STEP_ENFORCED,	  /* mTLS enforced */
	STEP_RANGE,	  /* the offered range (full) */
	STEP_COUNT,
};

/* Information is harmless. */
enum severity {
	FINDING_OK,
	FINDING_INFORMATION,
	FINDING_WARNING,
	FINDING_FAILED,
	FINDING_UNDECIDED,
	FINDING_NOT_REACHED,
};

/* The side that has to apply the remedy. */
enum side { SIDE_NONE, SIDE_HERE, SIDE_RECEIVER, SIDE_NETWORK };

/* One fact, with a permanent id ("server-expired"; see check/finding.h for all). */
struct finding {
	enum step step;
	const char *id;
	enum severity severity;
	enum side side;
	enum err_kind kind; /* that determines the exit status, if failed; ERR_NONE otherwise */
	bool critical;	    /* reported even if nothing failed: a certificate that is about to expire */
	bool ignored;	    /* by --ignore, which made it information */
	char brief[160];    /* only the cause, without names; empty: the text itself is short */
	char text[1024];    /* a sentence without its full stop */
	char hint[512];	    /* the remedy, a sentence or empty */
};

/* One step, once it is done (or cannot be reached). Its severity is its worst
 * finding's; `summary` is what to show in one line. */
struct step_result {
	enum step step;
	enum severity severity;
	int64_t us;
	char summary[512];
	struct finding *findings;
	size_t count;
};

/* One row of the offered range. */
enum range_answer { RANGE_TAKEN, RANGE_REFUSED, RANGE_UNDECIDED };
struct range_row {
	const char *name;	/* "TLSv1.2", "TLS_AES_256_GCM_SHA384", "SSL 3.0", "RC4" */
	const char *group;	/* "protocol", "suite", "forbidden" */
	enum range_answer answer;
	bool fits_guide;	/* as in the guide's settings for IRIS */
	bool fits_bcp195;	/* as in PS3.15 B.12 */
	bool advised;		/* which only advises it */
	char note[128];
};

#define RANGE_MAX 64
#define PINGS 5

/* The whole report, at the end. */
struct check_report {
	const char *called, *calling, *host;
	uint16_t port;
	char address[64];
	const char *destination; /* its name in the configuration file; NULL: none */
	const char *depth; /* "local", "quick", "full" */
	char started[32];  /* RFC 3339, UTC */
	struct step_result steps[STEP_COUNT];
	struct certificate_chain server, ours;
	char protocol[16], cipher[64], group[32]; /* empty: none */
	struct range_row range[RANGE_MAX];
	size_t range_count;
	char implementation[65], version[17]; /* of the peer; empty */
	uint32_t max_pdu;
	unsigned window;
	int64_t ping_us[PINGS]; /* C-ECHO round trips */
	size_t ping_count;
	int64_t us;
	int64_t connect_timeout, tls_timeout, accept_timeout, response_timeout; /* ms */
	size_t ignored; /* findings that --ignore made information */
	int warn_days, crit_days;
	struct err verdict; /* kind ERR_NONE: no failure; else the first failed step's */
};

/* A reporter of checks. Members may be NULL. */
struct check_reporter {
	void *self;
	void (*announce)(void *self, const char *text); /* beforehand: "about to open 38 connections, ..." */
	void (*step)(void *self, const struct check_report *report, const struct step_result *result);
	void (*done)(void *self, const struct check_report *report);
};

/* The name for people ("server identity"), and the permanent one for programs ("server-identity"). */
struct naming {
	const char *name, *word;
};

/* By their enums. Names of sides stand before a remedy ("On the receiver:"); SIDE_NONE has "" and NULL. */
extern const struct naming step_names[], severity_names[], side_names[];

/* One character that shows a severity without colour, in ASCII and in UTF-8. */
extern const char *const severity_marks[][2];

/* "taken", "refused", "undecided" */
extern const char *const range_answer_names[];

/* "iris:2010", "[2001:db8::1]:2762"; empty without a host. Returns out. */
char *check_report_place(char *out, size_t size, const struct check_report *report);

/* How many findings have this severity. */
size_t check_report_count(const struct check_report *report, enum severity severity);

/* The first finding with this severity, and with this kind unless that is ERR_NONE; NULL if there is none. */
const struct finding *check_report_first(const struct check_report *report, enum severity severity,
	enum err_kind kind);

/* The first one that is critical, NULL if there is none. */
const struct finding *check_report_first_critical(const struct check_report *report);

/* The finding that determines the verdict, NULL if none does (an interrupt). */
const struct finding *check_report_failure(const struct check_report *report);

/* Median of the C-ECHO round trips in milliseconds, if there were any; and the shortest, unless NULL. */
double check_report_echo_ms(const struct check_report *report, double *least);

/* Which certificates of the chain are in use: from the leaf to its anchor, by their issuers. */
void chain_in_use(const struct certificate_chain *chain, bool used[CERTIFICATES_MAX]);

/* The certificate in use that expires first; NULL if the chain is empty. */
const struct certificate *chain_first_to_expire(const struct certificate_chain *chain);

#endif
