/* SPDX-License-Identifier: BSD-3-Clause */
/* The test receiver's command line: how it behaves, and how it misbehaves. */
#ifndef MTLS_TESTS_PEER_TESTSCP_OPTIONS_H
#define MTLS_TESTS_PEER_TESTSCP_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

/* Where it stops answering, the connection held open and unread. */
enum class Stage {
	never,
	connect,   /* nothing is read at all */
	tls,	   /* after the server's first flight (ServerHello and on) */
	associate, /* after the A-ASSOCIATE-RQ */
	data,	   /* after the C-STORE-RQ, its data set unread */
	store,	   /* after the data set */
	echo,	   /* after the C-ECHO-RQ */
	release	   /* after the A-RELEASE-RQ */
};

/* HEX@N, HEX@every:N or HEX@uid:UID; objects are counted from 1 over the whole run. */
struct StatusRule {
	uint16_t status;
	unsigned long nth;   /* 0: does not count */
	unsigned long every; /* 0: does not count */
	std::string uid;

	bool applies(unsigned long object, const std::string &instance) const;
};

struct Options {
	std::string address = "127.0.0.1";
	unsigned long port = 0; /* 0: a free one */
	std::string log;

	bool tls = false;
	std::string key, cert, ca;
	std::string tls_version; /* 1.2, 1.3; empty: both */
	std::string ciphers;	 /* TLS 1.2; empty: the guide's list */

	/* The AE titles of the guide's sample; "*" takes any. */
	std::string calling = "DCM_PDF_SCP", called = "IRIS_PDF_SCU";
	std::vector<const char *> syntaxes; /* in order of preference */
	bool verification = false, empty_row = false;
	unsigned long max_pdu = 16384;

	std::vector<StatusRule> statuses;
	std::string comment;
	std::vector<uint32_t> offending; /* gggg << 16 | eeee */
	unsigned long delay_ms = 0;
	unsigned long abort_at = 0, close_at = 0; /* the n-th object; 0: never */
	Stage silent = Stage::never;
	unsigned reject[3] = {0, 0, 0}; /* result, source, reason; 0: not rejected */

	std::string out = ".";
	bool ignore = false;
	unsigned long count = 0;    /* associations; 0: no end */
	unsigned long lifetime = 120; /* seconds */

	/* The status of the n-th object of the run, 0 if no rule applies. */
	uint16_t status_of(unsigned long object, const std::string &instance) const;
};

/* Fills options; prints the reason and exits 2 where it cannot. */
void options_parse(Options &options, int argc, char **argv);

#endif
