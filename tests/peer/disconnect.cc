/* SPDX-License-Identifier: BSD-3-Clause */
#include "disconnect.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace {

constexpr int release_timeout = 5000; /* ms for a peer to leave that was told to */

} /* namespace */

void
let_go(int fd)
{
	struct pollfd readable = { fd, POLLIN, 0 };
	char sink[16384];

	while (poll(&readable, 1, release_timeout) > 0)
		if (recv(fd, sink, sizeof sink, 0) <= 0)
			break;
}

void
outlast(int fd)
{
	struct pollfd leaving = { fd, POLLRDHUP, 0 };

	while (poll(&leaving, 1, -1) < 0 && errno == EINTR)
		;
}
