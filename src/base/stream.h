/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams to pipes, FIFOs and sockets whose readers may read nothing. Such a reader is waited for as long
 * as the run lasts; once a signal or --max-time has asked for the end of the run (base/watchdog.h), only
 * while it reads something within STREAM_TIMEOUT_MS, or a fifth of that after --max-time. After that every
 * write fails with STREAM_GIVEN_UP. A signal never makes a write incomplete.
 */
#ifndef MTLS_BASE_STREAM_H
#define MTLS_BASE_STREAM_H

#include <errno.h>
#include <stdio.h>

#define STREAM_TIMEOUT_MS 5000
#define STREAM_GIVEN_UP	   ETIMEDOUT /* errno: nobody read until the run had to end */

/* A stream that writes to fd and closes it when it is closed. NULL with errno. */
FILE *stream_open(int fd);

/* The same for the FIFO or device at path, which is opened for writing. For a FIFO it waits until there is
 * a reader, or the run is to end. NULL with errno. */
FILE *stream_open_path(const char *path);

/* A stream to use in place of a standard one: a new one on the same descriptor if that is a pipe or a
 * socket, otherwise, or if there is no memory, the standard stream itself. */
FILE *stream_guard(FILE *standard);

/* The errno with which writing to one of these streams has failed; 0: none, or it is another stream. */
int stream_error(FILE *file);

/* Like strerror(3), with a text for STREAM_GIVEN_UP. */
const char *stream_strerror(int error);

#endif
