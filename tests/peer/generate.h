/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_GENERATE_H
#define PEER_GENERATE_H

#include <string>
#include <vector>

/*
 * Many small objects in Part 10 files, written by hand so that a hundred
 * thousand take seconds. The same recipe makes the same bytes.
 */

/* How an object is encoded (PS3.5 annex A). */
struct Syntax {
	const char *name, *uid;
	bool big_endian, implicit, deflated;
	const char *frame; /* its one frame in hexadecimal; null: not compressed */
};

/* Null if there is none of that name. */
const Syntax *syntax_named(const std::string &name);

struct Recipe {
	std::string dir;
	unsigned long objects = 100;
	unsigned long studies = 1; /* each with its share of the objects, one after the other */
	unsigned long classes = 20; /* they alternate */
	std::vector<const Syntax *> syntaxes; /* not empty; they alternate, slower */
	unsigned long size = 0; /* bytes of trailing padding */
	unsigned long seed = 1; /* of the UIDs */
	bool nested = false; /* directories and names of every kind; else IM000001 and so on */
};

/* How many SOP classes there are to choose from. */
unsigned long generate_classes();

/* Throws std::runtime_error, or what the standard library throws. */
void generate(const Recipe &recipe);

#endif
