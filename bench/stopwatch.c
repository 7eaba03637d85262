/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time commands as whole processes, in turn, there and back (A B C C B A ...),
 * so that a machine whose speed drifts treats them alike, and what one leaves
 * the server to tidy up does not always fall on the same next one. The kernel's
 * own accounting of each finished process is what counts (wait4).
 *
 *     stopwatch [-o FILE] [-b COMMAND] [-l RUNS] RUNS
 *         NAME [per=N] [VARIABLE=VALUE]... COMMAND...
 *         [-- NAME [per=N] [VARIABLE=VALUE]... COMMAND...]...
 *
 * Prints a row per command: medians and minima of wall and CPU time, the
 * largest resident set, how its wall time stands to the first command's, by
 * medians and by minima, and the same of its CPU time by medians; with per=N,
 * the median wall time of one of N objects. -o writes the same as a JSON array.
 * One run of each beforehand is not counted, but where one takes over 30 s,
 * -l's number of runs (3) is enough. -b is run by the shell before each run,
 * untimed. A command that fails ends it all: a failure's time is no result.
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

#define CONTENDERS_MAX 12
#define RUNS_MAX       1000
#define LONG_MS	       30e3

extern char **environ;

struct contender {
	const char *name;
	char **argv;
	char **environment;
	unsigned long objects; /* 0: not said */
	double wall[RUNS_MAX], cpu[RUNS_MAX]; /* ms */
	double wall_median, cpu_median;
	long rss;			      /* kB, largest */
};

struct plan {
	const char *json, *before;
	long runs, long_runs; /* how often what is short, and what is long */
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

/* Start it, standard output thrown away, standard error kept in case it fails. */
static pid_t
start(const struct contender *contender, FILE *words)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int failed;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(words), STDERR_FILENO);
	failed = posix_spawnp(&pid, contender->argv[0], &actions, NULL, contender->argv, contender->environment);
	posix_spawn_file_actions_destroy(&actions);
	if (failed) {
		fprintf(stderr, "stopwatch: cannot run %s: %s\n", contender->argv[0], strerror(failed));
		exit(1);
	}
	return pid;
}

static void __attribute__((noreturn))
give_up(const struct contender *contender, int status, FILE *words)
{
	int c;

	rewind(words);
	while ((c = getc(words)) != EOF)
		putc(c, stderr);
	fprintf(stderr, "stopwatch: %s failed (wait status 0x%x)\n", contender->name, (unsigned)status);
	exit(1);
}

static void
prepare(const char *command)
{
	if (command && system(command) != 0) {
		fprintf(stderr, "stopwatch: this failed: %s\n", command);
		exit(1);
	}
}

/* Run once. Ends the program if the command fails. Returns ms. */
static double
run(struct contender *contender, const char *before, long n)
{
	FILE *words = tmpfile();
	struct rusage usage;
	double wall, started;
	pid_t pid;
	int status;

	if (!words) {
		perror("stopwatch: tmpfile");
		exit(1);
	}
	prepare(before);
	started = now_ms();
	pid = start(contender, words);
	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR) {
			perror("stopwatch: wait4");
			exit(1);
		}
	wall = now_ms() - started;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		give_up(contender, status, words);
	fclose(words);
	if (n < 0)
		return wall;
	contender->wall[n] = wall;
	contender->cpu[n] = ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
	if (usage.ru_maxrss > contender->rss)
		contender->rss = usage.ru_maxrss;
	return wall;
}

/* The run before the first, -1, only warms up. Returns how many there were. */
static size_t
run_all(struct contender *contenders, size_t count, const struct plan *plan)
{
	long runs = plan->runs;

	for (long n = -1; n < runs; n++)
		for (size_t i = 0; i < count; i++) {
			double wall = run(&contenders[n % 2 == 0 ? i : count - 1 - i], plan->before, n);

			if (n < 0 && wall > LONG_MS && runs > plan->long_runs)
				runs = plan->long_runs;
		}
	return (size_t)runs;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts the values. */
static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof *values, ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static void
evaluate(struct contender *contenders, size_t count, size_t runs)
{
	for (size_t i = 0; i < count; i++) {
		contenders[i].wall_median = median(contenders[i].wall, runs);
		contenders[i].cpu_median = median(contenders[i].cpu, runs);
	}
}

static void
print_table(const struct contender *contenders, size_t count)
{
	const struct contender *first = contenders;

	printf("%-38s %9s %9s %9s %9s %8s %6s %6s %6s\n", "", "wall ms", "min", "cpu ms", "min", "peak kB",
		"wall", "min", "cpu");
	for (size_t i = 0; i < count; i++) {
		const struct contender *c = &contenders[i];

		printf("%-38s %9.1f %9.1f %9.1f %9.1f %8ld %6.2f %6.2f %6.2f", c->name, c->wall_median, c->wall[0],
			c->cpu_median, c->cpu[0], c->rss, c->wall_median / first->wall_median,
			c->wall[0] / first->wall[0], c->cpu_median / first->cpu_median);
		if (c->objects > 0)
			printf(" %8.1f us each", c->wall_median * 1e3 / (double)c->objects);
		putchar('\n');
	}
}

static void
write_times(FILE *file, const char *key, double middle, const double *sorted, size_t runs)
{
	fprintf(file, "   \"%s\": {\"median\": %.2f, \"min\": %.2f, \"max\": %.2f},\n", key, middle, sorted[0],
		sorted[runs - 1]);
}

static int
write_json(const char *path, const struct contender *contenders, size_t count, size_t runs)
{
	FILE *file = fopen(path, "w");
	int failed;

	if (!file)
		return -1;
	fprintf(file, "[\n");
	for (size_t i = 0; i < count; i++) {
		const struct contender *c = &contenders[i];

		fprintf(file, "  {\"name\": \"%s\", \"runs\": %zu,\n", c->name, runs);
		write_times(file, "wall_ms", c->wall_median, c->wall, runs);
		write_times(file, "cpu_ms", c->cpu_median, c->cpu, runs);
		if (c->objects > 0)
			fprintf(file, "   \"objects\": %lu,\n", c->objects);
		fprintf(file, "   \"peak_kb\": %ld}%s\n", c->rss, i + 1 < count ? "," : "");
	}
	fprintf(file, "]\n");
	failed = ferror(file);
	return fclose(file) == 0 && !failed ? 0 : -1;
}

/* Ours, but for the variables set by the first count words; NULL without memory. */
static char **
environment_with(char **words, size_t count)
{
	size_t n = 0;
	char **result;

	if (count == 0)
		return environ;
	while (environ[n])
		n++;
	result = calloc(count + n + 1, sizeof *result);
	if (!result)
		return NULL;
	/* Before the others: the first of a name is what getenv finds. */
	memcpy(result, words, count * sizeof *result);
	memcpy(result + count, environ, n * sizeof *result);
	return result;
}

/* NAME [per=N] [VARIABLE=VALUE]... COMMAND... */
static int
parse_one(char **argv, struct contender *contender)
{
	size_t variables = 0;

	if (!argv[0] || strpbrk(argv[0], "\"\\"))
		return -1;
	contender->name = *argv++;
	if (argv[0] && strncmp(argv[0], "per=", 4) == 0)
		contender->objects = strtoul(*argv++ + 4, NULL, 10);
	while (argv[variables] && strchr(argv[variables], '='))
		variables++;
	contender->argv = argv + variables;
	contender->environment = environment_with(argv, variables);
	return contender->argv[0] && contender->environment ? 0 : -1;
}

/* Cut argv at each "--" into contenders. Returns how many, 0 if malformed. */
static size_t
parse(char **argv, struct contender *contenders)
{
	size_t count = 0;

	while (*argv && count < CONTENDERS_MAX) {
		char **first = argv;

		while (*argv && strcmp(*argv, "--") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
		if (parse_one(first, &contenders[count++]) != 0)
			return 0;
	}
	return *argv ? 0 : count;
}

/* The options, and the number of runs. Returns how many words they are; 0 if malformed. */
static int
parse_plan(int argc, char **argv, struct plan *plan)
{
	int option;

	while ((option = getopt(argc, argv, "+o:b:l:")) != -1)
		switch (option) {
		case 'o':
			plan->json = optarg;
			break;
		case 'b':
			plan->before = optarg;
			break;
		case 'l':
			plan->long_runs = strtol(optarg, NULL, 10);
			break;
		default:
			return 0;
		}
	plan->runs = optind < argc ? strtol(argv[optind], NULL, 10) : 0;
	return plan->runs > 0 && plan->runs <= RUNS_MAX && plan->long_runs > 0 ? optind + 1 : 0;
}

int
main(int argc, char **argv)
{
	static struct contender contenders[CONTENDERS_MAX];
	struct plan plan = { .long_runs = 3 };
	int words = parse_plan(argc, argv, &plan);
	size_t count = words > 0 ? parse(argv + words, contenders) : 0;
	size_t runs;

	if (count == 0) {
		fprintf(stderr, "usage: stopwatch [-o FILE] [-b COMMAND] [-l RUNS] RUNS\n"
			"           NAME [per=N] [VARIABLE=VALUE]... COMMAND...\n"
			"           [-- NAME [per=N] [VARIABLE=VALUE]... COMMAND...]...\n");
		return 2;
	}
	runs = run_all(contenders, count, &plan);
	evaluate(contenders, count, runs);
	print_table(contenders, count);
	if (plan.json && write_json(plan.json, contenders, count, runs) != 0) {
		fprintf(stderr, "stopwatch: cannot write %s: %s\n", plan.json, strerror(errno));
		return 1;
	}
	return 0;
}
