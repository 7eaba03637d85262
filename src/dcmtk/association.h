/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One DICOM association as requestor (PS3.8, PS3.7), designed for a window of outstanding C-STORE requests:
 * send until the window is full, then drain. A function table, so that tests can replace it by a fake
 * receiver. An association belongs to one thread.
 */
#ifndef MTLS_DCMTK_ASSOCIATION_H
#define MTLS_DCMTK_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "base/err.h"
#include "base/secret.h"
#include "dicom/command.h"
#include "dicom/part10.h"
#include "dicom/plan.h"
#include "net/channel.h"
#include "net/endpoint.h"

struct association;
struct edits;
struct extneg;

/* User identity negotiation (PS3.7 D.3.3.7). */
enum user_identity { USER_NONE, USER_NAME, USER_NAME_PASSWORD, USER_SAML, USER_JWT };

/* Times are milliseconds. Everything pointed to must outlive the association. */
struct association_request {
	const struct endpoint *endpoint;
	const char *calling; /* AE titles, 1..16 characters */
	const char *called;
	const struct plan *plan;
	enum user_identity identity;
	const char *user;
	const struct secret *user_secret; /* password, SAML assertion or token */
	bool user_response;		  /* ask the receiver to confirm it */
	int64_t accept_timeout;		  /* for the A-ASSOCIATE-AC */
	int64_t response_timeout;	  /* for each C-STORE-RSP, C-ECHO-RSP */
	int64_t release_timeout;
	uint32_t max_pdu_receive;	  /* we accept, bytes; 0: our default */
	uint32_t max_pdu_send;		  /* we send at most, bytes; 0: what the receiver accepts */
	enum command_priority priority;	  /* of C-STORE requests */
	uint32_t window;		  /* to propose (dicom/userinfo.h); 0: not proposed, it is 1 */
	const struct edits *edits;	  /* for instances that are RAW_EDITED; NULL: none */
	uint64_t max_object_memory;	  /* bytes, to decompress or inflate an object */
	const struct extneg *related;	  /* related general SOP classes to announce; NULL: none */
	uint64_t *wire_bytes;		  /* counts data set bytes sent (atomic); NULL: not wanted */
	struct tls_observation *observation; /* filled if given, also when the handshake fails */
};

/* What the peer answered in DICOM: nothing, a PDU that answers a request (A-ASSOCIATE-AC or -RJ, A-ABORT),
 * or anything else. */
enum peer_answer { ANSWER_NONE, ANSWER_DICOM, ANSWER_OTHER };

/* What was agreed. */
struct association_facts {
	enum peer_answer answer;	/* also of an attempt that failed */

	const char *accepted[PLAN_CONTEXTS_MAX]; /* syntax per context of the plan, NULL: refused */
	size_t proposed_count, accepted_count;
	uint32_t max_pdu_send;		/* bytes per PDU that we send */
	char peer_implementation[UID_MAX + 1];
	char peer_version[17];
	unsigned window;		/* outstanding requests allowed, >= 1 */
	bool user_confirmed;		/* the receiver answered our user identity */
	struct channel_facts channel;	/* of an attempt that failed: dial and tls_us alone */
	int64_t accept_us;
};

/* What association_driver.send did with an instance. */
enum send_outcome {
	SEND_DONE,    /* all of it was sent: drain its response */
	SEND_REFUSED, /* nothing was sent: it cannot be sent (reason in err); the association is still open */
	SEND_LOST,    /* the association was lost before all of it was sent; err says how */
};

/* How it was sent, filled by SEND_DONE and SEND_LOST. */
struct send_facts {
	const char *syntax;	/* transfer syntax UID that it went in */
	char changed[512];	/* every change named, comma separated; empty if none */
	uint64_t bytes;		/* of the data set as sent */
};

/* One response. */
struct store_answer {
	uint16_t message_id;
	struct command_rsp rsp;
	int64_t answered_us; /* CLOCK_MONOTONIC */
};

/* Announcing more is hardly useful: each of these may have a decoder running. */
#define ANNOUNCE_MAX 2

struct association_driver {
	/*
	 * Connect, do the TLS handshake, negotiate. NULL with err: channel_open's kinds,
	 * ERR_REJECTED, ERR_NO_CONTEXT (every context refused), ERR_ABORTED,
	 * ERR_TIMEOUT. *facts is filled as far as it got: address, times and answer also if the attempt
	 * failed.
	 */
	struct association *(*open)(const struct association_request *request,
		struct association_facts *facts, struct err *err);

	/* Send one C-STORE request under message_id (unique among those outstanding). */
	enum send_outcome (*send)(struct association *assoc, const struct instance *instance,
		uint16_t message_id, struct send_facts *facts, struct err *err);

	/* Wait for the next response of any outstanding request. 0, or -1: the
	 * association is lost or timed out; what was outstanding is uncertain. */
	int (*drain)(struct association *assoc, struct store_answer *answer, struct err *err);

	/* C-ECHO. 0 with the status and round-trip time, or -1. */
	int (*echo)(struct association *assoc, struct command_rsp *rsp, int64_t *rtt_us, struct err *err);

	/* A-RELEASE, then free. -1 if the peer did not confirm it in time; it is freed in any case. */
	int (*release)(struct association *assoc, struct err *err);

	/* A-ABORT if the connection is open, then free. Accepts NULL. */
	void (*abort)(struct association *assoc);

	/* Announce what will probably be sent after the next one, up to ANNOUNCE_MAX in that order, so that
	 * its decompression can begin meanwhile. Valid for that one send. They must stay in memory until
	 * they are sent, or until nothing is announced (count 0): what was begun is then dropped. */
	void (*announce)(struct association *assoc, const struct instance *const *next, size_t count);
};

/* The real one, on dcmnet and dcmtls. association_init once, on the main
 * thread, before the first open (log_level: 0 silent .. 3 all of DCMTK's). */
extern const struct association_driver association_dcmtk;
int association_init(int log_level, struct err *err) MUST_CHECK;

/* The last part of its open: negotiate over an open channel, which is owned from now on, also on failure.
 * For tests over socket pairs. */
struct association *association_negotiate(const struct association_request *request,
	struct channel *channel, struct association_facts *facts, struct err *err);

#ifdef __cplusplus
}
#endif

#endif
