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

/* Memory shared with the helper. It may write there at any time: what is read, is read once. */
struct slot {
	unsigned char *map; /* NULL: none */
	size_t map_size;
	size_t size, frame_size; /* of the frame submitted */
	struct decoder_image image;
};

struct decoder {
	uint64_t memory_max;
	pid_t pid; /* 0: there is no helper */
	int fd;
	struct slot slots[DECODE_SLOTS];
	unsigned oldest, submitted; /* slots in use, oldest first */
	unsigned lost;		    /* of them, the oldest: their helper has ended */
	char path[PATH_MAX];
};

struct decoder *
decoder_new(uint64_t memory_max)
{
	struct decoder *decoder = calloc(1, sizeof *decoder);

	if (decoder)
		decoder->memory_max = memory_max;
	return decoder;
}

unsigned
decoder_slots(const struct decoder *decoder)
{
	return sizeof decoder->slots / sizeof *decoder->slots;
}

static void
slot_clear(struct slot *slot)
{
	if (slot->map)
		munmap(slot->map, slot->map_size);
	memset(slot, 0, sizeof *slot);
}

/* End the helper. Returns how it ended, as waitpid has it; -1 if that cannot be told. */
static int
end_helper(struct decoder *decoder)
{
	int status = -1;
	pid_t pid;

	if (decoder->pid == 0)
		return -1;
	close(decoder->fd);
	kill(decoder->pid, SIGKILL);
	do
		pid = waitpid(decoder->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	decoder->pid = 0;
	decoder->lost = decoder->submitted;
	for (unsigned i = 0; i < DECODE_SLOTS; i++)
		slot_clear(&decoder->slots[i]);
	return pid < 0 ? -1 : status;
}

void
decoder_drop(struct decoder *decoder)
{
	if (decoder->submitted > decoder->lost)
		end_helper(decoder);
	decoder->submitted = decoder->lost = 0;
}

void
decoder_free(struct decoder *decoder)
{
	if (!decoder)
		return;
	end_helper(decoder);
	free(decoder);
}

/* It has closed its end: say how it ended. */
static int
fail_ended(struct decoder *decoder, struct err *err)
{
	int status = end_helper(decoder);
	const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;

	if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return err_set(err, ERR_NO_INPUT, "the decoder made a system call that it must not make, and "
			"was ended");
	if (status != -1 && name)
		return err_set(err, ERR_NO_INPUT, "the decoder crashed (SIG%s)", name);
	return err_set(err, ERR_NO_INPUT, "the decoder ended unexpectedly");
}

static int
fail_nonsense(struct decoder *decoder, struct err *err)
{
	end_helper(decoder);
	return err_set(err, ERR_NO_INPUT, "the decoder's answer is not valid");
}

/* Wait for a packet of that size. On failure the helper is ended. */
static int
receive(struct decoder *decoder, void *packet, size_t size, struct err *err)
{
	ssize_t got;

	switch (wait_fd(decoder->fd, POLLIN, deadline_in(DECODE_TIMEOUT_MS), false)) {
	case WAIT_READY:
		break;
	case WAIT_TIMED_OUT:
		end_helper(decoder);
		return err_set(err, ERR_NO_INPUT, "the decoder took longer than %d seconds",
			(DECODE_TIMEOUT_MS + 999) / 1000);
	default:
		end_helper(decoder);
		return err_set(err, ERR_NO_INPUT, "the decoder cannot be waited for: %s", strerror(errno));
	}
	/* MSG_TRUNC: the packet's own size. A reset is told once, before the packets that came before it. */
	got = recv(decoder->fd, packet, size, MSG_DONTWAIT | MSG_TRUNC);
	if (got < 0 && errno == ECONNRESET)
		got = recv(decoder->fd, packet, size, MSG_DONTWAIT | MSG_TRUNC);
	if (got == 0 || (got < 0 && errno != EAGAIN))
		return fail_ended(decoder, err);
	return got == (ssize_t)size ? 0 : fail_nonsense(decoder, err);
}

/* Every descriptor but the socket closed, an empty environment; signals for the program, such as
 * those of a terminal, stay blocked in the helper: the program ends it. */
static int
spawn(const char *path, int fd, pid_t *pid)
{
	char *argv[] = { (char[]){ "mtls-storescu-decode" }, NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	int rc;

	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attr);
	rc = posix_spawn_file_actions_adddup2(&actions, fd, DECODE_FD);
	for (int i = STDIN_FILENO; rc == 0 && i <= STDERR_FILENO; i++)
		rc = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, DECODE_FD + 1);
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
check_hello(struct decoder *decoder, struct decode_hello *hello, struct err *err)
{
	char text[sizeof hello->failure];
	size_t version = strnlen(hello->version, sizeof hello->version);
	size_t failure = strnlen(hello->failure, sizeof hello->failure);

	if (version == sizeof hello->version || failure == sizeof hello->failure)
		return fail_nonsense(decoder, err);
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
	end_helper(decoder);
	return -1;
}

/* No more than this for its data; what is too large for the type is no limit. */
static void
limit_memory(const struct decoder *decoder)
{
#ifdef DECODE_SANITIZED
	(void)decoder;
#else
	uint64_t most = decoder->memory_max + OWN_DATA;
	struct rlimit limit = { (rlim_t)most, (rlim_t)most };

	if (most > decoder->memory_max && limit.rlim_cur == most)
		prlimit(decoder->pid, RLIMIT_DATA, &limit, NULL);
#endif
}

static int
start_helper(struct decoder *decoder, struct err *err)
{
	struct decode_hello hello;
	int fds[2], rc;

	if (decoder_locate(decoder->path, err) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return err_set(err, ERR_NO_INPUT, "the decoder program cannot be started: %s",
			strerror(errno));
	rc = spawn(decoder->path, fds[1], &decoder->pid);
	close(fds[1]);
	if (rc != 0) {
		decoder->pid = 0;
		close(fds[0]);
		err_set(err, ERR_NO_INPUT, "the decoder program %s cannot be started: %s", decoder->path,
			strerror(rc));
		return err_hint(err, "Reinstall mtls-storescu.");
	}
	decoder->fd = fds[0];
	if (receive(decoder, &hello, sizeof hello, err) < 0 || check_hello(decoder, &hello, err) < 0) {
		err_wrap(err, "the decoder program %s cannot be used", decoder->path);
		return err_hint(err, "Reinstall mtls-storescu with the libraries that it needs.");
	}
	limit_memory(decoder);
	return 0;
}

/* Memory for so many bytes. Returns its descriptor, to be sent; -1 with err. */
static int
slot_allocate(struct slot *slot, size_t size, struct err *err)
{
	int fd = memfd_create("frame", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	void *map = MAP_FAILED;

	slot_clear(slot);
	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		err_set(err, ERR_NO_INPUT, "there is no memory to decode in: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	slot->map = map;
	slot->map_size = size;
	return fd;
}

/* With the descriptor, unless that is -1. That the helper has ended shows when frames are taken. */
static void
send_request(int socket, const struct decode_request *request, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = { 0 };
	struct decode_request packet = *request;
	struct iovec iov = { &packet, sizeof packet };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(header), &fd, sizeof fd);
	}
	(void)!sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int
decoder_submit(struct decoder *decoder, const char *syntax, const struct decoder_image *image,
	const void *bytes, size_t size, size_t frame_size, struct err *err)
{
	unsigned index = (decoder->oldest + decoder->submitted) % DECODE_SLOTS;
	uint64_t needed = DECODE_PIXELS_AT((uint64_t)size) + frame_size;
	struct slot *slot = &decoder->slots[index];
	struct decode_request request;
	int fd = -1;

	if (decoder->submitted == DECODE_SLOTS)
		return err_set(err, ERR_INTERNAL, "more frames are submitted than the decoder has room for");
	if (decoder->pid == 0 && start_helper(decoder, err) < 0)
		return -1;
	memset(&request, 0, sizeof request); /* with the bytes between its members */
	if (needed > slot->map_size) {
		/* Some more: the next frame may be a little larger. */
		request.map_size = needed + needed / 8;
		fd = slot_allocate(slot, (size_t)request.map_size, err);
		if (fd < 0)
			return -1;
	}
	slot->size = request.size = size;
	slot->frame_size = request.frame_size = frame_size;
	slot->image = request.image = *image;
	request.slot = index;
	text_format(request.syntax, sizeof request.syntax, "%s", syntax);
	memcpy(slot->map, bytes, size);
	send_request(decoder->fd, &request, fd);
	if (fd >= 0)
		close(fd);
	decoder->submitted++;
	return 0;
}

/* Does it tell of the same image, with words that are known? */
static bool
is_valid(const struct decoder_image *before, const struct decoder_image *after)
{
	static const char *const known[] = { "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB",
		"YBR_FULL" };

	if (after->samples != before->samples || after->rows != before->rows ||
	    after->columns != before->columns || after->allocated != before->allocated ||
	    after->is_signed != before->is_signed || after->stored == 0 ||
	    after->stored > after->allocated || after->high_bit >= after->allocated ||
	    after->high_bit + 1 < after->stored || (after->planar > 1 && after->planar != before->planar))
		return false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strncmp(after->photometric, known[i], sizeof after->photometric) == 0)
			return true;
	return strncmp(after->photometric, before->photometric, sizeof after->photometric) == 0;
}

/* The answer's own sentence. The helper is ended: whatever hit it may be still in it. */
static int
fail_told(struct decoder *decoder, const struct decode_reply *reply, struct err *err)
{
	size_t len = strnlen(reply->text, sizeof reply->text);
	char text[sizeof reply->text];

	if (len == 0 || len == sizeof reply->text)
		return fail_nonsense(decoder, err);
	end_helper(decoder);
	return err_set(err, ERR_NO_INPUT, "%s", text_harmless(text, sizeof text, reply->text, len));
}

int
decoder_take(struct decoder *decoder, void *pixels, size_t frame_size, struct decoder_image *after,
	struct err *err)
{
	unsigned index = decoder->oldest;
	struct slot *slot = &decoder->slots[index];
	struct decode_reply reply;

	if (decoder->submitted == 0)
		return err_set(err, ERR_INTERNAL, "no frame was submitted to the decoder");
	decoder->oldest = (index + 1) % DECODE_SLOTS;
	decoder->submitted--;
	if (decoder->lost > 0) {
		decoder->lost--;
		return err_set(err, ERR_NO_INPUT, "the decoder ended before, at another frame");
	}
	if (frame_size != slot->frame_size) {
		end_helper(decoder);
		return err_set(err, ERR_INTERNAL, "the frame taken is not of the size that was submitted");
	}
	if (receive(decoder, &reply, sizeof reply, err) < 0)
		return -1;
	if (reply.slot != index || reply.failed > 1)
		return fail_nonsense(decoder, err);
	if (reply.failed)
		return fail_told(decoder, &reply, err);
	if (!is_valid(&slot->image, &reply.after))
		return fail_nonsense(decoder, err);
	*after = reply.after;
	memcpy(pixels, slot->map + DECODE_PIXELS_AT(slot->size), frame_size);
	if (slot->map_size > DECODE_KEEP_MAX)
		slot_clear(slot);
	return 0;
}
