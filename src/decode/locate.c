/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/locate.h"

#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define NAME "mtls-storescu-decode"

/* Where NAME would be in the directory of the program's own file; false if that
 * cannot be told, or if the program's file was replaced meanwhile. */
static bool
find_next_to_program(char *path, struct stat *program)
{
	ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *name;

	if (size <= 0)
		return false;
	path[size] = '\0';
	if (path[0] != '/' || stat(path, program) < 0)
		return false;
	name = strrchr(path, '/') + 1;
	if ((size_t)(name - path) + sizeof NAME > PATH_MAX)
		return false;
	memcpy(name, NAME, sizeof NAME);
	return true;
}

/*
 * No variable of the environment has a say. Beside the program comes first: what a
 * build tree runs is what was built there, whatever an earlier version left in the
 * system. In a directory such as /tmp strangers may put files beside a program that
 * they could not replace, so the helper has to belong to whom the program belongs
 * to, or to root, and to be no symbolic link, which could be turned after the look.
 * A program that runs with more rights than its user has may stand in that user's
 * directory, by a hard link, and looks in the one place only. Whatever is found
 * first is the one: if it cannot be run, there is no second choice.
 */
int
decoder_locate(char *path, struct err *err)
{
	struct stat program, helper;

	if (getauxval(AT_SECURE) || !find_next_to_program(path, &program) || lstat(path, &helper) < 0) {
		text_format(path, PATH_MAX, "%s", DECODER_PATH);
		return 0;
	}
	if (S_ISREG(helper.st_mode) && (helper.st_uid == program.st_uid || helper.st_uid == 0))
		return 0;
	err_set(err, ERR_NO_INPUT, "the decoder program %s is not trusted: it must be a regular file with "
		"the same owner as the program", path);
	return err_hint(err, "Remove it, or reinstall mtls-storescu.");
}
