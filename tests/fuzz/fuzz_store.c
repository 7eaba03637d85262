/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer: any bytes as a key store and as a trust store.
 *
 *	clang -fsanitize=fuzzer,address,undefined ... tests/fuzz/fuzz_store.c
 *	./fuzz_store CORPUS testdata/stores
 */
#include "tls/store.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[] = "changeit";
	const struct secret pass = { text, sizeof text - 1, true };
	const struct store_source source = { "fuzz", STORE_AUTO, &pass, NULL, NULL, NULL };
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct err err = ERR_INIT;
	struct key_store *store = key_store_parse(data, size, &source, NULL, &err);

	/* A failure without a sentence, or a success with nothing in it, is a fault too. */
	if (store ? store->count == 0 : !err.text[0])
		abort();
	if (store) {
		char aliases[64];

		key_store_aliases(store, aliases, sizeof aliases);
		key_store_find(store, "scu1", &err);
		key_store_match(store, NULL);
		(void)key_entry_check(&store->entries[0], store->path, 0, &err);
	}
	if (trust_store_parse(data, size, &source, anchors, &err) != sk_X509_num(anchors) && !err.text[0])
		abort();
	key_store_free(store);
	sk_X509_pop_free(anchors, X509_free);
	return 0;
}
