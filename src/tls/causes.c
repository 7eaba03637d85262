/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls/causes.h"

/* Add the next likely cause, if what was observed allows it and it is not there yet. */
static void
add(struct close_verdict *verdict, enum cause cause, bool possible)
{
	for (size_t i = 0; i < verdict->count; i++)
		possible &= verdict->causes[i] != cause;
	if (possible)
		verdict->causes[verdict->count++] = cause;
}

/* Before its ServerHello. A receiver that spoke TLS earlier in this run still does. */
static void
before_hello(const struct close_evidence *e, struct close_verdict *verdict)
{
	verdict->kind = ERR_NOT_TLS;
	add(verdict, CAUSE_RESTART, e->associated);
	add(verdict, CAUSE_NOT_RUNNING, e->failed);
	add(verdict, CAUSE_PLAIN, !e->associated && !e->tls_port);
	add(verdict, CAUSE_NOT_RUNNING, true);
	add(verdict, e->named ? CAUSE_NAME : CAUSE_ADDRESS, !e->associated);
	add(verdict, CAUSE_BUSY, true);
	add(verdict, CAUSE_PLAIN, !e->associated);
	add(verdict, CAUSE_LARGE_HELLO, e->hello_large && !e->associated);
}

/* Between its ServerHello and its Finished. */
static void
in_handshake(const struct close_evidence *e, struct close_verdict *verdict)
{
	verdict->kind = e->answered ? ERR_CLIENT_REJECTED : ERR_TLS;
	add(verdict, CAUSE_RESTART, e->associated);
	add(verdict, e->shown ? CAUSE_REFUSED : CAUSE_WANTED, e->answered);
	add(verdict, CAUSE_FAULT, !e->answered);
	add(verdict, CAUSE_NOT_RUNNING, !e->associated);
}

/*
 * After its Finished. In TLS 1.3 that comes before it has seen our certificate
 * (RFC 8446 2), and a ticket says only that its library has finished. In 1.2
 * some check the certificate after the handshake too. One that let us in
 * earlier in this run has nothing against us.
 */
static void
after_handshake(const struct close_evidence *e, struct close_verdict *verdict)
{
	bool judging = e->tls13 && e->asked;

	verdict->kind = judging && !e->associated && !e->failed ? ERR_CLIENT_REJECTED : ERR_ABORTED;
	add(verdict, CAUSE_RESTART, e->associated);
	add(verdict, CAUSE_BUSY, e->associated);
	if (e->associated)
		return;
	add(verdict, CAUSE_WANTED, e->asked && !e->shown);
	add(verdict, CAUSE_NOT_RUNNING, e->failed);
	add(verdict, CAUSE_REFUSED, judging && e->shown && !e->ticket && !e->slow);
	add(verdict, CAUSE_AE_TITLE, e->requested && e->slow);
	add(verdict, CAUSE_NOT_RUNNING, true);
	add(verdict, CAUSE_AE_TITLE, e->requested);
	add(verdict, CAUSE_REFUSED, e->asked && e->shown);
}

void
causes_of_close(const struct close_evidence *e, struct close_verdict *verdict)
{
	verdict->count = 0;
	if (e->renegotiation) {
		verdict->kind = ERR_TLS;
		add(verdict, CAUSE_RENEGOTIATION, true);
	} else if (e->data) {
		verdict->kind = ERR_ABORTED;
		add(verdict, CAUSE_RESTART, true);
	} else if (!e->server_hello) {
		before_hello(e, verdict);
	} else if (!e->done) {
		in_handshake(e, verdict);
	} else {
		after_handshake(e, verdict);
	}
}
