/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/optrow.h"

#include <string.h>

#include "cli/optset.h"

#define AT(member) offsetof(struct options, member)

#define TITLE(doc) { NULL, 0, 0, NULL, doc, NULL, 0, 0, NULL }
#define WEAK "it offers no protection; only TLS 1.2 and 1.3 with encryption and authentication are supported"
#define TLS_IS_DEFAULT "TLS is the default; omit it and choose with --tls-protocol and --tls-cipher"
#define HOST_IS_CHECKED "the host name is always checked, unless --tls-no-host-check is given"
#define OLD "that protocol is insecure and prohibited (RFC 8996, RFC 7568); use TLSv1.2 or TLSv1.3"
#define PROBE "the presentation contexts follow from the files; to see what the receiver accepts, use --check"
#define NO_SCP "this program receives nothing"
#define NO_TMP "no temporary file list is written"
#define SYSTEM_BUFFER "the system chooses the size of the connection's buffers"

const struct optrow optrow_table[] = {
	TITLE("Destination:"),
	{ "connect", 'c', 0, "AET@HOST[:PORT]", "receiver; port 2762, with --plain 104",
		optset_connect, 0, 0, NULL },
	{ "bind", 'b', 0, "AET[@ADDRESS]", "our AE title (STORESCU) and local address",
		optset_bind, 0, 0, NULL },
	{ "to", 0, ROW_CALL | ROW_NEXT, "=NAME", "a destination of the configuration files; --check and "
		"--echo take several (option repeated, or a pattern); without NAME, list them", optset_to,
		AT(to), 0, NULL },
	{ "config", 0, ROW_CALL, "FILE", "read only this file for --to", optset_string, AT(config), 0, NULL },
	{ "echo", 0, ROW_CALL, NULL, "send a C-ECHO and no file, and show its round-trip time",
		optset_mode, 0, MODE_ECHO, NULL },
	{ "status", 0, ROW_CALL, NULL, "show what the --journal holds, and send nothing",
		optset_mode, 0, MODE_STATUS, NULL },
	{ "check", 0, ROW_CALL, "=DEPTH", "test the connection step by step: local (no network), quick "
		"(default) or full", optset_check, 0, 0, "local|quick|full" },
	{ "proxy", 0, 0, "[USER:PW@]HOST[:PORT]", "use this HTTP proxy (CONNECT, port 8080)",
		optset_proxy, 0, 0, NULL },
	{ "user", 0, 0, "NAME", "user identity to negotiate", optset_string, AT(user), 0, NULL },
	{ "user-pass", 0, 0, "SECRET", "password of --user", optset_secret, AT(user_pass), 0, NULL },
	{ "user-jwt", 0, 0, "SECRET", "JSON Web Token as user identity",
		optset_secret, AT(user_jwt), 0, NULL },
	{ "user-saml", 0, 0, "SECRET", "SAML assertion as user identity",
		optset_secret, AT(user_saml), 0, NULL },
	{ "user-rsp", 0, 0, NULL, "ask the receiver to confirm the user identity",
		optset_true, AT(user_rsp), 0, NULL },

	TITLE("Sending:"),
	{ "files-from", 0, ROW_CALL, "FILE", "send the files listed in FILE, one per line",
		optset_string, AT(files_from), 0, NULL },
	{ "from0", '0', ROW_CALL, NULL, "names in --files-from, --failed-to and --done-to end with NUL",
		optset_true, AT(from0), 0, NULL },
	{ "min-age", 0, 0, "SECONDS", "skip files changed within that time; they are left for the next run",
		optset_seconds, AT(min_age), 0, NULL },
	{ "associations", 'j', 0, "N", "send over up to N associations in parallel (1), at most 64",
		optset_associations, AT(associations), 0, NULL },
	{ "split-studies", 0, 0, NULL, "with -j: several associations may share a study",
		optset_true, AT(split_studies), 0, NULL },
	{ "max-ops-invoked", 0, 0, "N", "propose up to N outstanding requests per association (1)",
		optset_window, 0, 0, NULL },
	{ "max-pdulen-snd", 0, 0, "BYTES", "longest PDU to send, 4096 to 131072 (what the receiver allows)",
		optset_pdulen, AT(max_pdu_send), 0, NULL },
	{ "max-pdulen-rcv", 0, 0, "BYTES", "longest PDU to receive, 4096 to 131072 (16384)",
		optset_pdulen, AT(max_pdu_receive), 0, NULL },
	{ "prior-high", 0, 0, NULL, "ask for high priority",
		optset_priority, AT(priority), PRIORITY_HIGH, NULL },
	{ "prior-low", 0, 0, NULL, "ask for low priority",
		optset_priority, AT(priority), PRIORITY_LOW, NULL },
	{ "transcode", 0, 0, "WHAT", "convert a file whose transfer syntax the receiver does not accept: "
		"never, lossless (the default) or always",
		optset_word, AT(rules.transcode), 0, "lossless|never|always" },
	{ "no-ivrle", 0, 0, NULL, "do not convert to Implicit VR Little Endian",
		optset_true, AT(rules.no_implicit), 0, NULL },
	{ "no-evrle", 0, 0, NULL, "do not convert to Explicit VR Little Endian",
		optset_true, AT(rules.no_explicit), 0, NULL },
	{ "propose", 0, 0, "SYNTAX", "propose only this transfer syntax: own, implicit, explicit or a UID; "
		"may be given more than once", optset_propose, AT(proposed), 0, NULL },
	{ "set", 's', 0, "PATH=VALUE", "set this attribute in every object, or empty it (PATH=); may be "
		"given more than once", optset_set, AT(sets), 0, NULL },
	{ "uid-suffix", 0, 0, "SUFFIX", "append this to Study, Series and SOP Instance UIDs",
		optset_string, AT(uid_suffix), 0, NULL },
	{ "encapsulate", 0, ROW_CALL, "FILE.pdf", "send this PDF as a DICOM object; may be given more than "
		"once", optset_add, AT(encapsulate), 0, NULL },
	{ "like", 0, ROW_CALL, "FILE.dcm", "object whose patient and study the PDF belongs to",
		optset_string, AT(like), 0, NULL },
	{ "retry", 0, 0, "N", "how often to retry in a row with a new association (3)",
		optset_retry, AT(retry.retries), 0, NULL },
	{ "retry-delay", 0, 0, "SECONDS", "delay before the first retry (1), doubled up to 60; units as "
		"below", optset_retry_delay, AT(retry.delay_ms), 0, NULL },
	{ "retry-max-time", 0, 0, "SECONDS", "stop retrying after that time (no limit)",
		optset_seconds, AT(retry.max_time_ms), 0, NULL },
	{ "resend-uncertain", 0, 0, "YES|NO", "send unanswered objects again (yes)",
		optset_yes_no, AT(retry.resend_uncertain), 0, NULL },
	{ "strict", 0, 0, NULL, "treat a Warning status as an error: exit status 12",
		optset_true, AT(strict), 0, NULL },
	{ "duplicate-ok", 0, 0, NULL, "treat status 0111, duplicate, as success",
		optset_true, AT(retry.duplicate_ok), 0, NULL },
	{ "uid-conflict", 0, 0, "WHAT", "what to do with an object whose SOP Instance UID a different object "
		"has: fail it (the default) or send it", optset_word, AT(uid_conflict), 0, "fail|send" },
	{ "journal", 0, 0, "FILE", "record the result of each object in FILE, and skip acknowledged ones the "
		"next time", optset_string, AT(journal), 0, NULL },
	{ "journal-prune", 0, 0, "DAYS", "remove entries acknowledged longer ago than that",
		optset_prune, AT(journal_prune), 0, NULL },
	{ "resend", 0, ROW_CALL, NULL, "with --journal: also send what is recorded as acknowledged",
		optset_true, AT(resend), 0, NULL },
	{ "failed-to", 0, 0, "FILE", "write a list of what was not acknowledged, for --files-from",
		optset_string, AT(failed_to), 0, NULL },
	{ "done-to", 0, 0, "FILE", "write a list of what was acknowledged and has not changed, for "
		"--files-from", optset_string, AT(done_to), 0, NULL },
	{ "limit-rate", 0, 0, "BYTES", "limit per second, over all associations; k, M, G are powers of 1024",
		optset_rate, AT(limit_rate), 0, NULL },
	{ "max-object-memory", 0, 0, "BYTES",
		"memory limit for decompressing or inflating an object (512M); k, M, G as above",
		optset_bytes, AT(max_object_memory), 0, NULL },
	{ "rel-ext-neg", 0, 0, NULL, "negotiate related general SOP classes",
		optset_true, AT(rel_ext_neg), 0, NULL },
	{ "rel-sop-classes", 0, 0, "FILE", "the same, with the relations in FILE",
		optset_related, AT(rel_sop_classes), 0, NULL },
	{ "shard", 0, ROW_CALL, "I/N", "send only the I-th of N parts of the studies",
		optset_shard, AT(shard), 0, NULL },
	{ "dry-run", 'n', ROW_CALL, NULL, "show the plan and send nothing",
		optset_true, AT(dry_run), 0, NULL },
	{ "not-async", 0, 0, NULL, NULL, optset_int, AT(window), 0, NULL },
	{ "max-ops-performed", 0, 0, "N", NULL, optset_note, 0, 0, NO_SCP },
	{ "not-pack-pdv", 0, 0, NULL, NULL, optset_note, 0, 0, "each PDU has a single PDV" },
	{ "tmp-file-dir", 0, 0, "DIRECTORY", NULL, optset_note, 0, 0, NO_TMP },
	{ "tmp-file-prefix", 0, 0, "PREFIX", NULL, optset_note, 0, 0, NO_TMP },
	{ "tmp-file-suffix", 0, 0, "SUFFIX", NULL, optset_note, 0, 0, NO_TMP },
	{ "soclose-delay", 0, 0, "MS", NULL, optset_note, 0, 0,
		"the connection is closed when both sides have finished" },
	{ "sosnd-buffer", 0, 0, "BYTES", NULL, optset_note, 0, 0, SYSTEM_BUFFER },
	{ "sorcv-buffer", 0, 0, "BYTES", NULL, optset_note, 0, 0, SYSTEM_BUFFER },
	{ "tcp-delay", 0, 0, NULL, NULL, optset_note, 0, 0,
		"each PDU is sent at once; a delay would only slow the run down" },
	{ "request-timeout", 0, 0, "MS", NULL, optset_note, 0, 0, NO_SCP },
	{ "store-tc", 0, 0, "CLASS:SYNTAX", NULL, optset_refuse, 0, 0, PROBE },
	{ "store-tcs", 0, 0, "FILE", NULL, optset_refuse, 0, 0, PROBE },

	TITLE("TLS:"),
	{ "tls-protocol", 0, ROW_TLS, "PROTOCOL", "allow TLSv1.2 or TLSv1.3 (default: both); may be given "
		"more than once", optset_add, AT(protocols), 0, NULL },
	{ "tls12", 0, ROW_TLS, NULL, "the same as --tls-protocol TLSv1.2",
		optset_add_text, AT(protocols), 0, "TLSv1.2" },
	{ "tls13", 0, ROW_TLS, NULL, "the same as --tls-protocol TLSv1.3",
		optset_add_text, AT(protocols), 0, "TLSv1.3" },
	{ "tls-cipher", 0, ROW_TLS, "NAME", "allow only this cipher suite, IANA or OpenSSL name; may be "
		"given more than once", optset_add, AT(ciphers), 0, NULL },
	{ "tls-profile", 0, ROW_TLS, "NAME", "instead of both: bcp195 (PS3.15 B.12), bcp195-modified (B.13) "
		"or iris (as in the guide)", optset_string, AT(tls_profile), 0, NULL },
	{ "tls-group", 0, ROW_TLS, "NAME", "allow only this key exchange group (OpenSSL name; ?NAME: if "
		"supported); may be given more than once", optset_add, AT(groups), 0, NULL },
	{ "key-store", 0, ROW_TLS, "FILE", "our private key and certificate (PKCS#12, PEM, JKS)",
		optset_string, AT(key_store), 0, NULL },
	{ "key-store-type", 0, ROW_TLS, "TYPE", "PKCS12, PEM or JKS (default: from the content)",
		optset_store_type, AT(key_store_type), 0, NULL },
	{ "key-store-pass", 0, ROW_TLS, "SECRET", "password of the key store",
		optset_secret, AT(key_store_pass), 0, NULL },
	{ "key-pass", 0, ROW_TLS, "SECRET", "password of the key (default: the store's)",
		optset_secret, AT(key_pass), 0, NULL },
	{ "key-alias", 0, ROW_TLS, "NAME", "which key of the store", optset_string, AT(key_alias), 0, NULL },
	{ "trust-store", 0, ROW_TLS, "FILE", "trusted CA certificates to verify the receiver; may be given "
		"more than once", optset_add, AT(trust_stores), 0, NULL },
	{ "trust-store-type", 0, ROW_TLS, "TYPE", "PKCS12, PEM or JKS, for the n-th trust store",
		optset_add, AT(trust_store_types), 0, NULL },
	{ "trust-store-pass", 0, ROW_TLS, "SECRET",
		"password of the n-th trust store; a single one is used for all",
		optset_add_secret, AT(trust_store_passes), 0, NULL },
	{ "trust-system", 0, ROW_TLS, NULL, "also trust the system's certificate authorities",
		optset_true, AT(trust_system), 0, NULL },
	{ "crl-file", 0, ROW_TLS, "FILE", "check for revocation with this CRL (PEM, DER); may be given more "
		"than once", optset_add, AT(crl_files), 0, NULL },
	{ "tls-host", 0, ROW_TLS, "NAME", "ask for and verify this name instead of HOST",
		optset_tls_host, AT(tls_host), 0, NULL },
	{ "tls-no-host-check", 0, ROW_TLS, NULL, "accept a trusted certificate for any host",
		optset_true, AT(tls_no_host_check), 0, NULL },
	{ "tls-allow-cn", 0, ROW_TLS, NULL, "accept the CN if there is no matching kind of subject "
		"alternative name", optset_true, AT(tls_allow_cn), 0, NULL },
	{ "tls-revocation", 0, ROW_TLS, "WHAT", "if the revocation status of the receiver's certificate is "
		"unknown: soft (the default) or require (refuse)",
		optset_word, AT(tls_revocation), 0, "soft|require" },
	{ "require-mtls", 0, ROW_TLS, NULL, "refuse a receiver that does not ask for our certificate",
		optset_true, AT(require_mtls), 0, NULL },
	{ "tls-pin", 0, ROW_TLS, "HASH", "accept only this public key of the receiver (SHA-256, hex or "
		"base64); may be given more than once", optset_add_pin, AT(pins), 0, NULL },
	{ "warn-expiry", 0, ROW_TLS, "DAYS", "warn of certificates that expire within DAYS (30)",
		optset_days, AT(warn_expiry), 0, NULL },
	{ "crit-expiry", 0, ROW_TLS, "DAYS",
		"warn even with -q if they expire within DAYS (7); with --check: fail",
		optset_crit_days, AT(crit_expiry), 0, NULL },
	{ "tls-debug", 0, ROW_TLS, NULL, "trace the handshake on stderr",
		optset_true, AT(tls_debug), 0, NULL },
	{ "tls-keylog", 0, ROW_TLS, "FILE", "append the session keys, for a network analyser (insecure)",
		optset_string, AT(tls_keylog), 0, NULL },
	{ "plain", 0, 0, NULL, "no TLS: the connection is not encrypted", optset_true, AT(plain), 0, NULL },
	{ "tls-eia-https", 0, ROW_TLS, NULL, NULL, optset_note, 0, 0, HOST_IS_CHECKED },
	{ "tls-eia-ldaps", 0, ROW_TLS, NULL, NULL, optset_note, 0, 0, HOST_IS_CHECKED },
	{ "tls-noauth", 0, ROW_TLS, NULL, NULL, optset_note, 0, 0,
		"the receiver decides whether it asks for a certificate" },
	{ "tls", 0, 0, NULL, NULL, optset_refuse, 0, 0, TLS_IS_DEFAULT },
	{ "tls-aes", 0, 0, NULL, NULL, optset_refuse, 0, 0, TLS_IS_DEFAULT },
	{ "tls-null", 0, 0, NULL, NULL, optset_refuse, 0, 0, WEAK },
	{ "tls-3des", 0, 0, NULL, NULL, optset_refuse, 0, 0,
		"3DES is broken (Sweet32); leave it out, AES-GCM is the default" },
	{ "tls1", 0, 0, NULL, NULL, optset_refuse, 0, 0, OLD },
	{ "tls11", 0, 0, NULL, NULL, optset_refuse, 0, 0, OLD },
	{ "ssl3", 0, 0, NULL, NULL, optset_refuse, 0, 0, OLD },
	{ "ssl2Hello", 0, 0, NULL, NULL, optset_refuse, 0, 0, OLD },

	TITLE("Timeouts: milliseconds, or a number with a unit (10s, 1.5m, 1h):"),
	{ "connect-timeout", 0, 0, "MS", "for name, connection and proxy (10000)",
		optset_ms, AT(connect_timeout), 0, NULL },
	{ "tls-timeout", 0, 0, "MS", "for the handshake (10000)", optset_ms, AT(tls_timeout), 0, NULL },
	{ "ssl-timeout", 0, 0, "MS", NULL, optset_ms, AT(tls_timeout), 0, NULL },
	{ "accept-timeout", 0, 0, "MS", "for the association (30000)",
		optset_ms, AT(accept_timeout), 0, NULL },
	{ "response-timeout", 0, 0, "MS", "for each response (300000)",
		optset_ms, AT(response_timeout), 0, NULL },
	{ "send-timeout", 0, 0, "MS", "without progress while sending (60000)",
		optset_ms, AT(send_timeout), 0, NULL },
	{ "store-timeout", 0, 0, "MS", "the same as --send-timeout", optset_ms, AT(send_timeout), 0, NULL },
	{ "release-timeout", 0, 0, "MS", "for the release (5000)", optset_ms, AT(release_timeout), 0, NULL },
	{ "idle-timeout", 0, 0, "MS", "release an association that has nothing to send (15000)",
		optset_ms, AT(idle_timeout), 0, NULL },
	{ "max-time", 0, 0, "SECONDS", "for the whole run (no limit)",
		optset_seconds, AT(max_time), 0, NULL },

	TITLE("Output:"),
	{ "no-progress", 0, 0, NULL, "do not show progress", optset_true, AT(no_progress), 0, NULL },
	{ "quiet", 'q', 0, NULL, "show only errors", optset_int, AT(verbosity), -1, NULL },
	{ "verbose", 'v', 0, NULL, "show every association and "
		"instance", optset_int, AT(verbosity), 1, NULL },
	{ "debug", 'd', 0, NULL, "as -v, with DCMTK's log messages", optset_int, AT(verbosity), 2, NULL },
	{ "json", 0, 0, NULL, "one JSON object per event and line", optset_true, AT(json), 0, NULL },
	{ "nagios", 0, ROW_CALL, NULL, "with --check: act as a monitoring plugin, within 8 s",
		optset_true, AT(nagios), 0, NULL },
	{ "prometheus", 0, 0, "FILE", "also write metrics to FILE", optset_string, AT(prometheus), 0, NULL },
	{ "html", 0, ROW_CALL, "FILE", "with --check: also write an HTML page to FILE",
		optset_string, AT(html), 0, NULL },
	{ "ignore", 0, 0, "ID", "with --check: ignore this warning; may be given more than once",
		optset_ignore, AT(ignore), 0, NULL },
	{ "color", 0, 0, "WHEN", "auto, always or never", optset_word, AT(color), 0, "auto|always|never" },
	{ "help", 'h', ROW_CALL, NULL, "show this help and exit", optset_mode, 0, MODE_HELP, NULL },
	{ "version", 'V', ROW_CALL, NULL, "show the version and exit", optset_mode, 0, MODE_VERSION, NULL },
};

const size_t optrow_count = sizeof optrow_table / sizeof optrow_table[0];
_Static_assert(sizeof optrow_table / sizeof optrow_table[0] <= OPTROW_MAX, "OPTROW_MAX is too small");

int
optrow_take(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if ((row->flags & ROW_TLS) && !options->tls_option)
		options->tls_option = row->name;
	return row->set(options, row, arg, err);
}

const struct optrow *
optrow_find(const char *name)
{
	for (size_t i = 0; i < optrow_count; i++)
		if (optrow_table[i].name && strcmp(optrow_table[i].name, name) == 0)
			return &optrow_table[i];
	return NULL;
}

const struct optrow *
optrow_letter(int letter)
{
	for (size_t i = 0; i < optrow_count; i++)
		if (optrow_table[i].letter && optrow_table[i].letter == letter)
			return &optrow_table[i];
	return NULL;
}
