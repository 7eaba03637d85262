/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_FAST_RECEIVER_H
#define PEER_FAST_RECEIVER_H

#include "event_log.h"
#include "memory.h"
#include "options.h"

#include <openssl/ssl.h>

/*
 * The receiver at its fastest, so that it is the sender that a measurement
 * measures: big reads, the data set dropped where it stands, one write for the
 * answers that are due. It alone has the asynchronous operations window (PS3.7
 * D.3.3.3), and watches that the peer keeps to it.
 */

struct LeanRun {
	const Options &options;
	EventLog &event_log;
	Memory &memory;
	SSL_CTX *context; /* null: plain */
};

/* An accepted connection, which it closes, to its end. False if no association
 * came of it. Any thread may call. */
bool fast_receiver_serve(const LeanRun &run, int fd);

#endif
