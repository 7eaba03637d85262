/* SPDX-License-Identifier: BSD-3-Clause */
#include "testscp_options.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dcuid.h"

namespace {

[[noreturn]] void
usage(const char *what, const char *value)
{
	std::fprintf(stderr, "testscp: %s: %s\n", what, value);
	std::exit(2);
}

unsigned long
number(const char *option, const char *text, int base = 10)
{
	char *end;

	errno = 0;
	unsigned long value = std::strtoul(text, &end, base);
	if (end == text || *end != '\0' || errno != 0)
		usage(option, text);
	return value;
}

const struct {
	const char *name;
	std::vector<const char *> uids;
} syntax_names[] = {
	{"implicit", {UID_LittleEndianImplicitTransferSyntax}},
	{"explicit", {UID_LittleEndianExplicitTransferSyntax}},
	{"big", {UID_BigEndianExplicitTransferSyntax}},
	{"deflated", {UID_DeflatedExplicitVRLittleEndianTransferSyntax}},
	{"jpeg", {UID_JPEGProcess1TransferSyntax}},
	{"rle", {UID_RLELosslessTransferSyntax}},
	{"all", {UID_LittleEndianExplicitTransferSyntax, UID_BigEndianExplicitTransferSyntax,
		 UID_DeflatedExplicitVRLittleEndianTransferSyntax, UID_JPEGProcess1TransferSyntax,
		 UID_JPEGProcess2_4TransferSyntax, UID_JPEGProcess14TransferSyntax,
		 UID_JPEGProcess14SV1TransferSyntax, UID_JPEGLSLosslessTransferSyntax,
		 UID_JPEGLSLossyTransferSyntax, UID_JPEG2000LosslessOnlyTransferSyntax,
		 UID_JPEG2000TransferSyntax, UID_RLELosslessTransferSyntax,
		 UID_LittleEndianImplicitTransferSyntax}},
};

void
add_syntax(std::vector<const char *> &syntaxes, const char *name)
{
	for (const auto &known : syntax_names) {
		if (std::strcmp(known.name, name) == 0) {
			syntaxes.insert(syntaxes.end(), known.uids.begin(), known.uids.end());
			return;
		}
	}
	usage("--syntax", name);
}

StatusRule
parse_status(const char *text)
{
	const char *at = std::strchr(text, '@');

	if (at == nullptr)
		usage("--status wants HEX@N, HEX@every:N or HEX@uid:UID", text);
	StatusRule rule = {};
	rule.status = static_cast<uint16_t>(number("--status", std::string(text, at).c_str(), 16));
	if (std::strncmp(at, "@uid:", 5) == 0)
		rule.uid = at + 5;
	else if (std::strncmp(at, "@every:", 7) == 0)
		rule.every = number("--status", at + 7);
	else
		rule.nth = number("--status", at + 1);
	return rule;
}

uint32_t
parse_tag(const char *text)
{
	unsigned group, element;
	char rest;

	if (std::sscanf(text, "%4x,%4x%c", &group, &element, &rest) != 2)
		usage("--offending wants GGGG,EEEE", text);
	return group << 16 | element;
}

Stage
parse_stage(const char *text)
{
	static const struct {
		const char *name;
		Stage stage;
	} stages[] = {
		{"connect", Stage::connect}, {"tls", Stage::tls}, {"associate", Stage::associate},
		{"data", Stage::data}, {"store", Stage::store}, {"echo", Stage::echo},
		{"release", Stage::release},
	};

	for (const auto &known : stages)
		if (std::strcmp(known.name, text) == 0)
			return known.stage;
	usage("--silent", text);
}

/* What PS3.8 table 9-21 knows; DCMTK sends nothing else. */
void
parse_reject(unsigned reject[3], const char *text)
{
	char rest;

	if (std::sscanf(text, "%u,%u,%u%c", &reject[0], &reject[1], &reject[2], &rest) != 3)
		usage("--reject wants RESULT,SOURCE,REASON", text);
	bool reason = reject[2] == 1 || reject[2] == 2 ||
		(reject[1] == 1 && (reject[2] == 3 || reject[2] == 7));
	if (reject[0] < 1 || reject[0] > 2 || reject[1] < 1 || reject[1] > 3 || !reason)
		usage("--reject", text);
}

const struct option names[] = {
	{"address", required_argument, nullptr, 'A'},
	{"port", required_argument, nullptr, 'p'},
	{"log", required_argument, nullptr, 'L'},
	{"tls", no_argument, nullptr, 't'},
	{"key", required_argument, nullptr, 'k'},
	{"cert", required_argument, nullptr, 'c'},
	{"ca", required_argument, nullptr, 'a'},
	{"tls-version", required_argument, nullptr, 'T'},
	{"ciphers", required_argument, nullptr, 'C'},
	{"calling", required_argument, nullptr, 'x'},
	{"called", required_argument, nullptr, 'y'},
	{"syntax", required_argument, nullptr, 's'},
	{"verification", no_argument, nullptr, 'v'},
	{"empty-row", no_argument, nullptr, 'e'},
	{"max-pdu", required_argument, nullptr, 'm'},
	{"status", required_argument, nullptr, 'S'},
	{"comment", required_argument, nullptr, 'M'},
	{"offending", required_argument, nullptr, 'O'},
	{"delay", required_argument, nullptr, 'd'},
	{"abort-at", required_argument, nullptr, 'b'},
	{"close-at", required_argument, nullptr, 'B'},
	{"silent", required_argument, nullptr, 'q'},
	{"reject", required_argument, nullptr, 'r'},
	{"out", required_argument, nullptr, 'o'},
	{"ignore", no_argument, nullptr, 'i'},
	{"count", required_argument, nullptr, 'n'},
	{"lifetime", required_argument, nullptr, 'l'},
	{nullptr, 0, nullptr, 0},
};

void
apply(Options &o, int key, const char *value)
{
	switch (key) {
	case 'A': o.address = value; break;
	case 'p': o.port = number("--port", value); break;
	case 'L': o.log = value; break;
	case 't': o.tls = true; break;
	case 'k': o.key = value; break;
	case 'c': o.cert = value; break;
	case 'a': o.ca = value; break;
	case 'T': o.tls_version = value; break;
	case 'C': o.ciphers = value; break;
	case 'x': o.calling = value; break;
	case 'y': o.called = value; break;
	case 's': add_syntax(o.syntaxes, value); break;
	case 'v': o.verification = true; break;
	case 'e': o.empty_row = true; break;
	case 'm': o.max_pdu = number("--max-pdu", value); break;
	case 'S': o.statuses.push_back(parse_status(value)); break;
	case 'M': o.comment = value; break;
	case 'O': o.offending.push_back(parse_tag(value)); break;
	case 'd': o.delay_ms = number("--delay", value); break;
	case 'b': o.abort_at = number("--abort-at", value); break;
	case 'B': o.close_at = number("--close-at", value); break;
	case 'q': o.silent = parse_stage(value); break;
	case 'r': parse_reject(o.reject, value); break;
	case 'o': o.out = value; break;
	case 'i': o.ignore = true; break;
	case 'n': o.count = number("--count", value); break;
	case 'l': o.lifetime = number("--lifetime", value); break;
	default: std::exit(2); /* getopt has said why */
	}
}

} // namespace

bool
StatusRule::applies(unsigned long object, const std::string &instance) const
{
	if (!uid.empty())
		return uid == instance;
	return every != 0 ? object % every == 0 : object == nth;
}

uint16_t
Options::status_of(unsigned long object, const std::string &instance) const
{
	for (const auto &rule : statuses)
		if (rule.applies(object, instance))
			return rule.status;
	return 0;
}

void
options_parse(Options &options, int argc, char **argv)
{
	int key;

	while ((key = getopt_long(argc, argv, "", names, nullptr)) != -1)
		apply(options, key, optarg);
	if (optind < argc)
		usage("what is", argv[optind]);
	if (options.tls && (options.key.empty() || options.cert.empty() || options.ca.empty()))
		usage("--tls wants", "--key, --cert and --ca");
	if (options.port > 65535)
		usage("--port", "65535 at most");
	if (options.lifetime == 0)
		usage("--lifetime", "at least one second");
	if (options.syntaxes.empty())
		add_syntax(options.syntaxes, "implicit");
}
