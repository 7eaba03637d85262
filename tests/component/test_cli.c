/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The program's modes in a process, from the command line to the exit status: what is
 * printed, what is written and what arrives at a receiver on the loopback.
 */
#include "cli/commands.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "check_main.h"
#include "dicom_bytes.h"
#include "home.h"
#include "options_shown.h"
#include "receiver.h"
#include "testpki.h"

#define SHOWN_MAX 262144

/* What the last run printed, and where standard output goes and standard input comes from. */
static char out[SHOWN_MAX], told[SHOWN_MAX];
static const char *out_path = "out", *in_path = "/dev/null";
static int terminal = -1; /* of the run; -1: none */

static struct receiver receiver;

/* --- a run */

/* The file's text; "" if it is not there. */
static const char *
read_text(const char *name, char *text)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, SHOWN_MAX - 1);

	text[n > 0 ? n : 0] = '\0';
	for (ssize_t i = 0; i < n; i++)
		if (!text[i])
			text[i] = ' ';
	if (fd >= 0)
		close(fd);
	return text;
}

static const char *
text_of(const char *name)
{
	static char text[SHOWN_MAX];

	return read_text(name, text);
}

/* In the words, PORT stands for the receiver's. */
static char *
put_port(const char *words)
{
	const char *at = strstr(words, "PORT");
	char *whole;

	ck_assert_int_ge(asprintf(&whole, "%.*s", at ? (int)(at - words) : (int)strlen(words), words), 0);
	while (at) {
		const char *next = strstr(at + 4, "PORT");
		char *longer;

		ck_assert_int_ge(asprintf(&longer, "%s%u%.*s", whole, (unsigned)receiver.port,
			(int)((next ? (size_t)(next - at) : strlen(at)) - 4), at + 4), 0);
		free(whole);
		whole = longer;
		at = next;
	}
	return whole;
}

static void
redirect(const char *name, int flags, int to)
{
	int fd = open(name, flags, 0600);

	if (fd < 0 || dup2(fd, to) < 0)
		abort();
	close(fd);
}

/* Begin a run of the program with these words. */
static pid_t
begin(const char *words)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		char *whole = put_port(words);
		struct line line;
		int status;

		setsid();
		if (terminal >= 0 && ioctl(terminal, TIOCSCTTY, 0) < 0)
			abort();
		redirect(in_path, O_RDWR, STDIN_FILENO);
		redirect(out_path, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
		redirect("err", O_WRONLY | O_CREAT | O_TRUNC, STDERR_FILENO);
		line_init(&line, whole);
		status = cli_main(line.argc, line.argv);
		free(line.text);
		free(whole);
		exit(status);
	}
	return pid;
}

/* Its exit status. */
static int
end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	read_text(out_path, out);
	read_text("err", told);
	ck_assert_msg(WIFEXITED(status), "signal %d: %.2000s", WTERMSIG(status), told);
	return WEXITSTATUS(status);
}

static int
run(const char *words)
{
	return end(begin(words));
}

/* That text, or, with NULL, none at all. */
static void
assert_text(const char *where, const char *text, const char *wanted)
{
	if (wanted)
		ck_assert_msg(strstr(text, wanted) != NULL, "%s has no \"%s\": %.2000s", where, wanted, text);
	else
		ck_assert_msg(!*text, "%s: %.2000s", where, text);
}

static void
assert_run(const char *words, int status, const char *wanted_out, const char *wanted_err)
{
	int got = run(words);

	ck_assert_msg(got == status, "exit %d: %.1000s%.1000s", got, out, told);
	assert_text("standard output", out, wanted_out);
	assert_text("standard error", told, wanted_err);
}

/* --- a test's life */

static void
write_text(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

/* No more than so many bytes of it. */
static void
copy(const char *from, const char *to, size_t most, mode_t mode)
{
	static char bytes[SHOWN_MAX];
	FILE *in = fopen(from, "r"), *file = fopen(to, "w");

	ck_assert(in && file);
	most = fread(bytes, 1, most, in);
	ck_assert_uint_eq(fwrite(bytes, 1, most, file), most);
	fclose(in);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(to, mode), 0);
}

/* An object whose header says this UID, and its data set 1.2.3.4. */
static void
write_object(const char *name, const char *uid, size_t pixels)
{
	struct bytes b = { 0 };

	bytes_preamble(&b);
	bytes_meta(&b, CT_CLASS, uid, "1.2.840.10008.1.2.1", 0);
	bytes_object(&b, ENCODING_EXPLICIT_LE, pixels);
	bytes_save(&b, name);
	bytes_free(&b);
}

/* Saved again at its end, as signing does. */
static void
write_signed_pdf(void)
{
	FILE *file;

	copy("t/embeddedpdf.pdf", "signed.pdf", SHOWN_MAX, 0600);
	file = fopen("signed.pdf", "a");
	ck_assert_ptr_nonnull(file);
	fputs("%changed\n%%EOF\n", file);
	ck_assert_int_eq(fclose(file), 0);
}

/* The repository's files as t/..., and a few of our own. */
static void
set_up(void)
{
	const char *top = getenv("TOP_SRCDIR");
	char *data;

	home_make();
	ck_assert_int_eq(chdir(home), 0);
	ck_assert_int_ge(asprintf(&data, "%s/testdata", top ? top : "."), 0);
	ck_assert_int_eq(symlink(data, "t"), 0);
	free(data);
	ck_assert_int_eq(mkdir("empty", 0700), 0);
	write_text("notes.txt", "not DICOM\n");
	write_text("list.txt", "t/dicom/ct.dcm\nt/dicom/sr.dcm\n");
	write_text("dest.ini", "[iris]\nconnect = IRIS@127.0.0.1\n[other]\nconnect = OTHER@127.0.0.1\n");
	copy("t/dicom/ct.dcm", "cut.dcm", 3000, 0600);
	copy("t/stores/scu1.pem", "open.pem", SHOWN_MAX, 0644);
	copy("t/stores/scu1.pem", "group.pem", SHOWN_MAX, 0620);
	copy("t/stores/root.pem", "all.pem", SHOWN_MAX, 0666);
	write_object("one.dcm", "1.2.3.4", 100);
	write_object("other.dcm", "1.2.3.4", 102);
	write_object("mismatch.dcm", "1.2.3.5", 100);
	write_signed_pdf();
	write_text("relations.txt", "1.2.840.10008.5.1.4.1.1.2 1.2.840.10008.5.1.4.1.1.7\n");
	write_text("secret.txt", "changeit\n");
	ck_assert_int_eq(chmod("secret.txt", 0644), 0);
	ck_assert_int_eq(chmod(home, 0755), 0);
	ck_assert_int_eq(setenv("TMPDIR", home, 1), 0);
}

static void
tear_down(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	home_remove();
}

static void
start(const struct receiver *like)
{
	receiver = *like;
	receiver.file = "stored";
	receiver_start(&receiver);
}


/* --- what needs no receiver */

#define NOBODY	"--plain -c IRIS@127.0.0.1:1 "
#define LOCAL	"--check=local -c IRIS@iris "
#define OUR_KEY "--key-store t/stores/scu1.p12 --key-store-pass changeit "
#define TRUST	"--trust-store t/stores/root.pem "
#define CT	"t/dicom/ct.dcm "

static const struct {
	const char *words;
	int status;
	const char *out, *err;
} alone[] = {
	{ "--help", 0, "Usage: mtls-storescu", NULL },
	{ "--version", 0, "mtls-storescu " MTLS_VERSION "\n", NULL },
	{ "--nonsense", 2, NULL, "--nonsense" },
	{ "--nonsense --json", 2, "\"exit_code\":2", NULL },
	{ "--nonsense --nagios", 3, "MTLS UNKNOWN - ", NULL },
	{ "--check --json --nonsense", 2, "\"word\":\"usage\"", NULL },
	{ "--to --config dest.ini", 0, "iris", NULL },
	{ "--to --config none.ini", 2, NULL, "none.ini" },
	/* A dry run. */
	{ "-n " NOBODY CT, 0, "where that is not accepted: converted", NULL },
	{ "-n -v " NOBODY CT, 0, "planned: t/dicom/ct.dcm: CT Image Storage", NULL },
	{ "-n -q " NOBODY CT, 0, NULL, NULL },
	{ "-n --json " NOBODY CT, 0, "\"type\":\"plan\"", NULL },
	{ "-n " NOBODY "t/dicom", 0, " files of 3 studies", NULL },
	{ "-n " NOBODY "t/dicom/rle.dcm", 0, "where that is not accepted: decompressed", NULL },
	{ "-n " NOBODY "t/dicom/jpeg.dcm", 0, "not sent: lossy compressed objects are decompressed only with "
		"--transcode always", NULL },
	{ "-n --transcode always " NOBODY "t/dicom/jpeg.dcm", 0, "not accepted: decompressed", NULL },
	{ "-n --transcode never " NOBODY "t/dicom/rle.dcm", 0, "not sent: --transcode, --no-ivrle or "
		"--no-evrle forbids the conversion", NULL },
	{ "-n --propose own " NOBODY CT, 0, "not sent: --propose or --transcode leaves no transfer syntax to "
		"convert it to", NULL },
	{ "-n --propose implicit " NOBODY CT, 0, "plan: 1 file", NULL },
	{ "-n --set PatientID=4711 " NOBODY CT, 0, "plan: 1 file", NULL },
	{ "-n --set PatientID=4711 --propose implicit --like " CT "--encapsulate t/embeddedpdf.pdf " NOBODY,
		0,
		"Encapsulated PDF Storage", NULL },
	{ "-n --journal none.db " NOBODY CT, 0, "plan: 1 file", NULL },
	{ "-n --shard 1/2 " NOBODY "t/dicom", 0, " of other shards", NULL },
	{ "-n --min-age 9999h " NOBODY CT, 0, "1 left for the next run (too recent)", NULL },
	{ "-n " NOBODY CT CT, 0, "1 duplicate", NULL },
	{ "-n --strict " NOBODY "notes.txt " CT, 10, "plan: 1 file", "notes.txt" },
	{ "-n " NOBODY "one.dcm other.dcm", 10, "1 failed", "has the SOP Instance UID of one.dcm" },
	{ "-n -v --uid-conflict send " NOBODY "one.dcm other.dcm", 0, "2 to send", "both are sent" },
	{ "-n " NOBODY "mismatch.dcm", 0, "1 to send", "mismatch.dcm: " },
	{ "-n --strict " NOBODY "mismatch.dcm", 11, "1 failed", "Have the system that made" },
	{ "-n " NOBODY "--propose 1.2.840.10008.1.2.4.50 " CT, 11, "1 failed", "--propose" },
	{ "-n " NOBODY "--set PatientID=4711 cut.dcm " CT, 10, "1 failed", "cut.dcm" },
	{ "-n --min-age 9999h " NOBODY "--encapsulate t/embeddedpdf.pdf --like " CT "cut.dcm notes.txt", 0,
		"3 left for the next run", NULL },
	{ "-n " NOBODY "--encapsulate signed.pdf --like " CT, 0, "1 to send", "has 2 end-of-file marks" },
	{ "-n -v " NOBODY "--soclose-delay 1 --response-timeout 99 " CT, 0, "1 to send",
		"write 99s for seconds" },
	/* Nothing to send, or that cannot be. */
	{ NOBODY "empty", 4, "0 ", "nothing to send: no files found" },
	{ NOBODY "notes.txt", 3, "failed", "nothing to send: no DICOM files found" },
	{ NOBODY "--json empty", 4, "\"word\":\"empty\"", "nothing to send: no files found" },
	{ NOBODY "--encapsulate notes.txt --like " CT, 3, "failed", "notes.txt" },
	{ NOBODY "--encapsulate t/embeddedpdf.pdf --like notes.txt", 3, "1 failed", "--like: notes.txt" },
	{ NOBODY "--encapsulate t/embeddedpdf.pdf", 2, NULL,
		"the patient and study of the PDF are not given" },
	{ NOBODY "--encapsulate none.pdf --like " CT, 3, "failed", "none.pdf" },
	{ NOBODY "--retry 0 " CT, 21, "1 not sent", "Nothing listens on that port" },
	{ NOBODY "--retry 0 --failed-to failed.txt --done-to done.txt " CT, 21, "1 not sent", "--check" },
	{ NOBODY "--retry 0 --json " CT, 21, "\"word\":\"connect\"", "--check" },
	{ NOBODY "--failed-to none/failed.txt " CT, 61, "0 acknowledged", "none/failed.txt" },
	{ NOBODY "--done-to none/done.txt " CT, 61, "0 acknowledged", "none/done.txt" },
	{ NOBODY "--journal none/journal.db " CT, 60, NULL, "none/journal.db" },
	{ NOBODY "--retry 0 --rel-sop-classes relations.txt " CT, 21, "1 not sent", "Nothing listens" },
	{ NOBODY "--user me --user-pass env:NONE_SUCH " CT, 30, NULL, "NONE_SUCH" },
	{ NOBODY "--rel-sop-classes none.txt " CT, 2, NULL, "none.txt" },
	{ NOBODY "--files-from none.txt", 2, NULL, "none.txt" },
	{ NOBODY "--set Nonsense=1 " CT, 2, NULL, "Nonsense" },
	{ NOBODY "--uid-suffix x " CT, 2, NULL, "\"x\": is not a valid end of a UID" },
	{ NOBODY "--echo", 21, NULL, "run the same command with --check instead of --echo" },
	{ NOBODY "--echo -q", 21, NULL, "Nothing listens on that port" },
	/* Stores alone. */
	{ LOCAL OUR_KEY TRUST, 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--json", 0, "\"exit_code\":0", NULL },
	{ LOCAL OUR_KEY TRUST "--nagios", 0, "MTLS OK - ", NULL },
	{ LOCAL OUR_KEY TRUST "-v " CT, 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "empty", 4, NULL,
		"no files found. Omit FILE to test the common storage classes" },
	{ LOCAL OUR_KEY TRUST "notes.txt", 3, NULL, "no DICOM files found" },
	{ LOCAL OUR_KEY TRUST "cut.dcm", 11, NULL, "all DICOM files given are refused" },
	{ LOCAL OUR_KEY TRUST "notes.txt " CT, 0, "the stores are ok", "notes.txt" },
	{ LOCAL OUR_KEY TRUST "none.dcm " CT, 0, "the stores are ok", "none.dcm" },
	{ LOCAL OUR_KEY TRUST "--html page.html", 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--html none/page.html", 61, "none/page.html", NULL },
	{ LOCAL OUR_KEY TRUST "--prometheus none/m.prom", 61, "none/m.prom", NULL },
	{ LOCAL TRUST "--key-store t/stores/scu1.p12 --key-store-pass wrong", 30, "scu1.p12", NULL },
	{ LOCAL TRUST "--key-store none.p12 --html none/page.html", 30, "none.p12", "none/page.html" },
	{ LOCAL TRUST "--key-store t/stores/scu1.p12", 30, "no\n  terminal to ask for it", NULL },
	{ LOCAL TRUST "--key-store t/stores/scu1.pem --key-store-type PEM", 0, "the stores are ok", NULL },
	{ LOCAL TRUST "--key-store open.pem", 0, "open.pem", NULL },
	{ LOCAL TRUST "--key-store t/stores/scu1.p12 --key-store-pass file:secret.txt", 0, "secret.txt",
		NULL },
	{ LOCAL OUR_KEY TRUST "--key-pass file:none.txt", 30, NULL, "none.txt" },
	{ LOCAL OUR_KEY "--trust-store all.pem", 0, "machine change it", NULL },
	{ LOCAL TRUST "--key-store group.pem", 0, "lets its group change it", NULL },
	{ LOCAL TRUST "-v --key-store t/stores/scu1.jks --key-store-type PKCS12 --key-store-pass changeit", 0,
		"the stores are ok", "is JKS, although --key-store-type says PKCS#12" },
	{ LOCAL OUR_KEY "--trust-store t/stores/trust.p12 --trust-store-pass changeit", 0,
		"the stores are ok",
		NULL },
	{ LOCAL OUR_KEY TRUST "--trust-store t/stores/trust.p12 --trust-store-pass pass: --trust-store-pass "
		"changeit", 0, "2 trusted", NULL },
	{ LOCAL OUR_KEY TRUST "--trust-store-type PKCS12", 30, "is PEM, not PKCS#12", NULL },
	{ LOCAL OUR_KEY TRUST "--trust-store-type nonsense", 2, NULL, "--trust-store-type" },
	{ LOCAL OUR_KEY TRUST "--crl-file t/stores/crl.pem", 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--crl-file none.pem", 30, "none.pem", NULL },
	{ LOCAL OUR_KEY TRUST "--tls-profile bcp195", 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--tls-profile nonsense", 2, NULL, "nonsense" },
	{ LOCAL OUR_KEY TRUST "--tls-group nonsense", 2, NULL, "nonsense" },
	{ LOCAL OUR_KEY TRUST "--key-alias scu1", 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--key-alias nonsense", 30, "nonsense", NULL },
	{ LOCAL OUR_KEY "--trust-system", 0, "the stores are ok", NULL },
	{ LOCAL OUR_KEY TRUST "--ignore nonsense", 2, NULL, "nonsense" },
	{ "-c IRIS@127.0.0.1:1 --echo " TRUST, 21, NULL, "no --key-store was given" },
	{ "-c IRIS@127.0.0.1:1 --echo " TRUST OUR_KEY "--tls-no-host-check --tls-keylog keys.txt -v", 21,
		NULL,
		"any host with a trusted certificate can impersonate the receiver" },
	{ "-c IRIS@127.0.0.1:1 --echo " TRUST OUR_KEY "-v --tls-cipher TLS_RSA_WITH_AES_256_GCM_SHA384", 21,
		NULL, "suites without forward secrecy" },
	{ "-c IRIS@127.0.0.1:1 --echo " TRUST "--key-store open.pem", 21, NULL, "lets every user of this "
		"machine read it" },
	/* What a journal holds. */
	{ "--status --journal none.db", 60, NULL, "cannot open the journal none.db" },
	{ "--status --json --journal none.db", 60, "\"word\":\"journal\"",
		"cannot open the journal none.db" },
};

START_TEST(without_receiver)
{
	assert_run(alone[_i].words, alone[_i].status, alone[_i].out, alone[_i].err);
}
END_TEST

/* --- with a receiver, in clear */

#define PLAIN "--plain -c IRIS@127.0.0.1:PORT "

static const struct {
	const char *words;
	struct receiver receiver;
	int status;
	const char *out, *err;
	const char *file, *text; /* what is in a file then; NULL: no matter */
} plain[] = {
	{ PLAIN "--echo", { 0 }, 0, "IRIS", NULL, NULL, NULL },
	{ PLAIN "--echo --user me --user-pass secret --user-rsp", { 0 }, 0, "IRIS", NULL, NULL, NULL },
	{ PLAIN "--echo --user-jwt secret", { 0 }, 0, "IRIS", NULL, NULL, NULL },
	{ PLAIN "--echo --user-saml secret", { 0 }, 0, "IRIS", NULL, NULL, NULL },
	{ PLAIN "--echo --user me", { 0 }, 0, "IRIS", NULL, NULL, NULL },
	{ PLAIN "--echo", { .refusal = 3 }, 41, NULL, "cannot be asked for a C-ECHO", NULL, NULL },
	{ PLAIN "--echo", { .status = 0x0122 }, 43, NULL, "answered the C-ECHO with status 0x0122", NULL,
		NULL },
	{ PLAIN "--echo", { .rejects = true }, 40, NULL, "the receiver rejected the association", NULL,
		NULL },
	{ PLAIN "--echo", { .closes = true }, 42, NULL, "--check", NULL, NULL },
	{ PLAIN CT, { 0 }, 0, "1 acknowledged", NULL, "stored", "1.2.840.10008.5.1.4.1.1.2" },
	{ PLAIN "-v " CT, { 0 }, 0, "t/dicom/ct.dcm", NULL, NULL, NULL },
	{ PLAIN "-d " CT, { 0 }, 0, "1 acknowledged", "Constructing Associate RQ PDU", NULL, NULL },
	{ PLAIN "--json " CT, { 0 }, 0, "\"class\":\"success\"", NULL, NULL, NULL },
	{ PLAIN "--set PatientID=4711 " CT, { 0 }, 0, "1 acknowledged", NULL, "stored", "4711" },
	{ PLAIN "--uid-suffix .77 " CT, { 0 }, 0, "1 acknowledged", NULL, "stored", ".77" },
	{ PLAIN "--limit-rate 1M " CT, { 0 }, 0, "1 acknowledged", NULL, NULL, NULL },
	{ PLAIN "-j 2 --max-ops-invoked 4 t/dicom/sr.dcm " CT, { 0 }, 0, "2 acknowledged", NULL, NULL, NULL },
	{ PLAIN "--rel-ext-neg " CT, { 0 }, 0, "1 acknowledged", NULL, NULL, NULL },
	{ PLAIN "--prior-high --max-pdulen-snd 4096 --max-pdulen-rcv 4096 " CT, { 0 }, 0, "1 acknowledged",
		NULL,
		NULL, NULL },
	{ PLAIN "--files-from list.txt", { 0 }, 0, "2 acknowledged", NULL, NULL, NULL },
	{ PLAIN "--encapsulate t/embeddedpdf.pdf --like " CT, { 0 }, 0, "1 acknowledged", NULL, "stored",
		"%PDF-" },
	{ PLAIN "--encapsulate t/embeddedpdf.pdf --set PatientID=4711 --set PatientName=Doe --set "
		"StudyInstanceUID=1.2.3", { 0 }, 0, "1 acknowledged", NULL, "stored", "4711" },
	{ PLAIN "--failed-to failed.txt --done-to done.txt notes.txt " CT, { 0 }, 10, "1 acknowledged",
		"notes.txt", "done.txt", "ct.dcm" },
	{ PLAIN "--failed-to failed.txt " CT, { .status = 0xa700, .later = 0xa700 }, 11, "1 failed", "0xA700",
		"failed.txt",
		"ct.dcm" },
	{ PLAIN CT, { .status = 0xb000 }, 0, "1 acknowledged", "0xB000", NULL, NULL },
	{ PLAIN "--strict " CT, { .status = 0xb000 }, 12, "1 acknowledged", "0xB000", NULL, NULL },
	{ PLAIN "--prometheus m.prom " CT, { 0 }, 0, "1 acknowledged", NULL, "m.prom",
		"mtls_storescu_send_exit_status" },
	{ PLAIN "--prometheus none/m.prom " CT, { 0 }, 61, "1 acknowledged", "none/m.prom", NULL, NULL },
	{ PLAIN CT, { .only_implicit = true }, 0, "1 acknowledged", NULL, NULL, NULL },
	{ PLAIN "t/dicom/rle.dcm", { .only_implicit = true }, 0, "1 acknowledged", NULL, NULL, NULL },
	{ PLAIN "--transcode never " CT, { .only_implicit = true }, 41, "1 failed",
		"--transcode never forbids the conversion", NULL, NULL },
	{ PLAIN "--retry 0 " CT, { .refusal = 3 }, 41, "1 failed", "it refused every presentation context",
		NULL, NULL },
	{ PLAIN "--retry 0 " CT, { .closes = true }, 11, "1 uncertain", "may or may not have it", NULL,
		NULL },
	{ PLAIN "--retry 1 --retry-delay 1ms " CT, { .closes = true }, 11, "1 sent more than once",
		"(1 of 1)", NULL, NULL },
	{ PLAIN "--retry 0 " CT, { .rejects = true }, 40, "1 not sent", "rejected the association", NULL,
		NULL },
	{ PLAIN "--check", { 0 }, 0, "the traffic can be read", NULL, NULL, NULL },
	{ PLAIN "--check=full", { 0 }, 0, "C-ECHO", NULL, NULL, NULL },
	{ PLAIN "--check --json " CT, { 0 }, 0, "\"type\":\"summary\"", NULL, NULL, NULL },
	{ PLAIN "--check --nagios", { 0 }, 1, "MTLS WARNING", NULL, NULL, NULL },
	{ PLAIN "--check --html page.html", { .rejects = true }, 40, "rejected", NULL, "page.html", "<html" },
	{ PLAIN "--check --prometheus m.prom", { 0 }, 0, "exit 0", NULL, "m.prom", "mtls_storescu_" },
};

START_TEST(in_clear)
{
	start(&plain[_i].receiver);
	assert_run(plain[_i].words, plain[_i].status, plain[_i].out, plain[_i].err);
	if (plain[_i].file)
		assert_text(plain[_i].file, text_of(plain[_i].file), plain[_i].text);
	receiver_stop(&receiver);
}
END_TEST

#define BOTH "--journal j.db --retry 0 " CT "t/dicom/sr.dcm"

/* The second of two objects fails, and is all that the next run sends. */
START_TEST(journal)
{
	start(&(struct receiver){ .later = 0xa700 });
	assert_run(PLAIN BOTH, 10, "1 acknowledged, 1 failed", "0xA700");
	assert_run("--status --journal j.db", 10,
		"j.db holds 2 objects: 1 acknowledged (0 with a warning), 1 "
		"failed", NULL);
	ck_assert_ptr_nonnull(strstr(out, "IRIS at 127.0.0.1, port "));
	assert_run("--status -v --journal j.db", 10, "failed: t/dicom/sr.dcm: status 0xA700", NULL);
	assert_run("--status -q --journal j.db", 10, NULL, NULL);
	assert_run("--status --json --journal j.db", 10, "\"type\":\"summary\"", NULL);
	assert_run("--status -c OTHER@127.0.0.1 --journal j.db", 0, "j.db holds 0 objects", NULL);
	assert_run("-n " PLAIN BOTH, 0, "1 to send, 1 acknowledged", NULL);
	assert_run("-n " PLAIN "--set PatientID=4711 " BOTH, 0, "2 to send", NULL);
	assert_run("-n " PLAIN "--resend " BOTH, 0, "2 to send", NULL);
	assert_run("-n --uid-conflict send --journal j.db " PLAIN "one.dcm", 0, "1 to send", NULL);
	ck_assert_int_eq(chmod("j.db", 0660), 0);
	assert_run(PLAIN BOTH, 0, "2 acknowledged", "is writable by its group");
	assert_run(PLAIN "--journal-prune 1 " BOTH, 0, "2 acknowledged", "is writable by its group");
	receiver_stop(&receiver);
	/* An answer that did not come leaves it open what became of the object. */
	start(&(struct receiver){ .closes = true });
	assert_run(PLAIN "--journal u.db --retry 0 " CT, 11, "1 uncertain", "may or may not have it");
	assert_run("--status -v --journal u.db", 10, "uncertain: t/dicom/ct.dcm: no status", NULL);
	assert_run("-n " PLAIN "--journal u.db --resend-uncertain no " CT, 11, "1 uncertain",
		"an earlier run sent it and got no answer");
	receiver_stop(&receiver);
}
END_TEST

static const struct {
	const char *words;
	int status;
	const char *err;
} full[] = {
	{ "--help", 61, "cannot write standard output: No space left on device" },
	{ "--version --json", 61, "standard output" },
	{ "--to --config dest.ini", 61, "standard output" },
	{ "-n " NOBODY CT, 61, "standard output" },
	{ "-n --json " NOBODY CT, 61, "standard output" },
	{ NOBODY "--nonsense --json", 2, "standard output" },
	{ LOCAL OUR_KEY TRUST, 61, "standard output" },
	{ LOCAL OUR_KEY TRUST "--json", 61, "standard output" },
	{ LOCAL OUR_KEY TRUST "--nagios", 3, "standard output" },
	{ LOCAL TRUST "--key-store none.p12", 61, "standard output" },
	{ "--status --json --journal none.db", 61, "standard output" },
};

/* What cannot be printed is a failure of its own. */
START_TEST(disk_full)
{
	int status;

	out_path = "/dev/full";
	status = run(full[_i].words);
	ck_assert_msg(status == full[_i].status, "exit %d: %.1000s", status, told);
	assert_text("standard error", told, full[_i].err);
}
END_TEST

static const struct {
	const char *typed;
	int status;
	const char *out;
} passwords[] = {
	{ "changeit\n", 0, "the stores are ok" },
	{ "wrong\n", 30, "scu1.p12" },
};

/* A password that was not given is asked for. */
START_TEST(asks)
{
	char seen[256];
	size_t used = 0;
	int master;
	pid_t pid;

	ck_assert_int_eq(openpty(&master, &terminal, NULL, NULL, NULL), 0);
	pid = begin(LOCAL TRUST "--key-store t/stores/scu1.p12");
	memset(seen, 0, sizeof seen);
	while (!strstr(seen, "Password for key store t/stores/scu1.p12: ")) {
		ssize_t n = read(master, seen + used, sizeof seen - 1 - used);

		ck_assert_int_gt(n, 0);
		used += (size_t)n;
	}
	ck_assert_int_gt(write(master, passwords[_i].typed, strlen(passwords[_i].typed)), 0);
	ck_assert_int_eq(end(pid), passwords[_i].status);
	assert_text("standard output", out, passwords[_i].out);
	close(terminal);
	close(master);
}
END_TEST

static const struct {
	const char *words;
	int signo;
	int status;
	const char *out, *err;
} ends[] = {
	{ PLAIN "--files-from fifo --no-progress", SIGTERM, 143, "1 acknowledged", "interrupted" },
	{ PLAIN "--files-from - --no-progress", SIGINT, 130, "1 acknowledged", "interrupted" },
};

/* A list that never ends: what it names is sent, and a signal ends the run. */
START_TEST(endless_list)
{
	int fd;
	pid_t pid;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR);
	ck_assert_int_eq(write(fd, "t/dicom/ct.dcm\n", 15), 15);
	in_path = "fifo";
	start(&(struct receiver){ .status = 0 });
	pid = begin(ends[_i].words);
	while (!*text_of("stored"))
		usleep(10000);
	kill(pid, ends[_i].signo);
	ck_assert_int_eq(end(pid), ends[_i].status);
	assert_text("standard output", out, ends[_i].out);
	assert_text("standard error", told, ends[_i].err);
	receiver_stop(&receiver);
	close(fd);
}
END_TEST

START_TEST(endless_list_in_time)
{
	int fd;

	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	fd = open("fifo", O_RDWR);
	ck_assert_int_ne(run(NOBODY "--files-from fifo --max-time 1s"), 0);
	assert_text("standard error", told, "--max-time ended the run");
	close(fd);
}
END_TEST

/* --- with a receiver, over TLS */

static struct testpki ca, server;

static void
save_pem(const char *name, const struct testpki *pki, bool with_key)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_X509(file, pki->cert), 1);
	if (with_key)
		ck_assert_int_eq(PEM_write_PrivateKey(file, pki->key, NULL, NULL, 0, NULL, NULL), 1);
	ck_assert_int_eq(fclose(file), 0);
}

/* Its certificate is for 127.0.0.1; it trusts only what the root of t/stores issued. */
static SSL_CTX *
server_ctx(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_use_certificate(ctx, server.cert);
	SSL_CTX_use_PrivateKey(ctx, server.key);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"test", 4);
	ck_assert_int_eq(SSL_CTX_load_verify_locations(ctx, "t/stores/root.pem", NULL), 1);
	return ctx;
}

static void
set_up_tls(void)
{
	set_up();
	ca = testpki_make(&(struct testpki_spec){ .cn = "CA", .ca = true });
	server = testpki_make(&(struct testpki_spec){ .cn = "iris", .issuer = &ca,
		.san = "IP:127.0.0.1,DNS:iris", .usage = "serverAuth", .from_days = -1, .to_days = 20 });
	save_pem("ca.pem", &ca, false);
	save_pem("own.pem", &ca, true);
	start(&(struct receiver){ .tls = server_ctx() });
}

static void
tear_down_tls(void)
{
	receiver_stop(&receiver);
	SSL_CTX_free(receiver.tls);
	testpki_free(&server);
	testpki_free(&ca);
	tear_down();
}

#define SECURE	"-c IRIS@127.0.0.1:PORT --trust-store ca.pem "
#define CHAIN	"--key-store t/stores/chain.p12 --key-store-pass changeit "
#define QUIETLY "--warn-expiry 1 --crit-expiry 0 "
#define NO_KEY	"0000000000000000000000000000000000000000000000000000000000000000"

static const struct {
	const char *words;
	int status;
	const char *out, *err;
	const char *file, *text; /* what is in a file then; NULL: no matter */
} secure[] = {
	{ SECURE CHAIN QUIETLY "--echo", 0, "answered the C-ECHO", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY CT, 0, "1 acknowledged", NULL, "stored", "1.2.840.10008.5.1.4.1.1.2" },
	{ SECURE CHAIN QUIETLY "--json " CT, 0, "\"protocol\":\"TLSv1.3\"", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--tls12 -v --echo", 0, "TLSv1.2", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--tls-debug --echo", 0, "answered the C-ECHO", "the server chooses TLSv1.3",
		NULL, NULL },
	{ SECURE CHAIN QUIETLY "--tls-keylog keys.txt --echo", 0, "answered the C-ECHO",
		"can decrypt this connection",
		"keys.txt", "CLIENT_TRAFFIC_SECRET_0" },
	{ SECURE CHAIN QUIETLY "--require-mtls --echo", 0, "answered the C-ECHO", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--tls-host other --echo", 32, NULL, "other", NULL, NULL },
	{ SECURE CHAIN QUIETLY "--tls-revocation require --echo", 31, NULL, "revocation", NULL, NULL },
	{ SECURE CHAIN QUIETLY "--echo --tls-pin " NO_KEY,
		31, NULL, "--tls-pin", NULL, NULL },
	{ SECURE CHAIN "--echo", 0, "answered the C-ECHO", "expires in", NULL, NULL },
	{ "-c IRIS@127.0.0.1:PORT --trust-store t/stores/root.pem " CHAIN "--echo", 31, NULL, "CA", NULL,
		NULL },
	{ SECURE "--echo", 33, NULL, "no --key-store was given", NULL, NULL },
	{ SECURE QUIETLY "--key-store own.pem --echo", 33, NULL, "own", NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check", 0, "server identity", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check=full -v", 0, "accepted by the server",
		"more connections, one at a time", NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check=full --json", 0, "\"type\":\"summary\"", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check --nagios", 0, "MTLS OK", NULL, NULL, NULL },
	{ SECURE CHAIN "--check --nagios", 1, "MTLS WARNING", NULL, NULL, NULL },
	{ SECURE CHAIN "--check --nagios --crit-expiry 25", 2, "MTLS CRITICAL", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check=full --html page.html --prometheus m.prom", 0, "exit 0",
		"more connections",
		"page.html", "TLSv1.3" },
	{ SECURE QUIETLY "--check", 33, "our identity", NULL, NULL, NULL },
	{ SECURE CHAIN QUIETLY "--check " CT, 0, "exit 0", NULL, NULL, NULL },
	{ "--to iris --config tls.ini --echo", 0, "answered the C-ECHO", NULL, NULL, NULL },
	{ "--to iris --to clear --config tls.ini --echo", 42, "iris: IRIS at", "clear: ", NULL, NULL },
	{ "--to i* --config tls.ini --check", 0, "iris", NULL, NULL, NULL },
	{ "--to *r* --config tls.ini --check --json", 42, "\"destination\":\"wrong\"", NULL, NULL, NULL },
	{ "--to *r* --config tls.ini --check --prometheus m.prom", 42, "wrong", NULL, "m.prom", "wrong" },
	{ "--to *r* --config tls.ini --check --prometheus none/m.prom", 42, "wrong", "none/m.prom", NULL,
		NULL },
	{ "--to iris --to iris2 --config tls.ini --echo --max-time 1h", 0, "answered the C-ECHO", NULL, NULL,
		NULL },
	{ "--to wrong --to iris --config tls.ini --echo", 2, "iris: IRIS at", "wrong: ", NULL, NULL },
	{ "--to silent --to iris --config tls.ini --check --max-time 1s", 50, "silent: tls: ",
		NULL, NULL, NULL },
	{ "--to iris --to iris2 --config tls.ini --nagios --check", 3, "MTLS UNKNOWN", NULL, NULL, NULL },
	{ "--to iris --to iris2 --config tls.ini " CT, 2, NULL, "a send needs exactly one", NULL, NULL },
};

#define SECTION(name, aet) "[" name "]\nconnect = " aet "@127.0.0.1:PORT\ntrust-store = ca.pem\n" \
	"key-store = t/stores/chain.p12\nkey-store-pass = pass:changeit\nwarn-expiry = 1\ncrit-expiry = 0\n"

/* Destinations; the last accepts connections and says nothing. */
static void
write_destinations(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof addr;
	int silent = socket(AF_INET, SOCK_STREAM, 0);
	char *text = put_port(SECTION("iris", "IRIS") SECTION("iris2", "IRIS2")
		"[clear]\nconnect = IRIS@127.0.0.1:PORT\nplain = yes\n"
		"[wrong]\nconnect = IRIS@127.0.0.1:PORT\nnonsense = 1\n");
	FILE *file = fopen("tls.ini", "w");

	ck_assert_int_eq(bind(silent, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(silent, 16), 0);
	ck_assert_int_eq(getsockname(silent, (struct sockaddr *)&addr, &len), 0);
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%s[silent]\nconnect = IRIS@127.0.0.1:%u\ntrust-store = ca.pem\n", text,
		ntohs(addr.sin_port));
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod("tls.ini", 0600), 0);
	free(text);
}

START_TEST(over_tls)
{
	write_destinations();
	assert_run(secure[_i].words, secure[_i].status, secure[_i].out, secure[_i].err);
	if (secure[_i].file)
		assert_text(secure[_i].file, text_of(secure[_i].file), secure[_i].text);
}
END_TEST

static Suite *
suite_cli(void)
{
	Suite *suite = suite_create("cli");
	TCase *tc = tcase_create("cli"), *tls = tcase_create("tls");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_rows(tc, without_receiver, alone, words);
	tcase_add_rows(tc, in_clear, plain, words);
	tcase_add_test(tc, journal);
	tcase_add_rows(tc, disk_full, full, words);
	tcase_add_rows(tc, asks, passwords, typed);
	tcase_add_rows(tc, endless_list, ends, words);
	tcase_add_test(tc, endless_list_in_time);
	tcase_add_checked_fixture(tls, set_up_tls, tear_down_tls);
	tcase_add_rows(tls, over_tls, secure, words);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, tls);
	return suite;
}

int
main(void)
{
	return check_run(suite_cli());
}
