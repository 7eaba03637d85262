/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

Sighting
Memory::meet(const std::string &sop_instance)
{
	std::lock_guard<std::mutex> lock(mutex_);
	Sighting &sighting = observed_[sop_instance];

	sighting.object = ++objects_;
	if (++sighting.times == 1)
		sighting.distinct = observed_.size();
	return sighting;
}

void
Memory::stored(const std::string &sop_instance)
{
	std::lock_guard<std::mutex> lock(mutex_);

	observed_[sop_instance].stored = true;
}
