/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libFuzzer (clang -fsanitize=fuzzer,address,undefined): any bytes as a
 * configuration file, the first one picking how it is used. Nothing in it is
 * opened or run before the options are: what it names does no harm here.
 */
#include "cli/cmdline.h"

#include <string.h>
#include <sys/stat.h>

#include "../unit/dicom_bytes.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { LIST = 1, OPEN = 2, BARE = 4 };

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_harmless(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

/* A file of our own, which others may read (OPEN) or not. */
static int
make_file(unsigned char how, const unsigned char *data, size_t size)
{
	static const char section[] = "[iris]\n";
	struct bytes b = { 0 };
	int fd;

	bytes_zero(&b, 0);
	if (!(how & BARE))
		bytes_put(&b, section, sizeof section - 1);
	if (size > 0)
		bytes_put(&b, data, size);
	fd = bytes_fd(&b);
	require(fchmod(fd, how & OPEN ? 0644 : 0600) == 0);
	bytes_free(&b);
	return fd;
}

/* All destinations, to nowhere. */
static int
list(const struct options *options, struct err *err)
{
	FILE *out = fopen("/dev/null", "we");
	int rc;

	require(out != NULL);
	rc = cmdline_list(options, out, err);
	fclose(out);
	return rc;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	/* To be written to: secrets are wiped from it. */
	char name[] = "fuzz", to[] = "--to=iris", all[] = "--to", config[64], file[] = "f.dcm";
	char *argv[] = { name, config, to, file, NULL };
	struct options options;
	struct err err = ERR_INIT;
	int argc = 4, fd, rc;

	if (size == 0)
		return 0;
	fd = make_file(data[0], data + 1, size - 1);
	snprintf(config, sizeof config, "--config=/proc/self/fd/%d", fd);
	if (data[0] & LIST) {
		argv[2] = all;
		argv[argc = 3] = NULL;
	}
	rc = cmdline_parse(&options, argc, argv, &err);
	if (rc == 0 && (data[0] & LIST))
		rc = list(&options, &err);
	if (rc < 0)
		require(err.kind == ERR_USAGE && err.text[0] && is_harmless(err.text) &&
			is_harmless(err.hint));
	else
		require((data[0] & LIST) || options.connect_given);
	options_clear(&options);
	close(fd);
	return 0;
}
