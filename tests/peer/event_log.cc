/* SPDX-License-Identifier: BSD-3-Clause */
#include "event_log.h"

#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>

void
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	std::fputs("testscp: ", stderr);
	std::vfprintf(stderr, format, args);
	std::fputc('\n', stderr);
	va_end(args);
	std::_Exit(1); /* other threads are still at it */
}

EventLog::EventLog(const std::string &path)
{
	if (!path.empty() && !(file_ = std::fopen(path.c_str(), "ae")))
		die("cannot open %s: %s", path.c_str(), std::strerror(errno));
}

EventLog::~EventLog()
{
	if (file_)
		std::fclose(file_);
}

void
EventLog::say(const char *format, ...)
{
	std::lock_guard<std::mutex> lock(mutex_);
	va_list args;

	for (FILE *to : { stdout, file_ }) {
		if (!to)
			continue;
		va_start(args, format);
		std::vfprintf(to, format, args);
		va_end(args);
		std::fputc('\n', to);
		std::fflush(to);
	}
}
