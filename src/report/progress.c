/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

#define SECOND	    ((int64_t)1000000) /* us */
#define BAR_FROM    SECOND
#define BAR_EVERY   (SECOND / 10)
#define LINES_EVERY (10 * SECOND)
#define WINDOW	    (5 * SECOND) /* rates are those of the last one or two of these */
#define BAR_COLUMNS 20
#define LINE_ROOM   200
#define WIDTH	    80 /* where the terminal does not say */

static enum progress_shape
choose_shape(FILE *to)
{
	const char *term = getenv("TERM");

	if (!isatty(fileno(to)) || !term || strcmp(term, "dumb") == 0)
		return PROGRESS_LINES;
	return PROGRESS_BAR;
}

void
progress_init(struct progress *progress, FILE *to, bool wanted)
{
	enum progress_shape shape = wanted ? choose_shape(to) : PROGRESS_NONE;

	*progress = (struct progress){ .to = to, .shape = shape,
		.due_us = shape == PROGRESS_BAR ? BAR_FROM : LINES_EVERY };
}

/* How it goes now, not how it went on average: a journal finishes many at once, links slow down. */
struct speed {
	double finished, bytes; /* per second */
};

static struct speed
measure_speed(struct progress *progress, const struct report_progress *event)
{
	const struct progress_mark now = { event->finished, event->bytes, event->us };
	const struct progress_mark *from = &progress->older;
	double seconds;

	if (now.us - progress->newer.us >= WINDOW) {
		progress->older = progress->newer;
		progress->newer = now;
	}
	seconds = (double)(now.us - from->us) / SECOND;
	return (struct speed){ .finished = (double)(now.finished - from->finished) / seconds,
		.bytes = (double)(now.bytes - from->bytes) / seconds };
}

/* ", walking", ", 2:05 left", ", 1:00:00 left"; nothing while there is no progress. */
static void
format_rest(char *out, size_t size, const struct report_progress *event, const struct speed *speed)
{
	unsigned long left;

	out[0] = '\0';
	if (event->walking)
		text_format(out, size, ", walking");
	if (event->walking || speed->finished <= 0)
		return;
	left = (unsigned long)((double)(event->found - event->finished) / speed->finished + 0.5);
	if (left < 3600)
		text_format(out, size, ", %lu:%02lu left", left / 60, left % 60);
	else
		text_format(out, size, ", %lu:%02lu:%02lu left", left / 3600, left / 60 % 60, left % 60);
}

/* "300 MB, 25.0 MB/s, 2:05 left" */
static void
format_rate(char *out, size_t size, const struct report_progress *event, const struct speed *speed)
{
	char rest[64];

	format_rest(rest, sizeof rest, event, speed);
	text_format(out, size, "%s, %s/s%s", TEXT_BYTES(event->bytes),
		TEXT_BYTES((uint64_t)speed->bytes), rest);
}

/* Asked each time, since windows are resized. One column less than there are, so that the line does not
 * wrap. */
static int
columns(FILE *to)
{
	struct winsize size;

	if (ioctl(fileno(to), TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH - 1;
	return size.ws_col - 1;
}

/* "[########            ] 1200/5000, 300 MB, 25.0 MB/s, 2:05 left" */
static void
draw_bar(struct progress *progress, const struct report_progress *event, const char *rate)
{
	static const char full[] = "####################";
	double part = event->found > 0 ? (double)event->finished / (double)event->found : 0;
	char line[2 * LINE_ROOM];

	text_format(line, sizeof line, "[%-*.*s] %zu/%zu, %s", BAR_COLUMNS, (int)(part * BAR_COLUMNS), full,
		event->finished, event->found, rate);
	fprintf(progress->to, "\r%.*s\033[K", columns(progress->to), line);
	fflush(progress->to);
	progress->drawn = true;
}

static void
print_line(struct progress *progress, const struct report_progress *event, const char *rate)
{
	fprintf(progress->to, "%zu of %zu done, %s\n", event->finished, event->found, rate);
	fflush(progress->to);
}

/* Does another process group have the terminal? Drawing from the background would disturb it, and may stop
 * us (SIGTTOU). */
static bool
in_background(FILE *to)
{
	pid_t foreground = tcgetpgrp(fileno(to));

	return foreground > 0 && foreground != getpgrp();
}

void
progress_show(struct progress *progress, const struct report_progress *event)
{
	bool bar = progress->shape == PROGRESS_BAR;
	char rate[LINE_ROOM];
	struct speed speed;

	if (progress->shape == PROGRESS_NONE || event->us < progress->due_us)
		return;
	if (bar && in_background(progress->to)) {
		progress->due_us = event->us + BAR_EVERY;
		progress->drawn = false;
		return;
	}
	speed = measure_speed(progress, event);
	format_rate(rate, sizeof rate, event, &speed);
	(bar ? draw_bar : print_line)(progress, event, rate);
	progress->due_us = event->us + (bar ? BAR_EVERY : LINES_EVERY);
}

void
progress_erase(struct progress *progress)
{
	if (!progress->drawn)
		return;
	fputs("\r\033[K", progress->to);
	fflush(progress->to);
	progress->drawn = false;
}
