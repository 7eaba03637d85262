/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time commands as whole processes, in turn (A B A B ...), so that a machine
 * whose speed drifts treats them alike. The kernel's own accounting of each
 * finished process is what counts (wait4).
 *
 *     stopwatch RUNS NAME COMMAND... [-- NAME COMMAND...]...
 *
 * Prints a row per command: medians and minima of wall and CPU time, the
 * largest resident set, and the ratio of median wall times to the first
 * command's. One run of each beforehand is not counted. A command that fails
 * ends it all: a failure's time is no result.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTENDERS_MAX 8
#define RUNS_MAX 1000

extern char **environ;

struct contender {
	const char *name;
	char **argv;
	double wall[RUNS_MAX], cpu[RUNS_MAX]; /* ms */
	long rss;			      /* kB, largest */
};

static double
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static double
ms_of(struct timeval tv)
{
	return (double)tv.tv_sec * 1e3 + (double)tv.tv_usec / 1e3;
}

/* Run once, output thrown away. Ends the program if the command fails. */
static void
run(struct contender *contender, size_t n, int counted)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	double start;
	pid_t pid;
	int status, failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	start = now_ms();
	failed = posix_spawnp(&pid, contender->argv[0], &actions, NULL, contender->argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		fprintf(stderr, "stopwatch: cannot run %s: %s\n", contender->argv[0], strerror(failed));
		exit(1);
	}
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			exit(1);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "stopwatch: %s failed (wait status 0x%x)\n", contender->name, (unsigned)status);
		exit(1);
	}
	if (!counted)
		return;
	contender->wall[n] = now_ms() - start;
	contender->cpu[n] = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
	if (usage.ru_maxrss > contender->rss)
		contender->rss = usage.ru_maxrss;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void
print_table(struct contender *contenders, size_t count, size_t runs)
{
	double first = 0;

	printf("%-34s %10s %10s %10s %10s %9s %7s\n", "", "wall ms", "min", "cpu ms", "min", "peak kB", "ratio");
	for (size_t i = 0; i < count; i++) {
		struct contender *c = &contenders[i];
		double wall = median(c->wall, runs);
		double cpu = median(c->cpu, runs);

		if (i == 0)
			first = wall;
		printf("%-34s %10.1f %10.1f %10.1f %10.1f %9ld %7.2f\n", c->name, wall, c->wall[0], cpu, c->cpu[0],
			c->rss, wall / first);
	}
}

/* Cut argv at each "--" into contenders. Returns how many, 0 if malformed. */
static size_t
parse(char **argv, struct contender *contenders)
{
	size_t count = 0;

	while (*argv && count < CONTENDERS_MAX) {
		contenders[count].name = argv[0];
		contenders[count].argv = argv + 1;
		if (!argv[1])
			return 0;
		count++;
		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
	return *argv ? 0 : count;
}

int
main(int argc, char **argv)
{
	static struct contender contenders[CONTENDERS_MAX];
	long runs = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
	size_t count = runs > 0 && runs <= RUNS_MAX ? parse(argv + 2, contenders) : 0;

	if (count == 0) {
		fprintf(stderr, "usage: stopwatch RUNS NAME COMMAND... [-- NAME COMMAND...]...\n");
		return 2;
	}
	for (long n = -1; n < runs; n++)
		for (size_t i = 0; i < count; i++)
			run(&contenders[i], (size_t)n, n >= 0);
	print_table(contenders, count, (size_t)runs);
	return 0;
}
