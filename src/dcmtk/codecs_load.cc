/* SPDX-License-Identifier: BSD-3-Clause */
#include "dcmtk/codecs_load.h"

#include <dlfcn.h>
#include <fstream>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <string>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dcmtk/codecs.h"

extern "C" {
#include "base/text.h"
}

#define MODULE "mtls-codecs.so"

namespace {

/* The program's own file; "" if that cannot be told, or if it was replaced meanwhile. */
std::string
program_path(struct stat *st)
{
	char path[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

	if (size <= 0)
		return "";
	path[size] = '\0';
	return path[0] == '/' && stat(path, st) == 0 ? path : "";
}

/*
 * The module's path, always an absolute one; no variable of the environment has
 * a say. Beside the program comes first: what a build tree runs is what was built
 * there, whatever an earlier version left in the system. In a directory such as
 * /tmp strangers may put files beside a program that they could not replace, so
 * the module has to belong to whom the program belongs to, or to root, and to be
 * no symbolic link, which could be turned after the look. A program that runs
 * with more rights than its user has may stand in that user's directory, by a
 * hard link, and looks in the one place only. Whatever is found first is the one:
 * if it is not to be had, there is no second choice.
 */
int
find_module(std::string *path, struct err *err)
{
	struct stat program, module;

	*path = getauxval(AT_SECURE) ? "" : program_path(&program);
	if (!path->empty()) {
		path->replace(path->rfind('/') + 1, std::string::npos, MODULE);
		if (lstat(path->c_str(), &module) < 0)
			path->clear();
	}
	if (path->empty()) {
		*path = PKGLIBDIR "/" MODULE;
		return 0;
	}
	if (S_ISREG(module.st_mode) && (module.st_uid == program.st_uid || module.st_uid == 0))
		return 0;
	err_set(err, ERR_NO_INPUT, "the decoders in %s are not trusted: it has to be a regular file of the "
		"same owner as the program beside it", path->c_str());
	return err_hint(err, "Remove it, or install mtls-storescu again as a whole.");
}

/*
 * Does the file end before what its header says comes last? The loader would map
 * what is not there, and to touch that ends the program (SIGBUS). What cannot be
 * read, or is no library, it tells by itself.
 */
bool
is_cut_short(const char *path)
{
	std::ifstream file(path, std::ios::binary);
	ElfW(Ehdr) header;

	if (!file.read(reinterpret_cast<char *>(&header), sizeof header) || !file.seekg(0, std::ios::end))
		return false;
	return memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
		header.e_shoff + header.e_shnum * sizeof(ElfW(Shdr)) > static_cast<size_t>(file.tellg());
}

/* Never unloaded: DCMTK keeps hold of what is in it. NULL with the reason. */
const struct codecs *
open_module(const char *path, std::string *reason)
{
	const std::string name = std::string(path) + ": ";
	void *module, *symbol;

	*reason = "the file is cut short";
	if (is_cut_short(path))
		return nullptr;
	/* All symbols now: one that is missing is to be a failure here, not the end of the program later. */
	module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	symbol = module ? dlsym(module, CODECS_SYMBOL) : nullptr;
	if (symbol)
		return static_cast<const struct codecs *>(symbol);
	*reason = dlerror();
	if (reason->compare(0, name.size(), name) == 0)
		reason->erase(0, name.size());
	return nullptr;
}

/* Of kind ERR_NONE if all went well. */
struct err
load()
{
	const struct codecs *codecs;
	std::string path, reason;
	struct err err = {};
	char text[256];

	if (find_module(&path, &err) < 0)
		return err;
	codecs = open_module(path.c_str(), &reason);
	if (!codecs) {
		err_set(&err, ERR_NO_INPUT, "the decoders in %s cannot be loaded: %s", path.c_str(),
			text_harmless_str(text, sizeof text, reason.c_str()));
		err_hint(&err, "Install mtls-storescu again as a whole, with the libraries that it needs.");
	} else if (strcmp(codecs->version, CODECS_VERSION) != 0) {
		err_set(&err, ERR_NO_INPUT, "the decoders in %s are those of mtls-storescu %s, but this "
			"program is %s", path.c_str(),
			text_harmless_str(text, sizeof text, codecs->version), CODECS_VERSION);
		err_hint(&err, "Install both from one version, and start the program again.");
	} else {
		codecs->init();
	}
	return err;
}

} /* namespace */

int
codecs_load(struct err *err)
{
	static const struct err outcome = load();

	if (outcome.kind == ERR_NONE)
		return 0;
	*err = outcome;
	return -1;
}
