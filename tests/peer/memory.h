/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_MEMORY_H
#define PEER_MEMORY_H

#include <map>
#include <mutex>
#include <string>

/* What the test receiver has seen of an instance, the present time included. */
struct Sighting {
	unsigned long object = 0; /* the n-th object of the run */
	unsigned long distinct = 0; /* of the n-th distinct SOP instance */
	unsigned long times = 0; /* for the n-th time */
	bool stored = false; /* before */
};

/* The objects of the run by SOP Instance UID. Any thread may call. */
class Memory {
    public:
	Sighting meet(const std::string &sop_instance);
	void stored(const std::string &sop_instance);

    private:
	std::mutex mutex_;
	unsigned long objects_ = 0;
	std::map<std::string, Sighting> observed_;
};

#endif
