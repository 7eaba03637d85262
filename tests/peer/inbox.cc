/* SPDX-License-Identifier: BSD-3-Clause */
#include "inbox.h"
#include "event_log.h"

#include <cerrno>
#include <cstring>
#include <utility>

void
Inbox::open(const std::string &dir, std::string name, unsigned long serial)
{
	for (char &c : name)
		if (c == '/')
			c = '_';
	path_ = dir + "/" + (name.empty() ? "nameless" : name);
	part_ = path_ + "." + std::to_string(serial) + ".part";
	file_ = std::fopen(part_.c_str(), "wbe");
	if (!file_)
		die("cannot write %s: %s", part_.c_str(), std::strerror(errno));
}

void
Inbox::put(const void *bytes, size_t size)
{
	if (file_ && std::fwrite(bytes, 1, size, file_) != size)
		die("cannot write %s: %s", part_.c_str(), std::strerror(errno));
}

bool
Inbox::keep()
{
	FILE *file = std::exchange(file_, nullptr);

	if (!file)
		return false;
	if (std::fclose(file) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0)
		die("cannot keep %s: %s", path_.c_str(), std::strerror(errno));
	return true;
}

void
Inbox::drop()
{
	if (FILE *file = std::exchange(file_, nullptr)) {
		std::fclose(file);
		std::remove(part_.c_str());
	}
}
