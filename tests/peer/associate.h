/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_ASSOCIATE_H
#define PEER_ASSOCIATE_H

#include "options.h"
#include "wire.h"

#include <map>

/* What an association stands on. */
struct Agreement {
	std::string calling, called;
	std::map<unsigned char, std::string> syntaxes; /* by presentation context ID; those accepted */
	bool window_proposed = false;
	unsigned window = 1; /* operations that the peer may have under way; PS3.7 D.3.3.3 */
	Bytes acceptance; /* the whole A-ASSOCIATE-AC */
};

/* Accept what the body of an A-ASSOCIATE-RQ (PS3.8 9.3.2) proposes, whatever the SOP
 * class, in the first syntax that the options allow. False if it cannot be read. */
bool associate(const Bytes &request, const Options &options, Agreement *agreed);

#endif
