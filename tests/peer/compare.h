/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PEER_COMPARE_H
#define PEER_COMPARE_H

#include <string>

/*
 * Does every object below the one directory stand below the other with an equal
 * data set? By SOP Instance UID, whatever the files are called. Transfer syntax,
 * lengths, group lengths and group 2 do not count; pixel data that is compressed
 * on one side only counts as different unless ignored.
 *
 * A line on stdout for each object that is missing, different, extra, or not
 * readable; then one with their numbers. True if all are 0.
 */
bool compare(const std::string &sent, const std::string &received, bool ignore_pixels);

#endif
