/* SPDX-License-Identifier: BSD-3-Clause */
#include "options.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

const char help[] =
	"usage: testscp [OPTION]...\n"
	"A storage receiver that behaves as InterSystems IRIS does, and misbehaves by option.\n"
	"  --port N              0: a free one; \"port N\" is printed once it listens (127.0.0.1)\n"
	"  --tls --key F --cert F --ca F   TLS 1.2 and 1.3, wants the client's certificate\n"
	"  --calling AET --called AET      accept these titles only\n"
	"  --syntax implicit|explicit|big|deflated|jpeg|jpegls|j2k|rle|all|UID   adds up; implicit\n"
	"                        (jpeg: all below 1.2.840.10008.1.2.4, jpegls and j2k too)\n"
	"  --only-class UID      the one SOP class accepted, known or not\n"
	"  --verification        accept C-ECHO too\n"
	"  --empty-row           accept the association and refuse every context\n"
	"  --max-pdu N           announce N, whatever it is\n"
	"  --status HEX@N|HEX@every:N|HEX@uid:UID|HEX@always   adds up, the first match counts\n"
	"  --status HEX@once-every:N|HEX@once-uid:UID   the same for every N-th distinct instance, or\n"
	"                        one, when it comes for the first time; afterwards success\n"
	"  --duplicate-0111      answer 0111 to what was stored before\n"
	"  --echo-status HEX     the answer to a C-ECHO\n"
	"  --comment TEXT        Error Comment of answers other than success\n"
	"  --offending GGGG,EEEE Offending Element of the same; adds up\n"
	"  --delay MS            before each answer\n"
	"  --abort-at N          A-ABORT instead of the n-th answer\n"
	"  --abort-mid N         A-ABORT after the n-th object's first data\n"
	"  --close-at N          drop the connection there, without a word\n"
	"  --abort-uid UID       A-ABORT instead of the answer to that SOP instance, each time; adds up\n"
	"  --drop-uid UID        close without a word instead; adds up\n"
	"  --mute-uid UID        no answer, until the peer leaves; adds up\n"
	"  --wrong-id N          the n-th answer is to another message\n"
	"  --release-instead N   A-RELEASE-RQ instead of the n-th answer\n"
	"  --huge-pdu            answer objects with the head of a PDU of 2 GiB\n"
	"  --garbage             answer the association request with noise\n"
	"  --reject RESULT,SOURCE,REASON   answer it with these codes\n"
	"  --silent connect|tls|associate|data|store|echo|release   until the peer leaves, after:\n"
	"                        TCP accepted; TLS done; the request read; the association accepted\n"
	"                        (nothing more is read); an object read; an echo; a release request\n"
	"  --concurrent          serve several associations at a time\n"
	"  --reject-when-busy    the same, but while one stands reject others: local limit exceeded\n"
	"  --out DIR             keep objects as Part 10 files, the data set's bytes as they came\n"
	"  --ignore              keep nothing\n"
	"  --lean                fast, without DCMTK: any class, any syntax (or those of --syntax), C-ECHO;\n"
	"                        objects make no line without --log; answers that --delay holds back hold\n"
	"                        up no others. Of the above, not --calling, --called, --only-class,\n"
	"                        --empty-row, --abort-mid, --wrong-id, --release-instead, --huge-pdu,\n"
	"                        --garbage, --reject, --reject-when-busy, --silent. And:\n"
	"  --window N            answer an asynchronous operations window with N at most (0: what is asked);\n"
	"                        more operations under way than agreed end the association\n"
	"  --shuffle             answer out of order, each after up to twice the delay (or 10 ms)\n"
	"  --count N             exit 0 after N associations\n"
	"  --lifetime S          exit 0 after S seconds (900)\n"
	"  --log FILE            append what stdout says\n"
	"Each event is a line on stdout. Objects: \"stored UID STATUS\", \"ignored UID STATUS\" (without\n"
	"--out), \"refused UID STATUS\", before the answer; \"aborted UID\", \"dropped UID\", \"mute UID\".\n";

[[noreturn]] [[gnu::format(printf, 1, 2)]] void
usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	std::fputs("testscp: ", stderr);
	std::vfprintf(stderr, format, args);
	std::fputs("; see --help\n", stderr);
	va_end(args);
	std::exit(2);
}

/* All of the text as a number of at most `max`. */
unsigned long
number(const char *text, int base, unsigned long max)
{
	char *end;
	unsigned long value = std::strtoul(text, &end, base);

	if (end == text || *end || *text == '-' || value > max)
		usage("\"%s\" is no number up to %lu", text, max);
	return value;
}

uint32_t
decimal(const char *text, uint32_t max = UINT32_MAX)
{
	return static_cast<uint32_t>(number(text, 10, max));
}

uint16_t
hex(const std::string &text)
{
	return static_cast<uint16_t>(number(text.c_str(), 16, UINT16_MAX));
}

uint16_t
port(const char *text)
{
	return static_cast<uint16_t>(decimal(text, UINT16_MAX));
}

struct Name {
	const char *name;
	const char *uid;
};

/* PS3.6 table A-1; an entry that ends in a dot stands for all that begin so. */
const Name syntax_names[] = {
	{ "implicit", "1.2.840.10008.1.2" },
	{ "explicit", "1.2.840.10008.1.2.1" },
	{ "big", "1.2.840.10008.1.2.2" },
	{ "deflated", "1.2.840.10008.1.2.1.99" },
	{ "jpeg", "1.2.840.10008.1.2.4." },
	{ "jpegls", "1.2.840.10008.1.2.4.80" },
	{ "jpegls", "1.2.840.10008.1.2.4.81" },
	{ "j2k", "1.2.840.10008.1.2.4.90" },
	{ "j2k", "1.2.840.10008.1.2.4.91" },
	{ "rle", "1.2.840.10008.1.2.5" },
	{ "all", "" },
};

void
add_syntax(std::vector<std::string> &syntaxes, const char *text)
{
	size_t before = syntaxes.size();

	for (const Name &known : syntax_names)
		if (std::strcmp(text, known.name) == 0)
			syntaxes.push_back(known.uid);
	if (syntaxes.size() > before)
		return;
	if (*text < '0' || *text > '9')
		usage("\"%s\" is no transfer syntax known here", text);
	syntaxes.push_back(text);
}

Silence
silence(const char *text)
{
	static const char *const names[] = { "connect", "tls", "associate", "data", "store", "echo",
		"release" };
	int value = static_cast<int>(Silence::connect);

	for (const char *name : names) {
		if (std::strcmp(text, name) == 0)
			return static_cast<Silence>(value);
		value++;
	}
	usage("--silent knows no \"%s\"", text);
}

struct WhenName {
	const char *prefix;
	StatusRule::When when;
};

/* The last one has no prefix: a number stands there at once. */
const WhenName when_names[] = {
	{ "uid:", StatusRule::uid },
	{ "once-uid:", StatusRule::once_uid },
	{ "every:", StatusRule::every },
	{ "once-every:", StatusRule::once_every },
	{ "", StatusRule::at },
};

StatusRule
status_rule(const char *text)
{
	const char *at = std::strchr(text, '@');
	const WhenName *known = when_names;
	StatusRule rule;

	if (!at)
		usage("--status wants HEX@WHEN, not \"%s\"", text);
	rule.status = hex(std::string(text, at));
	at++;
	if (std::strcmp(at, "always") == 0)
		return rule;
	while (std::strncmp(at, known->prefix, std::strlen(known->prefix)) != 0)
		known++;
	rule.when = known->when;
	at += std::strlen(known->prefix);
	if (rule.when == StatusRule::uid || rule.when == StatusRule::once_uid) {
		rule.instance = at;
		return rule;
	}
	rule.n = decimal(at);
	if (rule.n == 0)
		usage("--status: objects are counted from 1");
	return rule;
}

uint32_t
tag(const char *text)
{
	const char *comma = std::strchr(text, ',');

	if (!comma)
		usage("\"%s\" is no GGGG,EEEE", text);
	return static_cast<uint32_t>(hex(std::string(text, comma))) << 16 | hex(comma + 1);
}

Rejection
rejection(const char *text)
{
	Rejection codes;
	char rest;

	if (std::sscanf(text, "%hhu,%hhu,%hhu%c", &codes.result, &codes.source, &codes.reason, &rest) != 3)
		usage("\"%s\" is no RESULT,SOURCE,REASON", text);
	codes.given = true;
	return codes;
}

void
set_window(Options &options, const char *value)
{
	options.windowed = true;
	options.window = decimal(value, UINT16_MAX);
}

struct Option {
	const char *name;
	bool valued;
	void (*set)(Options &options, const char *value);
};

const Option table[] = {
	{ "port", true, [](Options &o, const char *v) { o.port = port(v); } },
	{ "tls", false, [](Options &o, const char *) { o.tls = true; } },
	{ "key", true, [](Options &o, const char *v) { o.key = v; } },
	{ "cert", true, [](Options &o, const char *v) { o.cert = v; } },
	{ "ca", true, [](Options &o, const char *v) { o.ca = v; } },
	{ "calling", true, [](Options &o, const char *v) { o.calling = v; } },
	{ "called", true, [](Options &o, const char *v) { o.called = v; } },
	{ "syntax", true, [](Options &o, const char *v) { add_syntax(o.syntaxes, v); } },
	{ "only-class", true, [](Options &o, const char *v) { o.only_class = v; } },
	{ "verification", false, [](Options &o, const char *) { o.verification = true; } },
	{ "empty-row", false, [](Options &o, const char *) { o.empty_row = true; } },
	{ "max-pdu", true, [](Options &o, const char *v) { o.max_pdu = decimal(v); } },
	{ "status", true, [](Options &o, const char *v) { o.statuses.push_back(status_rule(v)); } },
	{ "echo-status", true, [](Options &o, const char *v) { o.echo_status = hex(v); } },
	{ "comment", true, [](Options &o, const char *v) { o.comment = v; } },
	{ "offending", true, [](Options &o, const char *v) { o.offending.push_back(tag(v)); } },
	{ "delay", true, [](Options &o, const char *v) { o.delay = decimal(v, 600000); } },
	{ "abort-at", true, [](Options &o, const char *v) { o.abort_at = decimal(v); } },
	{ "abort-mid", true, [](Options &o, const char *v) { o.abort_mid = decimal(v); } },
	{ "close-at", true, [](Options &o, const char *v) { o.close_at = decimal(v); } },
	{ "abort-uid", true, [](Options &o, const char *v) { o.abort_uids.push_back(v); } },
	{ "drop-uid", true, [](Options &o, const char *v) { o.drop_uids.push_back(v); } },
	{ "mute-uid", true, [](Options &o, const char *v) { o.mute_uids.push_back(v); } },
	{ "duplicate-0111", false, [](Options &o, const char *) { o.duplicate_0111 = true; } },
	{ "wrong-id", true, [](Options &o, const char *v) { o.wrong_id = decimal(v); } },
	{ "release-instead", true, [](Options &o, const char *v) { o.release_instead = decimal(v); } },
	{ "huge-pdu", false, [](Options &o, const char *) { o.huge_pdu = true; } },
	{ "garbage", false, [](Options &o, const char *) { o.garbage = true; } },
	{ "reject", true, [](Options &o, const char *v) { o.reject = rejection(v); } },
	{ "silent", true, [](Options &o, const char *v) { o.silence = silence(v); } },
	{ "concurrent", false, [](Options &o, const char *) { o.concurrent = true; } },
	{ "reject-when-busy", false,
		[](Options &o, const char *) { o.concurrent = o.reject_when_busy = true; } },
	{ "lean", false, [](Options &o, const char *) { o.fast_receiver = true; } },
	{ "window", true, set_window },
	{ "shuffle", false, [](Options &o, const char *) { o.shuffle = true; } },
	{ "out", true, [](Options &o, const char *v) { o.out = v; } },
	{ "ignore", false, [](Options &o, const char *) { o.ignore = true; } },
	{ "count", true, [](Options &o, const char *v) { o.count = decimal(v); } },
	{ "lifetime", true, [](Options &o, const char *v) { o.lifetime = decimal(v, 86400); } },
	{ "log", true, [](Options &o, const char *v) { o.log = v; } },
	{ "help", false, [](Options &, const char *) { std::fputs(help, stdout); std::exit(0); } },
};

const Option &
find(const char *word)
{
	if (std::strncmp(word, "--", 2) == 0)
		for (const Option &option : table)
			if (std::strcmp(word + 2, option.name) == 0)
				return option;
	usage("unknown option %s", word);
}

} /* namespace */

bool
StatusRule::matches(const Sighting &sighting, const std::string &sop_instance) const
{
	switch (when) {
	case at:
		return sighting.object == n;
	case every:
		return sighting.object % n == 0;
	case uid:
		return sop_instance == instance;
	case once_every:
		return sighting.times == 1 && sighting.distinct % n == 0;
	case once_uid:
		return sighting.times == 1 && sop_instance == instance;
	case always:
		break;
	}
	return true;
}

uint16_t
Options::status(const Sighting &sighting, const std::string &sop_instance) const
{
	if (duplicate_0111 && sighting.stored)
		return 0x0111;
	for (const StatusRule &rule : statuses)
		if (rule.matches(sighting, sop_instance))
			return rule.status;
	return 0;
}

bool
Options::accepts_syntax(const char *uid) const
{
	for (const std::string &known : syntaxes) {
		bool prefix = known.empty() || known.back() == '.';

		if (prefix ? std::strncmp(uid, known.c_str(), known.size()) == 0 : known == uid)
			return true;
	}
	return false;
}

namespace {

/* What the lean mode does not do. */
bool
too_much_for_fast_receiver(const Options &o)
{
	return !o.calling.empty() || !o.called.empty() || !o.only_class.empty() || o.empty_row ||
		o.abort_mid > 0 || o.wrong_id > 0 || o.release_instead > 0 || o.huge_pdu || o.garbage ||
		o.reject.given || o.reject_when_busy || o.silence != Silence::never;
}

void
check(const Options &options)
{
	if (options.concurrent && options.count > 0)
		usage("--count goes with one association at a time");
	if (options.tls && (options.key.empty() || options.cert.empty() || options.ca.empty()))
		usage("--tls wants --key, --cert and --ca");
	if (options.fast_receiver && too_much_for_fast_receiver(options))
		usage("--lean does not go with some of the other options");
	if ((options.windowed || options.shuffle) && !options.fast_receiver)
		usage("--window and --shuffle want --lean");
}

} /* namespace */

Options
options_parse(int argc, char **argv)
{
	Options options;

	for (int i = 1; i < argc; i++) {
		const Option &option = find(argv[i]);

		if (option.valued && i + 1 == argc)
			usage("%s wants a value", argv[i]);
		option.set(options, option.valued ? argv[++i] : nullptr);
	}
	if (options.syntaxes.empty())
		add_syntax(options.syntaxes, options.fast_receiver ? "all" : "implicit");
	check(options);
	return options;
}
