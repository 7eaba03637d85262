/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/exposure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/text.h"

/* A file, and what it is for. */
struct subject {
	const char *path;
	const char *option;
	const char *secret; /* " holds a secret and"; NULL: others may read it */
};

/* Can these users reach it through the directories above (S_IXGRP, S_IXOTH)? */
static bool
is_reachable(const char *path, mode_t by)
{
	char *whole = realpath(path, NULL);
	bool reachable = whole != NULL;
	struct stat st;

	while (reachable && whole[1]) {
		char *slash = strrchr(whole, '/');

		slash[slash == whole] = '\0';
		reachable = stat(whole, &st) == 0 && (st.st_mode & by);
	}
	free(whole);
	return reachable;
}

/* What other users can do, but must not, with a file of this mode; NULL: nothing. */
static const char *
access_of_others(const struct subject *subject, mode_t mode)
{
	bool everybody = is_reachable(subject->path, S_IXOTH);

	if (everybody && (mode & S_IWOTH))
		return "lets every user of this machine change it";
	if (!subject->secret)
		return NULL;
	if (everybody && (mode & S_IROTH))
		return "lets every user of this machine read it";
	if ((mode & S_IWGRP) && is_reachable(subject->path, S_IXGRP | S_IXOTH))
		return "lets its group change it";
	return NULL;
}

static int
add(struct exposures *out, const struct subject *subject, mode_t mode, const char *what, struct err *err)
{
	struct exposed_file *file = array_add(&out->files, &out->count, sizeof *file, err);
	const char *path = TEXT_SHOWN(subject->path, 400);

	if (!file)
		return -1;
	text_format(file->text, sizeof file->text, "%s, given with --%s,%s has mode %04o, which %s", path,
		subject->option, subject->secret ? subject->secret : "", (unsigned)mode & 07777, what);
	text_format(file->hint, sizeof file->hint, "Run chmod %s %s.", subject->secret ? "600" : "go-w",
		path);
	return 0;
}

static int
check_file(struct exposures *out, const struct subject *subject, struct err *err)
{
	struct stat st;
	const char *what;

	/* A missing file is reported where it is opened; pipes are not checked. */
	if (!subject->path || stat(subject->path, &st) || !S_ISREG(st.st_mode))
		return 0;
	what = access_of_others(subject, st.st_mode);
	return what ? add(out, subject, st.st_mode, what, err) : 0;
}

static int
check_list(struct exposures *out, const struct list *list, const char *option, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		struct subject subject = { list->items[i], option, NULL };

		if (check_file(out, &subject, err) < 0)
			return -1;
	}
	return 0;
}

static int
check_secret(struct exposures *out, const struct secret_option *secret, const char *option, struct err *err)
{
	static const char prefix[] = "file:";
	struct subject subject = { NULL, option, " holds a secret and" };

	if (secret->source && strncmp(secret->source, prefix, sizeof prefix - 1) == 0)
		subject.path = secret->source + sizeof prefix - 1;
	return check_file(out, &subject, err);
}

static int
check_secrets(struct exposures *out, const struct options *options, struct err *err)
{
	const struct secret_list *passes = &options->trust_store_passes;

	for (size_t i = 0; i < passes->count; i++)
		if (check_secret(out, &passes->items[i], "trust-store-pass", err) < 0)
			return -1;
	if (check_secret(out, &options->key_store_pass, "key-store-pass", err) < 0 ||
	    check_secret(out, &options->key_pass, "key-pass", err) < 0 ||
	    check_secret(out, &options->user_pass, "user-pass", err) < 0 ||
	    check_secret(out, &options->user_jwt, "user-jwt", err) < 0)
		return -1;
	return check_secret(out, &options->user_saml, "user-saml", err);
}

int
exposures_find(struct exposures *out, const struct options *options, bool key_in_clear, struct err *err)
{
	const struct subject keys = { options->key_store, "key-store",
		key_in_clear ? " holds a private key that needs no password and" : NULL };

	if (check_file(out, &keys, err) < 0 || check_secrets(out, options, err) < 0 ||
	    check_list(out, &options->trust_stores, "trust-store", err) < 0)
		return -1;
	return check_list(out, &options->crl_files, "crl-file", err);
}

void
exposures_clear(struct exposures *exposures)
{
	free(exposures->files);
	*exposures = (struct exposures){ 0 };
}
