/* SPDX-License-Identifier: BSD-3-Clause */
/* A directory of its own for each test; home_make and home_remove are a case's checked fixture. */
#ifndef MTLS_TESTS_HOME_H
#define MTLS_TESTS_HOME_H

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char home[] = "/tmp/mtls-test-XXXXXX";

static inline void
home_make(void)
{
	strcpy(home + sizeof home - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
}

/* nftw(3) cannot go as deep as one of the tests does. */
static inline void
home_remove(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf -- '%s'", home);
	ck_assert_int_eq(system(command), 0);
}

/* The name's path in it, until the next call. */
static inline const char *
at(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", home, name);
	return path;
}

#endif
