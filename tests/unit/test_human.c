/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/human.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"
#include "dicom/uid.h"
#include "socket_peer.h"

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
	told.reporter = human_init(&told.human, told.out, told.err, verbosity, color, true);
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

/* out: when verbose. err: always, but for warnings not when quiet, and for what the journal knows never. */
static const struct {
	struct report_instance event;
	const char *out, *err;
} instances[] = {
	{ { .result = RESULT_SUCCESS, .has_status = true }, TAKEN, "" },
	{ { .result = RESULT_SUCCESS, .changed = "Explicit VR Little Endian to Implicit" },
		TAKEN "  changed: Explicit VR Little Endian to Implicit\n", "" },
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
	{ { .result = RESULT_SUCCESS, .attempt = 2 },
		"acknowledged: a/b.dcm: CT Image Storage, Implicit VR Little Endian, 228 kB in 12.3 ms, attempt 2\n", "" },
	{ { .result = RESULT_SUCCESS, .attempt = 2, .again = true, .changed = "(0010,0010) replaced" },
		"acknowledged: a/b.dcm: CT Image Storage, Implicit VR Little Endian, 228 kB in 12.3 ms, sent "
		"again after an unanswered attempt\n  changed: (0010,0010) replaced\n", "" },
	{ { .result = RESULT_SUCCESS, .recorded = true }, "acknowledged before (journal): a/b.dcm\n", "" },
	{ { .result = RESULT_WARNING, .recorded = true, .has_status = true, .status = 0xb000 },
		"acknowledged before (journal): a/b.dcm, with status 0xB000\n", "" },
	{ { .result = RESULT_NOT_SENT, .planned = true },
		"planned: a/b.dcm: CT Image Storage, Explicit VR Little Endian, 228 kB\n", "" },
	{ { .result = RESULT_DUPLICATE, .meaning = "the same object as a/c.dcm" },
		"duplicate: a/b.dcm: the same object as a/c.dcm\n", "" },
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
	struct report_instance event = complete((struct report_instance){ .result = RESULT_FAILURE });
	char path[4000], line[4100];

	memset(path, 'p', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	event.path = path;
	start(0, 0);
	tell(&event);
	snprintf(line, sizeof line, "failed: %s: why\n", path);
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
	{ RESULT_NOT_SENT, "" },
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
		"mtls-storescu: warning: mind\nmtls-storescu: warning: soon\nmtls-storescu: at it\n" ERRORS,
		"mtls-storescu: warning: mind\nmtls-storescu: warning: soon\nmtls-storescu: note: by the "
		"way\nmtls-storescu: at it\n" ERRORS,
	};
	struct err err = { .kind = ERR_DNS, .text = "no such name", .hint = "Check it." };
	struct err bare = { .kind = ERR_DNS, .text = "no such \x1b[2Jname" };

	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.warning(told.reporter.self, "mind");
		told.reporter.alarm(told.reporter.self, "soon");
		told.reporter.note(told.reporter.self, "by the way");
		told.reporter.notice(told.reporter.self, "at it");
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
		told.reporter.skipped(told.reporter.self, "a\x1b.txt", "is not a DICOM file");
		told.reporter.skipped(told.reporter.self, "a\x1b.txt", "a?.txt: is not a DICOM file");
		finish(verbosity < 1 ? "" : "skipped: a?.txt: is not a DICOM file\n"
					    "skipped: a?.txt: is not a DICOM file\n", "");
	}
}
END_TEST

static const struct report_association association = {
	.called = "IRIS", .calling = "ME", .host = "iris", .port = 2010, .address = "192.0.2.1:2010",
	.protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384",
	.group = "x25519", .contexts = 3, .accepted = 2,
		.max_pdu = 16384, .resumed = true,
	.implementation = "1.2.3", .version = "IRIS_1", .resolve_us = 100, .connect_us = 1500,
		.tls_us = 20000,
	.accept_us = 4000,
};

START_TEST(association_is_told_when_verbose)
{
	struct report_association plain = association;

	plain.protocol = plain.cipher = plain.group = NULL;
	plain.resumed = false;
	plain.version = "";
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.association(told.reporter.self, &association);
		told.reporter.association(told.reporter.self, &plain);
		finish(verbosity < 1 ? "" :
			"association with IRIS at iris:2010 (192.0.2.1) as ME: TLSv1.3, "
			"TLS_AES_256_GCM_SHA384, x25519; 2 of 3 "
			"contexts accepted, PDUs up to 16384 bytes; 1.2.3 IRIS_1\n"
			"  name 0.1 ms, connection 1.5 ms, handshake 20.0 ms (resumed), association 4.0 ms\n"
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
		"TLS_AES_256_GCM_SHA384, x25519; 2 of 3 contexts accepted, PDUs up to 16384 bytes; 1.2.3 IRIS_1\n"
		"  name 0.1 ms, connection 1.5 ms, handshake 20.0 ms (resumed), association 4.0 ms\n",
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
	enum err_kind verdict;
	int color;
	const char *line;
} summaries[] = {
	{ { .acknowledged = 3, .bytes = 6000000, .us = 2000000 }, ERR_NONE, 0,
		"3 acknowledged; 6.00 MB in 2.00 s (3.00 MB/s)\n" },
	{ { .acknowledged = 3, .warned = 1, .failed = 2, .uncertain = 4, .not_sent = 5, .skipped = 6,
		  .us = 1000000 }, ERR_PARTIAL, 0,
		"3 acknowledged (1 with a warning), 2 failed, 4 uncertain, 5 not sent, 6 skipped (not DICOM); "
		"0 bytes in 1.00 s (0 bytes/s)\n" },
	{ { .acknowledged = 9, .warned = 1, .recorded = 7, .duplicates = 2, .elsewhere = 8, .again = 3 },
		ERR_NONE, 0,
		"9 acknowledged (1 with a warning, 7 from the journal), 2 duplicates, 8 of other shards, 3 "
		"sent more than once; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .acknowledged = 1, .elsewhere = 2, .left = 3 }, ERR_NONE, 0,
		"1 acknowledged, 2 of other shards, 3 left for the next run (too recent); 0 bytes in 0.00 s "
		"(0 bytes/s)\n" },
	{ { .acknowledged = 9, .recorded = 9, .duplicates = 1 }, ERR_NONE, 0,
		"9 acknowledged (9 from the journal), 1 duplicate; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .not_sent = 1 }, ERR_SIGINT, 0, "0 acknowledged, 1 not sent; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .acknowledged = 1 }, ERR_NONE, 1,
		"\033[32m1 acknowledged\033[0m; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .failed = 1 }, ERR_NOTHING, 1,
		"\033[31m0 acknowledged\033[0m, 1 failed; 0 bytes in 0.00 s (0 bytes/s)\n" },
	{ { .not_sent = 1 }, ERR_NONE, 1,
		"\033[0m0 acknowledged\033[0m, 1 not sent; 0 bytes in 0.00 s (0 bytes/s)\n" },
};

START_TEST(summary)
{
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, summaries[_i].color);
		told.reporter.summary(told.reporter.self, &summaries[_i].totals, summaries[_i].verdict);
		finish(verbosity < 0 ? "" : summaries[_i].line, "");
	}
}
END_TEST

static void
tell_not_sent(int count)
{
	struct report_instance event = complete((struct report_instance){ .result = RESULT_NOT_SENT });

	for (int i = 0; i < count; i++)
		tell(&event);
}

static void
summarize(void)
{
	static const struct report_totals none;

	told.reporter.summary(told.reporter.self, &none, ERR_SIGINT);
}

/* An interrupt may leave a hundred thousand: one line, where the list is, and how to go on. */
static const struct {
	int count, verbosity;
	const char *list;
	bool journal;
	int lines; /* of stderr */
	const char *last;
} floods[] = {
	{ 1, 0, NULL, false, 1, "not sent: 1 file; --failed-to FILE lists it; with --journal FILE, "
		"running the same command again sends only what is missing\n" },
	{ 1, 0, "l\x1b", true, 1, "not sent: 1 file, listed in l?; run the same command again to send it\n" },
	{ 20, 0, "todo", false, 1, "not sent: 20 files, listed in todo; with --journal FILE, "
		"running the same command again sends only what is missing\n" },
	{ 100000, -1, NULL, true, 1, "not sent: 100000 files; --failed-to FILE lists them; run the same command again to send them\n" },
	{ 100, 1, NULL, false, 100, "not sent: a/b.dcm: why\n" },
};

START_TEST(not_sent_in_thousands)
{
	int count = 0;

	start(floods[_i].verbosity, 0);
	told.human.list = floods[_i].list;
	told.human.journal = floods[_i].journal;
	tell_not_sent(floods[_i].count);
	summarize();
	fclose(told.out);
	fclose(told.err);
	for (const char *p = told.err_text; (p = strchr(p, '\n')) != NULL; p++)
		count++;
	ck_assert_int_eq(count, floods[_i].lines);
	ck_assert_str_eq(told.err_text + told.err_size - strlen(floods[_i].last), floods[_i].last);
	free(told.out_text);
	free(told.err_text);
}
END_TEST

static const struct {
	struct report_study event;
	const char *line;
} studies[] = {
	{ { .uid = "1.2.3", .found = 120, .acknowledged = 118, .failed = 2, .bytes = 60000000,
		  .us = 1200000 },
		"study 1.2.3: 120 found, 118 acknowledged, 2 failed; 60.0 MB in 1.20 s\n" },
	{ { .uid = "", .found = 10, .acknowledged = 4, .warned = 1, .recorded = 2, .uncertain = 1,
		  .not_sent = 3, .duplicates = 2 },
		"objects without a study: 10 found, 4 acknowledged (1 with a warning, 2 from the journal), 1 "
		"uncertain, 3 not sent, 2 duplicates; 0 bytes in 0.00 s\n" },
};

START_TEST(study)
{
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.study(told.reporter.self, &studies[_i].event);
		finish(verbosity < 1 ? "" : studies[_i].line, "");
	}
}
END_TEST

static const struct report_plan_class classes[] = {
	{ CT, "1.2.840.10008.1.2.5", 100, 50000000, "decompressed" },
	{ "1.2.3\033", UID_IMPLICIT_LE, 1, 1, "" },
};

#define PLAN                                                                                           \
	"plan: 101 files of 1 study, 50.0 MB, over at least 2 associations with 5 contexts in all, 3 " \
	"cannot be sent\n"                                                                             \
	"  CT Image Storage, RLE Lossless: 100 files, 50.0 MB; where that is not accepted: "           \
	"decompressed\n"                                                                               \
	"  1.2.3?, Implicit VR Little Endian: 1 file, 1 byte\n"

START_TEST(plan)
{
	static const struct report_plan event = { .associations = 2, .contexts = 5, .studies = 1,
		.files = 101, .bytes = 50000001, .cannot = 3, .classes = classes, .class_count = 2 };

	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.plan(told.reporter.self, &event);
		finish(verbosity < 0 ? "" : PLAN, "");
	}
}
END_TEST

static const struct {
	struct report_retry event;
	struct err why;
	const char *line;
} retries[] = {
	{ { .what = "the association", .attempt = 1, .of = 3, .delay_ms = 2100, .unanswered = 3 },
		{ .kind = ERR_ABORTED, .text = "iris closed it\r\n", .hint = "Look there." },
		"mtls-storescu: retry: the association was lost: iris closed it  ; trying again in 2.1 s "
		"(1 of 3); 3 objects were sent but not answered and will be sent again\n" },
	{ { .what = "the association", .attempt = 2, .of = 3, .unanswered = 1 },
		{ .kind = ERR_TIMEOUT, .text = "no answer" },
		"mtls-storescu: retry: the association failed: no answer; trying again (2 of 3); 1 object "
		"was sent but not answered and will be sent again\n" },
	{ { .what = "a/\033b.dcm", .status = 0xa700, .comment = "disk \033full", .attempt = 1, .of = 1 }, ERR_INIT,
		"mtls-storescu: retry: a/?b.dcm: status 0xA700, refused: out of resources (\"disk ?full\"); "
		"trying again after the rest of its study (1 of 1)\n" },
	{ { .what = "a/b.dcm", .of = 1 }, { .kind = ERR_ABORTED, .text = "a/b.dcm: lost" },
		"mtls-storescu: retry: a/b.dcm: lost; trying again\n" },
};

START_TEST(retry)
{
	struct report_retry event = retries[_i].event;

	event.why = &retries[_i].why;
	for (int verbosity = -1; verbosity <= 1; verbosity++) {
		start(verbosity, 0);
		told.reporter.retry(told.reporter.self, &event);
		finish("", verbosity < 0 ? "" : retries[_i].line);
	}
}
END_TEST

/* Under --json stdout is the events': every result at every loudness, and nothing there. */
START_TEST(no_stdout)
{
	static const struct report_study nothing = { .uid = "1" };
	static const struct report_plan file = { .files = 1 };
	struct human human;
	struct report_instance event;
	size_t size;
	char *text;
	FILE *err = open_memstream(&text, &size);
	struct reporter reporter = human_init(&human, NULL, err, 2, -1, false);

	for (int i = 0; i < COUNT(instances); i++) {
		event = complete(instances[i].event);
		reporter.instance(&human, &event);
	}
	reporter.association(&human, &association);
	reporter.echo(&human, &association, 1);
	reporter.skipped(&human, "a", "b");
	reporter.study(&human, &nothing);
	reporter.plan(&human, &file);
	reporter.summary(&human, &summaries[0].totals, ERR_NONE);
	fclose(err);
	ck_assert_ptr_nonnull(strstr(text, "failed: a/b.dcm"));
	ck_assert_ptr_null(strstr(text, "acknowledged"));
	free(text);
}
END_TEST

#define BAR   "\r[##########          ] 1/2, 0 bytes, 0 bytes/s, walking\033[K"
#define ERASE "\r\033[K"

/* Whatever is told goes where the bar stood. */
START_TEST(bar_makes_room)
{
	struct report_instance event = complete((struct report_instance){ .result = RESULT_FAILURE });
	struct report_progress half = { .found = 2, .finished = 1, .walking = true, .us = 1000000 };
	struct human human;
	struct reporter reporter;
	char seen[4096];
	int far;
	FILE *terminal;

	setenv("TERM", "xterm", 1);
	terminal = terminal_open(&far, 80);
	reporter = human_init(&human, terminal, terminal, 1, 0, true);
	reporter.progress(&human, &half);
	reporter.instance(&human, &event);
	half.us += 100000;
	reporter.progress(&human, &half);
	reporter.skipped(&human, "a", "b");
	half.us += 100000;
	reporter.progress(&human, &half);
	reporter.note(&human, "x");
	half.us += 100000;
	reporter.progress(&human, &half);
	reporter.summary(&human, &summaries[0].totals, ERR_NONE);
	ck_assert_str_eq(terminal_close(terminal, far, seen, sizeof seen),
		BAR ERASE "failed: a/b.dcm: why\r\n"
		BAR ERASE "skipped: a: b\r\n"
		BAR ERASE "mtls-storescu: note: x\r\n"
		BAR ERASE "3 acknowledged; 6.00 MB in 2.00 s (3.00 MB/s)\r\n");
}
END_TEST

/* What goes into a file leaves the bar alone; quiet, there is none. */
START_TEST(bar_stays)
{
	struct report_progress half = { .found = 2, .finished = 1, .walking = true, .us = 1000000 };
	struct human human;
	struct reporter reporter;
	FILE *terminal, *file = tmpfile();
	char seen[4096];
	int far;

	setenv("TERM", "xterm", 1);
	terminal = terminal_open(&far, 80);
	reporter = human_init(&human, file, terminal, 1, 0, true);
	reporter.progress(&human, &half);
	reporter.skipped(&human, "a", "b");
	reporter = human_init(&human, file, terminal, -1, 0, true);
	reporter.progress(&human, &half);
	ck_assert_str_eq(terminal_close(terminal, far, seen, sizeof seen), BAR);
	fclose(file);
}
END_TEST

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
	stream = colors[_i].terminal ? terminal_open(&far, 80) : tmpfile();
	ck_assert_ptr_nonnull(stream);
	(void)human_init(&human, stream, stream, 0, colors[_i].color, true);
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
	terminal = terminal_open(&far, 80);
	ck_assert(terminal && file);
	(void)human_init(&human, file, terminal, 0, -1, true);
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

	tcase_add_rows(tc, instance, instances, out);
	tcase_add_test(tc, long_path);
	tcase_add_rows(tc, painted_instance, painted, err);
	tcase_add_test(tc, messages);
	tcase_add_test(tc, painted_messages);
	tcase_add_test(tc, skipped);
	tcase_add_test(tc, association_is_told_when_verbose);
	tcase_add_rows(tc, the_place_is_named_once, places, host);
	tcase_add_test(tc, echo);
	tcase_add_rows(tc, summary, summaries, line);
	tcase_add_rows(tc, not_sent_in_thousands, floods, last);
	tcase_add_rows(tc, study, studies, line);
	tcase_add_test(tc, plan);
	tcase_add_rows(tc, retry, retries, line);
	tcase_add_test(tc, no_stdout);
	tcase_add_test(tc, bar_makes_room);
	tcase_add_test(tc, bar_stays);
	tcase_add_rows(tc, color, colors, term);
	tcase_add_test(tc, color_of_each_stream);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
