/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames decoded by the helper program, and what happens if it misbehaves. */
static int timeout_ms = 30000;
#define DECODE_TIMEOUT_MS timeout_ms
#include "decode/decoder.c"

#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "check_main.h"

static const char *program = "tests/component/decode_bad";

int
decoder_locate(char *path, struct err *err)
{
	const char *top = getenv("TOP_BUILDDIR");

	(void)err;
	text_format(path, PATH_MAX, "%s/%s", top ? top : ".", program);
	return 0;
}

enum { SIZE = 2 * 2 * 2 };

static const struct decoder_image image = { .samples = 1, .rows = 2, .columns = 2, .allocated = 16,
	.stored = 12, .high_bit = 11, .planar = 0xffff, .photometric = "MONOCHROME2" };

static const char rle_syntax[] = "1.2.840.10008.1.2.5";

static struct decoder *
start(uint64_t memory_max)
{
	struct decoder *decoder = decoder_new(memory_max);

	ck_assert_ptr_nonnull(decoder);
	return decoder;
}

static void
submit(struct decoder *decoder, const char *word)
{
	struct err err = ERR_INIT;

	ck_assert_msg(decoder_submit(decoder, rle_syntax, &image, word, strlen(word), SIZE, &err) == 0, "%s",
		err.text);
}

static void
take_good(struct decoder *decoder)
{
	struct decoder_image after;
	unsigned char pixels[SIZE] = "";
	struct err err = ERR_INIT;

	ck_assert_msg(decoder_take(decoder, pixels, SIZE, &after, &err) == 0, "%s", err.text);
	ck_assert_int_eq(pixels[0], 0x5a);
	ck_assert_int_eq(pixels[SIZE - 1], 0x5a);
	ck_assert_mem_eq(&after, &image, sizeof image);
}

static void
take_bad(struct decoder *decoder, const char *word, const char *sentence)
{
	struct decoder_image after;
	unsigned char pixels[SIZE];
	struct err err = ERR_INIT;

	ck_assert_msg(decoder_take(decoder, pixels, SIZE, &after, &err) < 0, "%s", word);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, sentence) != NULL, "%s: %s", word, err.text);
}

static const char nonsense[] = "the decoder's answer is not valid";
static const char forbidden[] = "the decoder made a system call that it must not make, and was ended";

static const struct {
	const char *word, *sentence;
	bool sandbox; /* not under sanitizers */
} rows[] = {
	{ "damaged", "?[31mred", false },
	{ "started", "0 1 2 3 4 environment 0", false },
	{ "no memory", "out of memory", false },
	{ "crash", "the decoder crashed (SIGSEGV)", true },
	{ "exit", "the decoder ended unexpectedly", false },
	{ "abort", "the decoder crashed (SIGABRT)", true },
	{ "memory", "the decoder crashed (SIGABRT)", true },
	{ "lie short", nonsense, false },
	{ "lie slot", nonsense, false },
	{ "lie flag", nonsense, false },
	{ "lie rows", nonsense, false },
	{ "lie allocated", nonsense, false },
	{ "lie stored", nonsense, false },
	{ "lie planar", nonsense, false },
	{ "lie word", nonsense, false },
	{ "lie long word", nonsense, false },
	{ "lie no text", nonsense, false },
	{ "lie long text", nonsense, false },
	{ "open", forbidden, true },
	{ "create", forbidden, true },
	{ "socket", forbidden, true },
	{ "execve", forbidden, true },
	{ "fork", forbidden, true },
	{ "kill", forbidden, true },
	{ "ptrace", forbidden, true },
	{ "limit", forbidden, true },
	{ "mmap", forbidden, true },
};

/* One frame fails, with a message; the next is decoded by a new helper. */
START_TEST(failure)
{
	struct decoder *decoder;
	pid_t first;

	if (rows[_i].sandbox && CHECK_SANITIZED)
		return;
	decoder = start(1 << 20);
	submit(decoder, rows[_i].word);
	first = decoder->helpers[0].pid;
	take_bad(decoder, rows[_i].word, rows[_i].sentence);
	submit(decoder, "good");
	ck_assert_int_ne(decoder->helpers[0].pid, first);
	ck_assert_int_eq(decoder->helpers[1].pid, 0);
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

START_TEST(hang)
{
	struct decoder *decoder = start(1 << 20);

	submit(decoder, "good");
	take_good(decoder);
	timeout_ms = 200;
	submit(decoder, "hang");
	take_bad(decoder, "hang", "the decoder took longer than 1 seconds");
	timeout_ms = 30000;
	submit(decoder, "good");
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

/* What a terminal or a service manager sends to all processes is the program's to obey. */
START_TEST(signals)
{
	static const int sent[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct decoder *decoder = start(1 << 20);

	submit(decoder, "good");
	take_good(decoder);
	for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
		ck_assert_int_eq(kill(decoder->helpers[0].pid, sent[i]), 0);
	submit(decoder, "good");
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

/* As many as there are slots, in order. */
START_TEST(ahead)
{
	struct decoder *decoder = start(1 << 20);
	struct err err = ERR_INIT;

	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < DECODER_SLOTS; i++)
			submit(decoder, "good");
		ck_assert_int_lt(decoder_submit(decoder, "1", &image, "good", 4, SIZE, &err), 0);
		ck_assert_int_eq(err.kind, ERR_INTERNAL);
		for (unsigned i = 0; i < DECODER_SLOTS; i++)
			take_good(decoder);
	}
	ck_assert_int_ne(decoder->helpers[1].pid, 0);
	/* Dropped frames are not confused with others. */
	submit(decoder, "hang");
	submit(decoder, "damaged");
	decoder_drop(decoder);
	decoder_drop(decoder);
	submit(decoder, "good");
	take_good(decoder);
	decoder_free(decoder);
	decoder_free(NULL);
}
END_TEST

/* The second helper is for frames that are submitted while another is not taken. */
START_TEST(second_helper)
{
	struct decoder *decoder = start(1 << 20);

	for (int i = 0; i < 5; i++) {
		submit(decoder, "good");
		take_good(decoder);
	}
	ck_assert_int_eq(decoder->helpers[1].pid, 0);
	submit(decoder, "good");
	submit(decoder, "good");
	ck_assert_int_ne(decoder->helpers[1].pid, 0);
	ck_assert_int_ne(decoder->helpers[1].pid, decoder->helpers[0].pid);
	take_good(decoder);
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

/*
 * Of the frames that are with both helpers, a comma after each: one fails with its own sentence;
 * those behind it in its helper (every second) fail by no fault of theirs (-), and the rest (+) are decoded.
 */
static const struct {
	const char *words, *outcomes, *sentence;
} pairs[] = {
	{ "exit,slow,", "!+", "the decoder ended unexpectedly" },
	{ "slow,exit,", "+!", "the decoder ended unexpectedly" },
	{ "exit,good,", "!+", "the decoder ended unexpectedly" },
	{ "good,exit,", "+!", "the decoder ended unexpectedly" },
	{ "lie rows,slow,", "!+", nonsense },
	{ "slow,lie rows,", "+!", nonsense },
	{ "damaged,slow,", "!+", "red" },
	{ "slow,damaged,", "+!", "red" },
	{ "hang,slow,", "!+", "took longer than" },
	{ "slow,hang,", "+!", "took longer than" },
	{ "exit,slow,good,good,", "!+-+", "the decoder ended unexpectedly" },
	{ "slow,exit,good,good,", "+!+-", "the decoder ended unexpectedly" },
	{ "good,slow,exit,good,", "++!+", "the decoder ended unexpectedly" },
	{ "slow,good,good,exit,", "+++!", "the decoder ended unexpectedly" },
	{ "hang,good,slow,good,", "!+-+", "took longer than" },
	{ "good,hang,good,slow,", "+!+-", "took longer than" },
};

START_TEST(pair)
{
	struct decoder *decoder = start(1 << 20);
	const char *from = pairs[_i].words, *end;
	char word[32];

	timeout_ms = 1500;
	for (; (end = strchr(from, ',')) != NULL; from = end + 1) {
		text_format(word, sizeof word, "%.*s", (int)(end - from), from);
		submit(decoder, word);
	}
	for (const char *outcome = pairs[_i].outcomes; *outcome; outcome++) {
		if (*outcome == '+')
			take_good(decoder);
		else
			take_bad(decoder, pairs[_i].words, *outcome == '!' ? pairs[_i].sentence :
				"the decoder ended before, at another frame");
	}
	/* Both can be used for others. */
	submit(decoder, "good");
	submit(decoder, "good");
	take_good(decoder);
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

/* A limit of this machine is reported, with what to do; the receiver need not be changed. */
static const struct {
	const char *name;
	__rlimit_resource_t resource;
	rlim_t limit;
	const char *sentence, *hint;
} limits[] = {
	{ "open files", RLIMIT_NOFILE, 3, "cannot be started: Too many open files", "ulimit -n" },
	{ "file size", RLIMIT_FSIZE, 4096, "cannot be started: File too large", "ulimit -f" },
	{ "address space", RLIMIT_AS, 1 << 20, "decode_bad cannot be ", "ulimit -v" },
};

START_TEST(limited)
{
	struct rlimit limit = { limits[_i].limit, limits[_i].limit };
	struct decoder *decoder;
	struct err err = ERR_INIT;

	if (CHECK_SANITIZED)
		return;
	decoder = start(1 << 20);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(limits[_i].resource, &limit), 0);
	ck_assert_int_lt(decoder_submit(decoder, "1", &image, "good", 4, SIZE, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, limits[_i].sentence) != NULL, "%s", err.text);
	ck_assert_msg(strstr(err.hint, limits[_i].hint) != NULL, "%s: %s", err.text, err.hint);
	decoder_free(decoder);
}
END_TEST

/* The same of its memory. */
START_TEST(memory_hint)
{
	struct decoder *decoder = start(1 << 20);
	struct decoder_image after;
	unsigned char pixels[SIZE];
	struct err err = ERR_INIT;

	submit(decoder, "no memory");
	ck_assert_int_lt(decoder_take(decoder, pixels, SIZE, &after, &err), 0);
	ck_assert_msg(strstr(err.hint, "Free memory on this machine") != NULL, "%s", err.hint);
	decoder_free(decoder);
}
END_TEST

/* A frame for which the slot's memory is too small; a large one's is given back. */
START_TEST(sizes)
{
	struct decoder *decoder = start(64 << 20);
	struct decoder_image after, large = image;
	const size_t size = 3000 * 2000 * 2;
	unsigned char *pixels = malloc(size);
	struct err err = ERR_INIT;
	struct stat st;

	large.rows = 3000;
	large.columns = 2000;
	for (int i = 0; i < 5; i++) {
		submit(decoder, "good");
		take_good(decoder);
		ck_assert_msg(decoder_submit(decoder, rle_syntax, &large, "good", 4, size, &err) == 0, "%s",
			err.text);
		memset(pixels, 0, size);
		ck_assert_msg(decoder_take(decoder, pixels, size, &after, &err) == 0, "%s", err.text);
		ck_assert_int_eq(pixels[size - 1], 0x5a);
	}
	ck_assert_int_eq(fstat(decoder->helpers[0].memory, &st), 0);
	ck_assert_int_le(st.st_blocks * 512, DECODE_KEEP_MAX);
	/* More than there can be is refused. */
	ck_assert_int_lt(decoder_submit(decoder, rle_syntax, &large, "good", 4, 65 << 20, &err), 0);
	free(pixels);
	decoder_free(decoder);
}
END_TEST

/* Make the call fail, in this process and the helper: prctl's first argument counts, if it is one. */
static void
deny(int call, int argument, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	unsigned conditions = argument >= 0;

	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)error), call, conditions,
		SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)argument, 0)), 0);
	ck_assert_int_eq(seccomp_load(filter), 0);
	seccomp_release(filter);
}

/* Where no filter can be set, nothing is decoded. */
START_TEST(no_filter)
{
	struct decoder *decoder;
	struct err err = ERR_INIT;

	if (CHECK_SANITIZED)
		return;
	decoder = start(1 << 20);
	deny(SCMP_SYS(prctl), PR_SET_SECCOMP, EPERM);
	deny(SCMP_SYS(seccomp), -1, EPERM);
	ck_assert_int_lt(decoder_submit(decoder, "1", &image, "good", 4, SIZE, &err), 0);
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	ck_assert_msg(strstr(err.text, "confine itself: the seccomp filter cannot be set") != NULL, "%s",
		err.text);
	decoder_free(decoder);
}
END_TEST

/* If the kernel has no seccomp, the rest must be enough: Landlock, if available. */
START_TEST(no_seccomp)
{
	struct decoder *decoder;

	if (CHECK_SANITIZED)
		return;
	decoder = start(1 << 20);
	deny(SCMP_SYS(prctl), PR_GET_SECCOMP, EINVAL);
	submit(decoder, "good");
	take_good(decoder);
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1) {
		submit(decoder, "create");
		take_bad(decoder, "create", "create: Permission denied");
	}
	decoder_free(decoder);
}
END_TEST

/* No Landlock, which older kernels lack. */
START_TEST(no_landlock)
{
	struct decoder *decoder;

	if (CHECK_SANITIZED)
		return;
	decoder = start(1 << 20);
	deny(SYS_landlock_create_ruleset, -1, ENOSYS);
	submit(decoder, "good");
	take_good(decoder);
	decoder_free(decoder);
}
END_TEST

/* The program itself: two runs of RLE (PS3.5 annex G), one for each byte of the pixels. */
START_TEST(real_program)
{
	static const unsigned char rle[] = { 2, 0, 0, 0, 64, 0, 0, 0, 66, 0, 0, 0, [64] = 0xfd, 1, 0xfd, 2 };
	static const unsigned char wanted[SIZE] = { 2, 1, 2, 1, 2, 1, 2, 1 };
	struct decoder_image after;
	unsigned char pixels[SIZE];
	struct err err = ERR_INIT;
	struct decoder *decoder;

	program = "mtls-storescu-decode";
	decoder = start(1 << 20);
	ck_assert_msg(decoder_submit(decoder, rle_syntax, &image, rle, sizeof rle, SIZE, &err) == 0, "%s",
		err.text);
	ck_assert_msg(decoder_take(decoder, pixels, SIZE, &after, &err) == 0, "%s", err.text);
	ck_assert_mem_eq(pixels, wanted, SIZE);
	ck_assert_mem_eq(&after, &image, sizeof image);
	decoder_free(decoder);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("decode");
	TCase *tcase = tcase_create("decode");

	/* One that the helper must not get. */
	if (dup(STDOUT_FILENO) < 0)
		return EXIT_FAILURE;
	tcase_add_rows(tcase, failure, rows, word);
	tcase_add_test(tcase, hang);
	tcase_add_test(tcase, signals);
	tcase_add_test(tcase, ahead);
	tcase_add_test(tcase, second_helper);
	tcase_add_rows(tcase, pair, pairs, words);
	tcase_add_rows(tcase, limited, limits, name);
	tcase_add_test(tcase, memory_hint);
	tcase_add_test(tcase, sizes);
	tcase_add_test(tcase, no_filter);
	tcase_add_test(tcase, no_seccomp);
	tcase_add_test(tcase, no_landlock);
	tcase_add_test(tcase, real_program);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
