/* SPDX-License-Identifier: BSD-3-Clause */
#include "report/check_report.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "check_main.h"
#include "report/chaintree.h"
#include "report/html.h"
#include "report/check_human.h"
#include "report/nagios.h"
#include "report/ndjson.h"
#include "report/prometheus.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

#define CHECK_MARK "\xe2\x9c\x93"
#define BALLOT_X   "\xe2\x9c\x97"

/* What a peer may have put into its names: a terminal's orders, HTML, quotes, bytes that are no UTF-8. */
#define HOSTILE \
	"\x1b[2J<script>alert('x')</script>\"&|\\\n\xff\xc2\x9b" "1m\xef\xbf\xbf \xe6\x97\xa5\xe6\x9c\xac"

static struct check_report report;
static struct finding findings[STEP_COUNT][3];

static void
set_certificate(struct certificate *certificate, const char *subject, const char *issuer, int days)
{
	*certificate = (struct certificate){
		.not_before = "2026-11-23 12:21 UTC",
		.not_after = "2029-02-25 12:21 UTC",
		.days_left = days,
		.key = "RSA 2048 bits",
		.key_bits = 2048,
		.signature = "sha256WithRSAEncryption",
		.fingerprint = "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:"
			       "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99",
		.pin = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	};
	text_format(certificate->subject, sizeof certificate->subject, "%s", subject);
	text_format(certificate->issuer, sizeof certificate->issuer, "%s", issuer);
	certificate->self_signed = strcmp(subject, issuer) == 0;
	certificate->authority = certificate->self_signed;
}

#define ROOT   "CN=Demo DICOM CA,OU=DICOM,O=Demo,C=ES"
#define SERVER "CN=iris,OU=DICOM,O=Demo,C=ES"
#define CLIENT "CN=SCU_DCM1,OU=DICOM,O=Demo,C=ES"

static void
set_chain(struct certificate_chain *chain, const char *leaf, const char *store)
{
	*chain = (struct certificate_chain){ .count = 2, .sent = 1, .complete = true };
	set_certificate(&chain->items[0], leaf, ROOT, 824);
	set_certificate(&chain->items[1], ROOT, ROOT, 3649);
	text_format(chain->items[1].store, sizeof chain->items[1].store, "%s", store);
}

static void
set_step(enum step step, enum severity severity, const char *summary)
{
	struct step_result *result = &report.steps[step];

	*result = (struct step_result){ .step = step, .severity = severity, .findings = findings[step] };
	if (severity != FINDING_NOT_REACHED)
		result->us = 1234 * ((int64_t)step + 1);
	text_format(result->summary, sizeof result->summary, "%s", summary);
}

static void
find(enum step step, const char *id, enum severity severity, enum side side, const char *text,
	const char *hint)
{
	struct step_result *result = &report.steps[step];
	struct finding *finding = &findings[step][result->count++];

	*finding = (struct finding){ .step = step, .id = id, .severity = severity, .side = side };
	text_format(finding->text, sizeof finding->text, "%s", text);
	text_format(finding->hint, sizeof finding->hint, "%s", hint);
}

/* The guide's path, in order. */
static void
set_good(void)
{
	static const char *const summaries[] = {
		[STEP_STORES] = "scu1.p12 (scu1): key and certificate match; truststore.p12: 1 anchor",
		[STEP_RESOLVE] = "iris is 192.0.2.7",
		[STEP_TCP] = "connected to 192.0.2.7:2010",
		[STEP_TLS] = "TLSv1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, X25519",
		[STEP_SERVER] = "CN=iris is trusted and named iris; 824 days left",
		[STEP_OURS] = "CN=SCU_DCM1, 824 days left; its issuer is among those the server names",
		[STEP_ACCEPTED] = "the server took our certificate",
		[STEP_ASSOCIATION] = "IRIS_PDF_SCU took DCM_PDF_SCP: 3 of 4 contexts",
		[STEP_ECHO] = "5 answers, 0.9 ms at least, 1.1 ms median",
		[STEP_ENFORCED] = "refused without a certificate, and with a foreign one",
		[STEP_RANGE] = "",
	};

	memset(&report, 0, sizeof report);
	memset(findings, 0, sizeof findings);
	report.called = "IRIS_PDF_SCU";
	report.calling = "DCM_PDF_SCP";
	report.host = "iris";
	report.port = 2010;
	report.depth = "quick";
	text_format(report.address, sizeof report.address, "192.0.2.7");
	text_format(report.started, sizeof report.started, "2026-11-23T12:51:03Z");
	text_format(report.protocol, sizeof report.protocol, "TLSv1.2");
	text_format(report.cipher, sizeof report.cipher, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
	text_format(report.group, sizeof report.group, "X25519");
	text_format(report.implementation, sizeof report.implementation, "1.2.3.4");
	text_format(report.version, sizeof report.version, "TEST_1");
	report.max_pdu = 16384;
	report.window = 1;
	report.ping_count = PINGS;
	for (int i = 0; i < PINGS; i++)
		report.ping_us[i] = 1900 - 300 * i;
	report.us = 412345;
	report.connect_timeout = 10000;
	report.tls_timeout = 9000;
	report.accept_timeout = 30000;
	report.response_timeout = 300000;
	report.warn_days = 30;
	report.crit_days = 7;
	set_chain(&report.server, SERVER, "truststore.p12 (dicom-ca)");
	text_format(report.server.items[0].names, sizeof report.server.items[0].names, "DNS:iris");
	set_chain(&report.ours, CLIENT, "truststore.p12 (dicom-ca)");
	for (enum step i = 0; i < STEP_RANGE; i++) {
		set_step(i, FINDING_OK, summaries[i]);
		find(i, "all-well", FINDING_OK, SIDE_NONE, summaries[i], "");
	}
	set_step(STEP_RANGE, FINDING_NOT_REACHED, "only with --check=full");
}

static void
set_warning(void)
{
	report.steps[STEP_ECHO].count = 0;
	set_step(STEP_ECHO, FINDING_WARNING, "refused, while storage is accepted");
	find(STEP_ECHO, "echo-refused", FINDING_WARNING, SIDE_RECEIVER,
		"IRIS_PDF_SCU accepts no Verification, but storage",
		"Nothing need be done: IRIS's sample does so.");
}

static void
set_failure(void)
{
	set_step(STEP_SERVER, FINDING_FAILED, "the certificate of iris expired 3 days ago");
	find(STEP_SERVER, "server-expired", FINDING_FAILED, SIDE_RECEIVER,
		"the certificate of iris expired 3 days ago", "Renew it.");
	findings[STEP_SERVER][0].kind = ERR_UNTRUSTED;
	report.server.items[0].days_left = -3;
	for (enum step i = STEP_OURS; i < STEP_COUNT; i++)
		set_step(i, FINDING_NOT_REACHED, "");
	report.ping_count = 0;
	err_set(&report.verdict, ERR_UNTRUSTED, "the certificate of iris expired 3 days ago");
	err_hint(&report.verdict, "Renew it.");
	report.verdict.phase = "server-identity";
}

static void
add_row(const char *name, const char *group, enum range_answer answer, bool guide, bool bcp195,
	const char *note)
{
	struct range_row *row = &report.range[report.range_count++];

	*row = (struct range_row){ name, group, answer, guide, bcp195, false, "" };
	text_format(row->note, sizeof row->note, "%s", note);
}

static void
set_range(void)
{
	report.depth = "full";
	set_step(STEP_RANGE, FINDING_WARNING, "as in the guide; not as in PS3.15 B.12");
	add_row("TLSv1.2", "protocol", RANGE_TAKEN, true, true, "");
	add_row("TLSv1.3", "protocol", RANGE_REFUSED, false, true, "the guide offers it");
	add_row("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "suite", RANGE_TAKEN, true, true, "");
	add_row("TLS_RSA_WITH_AES_128_CBC_SHA", "suite", RANGE_TAKEN, true, false, "no forward secrecy");
	add_row("TLS_AES_128_GCM_SHA256", "suite", RANGE_UNDECIDED, false, false, "no answer in time");
	add_row("RC4", "forbidden", RANGE_REFUSED, true, true, "");
}

/* Everything at once, and none of it meant well. */
static void
set_hostile(void)
{
	static char endless[1024];

	memset(endless, 'W', sizeof endless - 1);
	set_good();
	report.called = "A\"\\|<b>\xff";
	report.calling = HOSTILE;
	report.host = "evil\"host\n<i>";
	for (unsigned i = 0; i < CERTIFICATES_MAX; i++)
		set_certificate(&report.server.items[i], i % 2 ? HOSTILE : endless, i % 2 ? endless : HOSTILE,
			(int)i - 5);
	report.server.count = report.server.sent = CERTIFICATES_MAX;
	report.server.complete = false;
	text_format(report.server.items[0].names, sizeof report.server.items[0].names, "%s", endless);
	text_format(report.server.items[0].key, sizeof report.server.items[0].key, HOSTILE);
	text_format(report.ours.items[1].store, sizeof report.ours.items[1].store, HOSTILE);
	text_format(report.implementation, sizeof report.implementation, HOSTILE);
	set_range();
	add_row(HOSTILE, "forbidden", RANGE_TAKEN, false, false, HOSTILE);
	set_step(STEP_TLS, FINDING_UNDECIDED, endless);
	find(STEP_TLS, "tls-odd", FINDING_UNDECIDED, SIDE_NETWORK, HOSTILE, endless);
	find(STEP_TLS, "tls-odder", FINDING_FAILED, SIDE_HERE, endless, HOSTILE);
	find(STEP_TLS, "tls-oddest", FINDING_WARNING, SIDE_NONE, "a  b", "");
	err_set(&report.verdict, ERR_TLS, HOSTILE " %s", endless);
	err_hint(&report.verdict, HOSTILE);
}

/* --- what is printed, caught */

static char *text;
static size_t text_size;

static FILE *
start(void)
{
	FILE *to = open_memstream(&text, &text_size);

	ck_assert_ptr_nonnull(to);
	return to;
}

static char *
finish(FILE *to)
{
	ck_assert_int_eq(fclose(to), 0);
	return text;
}

/* The check report as check/ tells it. */
static void
tell(const struct check_reporter *reporter)
{
	for (int i = 0; i < STEP_COUNT; i++)
		reporter->step(reporter->self, &report, &report.steps[i]);
	reporter->done(reporter->self, &report);
}

static char *
human(const char *columns, const char *locale, int verbosity, int color)
{
	struct check_human human;
	struct check_reporter reporter;
	struct err err;
	FILE *to = start();

	setenv("COLUMNS", columns, 1);
	setenv("LC_ALL", locale, 1);
	reporter = check_human_init(&human, to, to, verbosity, color);
	reporter.announce(reporter.self, "38 connections are about to be opened");
	tell(&reporter);
	ck_assert_int_eq(output_end(&human.out, "standard output", &err), 0);
	return finish(to);
}

/* What a program says of its input: its exit status, 0 if it is not installed. */
static int
evaluate(const char *program, const char *const *argv, const char *input)
{
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		char *words[8] = { NULL };

		for (size_t i = 0; argv[i]; i++)
			words[i] = strdup(argv[i]);
		dup2(ends[0], STDIN_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(program, words);
		_exit(127);
	}
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	for (size_t left = strlen(input); left > 0;) {
		ssize_t n = write(ends[1], input, left);

		if (n <= 0)
			break;
		input += n;
		left -= (size_t)n;
	}
	close(ends[1]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 127 ? 0 : WEXITSTATUS(status);
}

/* --- human */

/* Columns of a line without its colours; no other control characters may be in it. */
static unsigned
columns_of(const char *line, size_t len, bool color)
{
	char plain[4096];
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (color && line[i] == '\033') {
			i += strcspn(line + i, "m");
			continue;
		}
		ck_assert_msg((unsigned char)line[i] >= 0x20 && line[i] != 0x7f, "a control character: %.*s",
			(int)len, line);
		plain[used++] = line[i];
	}
	return text_columns(plain, used);
}

static void
assert_fits(const char *shown, unsigned columns, bool color)
{
	for (const char *line = shown; *line;) {
		size_t len = strcspn(line, "\n");

		/* The announcement, for stderr, is left to the terminal. */
		if (strncmp(line, "mtls-storescu:", 14) != 0)
			ck_assert_msg(columns_of(line, len, color) <= columns, "wider than %u: %.*s", columns,
				(int)len, line);
		line += len + 1;
	}
}

START_TEST(human_fits)
{
	static const char *const widths[] = { "40", "47", "60", "80", "120" };
	const char *columns = widths[_i];

	for (int color = 0; color < 2; color++)
		for (int verbosity = -1; verbosity < 2; verbosity++)
			for (int utf8 = 0; utf8 < 2; utf8++) {
				set_hostile();
				assert_fits(human(columns, utf8 ? "C.UTF-8" : "C", verbosity, color),
					(unsigned)atoi(columns), color);
				free(text);
			}
}
END_TEST

START_TEST(human_wide)
{
	set_good();
	set_warning();
	human("80", "C.UTF-8", 0, 0);
	ck_assert_ptr_nonnull(strstr(text,
		CHECK_MARK " resolve                     2.5 ms  iris is 192.0.2.7\n"
		CHECK_MARK " tcp                         3.7 ms  connected to 192.0.2.7:2010\n"
		CHECK_MARK " tls                         4.9 ms  TLSv1.2,\n"
		"                                      TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\n"
		"                                      X25519\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"    " ROOT "\n"
		"    \xe2\x94\x82  trusted: in truststore.p12 (dicom-ca)\n"
		"    \xe2\x94\x82  3649 days left, until 2029-02-25 12:21 UTC\n"
		"    \xe2\x94\x82  RSA 2048 bits, signed with sha256WithRSAEncryption\n"
		"    \xe2\x94\x82  self-signed\n"
		"    \xe2\x94\x94\xe2\x94\x80 " SERVER "\n"
		"       sent\n"
		"       824 days left, until 2029-02-25 12:21 UTC\n"
		"       RSA 2048 bits, signed with sha256WithRSAEncryption\n"
		"       names DNS:iris\n"
		"       issuer " ROOT "\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"! C-ECHO                     11.1 ms  refused, while storage is accepted\n"
		"    warning: IRIS_PDF_SCU accepts no Verification, but storage.\n"
		"    On the receiver: Nothing need be done: IRIS's sample does so.\n"));
	ck_assert_ptr_nonnull(strstr(text,
		CHECK_MARK " ok: the path to IRIS_PDF_SCU at iris:2010 is ok.\n"
		"  exit 0 (ok), 1 warning, 0.41 s\n"));
	free(text);
}
END_TEST

START_TEST(human_narrow)
{
	set_good();
	set_warning();
	set_range();
	human("40", "C", 0, 0);
	ck_assert_ptr_nonnull(strstr(text,
		"+ tls                         4.9 ms\n"
		"  TLSv1.2,\n"
		"  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,\n"
		"  X25519\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"    CN=Demo DICOM CA,OU=DICOM,O=Demo,\n"
		"    |  C=ES\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"    TLS_RSA_WITH_AES_128_CBC_SHA\n"
		"      taken      +      x\n"
		"      no forward secrecy\n"
		"    TLS_AES_128_GCM_SHA256\n"
		"      undecided  ?      ?\n"));
	free(text);
}
END_TEST

START_TEST(human_failure)
{
	set_good();
	set_failure();
	human("80", "C.UTF-8", -1, 0);
	ck_assert_str_eq(text,
		BALLOT_X " server identity             6.2 ms  the certificate of iris expired 3 days ago\n"
		"    On the receiver: Renew it.\n");
	free(text);
	human("100", "C.UTF-8", 1, 0);
	ck_assert_ptr_nonnull(strstr(text, "38 connections"));
	ck_assert_ptr_nonnull(strstr(text, "    ok: iris is 192.0.2.7. [all-well]\n"));
	ck_assert_ptr_nonnull(strstr(text,
		"    failed: the certificate of iris expired 3 days ago. [server-expired]\n"));
	ck_assert_ptr_nonnull(strstr(text, "expired 3 days ago, on 2029-02-25"));
	free(text);
}
END_TEST

static void
set_information(void)
{
	report.steps[STEP_SERVER].count = 0;
	set_step(STEP_SERVER, FINDING_INFORMATION, "CN=iris, 824 days left");
	find(STEP_SERVER, "server-root-sent", FINDING_INFORMATION, SIDE_RECEIVER,
		"the server also sends its root certificate (harmless)", "Leave it out.");
}

static void
set_ignored(void)
{
	set_warning();
	report.steps[STEP_ECHO].severity = findings[STEP_ECHO][0].severity = FINDING_INFORMATION;
	findings[STEP_ECHO][0].ignored = true;
	report.ignored = 1;
}

static void
set_critical(void)
{
	report.steps[STEP_STORES].count = 0;
	set_step(STEP_STORES, FINDING_WARNING, CLIENT " expires in 3 days, on 2026-11-26");
	find(STEP_STORES, "client-expires-critical", FINDING_WARNING, SIDE_HERE,
		CLIENT " expires in 3 days, on 2026-11-26", "Have it renewed.");
	findings[STEP_STORES][0].critical = true;
	text_format(findings[STEP_STORES][0].brief, sizeof findings[STEP_STORES][0].brief,
		"our certificate expires in 3 days");
	report.ours.items[0].days_left = 3;
}

/* -q tells what failed and what is critical, and is silent otherwise: fit for cron. */
static const struct {
	void (*set)(void);
	const char *wanted;
} quiet[] = {
	{ set_good, "" },
	{ set_warning, "" },
	{ set_information, "" },
	{ set_ignored, "" },
	{ set_critical, "! stores                      1.2 ms  " CLIENT " expires\n" },
	{ set_failure, "x server identity             6.2 ms  the certificate of iris expired 3 days ago\n" },
};

START_TEST(human_quiet)
{
	set_good();
	quiet[_i].set();
	human("80", "C", -1, 0);
	if (*quiet[_i].wanted)
		ck_assert_msg(strstr(text, quiet[_i].wanted) == text, "%s", text);
	else
		ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

START_TEST(human_information)
{
	set_good();
	set_information();
	set_ignored();
	human("90", "C", 0, 0);
	ck_assert_ptr_nonnull(strstr(text,
		"i server identity             6.2 ms  CN=iris, 824 days left\n"
		"    information: the server also sends its root certificate (harmless).\n"
		"    On the receiver: Leave it out.\n"));
	ck_assert_ptr_nonnull(strstr(text, "    information (ignored): IRIS_PDF_SCU accepts no Verification, "
		"but storage.\n+ mTLS enforced"));
	ck_assert_ptr_nonnull(strstr(text, "  exit 0 (ok), 1 ignored, 0.41 s\n"));
	free(text);
}
END_TEST

/* Of several destinations: the result, verbosity, the line. */
static const struct {
	void (*set)(void);
	int verbosity;
	const char *wanted;
} told_lines[] = {
	{ set_good, 0, "+ ward-1: the path to IRIS_PDF_SCU at iris:2010 is ok; exit 0 (ok), 0.41 s\n" },
	{ set_ignored, 0, "+ ward-1: the path to IRIS_PDF_SCU at iris:2010 is ok; exit 0 (ok), 1 ignored, "
		"0.41 s\n" },
	{ set_failure, 0, "x ward-1: server identity: the certificate of iris expired 3 days ago; exit 31 "
		"(untrusted), 1 failure, 0.41 s\n" },
	{ set_critical, 0, "! ward-1: " CLIENT " expires in 3 days, on 2026-11-26; exit 0 (ok), 1 warning, "
		"0.41 s\n" },
	{ set_good, -1, "" },
	{ set_failure, -1, "x ward-1: server identity: the certificate of iris expired 3 days ago; exit 31 "
		"(untrusted), 1 failure, 0.41 s\n" },
};

START_TEST(human_lines)
{
	struct check_human human;
	struct check_reporter reporter;
	struct err err;
	FILE *to = start();

	setenv("COLUMNS", "40", 1);
	setenv("LC_ALL", "C", 1);
	set_good();
	told_lines[_i].set();
	report.destination = "ward-1";
	reporter = check_human_init(&human, to, to, told_lines[_i].verbosity, 0);
	human.lines = true;
	tell(&reporter);
	ck_assert_int_eq(output_end(&human.out, "standard output", &err), 0);
	ck_assert_str_eq(finish(to), told_lines[_i].wanted);
	free(text);
}
END_TEST

/* An interrupt is no step's. */
START_TEST(human_interrupted)
{
	set_good();
	err_set(&report.verdict, ERR_SIGINT, "interrupted");
	human("80", "C", -1, 0);
	ck_assert_str_eq(text, "x ended: interrupted.\n  exit 130 (interrupted), 0.41 s\n");
	free(text);
}
END_TEST

START_TEST(human_colors)
{
	set_good();
	set_warning();
	human("80", "C", 0, 1);
	ck_assert_ptr_nonnull(strstr(text, "\033[32m+\033[0m stores"));
	ck_assert_ptr_nonnull(strstr(text, "\033[33m!\033[0m C-ECHO"));
	ck_assert_ptr_nonnull(strstr(text, "\033[2m-\033[0m"));
	free(text);
	human("80", "C", 0, -1);
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);
}
END_TEST

/* --- chains */

#define INTER "CN=Inter"

/* Chains by their subjects and issuers, the leaf first, and the trees that are drawn: from the top, with what
 * is said of each node. */
static const struct {
	const char *names[4][2];
	unsigned sent;
	const char *store; /* of the last */
	const char *wanted;
} trees[] = {
	{ { { SERVER, ROOT }, { ROOT, ROOT } }, 1, "t.p12 (ca)",
		ROOT ": trusted: in t.p12 (ca)\n" SERVER ": sent\n" },
	/* The intermediate is missing; the root that was sent beside it can't be reached. */
	{ { { SERVER, INTER } }, 1, "",
		INTER ": missing: not sent, and not in a trust store\n" SERVER ": sent\n" },
	{ { { SERVER, INTER }, { ROOT, ROOT } }, 2, "",
		INTER ": missing: not sent, and not in a trust store\n" SERVER ": sent\n"
		ROOT ": sent, but not part of this chain\n" },
	/* All is there, but nobody knows the root. */
	{ { { SERVER, INTER }, { INTER, ROOT }, { ROOT, ROOT } }, 3, "",
		ROOT ": sent; not trusted: not in a trust store\n" INTER ": sent\n" SERVER ": sent\n" },
	{ { { SERVER, SERVER } }, 1, "", SERVER ": sent; not trusted: not in a trust store\n" },
	/* Out of order. */
	{ { { SERVER, INTER }, { ROOT, ROOT }, { INTER, ROOT } }, 3, "",
		ROOT ": sent; not trusted: not in a trust store\n" INTER ": sent\n" SERVER ": sent\n" },
	/* An intermediate may be the anchor. */
	{ { { SERVER, INTER }, { INTER, ROOT } }, 1, "t.p12 (i)",
		INTER ": trusted: in t.p12 (i)\n" SERVER ": sent\n" },
	/* Two that issued each other. */
	{ { { SERVER, "CN=a" }, { "CN=a", "CN=b" }, { "CN=b", "CN=a" } }, 3, "",
		"CN=a: missing: not sent, and not in a trust store\nCN=b: sent\nCN=a: sent\n"
		SERVER ": sent\n" },
};

START_TEST(chain_is_drawn)
{
	static struct certificate_chain chain;
	struct chaintree tree;
	FILE *to = start();
	char origin[400];

	set_good();
	memset(&chain, 0, sizeof chain);
	for (; chain.count < 4 && trees[_i].names[chain.count][0]; chain.count++)
		set_certificate(&chain.items[chain.count], trees[_i].names[chain.count][0],
			trees[_i].names[chain.count][1], 100);
	chain.sent = trees[_i].sent;
	strcpy(chain.items[chain.count - 1].store, trees[_i].store);
	chaintree_grow(&tree, &chain, false, &report);
	for (unsigned i = 0; i < tree.count; i++) {
		chaintree_origin(origin, sizeof origin, &tree, i);
		fprintf(to, "%s: %s\n", tree.nodes[i].subject, origin);
	}
	ck_assert_str_eq(finish(to), trees[_i].wanted);
	free(text);
}
END_TEST

static const struct {
	int days;
	bool early;
	enum severity severity;
	const char *wanted;
} validities[] = {
	{ 824, false, FINDING_OK, "824 days left, until 2029-02-25 12:21 UTC" },
	{ 30, false, FINDING_OK, "30 days left, until 2029-02-25 12:21 UTC" },
	{ 29, false, FINDING_WARNING, "29 days left, until 2029-02-25 12:21 UTC" },
	{ 1, false, FINDING_FAILED, "1 day left, until 2029-02-25 12:21 UTC" },
	{ 0, false, FINDING_FAILED, "0 days left, until 2029-02-25 12:21 UTC" },
	{ -1, false, FINDING_FAILED, "expired 1 day ago, on 2029-02-25 12:21 UTC" },
	{ 900, true, FINDING_FAILED, "not valid before 2026-11-23 12:21 UTC" },
};

START_TEST(validity_is_told)
{
	struct chaintree tree;
	char shown[100];

	set_good();
	report.server.items[0].days_left = validities[_i].days;
	report.server.items[0].early = validities[_i].early;
	chaintree_grow(&tree, &report.server, false, &report);
	ck_assert_int_eq(chaintree_validity(shown, sizeof shown, &tree, 1), validities[_i].severity);
	ck_assert_str_eq(shown, validities[_i].wanted);
}
END_TEST

/* --- nagios */

static void
set_undecided(void)
{
	set_step(STEP_ACCEPTED, FINDING_UNDECIDED, "no answer");
	find(STEP_ACCEPTED, "accepted-unknown", FINDING_UNDECIDED, SIDE_NONE, "no answer|yet", "");
}

static void
set_ending_soon(void)
{
	set_critical();
	report.ours.items[0].days_left = 29;
	findings[STEP_STORES][0].critical = false;
	text_format(findings[STEP_STORES][0].brief, sizeof findings[STEP_STORES][0].brief,
		"our certificate expires in 29 days");
}

/* A limit was given, so that it fails its step. */
static void
set_critical_failure(void)
{
	set_critical();
	report.steps[STEP_STORES].severity = findings[STEP_STORES][0].severity = FINDING_FAILED;
	findings[STEP_STORES][0].kind = ERR_CREDENTIALS;
	err_set(&report.verdict, ERR_CREDENTIALS, "%s", findings[STEP_STORES][0].text);
}

/* What monitoring reads could not be written: it is not to be told of a success. */
static void
set_unwritten(void)
{
	err_set(&report.verdict, ERR_OUTPUT, "/dev/full cannot be written");
}

static void
set_unwritten_critical(void)
{
	set_critical();
	set_unwritten();
}

static void
set_timeout(void)
{
	for (enum step i = STEP_TCP; i < STEP_COUNT; i++)
		set_step(i, FINDING_NOT_REACHED, "");
	set_step(STEP_TCP, FINDING_FAILED, "iris:2010 does not answer within 10000 ms");
	find(STEP_TCP, "tcp-timeout", FINDING_FAILED, SIDE_NETWORK,
		"iris:2010 does not answer within 10000 ms",
		"A firewall.");
	findings[STEP_TCP][0].kind = ERR_TIMEOUT;
	report.server.count = 0;
	report.ping_count = 0;
	err_set(&report.verdict, ERR_TIMEOUT, "iris:2010 does not answer within 10000 ms");
}

static void
set_stores(void)
{
	report.host = NULL;
	report.called = NULL;
	report.depth = "local";
	report.server.count = 0;
	report.ping_count = 0;
	for (enum step i = STEP_RESOLVE; i < STEP_COUNT; i++)
		set_step(i, FINDING_NOT_REACHED, "");
}

static void
set_nothing(void)
{
}

#define TIMES "connect_ms=3.702ms;;10000;0 handshake_ms=4.936ms;;9000;0 association_ms=9.872ms;;30000;0 " \
	"echo_ms=1.300ms;;300000;0"
#define DAYS " server_days=824;30:;7: client_days=824;30:;7:\n"
#define DAYS_OF(client) " server_days=824;30:;7: client_days=" client ";30:;7:\n"
#define UNTIL " days left, until 2029-02-25 12:21 UTC\n"
#define SERVER_CHAIN "the server's certificate: " SERVER ", 824" UNTIL \
	"above the server's certificate: " ROOT ", 3649" UNTIL
#define CLIENT_CHAIN(days) "our certificate: " CLIENT ", " days UNTIL "above our certificate: " ROOT ", 3649" UNTIL
#define CHAINS SERVER_CHAIN CLIENT_CHAIN("824")
#define EXPIRES CLIENT " expires in 3 days, on 2026-11-26. On this side: Have it renewed.\n"

static const struct {
	void (*set)(void);
	enum nagios state;
	const char *wanted;
} states[] = {
	{ set_nothing, NAGIOS_OK,
		"MTLS OK - certificates valid for 824 days, IRIS_PDF_SCU at iris:2010, TLSv1.2, C-ECHO 1.3 ms | "
		TIMES DAYS CHAINS },
	{ set_information, NAGIOS_OK, "MTLS OK - certificates valid for 824 days, IRIS_PDF_SCU at" },
	{ set_ignored, NAGIOS_OK, "MTLS OK - certificates valid for 824 days, IRIS_PDF_SCU at iris:2010, TLSv1.2, "
		"C-ECHO 1.3 ms, 1 ignored | " TIMES DAYS "C-ECHO: information (ignored): " },
	{ set_warning, NAGIOS_WARNING,
		"MTLS WARNING - C-ECHO: IRIS_PDF_SCU accepts no Verification, but storage | " TIMES DAYS
		"C-ECHO: warning: IRIS_PDF_SCU accepts no Verification, but storage. On the receiver: Nothing need "
		"be done: IRIS's sample does so.\n" CHAINS },
	{ set_undecided, NAGIOS_WARNING,
		"MTLS WARNING - accepted by the server: no answer/yet | " TIMES DAYS },
	{ set_failure, NAGIOS_CRITICAL,
		"MTLS CRITICAL - server identity: the certificate of iris expired 3 days ago | "
		"connect_ms=3.702ms;;10000;0 handshake_ms=4.936ms;;9000;0 server_days=-3;30:;7: "
		"client_days=824;30:;7:\n" },
	{ set_timeout, NAGIOS_CRITICAL,
		"MTLS CRITICAL - tcp: iris:2010 does not answer within 10000 ms | connect_ms=3.702ms;;10000;0 "
		"client_days=824;30:;7:\n" },
	{ set_critical, NAGIOS_CRITICAL, "MTLS CRITICAL - our certificate expires in 3 days | " TIMES DAYS_OF("3")
		"stores: warning: " EXPIRES SERVER_CHAIN CLIENT_CHAIN("3") },
	{ set_critical_failure, NAGIOS_CRITICAL, "MTLS CRITICAL - our certificate expires in 3 days | " TIMES
		DAYS_OF("3") "stores: failed: " EXPIRES },
	{ set_ending_soon, NAGIOS_WARNING,
		"MTLS WARNING - our certificate expires in 29 days | " TIMES DAYS_OF("29") },
	{ set_unwritten, NAGIOS_UNKNOWN, "MTLS UNKNOWN - /dev/full cannot be written | " },
	{ set_unwritten_critical, NAGIOS_CRITICAL, "MTLS CRITICAL - our certificate expires in 3 days | " },
	{ set_stores, NAGIOS_OK, "MTLS OK - certificates valid for 824 days, the stores are ok | "
		"client_days=824;30:;7:\n" CLIENT_CHAIN("824") },
};

START_TEST(nagios_states)
{
	struct err err;
	FILE *to = start();

	set_good();
	states[_i].set();
	ck_assert_int_eq(nagios_print(to, &report, &err), 0);
	ck_assert_msg(strstr(finish(to), states[_i].wanted) == text, "not\n%s\nbut\n%s", states[_i].wanted, text);
	ck_assert_int_eq(nagios_state(&report), states[_i].state);
	free(text);
}
END_TEST

static const struct {
	enum err_kind kind;
	enum nagios state;
} kinds[] = {
	{ ERR_NONE, NAGIOS_OK },
	{ ERR_USAGE, NAGIOS_UNKNOWN },
	{ ERR_INTERNAL, NAGIOS_UNKNOWN },
	{ ERR_SIGTERM, NAGIOS_UNKNOWN },
	{ ERR_SIGHUP, NAGIOS_UNKNOWN },
	{ ERR_EMPTY, NAGIOS_UNKNOWN },
	{ ERR_OUTPUT, NAGIOS_UNKNOWN },
	{ ERR_DNS, NAGIOS_CRITICAL },
	{ ERR_TIMEOUT, NAGIOS_CRITICAL },
	{ ERR_CREDENTIALS, NAGIOS_CRITICAL },
	{ ERR_NOT_ENFORCED, NAGIOS_CRITICAL },
};

START_TEST(nagios_kinds)
{
	ck_assert_int_eq(nagios_kind(kinds[_i].kind), kinds[_i].state);
}
END_TEST

START_TEST(nagios_hostile)
{
	struct err what = ERR_INIT, err;
	FILE *to = start();

	set_hostile();
	ck_assert_int_eq(nagios_print(to, &report, &err), 0);
	finish(to);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		ck_assert_uint_gt(columns_of(line, strcspn(line, "\n"), false), 0);
	ck_assert_ptr_eq(strchr(text, '|'), strrchr(text, '|'));
	ck_assert_int_lt(strchr(text, '|') - text, 300);
	free(text);
	to = start();
	err_set(&what, ERR_USAGE, "no|way\n%s", "out");
	ck_assert_int_eq(nagios_error(to, &what, &err), 0);
	ck_assert_str_eq(finish(to), "MTLS UNKNOWN - no/way out\n");
	free(text);
}
END_TEST

/* --- prometheus */

START_TEST(prometheus_text)
{
	static const char *const argv[] = { "promtool", "check", "metrics", NULL };
	static void (*const sets[])(void) = { set_nothing, set_failure, set_hostile, set_stores };
	FILE *to;

	for (int i = 0; i < COUNT(sets); i++) {
		set_good();
		sets[i]();
		to = start();
		prometheus_print(to, &(struct prometheus_checks){ &report, 1 });
		finish(to);
		ck_assert_msg(evaluate(argv[0], argv, text) == 0, "promtool refuses\n%s", text);
		free(text);
	}
}
END_TEST

#define LABELS "receiver=\"IRIS_PDF_SCU\",host=\"iris:2010\",calling=\"DCM_PDF_SCP\""

static const struct {
	void (*set)(void);
	const char *wanted, *unwanted;
} metrics[] = {
	{ set_nothing, "mtls_storescu_check_success{" LABELS "} 1\n", "step=\"range\"" },
	{ set_nothing, "mtls_storescu_last_run_timestamp_seconds{" LABELS "} 1795438263\n", "\t" },
	{ set_nothing, "mtls_storescu_step_ok{" LABELS ",step=\"server-identity\"} 1\n", "\t" },
	{ set_nothing, "mtls_storescu_step_seconds{" LABELS ",step=\"tcp\"} 0.003702\n", "\t" },
	{ set_nothing, "mtls_storescu_echo_seconds{" LABELS "} 0.001300\n", "\t" },
	{ set_nothing,
		"mtls_storescu_certificate_expiry_timestamp_seconds{" LABELS ",side=\"server\"} 1866716460\n",
		"\t" },
	{ set_nothing, ",side=\"client\"} 1866716460\n", "\t" },
	{ set_failure, "mtls_storescu_check_success{" LABELS "} 0\n", "echo_seconds" },
	{ set_failure, "step=\"server-identity\"} 0\n", "step=\"association\"" },
	{ set_hostile, "{receiver=\"A\\\"\\\\|<b>?\",host=\"evil\\\"host <i>:2010\",calling=", "\x1b" },
};

START_TEST(prometheus_metrics)
{
	FILE *to = start();

	set_good();
	metrics[_i].set();
	prometheus_print(to, &(struct prometheus_checks){ &report, 1 });
	finish(to);
	ck_assert_msg(strstr(text, metrics[_i].wanted), "no %s in\n%s", metrics[_i].wanted, text);
	ck_assert_ptr_null(strstr(text, metrics[_i].unwanted));
	free(text);
}
END_TEST

/* Several destinations: the samples of one metric stand together, each with its own labels. */
START_TEST(prometheus_several)
{
	static struct check_report both[2];
	static const char *const argv[] = { "promtool", "check", "metrics", NULL };
	FILE *to = start();

	set_good();
	both[1] = report;
	set_failure();
	both[0] = report;
	both[0].destination = "ward-1";
	both[1].destination = "ward-2";
	prometheus_print(to, &(struct prometheus_checks){ both, 2 });
	finish(to);
	ck_assert_ptr_nonnull(strstr(text, "# TYPE mtls_storescu_check_success gauge\n"
		"mtls_storescu_check_success{" LABELS ",destination=\"ward-1\"} 0\n"
		"mtls_storescu_check_success{" LABELS ",destination=\"ward-2\"} 1\n# HELP"));
	ck_assert_ptr_nonnull(strstr(text, "echo_seconds{" LABELS ",destination=\"ward-2\"}"));
	ck_assert_ptr_null(strstr(text, "echo_seconds{" LABELS ",destination=\"ward-1\"}"));
	ck_assert_msg(evaluate(argv[0], argv, text) == 0, "promtool refuses\n%s", text);
	free(text);
}
END_TEST

/* --- html */

START_TEST(html_escapes)
{
	static const char *const unwanted[] = { "<script", "alert('x')", "\x1b", "\xff", "\xc2\x9b",
		"\xef\xbf\xbf", "<b>?", "http:", "https:", "src=", "url(", "<link", "@import" };
	FILE *to = start();

	set_hostile();
	html_print(to, &report);
	finish(to);
	for (int i = 0; i < COUNT(unwanted); i++)
		ck_assert_msg(!strstr(text, unwanted[i]), "%s is there", unwanted[i]);
	ck_assert_ptr_nonnull(strstr(text,
		"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;|\\ ?"));
	ck_assert_ptr_nonnull(strstr(text, "A&quot;\\|&lt;b&gt;? at evil&quot;host &lt;i&gt;:2010</h1>"));
	free(text);
}
END_TEST

static void (*const sets[])(void) = { set_nothing, set_failure, set_hostile, set_stores, set_range };

static size_t
count_tags(const char *begin, const char *name)
{
	size_t count = 0, len = strlen(begin), name_len = strlen(name);

	for (const char *at = text; (at = strstr(at, begin)) != NULL; at += len)
		count += strncmp(at + len, name, name_len) == 0 && strchr("> \n", at[len + name_len]);
	return count;
}

/* Every element is ended, also where HTML lets its end be omitted. */
START_TEST(html_is_ended)
{
	static const char *const names[] = { "b", "body", "code", "dd", "details", "div", "dl", "dt", "footer", "h1",
		"h2", "h3", "head", "header", "html", "li", "main", "ol", "p", "section", "span", "strong",
		"style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr", "ul" };
	FILE *to = start();

	set_good();
	sets[_i]();
	html_print(to, &report);
	finish(to);
	for (int i = 0; i < COUNT(names); i++)
		ck_assert_msg(count_tags("<", names[i]) == count_tags("</", names[i]), "%zu of %zu <%s> are ended",
			count_tags("</", names[i]), count_tags("<", names[i]), names[i]);
	free(text);
}
END_TEST

/* What tidy of HTML 5 has nothing to say about. */
START_TEST(html_is_valid)
{
	static const char *const argv[] = { "tidy", "-qe", "-utf8", "--show-info", "no", NULL };
	FILE *to = start();

	set_good();
	sets[_i]();
	html_print(to, &report);
	finish(to);
	ck_assert_msg(evaluate(argv[0], argv, text) == 0, "tidy complains");
	free(text);
}
END_TEST

START_TEST(html_tells)
{
	static const char *const wanted[] = { "<h1>The path to IRIS_PDF_SCU at iris:2010</h1>",
		"<strong>untrusted</strong>: the certificate of iris expired 3 days ago.", "exit 31",
		"<code>server-expired</code>", "<strong>On the receiver:</strong> Renew it.",
		"2026-11-23T12:51:03Z",
		"<svg role=\"img\"", "expired 3 days ago, on 2029-02-25 12:21 UTC", "DNS:iris",
		"TLS_RSA_WITH_AES_128_CBC_SHA", "no forward secrecy", MTLS_VERSION };
	FILE *to = start();

	set_good();
	set_failure();
	set_range();
	html_print(to, &report);
	finish(to);
	for (int i = 0; i < COUNT(wanted); i++)
		ck_assert_msg(strstr(text, wanted[i]), "no %s", wanted[i]);
	free(text);
}
END_TEST

/* Every fact that is known has a row; what is not known has none. */
START_TEST(html_facts)
{
	static const char *const rows[] = { "Began</dt><dd>2026-11-23T12:51:03Z", "Took</dt><dd>0.41 s (quick)",
		"Called AE title</dt><dd>IRIS_PDF_SCU", "Calling AE title</dt><dd>DCM_PDF_SCP",
		"Host</dt><dd>iris:2010", "Address</dt><dd>192.0.2.7", "Protocol</dt><dd>TLSv1.2",
		"Cipher suite</dt><dd>TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "Key exchange</dt><dd>X25519",
		"Implementation</dt><dd>1.2.3.4", "Its version</dt><dd>TEST_1",
		"PDUs</dt><dd>up to 16384 bytes", "Window</dt><dd>1 operation at a time",
		"C-ECHO</dt><dd>0.7 ms at least, 1.3 ms median of 5" };
	FILE *to = start();
	char row[200];

	set_good();
	html_print(to, &report);
	finish(to);
	for (int i = 0; i < COUNT(rows); i++) {
		text_format(row, sizeof row, "<dt>%s</dd>\n", rows[i]);
		ck_assert_msg(strstr(text, row), "no %s in %s", row, strstr(text, "<dl>"));
	}
	free(text);
	to = start();
	report.window = 2;
	report.max_pdu = 0;
	report.ping_count = 0;
	report.implementation[0] = '\0';
	html_print(to, &report);
	finish(to);
	ck_assert_ptr_nonnull(strstr(text, "<dt>Window</dt><dd>2 operations at a time</dd>"));
	ck_assert_ptr_null(strstr(text, "<dt>PDUs"));
	ck_assert_ptr_null(strstr(text, "<dt>C-ECHO"));
	ck_assert_ptr_null(strstr(text, "<dt>Implementation"));
	free(text);
}
END_TEST

/* --- ndjson */

static char *
ndjson(int exit_code)
{
	struct ndjson ndjson;
	struct check_reporter reporter;
	struct err err;
	FILE *to = start();

	ndjson_init(&ndjson, to);
	reporter = ndjson_check_reporter(&ndjson);
	tell(&reporter);
	ck_assert_int_eq(ndjson_end(&ndjson, exit_code, &err), 0);
	return finish(to);
}

/* The n-th object of the type among the lines of text; to be freed by json_decref. */
static json_t *
object(const char *type, int n)
{
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		json_t *event = json_loadb(line, strcspn(line, "\n"), 0, NULL);

		ck_assert_ptr_nonnull(event);
		if (strcmp(json_string_value(json_object_get(event, "type")), type) == 0 && n-- == 0)
			return event;
		json_decref(event);
	}
	ck_abort_msg("no %s", type);
}

static void
has(json_t *event, const char *key, const char *wanted)
{
	char *got = json_dumps(json_object_get(event, key),
		JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));

	ck_assert_str_eq(got, wanted);
	free(got);
}

START_TEST(ndjson_tells)
{
	json_t *event, *certificates;

	set_good();
	set_failure();
	set_range();
	ndjson(31);
	event = object("finding", STEP_SERVER);
	has(event, "step", "\"server-identity\"");
	has(event, "id", "\"server-expired\"");
	has(event, "severity", "\"failed\"");
	has(event, "side", "\"receiver\"");
	has(event, "message", "\"the certificate of iris expired 3 days ago\"");
	has(event, "hint", "\"Renew it.\"");
	has(event, "ms", "6.17");
	has(event, "critical", "false");
	has(event, "ignored", "false");
	json_decref(event);
	event = object("finding", STEP_ECHO);
	has(event, "severity", "\"not-reached\"");
	has(event, "side", "null");
	json_decref(event);
	event = object("tls", 0);
	has(event, "protocol", "\"TLSv1.2\"");
	certificates = json_object_get(json_object_get(event, "server"), "certificates");
	has(json_array_get(certificates, 0), "days_left", "-3");
	has(json_array_get(json_object_get(event, "range"), 1), "as_guide", "false");
	json_decref(event);
	event = object("error", 0);
	has(event, "code", "31");
	has(event, "word", "\"untrusted\"");
	has(event, "phase", "\"server-identity\"");
	json_decref(event);
	event = object("summary", 0);
	has(event, "ok", "4");
	has(event, "failed", "1");
	has(event, "not_reached", "5");
	has(event, "exit_code", "31");
	json_decref(event);
	ck_assert_ptr_nonnull(strstr(text, "\"exit_code\":31}\n"));
	ck_assert_str_eq(strstr(text, "\"exit_code\":31}\n"), "\"exit_code\":31}\n");
	ck_assert_ptr_null(strstr(text, "\"association\",\"ts\""));
	free(text);
}
END_TEST

/* Each line against the schema that is published. */
static const char validate[] =
	"import json, sys\n"
	"try:\n"
	"    from jsonschema import Draft202012Validator as V\n"
	"except ImportError:\n"
	"    sys.exit(0)\n"
	"schema = json.load(open(sys.argv[1]))\n"
	"V.check_schema(schema)\n"
	"validator = V(schema)\n"
	"bad = 0\n"
	"for line in sys.stdin.buffer:\n"
	"    for e in validator.iter_errors(json.loads(line.decode('utf-8'))):\n"
	"        print(line[:200], e.message, [c.message for c in e.context or ()])\n"
	"        bad = 1\n"
	"sys.exit(bad)\n";

static int
against_schema(const char *lines)
{
	const char *top = getenv("TOP_SRCDIR");
	char schema[4096];
	const char *const argv[] = { "python3", "-c", validate, schema, NULL };

	text_format(schema, sizeof schema, "%s/doc/events.schema.json", top ? top : ".");
	return evaluate(argv[0], argv, lines);
}

/* --ignore, a certificate about to expire, information: each counted; and whose events they are. */
START_TEST(ndjson_counts)
{
	struct ndjson ndjson;
	struct check_reporter reporter;
	struct err err;
	json_t *event;
	FILE *to = start();

	set_good();
	set_information();
	set_ignored();
	set_critical();
	ndjson_init(&ndjson, to);
	ndjson.destination = "ward-1";
	reporter = ndjson_check_reporter(&ndjson);
	tell(&reporter);
	ck_assert_int_eq(ndjson_end(&ndjson, 0, &err), 0);
	finish(to);
	event = object("finding", STEP_STORES);
	has(event, "critical", "true");
	has(event, "destination", "\"ward-1\"");
	json_decref(event);
	event = object("finding", STEP_ECHO);
	has(event, "severity", "\"information\"");
	has(event, "ignored", "true");
	json_decref(event);
	event = object("tls", 0);
	has(event, "destination", "\"ward-1\"");
	json_decref(event);
	event = object("summary", 0);
	has(event, "information", "2");
	has(event, "ignored", "1");
	has(event, "critical", "1");
	json_decref(event);
	ck_assert_int_eq(against_schema(text), 0);
	free(text);
}
END_TEST

START_TEST(ndjson_association)
{
	json_t *event;

	set_hostile();
	report.calling = "caf\xe9 \xe6\x97\xa5";
	ndjson(0);
	event = object("association", 0);
	has(event, "called", "\"A\\\"\\\\|<b>\xef\xbf\xbd\"");
	has(event, "called_b64", "\"QSJcfDxiPv8=\"");
	has(event, "calling", "\"caf\xef\xbf\xbd \xe6\x97\xa5\"");
	has(event, "calling_b64", "\"Y2Fm6SDml6U=\"");
	has(event, "version", "\"TEST_1\"");
	ck_assert_ptr_null(json_object_get(event, "version_b64"));
	has(event, "echo_ms", "[1.9,1.6,1.3,1.0,0.7]");
	json_decref(event);
	free(text);
}
END_TEST

START_TEST(ndjson_fits_schema)
{
	set_good();
	sets[_i]();
	ck_assert_int_eq(against_schema(ndjson(61)), 0);
	free(text);
}
END_TEST

/* --- where it goes */

START_TEST(full_disk)
{
	static const struct err what = { .kind = ERR_DNS, .text = "x" };
	struct ndjson json;
	struct check_human human;
	struct check_reporter reporter;
	struct err err = ERR_INIT;
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	set_good();
	reporter = check_human_init(&human, full, full, 0, 0);
	tell(&reporter);
	ck_assert_int_eq(output_end(&human.out, "standard output", &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "cannot write standard output: No space left on device");
	ndjson_init(&json, full);
	err.kind = ERR_NONE;
	ck_assert_int_eq(ndjson_end(&json, 0, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	err.kind = ERR_NONE;
	ck_assert_int_eq(nagios_error(full, &what, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_int_eq(prometheus_write("/dev/full", &report, 1, &err), -1);
	ck_assert_str_eq(err.text, "cannot write /dev/full: No space left on device");
	fclose(full);
}
END_TEST

START_TEST(closed_pipe)
{
	struct ndjson json;
	struct check_reporter reporter;
	struct err err = ERR_INIT;
	int ends[2];
	FILE *to;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	to = fdopen(ends[1], "w");
	/* So small a buffer that writes fail where nobody looks at errno. */
	setvbuf(to, NULL, _IOFBF, 16);
	set_good();
	ndjson_init(&json, to);
	reporter = ndjson_check_reporter(&json);
	tell(&reporter);
	ck_assert_int_eq(ndjson_end(&json, 0, &err), 0);
	ck_assert_int_eq(nagios_print(to, &report, &err), 0);
	ck_assert(!ferror(to));
	fclose(to);
}
END_TEST

/* A temporary directory, entered. */
static char folder[] = "/tmp/test_ladder.XXXXXX";

static void
enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
}

static void
leave(const char *const *left)
{
	for (; *left; left++)
		ck_assert_msg(unlink(*left) == 0, "%s is not there", *left);
	ck_assert_int_eq(chdir("/"), 0);
	/* Nothing else is left behind. */
	ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(file_is_replaced)
{
	static const char *const left[] = { "page.html", "link", "out.prom", NULL };
	struct err err;
	struct stat now;

	enter();
	set_good();
	ck_assert_int_eq(html_write("page.html", &report, &err), 0);
	ck_assert_int_eq(symlink("page.html", "link"), 0);
	ck_assert_int_eq(truncate("page.html", 1), 0);
	ck_assert_int_eq(html_write("link", &report, &err), 0);
	ck_assert_int_eq(lstat("page.html", &now), 0);
	ck_assert_int_gt(now.st_size, 1000);
	ck_assert_int_eq(lstat("link", &now), 0);
	ck_assert(S_ISLNK(now.st_mode));
	umask(0077);
	ck_assert_int_eq(prometheus_write("out.prom", &report, 1, &err), 0);
	ck_assert_int_eq(lstat("out.prom", &now), 0);
	ck_assert_int_eq(now.st_mode & 07777, 0644);
	ck_assert_int_eq(html_write("nowhere/page.html", &report, &err), -1);
	ck_assert_int_eq(err.kind, ERR_OUTPUT);
	ck_assert_str_eq(err.text, "cannot write nowhere/page.html: No such file or directory");
	leave(left);
}
END_TEST

static Suite *
suite_check_report(void)
{
	Suite *suite = suite_create("check_report");
	TCase *tc = tcase_create("check_report");

	tcase_add_loop_test(tc, human_fits, 0, 5);
	tcase_add_test(tc, human_wide);
	tcase_add_test(tc, human_narrow);
	tcase_add_test(tc, human_failure);
	tcase_add_loop_test(tc, human_quiet, 0, COUNT(quiet));
	tcase_add_test(tc, human_information);
	tcase_add_loop_test(tc, human_lines, 0, COUNT(told_lines));
	tcase_add_test(tc, human_interrupted);
	tcase_add_test(tc, human_colors);
	tcase_add_rows(tc, chain_is_drawn, trees, store);
	tcase_add_rows(tc, validity_is_told, validities, wanted);
	tcase_add_rows(tc, nagios_states, states, wanted);
	tcase_add_loop_test(tc, nagios_kinds, 0, COUNT(kinds));
	tcase_add_test(tc, nagios_hostile);
	tcase_add_test(tc, prometheus_text);
	tcase_add_test(tc, prometheus_several);
	tcase_add_rows(tc, prometheus_metrics, metrics, wanted);
	tcase_add_test(tc, html_escapes);
	tcase_add_loop_test(tc, html_is_valid, 0, 5);
	tcase_add_loop_test(tc, html_is_ended, 0, 5);
	tcase_add_test(tc, html_tells);
	tcase_add_test(tc, html_facts);
	tcase_add_test(tc, ndjson_tells);
	tcase_add_test(tc, ndjson_counts);
	tcase_add_test(tc, ndjson_association);
	tcase_add_loop_test(tc, ndjson_fits_schema, 0, 5);
	tcase_add_test(tc, full_disk);
	tcase_add_test(tc, closed_pipe);
	tcase_add_test(tc, file_is_replaced);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	return check_run(suite_check_report());
}
