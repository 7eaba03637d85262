/* SPDX-License-Identifier: BSD-3-Clause */
/* --check and --echo of several destinations, one after the other. A section that is wrong does not stop
 * the others. */
#include "cli/commands.h"

#include <stdlib.h>

#include "base/watchdog.h"
#include "cli/cmdline.h"

/* The state: the destinations' options, and the first failure. */
struct turns {
	const struct options *all;
	struct options *each; /* kept to the end: the final report refers to them */
	struct check_run *run; /* NULL with --echo */
	int64_t end_us;	      /* --max-time is for all of them; INT64_MAX without */
	enum err_kind first;
};

/* What is left of --max-time. */
static int
limit_time(const struct turns *turns, struct options *options, struct err *err)
{
	int64_t left_ms = (turns->end_us - clock_us()) / 1000;

	if (turns->end_us == INT64_MAX)
		return 0;
	if (left_ms <= 0) {
		err_set(err, ERR_TIMEOUT, "not tried: --max-time had ended the run");
		return err_hint(err, "Raise --max-time, or name fewer destinations.");
	}
	options->max_time = left_ms;
	cmdline_limit(options);
	return 0;
}

static enum err_kind
echo_one(struct setup *setup, struct options *options, struct err *err)
{
	if (err->kind == ERR_NONE)
		return cmd_echo(setup, options);
	err_wrap(err, "%s", options->to);
	setup->reporter.error(setup->reporter.self, err);
	return err->kind;
}

/* One destination's turn. */
static enum err_kind
take_turn(struct turns *turns, size_t n)
{
	struct options *options = &turns->each[n];
	const char *name = turns->all->destinations.items[n];
	struct setup setup;
	struct err err = ERR_INIT;
	enum err_kind kind;
	bool ready;

	watchdog_restart();
	ready = cmdline_destination(turns->all, name, options, &err) == 0 &&
		limit_time(turns, options, &err) == 0;
	options->to = name;
	options->verbosity = turns->all->verbosity;
	setup_reporter(&setup, options);
	if (ready && setup_init(&setup, options, &err) == 0)
		err.kind = ERR_NONE;
	if (turns->run)
		kind = check_run_one(turns->run, &setup, options, &err);
	else
		kind = echo_one(&setup, options, &err);
	setup_clear(&setup);
	return kind;
}

static void
take_turns(struct turns *turns)
{
	for (size_t i = 0; i < turns->all->destinations.count; i++) {
		enum err_kind kind = take_turn(turns, i);

		if (turns->first == ERR_NONE || interrupt_signal())
			turns->first = kind;
		if (interrupt_signal())
			return;
	}
}

/* 0, or -1: nothing could be begun. */
static int
turns_init(struct turns *turns, struct options *options, struct err *err)
{
	*turns = (struct turns){ .all = options, .end_us = INT64_MAX, .first = ERR_NONE };
	if (options->max_time != WAIT_FOREVER)
		turns->end_us = clock_us() + options->max_time * 1000;
	if (options_load_secrets(options, err) < 0)
		return -1;
	turns->each = calloc(options->destinations.count, sizeof *turns->each);
	if (!turns->each)
		return err_nomem(err);
	if (options->mode != MODE_CHECK)
		return 0;
	turns->run = check_run_new(options, true, err);
	return turns->run ? 0 : -1;
}

int
cmd_each(struct options *options)
{
	struct turns turns;
	struct setup setup;
	struct err err = ERR_INIT;
	int status;

	setup_reporter(&setup, options);
	if (turns_init(&turns, options, &err) < 0) {
		status = cmd_check_refuse(&setup, options, &err);
	} else {
		take_turns(&turns);
		status = turns.run ? check_run_end(turns.run, &setup.reporter, turns.first) :
			err_status(turns.first);
	}
	for (size_t i = 0; turns.each && i < options->destinations.count; i++)
		options_clear(&turns.each[i]);
	free(turns.each);
	return status;
}
