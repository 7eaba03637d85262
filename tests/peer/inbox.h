/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_INBOX_H
#define PEER_INBOX_H

#include <cstddef>
#include <cstdio>
#include <string>

/* An object on its way to its file, which gets its name once it is whole. What
 * goes wrong with the file ends the process. */
class Inbox {
    public:
	Inbox() = default;
	~Inbox() { drop(); }
	Inbox(const Inbox &) = delete;
	Inbox &operator=(const Inbox &) = delete;

	/* The serial tells it from the same object on another association. */
	void open(const std::string &dir, std::string name, unsigned long serial);
	void put(const void *bytes, size_t size);
	/* False if there is nothing to keep. */
	bool keep();
	void drop();

    private:
	FILE *file_ = nullptr;
	std::string path_, part_;
};

#endif
