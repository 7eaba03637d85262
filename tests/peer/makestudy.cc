/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes objects for the tests to send, and says afterwards whether they arrived.
 *
 *     generate.cc  a recipe -> files
 *     compare.cc   what was sent, what arrived -> missing, different, extra
 */
#include "compare.h"
#include "generate.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/oflog/oflog.h"

namespace {

const char help[] =
	"usage: makestudy [OPTION]... DIR\n"
	"       makestudy --compare [--ignore-pixels] SENTDIR RECEIVEDDIR\n"
	"Makes small DICOM objects, the same ones for the same options.\n"
	"  --objects N           100\n"
	"  --studies N           1; the objects are dealt out to them in order\n"
	"  --classes N           20; storage SOP classes, which alternate\n"
	"  --syntaxes NAME,...   implicit,explicit,big,deflated,rle,jpegls; j2k and jpeg are known too\n"
	"  --pairs N             N objects, each with another SOP class or syntax than the others\n"
	"  --size BYTES          0; of padding in each\n"
	"  --nested              in directories, with names of every kind, instead of IM000001...\n"
	"  --seed N              1; other UIDs\n"
	"Compares by SOP Instance UID: every object of SENTDIR is in RECEIVEDDIR with an equal data set,\n"
	"in whatever syntax, and nothing else is (exit 1 otherwise). The last line has the numbers.\n"
	"  --ignore-pixels       pixel data may differ (compressed ones that arrived decompressed)\n";

struct Command {
	Recipe recipe;
	unsigned long pairs = 0;
	bool compares = false, ignore_pixels = false;
	std::string dirs[2];
	int dir_count = 0;
};

[[noreturn]] void
usage(const std::string &what)
{
	std::fprintf(stderr, "makestudy: %s; see --help\n", what.c_str());
	std::exit(2);
}

unsigned long
number(const char *text, unsigned long min = 1)
{
	char *end;
	unsigned long value = std::strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || value < min || value > 100000000)
		usage(std::string("\"") + text + "\" is no number that fits there");
	return value;
}

std::vector<const Syntax *>
syntaxes(const std::string &list)
{
	std::vector<const Syntax *> chosen;

	for (size_t from = 0, to; from <= list.size(); from = to + 1) {
		to = std::min(list.find(',', from), list.size());
		std::string name = list.substr(from, to - from);
		const Syntax *known = syntax_named(name);

		if (!known)
			usage("\"" + name + "\" is no transfer syntax known here");
		chosen.push_back(known);
	}
	return chosen;
}

struct Option {
	const char *name;
	bool valued;
	void (*set)(Command &command, const char *value);
};

const Option table[] = {
	{ "objects", true, [](Command &c, const char *v) { c.recipe.objects = number(v); } },
	{ "studies", true, [](Command &c, const char *v) { c.recipe.studies = number(v); } },
	{ "classes", true, [](Command &c, const char *v) { c.recipe.classes = number(v); } },
	{ "syntaxes", true, [](Command &c, const char *v) { c.recipe.syntaxes = syntaxes(v); } },
	{ "pairs", true, [](Command &c, const char *v) { c.pairs = number(v); } },
	{ "size", true, [](Command &c, const char *v) { c.recipe.size = number(v, 0); } },
	{ "nested", false, [](Command &c, const char *) { c.recipe.nested = true; } },
	{ "seed", true, [](Command &c, const char *v) { c.recipe.seed = number(v, 0); } },
	{ "compare", false, [](Command &c, const char *) { c.compares = true; } },
	{ "ignore-pixels", false, [](Command &c, const char *) { c.ignore_pixels = true; } },
	{ "help", false, [](Command &, const char *) { std::fputs(help, stdout); std::exit(0); } },
};

const Option &
find(const char *word)
{
	if (std::strncmp(word, "--", 2) == 0)
		for (const Option &option : table)
			if (std::strcmp(word + 2, option.name) == 0)
				return option;
	usage(std::string("unknown option ") + word);
}

/* The classes alternate, then the syntaxes: as many of the one as the other needs. */
void
ask_for_pairs(Command &command)
{
	Recipe &recipe = command.recipe;

	recipe.objects = command.pairs;
	recipe.classes = (command.pairs + recipe.syntaxes.size() - 1) / recipe.syntaxes.size();
}

Command
parse(int argc, char **argv)
{
	Command command;

	command.recipe.syntaxes = syntaxes("implicit,explicit,big,deflated,rle,jpegls");
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			if (command.dir_count == 2)
				usage("too many directories");
			command.dirs[command.dir_count++] = argv[i];
			continue;
		}
		const Option &option = find(argv[i]);
		if (option.valued && i + 1 == argc)
			usage(std::string(argv[i]) + " wants a value");
		option.set(command, option.valued ? argv[++i] : nullptr);
	}
	if (command.dir_count != (command.compares ? 2 : 1))
		usage(command.compares ? "--compare wants two directories" : "one directory is wanted");
	if (command.pairs > 0)
		ask_for_pairs(command);
	if (command.recipe.classes > generate_classes())
		usage("there are " + std::to_string(generate_classes()) + " SOP classes only");
	command.recipe.dir = command.dirs[0];
	return command;
}

} /* namespace */

int
main(int argc, char **argv)
{
	Command command = parse(argc, argv);

	OFLog::configure(OFLogger::FATAL_LOG_LEVEL);
	try {
		if (command.compares)
			return compare(command.dirs[0], command.dirs[1], command.ignore_pixels) ? 0 : 1;
		generate(command.recipe);
	} catch (const std::exception &e) {
		std::fprintf(stderr, "makestudy: %s\n", e.what());
		return 1;
	}
	return 0;
}
