/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What DCMTK only logs when it mends or drops something while reading a file.
 * We need to know, because data is never changed in silence.
 */
#ifndef MTLS_DCMTK_WARNINGS_H
#define MTLS_DCMTK_WARNINGS_H

#include <stddef.h>

/* Take over DCMTK's log: warnings reach the catchers only; with `chatter`
 * everything is written to stderr besides (-d). Once, on the main thread. */
void warnings_init(bool chatter);

/* Keeps the warnings that DCMTK gives on this thread while it lives, a line each. */
class WarningCatcher {
    public:
	WarningCatcher();
	~WarningCatcher();
	WarningCatcher(const WarningCatcher &) = delete;
	WarningCatcher &operator=(const WarningCatcher &) = delete;

	void add(const char *message);
	const char *text() const { return text_; }

    private:
	char text_[4096];
	size_t used_ = 0;
};

#endif
