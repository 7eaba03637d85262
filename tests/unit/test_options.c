/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/cmdline.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/wait.h"
#include "check_main.h"
#include "cli/optrow.h"
#include "options_shown.h"

#define COUNT(rows) (int)(sizeof(rows) / sizeof(rows)[0])

/* Parse words that must be right. */
static void
parse(struct options *options, struct line *line, const char *words)
{
	struct err err = ERR_INIT;

	line_init(line, words);
	if (cmdline_parse(options, line->argc, line->argv, &err) < 0)
		ck_abort_msg("%s: %s", words, err.text);
	ck_assert_int_eq(err.kind, ERR_NONE);
}

#define AT(member) offsetof(struct options, member)
#define TLS "-c IRIS@iris --trust-system f.dcm "
#define PLAIN "-c IRIS@iris --plain f.dcm "

#define PIN	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define PIN_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
#define PIN_SAID "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHv8=" /* the same in base64 */

static const struct {
	const char *words;
	size_t offset;
	enum kind kind;
	const char *wanted;
} values[] = {
	/* destination */
	{ TLS, AT(mode), INT, "0" },
	{ TLS, AT(called), CHARS, "IRIS" },
	{ TLS, AT(host), STRING, "iris" },
	{ TLS, AT(port), PORT, "2762" },
	{ PLAIN, AT(port), PORT, "104" },
	{ PLAIN "-c IRIS@iris:2010", AT(port), PORT, "2010" },
	{ TLS "-c B@h:11112", AT(called), CHARS, "B" },
	{ TLS "-cB@h:11112", AT(port), PORT, "11112" },
	{ TLS "--connect B@h:11112", AT(host), STRING, "h" },
	{ TLS "--connect=B@h:11112 -c C@g", AT(port), PORT, "2762" },
	{ TLS "-c A@B@h", AT(called), CHARS, "A@B" },
	{ TLS "-c ~A~B~@h", AT(called), CHARS, "A B" },
	{ TLS "-c A@[2001:db8::1]:104", AT(host), STRING, "2001:db8::1" },
	{ TLS "-c A@[2001:db8::1]:104", AT(port), PORT, "104" },
	{ TLS "-c A@2001:db8::1", AT(host), STRING, "2001:db8::1" },
	{ TLS "-c A@[::1]", AT(port), PORT, "2762" },
	{ TLS, AT(calling), CHARS, "STORESCU" },
	{ TLS, AT(local_address), STRING, "none" },
	{ TLS "-b DCM_PDF_SCP", AT(calling), CHARS, "DCM_PDF_SCP" },
	{ TLS "--bind US1@192.0.2.7", AT(calling), CHARS, "US1" },
	{ TLS "--bind US1@192.0.2.7", AT(local_address), STRING, "192.0.2.7" },
	{ TLS "-b US1@[::1]", AT(local_address), STRING, "::1" },
	{ TLS "-b US@1@192.0.2.7", AT(calling), CHARS, "US@1" },
	{ TLS "-b US1@192.0.2.7 -b US2", AT(local_address), STRING, "none" },
	{ "--echo -c IRIS@iris --trust-system", AT(mode), INT, "1" },
	{ "--check -c IRIS@iris --trust-system", AT(mode), INT, "2" },
	{ "--check -c IRIS@iris --trust-system", AT(check_depth), INT, "1" },
	{ TLS "--check=full", AT(check_depth), INT, "2" },
	{ TLS "--check=full", AT(files), LIST, "f.dcm" },
	{ TLS "--check full", AT(files), LIST, "f.dcm full" },
	{ TLS "--check=full --check", AT(check_depth), INT, "1" },
	{ TLS "--echo --check", AT(mode), INT, "2" },
	{ "--check=local --trust-system", AT(check_depth), INT, "0" },
	{ "--check=stores --trust-system", AT(check_depth), INT, "0" }, /* its old name */
	{ "--check=local --trust-system", AT(host), STRING, "none" },
	{ TLS, AT(proxy_host), STRING, "none" },
	{ TLS "--proxy p", AT(proxy_host), STRING, "p" },
	{ TLS "--proxy p", AT(proxy_port), PORT, "8080" },
	{ TLS "--proxy p", AT(proxy_user), STRING, "none" },
	{ TLS "--proxy [::1]:3128", AT(proxy_host), STRING, "::1" },
	{ TLS "--proxy p:3128", AT(proxy_port), PORT, "3128" },
	{ TLS "--proxy p:3128 --proxy q", AT(proxy_port), PORT, "8080" },
	{ TLS "--proxy u:a@b@p", AT(proxy_user), STRING, "u" },
	{ TLS "--proxy u:a@b@p", AT(proxy_host), STRING, "p" },
	{ TLS "--proxy u@p", AT(proxy_user), STRING, "u" },
	{ TLS "--proxy u@p --proxy q", AT(proxy_user), STRING, "none" },
	{ TLS "--user anna", AT(user), STRING, "anna" },
	{ TLS "--user anna --user bert", AT(user), STRING, "bert" },
	{ TLS "--user anna --user-pass x", AT(user_pass), SECRET, "<x>" },
	{ TLS "--user-jwt file:t.jwt", AT(user_jwt), SECRET, "from file:t.jwt" },
	{ TLS "--user-saml fd:3", AT(user_saml), SECRET, "from fd:3" },
	{ TLS "--user anna --user-rsp", AT(user_rsp), FLAG, "yes" },
	{ TLS, AT(user_rsp), FLAG, "no" },
	/* TLS */
	{ TLS, AT(protocols), LIST, "" },
	{ TLS "--tls-protocol TLSv1.2 --tls-protocol TLSv1.3", AT(protocols), LIST, "TLSv1.2 TLSv1.3" },
	{ TLS "--tls12", AT(protocols), LIST, "TLSv1.2" },
	{ TLS "--tls13 --tls12", AT(protocols), LIST, "TLSv1.3 TLSv1.2" },
	{ TLS "--tls-cipher A --tls-cipher=B", AT(ciphers), LIST, "A B" },
	{ TLS "--tls-group A --tls-group=?B", AT(groups), LIST, "A ?B" },
	{ TLS "--tls-profile iris --tls-group A", AT(groups), LIST, "A" },
	{ TLS, AT(tls_profile), STRING, "none" },
	{ TLS "--tls-profile iris --tls-profile bcp195", AT(tls_profile), STRING, "bcp195" },
	{ TLS, AT(pins), PINS, "" },
	{ TLS "--tls-pin " PIN_HEX " --tls-pin=" PIN, AT(pins), PINS, PIN_SAID " " PIN },
	{ TLS, AT(key_store), STRING, "none" },
	{ TLS "--key-store a.p12 --key-store b.p12", AT(key_store), STRING, "b.p12" },
	{ TLS "--key-store a --key-store-type PKCS12", AT(key_store_type), INT, "1" },
	{ TLS "--key-store a --key-store-type pem", AT(key_store_type), INT, "2" },
	{ TLS "--key-store a --key-store-type JKS", AT(key_store_type), INT, "3" },
	{ TLS "--key-store a", AT(key_store_type), INT, "0" },
	{ TLS "--key-store a", AT(key_store_pass), SECRET, "none" },
	{ TLS "--key-store a --key-store-pass changeit", AT(key_store_pass), SECRET, "<changeit>" },
	{ TLS "--key-store a --key-store-pass=changeit", AT(key_store_pass), SECRET, "<changeit>" },
	{ TLS "--key-store a --key-store-pass pass:env:X", AT(key_store_pass), SECRET, "<env:X>" },
	{ TLS "--key-store a --key-store-pass pass:", AT(key_store_pass), SECRET, "<>" },
	{ TLS "--key-store a --key-store-pass=", AT(key_store_pass), SECRET, "<>" },
	{ TLS "--key-store a --key-store-pass env:X", AT(key_store_pass), SECRET, "from env:X" },
	{ TLS "--key-store a --key-store-pass env:X --key-store-pass y", AT(key_store_pass), SECRET, "<y>" },
	{ TLS "--key-store a --key-store-pass y --key-store-pass env:X", AT(key_store_pass), SECRET,
		"from env:X" },
	{ TLS "--key-store a --key-pass cmd:pw", AT(key_pass), SECRET, "from cmd:pw" },
	{ TLS "--key-store a --key-alias scu1", AT(key_alias), STRING, "scu1" },
	{ TLS "--trust-store a --trust-store b", AT(trust_stores), LIST, "a b" },
	{ TLS "--trust-store a --trust-store-type PEM", AT(trust_store_types), LIST, "PEM" },
	{ TLS "--trust-store a --trust-store-pass x", AT(trust_store_passes), SECRETS, "<x>" },
	{ TLS "--trust-store a --trust-store b --trust-store-pass x --trust-store-pass env:Y",
		AT(trust_store_passes), SECRETS, "<x> from env:Y" },
	{ TLS "--trust-store a --trust-store b --trust-store-pass x", AT(trust_store_passes), SECRETS,
		"<x>" },
	{ TLS, AT(trust_system), FLAG, "yes" },
	{ "-c IRIS@iris --trust-store a f.dcm", AT(trust_system), FLAG, "no" },
	{ TLS "--crl-file a.crl --crl-file b.crl", AT(crl_files), LIST, "a.crl b.crl" },
	{ TLS, AT(tls_host), STRING, "none" },
	{ TLS "--tls-host iris", AT(tls_host), STRING, "iris" },
	{ TLS "--tls-host müller.test", AT(tls_host), STRING, "xn--mller-kva.test" },
	{ TLS "-c A@müller.test:104", AT(host), STRING, "xn--mller-kva.test" },
	{ TLS "--proxy u:a@müller.test", AT(proxy_host), STRING, "xn--mller-kva.test" },
	{ "-c A@127.1 --trust-system f --tls-host ::1", AT(tls_host), STRING, "::1" },
	{ TLS, AT(tls_no_host_check), FLAG, "no" },
	{ TLS "--tls-no-host-check", AT(tls_no_host_check), FLAG, "yes" },
	{ TLS, AT(tls_allow_cn), FLAG, "no" },
	{ TLS "--tls-allow-cn", AT(tls_allow_cn), FLAG, "yes" },
	{ TLS, AT(tls_revocation), INT, "0" },
	{ TLS "--tls-revocation soft", AT(tls_revocation), INT, "0" },
	{ TLS "--tls-revocation require", AT(tls_revocation), INT, "1" },
	{ TLS, AT(require_mtls), FLAG, "no" },
	{ TLS "--require-mtls", AT(require_mtls), FLAG, "yes" },
	{ TLS, AT(warn_expiry), NUMBER, "30" },
	{ TLS "--warn-expiry 0", AT(warn_expiry), NUMBER, "0" },
	{ TLS, AT(crit_expiry), NUMBER, "7" },
	{ TLS "--crit-expiry 14", AT(crit_expiry), NUMBER, "14" },
	{ TLS, AT(crit_given), FLAG, "no" },
	{ TLS "--crit-expiry 7", AT(crit_given), FLAG, "yes" },
	{ TLS "--tls-debug", AT(tls_debug), FLAG, "yes" },
	{ TLS "--tls-keylog k.log", AT(tls_keylog), STRING, "k.log" },
	{ TLS, AT(plain), FLAG, "no" },
	{ PLAIN, AT(plain), FLAG, "yes" },
	/* destinations by name */
	{ "--to", AT(mode), INT, "4" },
	{ "--to", AT(list), FLAG, "yes" },
	{ "--to -v", AT(mode), INT, "4" },
	{ "--to --config a.conf", AT(mode), INT, "4" },
	{ "--config a.conf --to", AT(config), STRING, "a.conf" },
	{ "--to nowhere --to", AT(to), STRING, "none" },
	/* sending */
	{ TLS, AT(files_from), STRING, "none" },
	{ "-c A@h --plain --files-from l.txt", AT(files_from), STRING, "l.txt" },
	{ "-c A@h --plain --files-from - --from0", AT(from0), FLAG, "yes" },
	{ "-c A@h --plain --files-from=- -0", AT(files_from), STRING, "-" },
	{ TLS "-0 --failed-to f.lst", AT(from0), FLAG, "yes" },
	{ TLS, AT(min_age), NUMBER, "0" },
	{ TLS "--min-age 60", AT(min_age), NUMBER, "60000" },
	{ TLS "--min-age 1.5m", AT(min_age), NUMBER, "90000" },
	{ TLS, AT(associations), INT, "1" },
	{ TLS "-j 64", AT(associations), INT, "64" },
	{ TLS "-j4", AT(associations), INT, "4" },
	{ TLS "--associations 2", AT(associations), INT, "2" },
	{ TLS "--split-studies", AT(split_studies), FLAG, "yes" },
	{ TLS "--max-ops-invoked 1", AT(window), INT, "0" },
	{ TLS "--max-ops-invoked 32", AT(window), INT, "32" },
	{ TLS "--max-ops-invoked 0", AT(window), INT, "65536" },
	{ TLS "--max-ops-invoked 32 --not-async", AT(window), INT, "0" },
	{ TLS "--max-pdulen-snd 4096", AT(max_pdu_send), INT, "4096" },
	{ TLS "--max-pdulen-rcv 131072", AT(max_pdu_receive), INT, "131072" },
	{ TLS "--max-pdulen-rcv 0", AT(max_pdu_receive), INT, "131072" },
	{ TLS, AT(max_pdu_receive), INT, "0" },
	{ TLS, AT(priority), INT, "0" },
	{ TLS "--prior-high --prior-high", AT(priority), INT, "1" },
	{ TLS "--prior-low", AT(priority), INT, "2" },
	{ TLS, AT(rules.transcode), INT, "0" },
	{ TLS "--transcode never", AT(rules.transcode), INT, "1" },
	{ TLS "--transcode always", AT(rules.transcode), INT, "2" },
	{ TLS "--transcode always --transcode=lossless", AT(rules.transcode), INT, "0" },
	{ TLS, AT(proposed), LIST, "" },
	{ TLS "--propose own --propose=implicit", AT(proposed), LIST, "own 1.2.840.10008.1.2" },
	{ TLS "--propose explicit --propose 1.2.840.10008.1.2.4.90", AT(proposed), LIST,
		"1.2.840.10008.1.2.1 1.2.840.10008.1.2.4.90" },
	{ TLS "--no-ivrle --no-evrle", AT(rules.no_implicit), FLAG, "yes" },
	{ TLS "--no-ivrle --no-evrle", AT(rules.no_explicit), FLAG, "yes" },
	{ "-c A@h --plain -s PatientID=1 f.dcm", AT(sets), LIST, "PatientID=1" },
	{ "-c A@h --plain -s PatientID=1 f.dcm", AT(files), LIST, "f.dcm" },
	{ TLS "-s A=1 --set B= -sC==", AT(sets), LIST, "A=1 B= C==" },
	{ TLS "-s Seq/attr=a/b", AT(sets), LIST, "Seq/attr=a/b" },
	{ TLS "--uid-suffix .1", AT(uid_suffix), STRING, ".1" },
	{ "-c A@h --plain --encapsulate a.pdf --encapsulate b.pdf --like f.dcm", AT(encapsulate), LIST,
		"a.pdf b.pdf" },
	{ "-c A@h --plain --encapsulate a.pdf --like f.dcm", AT(like), STRING, "f.dcm" },
	{ "-c A@h --plain --encapsulate a.pdf -s PatientID=1", AT(like), STRING, "none" },
	{ TLS, AT(retry.retries), INT, "3" },
	{ TLS "--retry 0", AT(retry.retries), INT, "0" },
	{ TLS, AT(retry.delay_ms), NUMBER, "1000" },
	{ TLS "--retry-delay 0", AT(retry.delay_ms), NUMBER, "0" },
	{ TLS "--retry-delay 60", AT(retry.delay_ms), NUMBER, "60000" },
	{ TLS, AT(retry.max_time_ms), NUMBER, "-1" },
	{ TLS "--retry-delay 500ms", AT(retry.delay_ms), NUMBER, "500" },
	{ TLS "--retry-max-time 600", AT(retry.max_time_ms), NUMBER, "600000" },
	{ TLS "--retry-max-time 1.5h", AT(retry.max_time_ms), NUMBER, "5400000" },
	{ TLS, AT(retry.resend_uncertain), FLAG, "yes" },
	{ TLS "--resend-uncertain no", AT(retry.resend_uncertain), FLAG, "no" },
	{ TLS "--resend-uncertain no --resend-uncertain yes", AT(retry.resend_uncertain), FLAG, "yes" },
	{ TLS "--strict", AT(strict), FLAG, "yes" },
	{ TLS, AT(retry.duplicate_ok), FLAG, "no" },
	{ TLS "--duplicate-ok", AT(retry.duplicate_ok), FLAG, "yes" },
	{ TLS, AT(uid_conflict), INT, "0" },
	{ TLS "--uid-conflict send", AT(uid_conflict), INT, "1" },
	{ TLS "--uid-conflict=send --uid-conflict fail", AT(uid_conflict), INT, "0" },
	{ TLS "--journal x-%s.db", AT(journal), STRING, "x-1-1.db" },
	{ TLS "--journal x.db --resend", AT(resend), FLAG, "yes" },
	{ TLS "--failed-to f.lst", AT(failed_to), STRING, "f.lst" },
	{ TLS "--done-to d.lst", AT(done_to), STRING, "d.lst" },
	{ TLS "-0 --done-to d.lst", AT(from0), FLAG, "yes" },
	{ TLS "--done-to d-%s --shard 2/2", AT(done_to), STRING, "d-2-2" },
	{ TLS "--journal j --journal-prune 30", AT(journal_prune), NUMBER, "30" },
	{ TLS, AT(journal_prune), NUMBER, "0" },
	{ TLS "--failed-to f-%s --shard 3/8", AT(failed_to), STRING, "f-3-8" },
	{ TLS "--failed-to %s/%s%s% --shard 3/8", AT(failed_to), STRING, "3-8/3-83-8%" },
	{ TLS "--failed-to f-%s", AT(failed_to), STRING, "f-1-1" },
	{ TLS "--journal j-%s --shard 2/2", AT(journal), STRING, "j-2-2" },
	{ TLS "--prometheus p-%s --shard 2/2", AT(prometheus), STRING, "p-2-2" },
	{ TLS "--tls-keylog k-%s --shard 2/2", AT(tls_keylog), STRING, "k-2-2" },
	{ "--check --html h-%s --shard 2/2 -c A@h --trust-store t", AT(html), STRING, "h-2-2" },
	{ TLS, AT(limit_rate), NUMBER, "0" },
	{ TLS, AT(max_object_memory), NUMBER, "536870912" },
	{ TLS "--max-object-memory 64M", AT(max_object_memory), NUMBER, "67108864" },
	{ TLS "--limit-rate 1", AT(limit_rate), NUMBER, "1" },
	{ TLS "--limit-rate 500k", AT(limit_rate), NUMBER, "512000" },
	{ TLS "--limit-rate 500K", AT(limit_rate), NUMBER, "512000" },
	{ TLS "--limit-rate 2M", AT(limit_rate), NUMBER, "2097152" },
	{ TLS "--limit-rate 1g", AT(limit_rate), NUMBER, "1073741824" },
	{ TLS "--limit-rate 8589934591G", AT(limit_rate), NUMBER, "9223372035781033984" },
	{ TLS, AT(rel_ext_neg), FLAG, "no" },
	{ TLS "--rel-ext-neg", AT(rel_ext_neg), FLAG, "yes" },
	{ TLS "--rel-sop-classes r.properties", AT(rel_sop_classes), STRING, "r.properties" },
	{ TLS "--rel-sop-classes r.properties", AT(rel_ext_neg), FLAG, "yes" },
	{ TLS, AT(shard.count), INT, "0" },
	{ TLS "--shard 3/8", AT(shard.index), INT, "3" },
	{ TLS "--shard 3/8", AT(shard.count), INT, "8" },
	{ "--dry-run f.dcm", AT(dry_run), FLAG, "yes" },
	{ "--dry-run f.dcm", AT(mode), INT, "0" },
	{ "--dry-run --json -j 4 f.dcm", AT(connect_given), FLAG, "no" },
	{ "--dry-run --journal x.db -c A@h f.dcm", AT(journal), STRING, "x.db" },
	/* timeouts */
	{ TLS, AT(connect_timeout), NUMBER, "10000" },
	{ TLS, AT(tls_timeout), NUMBER, "10000" },
	{ TLS, AT(accept_timeout), NUMBER, "30000" },
	{ TLS, AT(response_timeout), NUMBER, "300000" },
	{ TLS, AT(send_timeout), NUMBER, "60000" },
	{ TLS, AT(release_timeout), NUMBER, "5000" },
	{ TLS, AT(idle_timeout), NUMBER, "15000" },
	{ TLS, AT(max_time), NUMBER, "-1" },
	{ TLS "--connect-timeout 1", AT(connect_timeout), NUMBER, "1" },
	{ TLS "--tls-timeout 2", AT(tls_timeout), NUMBER, "2" },
	{ TLS "--tls-timeout 2 --ssl-timeout 3", AT(tls_timeout), NUMBER, "3" },
	{ TLS "--accept-timeout 3", AT(accept_timeout), NUMBER, "3" },
	{ TLS "--response-timeout 4", AT(response_timeout), NUMBER, "4" },
	{ TLS "--send-timeout 5", AT(send_timeout), NUMBER, "5" },
	{ TLS "--send-timeout 5 --store-timeout 6", AT(send_timeout), NUMBER, "6" },
	{ TLS "--release-timeout 7", AT(release_timeout), NUMBER, "7" },
	{ TLS "--idle-timeout 2147483647", AT(idle_timeout), NUMBER, "2147483647" },
	{ TLS "--connect-timeout 10s", AT(connect_timeout), NUMBER, "10000" },
	{ TLS "--tls-timeout 1.5s", AT(tls_timeout), NUMBER, "1500" },
	{ TLS "--send-timeout 2.5m", AT(send_timeout), NUMBER, "150000" },
	{ TLS "--response-timeout 1h", AT(response_timeout), NUMBER, "3600000" },
	{ TLS "--idle-timeout 20ms", AT(idle_timeout), NUMBER, "20" },
	{ TLS "--max-time 8", AT(max_time), NUMBER, "8000" },
	{ TLS "--max-time 1.5", AT(max_time), NUMBER, "1500" },
	{ TLS "--max-time 300ms", AT(max_time), NUMBER, "300" },
	/* milliseconds that may be meant as seconds */
	{ TLS "--connect-timeout 10", AT(warnings), LIST,
		"--connect-timeout: 10 is 10 ms; write 10s for seconds, or 10ms" },
	{ TLS "--tls-timeout 2.5", AT(warnings), LIST,
		"--tls-timeout: 2.5 is 3 ms; write 2.5s for seconds, or 3ms" },
	{ TLS "--send-timeout 99", AT(warnings), LIST,
		"--send-timeout: 99 is 99 ms; write 99s for seconds, or 99ms" },
	{ TLS "--send-timeout 100 --max-time 10 --retry-delay 2 --idle-timeout 10ms", AT(warnings), LIST, "" },
	{ TLS "--check --nagios", AT(max_time), NUMBER, "8000" },
	{ TLS "--check --nagios --max-time 3", AT(max_time), NUMBER, "3000" },
	/* output */
	{ TLS "--check", AT(json), FLAG, "no" },
	{ TLS "--check --json", AT(json), FLAG, "yes" },
	{ TLS "--nagios --check", AT(nagios), FLAG, "yes" },
	{ TLS "--json", AT(json), FLAG, "yes" },
	{ TLS "--prometheus a.prom", AT(prometheus), STRING, "a.prom" },
	{ TLS "--no-progress", AT(no_progress), FLAG, "yes" },
	{ TLS "--check --prometheus a.prom", AT(prometheus), STRING, "a.prom" },
	{ TLS "--check --ignore server-wildcard --ignore let-in-without", AT(ignore), LIST,
		"server-wildcard let-in-without" },
	{ TLS "--check --html a.html", AT(html), STRING, "a.html" },
	/* output */
	{ TLS, AT(verbosity), INT, "0" },
	{ TLS "-q", AT(verbosity), INT, "-1" },
	{ TLS "--quiet", AT(verbosity), INT, "-1" },
	{ TLS "-v", AT(verbosity), INT, "1" },
	{ TLS "--verbose", AT(verbosity), INT, "1" },
	{ TLS "--debug", AT(verbosity), INT, "2" },
	{ TLS "-qvd", AT(verbosity), INT, "2" },
	{ TLS "-qvc B@h", AT(called), CHARS, "B" },
	{ TLS, AT(color), INT, "0" },
	{ TLS "--color always", AT(color), INT, "1" },
	{ TLS "--color never", AT(color), INT, "2" },
	{ TLS "--color never --color auto", AT(color), INT, "0" },
	{ "--status --journal j", AT(mode), INT, "3" },
	{ "--status --journal j -c A@h -v", AT(mode), INT, "3" },
	{ "--status --journal j-%s --shard 2/3", AT(journal), STRING, "j-2-3" },
	{ "-h", AT(mode), INT, "5" },
	{ "--help --echo", AT(mode), INT, "5" },
	{ "--plain --tls12 --help", AT(mode), INT, "5" },
	{ "--to --help f.dcm", AT(mode), INT, "5" },
	{ "--to nowhere -h", AT(mode), INT, "5" },
	{ "-V", AT(mode), INT, "6" },
	{ "--version --echo", AT(mode), INT, "6" },
	/* words */
	{ TLS, AT(files), LIST, "f.dcm" },
	{ TLS "g.dcm -q h", AT(files), LIST, "f.dcm g.dcm h" },
	{ TLS "- -q", AT(files), LIST, "f.dcm -" },
	{ TLS "-- -q --plain --", AT(files), LIST, "f.dcm -q --plain --" },
	{ TLS "-- -q", AT(verbosity), INT, "0" },
	{ TLS "--bin B", AT(calling), CHARS, "B" },
	{ TLS "--key-store=a --key-a=b", AT(key_alias), STRING, "b" },
	{ TLS "--tls-c=A", AT(ciphers), LIST, "A" },
	{ TLS "--verb", AT(verbosity), INT, "1" },
	{ TLS "--user -x", AT(user), STRING, "-x" },
};

START_TEST(value)
{
	struct options options;
	struct line line;

	parse(&options, &line, values[_i].words);
	assert_shows(&options, values[_i].offset, values[_i].kind, values[_i].wanted);
	options_clear(&options);
	free(line.text);
}
END_TEST

#define ALSO_SEE_HELP "See --help for the list of options."
#define NO_TLS	      " and --plain exclude each other: with --plain there is no TLS"
#define NO_TIME	      " is not a time"
#define ZERO	      ": 0 is not allowed: every timeout is finite, and at least 1 ms"
#define MS_TIME	      "Give a number of milliseconds, or a number with a unit: 1500ms, 10s, 2.5m, 1h."
#define S_TIME	      "Give a number of seconds, or a number with a unit: 1500ms, 10s, 2.5m, 1h."
#define NO_BYTES      " is not a number of bytes, such as 512M or 2G"
#define NO_RATE	      " is not a number of bytes per second, such as 500k or 10M"
#define ONE_USER      "only one of --user, --user-jwt and --user-saml can be negotiated"

/* Each is ERR_USAGE. told: all of the sentence; hint: all of the remedy, NULL for any. */
static const struct {
	const char *words, *told, *hint;
} errors[] = {
	/* what getopt refuses */
	{ TLS "--conect X@h", "unknown option --conect", "Did you mean --connect?" },
	{ TLS "--truststore=t", "unknown option --truststore", "Did you mean --trust-store?" },
	{ TLS "--key-store-password=geheim", "unknown option --key-store-password",
		"Did you mean --key-store-pass?" },
	{ TLS "--frobnicate", "unknown option --frobnicate", ALSO_SEE_HELP },
	{ TLS "--a-name-that-is-longer-than-any-option-there-will-ever-be-in-the-world=x",
		"unknown option --a-name-that-is-longer-than-any-option-there-will-ever-be-in-...",
		ALSO_SEE_HELP },
	{ TLS "--\x1b[2J", "unknown option --?[2J", ALSO_SEE_HELP },
	{ TLS "-Z", "unknown option -Z", ALSO_SEE_HELP },
	{ TLS "-C", "unknown option -C", "Did you mean -c?" },
	{ TLS "-D", "unknown option -D", "Did you mean -d?" },
	{ TLS "-\xc3\xa9", "unknown option -?", ALSO_SEE_HELP },
	{ TLS "-trust-store t", "unknown option -t", "Did you mean --trust-store?" },
	{ TLS "-key-store-pass=geheim", "unknown option -k", "Did you mean --key-store-pass?" },
	/* a letter within a cluster, whatever stands before it */
	{ "-c A@h -qZv", "unknown option -Z", NULL },
	{ "-q -qZv", "unknown option -Z", NULL },
	{ "--echo -vZv", "unknown option -Z", NULL },
	{ "f.dcm -qZv", "unknown option -Z", NULL },
	{ "--tls-c x -qZv", "unknown option -Z", NULL },
	{ "-Z --conect", "unknown option -Z", NULL },
	{ TLS "--connec", "--connec is ambiguous: --connect, --connect-timeout", NULL },
	{ "--ver", "--ver is ambiguous: --verbose, --version", NULL },
	{ "--key=x", "--key is ambiguous: --key-store, --key-store-type, --key-store-pass, --key-pass, "
		"--key-alias", NULL },
	{ "--tls-eia", "--tls-eia is ambiguous: --tls-eia-https, --tls-eia-ldaps", NULL },
	{ TLS "--connect", "--connect needs a value: --connect AET@HOST[:PORT]", NULL },
	{ TLS "--bin", "--bind needs a value: --bind AET[@ADDRESS]", NULL },
	{ TLS "-c", "-c needs a value: -c AET@HOST[:PORT]", NULL },
	{ TLS "-vb", "-b needs a value: -b AET[@ADDRESS]", NULL },
	{ TLS "--quiet=yes", "--quiet takes no value", NULL },
	{ TLS "--trust-sys=yes", "--trust-system takes no value", NULL },
	/* addresses */
	{ TLS "-c iris:2010", "--connect: write AET@HOST:PORT, the receiver's AE title first", NULL },
	{ TLS "-c @iris", "--connect: the AE title is empty", NULL },
	{ TLS "-c ABCDEFGHIJKLMNOPQ@iris", "--connect: the AE title 'ABCDEFGHIJKLMNOPQ' has 17 characters; "
		"DICOM allows 16", NULL },
	{ TLS "-c A@", "--connect: the host is missing in ''", NULL },
	{ TLS "-c A@iris:0", "--connect: the port in 'iris:0' is not a number from 1 to 65535", NULL },
	{ TLS "-c A@iris:65536", "--connect: the port in 'iris:65536' is not a number from 1 to 65535", NULL },
	{ TLS "-b US1@", "--bind: the host is missing in ''", NULL },
	{ TLS "-b US1@127.0.0.1:104", "--bind: the local port cannot be chosen; write AET@ADDRESS", NULL },
	{ TLS "-b A\\B", "--bind: the AE title 'A\\B' has a character that DICOM does not allow in it "
		"(only printable ASCII without the backslash)", NULL },
	{ TLS "--proxy u:geheim@", "--proxy: the host is missing in ''", NULL },
	{ TLS "--proxy p:http", "--proxy: the port in 'p:http' is not a number from 1 to 65535", NULL },
	/* values */
	{ TLS "--connect-timeout 0", "--connect-timeout" ZERO, NULL },
	{ TLS "--tls-timeout -5", "--tls-timeout: '-5'" NO_TIME, MS_TIME },
	{ TLS "--accept-timeout 5~s", "--accept-timeout: '5 s'" NO_TIME, NULL },
	{ TLS "--accept-timeout 1e3", "--accept-timeout: '1e3'" NO_TIME, NULL },
	{ TLS "--response-timeout=", "--response-timeout: ''" NO_TIME, NULL },
	{ TLS "--send-timeout 2147483648",
		"--send-timeout: '2147483648' is more than the maximum of 2147483647 milliseconds",
		NULL },
	{ TLS "--send-timeout 597h",
		"--send-timeout: '597h' is more than the maximum of 2147483647 milliseconds", NULL },
	{ TLS "--store-timeout 0s", "--store-timeout" ZERO, NULL },
	{ TLS "--release-timeout ~1", "--release-timeout: ' 1'" NO_TIME, NULL },
	{ TLS "--idle-timeout 99999999999999999999",
		"--idle-timeout: '99999999999999999999' is more than the maximum of 2147483647 milliseconds", NULL },
	{ TLS "--max-time 0", "--max-time" ZERO, NULL },
	{ TLS "--max-time 1.5.5s", "--max-time: '1.5.5s'" NO_TIME, S_TIME },
	{ TLS "--max-time 2147483648",
		"--max-time: '2147483648' is more than the maximum of 2147483647 seconds", NULL },
	{ TLS "--warn-expiry x", "--warn-expiry: 'x' is not a whole number from 0 to 36500", NULL },
	{ TLS "--crit-expiry 36501", "--crit-expiry: '36501' is not a whole number from 0 to 36500", NULL },
	{ TLS "--color blue", "--color: 'blue' is not one of auto, always, never", NULL },
	{ TLS "--user=", "--user: the value is empty", NULL },
	{ TLS "--check=deep", "--check: 'deep' is not one of local, quick, full", NULL },
	{ TLS "--check=", "--check: '' is not one of local, quick, full", NULL },
	{ TLS "--check --ignore nothing", "--ignore: unknown finding 'nothing'",
		"The manual page lists the ids under Findings; --check -v shows them." },
	{ TLS "--check --ignore server-expired", "--ignore: server-expired cannot be ignored: it is not a warning",
		"Only warnings and the findings of the steps \"mTLS enforced\" and \"offered range\" can "
		"be ignored." },
	{ TLS "--check --json --html -", "--json and --html - exclude each other", NULL },
	{ TLS "--check --nagios --prometheus -", "--nagios and --prometheus - exclude each other", NULL },
	{ TLS "--check --html - --prometheus -", "--prometheus - and --html - exclude each other", NULL },
	{ TLS "--check --ignore=", "--ignore: unknown finding ''", NULL },
	{ TLS "--ignore server-wildcard", "--ignore goes with --check only", NULL },
	{ TLS "--check --html=", "--html: the value is empty", NULL },
	{ "--check --trust-system", "no receiver given", NULL },
	{ "--check=quick -c IRIS@iris", "no trusted certificate authority is given to verify the receiver",
		NULL },
	{ TLS "--nagios", "--nagios goes with --check only", "Add --check, or omit --nagios." },
	{ "--echo -c IRIS@iris --trust-system --json", "--json and --echo exclude each other",
		"--check includes a C-ECHO and supports --json." },
	{ "--echo -c IRIS@iris --trust-system --prometheus f", "--prometheus and --echo exclude each other",
		NULL },
	{ "--dry-run --prometheus f f.dcm", "--prometheus and --dry-run exclude each other", NULL },
	{ "--echo -c IRIS@iris --trust-system --nagios", "--nagios goes with --check only", NULL },
	{ TLS "--html f", "--html goes with --check only", NULL },
	{ TLS "--check --json --nagios", "--json and --nagios exclude each other", NULL },
	{ TLS "--check=full --nagios", "--nagios and --check=full exclude each other", NULL },
	{ "--check=local --plain", "--check=local checks the stores, but --plain uses none", NULL },
	{ TLS "--tls-pin 12ab",
		"--tls-pin: '12ab' is not a pin: a pin is the SHA-256 of a public key, 64 hexadecimal digits or 44 characters of base64", NULL },
	{ TLS "--tls-profile=", "--tls-profile: the value is empty", NULL },
	{ TLS "--tls-cipher=", "--tls-cipher: the value is empty", NULL },
	{ TLS "--tls-host=", "--tls-host: the value is empty", NULL },
	{ TLS "--tls-host m\xfcller", "--tls-host: 'm?ller' cannot be a host name: string encoding error", NULL },
	{ TLS "--trust-store=", "--trust-store: the value is empty", NULL },
	/* sending */
	{ TLS "--min-age 0", "--min-age" ZERO, NULL },
	{ TLS "--min-age -1", "--min-age: '-1'" NO_TIME, S_TIME },
	{ TLS "-j 0", "--associations: '0' is not a whole number from 1 to 64", NULL },
	{ TLS "-j 65", "--associations: '65' is not a whole number from 1 to 64", NULL },
	{ TLS "-j", "-j needs a value: -j N", NULL },
	{ TLS "--max-ops-invoked -1", "--max-ops-invoked: '-1' is not a whole number from 0 to 65535", NULL },
	{ TLS "--max-pdulen-snd 4095", "--max-pdulen-snd: '4095' is not a whole number from 4096 to 131072",
		NULL },
	{ TLS "--max-pdulen-rcv 131073", "--max-pdulen-rcv: '131073' is not a whole number from 4096 to 131072",
		NULL },
	{ TLS "--prior-high --prior-low", "--prior-high and --prior-low exclude each other", NULL },
	{ TLS "--transcode maybe", "--transcode: 'maybe' is not one of lossless, never, always", NULL },
	{ TLS "--transcode los", "--transcode: 'los' is not one of lossless, never, always", NULL },
	{ TLS "--propose jpeg", "--propose: 'jpeg' is not own, implicit, explicit or a UID", NULL },
	{ TLS "--propose=", "--propose: '' is not own, implicit, explicit or a UID", NULL },
	{ TLS "--propose implicit --no-ivrle", "--propose implicit and --no-ivrle exclude each other", NULL },
	{ TLS "--no-evrle --propose 1.2.840.10008.1.2.1", "--propose explicit and --no-evrle exclude each other",
		NULL },
	{ TLS "--set=", "--set: the value is empty", NULL },
	{ TLS "-s PatientID 4711", "--set: 'PatientID' has no '='",
		"Write it as one word, -s PatientID=4711; -s PatientID= empties the attribute." },
	{ TLS "--set PatientID -q", "--set: 'PatientID' has no '='",
		"Write it as one word, PatientID=VALUE; PatientID= empties the attribute." },
	{ TLS "-sPatientID / f.dcm", "--set: 'PatientID' has no '='", /* which is a file */
		"Write it as one word, PatientID=VALUE; PatientID= empties the attribute." },
	{ TLS "--set=Patient\x1bID", "--set: 'Patient?ID' has no '='", NULL },
	{ TLS "-s", "-s needs a value: -s PATH=VALUE", NULL },
	{ TLS "--uid-suffix=", "--uid-suffix: the value is empty", NULL },
	{ TLS "--retry -1", "--retry: '-1' is not a whole number from 0 to 1000000", NULL },
	{ TLS "--retry-delay 61", "--retry-delay: '61' is more than the maximum of 60 seconds", NULL },
	{ TLS "--retry-delay 1.1m", "--retry-delay: '1.1m' is more than the maximum of 60 seconds",
		NULL },
	{ TLS "--retry-delay x", "--retry-delay: 'x'" NO_TIME, S_TIME },
	{ TLS "--retry-max-time 0", "--retry-max-time" ZERO, NULL },
	{ TLS "--uid-conflict both", "--uid-conflict: 'both' is not one of fail, send", NULL },
	{ TLS "--resend-uncertain maybe", "--resend-uncertain: 'maybe' is not one of no, yes", NULL },
	{ TLS "--limit-rate 0", "--limit-rate: '0'" NO_RATE, NULL },
	{ TLS "--max-object-memory 0", "--max-object-memory: '0'" NO_BYTES, NULL },
	{ TLS "--max-object-memory 1T", "--max-object-memory: '1T'" NO_BYTES, NULL },
	{ TLS "--limit-rate 5T", "--limit-rate: '5T'" NO_RATE, NULL },
	{ TLS "--limit-rate 5kB", "--limit-rate: '5kB'" NO_RATE, NULL },
	{ TLS "--limit-rate k", "--limit-rate: 'k'" NO_RATE, NULL },
	{ TLS "--limit-rate -5k", "--limit-rate: '-5k'" NO_RATE, NULL },
	{ TLS "--limit-rate 8589934592G", "--limit-rate: '8589934592G'" NO_RATE, NULL },
	{ TLS "--limit-rate 99999999999999999999", "--limit-rate: '99999999999999999999'" NO_RATE, NULL },
	{ TLS "--shard 0/8", "--shard: '0/8' is not a part such as 3/8, the third of eight", NULL },
	{ TLS "--shard 9/8", "--shard: '9/8' is not a part such as 3/8, the third of eight", NULL },
	{ TLS "--resend", "--resend needs --journal FILE", NULL },
	{ TLS "-0", "--from0 needs --files-from, --failed-to or --done-to", NULL },
	{ "--status", "--status needs --journal FILE", NULL },
	{ "--status --journal j f.dcm", "--status takes no files, but 'f.dcm' was given", NULL },
	{ "--status --journal j --dry-run", "--dry-run and --status exclude each other", NULL },
	{ "--status --journal j --resend", "--resend and --status exclude each other", NULL },
	{ "--status --journal j --journal-prune 3", "--journal-prune and --status exclude each other", NULL },
	{ "--status --journal j --failed-to f", "--failed-to and --status exclude each other", NULL },
	{ "--status --journal j --done-to f", "--done-to and --status exclude each other", NULL },
	{ "--status --journal j --prometheus f", "--prometheus and --status exclude each other", NULL },
	{ TLS "--journal-prune 3", "--journal-prune needs --journal FILE", NULL },
	{ TLS "--journal j --journal-prune 0", "--journal-prune: '0' is not a whole number from 1 to 100000", NULL },
	{ TLS "--like x.dcm", "--like needs --encapsulate FILE.pdf", NULL },
	{ TLS "--encapsulate x.pdf", "--encapsulate: the patient and study of the PDF are not given",
		"Give an object of that study with --like FILE.dcm, or the attributes with --set." },
	{ TLS "--dry-run --check", "--dry-run and --check exclude each other", NULL },
	{ "-c A@h --plain --dry-run --echo", "--dry-run and --echo exclude each other", NULL },
	{ "--dry-run", "no FILE given", NULL },
	{ "--dry-run --journal x.db f.dcm", "no receiver given", NULL },
	{ "--dry-run --plain --trust-system f.dcm", "--trust-system" NO_TLS, NULL },
	{ "-c A@h --plain --echo --files-from l", "--echo sends no file, but '--files-from' was given",
		NULL },
	{ "-c A@h --plain --check --files-from l",
		"--check takes file names only, but --files-from was given", NULL },
	/* destinations by name */
	{ TLS "--config a.conf", "--config needs --to NAME", NULL },
	{ "--to=", "--to: the value is empty", NULL },
	{ "--to -c A@h", "--to without a name only lists the destinations, but '--connect' was given",
		"Write --to NAME." },
	{ "f.dcm --to", "--to without a name only lists the destinations, but 'f.dcm' was given", NULL },
	{ "--echo --to", "--to without a name only lists the destinations, but '--echo' was given", NULL },
	{ "--to --check", "--to without a name only lists the destinations, but '--check' was given", NULL },
	{ "--to --dry-run", "--to without a name only lists the destinations, but '--dry-run' was given",
		NULL },
	{ "--to x --config options-nowhere.conf f.dcm",
		"the configuration file options-nowhere.conf cannot be "
		"opened: No such file or directory", NULL },
	/* what does not go together */
	{ "", "no receiver given", "Give it with -c AET@HOST:PORT; see --help." },
	{ "f.dcm --trust-system", "no receiver given", NULL },
	{ "-c A@h --trust-system", "no FILE given", "Give the DICOM files or directories to send; to test "
		"only the connection, use --echo." },
	{ "-c A@h --trust-system --echo f\x1b[2J", "--echo sends no file, but 'f?[2J' was given", NULL },
	{ "-c A@h f.dcm", "no trusted certificate authority is given to verify the receiver",
		"Give --trust-store FILE, or --trust-system to trust the system's authorities; --plain "
		"sends without TLS." },
	{ "-c A@h --echo", "no trusted certificate authority is given to verify the receiver", NULL },
	{ PLAIN "--tls12", "--tls12" NO_TLS, NULL },
	{ PLAIN "--tls-protocol TLSv1.2", "--tls-protocol" NO_TLS, NULL },
	{ PLAIN "--key-store k --trust-store t", "--key-store" NO_TLS, NULL },
	{ PLAIN "--key-pass x", "--key-pass" NO_TLS, NULL },
	{ PLAIN "--trust-system", "--trust-system" NO_TLS, NULL },
	{ PLAIN "--tls-debug", "--tls-debug" NO_TLS, NULL },
	{ PLAIN "--tls-host h", "--tls-host" NO_TLS, NULL },
	{ PLAIN "--tls-allow-cn", "--tls-allow-cn" NO_TLS, NULL },
	{ PLAIN "--tls-revocation soft", "--tls-revocation" NO_TLS, NULL },
	{ PLAIN "--require-mtls", "--require-mtls" NO_TLS, NULL },
	{ PLAIN "--warn-expiry 3", "--warn-expiry" NO_TLS, NULL },
	{ PLAIN "--tls-eia-https", "--tls-eia-https" NO_TLS, NULL },
	{ PLAIN "--tls-pin " PIN, "--tls-pin" NO_TLS, NULL },
	{ PLAIN "--tls-profile iris", "--tls-profile" NO_TLS, NULL },
	{ TLS "--tls-profile iris --tls13",
		"--tls-profile and --tls-protocol (--tls12, --tls13) exclude each "
		"other: the profile names protocols and cipher suites", NULL },
	{ TLS "--tls-cipher A --tls-profile iris", "--tls-profile and --tls-cipher exclude each other: the "
		"profile names protocols and cipher suites", NULL },
	{ TLS "--tls-host h --tls-no-host-check", "--tls-host and --tls-no-host-check exclude each other",
		NULL },
	{ TLS "--tls-allow-cn --tls-no-host-check",
		"--tls-allow-cn and --tls-no-host-check exclude each other", NULL },
	{ TLS "--tls-revocation hard", "--tls-revocation: 'hard' is not one of soft, require", NULL },
	{ TLS "--tls-host .example.com", "--tls-host: \".example.com\" cannot be a host name: it has an empty "
		"label (a dot at its start, or two dots in a row)",
		"Give the name or address in the receiver's certificate." },
	{ TLS "--tls-host *.example.com", "--tls-host: \"*.example.com\" cannot be a host name: it has a "
		"wildcard", NULL },
	{ TLS "--tls-host [::1]", "--tls-host: \"[::1]\" cannot be a host name: it has brackets: write an IPv6 "
		"address without them", NULL },
	{ "-c A@.example.com --trust-system f", "--connect: \".example.com\" cannot be a host name: it has an "
		"empty label (a dot at its start, or two dots in a row)",
		"Give the name or address in the receiver's certificate, here or with "
		"--tls-host." },
	{ "-c A@127.1 --trust-system f", "--connect: \"127.1\" cannot be a host name: it ends in a number "
		"but is not a complete address", NULL },
	{ TLS "--trust-store a --trust-store-type PEM --trust-store-type PEM",
		"--trust-store-type is given 2 times, but --trust-store 1 times", NULL },
	{ TLS "--trust-store-type PEM", "--trust-store-type is given 1 times, but --trust-store 0 times", NULL },
	{ TLS "--trust-store-pass x", "--trust-store-pass is given 1 times, but --trust-store 0 times; give one for all or one for each", NULL },
	{ TLS "--trust-store a --trust-store b --trust-store c --trust-store-pass x --trust-store-pass y",
		"--trust-store-pass is given 2 times, but --trust-store 3 times; give one for all or one for each", NULL },
	{ TLS "--key-store-type PEM", "--key-store-type needs --key-store FILE", NULL },
	{ TLS "--key-store-pass x", "--key-store-pass needs --key-store FILE", NULL },
	{ TLS "--key-pass env:X", "--key-pass needs --key-store FILE", NULL },
	{ TLS "--key-alias scu1", "--key-alias needs --key-store FILE", NULL },
	{ TLS "--user a --user-jwt x", ONE_USER, NULL },
	{ TLS "--user a --user-saml x", ONE_USER, NULL },
	{ TLS "--user-jwt x --user-saml env:Y", ONE_USER, NULL },
	{ TLS "--user-pass x", "--user-pass needs --user NAME", NULL },
	{ TLS "--user-jwt x --user-pass y", "--user-pass needs --user NAME", NULL },
	{ TLS "--user-rsp", "--user-rsp needs --user, --user-jwt or --user-saml", NULL },
};

/* Parse words that must be wrong, and leave nothing behind. */
static void
assert_usage(const char *words, struct err *err)
{
	struct options options;
	struct line line;

	line_init(&line, words);
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, err), -1);
	ck_assert_int_eq(err->kind, ERR_USAGE);
	ck_assert_int_eq(err_status(err->kind), 2);
	ck_assert_ptr_null(strstr(err->text, "geheim"));
	ck_assert_ptr_null(strstr(err->hint, "geheim"));
	options_clear(&options);
	free(line.text);
}

START_TEST(error)
{
	struct err err = ERR_INIT;

	assert_usage(errors[_i].words, &err);
	ck_assert_str_eq(err.text, errors[_i].told);
	if (errors[_i].hint)
		ck_assert_str_eq(err.hint, errors[_i].hint);
}
END_TEST

/* Which types there are is the store's to say. */
START_TEST(unknown_store_type)
{
	struct err err = ERR_INIT;

	assert_usage(TLS "--key-store a --key-store-type ZIP", &err);
	ck_assert_ptr_nonnull(strstr(err.text, "--key-store-type"));
	ck_assert_ptr_nonnull(strstr(err.text, "ZIP"));
}
END_TEST

/* dcm4che's ways to weaken or choose TLS: each says why not, and what instead. */
static const struct {
	const char *option, *reason, *instead;
} refused[] = {
	{ "tls", "TLS is the default", "--tls-protocol" },
	{ "tls-aes", "TLS is the default", "--tls-cipher" },
	{ "tls-null", "it offers no protection", "TLS 1.2 and 1.3" },
	{ "tls-3des", "3DES is broken", "AES-GCM is the default" },
	{ "tls1", "insecure and prohibited (RFC 8996", "TLSv1.2 or TLSv1.3" },
	{ "tls11", "insecure and prohibited (RFC 8996", "TLSv1.2 or TLSv1.3" },
	{ "ssl3", "insecure and prohibited", "TLSv1.2 or TLSv1.3" },
	{ "ssl2Hello", "insecure and prohibited", "TLSv1.2 or TLSv1.3" },
	{ "store-tc=1.2:1.3", "the presentation contexts follow from the files", "--check" },
	{ "store-tcs=f", "the presentation contexts follow from the files", "--check" },
};

START_TEST(refusal)
{
	struct err err = ERR_INIT;
	char words[200], told[80];

	snprintf(words, sizeof words, TLS "--%s", refused[_i].option);
	snprintf(told, sizeof told, "--%.*s is refused: ", (int)strcspn(refused[_i].option, "="),
		refused[_i].option);
	assert_usage(words, &err);
	ck_assert_ptr_eq(strstr(err.text, told), err.text);
	ck_assert_ptr_nonnull(strstr(err.text, refused[_i].reason));
	ck_assert_ptr_nonnull(strstr(err.text, refused[_i].instead));
}
END_TEST

/* dcm4che's options that change nothing here: accepted, and -v tells why. */
static const struct {
	const char *option, *reason;
} noted[] = {
	{ "tls-eia-https", "the host name is always checked" },
	{ "tls-eia-ldaps", "the host name is always checked" },
	{ "tls-noauth", "the receiver decides whether it asks for a certificate" },
	{ "max-ops-performed 8", "this program receives nothing" },
	{ "not-pack-pdv", "a single PDV" },
	{ "tmp-file-dir /tmp", "no temporary file list is written" },
	{ "tmp-file-prefix x", "no temporary file list is written" },
	{ "tmp-file-suffix=y", "no temporary file list is written" },
	{ "soclose-delay 50", "closed when both sides have finished" },
	{ "sosnd-buffer 65536", "the system chooses" },
	{ "sorcv-buffer 0", "the system chooses" },
	{ "tcp-delay", "each PDU is sent at once" },
	{ "request-timeout 1000", "this program receives nothing" },
};

START_TEST(harmless)
{
	char words[200], told[80];
	struct options options;
	struct line line;

	snprintf(words, sizeof words, TLS "--%s", noted[_i].option);
	snprintf(told, sizeof told, "--%.*s has no effect: ", (int)strcspn(noted[_i].option, "= "),
		noted[_i].option);
	parse(&options, &line, words);
	ck_assert_uint_eq(options.notes.count, 1);
	ck_assert_ptr_eq(strstr(options.notes.items[0], told), options.notes.items[0]);
	ck_assert_ptr_nonnull(strstr(options.notes.items[0], noted[_i].reason));
	assert_shows(&options, AT(files), LIST, "f.dcm");
	options_clear(&options);
	free(line.text);
}
END_TEST

/* Every option that dcm4che 5.35's storescu has is known here, under its name. */
START_TEST(dcm4che)
{
	static const char *const names[] = {
		"accept-timeout", "bind", "connect", "connect-timeout", "help", "idle-timeout", "key-pass",
		"key-store", "key-store-pass", "key-store-type", "max-ops-invoked", "max-ops-performed",
		"max-pdulen-rcv", "max-pdulen-snd", "no-evrle", "no-ivrle", "not-async", "not-pack-pdv",
		"prior-high", "prior-low", "proxy", "rel-ext-neg", "rel-sop-classes", "release-timeout",
		"response-timeout", "send-timeout", "soclose-delay", "sorcv-buffer", "sosnd-buffer",
		"ssl2Hello", "ssl3", "store-tc", "store-tcs", "store-timeout", "tcp-delay", "tls", "tls-3des",
		"tls-aes", "tls-cipher", "tls-eia-https", "tls-eia-ldaps", "tls-noauth", "tls-null",
		"tls-protocol", "tls1", "tls11", "tls12", "tls13", "tmp-file-dir", "tmp-file-prefix",
		"tmp-file-suffix", "trust-store", "trust-store-pass", "trust-store-type", "uid-suffix",
		"user", "user-jwt", "user-pass", "user-rsp", "user-saml", "version",
	};

	for (int i = 0; i < COUNT(names); i++)
		if (!optrow_find(names[i]))
			ck_abort_msg("--%s is unknown", names[i]);
	ck_assert_int_eq(optrow_find("set")->letter, 's');
	ck_assert_ptr_null(optrow_find("frobnicate"));
}
END_TEST

/* Is --name, or its letter alone, in one of the tables above? */
static bool
is_tested(const struct optrow *row)
{
	char word[40];

	size_t len = strlen(row->name);

	for (int i = 0; i < COUNT(refused); i++)
		if (strncmp(refused[i].option, row->name, len) == 0 && strchr("=", refused[i].option[len]))
			return true;
	for (int i = 0; i < COUNT(noted); i++)
		if (strncmp(noted[i].option, row->name, len) == 0 && strchr("= ", noted[i].option[len]))
			return true;
	snprintf(word, sizeof word, "--%s", row->name);
	for (int i = 0; i < COUNT(values); i++) {
		const char *at = strstr(values[i].words, word);

		if (at && strchr("= ", at[strlen(word)]))
			return true;
	}
	return false;
}

START_TEST(every_option_is_tested)
{
	for (size_t i = 0; i < optrow_count; i++)
		if (optrow_table[i].name && !is_tested(&optrow_table[i]))
			ck_abort_msg("--%s stands in no table of this test", optrow_table[i].name);
}
END_TEST

static const struct {
	const char *words;
	size_t offset;
} literals[] = {
	{ TLS "--user a --user-pass geheim", AT(user_pass) },
	{ TLS "--user a --user-pass=geheim", AT(user_pass) },
	{ TLS "--user-jwt pass:geheim", AT(user_jwt) },
	{ TLS "--user-saml=geheim", AT(user_saml) },
	{ TLS "--key-store k --key-store-pass geheim", AT(key_store_pass) },
	{ TLS "--key-store k --key-store-pass=pass:geheim", AT(key_store_pass) },
	{ TLS "--key-store k --key-store-pas geheim", AT(key_store_pass) },
	{ TLS "--key-store k --key-store-pass geheim0 --key-store-pass geheim", AT(key_store_pass) },
	{ TLS "--key-store k --key-pass pass:geheim", AT(key_pass) },
	{ TLS "--key-store k --key-pass=geheim", AT(key_pass) },
};

static void
assert_wiped(const struct line *line)
{
	for (int i = 0; i < line->argc; i++)
		ck_assert_ptr_null(strstr(line->argv[i], "geheim"));
}

START_TEST(literal_is_wiped)
{
	struct options options;
	struct line line;

	parse(&options, &line, literals[_i].words);
	assert_wiped(&line);
	assert_shows(&options, literals[_i].offset, SECRET, "<geheim>");
	options_clear(&options);
	free(line.text);
}
END_TEST

START_TEST(trust_store_literals_are_wiped)
{
	struct options options;
	struct line line;

	parse(&options, &line, TLS "--trust-store a --trust-store b --trust-store-pass geheim "
		"--trust-store-pass=pass:geheim2");
	assert_wiped(&line);
	assert_shows(&options, AT(trust_store_passes), SECRETS, "<geheim> <geheim2>");
	options_clear(&options);
	free(line.text);
}
END_TEST

static const struct {
	const char *words, *password;
} proxies[] = {
	{ TLS "--proxy u:geheim@p:3128", "geheim" },
	{ TLS "--proxy=u:geheim@p", "geheim" },
	{ TLS "--proxy u:geh@geheim@p", "geh@geheim" },
	{ TLS "--proxy u:geheim:2@p", "geheim:2" },
	{ TLS "--proxy u:geheim1@p --proxy v:geheim@q", "geheim" },
	{ TLS "--proxy u:@p", "" },
};

START_TEST(proxy_password_is_wiped)
{
	struct options options;
	struct line line;

	parse(&options, &line, proxies[_i].words);
	assert_wiped(&line);
	ck_assert(options.proxy_password.given);
	ck_assert_str_eq(options.proxy_password.bytes, proxies[_i].password);
	options_clear(&options);
	free(line.text);
}
END_TEST

/* Wiped at once: an error further on changes nothing. */
START_TEST(wiped_before_an_error)
{
	struct options options;
	struct line line;
	struct err err = ERR_INIT;

	line_init(&line, "--key-store-pass geheim --key-pass=pass:geheim --proxy u:geheim@p:0 -c A@h");
	ck_assert_int_eq(cmdline_parse(&options, line.argc, line.argv, &err), -1);
	assert_wiped(&line);
	ck_assert_ptr_null(strstr(err.text, "geheim"));
	options_clear(&options);
	free(line.text);
}
END_TEST

START_TEST(parses_twice)
{
	struct options first, second;
	struct line one, two;
	struct err err = ERR_INIT;

	parse(&first, &one, TLS "--tls12 --user a --user-pass x --max-time 3 -v");
	parse(&second, &two, PLAIN "-b OTHER");
	assert_shows(&first, AT(protocols), LIST, "TLSv1.2");
	assert_shows(&first, AT(user_pass), SECRET, "<x>");
	assert_shows(&second, AT(protocols), LIST, "");
	assert_shows(&second, AT(user_pass), SECRET, "none");
	ck_assert_int_eq(second.verbosity, 0);
	ck_assert_int_eq(second.max_time, WAIT_FOREVER);
	ck_assert_ptr_null(second.tls_option);
	options_clear(&first);
	options_clear(&second);
	free(one.text);
	free(two.text);

	assert_usage("--conect", &err);
	parse(&first, &one, TLS); /* an error leaves nothing behind either */
	options_clear(&first);
	options_clear(&first);
	free(one.text);
}
END_TEST

/* A file with `text` in it; its name, in the test's own directory, into path. */
static void
write_file(char path[32], const char *text)
{
	int fd;

	strcpy(path, "options-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(named_secrets_are_read)
{
	char path[32], words[400];
	struct options options;
	struct line line;
	struct err err = ERR_INIT;

	write_file(path, "from file\nand more\n");
	setenv("OPTIONS_TEST", "from env", 1);
	snprintf(words, sizeof words, TLS "--key-store k --trust-store a --trust-store b --user-jwt file:%s "
		"--key-store-pass file:%s --key-pass env:OPTIONS_TEST --trust-store-pass cmd:echo~from~cmd "
		"--trust-store-pass literal", path, path);
	parse(&options, &line, words);
	ck_assert_int_eq(options_load_secrets(&options, &err), 0);
	unlink(path);
	ck_assert_str_eq(options.user_jwt.value.bytes, "from file\nand more"); /* a token is all of it */
	ck_assert_str_eq(options.key_store_pass.value.bytes, "from file");
	ck_assert_str_eq(options.key_pass.value.bytes, "from env");
	ck_assert_str_eq(options.trust_store_passes.items[0].value.bytes, "from cmd");
	ck_assert_str_eq(options.trust_store_passes.items[1].value.bytes, "literal");
	ck_assert(!options.user_pass.value.given);
	options_clear(&options);
	free(line.text);
}
END_TEST

static const struct {
	const char *words, *option;
} unreadable[] = {
	{ TLS "--user a --user-pass env:NO_SUCH_VARIABLE", "--user-pass: " },
	{ TLS "--user-jwt env:NO_SUCH_VARIABLE", "--user-jwt: " },
	{ TLS "--user-saml env:NO_SUCH_VARIABLE", "--user-saml: " },
	{ TLS "--key-store k --key-store-pass env:NO_SUCH_VARIABLE", "--key-store-pass: " },
	{ TLS "--key-store k --key-pass env:NO_SUCH_VARIABLE", "--key-pass: " },
	{ TLS "--trust-store t --trust-store-pass env:NO_SUCH_VARIABLE", "--trust-store-pass: " },
};

START_TEST(unreadable_secret)
{
	struct options options;
	struct line line;
	struct err err = ERR_INIT;

	parse(&options, &line, unreadable[_i].words);
	ck_assert_int_eq(options_load_secrets(&options, &err), -1);
	ck_assert_int_eq(err.kind, ERR_CREDENTIALS);
	ck_assert_ptr_eq(strstr(err.text, unreadable[_i].option), err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "NO_SUCH_VARIABLE"));
	options_clear(&options);
	free(line.text);
}
END_TEST

/* What print writes. Free it. (Inlined, gcc 12 takes the text for its pointer and warns.) */
__attribute__((noinline)) static char *
printed(void (*print)(FILE *))
{
	char *text;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(to);
	print(to);
	fclose(to);
	return text;
}

/* Does the help name this option (and not only a longer one that begins like it)? */
static bool
is_shown(const char *help, const char *name)
{
	char word[40];

	snprintf(word, sizeof word, "--%s", name);
	for (const char *at = strstr(help, word); at; at = strstr(at + 1, word)) {
		if (strchr("=[] \n", at[strlen(word)]))
			return true;
	}
	return false;
}

START_TEST(help_shows_options)
{
	char *text = printed(cmdline_help);

	for (size_t i = 0; i < optrow_count; i++) {
		const struct optrow *row = &optrow_table[i];

		if (row->name && is_shown(text, row->name) != (row->doc != NULL))
			ck_abort_msg("%s is %s in --help", row->name, row->doc ? "missing" : "shown");
	}
	ck_assert_ptr_eq(strstr(text, "Usage: mtls-storescu "), text);
	free(text);
}
END_TEST

/* Which options there are of each kind, in the order of --help. */
static const struct {
	unsigned flag; /* 0: those with a letter, which stands before the name */
	const char *names;
} kinds[] = {
	{ 0, " c=connect b=bind 0=from0 j=associations s=set n=dry-run q=quiet v=verbose d=debug h=help V=version" },
	{ ROW_TLS, " tls-protocol tls12 tls13 tls-cipher tls-profile tls-group key-store key-store-type key-store-pass "
		"key-pass key-alias trust-store trust-store-type trust-store-pass trust-system crl-file tls-host "
		"tls-no-host-check tls-allow-cn tls-revocation require-mtls tls-pin warn-expiry crit-expiry "
		"tls-debug tls-keylog tls-eia-https tls-eia-ldaps tls-noauth" },
	{ ROW_CALL, " to config echo status check files-from from0 encapsulate like resend shard dry-run nagios html "
		"help version" },
	{ ROW_NEXT, " to" },
};

START_TEST(options_of_a_kind)
{
	char names[1000] = "";

	for (size_t i = 0; i < optrow_count; i++) {
		const struct optrow *row = &optrow_table[i];
		size_t len = strlen(names);

		if (kinds[_i].flag && row->flags & kinds[_i].flag)
			snprintf(names + len, sizeof names - len, " %s", row->name);
		if (!kinds[_i].flag && row->letter)
			snprintf(names + len, sizeof names - len, " %c=%s", row->letter, row->name);
	}
	ck_assert_str_eq(names, kinds[_i].names);
}
END_TEST

START_TEST(version)
{
	char *text = printed(cmdline_version);

	ck_assert_str_eq(text, "mtls-storescu " MTLS_VERSION "\n");
	free(text);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_rows(tc, value, values, words);
	tcase_add_rows(tc, error, errors, words);
	tcase_add_test(tc, unknown_store_type);
	tcase_add_rows(tc, refusal, refused, option);
	tcase_add_rows(tc, harmless, noted, option);
	tcase_add_test(tc, dcm4che);
	tcase_add_test(tc, every_option_is_tested);
	tcase_add_rows(tc, literal_is_wiped, literals, words);
	tcase_add_test(tc, trust_store_literals_are_wiped);
	tcase_add_rows(tc, proxy_password_is_wiped, proxies, words);
	tcase_add_test(tc, wiped_before_an_error);
	tcase_add_test(tc, parses_twice);
	tcase_add_test(tc, named_secrets_are_read);
	tcase_add_rows(tc, unreadable_secret, unreadable, words);
	tcase_add_test(tc, help_shows_options);
	tcase_add_rows(tc, options_of_a_kind, kinds, names);
	tcase_add_test(tc, version);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
