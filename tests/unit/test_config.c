/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check_main.h"
#include "cli/cmdline.h"
#include "cli/inifile.h"
#include "cli/optrow.h"
#include "options_shown.h"
#include "wipes.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])
#define AT(member)  offsetof(struct options, member)

#define OWN    CONFIG_NAME /* the user's file: XDG_CONFIG_HOME is where the tests run */
#define SYSTEM "system.conf"

static char directory[] = "/tmp/config-XXXXXX";

static void
enter(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_int_eq(chdir(directory), 0);
	setenv("XDG_CONFIG_HOME", directory, 1);
	setenv("HOME", "/anna", 1);
}

static void
leave(void)
{
	unlink(OWN);
	unlink(SYSTEM);
	rmdir(OWN);
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(directory);
}

static void
write_bytes(const char *path, mode_t mode, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	ck_assert_int_eq(fchmod(fd, mode), 0); /* whatever the umask */
	close(fd);
}

static void
write_file(const char *path, const char *text)
{
	write_bytes(path, 0600, text, strlen(text));
}

#define IRIS "[iris]\nconnect = IRIS@iris:2010\ntrust-store = t.p12\n"
#define WORDS "--to iris f.dcm "
#define LONG_NAME "1234567890123456789012345678901234567890123456789" /* 49 */
#define PIN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define P20 "12345678901234567890"
#define P180 P20 P20 P20 P20 P20 P20 P20 P20 P20

/* What the user's file says and the command line, and what becomes of them. */
static const struct {
	const char *text, *words;
	size_t offset;
	enum kind kind;
	const char *wanted;
} values[] = {
	{ IRIS, WORDS, AT(host), STRING, "iris" },
	{ IRIS, WORDS, AT(port), PORT, "2010" },
	{ IRIS, WORDS, AT(trust_stores), LIST, "DIR/t.p12" },
	{ IRIS, WORDS, AT(files), LIST, "f.dcm" },
	{ IRIS, "f.dcm --to iris g.dcm", AT(files), LIST, "f.dcm g.dcm" },
	{ IRIS, "f.dcm --to=iris", AT(to), STRING, "iris" },
	{ IRIS, "--to iris --to iris f.dcm", AT(to), STRING, "iris" },
	{ IRIS, "--to ir* f.dcm", AT(to), STRING, "iris" },
	{ IRIS, "--to ir* f.dcm", AT(host), STRING, "iris" },
	{ "[ir*]\nconnect = A@a\nplain =\n" IRIS, "--to ir* f.dcm", AT(host), STRING, "a" },
	{ IRIS "ignore = server-wildcard\nignore = let-in-without\n", "--check --to iris", AT(ignore), LIST,
		"server-wildcard let-in-without" },
	{ IRIS "ignore = server-wildcard\n", WORDS, AT(ignore), LIST, "" },
	{ IRIS "crit-expiry = 14\n", "--check --to iris", AT(crit_given), FLAG, "yes" },
	{ IRIS, "--to iris --echo", AT(mode), INT, "1" },
	{ IRIS, "--to iris --check", AT(mode), INT, "2" },
	{ IRIS "[other]\nconnect = X@x\n", WORDS, AT(host), STRING, "iris" },
	{ "[other]\nkonnect = X@x\n" IRIS, WORDS, AT(host), STRING, "iris" },
	{ IRIS "[other]\n[iris]\nretry = 5\n", WORDS, AT(retry.retries), INT, "5" },
	/* the command line wins */
	{ IRIS, WORDS "-c B@h", AT(host), STRING, "h" },
	{ IRIS, WORDS "-c B@h", AT(port), PORT, "2762" },
	{ IRIS, WORDS "--trust-store u", AT(trust_stores), LIST, "u" },
	{ IRIS "trust-store = u\n", WORDS, AT(trust_stores), LIST, "DIR/t.p12 DIR/u" },
	{ IRIS "trust-store-pass = env:A\ntrust-store-type = PEM\n", WORDS "--trust-store u --trust-store v",
		AT(trust_store_passes), SECRETS, "" },
	{ IRIS "key-store = k\nkey-store-pass = env:A\n", WORDS "--key-store l", AT(key_store_pass), SECRET,
		"none" },
	{ IRIS "key-store = k\nkey-store-pass = env:A\n", WORDS "--key-store-pass env:B", AT(key_store_pass),
		SECRET, "from env:B" },
	{ IRIS "tls-cipher = A\ntls12 =\n", WORDS "--tls-profile iris", AT(ciphers), LIST, "" },
	{ IRIS "tls-profile = iris\n", WORDS "--tls13", AT(tls_profile), STRING, "none" },
	{ IRIS "tls13 = yes\n", WORDS "--tls-protocol TLSv1.2", AT(protocols), LIST, "TLSv1.2" },
	{ IRIS "send-timeout = 5\n", WORDS "--store-timeout 6", AT(send_timeout), NUMBER, "6" },
	{ IRIS "user = anna\nuser-pass = env:A\n", WORDS "--user-jwt env:B", AT(user), STRING, "none" },
	{ IRIS "prior-low =\n", WORDS "--prior-high", AT(priority), INT, "1" },
	{ IRIS "verbose = yes\n", WORDS "-q", AT(verbosity), INT, "-1" },
	{ IRIS "set = A=1\nset = B=\n", WORDS, AT(sets), LIST, "A=1 B=" },
	{ IRIS "set = A=1\n", WORDS "-s B=", AT(sets), LIST, "B=" },
	{ IRIS "bind = A\nbind = B\n", WORDS, AT(calling), CHARS, "B" },
	{ IRIS "json =\n", "--to iris --echo", AT(json), FLAG, "no" },
	{ IRIS "json =\n", "--to iris --check --nagios", AT(json), FLAG, "no" },
	{ IRIS "prometheus = p\n", WORDS, AT(prometheus), STRING, "DIR/p" },
	{ IRIS "prometheus = -\n", WORDS, AT(prometheus), STRING, "-" },
	{ IRIS "prometheus = p\n", WORDS "--dry-run", AT(prometheus), STRING, "none" },
	{ IRIS "connect = P@p\nplain = yes\n", "--to iris f.dcm --help", AT(mode), INT, "5" },
	/* flags */
	{ IRIS "strict = yes\n", WORDS, AT(strict), FLAG, "yes" },
	{ IRIS "strict=TRUE\n", WORDS, AT(strict), FLAG, "yes" },
	{ IRIS "strict: 1\n", WORDS, AT(strict), FLAG, "yes" },
	{ IRIS "strict =\n", WORDS, AT(strict), FLAG, "yes" },
	{ IRIS "strict = no\n", WORDS, AT(strict), FLAG, "no" },
	{ IRIS "strict = False\n", WORDS, AT(strict), FLAG, "no" },
	{ IRIS "strict = 0\n", WORDS, AT(strict), FLAG, "no" },
	{ IRIS "strict = yes\nstrict = no\n", WORDS, AT(strict), FLAG, "no" },
	{ IRIS "strict = no\nstrict = yes\n", WORDS, AT(strict), FLAG, "yes" },
	{ IRIS "strict = no\n", WORDS "--strict", AT(strict), FLAG, "yes" },
	{ IRIS "tls12 =\ntls13 =\ntls12 =\n", WORDS, AT(protocols), LIST, "TLSv1.3 TLSv1.2" },
	{ IRIS "not-pack-pdv =\ntcp-delay = no\n", WORDS, AT(notes), LIST,
		"--not-pack-pdv has no effect: each PDU has a single PDV" },
	/* values */
	{ IRIS "key-store = ~/k.p12\n", WORDS, AT(key_store), STRING, "/anna/k.p12" },
	{ IRIS "key-store = sub/k.p12\n", WORDS, AT(key_store), STRING, "DIR/sub/k.p12" },
	{ IRIS "key-store = ../k.p12\n", WORDS, AT(key_store), STRING, "DIR/../k.p12" },
	{ IRIS "key-store = /k.p12\n", WORDS, AT(key_store), STRING, "/k.p12" },
	{ IRIS "key-store = ~anna/k.p12\n", WORDS, AT(key_store), STRING, "DIR/~anna/k.p12" },
	{ IRIS "crl-file = a.crl\ncrl-file = ~/b.crl\n", WORDS, AT(crl_files), LIST, "DIR/a.crl /anna/b.crl" },
	{ IRIS "journal = j-%s.db\n", WORDS, AT(journal), STRING, "DIR/j-1-1.db" },
	{ IRIS "failed-to = f\n", WORDS, AT(failed_to), STRING, "DIR/f" },
	{ IRIS "rel-sop-classes = r\n", WORDS, AT(rel_sop_classes), STRING, "DIR/r" },
	{ IRIS "tls-keylog = k\n", WORDS, AT(tls_keylog), STRING, "DIR/k" },
	{ IRIS "user-jwt = file:t\n", WORDS, AT(user_jwt), SECRET, "from file:DIR/t" },
	{ IRIS "user-jwt = file:/t\n", WORDS, AT(user_jwt), SECRET, "from file:/t" },
	{ IRIS "user-jwt = env:t\n", WORDS, AT(user_jwt), SECRET, "from env:t" },
	{ IRIS "user-jwt = cmd:t\n", WORDS, AT(user_jwt), SECRET, "from cmd:t" },
	{ IRIS, WORDS "--key-store k.p12", AT(key_store), STRING, "k.p12" },
	/* relative to the file as it is named */
	{ IRIS, WORDS "--config " OWN, AT(trust_stores), LIST, "t.p12" },
	{ IRIS, WORDS "--config ./" OWN, AT(trust_stores), LIST, "./t.p12" },
	{ IRIS "key-store = k\nkey-store-pass = file:~/pw\n", WORDS, AT(key_store_pass), SECRET,
		"from file:/anna/pw" },
	{ IRIS "user = ~/x\n", WORDS, AT(user), STRING, "~/x" },
	{ IRIS "user = file:~/x\n", WORDS, AT(user), STRING, "file:~/x" },
	{ IRIS "key-store = k\nkey-store-pass = geheim\n", WORDS, AT(key_store_pass), SECRET, "<geheim>" },
	{ IRIS "key-store = k\nkey-store-pass =\n", WORDS, AT(key_store_pass), SECRET, "<>" },
	{ IRIS "key-store = k\nkey-pass = pass:ge:h=im;\n", WORDS, AT(key_pass), SECRET, "<ge:h=im;>" },
	{ IRIS "key-store = k\nkey-pass = pass:geheim ; no part of it\n", WORDS, AT(key_pass), SECRET,
		"<geheim>" },
	{ IRIS "trust-store-pass = geheim\n", WORDS, AT(trust_store_passes), SECRETS, "<geheim>" },
	{ IRIS "proxy = u:geheim@p:3128\n", WORDS, AT(proxy_user), STRING, "u" },
	/* lines */
	{ "; a\n# b\n\n  [iris]\n\tconnect = A@a\n\ttrust-store =  a b  \n", WORDS, AT(trust_stores), LIST,
		"DIR/a b" },
	{ "\xef\xbb\xbf[iris]\r\nconnect = A@a\r\ntrust-store = t\r\n", WORDS, AT(trust_stores), LIST, "DIR/t" },
	{ "\xef\xbb\xbf; x\n" IRIS, WORDS, AT(host), STRING, "iris" },
	{ IRIS "bind = LAST", WORDS, AT(calling), CHARS, "LAST" },
	{ IRIS "# " P180 P180 P180 "\nbind = LAST\n", WORDS, AT(calling), CHARS, "LAST" },
	{ IRIS "key-store = " P180 "\n", WORDS, AT(key_store), STRING, "DIR/" P180 },
	{ IRIS "key-store = " P180 P180 P180 "\n", WORDS, AT(key_store), STRING, "DIR/" P180 P180 P180 },
	{ IRIS "  bind\t:\tA=:B  ;=x\r\n", WORDS, AT(calling), CHARS, "A=:B" },
	{ IRIS "bind = A;B\n", WORDS, AT(calling), CHARS, "A;B" },
	{ IRIS "bind = A\n[other] behind it\nbind = B\n", WORDS, AT(calling), CHARS, "A" },
	{ "[" LONG_NAME "]\nconnect = A@a\nplain =\n", "--to " LONG_NAME " f.dcm", AT(host), STRING, "a" },
};

/* The text with the test's directory in place of each DIR. */
static const char *
expand(char *out, size_t size, const char *text)
{
	const char *at;
	size_t used = 0;

	for (; (at = strstr(text, "DIR")); text = at + 3)
		used += (size_t)snprintf(out + used, size - used, "%.*s%s", (int)(at - text), text, directory);
	snprintf(out + used, size - used, "%s", text);
	return out;
}

START_TEST(value)
{
	char wanted[600];
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, values[_i].text);
	line_init(&line, values[_i].words);
	if (cmdline_parse(&options, line.argc, line.argv, &err) < 0)
		ck_abort_msg("%s: %s", values[_i].words, err.text);
	assert_shows(&options, values[_i].offset, values[_i].kind,
		expand(wanted, sizeof wanted, values[_i].wanted));
	options_clear(&options);
	free(line.text);
}
END_TEST

#define NO_KEY "Keys are the long options of --help, without the dashes."
#define LINE4  OWN ", line 4"

#define TWO "[a]\nconnect = A@a\nplain =\n[b]\nconnect = B@b\nfrobnicate = 1\n[c]\nconnect = C@c\nplain =\n"

/* Each is ERR_USAGE. hint: NULL for any. */
static const struct {
	const char *text, *words, *told, *hint;
} errors[] = {
	/* keys */
	{ IRIS "konnect = X@x\n", WORDS, LINE4 ": the key 'konnect' of [iris] is not an option",
		"Did you mean connect?" },
	{ IRIS "xyzzyxyzzy = x\n", WORDS, LINE4 ": the key 'xyzzyxyzzy' of [iris] is not an option", NO_KEY },
	{ IRIS "trust-sys = yes\n", WORDS, LINE4 ": the key 'trust-sys' of [iris] is not an option", NULL },
	{ IRIS "--bind = A\n", WORDS, LINE4 ": the key '--bind' of [iris] is not an option",
		"Did you mean bind?" },
	{ IRIS "\x1b[2J = A\n", WORDS, LINE4 ": the key '?[2J' of [iris] is not an option", NULL },
	{ IRIS "= A\n", WORDS, LINE4 ": the key '' of [iris] is not an option", NO_KEY },
	{ IRIS "to = other\n", WORDS, LINE4 ": the key 'to' of [iris] is for the command line only",
		"Give --to on the command line." },
	{ IRIS "dry-run =\n", WORDS,
		LINE4 ": the key 'dry-run' of [iris] is for the command line only",
		NULL },
	/* values */
	{ IRIS "connect = x\n", WORDS,
		LINE4 ", [iris]: --connect: write AET@HOST:PORT, the receiver's AE title "
		"first", NULL },
	{ IRIS "strict = maybe\n", WORDS, LINE4 ", [iris]: strict: 'maybe' is not yes or no", NULL },
	{ IRIS "retry = x\n", WORDS, LINE4 ", [iris]: --retry: 'x' is not a whole number from 0 to 1000000",
		NULL },
	{ IRIS "tls-aes =\n", WORDS,
		LINE4 ", [iris]: --tls-aes is refused: TLS is the default; omit it and choose with "
			"--tls-protocol and --tls-cipher", NULL },
	{ IRIS "key-store =\n", WORDS, LINE4 ", [iris]: --key-store: the value is empty", NULL },
	{ IRIS "prior-low =\nprior-high =\n", WORDS, OWN ", line 5, [iris]: --prior-high and --prior-low "
		"exclude each other", NULL },
	{ IRIS, WORDS "--plain", "--trust-store and --plain exclude each other: with --plain there is no TLS",
		NULL },
	{ "[iris]\nconnect = A@a\n", WORDS,
		"no trusted certificate authority is given to verify the receiver",
		NULL },
	{ IRIS "tls-host = \xff\n", WORDS, LINE4 ", [iris]: --tls-host: '?' cannot be a host name: string encoding "
		"error", NULL },
	{ IRIS "set = PatientID\n", WORDS, LINE4 ", [iris]: --set: 'PatientID' has no '='",
		"Write it as one word, PatientID=VALUE; PatientID= empties the attribute." },
	/* lines */
	{ IRIS "bind\n", WORDS, LINE4 ": the line is neither [section] nor key = value", NULL },
	{ IRIS "[other\n", WORDS, LINE4 ": the line is neither [section] nor key = value", NULL },
	{ "bind = A\n" IRIS, WORDS, OWN ", line 1: a key precedes the first [section]", NULL },
	{ IRIS "bind ; no value\n", WORDS, LINE4 ": the line is neither [section] nor key = value", NULL },
	{ IRIS "[oth ;er]\n", WORDS, LINE4 ": the line is neither [section] nor key = value", NULL },
	{ IRIS "bind\nkonnect = X@x\n", WORDS, LINE4 ": the line is neither [section] nor key = value", NULL },
	{ "[1" LONG_NAME "]\n" IRIS, WORDS, OWN ", line 1: the section's name is longer than 49 bytes",
		NULL },
	/* sections */
	{ IRIS "[pacs]\n[iris]\n", "--to X f.dcm",
		"there is no destination 'X' in DIR/" OWN " or " CONFIG_SYSTEM,
		"There are: iris, pacs." },
	{ IRIS, "--check --to iris --to nowhere", "there is no destination 'nowhere' in DIR/" OWN " or "
		CONFIG_SYSTEM, "There are: iris." },
	{ IRIS, "--check --to x*", "no destination in DIR/" OWN " or " CONFIG_SYSTEM " matches 'x*'",
		"--to without a name lists the destinations." },
	{ TWO, "--to a --to b f.dcm", "--to names 2 destinations ('a', 'b'), but a send needs exactly one",
		"Run it once for each; only --check and --echo take several." },
	{ TWO, "--to * f.dcm", "--to names 3 destinations ('a', 'b', ...), but a send needs exactly one", NULL },
	{ TWO, "--to * --dry-run f.dcm", "--to names 3 destinations ('a', 'b', ...), but --dry-run needs exactly one",
		NULL },
	{ TWO, "--to * --status --journal j", "--to names 3 destinations ('a', 'b', ...), but --status needs exactly one",
		NULL },
	{ TWO, "--to * --check --nagios", "--to names 3 destinations ('a', 'b', ...), but --nagios needs exactly one",
		NULL },
	{ TWO, "--to * --check --html f", "--to names 3 destinations ('a', 'b', ...), but --html needs exactly one",
		NULL },
	{ IRIS "ignore = tls-ok\n", "--check --to iris", LINE4 ", [iris]: --ignore: tls-ok cannot be ignored: it "
		"is not a warning", NULL },
	{ "", "--to \x1b[2J f.dcm", "there is no destination '?[2J' in DIR/" OWN " or " CONFIG_SYSTEM,
		"None is configured; write a section [NAME] with a line connect = AET@HOST:PORT." },
};

/* Is text `wanted`, in which DIR is the test's directory, or stands it after that and a slash? */
static void
assert_told(const char *text, const char *wanted)
{
	const char *at = strstr(wanted, "DIR");
	char whole[1024];

	if (at)
		snprintf(whole, sizeof whole, "%.*s%s%s", (int)(at - wanted), wanted, directory, at + 3);
	else
		snprintf(whole, sizeof whole, "%s%s%s", strncmp(wanted, OWN, strlen(OWN)) ? "" : directory,
			strncmp(wanted, OWN, strlen(OWN)) ? "" : "/", wanted);
	ck_assert_str_eq(text, whole);
}

static void
assert_usage(const char *words, struct err *err)
{
	struct options options;
	struct line line;

	line_init(&line, words);
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, err), -1);
	ck_assert_int_eq(err->kind, ERR_USAGE);
	options_clear(&options);
	free(line.text);
}

START_TEST(error)
{
	struct err err = ERR_INIT;

	if (access(CONFIG_SYSTEM, F_OK) == 0 && strstr(errors[_i].told, CONFIG_SYSTEM))
		return; /* this machine's destinations would be named, too */
	write_file(OWN, errors[_i].text);
	assert_usage(errors[_i].words, &err);
	assert_told(err.text, errors[_i].told);
	if (errors[_i].hint)
		ck_assert_str_eq(err.hint, errors[_i].hint);
}
END_TEST

START_TEST(no_home)
{
	struct err err = ERR_INIT;

	unsetenv("HOME");
	write_file(OWN, IRIS "key-store = ~/k.p12\n");
	assert_usage(WORDS, &err);
	assert_told(err.text, LINE4 ": '~/k.p12' cannot be found: HOME is not set");
}
END_TEST

/* What is wrong with a value only once it is used is told with the line, too. */
static const struct {
	const char *text, *told, *hint;
} secrets[] = {
	{ IRIS "user = a\nuser-pass = file:none\n",
		OWN ", line 5, [iris]: --user-pass: cannot open the file \"DIR/none\", which should contain a secret: No such file or directory", NULL },
	{ IRIS "user = a\nuser-pass = file:pass*\n",
		OWN ", line 5, [iris]: --user-pass: cannot open the file \"DIR/pass*\", which should contain a secret: No such file or directory",
		"Patterns are not expanded in a configuration file: give a line for each file." },
	{ IRIS "user-jwt = file:~bert/t\n",
		OWN ", line 4, [iris]: --user-jwt: cannot open the file \"DIR/~bert/t\", which should contain a secret: No such file or directory",
		"In a configuration file only ~/ stands for a home directory, that of whoever runs it." },
	{ IRIS "user-jwt = file:$HOME/t\n",
		OWN ", line 4, [iris]: --user-jwt: cannot open the file \"DIR/$HOME/t\", which should contain a secret: No such file or directory",
		"Variables are not expanded in a configuration file; a relative path is relative to it." },
	{ IRIS "user-saml = env:NO_SUCH_VARIABLE\n",
		OWN ", line 4, [iris]: --user-saml: the environment variable \"NO_SUCH_VARIABLE\", which should contain a secret, is not set", NULL },
	{ IRIS "user-jwt = cmd:false\n",
		OWN ", line 4, [iris]: --user-jwt: the command given with cmd: failed with exit status 1", NULL },
};

START_TEST(secret_that_cannot_be_had)
{
	char told[1024], wanted[1100];
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, secrets[_i].text);
	line_init(&line, WORDS);
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, &err), 0);
	ck_assert_int_eq(options_load_secrets(&options, &err), -1);
	snprintf(wanted, sizeof wanted, "%s/%s", directory, expand(told, sizeof told, secrets[_i].told));
	ck_assert_str_eq(err.text, wanted);
	if (secrets[_i].hint)
		ck_assert_str_eq(err.hint, secrets[_i].hint);
	options_clear(&options);
	free(line.text);
}
END_TEST

/* An error about a file is that of the value that names it, the longest that does. */
START_TEST(error_about_a_file)
{
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, IRIS "key-store = t.p12.old\ncrl-file = u.crl\n");
	line_init(&line, WORDS);
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, &err), 0);
	err_set(&err, ERR_CREDENTIALS, "%s/t.p12.old: is damaged", directory);
	err_hint(&err, "Make it anew.");
	origins_name_file(&options.origins, &err);
	ck_assert_ptr_nonnull(strstr(err.text, OWN ", line 4, [iris]: "));
	ck_assert_ptr_nonnull(strstr(err.text, "/t.p12.old: is damaged"));
	ck_assert_str_eq(err.hint, "Make it anew.");
	err_set(&err, ERR_CREDENTIALS, "/elsewhere: is damaged");
	origins_name_file(&options.origins, &err);
	ck_assert_str_eq(err.text, "/elsewhere: is damaged");
	options_clear(&options);
	free(line.text);
}
END_TEST

/* Several are taken in turn, in the order in which they are named, each once. */
static const struct {
	const char *words, *wanted;
} several[] = {
	{ "--check --to *", "a b c" },
	{ "--check --to c --to a", "c a" },
	{ "--echo --to c --to *", "c a b" },
	{ "--echo --to [bc] --to b", "b c" },
	{ "--check --to ? --to a", "a b c" },
};

START_TEST(names)
{
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, TWO);
	line_init(&line, several[_i].words);
	ck_assert_msg(cmdline_parse(&options, line.argc, line.argv, &err) == 0, "%s", err.text);
	assert_shows(&options, AT(destinations), LIST, several[_i].wanted);
	options_clear(&options);
	free(line.text);
}
END_TEST

/* Each has what its own section says, and what the command line says, secrets included. */
START_TEST(turns)
{
	struct options all, one;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, "[a]\nconnect = A@a\nkey-store-pass = pass:own\n[b]\nconnect = B@b\nfrobnicate = 1\n"
		"[c]\nconnect = C@c:1\nbind = ME\nproxy = u:p@prox\ntls-pin = " PIN "\n");
	line_init(&line, "--check --to * --trust-store t --trust-store u --trust-store-pass pass:x "
		"--trust-store-pass pass:y --key-store k --key-store-pass pass:geheim --user-jwt pass:tok "
		"--proxy v:w@proxy -b US --tls-pin " PIN " f.dcm");
	ck_assert_msg(cmdline_parse(&all, line.argc, line.argv, &err) == 0, "%s", err.text);
	ck_assert_msg(cmdline_destination(&all, "a", &one, &err) == 0, "%s", err.text);
	assert_shows(&one, AT(host), STRING, "a");
	assert_shows(&one, AT(calling), CHARS, "US");
	assert_shows(&one, AT(proxy_host), STRING, "proxy");
	assert_shows(&one, AT(key_store_pass), SECRET, "<geheim>");
	assert_shows(&one, AT(trust_store_passes), SECRETS, "<x> <y>");
	assert_shows(&one, AT(files), LIST, "f.dcm");
	ck_assert_uint_eq(one.pins.count, 1);
	ck_assert_str_eq(one.to, "a");
	options_clear(&one);

	/* A section that is wrong is no one else's business. */
	ck_assert_int_eq(cmdline_destination(&all, "b", &one, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "the key 'frobnicate' of [b] is not an option"));
	options_clear(&one);
	err.kind = ERR_NONE;
	ck_assert_msg(cmdline_destination(&all, "c", &one, &err) == 0, "%s", err.text);
	assert_shows(&one, AT(host), STRING, "c");
	assert_shows(&one, AT(port), PORT, "1");
	assert_shows(&one, AT(trust_stores), LIST, "t u");
	options_clear(&one);
	options_clear(&all);
	free(line.text);
}
END_TEST

START_TEST(nul_byte)
{
	static const char bytes[] = IRIS "bind = A\0B\n";
	struct err err = ERR_INIT;

	write_bytes(OWN, 0600, bytes, sizeof bytes - 1);
	assert_usage(WORDS, &err);
	assert_told(err.text, LINE4 ": contains a NUL byte");
}
END_TEST

/* Any bytes at all: an error or none, but an end. */
START_TEST(hostile)
{
	unsigned char bytes[2048];
	unsigned state = (unsigned)_i + 1;
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	for (size_t i = 0; i < sizeof bytes; i++) {
		static const char likely[] = "[]=:;# \n\r\tiris-";

		state = state * 1103515245 + 12345;
		bytes[i] = state >> 30 ? (unsigned char)likely[(state >> 16) % (sizeof likely - 1)] :
			(unsigned char)(state >> 16);
	}
	write_bytes(OWN, 0600, bytes, sizeof bytes);
	line_init(&line, "--to iris f.dcm");
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	options_clear(&options);
	free(line.text);
}
END_TEST

#define SECRET_TOLD "chmod 600 "

/* Who may read and write the file; hint: what the remedy has in it, NULL if all is well. */
static const struct {
	const char *more;
	mode_t mode;
	const char *told, *hint;
} modes[] = {
	{ "", 0644, NULL, NULL },
	{ "", 0444, NULL, NULL },
	{ "key-store = k\nkey-store-pass = env:A\ntrust-store-pass = file:x\n", 0644, NULL, NULL },
	{ "key-store = k\nkey-store-pass =\n", 0644, NULL, NULL },
	{ "proxy = u@p\n", 0644, NULL, NULL },
	{ "key-store = k\nkey-store-pass = geheim\n", 0600, NULL, NULL },
	{ "key-store = k\nkey-store-pass = geheim\n", 0400, NULL, NULL },
	{ "key-store = k\nkey-store-pass = geheim\n", 0640, ", line 5: key-store-pass is a secret",
		SECRET_TOLD },
	{ "key-store = k\nkey-pass = pass:geheim\n", 0604, ", line 5: key-pass is a secret", SECRET_TOLD },
	{ "user-jwt = geheim\n", 0644, ", line 4: user-jwt is a secret", SECRET_TOLD },
	{ "trust-store-pass = geheim\n", 0644, ", line 4: trust-store-pass is a secret", SECRET_TOLD },
	{ "proxy = u:geheim@p\n", 0644, ", line 4: proxy is a secret", SECRET_TOLD },
	{ "[other]\nuser-saml = geheim\n", 0644, ", line 5: user-saml is a secret", SECRET_TOLD },
	{ "", 0664, " can be changed by other users", "chmod go-w " },
	{ "", 0602, " can be changed by other users", "chmod go-w " },
};

START_TEST(permissions)
{
	char text[400];
	struct options options;
	struct err err = ERR_INIT;
	struct line line;
	int rv;

	snprintf(text, sizeof text, "%s%s", IRIS, modes[_i].more);
	write_bytes(OWN, modes[_i].mode, text, strlen(text));
	line_init(&line, WORDS);
	rv = cmdline_parse(&options, line.argc, line.argv, &err);
	ck_assert_msg((rv < 0) == (modes[_i].told != NULL), "%s", err.text);
	if (modes[_i].told) {
		ck_assert_int_eq(err.kind, ERR_USAGE);
		ck_assert_ptr_nonnull(strstr(err.text, modes[_i].told));
		ck_assert_ptr_nonnull(strstr(err.hint, modes[_i].hint));
		ck_assert_ptr_null(strstr(err.text, "geheim"));
		ck_assert_ptr_null(strstr(err.hint, "geheim"));
	}
	options_clear(&options);
	free(line.text);
}
END_TEST

/* Only root can give files away, so that only root can try. */
START_TEST(foreign_file)
{
	struct err err = ERR_INIT;

	write_file(OWN, IRIS);
	if (geteuid() != 0 || chown(OWN, 65534, 65534) < 0)
		return;
	assert_usage(WORDS, &err);
	ck_assert_ptr_nonnull(strstr(err.text, " belongs to another user"));
}
END_TEST

START_TEST(directory_instead)
{
	struct err err = ERR_INIT;

	ck_assert_int_eq(mkdir(OWN, 0700), 0);
	assert_usage(WORDS, &err);
	ck_assert_ptr_nonnull(strstr(err.text, " is a directory"));
}
END_TEST

START_TEST(too_long)
{
	char *bytes = malloc(INIFILE_MAX + 1);
	struct err err = ERR_INIT;

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, '\n', INIFILE_MAX + 1);
	write_bytes(OWN, 0600, bytes, INIFILE_MAX + 1);
	free(bytes);
	assert_usage(WORDS, &err);
	ck_assert_ptr_nonnull(strstr(err.text, " is longer than 1048576 bytes"));
}
END_TEST

/* Nothing of a secret stays where it was copied to: neither one that was taken, nor one that lost. */
START_TEST(secrets_are_wiped)
{
	struct options options;
	struct err err = ERR_INIT;
	struct line line;

	write_file(OWN, IRIS "key-store = k\nkey-store-pass = geheim\nkey-pass = pass:geheim\n"
		"proxy = u:geheim@p\n[other]\nuser-jwt = geheim\n");
	line_init(&line, WORDS "--key-pass env:A");
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, &err), 0);
	for (size_t i = 0; i < options.text_count; i++)
		ck_assert_ptr_null(strstr(options.texts[i], "geheim"));
	ck_assert_str_eq(options.proxy_password.bytes, "geheim");
	assert_shows(&options, AT(key_pass), SECRET, "from env:A");
	options_clear(&options);
	free(line.text);
}
END_TEST

/* The file's bytes, each line's value as it is put together, and what is kept of it until it is taken or, where
 * it is not taken, to the end. What takes another's place wipes that, too. */
static const struct {
	const char *lines, *words;
	unsigned read, cleared;
} wiped[] = {
	{ "[other]\nuser-jwt = geheim\n", "", 1, 0 },
	{ "bind = geheim\n", "", 2, 1 },
	{ "user = a\nuser-pass = geheim\n", "", 3, 1 },
	{ "user = a\nuser-pass = geheim\nuser-pass = env:A\n", "", 4, 0 },
	{ "key-store = k\nkey-pass = geheim\n", "--key-pass env:A", 3, 0 },
};

START_TEST(copies_are_wiped)
{
	struct options options;
	struct err err = ERR_INIT;
	struct line line;
	char text[200], words[100];

	snprintf(words, sizeof words, WORDS "%s", wiped[_i].words);
	snprintf(text, sizeof text, IRIS "%s", wiped[_i].lines);
	write_file(OWN, text);
	line_init(&line, words);
	wipes_seek("geheim", 6);
	ck_assert_msg(cmdline_parse(&options, line.argc, line.argv, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(wipes, wiped[_i].read);
	wipes_seek("geheim", 6);
	options_clear(&options);
	ck_assert_uint_eq(wipes, wiped[_i].cleared);
	free(line.text);
}
END_TEST

/* Two files, as by default; the first one wins. */
static const struct {
	const char *own, *system;
	const char *given; /* an option on the command line */
	size_t offset;
	enum kind kind;
	const char *wanted;
} layers[] = {
	{ "[iris]\nbind = A\n", "[iris]\nbind = B\n", NULL, AT(calling), CHARS, "A" },
	{ "[iris]\n", "[iris]\nbind = B\n", NULL, AT(calling), CHARS, "B" },
	{ "[x]\nbind = A\n", "[iris]\nbind = B\n", NULL, AT(calling), CHARS, "B" },
	{ "[iris]\nbind = A\n", "[x]\nbind = B\n", NULL, AT(calling), CHARS, "A" },
	{ "[iris]\nbind = A\n", NULL, NULL, AT(calling), CHARS, "A" },
	{ NULL, "[iris]\nbind = B\n", NULL, AT(calling), CHARS, "B" },
	{ "[iris]\nbind = A\n", "[iris]\nbind = B\nuser = u\n", NULL, AT(user), STRING, "u" },
	{ "[iris]\nbind = A\n", "[iris]\nbind = B\n", "bind", AT(calling), CHARS, "" },
	{ "[iris]\nset = A=\nset = B=\n", "[iris]\nset = C=\n", NULL, AT(sets), LIST, "A= B=" },
	{ "[iris]\nstrict = no\n", "[iris]\nstrict = yes\n", NULL, AT(strict), FLAG, "no" },
	{ "[iris]\nstrict =\n", "[iris]\nstrict = no\n", NULL, AT(strict), FLAG, "yes" },
	{ "[iris]\nkey-store = k\n", "[iris]\nkey-store = l\nkey-store-pass = env:A\n", NULL,
		AT(key_store_pass), SECRET, "none" },
	{ "[iris]\nkey-store-pass = env:B\n", "[iris]\nkey-store = l\nkey-store-pass = env:A\n", NULL,
		AT(key_store_pass), SECRET, "from env:B" },
};

START_TEST(layer)
{
	char own[] = OWN, system_wide[] = SYSTEM;
	const struct config_files files = { .paths = { own, system_wide }, .count = 2 };
	struct options options = { .to = "iris" };
	bool given[OPTROW_MAX] = { false };
	struct err err = ERR_INIT;

	if (layers[_i].own)
		write_file(OWN, layers[_i].own);
	if (layers[_i].system)
		write_file(SYSTEM, layers[_i].system);
	if (layers[_i].given)
		given[optrow_find(layers[_i].given) - optrow_table] = true;
	if (config_apply(&options, given, &files, &err) < 0)
		ck_abort_msg("%s", err.text);
	assert_shows(&options, layers[_i].offset, layers[_i].kind, layers[_i].wanted);
	options_clear(&options);
}
END_TEST

/* Where a file is looked for. */
START_TEST(places)
{
	struct config_files files;

	setenv("XDG_CONFIG_HOME", "/xdg", 1);
	config_files_find(&files, NULL);
	ck_assert_uint_eq(files.count, 2);
	ck_assert_str_eq(files.paths[0], "/xdg/mtls-storescu.conf");
	ck_assert_str_eq(files.paths[1], "/etc/mtls-storescu.conf");

	setenv("XDG_CONFIG_HOME", "relative", 1);
	config_files_find(&files, NULL);
	ck_assert_str_eq(files.paths[0], "/anna/.config/mtls-storescu.conf");

	unsetenv("XDG_CONFIG_HOME");
	unsetenv("HOME");
	config_files_find(&files, NULL);
	ck_assert_uint_eq(files.count, 1);
	ck_assert_str_eq(files.paths[0], "/etc/mtls-storescu.conf");

	config_files_find(&files, "a.conf");
	ck_assert_uint_eq(files.count, 1);
	ck_assert_str_eq(files.paths[0], "a.conf");
	ck_assert(files.named);
}
END_TEST

/* --config names one file instead of both; from a pipe, too. */
START_TEST(named_file)
{
	struct options options;
	struct err err = ERR_INIT;
	char words[80];
	struct line line;
	int fds[2];

	write_file(OWN, "[iris]\nbind = OWN\n");
	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], IRIS, strlen(IRIS)), (ssize_t)strlen(IRIS));
	close(fds[1]);
	snprintf(words, sizeof words, WORDS "--config /dev/fd/%d", fds[0]);
	line_init(&line, words);
	ck_assert_msg(cmdline_parse(&options, line.argc, line.argv, &err) == 0, "%s", err.text);
	assert_shows(&options, AT(host), STRING, "iris");
	assert_shows(&options, AT(calling), CHARS, "STORESCU");
	options_clear(&options);
	free(line.text);
	close(fds[0]);
}
END_TEST

START_TEST(list)
{
	char own[] = OWN, system_wide[] = SYSTEM;
	const struct config_files files = { .paths = { own, system_wide }, .count = 2 };
	struct err err = ERR_INIT;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	write_file(OWN, "[pacs]\nconnect = P@pacs\n[iris]\nuser-jwt = geheim\n[e\x1bm]\n");
	write_file(SYSTEM, "[iris]\nconnect = IRIS@iris:2010\n[pacs]\nconnect = Q@qacs\nfrobnicate = 1\n");
	ck_assert_msg(config_list(&files, out, &err) == 0, "%s", err.text);
	fclose(out);
	ck_assert_str_eq(text, "e?m   (no receiver)\niris  IRIS@iris:2010\npacs  P@pacs\n");
	free(text);

	/* The longest name tells the width, the first as well as the last. */
	write_file(OWN, "[longest]\nconnect = L@l\n[s]\nconnect = S@s\n");
	write_file(SYSTEM, "[middle]\nconnect = M@m\n");
	out = open_memstream(&text, &size);
	ck_assert_ptr_nonnull(out);
	ck_assert_msg(config_list(&files, out, &err) == 0, "%s", err.text);
	fclose(out);
	ck_assert_str_eq(text, "longest  L@l\nmiddle   M@m\ns        S@s\n");
	free(text);
}
END_TEST

START_TEST(empty_list)
{
	char own[] = OWN;
	const struct config_files files = { .paths = { own }, .count = 1 };
	struct err err = ERR_INIT;

	ck_assert_int_eq(config_list(&files, stdout, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_str_eq(err.text, "there is no destination in " OWN);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, enter, leave);
	tcase_add_rows(tc, value, values, text);
	tcase_add_rows(tc, error, errors, text);
	tcase_add_rows(tc, names, several, words);
	tcase_add_test(tc, turns);
	tcase_add_test(tc, no_home);
	tcase_add_rows(tc, secret_that_cannot_be_had, secrets, text);
	tcase_add_test(tc, error_about_a_file);
	tcase_add_test(tc, nul_byte);
	tcase_add_loop_test(tc, hostile, 0, 50);
	tcase_add_rows(tc, permissions, modes, more);
	tcase_add_test(tc, foreign_file);
	tcase_add_test(tc, directory_instead);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, secrets_are_wiped);
	tcase_add_rows(tc, copies_are_wiped, wiped, lines);
	tcase_add_rows(tc, layer, layers, own);
	tcase_add_test(tc, places);
	tcase_add_test(tc, named_file);
	tcase_add_test(tc, list);
	tcase_add_test(tc, empty_list);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
