/* SPDX-License-Identifier: BSD-3-Clause */
/* A helper program that misbehaves as the frame says; see tests/component/test_decode.c for the words. */
#include "decode/frame.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "decode/protocol.h"

/* What it was started with: its descriptors, and the number of environment variables. */
static char started[256];

void
frame_prepare(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	unsigned words = 0;

	while (dir && (entry = readdir(dir)) != NULL) {
		size_t used = strlen(started);

		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
			text_format(started + used, sizeof started - used, "%s ", entry->d_name);
	}
	if (dir)
		closedir(dir);
	while (environ && environ[words])
		words++;
	text_format(started + strlen(started), sizeof started - strlen(started), "environment %u", words);
	/* So that not only the number of descriptors keeps it from opening a file. */
	close(STDIN_FILENO);
}

static volatile unsigned char *nowhere;

/* A false answer before the true one. */
static void
answer(const struct decode_reply *reply, size_t size)
{
	send(DECODE_FD, reply, size, MSG_NOSIGNAL);
}

static void
lie(const char *how, const struct decoder_image *image)
{
	struct decode_reply reply = { .after = *image };

	if (strcmp(how, "slot") == 0)
		reply.slot = 1;
	else if (strcmp(how, "flag") == 0)
		reply.result = 7;
	else if (strcmp(how, "rows") == 0)
		reply.after.rows++;
	else if (strcmp(how, "allocated") == 0)
		reply.after.allocated *= 2;
	else if (strcmp(how, "stored") == 0)
		reply.after.stored = 17;
	else if (strcmp(how, "planar") == 0)
		reply.after.planar = 7;
	else if (strcmp(how, "word") == 0)
		text_format(reply.after.photometric, sizeof reply.after.photometric, "RGB2");
	else if (strcmp(how, "long word") == 0)
		memset(reply.after.photometric, 'R', sizeof reply.after.photometric);
	else if (strcmp(how, "no text") == 0)
		reply.result = DECODE_FAILED;
	else if (strcmp(how, "long text") == 0)
		memset(reply.text, 'x', sizeof reply.text), reply.result = DECODE_FAILED;
	answer(&reply, strcmp(how, "short") == 0 ? sizeof reply - 1 : sizeof reply);
}

static void
take_memory(void)
{
	for (;;) {
		void *block = malloc(1 << 20);

		if (!block)
			abort();
		memset(block, 1, 1 << 20);
	}
}

static void
wait_a_little(void)
{
	struct timespec now, begin;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 200);
}

/* What the sandbox must forbid. */
static long
trespass(const char *how)
{
	char *none[] = { NULL };
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (strcmp(how, "open") == 0)
		return open("/dev/null", O_RDONLY);
	if (strcmp(how, "create") == 0)
		return open("/tmp/mtls-storescu-decode-test", O_CREAT | O_EXCL | O_WRONLY, 0600);
	if (strcmp(how, "socket") == 0)
		return socket(AF_INET, SOCK_STREAM, 0);
	if (strcmp(how, "execve") == 0)
		return execve("/bin/true", none, none);
	if (strcmp(how, "fork") == 0)
		return fork();
	if (strcmp(how, "kill") == 0)
		return kill(getppid(), SIGTERM);
	if (strcmp(how, "ptrace") == 0)
		return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
	if (strcmp(how, "limit") == 0)
		return setrlimit(RLIMIT_DATA, &limit);
	return mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

int
frame_decode(const struct frame *frame, struct decoder_image *after, struct err *err)
{
	char word[32];

	text_harmless(word, sizeof word, frame->bytes, frame->size);
	memset(frame->pixels, 0x5a, frame->pixels_size);
	if (strcmp(word, "slow") == 0) /* it must not sleep */
		wait_a_little();
	if (strcmp(word, "good") == 0 || strcmp(word, "slow") == 0)
		return 0;
	if (strcmp(word, "damaged") == 0)
		return err_set(err, ERR_NO_INPUT, "\033[31mred");
	if (strcmp(word, "started") == 0)
		return err_set(err, ERR_NO_INPUT, "%s", started);
	if (strcmp(word, "no memory") == 0)
		return err_nomem(err);
	if (strcmp(word, "crash") == 0)
		frame->pixels[0] = *nowhere;
	if (strcmp(word, "abort") == 0)
		abort();
	if (strcmp(word, "exit") == 0)
		_exit(0);
	if (strcmp(word, "memory") == 0)
		take_memory();
	while (strcmp(word, "hang") == 0)
		;
	if (strncmp(word, "lie ", 4) == 0) {
		lie(word + 4, after);
		return 0;
	}
	if (trespass(word) < 0)
		return err_set(err, ERR_NO_INPUT, "%s: %s", word, strerror(errno));
	return err_set(err, ERR_NO_INPUT, "%s: was possible", word);
}
