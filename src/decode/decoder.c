/* SPDX-License-Identifier: BSD-3-Clause */
#include "decode/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wait.h"
#include "decode/locate.h"
#include "decode/protocol.h"

/* For a frame, and for the helper's start. */
#ifndef DECODE_TIMEOUT_MS
#define DECODE_TIMEOUT_MS 30000
#endif

/* What the helper may take besides what it was asked to: its libraries' own data. */
#define OWN_DATA (UINT64_C(64) << 20)

/* A slot has so much address space at most: more than twice what an element can hold. */
#define ROOM_MAX (UINT64_C(16) << 30)

/* A multiple of all machines' pages. */
#define ROOM_UNIT UINT64_C(65536)

/* Memory shared with a helper, which may write there at any time: what is read, is read once. */
struct slot {
	struct decode_area area;
	size_t size, frame_size; /* of the frame submitted */
	struct decoder_image image;
	bool lost; /* its helper has ended */
};

struct helper {
	pid_t pid; /* 0: there is none */
	int socket, memory;
	struct slot slots[DECODER_SLOTS / DECODER_HELPERS];
};

struct decoder {
	uint64_t memory_max, room; /* bytes of address space of each slot */
	struct helper helpers[DECODER_HELPERS];
	unsigned oldest, submitted; /* slots in use, oldest first; numbered through all helpers, in turn */
	char path[PATH_MAX];
};

struct decoder *
decoder_new(uint64_t memory_max)
{
	struct decoder *decoder = calloc(1, sizeof *decoder);

	if (!decoder)
		return NULL;
	decoder->memory_max = memory_max;
	decoder->room = memory_max < ROOM_MAX ? memory_max : ROOM_MAX;
	decoder->room += ROOM_UNIT - decoder->room % ROOM_UNIT;
	return decoder;
}

/* End the helper: its frames are lost. Returns how it ended, as waitpid has it; -1 if that cannot be told. */
static int
end_helper(struct helper *helper)
{
	int status = -1;
	pid_t pid;

	if (helper->pid == 0)
		return -1;
	close(helper->socket);
	close(helper->memory);
	kill(helper->pid, SIGKILL);
	do
		pid = waitpid(helper->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	helper->pid = 0;
	for (unsigned i = 0; i < DECODER_SLOTS / DECODER_HELPERS; i++) {
		decode_unmap(&helper->slots[i].area);
		helper->slots[i].lost = true;
	}
	return pid < 0 ? -1 : status;
}

/* The oldest frame is with this helper no more. */
static struct slot *
pass_oldest(struct decoder *decoder, struct helper **helper)
{
	const unsigned index = decoder->oldest;

	*helper = &decoder->helpers[index % DECODER_HELPERS];
	decoder->oldest = (index + 1) % DECODER_SLOTS;
	decoder->submitted--;
	return &(*helper)->slots[index / DECODER_HELPERS];
}

void
decoder_drop(struct decoder *decoder)
{
	struct helper *helper;

	while (decoder->submitted > 0)
		if (!pass_oldest(decoder, &helper)->lost)
			end_helper(helper);
}

void
decoder_free(struct decoder *decoder)
{
	for (unsigned i = 0; decoder && i < DECODER_HELPERS; i++)
		end_helper(&decoder->helpers[i]);
	free(decoder);
}

/* It has closed its end: say how it ended. */
static int
fail_ended(struct helper *helper, struct err *err)
{
	int status = end_helper(helper);
	const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(err, ERR_NO_INPUT, "the decoder made a system call that it must not make, and "
			"was ended");
	if (status != -1 && name)
		return err_set(err, ERR_NO_INPUT, "the decoder crashed (SIG%s)", name);
	return err_set(err, ERR_NO_INPUT, "the decoder ended unexpectedly");
}

static int
fail_nonsense(struct helper *helper, struct err *err)
{
	end_helper(helper);
	return err_set(err, ERR_NO_INPUT, "the decoder's answer is not valid");
}

/* Wait for a packet of that size from the helper. On failure the helper is ended. */
static int
receive(struct helper *helper, void *packet, size_t size, struct err *err)
{
	ssize_t got;

	switch (wait_fd(helper->socket, POLLIN, deadline_in(DECODE_TIMEOUT_MS), false)) {
	case WAIT_READY:
		break;
	case WAIT_TIMED_OUT:
		end_helper(helper);
		return err_set(err, ERR_NO_INPUT, "the decoder took longer than %d seconds",
			(DECODE_TIMEOUT_MS + 999) / 1000);
	default:
		end_helper(helper);
		return err_set(err, ERR_NO_INPUT, "the decoder cannot be waited for: %s", strerror(errno));
	}
	/* MSG_TRUNC: the packet's own size. A reset is told once, before the packets that came before it. */
	got = recv(helper->socket, packet, size, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0 && errno == ECONNRESET)
		got = recv(helper->socket, packet, size, MSG_DONTWAIT | MSG_TRUNC);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		return fail_ended(helper, err);
	return got == (ssize_t)size ? 0 : fail_nonsense(helper, err);
}

/* Every descriptor but these two closed, an empty environment; signals for the program, such as
 * those of a terminal, stay blocked in the helper: the program ends it. */
static int
spawn(const char *path, int socket, int memory, pid_t *pid)
{
	char *argv[] = { (char[]){ "mtls-storescu-decode" }, NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int rc;

	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rc = posix_spawn_file_actions_adddup2(&actions, socket, DECODE_FD);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, memory, DECODE_MEMORY_FD);
	for (int i = STDIN_FILENO; rc == 0 && i <= STDERR_FILENO; i++)
		rc = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, DECODE_MEMORY_FD + 1);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (rc == 0)
		rc = posix_spawn(pid, path, &actions, &attr, argv, envp);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Is it of our version, and confined? */
static int
check_hello(struct helper *helper, const struct decode_hello *hello, struct err *err)
{
	char text[sizeof hello->failure];
	size_t version = strnlen(hello->version, sizeof hello->version);
	size_t failure = strnlen(hello->failure, sizeof hello->failure);

	if (version == sizeof hello->version || failure == sizeof hello->failure)
		return fail_nonsense(helper, err);
	if (strcmp(hello->version, MTLS_VERSION) != 0) {
		err_set(err, ERR_NO_INPUT, "it is that of mtls-storescu %s, but this program is %s",
			text_harmless(text, sizeof text, hello->version, version), MTLS_VERSION);
		err_hint(err, "Install both from one version.");
	} else if (failure > 0) {
		err_set(err, ERR_NO_INPUT, "it cannot confine itself: %s",
			text_harmless(text, sizeof text, hello->failure, failure));
		err_hint(err, "Allow seccomp filters where it runs, or have the receiver accept the files' "
			"own transfer syntax.");
	} else {
		return 0;
	}
	end_helper(helper);
	return -1;
}

/* No more than this for its data; what is too large for the type is no limit. */
static void
limit_memory(pid_t pid, uint64_t memory_max)
{
#ifdef DECODE_SANITIZED
	(void)pid;
	(void)memory_max;
#else
	uint64_t most = memory_max + OWN_DATA;
	struct rlimit limit = { (rlim_t)most, (rlim_t)most };

	if (most > memory_max && limit.rlim_cur == most)
		prlimit(pid, RLIMIT_DATA, &limit, NULL);
#endif
}

/* A call failed with errno; if that was at a limit of this machine, the hint names it. */
static int
fail_call(const char *what, struct err *err)
{
	static const struct {
		int error;
		const char *hint;
	} limits[] = {
		{ EMFILE, "Raise the limit of open files of this process (ulimit -n)." },
		{ ENFILE, "Raise the limit of open files of this machine (sysctl fs.file-max)." },
		{ EAGAIN, "Raise the limit of processes (ulimit -u, or that of the container)." },
		{ ENOMEM, "Free memory on this machine, or raise the limit of it (ulimit -v, or that of the "
			"container)." },
		{ EFBIG, "Raise the limit of file sizes (ulimit -f), which also applies to shared memory, or "
			"lower --max-object-memory." },
	};
	const int error = errno;

	err_set(err, ERR_NO_INPUT, "%s: %s", what, strerror(error));
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (limits[i].error == error)
			err_hint(err, "%s", limits[i].hint);
	return -1;
}

/* Memory to be shared, none of it in use. Its descriptor is none that the helper wants another to have. */
static int
make_memory(uint64_t size)
{
	int made = memfd_create("frames", MFD_CLOEXEC | MFD_ALLOW_SEALING), fd = -1;

	if (made >= 0 && ftruncate(made, (off_t)size) == 0 &&
	    fcntl(made, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		fd = fcntl(made, F_DUPFD_CLOEXEC, DECODE_MEMORY_FD);
	if (made >= 0)
		close(made); /* which leaves errno alone */
	return fd;
}

/* Run the program. -1 with err. */
static int
launch(struct decoder *decoder, struct helper *helper, struct err *err)
{
	char what[PATH_MAX + 64];
	int fds[2], rc;

	if (decoder_locate(decoder->path, err) < 0)
		return -1;
	text_format(what, sizeof what, "the decoder program %s cannot be started", decoder->path);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return fail_call(what, err);
	helper->socket = fds[0];
	helper->memory = make_memory(decoder->room * (DECODER_SLOTS / DECODER_HELPERS));
	rc = helper->memory < 0 ? errno : spawn(decoder->path, fds[1], helper->memory, &helper->pid);
	close(fds[1]);
	if (rc == 0)
		return 0;
	helper->pid = 0;
	close(fds[0]);
	if (helper->memory >= 0)
		close(helper->memory);
	errno = rc;
	fail_call(what, err);
	return err_hint(err, "Reinstall mtls-storescu.");
}

static int
start_helper(struct decoder *decoder, struct helper *helper, struct err *err)
{
	struct decode_hello hello;
	struct rlimit space;

	if (launch(decoder, helper, err) < 0)
		return -1;
	if (receive(helper, &hello, sizeof hello, err) < 0 || check_hello(helper, &hello, err) < 0) {
		err_wrap(err, "the decoder program %s cannot be used", decoder->path);
		if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY)
			err_hint(err, "Raise the limit of memory (ulimit -v), or reinstall mtls-storescu "
				"with the libraries that it needs.");
		return err_hint(err, "Reinstall mtls-storescu with the libraries that it needs.");
	}
	limit_memory(helper->pid, decoder->memory_max);
	return 0;
}

int
decoder_submit(struct decoder *decoder, const char *syntax, const struct decoder_image *image,
	const void *bytes, size_t size, size_t frame_size, struct err *err)
{
	const uint64_t needed = DECODE_PIXELS_AT((uint64_t)size) + frame_size;
	/* A frame alone always goes to the first one: the second may not be needed. */
	const unsigned index = decoder->submitted == 0 ? 0 :
		(decoder->oldest + decoder->submitted) % DECODER_SLOTS;
	struct helper *helper = &decoder->helpers[index % DECODER_HELPERS];
	struct slot *slot = &helper->slots[index / DECODER_HELPERS];
	struct decode_request request;

	if (decoder->submitted == DECODER_SLOTS || needed > decoder->room)
		return err_set(err, ERR_INTERNAL, "more frames are submitted than the decoder has room for");
	if (helper->pid == 0 && start_helper(decoder, helper, err) < 0)
		return -1;
	memset(&request, 0, sizeof request); /* with the bytes between its members */
	request.offset = index / DECODER_HELPERS * decoder->room;
	request.map_size = needed;
	/* Some more: the next frame may be a little larger. */
	if (needed > slot->area.size && needed + needed / 8 < decoder->room)
		request.map_size += needed / 8;
	if (!decode_map(&slot->area, helper->memory, request.offset, (size_t)request.map_size))
		return fail_call("there is no memory to decode in", err);
	slot->size = request.size = size;
	slot->frame_size = request.frame_size = frame_size;
	slot->image = request.image = *image;
	slot->lost = false;
	request.slot = index;
	text_format(request.syntax, sizeof request.syntax, "%s", syntax);
	memcpy(slot->area.map, bytes, size);
	/* That the helper has ended shows when the frame is taken. */
	(void)!send(helper->socket, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (decoder->submitted++ == 0)
		decoder->oldest = index;
	return 0;
}

/* Does it tell of the same image, with words that are known? */
static bool
is_valid(const struct decoder_image *before, const struct decoder_image *after)
{
	const char *const words[] = { before->photometric, "RGB", "YBR_FULL" };
	bool known = false;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		known |= strncmp(after->photometric, words[i], sizeof after->photometric) == 0;
	return known && after->samples == before->samples && after->rows == before->rows &&
		after->columns == before->columns && after->allocated == before->allocated &&
		after->is_signed == before->is_signed && after->stored > 0 &&
		after->stored <= after->allocated && after->high_bit < after->allocated &&
		after->high_bit + 1 >= after->stored &&
		(after->planar <= 1 || after->planar == before->planar);
}

/* The answer's own sentence. The helper is ended: whatever hit it may be still in it. */
static int
fail_told(struct helper *helper, const struct decode_reply *reply, struct err *err)
{
	size_t len = strnlen(reply->text, sizeof reply->text);
	char text[sizeof reply->text];

	if (len == 0 || len == sizeof reply->text)
		return fail_nonsense(helper, err);
	end_helper(helper);
	err_set(err, ERR_NO_INPUT, "%s", text_harmless(text, sizeof text, reply->text, len));
	if (reply->result == DECODE_NO_MEMORY)
		err_hint(err, "Free memory on this machine, raise the limit of it (ulimit -v, or that of the "
			"container), or raise --max-object-memory.");
	return -1;
}

int
decoder_take(struct decoder *decoder, void *pixels, size_t frame_size, struct decoder_image *after,
	struct err *err)
{
	const unsigned index = decoder->oldest;
	struct decode_reply reply;
	struct helper *helper;
	struct slot *slot;

	if (decoder->submitted == 0)
		return err_set(err, ERR_INTERNAL, "no frame was submitted to the decoder");
	slot = pass_oldest(decoder, &helper);
	if (slot->lost)
		return err_set(err, ERR_NO_INPUT, "the decoder ended before, at another frame");
	if (frame_size != slot->frame_size) {
		end_helper(helper);
		return err_set(err, ERR_INTERNAL, "the frame taken is not of the size that was submitted");
	}
	if (receive(helper, &reply, sizeof reply, err) < 0)
		return -1;
	if (reply.slot != index || reply.result > DECODE_NO_MEMORY)
		return fail_nonsense(helper, err);
	if (reply.result != DECODE_DONE)
		return fail_told(helper, &reply, err);
	if (!is_valid(&slot->image, &reply.after))
		return fail_nonsense(helper, err);
	*after = reply.after;
	memcpy(pixels, slot->area.map + DECODE_PIXELS_AT(slot->size), frame_size);
	if (slot->area.size > DECODE_KEEP_MAX)
		fallocate(helper->memory, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			(off_t)(index / DECODER_HELPERS * decoder->room), (off_t)slot->area.size);
	return 0;
}
