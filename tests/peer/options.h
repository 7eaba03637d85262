/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_OPTIONS_H
#define PEER_OPTIONS_H

#include "memory.h"

#include <cstdint>
#include <string>
#include <vector>

/* What the test receiver is told to do; without options it does as IRIS. */

enum class Silence { never, connect, tls, associate, data, store, echo, release };

/* Which answers get a status: the n-th object, every n-th, one instance, all;
 * or only the first answer to every n-th distinct instance, or to one. */
struct StatusRule {
	enum When { at, every, uid, always, once_every, once_uid } when = always;
	uint16_t status = 0;
	unsigned long n = 0;
	std::string instance;

	bool matches(const Sighting &sighting, const std::string &sop_instance) const;
};

/* The three codes of an A-ASSOCIATE-RJ (PS3.8 9.3.4). */
struct Rejection {
	bool given = false;
	unsigned char result = 0;
	unsigned char source = 0;
	unsigned char reason = 0;
};

/* Objects are counted over the whole run, from 1; 0 means never. */
struct Options {
	uint16_t port = 0;
	unsigned lifetime = 900; /* s */
	unsigned long count = 0; /* associations, then exit; 0: no end */
	bool tls = false;
	std::string key, cert, ca;
	std::string calling, called; /* the gates; empty: open */
	std::vector<std::string> syntaxes; /* UIDs; one that ends in '.' or is empty: a prefix */
	std::string only_class;
	bool verification = false;
	bool empty_row = false;
	uint32_t max_pdu = 16384; /* as announced */
	std::vector<StatusRule> statuses; /* the first that matches counts */
	uint16_t echo_status = 0;
	std::string comment;
	std::vector<uint32_t> offending; /* tags */
	unsigned delay = 0; /* ms */
	unsigned long abort_at = 0, abort_mid = 0, close_at = 0, wrong_id = 0, release_instead = 0;
	std::vector<std::string> abort_uids, drop_uids, mute_uids; /* SOP instances */
	bool duplicate_0111 = false;
	Silence silence = Silence::never;
	Rejection reject;
	bool concurrent = false;
	bool reject_when_busy = false;
	bool garbage = false;
	bool huge_pdu = false;
	bool ignore = false;
	bool fast_receiver = false;
	bool windowed = false; /* lean: answer a proposed asynchronous operations window */
	unsigned window = 0; /* with this one at most; 0: what is asked for */
	bool shuffle = false;
	std::string out, log;

	uint16_t status(const Sighting &sighting, const std::string &sop_instance) const;
	bool accepts_syntax(const char *uid) const;
};

/* Read the command line; what is wrong with it ends the program with 2. */
Options options_parse(int argc, char **argv);

#endif
