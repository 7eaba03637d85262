/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_EVENT_LOG_H
#define PEER_EVENT_LOG_H

#include <cstdio>
#include <mutex>
#include <string>

/* "testscp: ..." on stderr, and the end of the process, with 1. */
[[noreturn]] [[gnu::format(printf, 1, 2)]] void die(const char *format, ...);

/* Events, a line each, for the test that watches: on stdout, and in --log. Any
 * thread may call. */
class EventLog {
    public:
	explicit EventLog(const std::string &path);
	~EventLog();
	EventLog(const EventLog &) = delete;
	EventLog &operator=(const EventLog &) = delete;

	[[gnu::format(printf, 2, 3)]] void say(const char *format, ...);

    private:
	std::mutex mutex_;
	FILE *file_ = nullptr;
};

#endif
