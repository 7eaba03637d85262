/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_DIARY_H
#define PEER_DIARY_H

#include <cstdio>
#include <mutex>
#include <string>

/* "testscp: ..." on stderr, and the end of the process, with 1. */
[[noreturn]] [[gnu::format(printf, 1, 2)]] void die(const char *format, ...);

/* Events, a line each, for the test that watches: on stdout, and in --log. Any
 * thread may call. */
class Diary {
    public:
	explicit Diary(const std::string &path);
	~Diary();
	Diary(const Diary &) = delete;
	Diary &operator=(const Diary &) = delete;

	[[gnu::format(printf, 2, 3)]] void say(const char *format, ...);

    private:
	std::mutex mutex_;
	FILE *file_ = nullptr;
};

#endif
