/* SPDX-License-Identifier: BSD-3-Clause */
/* A terminal to print on, and its far end, where a test reads what a person would see. */
#ifndef MTLS_TESTS_SOCKET_PEER_H
#define MTLS_TESTS_SOCKET_PEER_H

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* columns 0: it does not say how wide it is. */
static inline FILE *
terminal_open(int *far, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	*far = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(*far, 0);
	ck_assert_int_eq(grantpt(*far), 0);
	ck_assert_int_eq(unlockpt(*far), 0);
	ck_assert_int_eq(ioctl(*far, TIOCSWINSZ, &size), 0);
	return fdopen(open(ptsname(*far), O_RDWR | O_NOCTTY), "w");
}

/* Close both ends and return all that came, in buffer. */
static inline const char *
terminal_close(FILE *near, int far, char *buffer, size_t size)
{
	size_t used = 0;
	ssize_t n;

	fclose(near);
	while (used < size - 1 && (n = read(far, buffer + used, size - 1 - used)) > 0)
		used += (size_t)n;
	buffer[used] = '\0';
	close(far);
	return buffer;
}

#endif
