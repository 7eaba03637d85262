/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/human.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"
#include "dicom/uid.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

/* What is told, caught. */
static struct {
	FILE *out, *err;
	char *out_text, *err_text;
	size_t out_size, err_size;
	struct human human;
	struct reporter reporter;
} told;

static void
start(int verbosity, int color)
{
	told.out = open_memstream(&told.out_text, &told.out_size);
	told.err = open_memstream(&told.err_text, &told.err_size);
	ck_assert(told.out && told.err);
	told.reporter = human_init(&told.human, told.out, told.err, verbosity, color);
}

/* Compare with what was told on stdout and stderr. */
static void
finish(const char *out, const char *err)
{
	fclose(told.out);
	fclose(told.err);
	ck_assert_str_eq(told.out_text, out);
	ck_assert_str_eq(told.err_text, err);
	free(told.out_text);
	free(told.err_text);
}

static void
tell(const struct report_instance *event)
{
	told.reporter.instance(told.reporter.self, event);
}

#define CT "1.2.840.10008.5.1.4.1.1.2"

/* The members that a row leaves out. */
static struct report_instance
complete(struct report_instance event)
{
	event.sop_instance = "1.2.3";
	event.syntax_file = UID_EXPLICIT_LE;
	if (!event.path)
		event.path = "a/b.dcm";
	if (!event.sop_class)
		event.sop_class = CT;
	if (!event.syntax_sent && event.result <= RESULT_WARNING)
		event.syntax_sent = UID_IMPLICIT_LE;
	if (!event.meaning)
		event.meaning = "why";
	if (!event.changed)
		event.changed = "";
	if (!event.hint)
		event.hint = "";
	if (!event.comment)
		event.comment = "";
	event.bytes = 228000;
	event.us = 12345;
	return event;
}

static const uint32_t offending[] = { 0x00100010, 0x7fe00010 };

#define TAKEN "acknowledged: a/b.dcm: CT Image Storage, Implicit VR Little Endian, 228 kB in 12.3 ms\n"

/* out: when verbose. err: always, but for warnings not when quiet. */
static const struct {
	struct report_instance event;
	const char *out, *err;
} instances[] = {
	{ { .result = RESULT_SUCCESS, .has_status = true }, TAKEN, "" },
	{ { .result = RESULT_SUCCESS, .changed = "Explicit VR Little Endian to Implicit" },
		TAKEN "  changed on the way: Explicit VR Little Endian to Implicit\n", "" },
	{ { .result = RESULT_SUCCESS, .sop_class = "1.2.3.4", .syntax_sent = "1.2.3.5" },
		"acknowledged: a/b.dcm: 1.2.3.4, 1.2.3.5, 228 kB in 12.3 ms\n", "" },
	{ { .result = RESULT_WARNING, .has_status = true, .status = 0xb000, .meaning = "coerced",
		.hint = "Look." },
		TAKEN, "warned: a/b.dcm: status 0xB000, coerced. Look.\n" },
	{ { .result = RESULT_FAILURE, .has_status = true, .status = 0xa700,
		.meaning = "refused: out of resources",
		  .hint = "Make room.", .comment = "disk full" },
		"", "failed: a/b.dcm: status 0xA700, refused: out of resources (\"disk full\"). Make "
		"room.\n" },
	{ { .result = RESULT_FAILURE, .has_status = true, .status = 0xa900, .meaning = "error",
		  .offending = offending, .offending_count = 2 },
		"", "failed: a/b.dcm: status 0xA900, error; offending element (0010,0010), (7fe0,0010)\n" },
	{ { .result = RESULT_FAILURE, .meaning = "cannot be converted" },
		"", "failed: a/b.dcm: cannot be converted\n" },
	{ { .result = RESULT_UNCERTAIN, .meaning = "the connection was reset", .hint = "Ask there." },
		"", "uncertain: a/b.dcm: the connection was reset. Ask there.\n" },
	{ { .result = RESULT_NOT_SENT, .meaning = "the run ended first" },
		"", "not sent: a/b.dcm: the run ended first\n" },
	/* The file is named once, but always. */
	{ { .result = RESULT_FAILURE, .meaning = "a/b.dcm: is empty" }, "", "failed: a/b.dcm: is empty\n" },
	{ { .result = RESULT_FAILURE, .path = "cannot", .meaning = "cannot be converted" },
		"", "failed: cannot: cannot be converted\n" },
	{ { .result = RESULT_FAILURE, .path = "error", .has_status = true, .status = 0xc000,
		  .meaning = "error: cannot understand" },
		"", "failed: error: status 0xC000, error: cannot understand\n" },
	/* Nothing that a terminal would obey. */
	{ { .result = RESULT_SUCCESS, .path = "a\x1b[2Jb\nfailed: c" },
		"acknowledged: a?[2Jb failed: c: CT Image Storage, Implicit VR Little Endian, 228 kB in 12.3 "
		"ms\n", "" },
	{ { .result = RESULT_FAILURE, .path = "\xc2\x9b" "31m\xff", .meaning = "bad \x1b]0;x\x07",
		  .comment = "no\r\n\x1b[A\xe6\x97\xa5" },
		"", "failed: ?31m?: bad ?]0;x? (\"no  ?[A\xe6\x97\xa5\")\n" },
};

START_TEST(instance)
{
	struct report_instance event = complete(instances[_i].event);

	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		bool told_of = verbosity >= 0 || event.result != RESULT_WARNING;

		start(verbosity, 0);
		tell(&event);
		finish(verbosity < 1 ? "" : instances[_i].out, told_of ? instances[_i].err : "");
	}
}
END_TEST

/* A path as long as the system allows is shown whole. */
START_TEST(long_path)
{
	struct report_instance event = complete((struct report_instance){ .result = RESULT_NOT_SENT });
	char path[4000], line[4100];

	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	event.path = path;
	start(0, 0);
	tell(&event);
	snprintf(line, sizeof line, "not sent: %s: why\n", path);
	finish("", line);
}
END_TEST

static const struct {
	enum result_class result;
	const char *err;
} painted[] = {
	{ RESULT_WARNING, "\033[33mwarned:\033[0m a/b.dcm: why\n" },
	{ RESULT_FAILURE, "\033[31mfailed:\033[0m a/b.dcm: why\n" },
	{ RESULT_UNCERTAIN, "\033[31muncertain:\033[0m a/b.dcm: why\n" },
	{ RESULT_NOT_SENT, "\033[33mnot sent:\033[0m a/b.dcm: why\n" },
};

START_TEST(painted_instance)
{
	struct report_instance event = complete((struct report_instance){ .result = painted[_i].result });

	start(0, 1);
	tell(&event);
	finish("", painted[_i].err);
}
END_TEST

#define ERRORS                                                    \
	"mtls-storescu: error: no such name. Check it.\n"         \
	"mtls-storescu: error: no such ?[2Jname\n"

START_TEST(messages)
{
	static const char *const wanted[] = {
		"mtls-storescu: warning: soon\n" ERRORS,
		"mtls-storescu: warning: mind\nmtls-storescu: warning: soon\n" ERRORS,
		"mtls-storescu: warning: mind\nmtls-storescu: warning: soon\nmtls-storescu: note: by the "
		"way\n" ERRORS,
	};
	struct err err = { .kind = ERR_DNS, .text = "no such name", .hint = "Check it." };
	struct err bare = { .kind = ERR_DNS, .text = "no such \x1b[2Jname" };

	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.warning(told.reporter.self, "mind");
		told.reporter.alarm(told.reporter.self, "soon");
		told.reporter.note(told.reporter.self, "by the way");
		told.reporter.error(told.reporter.self, &err);
		told.reporter.error(told.reporter.self, &bare);
		finish("", wanted[verbosity + 1]);
	}
}
END_TEST

START_TEST(painted_messages)
{
	struct err err = { .kind = ERR_DNS, .text = "no such name" };

	start(1, 1);
	told.reporter.warning(told.reporter.self, "mind");
	told.reporter.alarm(told.reporter.self, "soon");
	told.reporter.note(told.reporter.self, "by the way");
	told.reporter.error(told.reporter.self, &err);
	finish("", "mtls-storescu: \033[33mwarning:\033[0m mind\n"
		   "mtls-storescu: \033[31mwarning:\033[0m soon\n"
		   "mtls-storescu: \033[0mnote:\033[0m by the way\n"
		   "mtls-storescu: \033[31merror:\033[0m no such name\n");
}
END_TEST

START_TEST(skipped)
{
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.skipped(told.reporter.self, "a\x1b.txt", "is no DICOM file");
		told.reporter.skipped(told.reporter.self, "a\x1b.txt", "a?.txt: is no DICOM file");
		finish(verbosity < 1 ? "" : "skipped: a?.txt: is no DICOM file\n"
					    "skipped: a?.txt: is no DICOM file\n", "");
	}
}
END_TEST

static const struct report_association association = {
	.called = "IRIS", .calling = "ME", .host = "iris", .port = 2010, .address = "192.0.2.1:2010",
	.protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .contexts = 3, .accepted = 2,
		.max_pdu = 16384,
	.implementation = "1.2.3", .version = "IRIS_1", .resolve_us = 100, .connect_us = 1500,
		.tls_us = 20000,
	.accept_us = 4000,
};

START_TEST(association_is_told_when_verbose)
{
	struct report_association plain = association;

	plain.protocol = plain.cipher = NULL;
	plain.version = "";
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.association(told.reporter.self, &association);
		told.reporter.association(told.reporter.self, &plain);
		finish(verbosity < 1 ? "" :
			"association with IRIS at iris:2010 (192.0.2.1) as ME: TLSv1.3, "
			"TLS_AES_256_GCM_SHA384; 2 of 3 "
			"contexts accepted, PDUs up to 16384 bytes; 1.2.3 IRIS_1\n"
			"  name 0.1 ms, connection 1.5 ms, handshake 20.0 ms, association 4.0 ms\n"
			"association with IRIS at iris:2010 (192.0.2.1) as ME: no TLS; 2 of 3 contexts "
			"accepted, PDUs "
			"up to 16384 bytes; 1.2.3\n"
			"  name 0.1 ms, connection 1.5 ms, handshake 20.0 ms, association 4.0 ms\n", "");
	}
}
END_TEST

static const struct {
	const char *host, *address, *place;
} places[] = {
	{ "iris", "192.0.2.1:2010", "iris:2010 (192.0.2.1)" },
	{ "iris", "[2001:db8::1]:2010", "iris:2010 ([2001:db8::1])" },
	{ "iris", "192.0.2.9:8080", "iris:2010 (192.0.2.9:8080)" },
	{ "iris", "", "iris:2010" },
	{ "192.0.2.1", "192.0.2.1:2010", "192.0.2.1:2010" },
	{ "::1", "[::1]:2010", "[::1]:2010" },
	{ "::1", "192.0.2.9:8080", "[::1]:2010 (192.0.2.9:8080)" },
};

START_TEST(the_place_is_named_once)
{
	struct report_association event = association;
	char wanted[400];

	event.host = places[_i].host;
	event.address = places[_i].address;
	start(1, 0);
	told.reporter.association(told.reporter.self, &event);
	text_format(wanted, sizeof wanted, "association with IRIS at %s as ME: TLSv1.3, "
		"TLS_AES_256_GCM_SHA384; 2 of 3 contexts accepted, PDUs up to 16384 bytes; 1.2.3 IRIS_1\n"
		"  name 0.1 ms, connection 1.5 ms, handshake 20.0 ms, association 4.0 ms\n",
		places[_i].place);
	finish(wanted, "");
}
END_TEST

START_TEST(echo)
{
	start(-1, 0);
	told.reporter.echo(told.reporter.self, &association, 1234);
	finish("", "");
	start(0, 0);
	told.reporter.echo(told.reporter.self, &association, 1234);
	finish("IRIS at iris:2010 answered the C-ECHO in 1.2 ms\n", "");
}
END_TEST

static const struct {
	struct report_totals totals;
	int color;
	const char *line;
} summaries[] = {
	{ { .acknowledged = 3, .bytes = 6000000, .us = 2000000 }, 0,
		"3 acknowledged; 6.00 MB in 2.00 s (3.00 MB/s)\n" },
	{ { .acknowledged = 3, .warned = 1, .failed = 2, .uncertain = 4, .not_sent = 5, .skipped = 6,
		.us = 1000000 }, 0,
		"3 acknowledged (1 of them with a warning), 2 failed, 4 uncertain, 5 not sent, 6 skipped (no "
		"DICOM); "
		"0 bytes in 1.00 s (0 bytes/s)\n" },
	{ { .not_sent = 1 }, 0, "0 acknowledged, 1 not sent; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .acknowledged = 1 }, 1, "\033[32m1 acknowledged\033[0m; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .failed = 1 }, 1, "\033[31m0 acknowledged\033[0m, 1 failed; 0 bytes in 0.00 s (0 bytes/s)\n" },
};

START_TEST(summary)
{
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, summaries[_i].color);
		told.reporter.summary(told.reporter.self, &summaries[_i].totals);
		finish(verbosity < 0 ? "" : summaries[_i].line, "");
	}
}
END_TEST

/* The near end of a terminal. */
static FILE *
open_terminal(int *far)
{
	*far = posix_openpt(O_RDWR | O_NOCTTY);
	ck_assert_int_ge(*far, 0);
	ck_assert_int_eq(grantpt(*far), 0);
	ck_assert_int_eq(unlockpt(*far), 0);
	return fdopen(open(ptsname(*far), O_RDWR | O_NOCTTY), "w");
}

static void
set_or_unset(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static const struct {
	const char *term, *no_color;
	bool terminal;
	int color;
	bool wanted;
} colors[] = {
	{ "xterm", NULL, true, -1, true },
	{ "xterm", "", true, -1, true }, /* https://no-color.org: not an empty string */
	{ "xterm", "1", true, -1, false },
	{ "dumb", NULL, true, -1, false },
	{ NULL, NULL, true, -1, false },
	{ "xterm", NULL, false, -1, false },
	{ "xterm", NULL, true, 0, false },
	{ "dumb", "1", false, 1, true },
};

START_TEST(color)
{
	struct human human;
	FILE *stream;
	int far = -1;

	set_or_unset("TERM", colors[_i].term);
	set_or_unset("NO_COLOR", colors[_i].no_color);
	stream = colors[_i].terminal ? open_terminal(&far) : tmpfile();
	ck_assert_ptr_nonnull(stream);
	(void)human_init(&human, stream, stream, 0, colors[_i].color);
	ck_assert(human.color_out == colors[_i].wanted);
	ck_assert(human.color_err == colors[_i].wanted);
	fclose(stream);
	if (far >= 0)
		close(far);
}
END_TEST

/* Each stream by itself: the summary into a file, failures on the terminal. */
START_TEST(color_of_each_stream)
{
	struct human human;
	FILE *terminal, *file = tmpfile();
	int far;

	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	terminal = open_terminal(&far);
	ck_assert(terminal && file);
	(void)human_init(&human, file, terminal, 0, -1);
	ck_assert(!human.color_out);
	ck_assert(human.color_err);
	fclose(terminal);
	fclose(file);
	close(far);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("human");
	TCase *tc = tcase_create("human");

	tcase_add_loop_test(tc, instance, 0, COUNT(instances));
	tcase_add_test(tc, long_path);
	tcase_add_loop_test(tc, painted_instance, 0, COUNT(painted));
	tcase_add_test(tc, messages);
	tcase_add_test(tc, painted_messages);
	tcase_add_test(tc, skipped);
	tcase_add_test(tc, association_is_told_when_verbose);
	tcase_add_loop_test(tc, the_place_is_named_once, 0, COUNT(places));
	tcase_add_test(tc, echo);
	tcase_add_loop_test(tc, summary, 0, COUNT(summaries));
	tcase_add_loop_test(tc, color, 0, COUNT(colors));
	tcase_add_test(tc, color_of_each_stream);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
