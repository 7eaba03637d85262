/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What --check found: its steps with findings, both chains, the offered range.
 * Made by check/, shown by whoever listens (human, ndjson, nagios, prometheus,
 * html).
 */
#ifndef MTLS_REPORT_LADDER_H
#define MTLS_REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/certificate.h"
#include "base/err.h"

/* In the order they are climbed; the last two are side rungs, whose failure stops nothing. */
enum rung {
	RUNG_STORES,
	RUNG_RESOLVE,
	RUNG_TCP,
	RUNG_TLS,
	RUNG_SERVER,	  /* server identity */
	RUNG_OURS,	  /* our identity */
	RUNG_ACCEPTED,	  /* accepted by the server */
	RUNG_ASSOCIATION,
	RUNG_ECHO,
	RUNG_ENFORCED,	  /* mTLS enforced */
	RUNG_RANGE,	  /* the offered range (full) */
	RUNG_COUNT,
};

/* Information does no harm. */
enum severity {
	FINDING_OK,
	FINDING_INFORMATION,
	FINDING_WARNING,
	FINDING_FAILED,
	FINDING_UNDECIDED,
	FINDING_NOT_REACHED,
};

/* Where the remedy lies. */
enum side { SIDE_NONE, SIDE_HERE, SIDE_RECEIVER, SIDE_NETWORK };

/* One fact, with a stable id ("server-expired"; see check/finding.h for all). */
struct finding {
	enum rung rung;
	const char *id;
	enum severity severity;
	enum side side;
	enum err_kind kind; /* that the exit status follows from, if failed; ERR_NONE otherwise */
	bool critical;	    /* told even where nothing failed: a certificate that is about to expire */
	bool ignored;	    /* by --ignore, which made it information */
	char brief[160];    /* the cause alone, without names; empty: the text is short itself */
	char text[1024];    /* a sentence without its full stop */
	char hint[512];	    /* the remedy, a sentence or empty */
};

/* One rung, once it is done (or cannot be reached). Its severity is its worst
 * finding's; `summary` is what to show in one line. */
struct rung_result {
	enum rung rung;
	enum severity severity;
	int64_t us;
	char summary[512];
	const struct finding *findings;
	size_t count;
};

/* One row of the offered range. */
enum range_judgement { RANGE_TAKEN, RANGE_REFUSED, RANGE_UNDECIDED };
struct range_row {
	const char *name;	/* "TLSv1.2", "TLS_AES_256_GCM_SHA384", "SSL 3.0", "RC4" */
	const char *group;	/* "protocol", "suite", "forbidden" */
	enum range_judgement judgement;
	bool fits_guide;	/* as in the guide's settings for IRIS */
	bool fits_bcp195;	/* as in PS3.15 B.12 */
	bool advised;		/* which only advises what it wants here */
	char note[128];
};

#define RANGE_MAX 64
#define PINGS 5

/* All of it, at the end. */
struct ladder {
	const char *called, *calling, *host;
	uint16_t port;
	char address[64];
	const char *destination; /* its name in the configuration file; NULL: none */
	const char *depth; /* "local", "quick", "full" */
	char started[32];  /* RFC 3339, UTC */
	struct rung_result rungs[RUNG_COUNT];
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
	struct err verdict; /* kind ERR_NONE: no failure; else the first failed rung's */
};

/* Whoever shows it. Members may be NULL. */
struct ladder_reporter {
	void *self;
	void (*announce)(void *self, const char *text); /* beforehand: "about to open 38 connections, ..." */
	void (*rung)(void *self, const struct ladder *ladder, const struct rung_result *result);
	void (*done)(void *self, const struct ladder *ladder);
};

/* "server identity", ... */
const char *rung_name(enum rung rung);
/* "ok", "information", "warning", "failed", "undecided", "not reached" */
const char *severity_name(enum severity severity);
/* "On the receiver:", before a remedy; empty for SIDE_NONE */
const char *side_lead(enum side side);
/* One column that tells a severity without its colour; ASCII if utf8 is false. */
const char *severity_mark(enum severity severity, bool utf8);
/* "taken", "refused", "undecided" */
const char *range_judgement_name(enum range_judgement judgement);

/* The same for programs, stable: "server-identity", "not-reached", "here" (NULL for SIDE_NONE). */
const char *rung_word(enum rung rung);
const char *severity_word(enum severity severity);
const char *side_word(enum side side);

/* "iris:2010", "[2001:db8::1]:2762"; empty without a host. Returns out. */
char *ladder_place(char *out, size_t size, const struct ladder *ladder);

/* How many findings are of this severity. */
size_t ladder_count(const struct ladder *ladder, enum severity severity);

/* The first finding of the severity, NULL if there is none. */
const struct finding *ladder_first(const struct ladder *ladder, enum severity severity);

/* The first one that is critical, NULL if there is none. */
const struct finding *ladder_first_critical(const struct ladder *ladder);

/* The finding that the verdict follows from, NULL if it follows from none (an interrupt). */
const struct finding *ladder_failure(const struct ladder *ladder);

/* Median of the C-ECHO round trips in milliseconds, -1 without any. */
double ladder_echo_ms(const struct ladder *ladder);

/* Which of the chain are in use: from the leaf to what anchors it, by their issuers. */
void chain_in_use(const struct certificate_chain *chain, bool used[CERTIFICATES_MAX]);

/* Of those in use, the certificate whose days end first; NULL if the chain is empty. */
const struct certificate *chain_first_to_expire(const struct certificate_chain *chain);

#endif
