/* SPDX-License-Identifier: BSD-3-Clause */
/* Times in the format of RFC 3339, and a stream whose lines begin with one. */
#ifndef MTLS_REPORT_TIMESTAMP_H
#define MTLS_REPORT_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TIMESTAMP_SIZE 32 /* bytes, with its NUL */

/* The time now, RFC 3339 in UTC with milliseconds: "2026-11-23T12:21:00.123Z". Returns out. */
char *timestamp_now(char out[TIMESTAMP_SIZE]);

/* The given time (Unix), in seconds: "2026-11-23T12:21:00Z"; the number itself if it is out of range.
 * Returns out. */
char *timestamp_at(char out[TIMESTAMP_SIZE], int64_t seconds);

/* Does the stream's reader not know when a line was written? A person at a terminal does, and so does the
 * system's journal (JOURNAL_STREAM, systemd.exec(5)). */
bool timestamp_wanted(FILE *stream);

/* A line-buffered stream that writes its lines to `to`, each with the time in front.
 * Close it with fclose, before `to`. NULL: no memory. */
FILE *timestamp_open(FILE *to);

#endif
