/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What this run has seen of its receiver, over all connections: evidence for
 * what the next failure means. Shared by threads: use the functions. All false
 * to begin with.
 */
#ifndef MTLS_NET_HISTORY_H
#define MTLS_NET_HISTORY_H

#include <stdbool.h>

struct history {
	bool associated;
	bool failed; /* since the last association */
};

/* Record that an association was opened; that an attempt failed and is tried again. NULL: no history is
 * kept. */
void history_note_association(struct history *history);
void history_note_failure(struct history *history);

/* Was an association opened before? Did the attempt before this one fail? */
bool history_associated(struct history *history);
bool history_failed(struct history *history);

#endif
