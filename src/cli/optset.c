/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/optset.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/duration.h"
#include "base/hostname.h"
#include "base/text.h"
#include "check/finding.h"
#include "dicom/uid.h"
#include "dicom/userinfo.h"

#define PDU_LENGTH_MIN 4096 /* bytes, as DCMTK has them (ASC_MINIMUMPDUSIZE, ASC_MAXIMUMPDUSIZE) */
#define PDU_LENGTH_MAX 131072

#define BARE_MS_LEAST 100 /* a smaller number was probably meant in seconds */

#define MEMBER(type, options, row) ((type *)(void *)((char *)(options) + (row)->offset))

/* A warning to be given once there is a reporter. */
static int __attribute__((format(printf, 3, 4)))
warn(struct options *options, struct err *err, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	text_vformat(text, sizeof text, fmt, ap);
	va_end(ap);
	return options_add_text(options, &options->warnings, text, err);
}

int
optset_string(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, ERR_USAGE, "--%s: the value is empty", row->name);
	*MEMBER(const char *, options, row) = arg;
	return 0;
}

int
optset_true(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	*MEMBER(bool, options, row) = true;
	return 0;
}

/* --help and --version take precedence, wherever they are given. */
int
optset_mode(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	if (options->mode != MODE_HELP && options->mode != MODE_VERSION)
		options->mode = (enum mode)row->number;
	return 0;
}

/* The index of arg among words, which are separated by '|'; or -1 with ERR_USAGE. */
static int
word(const struct optrow *row, const char *arg, const char *words, struct err *err)
{
	char list[128] = "";
	const char *at = words;

	for (int i = 0;; i++) {
		size_t len = strcspn(at, "|");

		if (strlen(arg) == len && memcmp(arg, at, len) == 0)
			return i;
		text_join(list, sizeof list, ", ", "%.*s", (int)len, at);
		if (!at[len])
			break;
		at += len + 1;
	}
	return err_set(err, ERR_USAGE, "--%s: '%s' is not one of %s", row->name, TEXT_SHOWN(arg, 64), list);
}

int
optset_word(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	int chosen = word(row, arg, row->text, err);

	if (chosen < 0)
		return -1;
	*MEMBER(int, options, row) = chosen;
	return 0;
}

int
optset_yes_no(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	int chosen = word(row, arg, "no|yes", err);

	if (chosen < 0)
		return -1;
	*MEMBER(bool, options, row) = chosen != 0;
	return 0;
}

int
optset_check(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	/* Its name in 0.1.0. */
	bool old = arg && strcmp(arg, "stores") == 0;
	int depth = old ? CHECK_LOCAL : arg ? word(row, arg, row->text, err) : CHECK_QUICK;

	if (depth < 0)
		return -1;
	options->check_depth = (enum check_depth)depth;
	if (options->mode != MODE_HELP && options->mode != MODE_VERSION)
		options->mode = MODE_CHECK;
	return 0;
}

int
optset_int(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	(void)err;
	*MEMBER(int, options, row) = row->number;
	return 0;
}

int
optset_priority(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	if (options->priority != PRIORITY_MEDIUM && (int)options->priority != row->number)
		return err_set(err, ERR_USAGE, "--prior-high and --prior-low exclude each other");
	options->priority = (enum command_priority)row->number;
	return 0;
}

/* A destination's name, or none: then the destinations are listed. */
int
optset_to(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	options->list = !arg;
	options->tos.count = arg ? options->tos.count : 0;
	options->to = NULL;
	if (!arg)
		return 0;
	if (optset_string(options, row, arg, err) < 0)
		return -1;
	return list_add(&options->tos, arg, err);
}

/* A whole number in least..most, or ERR_USAGE. */
static int
number(const struct optrow *row, const char *arg, int64_t least, int64_t most, int64_t *out, struct err *err)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || value < least || value > most)
		return err_set(err, ERR_USAGE, "--%s: '%s' is not a whole number from %lld to %lld",
			row->name, TEXT_SHOWN(arg, 64), (long long)least, (long long)most);
	*out = value;
	return 0;
}

/* A time of at most so many milliseconds; a number without a unit counts bare_ms each. Or ERR_USAGE. */
static int
duration(const struct optrow *row, const char *arg, int64_t bare_ms, int64_t most_ms, struct duration *out,
	struct err *err)
{
	const char *unit = bare_ms == 1 ? "milliseconds" : "seconds";
	const char *shown = TEXT_SHOWN(arg, 64);

	switch (duration_parse(arg, bare_ms, most_ms, out)) {
	case DURATION_OK:
		return 0;
	case DURATION_TOO_LONG:
		return err_set(err, ERR_USAGE, "--%s: '%s' is more than the maximum of %lld %s",
			row->name, shown, (long long)(most_ms / bare_ms), unit);
	case DURATION_MALFORMED:
		break;
	}
	err_set(err, ERR_USAGE, "--%s: '%s' is not a time", row->name, shown);
	return err_hint(err, "Give a number of %s, or a number with a unit: 1500ms, 10s, 2.5m, 1h.", unit);
}

/* The same, except 0. */
static int
timeout(struct options *options, const struct optrow *row, const char *arg, int64_t bare_ms, int64_t most_ms,
	struct err *err)
{
	struct duration taken;

	if (duration(row, arg, bare_ms, most_ms, &taken, err) < 0)
		return -1;
	if (taken.ms == 0)
		return err_set(err, ERR_USAGE, "--%s: 0 is not allowed: every timeout is finite, and "
			"at least 1 ms", row->name);
	*MEMBER(int64_t, options, row) = taken.ms;
	if (bare_ms != 1 || !taken.bare || taken.ms >= BARE_MS_LEAST)
		return 0;
	return warn(options, err, "--%s: %s is %lld ms; write %ss for seconds, or %lldms", row->name,
		arg, (long long)taken.ms, arg, (long long)taken.ms);
}

int
optset_ms(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return timeout(options, row, arg, 1, INT32_MAX, err);
}

int
optset_seconds(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return timeout(options, row, arg, 1000, INT32_MAX * INT64_C(1000), err);
}

int
optset_retry_delay(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	struct duration taken;

	if (duration(row, arg, 1000, RETRY_DELAY_MAX, &taken, err) < 0)
		return -1;
	*MEMBER(int64_t, options, row) = taken.ms;
	return 0;
}

static int
set_unsigned(struct options *options, const struct optrow *row, const char *arg, unsigned least,
	unsigned most, struct err *err)
{
	int64_t value;

	if (number(row, arg, least, most, &value, err) < 0)
		return -1;
	*MEMBER(unsigned, options, row) = (unsigned)value;
	return 0;
}

int
optset_associations(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return set_unsigned(options, row, arg, 1, 64, err);
}

int
optset_retry(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return set_unsigned(options, row, arg, 0, 1000000, err);
}

/* 0 is dcm4che's "no limit", which is the most that fits into our buffers. */
int
optset_pdulen(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	uint32_t *to = MEMBER(uint32_t, options, row);
	int64_t value;

	if (strcmp(arg, "0") == 0)
		value = PDU_LENGTH_MAX;
	else if (number(row, arg, PDU_LENGTH_MIN, PDU_LENGTH_MAX, &value, err) < 0)
		return -1;
	*to = (uint32_t)value;
	return 0;
}

/* One at a time needs no proposal (PS3.7 D.3.3.3). */
int
optset_window(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	int64_t value;

	if (number(row, arg, 0, UINT16_MAX, &value, err) < 0)
		return -1;
	options->window = value == 0 ? WINDOW_UNLIMITED : value == 1 ? 0 : (uint32_t)value;
	return 0;
}

/* A number of bytes; k, M and G after it are powers of 1024, as in curl. `what` says what they are, such as
 * ... */
static int
set_bytes(struct options *options, const struct optrow *row, const char *arg, const char *what,
	struct err *err)
{
	static const char suffixes[] = "kmg";
	char *end;
	unsigned long long value;
	const char *suffix;
	unsigned shift;

	errno = 0;
	value = strtoull(arg, &end, 10);
	suffix = *end ? strchr(suffixes, tolower((unsigned char)*end)) : NULL;
	shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;
	if (*arg < '0' || *arg > '9' || errno || (suffix ? end[1] : *end) || value == 0 ||
	    value > (uint64_t)INT64_MAX >> shift)
		return err_set(err, ERR_USAGE, "--%s: '%s' is not a number of %s", row->name,
			TEXT_SHOWN(arg, 64), what);
	*MEMBER(uint64_t, options, row) = (uint64_t)value << shift;
	return 0;
}

int
optset_rate(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return set_bytes(options, row, arg, "bytes per second, such as 500k or 10M", err);
}

int
optset_bytes(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return set_bytes(options, row, arg, "bytes, such as 512M or 2G", err);
}

int
optset_shard(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (!shard_parse(arg, MEMBER(struct shard, options, row)))
		return err_set(err, ERR_USAGE, "--%s: '%s' is not a part such as 3/8, the third of eight",
			row->name, TEXT_SHOWN(arg, 64));
	return 0;
}

/* A file of related classes; it also turns the negotiation on. */
int
optset_related(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	options->rel_ext_neg = true;
	return optset_string(options, row, arg, err);
}

/* 0 would remove what was acknowledged a moment ago. */
int
optset_prune(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return number(row, arg, 1, 100000, MEMBER(int64_t, options, row), err);
}

int
optset_days(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return number(row, arg, 0, 36500, MEMBER(int64_t, options, row), err);
}

int
optset_crit_days(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	options->crit_given = true;
	return optset_days(options, row, arg, err);
}

/* The id of a finding that may be ignored. */
int
optset_ignore(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	const struct finding_row *finding = finding_named(arg);
	const char *shown = TEXT_SHOWN(arg, 64);

	if (!finding) {
		err_set(err, ERR_USAGE, "--%s: unknown finding '%s'", row->name, shown);
		return err_hint(err, "The manual page lists the ids under Findings; --check -v shows them.");
	}
	if (finding_may_be_ignored(finding))
		return optset_add(options, row, arg, err);
	err_set(err, ERR_USAGE, "--%s: %s cannot be ignored: it is not a warning", row->name, shown);
	return err_hint(err, "Only warnings and the findings of the steps \"mTLS enforced\" and \"offered "
		"range\" can be ignored.");
}

/* Keep a secret; literals are copied, and wiped from their place. */
static int
take_secret(struct secret_option *to, char *arg, struct err *err)
{
	secret_clear(&to->value);
	to->source = NULL;
	to->loaded = false;
	if (!secret_is_literal(arg)) {
		to->source = arg;
		return 0;
	}
	if (secret_load(&to->value, arg, SECRET_LINE, err) < 0)
		return -1;
	secret_wipe_arg(arg);
	return 0;
}

int
optset_secret(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	return take_secret(MEMBER(struct secret_option, options, row), arg, err);
}

int
optset_add_secret(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	struct secret_list *list = MEMBER(struct secret_list, options, row);
	struct secret_option *added = array_add(&list->items, &list->count, sizeof *added, err);

	return added ? take_secret(added, arg, err) : -1;
}

int
optset_add(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (!*arg)
		return err_set(err, ERR_USAGE, "--%s: the value is empty", row->name);
	return list_add(MEMBER(struct list, options, row), arg, err);
}

/* A transfer syntax to propose: by a word of ours, or its UID. */
int
optset_propose(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	const char *what = strcmp(arg, "explicit") == 0 ? UID_EXPLICIT_LE :
		strcmp(arg, "implicit") == 0 ? UID_IMPLICIT_LE : arg;

	if (strcmp(what, PLAN_OWN) != 0 && !uid_valid(what))
		return err_set(err, ERR_USAGE, "--%s: '%s' is not own, implicit, explicit or a UID",
			row->name, TEXT_SHOWN(arg, 80));
	if (list_add(&options->proposed, what, err) < 0)
		return -1;
	options->rules.proposed = options->proposed.items;
	return 0;
}

/* PATH=VALUE. Without '=' the value is probably the next word, and would be taken as a file. */
int
optset_set(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	const char *shown = TEXT_SHOWN(arg, 128);

	if (!*arg || strchr(arg, '='))
		return optset_add(options, row, arg, err);
	err_set(err, ERR_USAGE, "--%s: '%s' has no '='", row->name, shown);
	return err_hint(err, "Write it as one word, %s=VALUE; %s= empties the attribute.", shown, shown);
}

int
optset_add_pin(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	unsigned char pin[PIN_SIZE];
	void *added;

	if (pin_parse(arg, pin, err) < 0)
		return err_wrap(err, "--%s", row->name);
	added = array_add(&options->pins.items, &options->pins.count, sizeof pin, err);
	if (!added)
		return -1;
	memcpy(added, pin, sizeof pin);
	return 0;
}

int
optset_add_text(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)arg;
	return list_add(MEMBER(struct list, options, row), row->text, err);
}

int
optset_connect(struct options *options, const struct optrow *row, char *arg, struct err *err)
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

int
optset_bind(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char *at = strrchr(arg, '@');
	size_t title = at ? (size_t)(at - arg) : strlen(arg);

	(void)row;
	free(options->local_address);
	options->local_address = NULL;
	if (ae_title_parse(arg, title, "--bind", options->calling, err) < 0)
		return -1;
	return at ? host_port_parse(at + 1, "--bind", &options->local_address, NULL, err) : 0;
}

int
optset_proxy(struct options *options, const struct optrow *row, char *arg, struct err *err)
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
		memset(colon + 1, '*', (size_t)(at - colon - 1));
	}
	return host_port_parse(at ? at + 1 : arg, "--proxy", &options->proxy_host, &options->proxy_port, err);
}

/* --tls-host, in A-labels: certificates have no others. */
int
optset_tls_host(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char *name;

	if (!*arg)
		return optset_string(options, row, arg, err);
	if (hostname_to_ascii(arg, strlen(arg), &name, err) < 0)
		return err_wrap(err, "--%s", row->name);
	options->tls_host = options_keep(options, name, err);
	free(name);
	return options->tls_host ? 0 : -1;
}

int
optset_store_type(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	if (store_type_parse(arg, &options->key_store_type, err) < 0)
		return err_wrap(err, "--%s", row->name);
	return 0;
}

int
optset_refuse(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	(void)options;
	(void)arg;
	return err_set(err, ERR_USAGE, "--%s is refused: %s", row->name, row->text);
}

int
optset_note(struct options *options, const struct optrow *row, char *arg, struct err *err)
{
	char text[256];

	(void)arg;
	text_format(text, sizeof text, "--%s has no effect: %s", row->name, row->text);
	return options_add_text(options, &options->notes, text, err);
}

bool
optset_holds_secret(const struct optrow *row, const char *value)
{
	const char *at, *colon;

	if (row->set == optset_secret || row->set == optset_add_secret)
		return secret_is_literal(value) && *value && strcmp(value, "pass:") != 0;
	if (row->set != optset_proxy)
		return false;
	at = strrchr(value, '@');
	colon = at ? memchr(value, ':', (size_t)(at - value)) : NULL;
	return colon && colon + 1 < at;
}
