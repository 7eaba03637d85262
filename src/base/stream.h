/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams to pipes, FIFOs and sockets whose readers may take nothing: such a
 * reader is waited for as long as the run lasts, and once a signal or --max-time
 * has asked for its end (base/watchdog.h) only while it takes something within
 * STREAM_TIMEOUT_MS, a fifth of that after --max-time. After that all writing
 * fails, with STREAM_GIVEN_UP. No signal makes a write incomplete.
 */
#ifndef MTLS_BASE_STREAM_H
#define MTLS_BASE_STREAM_H

#include <errno.h>
#include <stdio.h>

#define STREAM_TIMEOUT_MS 5000
#define STREAM_GIVEN_UP	   ETIMEDOUT /* errno: nobody read until the run had to end */

/* A stream that writes to fd, which closing it closes. NULL with errno. */
FILE *stream_open(int fd);

/* The same of the FIFO or device at path, which is opened for writing; a FIFO once it has
 * a reader, for which it waits until the run is to end. NULL with errno. */
FILE *stream_open_path(const char *path);

/* A stream to use in place of a standard one: of the same descriptor if that is a
 * pipe or a socket, itself if it is anything else or there is no memory. */
FILE *stream_guard(FILE *standard);

/* The errno that writing to one of these streams has failed with; 0: none, or it is another stream. */
int stream_error(FILE *stream);

/* As strerror(3), with words of its own for STREAM_GIVEN_UP. */
const char *stream_strerror(int error);

#endif
