/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/scatter.h"

#include <errno.h>
#include <string.h>

bool
scatter_add(struct scatter *scatter, void *place, size_t size)
{
	if (size == 0)
		return true;
	if (scatter->count == SCATTER_MAX)
		return false;
	scatter->places[scatter->count++] = (struct iovec){ place, size };
	scatter->left += size;
	return true;
}

/* This many bytes were stored. */
static void
advance(struct scatter *scatter, size_t size)
{
	scatter->left -= size;
	while (size > 0) {
		struct iovec *place = &scatter->places[scatter->first];
		size_t n = size < place->iov_len ? size : place->iov_len;

		place->iov_base = (char *)place->iov_base + n;
		place->iov_len -= n;
		size -= n;
		if (place->iov_len == 0)
			scatter->first++;
	}
}

void
scatter_put(struct scatter *scatter, const void *bytes, size_t size)
{
	const char *from = bytes;

	while (size > 0) {
		const struct iovec *place = &scatter->places[scatter->first];
		size_t n = size < place->iov_len ? size : place->iov_len;

		memcpy(place->iov_base, from, n);
		advance(scatter, n);
		from += n;
		size -= n;
	}
}

/* One read of at most size bytes. */
static ssize_t
read_some(const struct scatter *scatter, int fd, uint64_t offset, size_t size)
{
	struct iovec places[SCATTER_MAX];
	int count = 0;

	for (size_t i = scatter->first; size > 0; i++) {
		places[count] = scatter->places[i];
		if (places[count].iov_len > size)
			places[count].iov_len = size;
		size -= places[count++].iov_len;
	}
	return preadv(fd, places, count, (off_t)offset);
}

int
scatter_read(struct scatter *scatter, int fd, uint64_t offset, size_t size, struct err *err)
{
	while (size > 0) {
		ssize_t n = read_some(scatter, fd, offset, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_NO_INPUT, "cannot be read: %s", strerror(errno));
		if (n == 0)
			return err_set(err, ERR_NO_INPUT, "was truncated while it was being sent");
		advance(scatter, (size_t)n);
		offset += (size_t)n;
		size -= (size_t)n;
	}
	return 0;
}
