/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/wait.h"

void
options_init(struct options *out)
{
	*out = (struct options){
		.calling = "STORESCU", .warn_expiry = 30, .crit_expiry = 7, .connect_timeout = 10000,
		.tls_timeout = 10000, .accept_timeout = 30000, .response_timeout = 300000,
		.send_timeout = 60000, .release_timeout = 5000, .idle_timeout = 15000,
		.max_time = WAIT_FOREVER, .associations = 1,
		.retry = { .retries = 3, .delay_ms = 1000, .max_time_ms = WAIT_FOREVER,
			.resend_uncertain = true },
	};
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

char *
options_keep(struct options *options, const char *text)
{
	char **grown = realloc(options->texts, (options->text_count + 1) * sizeof *grown);
	char *copy;

	if (!grown)
		return NULL;
	options->texts = grown;
	copy = strdup(text);
	if (copy)
		options->texts[options->text_count++] = copy;
	return copy;
}

static int
load(struct secret_option *option, const char *name, enum secret_shape shape, struct err *err)
{
	if (!option->source)
		return 0;
	if (secret_load(&option->value, option->source, shape, err) < 0)
		return err_wrap(err, "--%s", name);
	return 0;
}

int
options_load_secrets(struct options *options, struct err *err)
{
	if (load(&options->user_pass, "user-pass", SECRET_LINE, err) < 0 ||
	    load(&options->user_jwt, "user-jwt", SECRET_WHOLE, err) < 0 ||
	    load(&options->user_saml, "user-saml", SECRET_WHOLE, err) < 0 ||
	    load(&options->key_store_pass, "key-store-pass", SECRET_LINE, err) < 0 ||
	    load(&options->key_pass, "key-pass", SECRET_LINE, err) < 0)
		return -1;
	for (size_t i = 0; i < options->trust_store_passes.count; i++)
		if (load(&options->trust_store_passes.items[i], "trust-store-pass", SECRET_LINE, err) < 0)
			return -1;
	return 0;
}

void
options_clear(struct options *options)
{
	free(options->host);
	free(options->local_address);
	free(options->proxy_host);
	free(options->proxy_user);
	secret_clear(&options->proxy_password);
	secret_clear(&options->user_pass.value);
	secret_clear(&options->user_jwt.value);
	secret_clear(&options->user_saml.value);
	secret_clear(&options->key_store_pass.value);
	secret_clear(&options->key_pass.value);
	for (size_t i = 0; i < options->trust_store_passes.count; i++)
		secret_clear(&options->trust_store_passes.items[i].value);
	free(options->trust_store_passes.items);
	free(options->protocols.items);
	free(options->ciphers.items);
	free(options->groups.items);
	free(options->pins.items);
	free(options->trust_stores.items);
	free(options->trust_store_types.items);
	free(options->crl_files.items);
	free(options->sets.items);
	free(options->encapsulate.items);
	free(options->ignore.items);
	free(options->notes.items);
	free(options->warnings.items);
	free(options->files.items);
	for (size_t i = 0; i < options->text_count; i++) {
		explicit_bzero(options->texts[i], strlen(options->texts[i]));
		free(options->texts[i]);
	}
	free(options->texts);
	memset(options, 0, sizeof *options);
}

int
options_color(const struct options *options)
{
	if (options->color == COLOR_AUTO)
		return -1;
	return options->color == COLOR_ALWAYS;
}
