/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What DCMTK only logs when it repairs or drops something while reading a file.
 * We need to know, because data is never changed in silence.
 * There is no other way to learn of it; the words looked for are those of every
 * DCMTK from 3.6.7 to 3.7.0, and tests/e2e/transfer.sh fails where they change.
 */
#ifndef MTLS_DCMTK_WARNINGS_H
#define MTLS_DCMTK_WARNINGS_H

/* Take over DCMTK's log: warnings reach the catchers only; with `verbose` all of
 * it is written to stderr besides (-d), harmless. Once, on the main thread. */
void warnings_init(bool show_all);

/* Keeps the first warning that contains `words` and that DCMTK gives on this thread while it exists, except
 * those that contain one of the `harmless` texts (up to a NULL). */
class WarningCatcher {
    public:
	explicit WarningCatcher(const char *words, const char *const *harmless = nullptr);
	~WarningCatcher();
	WarningCatcher(const WarningCatcher &) = delete;
	WarningCatcher &operator=(const WarningCatcher &) = delete;

	void take(const char *message);

	/* "" if there was none. */
	const char *text() const { return text_; }
	unsigned count() const { return count_; }

    private:
	bool is_harmless(const char *message) const;

	const char *words_;
	const char *const *harmless_;
	WarningCatcher *outer_; /* gets it, too */
	unsigned count_ = 0;
	char text_[512] = "";
};

#endif
