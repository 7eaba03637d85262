/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/optrow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define AT(member) offsetof(struct options, member)
#define MEMBER(type, options, row) ((type *)(void *)((char *)(options) + (row)->offset))

static optrow_set set_string, set_true, set_mode, set_check, set_verbosity, set_ms, set_seconds, set_days,
	set_secret, set_connect, set_bind, set_proxy, set_key_store_type, set_color, add_item, add_secret,
	add_text, add_pin, refuse, note;

#define TITLE(doc) { NULL, 0, false, NULL, doc, NULL, 0, 0, NULL }
#define WEAK "it offers no protection; TLS 1.2 and 1.3 with encryption and authentication are all there is"
#define TLS_IS_DEFAULT "TLS is the default here; leave it out and choose with --tls-protocol and --tls-cipher"
#define HOST_IS_CHECKED "the host is always checked unless --tls-no-host-check"
#define OLD "that protocol is broken and forbidden (RFC 8996, RFC 7568); use TLSv1.2 or TLSv1.3"

const struct optrow optrow_table[] = {
	TITLE("Destination:"),
	{ "connect", 'c', false, "AET@HOST[:PORT]", "receiver; port 2762, with --plain 104",
		set_connect, 0, 0, NULL },
	{ "bind", 'b', false, "AET[@ADDRESS]", "our AE title (STORESCU) and local address",
		set_bind, 0, 0, NULL },
	{ "echo", 0, false, NULL, "send no file: C-ECHO, and its round-trip time",
		set_mode, 0, MODE_ECHO, NULL },
	{ "check", 0, false, "=DEPTH", "try the whole path and explain it: stores (no network), quick "
		"(default) or full", set_check, 0, 0, NULL },
	{ "proxy", 0, false, "[USER:PW@]HOST[:PORT]", "go through an HTTP proxy (CONNECT, port 8080)",
		set_proxy, 0, 0, NULL },
	{ "user", 0, false, "NAME", "user identity to negotiate", set_string, AT(user), 0, NULL },
	{ "user-pass", 0, false, "SECRET", "password of --user", set_secret, AT(user_pass), 0, NULL },
	{ "user-jwt", 0, false, "SECRET", "JSON Web Token as user identity",
		set_secret, AT(user_jwt), 0, NULL },
	{ "user-saml", 0, false, "SECRET", "SAML assertion as user identity",
		set_secret, AT(user_saml), 0, NULL },
	{ "user-rsp", 0, false, NULL, "ask the receiver to confirm the user identity",
		set_true, AT(user_rsp), 0, NULL },

	TITLE("TLS:"),
	{ "tls-protocol", 0, true, "PROTOCOL", "allow TLSv1.2 or TLSv1.3 (default: both); adds up",
		add_item, AT(protocols), 0, NULL },
	{ "tls12", 0, true, NULL, "the same as --tls-protocol TLSv1.2",
		add_text, AT(protocols), 0, "TLSv1.2" },
	{ "tls13", 0, true, NULL, "the same as --tls-protocol TLSv1.3",
		add_text, AT(protocols), 0, "TLSv1.3" },
	{ "tls-cipher", 0, true, "NAME", "allow this cipher suite only, IANA or OpenSSL name; adds up",
		add_item, AT(ciphers), 0, NULL },
	{ "tls-profile", 0, true, "NAME", "instead of both: bcp195 (PS3.15 B.12), bcp195-modified (B.13) or "
		"iris (as in the guide)", set_string, AT(tls_profile), 0, NULL },
	{ "key-store", 0, true, "FILE", "our private key and certificate (PKCS#12, PEM, JKS)",
		set_string, AT(key_store), 0, NULL },
	{ "key-store-type", 0, true, "TYPE", "PKCS12, PEM or JKS (default: told from the content)",
		set_key_store_type, 0, 0, NULL },
	{ "key-store-pass", 0, true, "SECRET", "password of the key store",
		set_secret, AT(key_store_pass), 0, NULL },
	{ "key-pass", 0, true, "SECRET", "password of the key (default: the store's)",
		set_secret, AT(key_pass), 0, NULL },
	{ "key-alias", 0, true, "NAME", "which key of the store", set_string, AT(key_alias), 0, NULL },
	{ "trust-store", 0, true, "FILE", "certificates that vouch for the receiver; adds up",
		add_item, AT(trust_stores), 0, NULL },
	{ "trust-store-type", 0, true, "TYPE", "PKCS12, PEM or JKS, for the n-th trust store; adds up",
		add_item, AT(trust_store_types), 0, NULL },
	{ "trust-store-pass", 0, true, "SECRET",
		"password of the n-th trust store, a single one of all; adds up",
		add_secret, AT(trust_store_passes), 0, NULL },
	{ "trust-system", 0, true, NULL, "trust the system's certificate authorities too",
		set_true, AT(trust_system), 0, NULL },
	{ "crl-file", 0, true, "FILE", "check for revocation with this CRL (PEM, DER); adds up",
		add_item, AT(crl_files), 0, NULL },
	{ "tls-host", 0, true, "NAME", "ask for and verify this name instead of HOST",
		set_string, AT(tls_host), 0, NULL },
	{ "tls-no-host-check", 0, true, NULL, "accept a trusted certificate for any host",
		set_true, AT(tls_no_host_check), 0, NULL },
	{ "tls-pin", 0, true, "HASH", "accept this public key of the receiver only (SHA-256, hex or base64); "
		"adds up", add_pin, 0, 0, NULL },
	{ "warn-expiry", 0, true, "DAYS", "warn of certificates that expire so soon (30)",
		set_days, AT(warn_expiry), 0, NULL },
	{ "crit-expiry", 0, true, "DAYS", "warn under -q too, if they expire so soon (7)",
		set_days, AT(crit_expiry), 0, NULL },
	{ "tls-debug", 0, true, NULL, "narrate the handshake on stderr", set_true, AT(tls_debug), 0, NULL },
	{ "tls-keylog", 0, true, "FILE", "append the session keys for a network analyser: a risk",
		set_string, AT(tls_keylog), 0, NULL },
	{ "plain", 0, false, NULL, "no TLS: everything can be read on the way",
		set_true, AT(plain), 0, NULL },
	{ "tls-eia-https", 0, true, NULL, NULL, note, 0, 0, HOST_IS_CHECKED },
	{ "tls-eia-ldaps", 0, true, NULL, NULL, note, 0, 0, HOST_IS_CHECKED },
	{ "tls", 0, false, NULL, NULL, refuse, 0, 0, TLS_IS_DEFAULT },
	{ "tls-aes", 0, false, NULL, NULL, refuse, 0, 0, TLS_IS_DEFAULT },
	{ "tls-null", 0, false, NULL, NULL, refuse, 0, 0, WEAK },
	{ "tls-3des", 0, false, NULL, NULL, refuse, 0, 0,
		"3DES is broken (Sweet32); leave it out, AES-GCM is the default" },
	{ "tls1", 0, false, NULL, NULL, refuse, 0, 0, OLD },
	{ "tls11", 0, false, NULL, NULL, refuse, 0, 0, OLD },
	{ "ssl3", 0, false, NULL, NULL, refuse, 0, 0, OLD },
	{ "ssl2Hello", 0, false, NULL, NULL, refuse, 0, 0, OLD },

	TITLE("Timeouts, in milliseconds unless noted; none lasts for ever:"),
	{ "connect-timeout", 0, false, "MS", "for name, connection and proxy (10000)",
		set_ms, AT(connect_timeout), 0, NULL },
	{ "tls-timeout", 0, false, "MS", "for the handshake (10000)", set_ms, AT(tls_timeout), 0, NULL },
	{ "accept-timeout", 0, false, "MS", "for the association (30000)",
		set_ms, AT(accept_timeout), 0, NULL },
	{ "response-timeout", 0, false, "MS", "for each response (300000)",
		set_ms, AT(response_timeout), 0, NULL },
	{ "send-timeout", 0, false, "MS", "without progress while sending (60000)",
		set_ms, AT(send_timeout), 0, NULL },
	{ "store-timeout", 0, false, "MS", "the same as --send-timeout", set_ms, AT(send_timeout), 0, NULL },
	{ "release-timeout", 0, false, "MS", "for the release (5000)", set_ms, AT(release_timeout), 0, NULL },
	{ "idle-timeout", 0, false, "MS", "release an association that has nothing to send (15000)",
		set_ms, AT(idle_timeout), 0, NULL },
	{ "max-time", 0, false, "SECONDS", "for the whole run (no limit)",
		set_seconds, AT(max_time), 0, NULL },

	TITLE("Output:"),
	{ "quiet", 'q', false, NULL, "errors only", set_verbosity, 0, -1, NULL },
	{ "verbose", 'v', false, NULL, "every association and instance", set_verbosity, 0, 1, NULL },
	{ "debug", 'd', false, NULL, "as -v, and what DCMTK has to say", set_verbosity, 0, 2, NULL },
	{ "json", 0, false, NULL, "with --check: one JSON object per line", set_true, AT(json), 0, NULL },
	{ "nagios", 0, false, NULL, "with --check: as a monitoring plugin, within 8 s",
		set_true, AT(nagios), 0, NULL },
	{ "prometheus", 0, false, "FILE", "with --check: write metrics there too",
		set_string, AT(prometheus), 0, NULL },
	{ "html", 0, false, "FILE", "with --check: write a page there too", set_string, AT(html), 0, NULL },
	{ "color", 0, false, "WHEN", "auto, always or never", set_color, 0, 0, NULL },
	{ "help", 'h', false, NULL, "show this and end", set_mode, 0, MODE_HELP, NULL },
	{ "version", 'V', false, NULL, "show the version and end", set_mode, 0, MODE_VERSION, NULL },
};

const size_t optrow_count = sizeof optrow_table / sizeof optrow_table[0];
_Static_assert(sizeof optrow_table / sizeof optrow_table[0] <= OPTROW_MAX, "OPTROW_MAX is too small");

static int
no_memory_or(bool ok, struct err *err)
{
	return ok ? 0 : err_nomem(err);
}

bool
list_add(struct list *list, const char *item)
{
	const char **grown = realloc(list->items, (list->count + 2) * sizeof *grown);

	if (!grown)
		return false;
	list->items = grown;
	list->items[list->count++] = item;
	list->items[list->count] = NULL;
	return true;
}

static int
set_string(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, ERR_USAGE, "--%s: the value is empty", row->name);
	*MEMBER(const char *, options, row) = arg;
	return 0;
}

static int
set_true(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	*MEMBER(bool, options, row) = true;
	return 0;
}

/* --help and --version win, wherever they stand. */
static int
set_mode(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	if (options->mode != MODE_HELP && options->mode != MODE_VERSION)
		options->mode = (enum mode)row->number;
	return 0;
}

static int
set_check(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	static const char *const names[] = {
		[CHECK_STORES] = "stores", [CHECK_QUICK] = "quick", [CHECK_FULL] = "full",
	};
	char shown[64];

	options->check_depth = CHECK_QUICK;
	for (size_t i = 0; arg && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(arg, names[i]) == 0) {
			options->check_depth = (enum check_depth)i;
			arg = NULL;
		}
	if (arg)
		return err_set(err, ERR_USAGE, "--%s: '%s' is none of stores, quick, full", row->name,
			text_harmless_str(shown, sizeof shown, arg));
	if (options->mode != MODE_HELP && options->mode != MODE_VERSION)
		options->mode = MODE_CHECK;
	return 0;
}

static int
set_verbosity(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	options->verbosity = row->number;
	return 0;
}

/* A whole number in least..most, or ERR_USAGE. */
static int
number(const struct optrow *row, const char *arg, int64_t least, int64_t most, int64_t *out, struct err *err)
{
	char shown[64];
	char *end;
	long long value;

	errno = 0;
	value = strtoll(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || value < least || value > most)
		return err_set(err, ERR_USAGE, "--%s: '%s' is no whole number from %lld to %lld", row->name,
			text_harmless_str(shown, sizeof shown, arg), (long long)least, (long long)most);
	*out = value;
	return 0;
}

static int
set_ms(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return number(row, arg, 1, INT32_MAX, MEMBER(int64_t, options, row), err);
}

static int
set_seconds(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	int64_t *to = MEMBER(int64_t, options, row);

	if (number(row, arg, 1, INT32_MAX, to, err) < 0)
		return -1;
	*to *= 1000;
	return 0;
}

static int
set_days(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return number(row, arg, 0, 36500, MEMBER(int64_t, options, row), err);
}

/* Keep a secret; literals are copied and wiped from where they stood. */
static int
take_secret(struct secret_option *to, char *arg, struct err *err)
{
	secret_clear(&to->value);
	to->source = NULL;
	if (!secret_is_literal(arg)) {
		to->source = arg;
		return 0;
	}
	if (secret_load(&to->value, arg, SECRET_LINE, err) < 0)
		return -1;
	secret_wipe_arg(arg);
	return 0;
}

static int
set_secret(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return take_secret(MEMBER(struct secret_option, options, row), arg, err);
}

static int
add_secret(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	struct secret_list *list = MEMBER(struct secret_list, options, row);
	struct secret_option *grown = realloc(list->items, (list->count + 1) * sizeof *grown);

	if (!grown)
		return err_nomem(err);
	list->items = grown;
	memset(&grown[list->count], 0, sizeof *grown);
	return take_secret(&grown[list->count++], arg, err);
}

static int
add_item(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, ERR_USAGE, "--%s: the value is empty", row->name);
	return no_memory_or(list_add(MEMBER(struct list, options, row), arg), err);
}

static int
add_pin(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	struct pin_list *list = &options->pins;
	unsigned char pin[PIN_SIZE];
	void *grown;

	if (pin_parse(arg, pin, err) < 0)
		return err_wrap(err, "--%s", row->name);
	grown = realloc(list->items, (list->count + 1) * sizeof *list->items);
	if (!grown)
		return err_nomem(err);
	list->items = grown;
	memcpy(list->items[list->count++], pin, sizeof pin);
	return 0;
}

static int
add_text(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	return no_memory_or(list_add(MEMBER(struct list, options, row), row->text), err);
}

static int
set_connect(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char *at = strrchr(arg, '@');

	(void)row;
	if (!at)
		return err_set(err, ERR_USAGE, "--connect: write AET@HOST:PORT, the receiver's AE title "
			"first");
	if (ae_title_parse(arg, (size_t)(at - arg), "--connect", options->called, err) < 0)
		return -1;
	free(options->host);
	options->host = NULL;
	options->port = 0;
	options->connect_given = true;
	return host_port_parse(at + 1, "--connect", &options->host, &options->port, err);
}

static int
set_bind(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char *at = strrchr(arg, '@');
	size_t title = at ? (size_t)(at - arg) : strlen(arg);
	uint16_t port = 0;

	(void)row;
	free(options->local_address);
	options->local_address = NULL;
	if (ae_title_parse(arg, title, "--bind", options->calling, err) < 0)
		return -1;
	if (at && host_port_parse(at + 1, "--bind", &options->local_address, &port, err) < 0)
		return -1;
	if (port)
		return err_set(err, ERR_USAGE, "--bind: the local port cannot be chosen; write AET@ADDRESS");
	return 0;
}

static int
set_proxy(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char *at = strrchr(arg, '@');
	char *colon = at ? memchr(arg, ':', (size_t)(at - arg)) : NULL;

	(void)row;
	free(options->proxy_user);
	options->proxy_user = NULL;
	secret_clear(&options->proxy_password);
	free(options->proxy_host);
	options->proxy_host = NULL;
	options->proxy_port = 8080;
	if (at) {
		options->proxy_user = strndup(arg, (size_t)((colon ? colon : at) - arg));
		if (!options->proxy_user)
			return err_nomem(err);
	}
	if (colon) {
		if (secret_set(&options->proxy_password, colon + 1, (size_t)(at - colon - 1)) < 0)
			return err_nomem(err);
		explicit_bzero(colon + 1, (size_t)(at - colon - 1));
		memset(colon + 1, '*', (size_t)(at - colon - 1));
	}
	return host_port_parse(at ? at + 1 : arg, "--proxy", &options->proxy_host, &options->proxy_port, err);
}

static int
set_key_store_type(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (store_type_parse(arg, &options->key_store_type, err) < 0)
		return err_wrap(err, "--%s", row->name);
	return 0;
}

static int
set_color(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	static const char *const names[] = {
		[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never",
	};
	char shown[64];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(arg, names[i]) == 0) {
			options->color = (enum color)i;
			return 0;
		}
	return err_set(err, ERR_USAGE, "--%s: '%s' is none of auto, always, never", row->name,
		text_harmless_str(shown, sizeof shown, arg));
}

static int
refuse(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)options;
	(void)arg;
	return err_set(err, ERR_USAGE, "--%s is refused: %s", row->name, row->text);
}

static int
note(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	return no_memory_or(list_add(&options->notes, row->text), err);
}

