/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

#include "decode/protocol.h"

/* What decoders and the C library below them call: memory, a lock, the time, the end. */
static const int calls[] = {
	SCMP_SYS(recvfrom), SCMP_SYS(sendto),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(getrandom), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
	/* abort(), which is to be seen as such, and its last words to /dev/null */
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(writev),
};

/* Allowed without PROT_EXEC, their third argument. */
static const int mapping_calls[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };

static int
set_limits(struct err *err)
{
	const struct {
		__rlimit_resource_t resource;
		rlim_t most;
	} limits[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_NOFILE, DECODE_MEMORY_FD + 1 },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		const struct rlimit limit = { limits[i].most, limits[i].most };

		if (setrlimit(limits[i].resource, &limit) < 0)
			return err_set(err, ERR_INTERNAL, "a limit cannot be set: %s", strerror(errno));
	}
	return 0;
}

/* No file can be opened, made or removed. Without Landlock in the kernel the filter does it alone. */
static void
forbid_files(void)
{
#ifdef SYS_landlock_create_ruleset
	/* Rights that each version of it knows (landlock(7)), bits from 0 on. */
	static const unsigned rights[] = { 13, 14, 15, 15, 16 };
	const unsigned versions = sizeof rights / sizeof *rights;
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* its version */);
	uint64_t handled;
	long ruleset;

	if (version < 1)
		return;
	handled = (UINT64_C(1) << rights[version < versions ? version - 1 : versions - 1]) - 1;
	ruleset = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
	if (ruleset < 0)
		return;
	syscall(SYS_landlock_restrict_self, ruleset, 0);
	close((int)ruleset);
#endif
}

static int
fill_filter(scmp_filter_ctx filter)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof calls / sizeof *calls; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	for (size_t i = 0; rc == 0 && i < sizeof mapping_calls / sizeof *mapping_calls; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, mapping_calls[i], 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 2,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0), SCMP_A2(SCMP_CMP_EQ, SIGABRT, 0));
	return rc == 0 ? seccomp_load(filter) : rc;
}

static int
filter_calls(struct err *err)
{
	scmp_filter_ctx filter;
	int rc;

	/* A kernel that was built without it. */
	if (prctl(PR_GET_SECCOMP) < 0 && errno == EINVAL)
		return 0;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	rc = filter ? fill_filter(filter) : -ENOMEM;
	seccomp_release(filter);
	if (rc != 0)
		return err_set(err, ERR_INTERNAL, "the seccomp filter cannot be set: %s", strerror(-rc));
	return 0;
}

int
sandbox_enter(struct err *err)
{
	/* With the thread that started it, whatever it is at. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_set(err, ERR_INTERNAL, "prctl: %s", strerror(errno));
#ifdef DECODE_SANITIZED
	(void)set_limits;
	(void)forbid_files;
	(void)filter_calls;
	return 0;
#else
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return err_set(err, ERR_INTERNAL, "prctl: %s", strerror(errno));
	forbid_files();
	if (set_limits(err) < 0)
		return -1;
	return filter_calls(err);
#endif
}
