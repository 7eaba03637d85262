/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/ndjson_send.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/stream.h"
#include "check_main.h"
#include "report/fanout.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

/* What is told, caught. */
static struct {
	FILE *to;
	char *text;
	size_t size;
	struct jsonlines sender;
	struct reporter reporter;
} told;

static void
start(void)
{
	told.to = open_memstream(&told.text, &told.size);
	ck_assert_ptr_nonnull(told.to);
	told.reporter = ndjson_sender(&told.sender, told.to);
}

/* Each line against the schema that is published. Exit 0 too where there is no jsonschema. */
#define VALIDATE                                                                        \
	"python3 -c '\n"                                                                \
	"import json, os, sys\n"                                                        \
	"try:\n"                                                                        \
	"    from jsonschema import Draft202012Validator as V\n"                        \
	"except ImportError:\n"                                                         \
	"    V = None\n"                                                                \
	"lines = sys.stdin.buffer.read().decode(\"utf-8\").splitlines()\n"              \
	"if V:\n"                                                                       \
	"    top = os.environ.get(\"TOP_SRCDIR\", \".\")\n"                             \
	"    schema = json.load(open(top + \"/doc/events.schema.json\"))\n"             \
	"    V.check_schema(schema)\n"                                                  \
	"    for line in lines:\n"                                                      \
	"        for e in V(schema).iter_errors(json.loads(line)):\n"                   \
	"            sys.exit(line + e.message + str([c.message for c in e.context]))\n" \
	"'"

static void
fits_schema(const char *text)
{
	FILE *to;

	signal(SIGPIPE, SIG_IGN);
	to = popen(VALIDATE, "w");
	ck_assert_ptr_nonnull(to);
	fputs(text, to);
	ck_assert_int_eq(pclose(to), 0);
}

/* The one line that was told, as it is but for its time, after a look at both. */
static void
finish(const char *type, const char *wanted)
{
	char head[64];
	json_t *event, *ts;

	fclose(told.to);
	fits_schema(told.text);
	ck_assert_ptr_eq(strchr(told.text, '\n'), told.text + told.size - 1);
	event = json_loads(told.text, 0, NULL);
	ts = json_object_get(event, "ts");
	ck_assert_uint_eq(json_string_length(ts), strlen("2026-01-02T03:04:05.678Z"));
	snprintf(head, sizeof head, "{\"v\":1,\"type\":\"%s\",\"ts\":\"%s\",", type, json_string_value(ts));
	ck_assert_int_eq(strncmp(told.text, head, strlen(head)), 0);
	ck_assert_str_eq(told.text + strlen(head), wanted);
	json_decref(event);
	free(told.text);
}

#define NOTHING .sop_class = "", .sop_instance = "", .study = "", .syntax_file = "", .changed = "", \
	.meaning = "", .hint = "", .comment = ""
#define READ .sop_class = "1.2.1", .sop_instance = "1.2.2", .study = "1.2.3", .syntax_file = "1.2.4", \
	.syntax_sent = "1.2.5", .changed = "a, b", .meaning = "m", .hint = "H.", .comment = "c"

#define NULLS "\"study\":null,\"sop_class\":null,\"sop_instance\":null,\"ts_file\":null,\"ts_sent\":null," \
	"\"changed\":null,\"assoc\":null,\"attempt\":0,\"status\":null,"
#define UIDS "\"study\":\"1.2.3\",\"sop_class\":\"1.2.1\",\"sop_instance\":\"1.2.2\",\"ts_file\":\"1.2.4\"," \
	"\"ts_sent\":\"1.2.5\",\"changed\":\"a, b\","
#define NO_TEXTS "\"comment\":null,\"meaning\":null,\"hint\":null,"
#define TEXTS	 "\"comment\":\"c\",\"meaning\":\"m\",\"hint\":\"H.\","
#define NO_COST	 "\"bytes\":0,\"ms\":0.0,\"recorded\":false,\"planned\":false,\"again\":false}\n"

static const uint32_t tags[] = { 0x00100010, 0x7fe00010 };

static const struct {
	struct report_instance event;
	const char *line;
} instances[] = {
	{ { READ, .path = "a/b.dcm", .result = RESULT_SUCCESS, .association = 3, .attempt = 2,
		  .has_status = true, .bytes = 228000, .us = 12345, .again = true },
		"\"path\":\"a/b.dcm\"," UIDS "\"assoc\":3,\"attempt\":2,\"status\":\"0x0000\","
		"\"class\":\"success\"," TEXTS "\"bytes\":228000,\"ms\":12.345,\"recorded\":false,"
		"\"planned\":false,\"again\":true}\n" },
	{ { READ, .path = "a", .result = RESULT_WARNING, .association = 1, .attempt = 1, .has_status = true,
		  .status = 0xb007, .offending = tags, .offending_count = 2 },
		"\"path\":\"a\"," UIDS "\"assoc\":1,\"attempt\":1,\"status\":\"0xB007\","
		"\"class\":\"warning\"," TEXTS "\"offending\":[\"00100010\",\"7FE00010\"]," NO_COST },
	{ { READ, .path = "a", .result = RESULT_WARNING, .recorded = true },
		"\"path\":\"a\"," UIDS "\"assoc\":null,\"attempt\":0,\"status\":null,\"class\":\"warning\","
		TEXTS "\"bytes\":0,\"ms\":0.0,\"recorded\":true,\"planned\":false,\"again\":false}\n" },
	{ { NOTHING, .path = "a", .result = RESULT_FAILURE },
		"\"path\":\"a\"," NULLS "\"class\":\"failure\"," NO_TEXTS NO_COST },
	{ { NOTHING, .path = "a", .result = RESULT_UNCERTAIN },
		"\"path\":\"a\"," NULLS "\"class\":\"uncertain\"," NO_TEXTS NO_COST },
	{ { NOTHING, .path = "a", .result = RESULT_NOT_SENT },
		"\"path\":\"a\"," NULLS "\"class\":\"not-sent\"," NO_TEXTS NO_COST },
	{ { NOTHING, .path = "a", .result = RESULT_NOT_SENT, .planned = true },
		"\"path\":\"a\"," NULLS "\"class\":\"not-sent\"," NO_TEXTS "\"bytes\":0,\"ms\":0.0,"
		"\"recorded\":false,\"planned\":true,\"again\":false}\n" },
	{ { NOTHING, .path = "a", .result = RESULT_DUPLICATE },
		"\"path\":\"a\"," NULLS "\"class\":\"duplicate\"," NO_TEXTS NO_COST },
	/* Any byte in a name, and in what the receiver says. */
	{ { NOTHING, .path = "\xff\"\\\n\x1b\x7f/\xe6\x97\xa5\xc2\x9b\xc2\xa0\xed\xa0\x80",
		  .result = RESULT_FAILURE },
		"\"path\":\"\xef\xbf\xbd\\\"\\\\\\n\\u001B\\u007F/\xe6\x97\xa5\\u009B\xc2\xa0\xef\xbf\xbd"
		"\xef\xbf\xbd\xef\xbf\xbd\",\"path_b64\":\"/yJcCht/L+aXpcKbwqDtoIA=\"," NULLS
		"\"class\":\"failure\"," NO_TEXTS NO_COST },
	{ { .sop_class = "", .sop_instance = "", .study = "", .syntax_file = "", .changed = "", .meaning = "",
		  .hint = "", .path = "", .comment = "\xe9", .result = RESULT_FAILURE },
		"\"path\":\"\"," NULLS "\"class\":\"failure\",\"comment\":\"\xef\xbf\xbd\",\"comment_b64\":"
		"\"6Q==\",\"meaning\":null,\"hint\":null," NO_COST },
};

START_TEST(instance)
{
	start();
	told.reporter.instance(told.reporter.self, &instances[_i].event);
	finish("instance", instances[_i].line);
}
END_TEST

static const struct report_association secured = { .number = 2, .called = "IRIS", .calling = "ME",
	.host = "iris", .port = 2762, .address = "192.0.2.1:2762", .protocol = "TLSv1.3",
	.cipher = "TLS_AES_256_GCM_SHA384", .group = "x25519", .resumed = true, .contexts = 3, .accepted = 2,
	.max_pdu = 16384, .implementation = "1.2.3", .version = "IRIS_1", .resolve_us = 100, .connect_us = 1500,
	.tls_us = 20000, .accept_us = 4000 };

#define PLACE "\"called\":\"IRIS\",\"calling\":\"ME\",\"host\":\"iris\",\"port\":2762,"

START_TEST(association)
{
	start();
	told.reporter.association(told.reporter.self, &secured);
	finish("association", "\"number\":2," PLACE "\"address\":\"192.0.2.1:2762\","
		"\"protocol\":\"TLSv1.3\",\"cipher\":\"TLS_AES_256_GCM_SHA384\",\"group\":\"x25519\","
		"\"resumed\":true,\"contexts\":3,\"accepted\":2,\"implementation\":\"1.2.3\",\"version\":\"IRIS_1\",\"max_pdu\":16384,"
		"\"resolve_ms\":0.1,\"connect_ms\":1.5,\"tls_ms\":20.0,\"ms\":4.0,\"echo_ms\":[]}\n");
}
END_TEST

START_TEST(echo)
{
	struct report_association plain = { .called = "IRIS", .calling = "ME", .host = "iris", .port = 2762,
		.address = "", .implementation = "", .version = "" };

	start();
	told.reporter.echo(told.reporter.self, &plain, 1234);
	finish("association", "\"number\":0," PLACE "\"address\":null,\"protocol\":null,\"cipher\":null,"
		"\"group\":null,\"resumed\":false,\"contexts\":0,\"accepted\":0,\"implementation\":null,"
		"\"version\":null,\"max_pdu\":0,\"resolve_ms\":0.0,\"connect_ms\":0.0,\"tls_ms\":0.0,\"ms\":0.0,\"echo_ms\":[1.234]}\n");
}
END_TEST

START_TEST(study)
{
	struct report_study event = { .uid = "1.2.3", .found = 21, .acknowledged = 6, .warned = 1,
		.recorded = 2, .failed = 3, .uncertain = 4, .not_sent = 5, .duplicates = 3, .bytes = 7,
		.us = 1500000 };

	start();
	told.reporter.study(told.reporter.self, &event);
	finish("study", "\"study\":\"1.2.3\",\"found\":21,\"acknowledged\":6,\"warned\":1,\"recorded\":2,"
		"\"failed\":3,\"uncertain\":4,\"not_sent\":5,\"duplicates\":3,\"bytes\":7,"
		"\"seconds\":1.5}\n");
}
END_TEST

static const struct report_plan_class classes[] = {
	{ "1.2.1", "1.2.4", 2, 3, "decompressed" },
	{ "1.2.2", "1.2.4\xff", 4, 5, "" },
};

START_TEST(plan)
{
	struct report_plan event = { 1, 2, 3, 4, 5, 6, classes, COUNT(classes) };

	start();
	told.reporter.plan(told.reporter.self, &event);
	finish("plan", "\"associations\":1,\"contexts\":2,\"studies\":3,\"files\":4,\"bytes\":5,\"cannot\":6,"
		"\"classes\":[{\"sop_class\":\"1.2.1\",\"ts_file\":\"1.2.4\",\"files\":2,\"bytes\":3,"
		"\"otherwise\":\"decompressed\"},{\"sop_class\":\"1.2.2\",\"ts_file\":\"1.2.4\xef\xbf\xbd\","
		"\"ts_file_b64\":\"MS4yLjT/\",\"files\":4,\"bytes\":5,\"otherwise\":null}]}\n");
}
END_TEST

START_TEST(retry)
{
	static const struct err lost = { .kind = ERR_ABORTED, .text = "gone" }, none = ERR_INIT;
	static const struct {
		struct report_retry event;
		const char *line;
	} rows[] = {
		{ { "the association", &lost, 0, "", 2, 3, 2100, 4 },
			"\"what\":\"the association\",\"word\":\"aborted\",\"status\":null,"
			"\"message\":\"gone\",\"comment\":null,\"attempt\":2,\"of\":3,"
			"\"delay_ms\":2100,\"unanswered\":4}\n" },
		{ { "a\xff", &none, 0xa700, "full", 0, 1, 0, 0 },
			"\"what\":\"a\xef\xbf\xbd\",\"what_b64\":\"Yf8=\",\"word\":null,"
			"\"status\":\"0xA700\",\"message\":\"refused: out of resources\","
			"\"comment\":\"full\",\"attempt\":0,"
			"\"of\":1,\"delay_ms\":0,\"unanswered\":0}\n" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		start();
		told.reporter.retry(told.reporter.self, &rows[i].event);
		finish("retry", rows[i].line);
	}
}
END_TEST

START_TEST(error)
{
	struct err err = { .kind = ERR_DNS, .text = "no such name", .hint = "Check it.", .phase = "dns" };
	struct err bare = { .kind = ERR_USAGE, .text = "\xff" };

	start();
	told.reporter.error(told.reporter.self, &err);
	finish("error", "\"code\":20,\"word\":\"dns\",\"phase\":\"dns\",\"message\":\"no such name\","
		"\"hint\":\"Check it.\"}\n");
	start();
	told.reporter.error(told.reporter.self, &bare);
	finish("error", "\"code\":2,\"word\":\"usage\",\"phase\":null,\"message\":\"\xef\xbf\xbd\","
		"\"message_b64\":\"/w==\",\"hint\":null}\n");
}
END_TEST

START_TEST(summary)
{
	struct report_totals totals = { .found = 100, .acknowledged = 1, .warned = 2, .recorded = 3,
		.failed = 4, .uncertain = 5, .not_sent = 6, .duplicates = 7, .mismatched = 12, .again = 8, .skipped = 9,
		.elsewhere = 10, .left = 13, .bytes = 11, .us = 12 };

	start();
	told.reporter.summary(told.reporter.self, &totals, ERR_PARTIAL);
	finish("summary", "\"found\":100,\"acknowledged\":1,\"warned\":2,\"recorded\":3,\"failed\":4,"
		"\"uncertain\":5,\"not_sent\":6,\"duplicates\":7,\"mismatched\":12,\"again\":8,"
		"\"skipped\":9,\"elsewhere\":10,\"left\":13,\"bytes\":11,\"seconds\":1.2e-5,\"exit_code\":10,\"word\":\"partial\"}\n");
}
END_TEST

/* A run that never began still says how it ended. */
START_TEST(refused)
{
	static const struct err err = { .kind = ERR_USAGE, .text = "what?" };
	struct err failed = ERR_INIT;
	json_t *event;
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ck_assert_int_eq(ndjson_error_summary(to, &err, 3, &failed), 0);
	fclose(to);
	fits_schema(text);
	event = json_loads(strchr(text, '\n'), 0, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(event, "type")), "summary");
	ck_assert_str_eq(json_string_value(json_object_get(event, "word")), "usage");
	ck_assert_int_eq(json_integer_value(json_object_get(event, "exit_code")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(event, "found")), 0);
	json_decref(event);
	free(text);
}
END_TEST

/* Not told to programs: what is for people. */
START_TEST(for_people)
{
	static const struct report_progress progress;
	struct fanout all;
	struct reporter reporter = fanout_init(&all);
	struct err err;

	start();
	fanout_add(&all, told.reporter);
	reporter.warning(reporter.self, "x");
	reporter.alarm(reporter.self, "x");
	reporter.note(reporter.self, "x");
	reporter.skipped(reporter.self, "x", "y");
	reporter.progress(reporter.self, &progress);
	ck_assert_int_eq(jsonline_end(&told.sender, &err), 0);
	fclose(told.to);
	ck_assert_str_eq(told.text, "");
	free(told.text);
}
END_TEST

/* Who follows sees each line when it was told. */
START_TEST(at_once)
{
	char seen[1024];
	int ends[2];
	ssize_t n;

	ck_assert_int_eq(pipe(ends), 0);
	told.to = fdopen(ends[1], "w");
	told.reporter = ndjson_sender(&told.sender, told.to);
	told.reporter.instance(told.reporter.self, &instances[0].event);
	n = read(ends[0], seen, sizeof seen);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(seen[n - 1], '\n');
	fclose(told.to);
	close(ends[0]);
}
END_TEST

START_TEST(full_disk)
{
	struct err err;

	told.to = fopen("/dev/full", "w");
	ck_assert_ptr_nonnull(told.to);
	told.reporter = ndjson_sender(&told.sender, told.to);
	told.reporter.instance(told.reporter.self, &instances[0].event);
	told.reporter.instance(told.reporter.self, &instances[0].event);
	ck_assert_int_eq(jsonline_end(&told.sender, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "cannot write standard output: No space left on device");
	fclose(told.to);
}
END_TEST

/* As `| head` leaves it: nothing is lost but who reads. */
START_TEST(closed_pipe)
{
	struct err err;
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	told.to = fdopen(ends[1], "w");
	told.reporter = ndjson_sender(&told.sender, told.to);
	told.reporter.instance(told.reporter.self, &instances[0].event);
	told.reporter.instance(told.reporter.self, &instances[0].event);
	ck_assert_int_eq(jsonline_end(&told.sender, &err), 0);
	ck_assert(!ferror(told.to));
	fclose(told.to);
}
END_TEST

static void
on_alarm(int signo)
{
	(void)signo;
}

/* A process that reads slowly, and ends with 0 if `wanted` lines came. */
static pid_t
slow_reader(int ends[2], size_t wanted)
{
	size_t lines = 0;
	char piece[3000];
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	close(ends[1]);
	for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) {
		for (ssize_t i = 0; i < n; i++)
			lines += piece[i] == '\n';
		usleep(1000);
	}
	_exit(lines == wanted ? 0 : 1);
}

/* Signals while the pipe is full: every line arrives. */
START_TEST(signals)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	struct sigaction act = { .sa_handler = on_alarm }; /* without SA_RESTART */
	struct err err;
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = slow_reader(ends, 1000);
	close(ends[0]);
	told.to = stream_open(ends[1]);
	told.reporter = ndjson_sender(&told.sender, told.to);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 1000; i++)
		told.reporter.instance(told.reporter.self, &instances[0].event);
	setitimer(ITIMER_REAL, &never, NULL);
	ck_assert_int_eq(jsonline_end(&told.sender, &err), 0);
	fclose(told.to);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static int mallocs_left;

static void *
failing_malloc(size_t size)
{
	return mallocs_left-- == 0 ? NULL : malloc(size);
}

/* Whichever allocation of jansson's fails: the event is whole, or that it is missing is said. */
START_TEST(no_memory)
{
	int lost = 0;

	json_set_alloc_funcs(failing_malloc, free);
	for (int i = 0; i < 300; i++) {
		struct err err = ERR_INIT;
		json_t *event;
		int rv;

		start();
		mallocs_left = i;
		told.reporter.instance(told.reporter.self, &instances[0].event);
		mallocs_left = -1;
		rv = jsonline_end(&told.sender, &err);
		fclose(told.to);
		lost += rv < 0;
		if (rv < 0) {
			ck_assert_int_eq(err.kind, ERR_OUTPUT);
			ck_assert_str_eq(told.text, "");
			ck_assert_ptr_nonnull(strstr(err.text, "1 events of --json are missing"));
		} else {
			event = json_loads(told.text, 0, NULL);
			ck_assert_ptr_nonnull(event);
			ck_assert_ptr_nonnull(json_object_get(event, "again"));
			json_decref(event);
		}
		free(told.text);
	}
	json_set_alloc_funcs(malloc, free);
	ck_assert_int_gt(lost, 10);
	ck_assert_int_lt(lost, 300);
}
END_TEST

/* Every event reaches each listener, in the order in which they were added. */
START_TEST(fanout)
{
	static const struct report_totals totals;
	static const struct report_study one = { .uid = "1" };
	static const struct report_plan empty = { 0 };
	static const struct report_progress progress;
	static const struct err why = ERR_INIT;
	static const struct report_retry again = { "x", &why, 0, "", 1, 1, 0, 0 };
	struct jsonlines senders[2];
	struct fanout all;
	struct reporter reporter = fanout_init(&all);
	int lines = 0;

	start();
	fanout_add(&all, (struct reporter){ .self = NULL });
	for (int i = 0; i < COUNT(senders); i++)
		fanout_add(&all, ndjson_sender(&senders[i], told.to));
	reporter.association(reporter.self, &secured);
	reporter.instance(reporter.self, &instances[0].event);
	reporter.skipped(reporter.self, "x", "y");
	reporter.echo(reporter.self, &secured, 1);
	reporter.warning(reporter.self, "x");
	reporter.alarm(reporter.self, "x");
	reporter.note(reporter.self, "x");
	reporter.error(reporter.self, &why);
	reporter.study(reporter.self, &one);
	reporter.plan(reporter.self, &empty);
	reporter.retry(reporter.self, &again);
	reporter.progress(reporter.self, &progress);
	reporter.summary(reporter.self, &totals, ERR_NONE);
	fclose(told.to);
	for (const char *p = told.text; *p; p = strchr(p, '\n') + 1)
		lines++;
	ck_assert_int_eq(lines, 8 * COUNT(senders));
	free(told.text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ndjson");
	TCase *tc = tcase_create("ndjson");

	tcase_add_rows(tc, instance, instances, line);
	tcase_add_test(tc, association);
	tcase_add_test(tc, echo);
	tcase_add_test(tc, study);
	tcase_add_test(tc, plan);
	tcase_add_test(tc, retry);
	tcase_add_test(tc, error);
	tcase_add_test(tc, summary);
	tcase_add_test(tc, refused);
	tcase_add_test(tc, for_people);
	tcase_add_test(tc, at_once);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, closed_pipe);
	tcase_add_test(tc, signals);
	tcase_add_test(tc, no_memory);
	tcase_add_test(tc, fanout);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
