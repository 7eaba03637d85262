/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/wait.h"
#include "report/output.h"

void
options_init(struct options *out)
{
	*out = (struct options){
		.calling = "STORESCU", .warn_expiry = 30, .crit_expiry = 7, .connect_timeout = 10000,
		.tls_timeout = 10000, .accept_timeout = 30000, .response_timeout = 300000,
		.send_timeout = 60000, .release_timeout = 5000, .idle_timeout = 15000,
		.max_time = WAIT_FOREVER, .associations = 1,
		.max_object_memory = UINT64_C(512) << 20,
		.retry = { .retries = 3, .delay_ms = 1000, .max_time_ms = WAIT_FOREVER,
			.resend_uncertain = true },
	};
}

int
list_add(struct list *list, const char *item, struct err *err)
{
	const char **added = array_add(&list->items, &list->count, sizeof *added, err);

	if (!added)
		return -1;
	*added = item;
	return 0;
}

char *
options_keep(struct options *options, const char *text, struct err *err)
{
	char **kept = array_add(&options->texts, &options->text_count, sizeof *kept, err), *copy;

	if (!kept)
		return NULL;
	*kept = copy = strdup(text);
	if (copy)
		return copy;
	options->text_count--;
	err_nomem(err);
	return NULL;
}

int
options_add_text(struct options *options, struct list *list, const char *text, struct err *err)
{
	const char *kept = options_keep(options, text, err);

	return kept ? list_add(list, kept, err) : -1;
}

/* The name with each %s replaced. NULL without memory. */
static const char *
name_shard(struct options *options, const char *name, struct err *err)
{
	unsigned index = options->shard.count ? (unsigned)options->shard.index : 1;
	unsigned count = options->shard.count ? (unsigned)options->shard.count : 1;
	const char *mark;

	while (name && (mark = strstr(name, "%s"))) {
		char *replaced;

		if (asprintf(&replaced, "%.*s%u-%u%s", (int)(mark - name), name, index, count, mark + 2) < 0)
			return NULL;
		name = options_keep(options, replaced, err);
		free(replaced);
	}
	return name;
}

int
options_name_shard(struct options *options, struct err *err)
{
	const char **names[] = { &options->journal, &options->failed_to, &options->done_to,
		&options->prometheus, &options->html, &options->tls_keylog };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *given = *names[i];

		if (given && !(*names[i] = name_shard(options, given, err)))
			return err_nomem(err);
	}
	return 0;
}

static int
load(const struct options *options, struct secret_option *option, const char *name, enum secret_shape shape,
	struct err *err)
{
	if (!option->source || option->loaded)
		return 0;
	if (secret_load(&option->value, option->source, shape, err) == 0) {
		option->loaded = true;
		return 0;
	}
	err_wrap(err, "--%s", name);
	return origins_name(&options->origins, option->source, err);
}

int
options_load_secrets(struct options *options, struct err *err)
{
	if (load(options, &options->user_pass, "user-pass", SECRET_LINE, err) < 0 ||
	    load(options, &options->user_jwt, "user-jwt", SECRET_WHOLE, err) < 0 ||
	    load(options, &options->user_saml, "user-saml", SECRET_WHOLE, err) < 0 ||
	    load(options, &options->key_store_pass, "key-store-pass", SECRET_LINE, err) < 0 ||
	    load(options, &options->key_pass, "key-pass", SECRET_LINE, err) < 0)
		return -1;
	for (size_t i = 0; i < options->trust_store_passes.count; i++) {
		struct secret_option *pass = &options->trust_store_passes.items[i];

		if (load(options, pass, "trust-store-pass", SECRET_LINE, err) < 0)
			return -1;
	}
	return 0;
}

#define AT(member) offsetof(struct options, member)

/* Everything that an options struct owns except pins, trust_store_passes, origins and texts. */
static const size_t strings[] = { AT(host), AT(local_address), AT(proxy_host), AT(proxy_user) };
static const size_t secrets[] = { AT(proxy_password), AT(user_pass.value), AT(user_jwt.value),
	AT(user_saml.value), AT(key_store_pass.value), AT(key_pass.value) };
static const size_t lists[] = { AT(protocols), AT(ciphers), AT(groups), AT(trust_stores),
	AT(trust_store_types), AT(crl_files), AT(proposed), AT(sets), AT(encapsulate), AT(tos),
	AT(destinations), AT(ignore), AT(notes), AT(warnings), AT(files) };

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static void *
member_at(struct options *options, size_t offset)
{
	return (char *)options + offset;
}

void
options_clear(struct options *options)
{
	for (size_t i = 0; i < COUNT(strings); i++)
		free(*(char **)member_at(options, strings[i]));
	for (size_t i = 0; i < COUNT(secrets); i++)
		secret_clear(member_at(options, secrets[i]));
	for (size_t i = 0; i < COUNT(lists); i++)
		free(((struct list *)member_at(options, lists[i]))->items);
	for (size_t i = 0; i < options->trust_store_passes.count; i++)
		secret_clear(&options->trust_store_passes.items[i].value);
	free(options->trust_store_passes.items);
	free(options->pins.items);
	free(options->origins.items);
	for (size_t i = 0; i < options->text_count; i++) {
		explicit_bzero(options->texts[i], strlen(options->texts[i]));
		free(options->texts[i]);
	}
	free(options->texts);
	memset(options, 0, sizeof *options);
}

static bool
copy_secret(struct secret *secret)
{
	struct secret from = *secret;

	memset(secret, 0, sizeof *secret);
	return !from.given || secret_set(secret, from.bytes, from.len) == 0;
}

static bool
copy_string(char **string)
{
	if (!*string)
		return true;
	*string = strdup(*string);
	return *string != NULL;
}

static bool
copy_passes(struct secret_list *passes)
{
	bool ok = array_copy(&passes->items, &passes->count, sizeof *passes->items);

	for (size_t i = 0; i < passes->count; i++)
		ok &= copy_secret(&passes->items[i].value);
	return ok;
}

/* Everything is copied even after a failure, so that it can be freed. */
int
options_copy(struct options *out, const struct options *from, struct err *err)
{
	bool ok = true;

	*out = *from;
	out->texts = NULL;
	out->text_count = 0;
	for (size_t i = 0; i < COUNT(strings); i++)
		ok &= copy_string(member_at(out, strings[i]));
	for (size_t i = 0; i < COUNT(secrets); i++)
		ok &= copy_secret(member_at(out, secrets[i]));
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct list *list = member_at(out, lists[i]);

		ok &= array_copy(&list->items, &list->count, sizeof *list->items);
	}
	if (out->rules.proposed)
		out->rules.proposed = out->proposed.items;
	ok &= array_copy(&out->pins.items, &out->pins.count, sizeof *out->pins.items);
	ok &= array_copy(&out->origins.items, &out->origins.count, sizeof *out->origins.items);
	ok &= copy_passes(&out->trust_store_passes);
	if (ok)
		return 0;
	options_clear(out);
	return err_nomem(err);
}

FILE *
options_result(const struct options *options)
{
	bool taken = (options->prometheus && output_is_stdout(options->prometheus)) ||
		(options->html && output_is_stdout(options->html));

	return taken ? stderr : stdout;
}

int
options_color(const struct options *options)
{
	if (options->color == COLOR_AUTO)
		return -1;
	return options->color == COLOR_ALWAYS;
}
