/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The least that a sender has to do: what mtls-storescu is measured against.
 * Mutual TLS as it does it, PDUs that are ready before the clock matters, and
 * nothing read, chosen, checked or told that the protocol does not ask for.
 *
 *     floor [-k KEYS] [-t TRUST] [-p PASSWORD] [-s SERVER] [-w WINDOW] PORT WORK...
 *
 *     start                  associate and release
 *     bytes N [FILE]         one object with N bytes of pixels, made up; with FILE its last N bytes,
 *                            which are read while they are sent
 *     messages COUNT FILE    the object in FILE, COUNT times, each after the answer to the one
 *                            before; with -w up to WINDOW at a time, if the receiver agrees
 *
 * KEYS and TRUST are PKCS#12 (PASSWORD: changeit) or PEM. The certificate has
 * to be for SERVER (iris). The receiver is at 127.0.0.1.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>

#define PIECE	    (128 * 1024)     /* bytes handed to SSL_write at once, at most */
#define WIRE_BUFFER (PIECE + 8 * 1024) /* what becomes of them under TLS leaves in one write */
#define PDU_LIMIT   131072	     /* bytes of a PDU, without its head; DCMTK's own limit */
#define PLACES	    64
#define CONTEXT	    1

enum { ASSOCIATE_RQ = 1, ASSOCIATE_AC, P_DATA = 4, RELEASE_RQ, RELEASE_RP };
enum { DATA = 0, COMMAND = 1, LAST = 2 }; /* PS3.8 E.2 */

static const char ct_image[] = "1.2.840.10008.5.1.4.1.1.2";
static const char explicit_little[] = "1.2.840.10008.1.2.1";
static const char made_up_uid[] = "2.25.290174530821364";

/* Bytes being put together. */
struct buffer {
	unsigned char *bytes;
	size_t size, room;
};

struct object {
	char class[65], instance[65], syntax[65];
	struct buffer data_set;
	int pixels; /* descriptor of the file that they are in, -1: zeros will do */
	off_t pixels_at;
};

struct line {
	SSL *ssl;
	unsigned char in[65536];
	size_t have;	/* bytes in it */
	size_t pdu_max; /* what the receiver takes */
	unsigned window;
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("floor: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	ERR_print_errors_fp(stderr);
	exit(1);
}

/* --- bytes */

static void
put(struct buffer *to, const void *bytes, size_t size)
{
	if (to->size + size > to->room) {
		to->room = 2 * to->room + size;
		to->bytes = realloc(to->bytes, to->room);
		if (!to->bytes)
			die("out of memory");
	}
	if (size > 0)
		memcpy(to->bytes + to->size, bytes, size);
	to->size += size;
}

static void
put_big(struct buffer *to, size_t value, unsigned bytes)
{
	while (bytes-- > 0)
		put(to, &(unsigned char){ (unsigned char)(value >> 8 * bytes) }, 1);
}

static void
put_little(struct buffer *to, size_t value, unsigned bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		put(to, &(unsigned char){ (unsigned char)value }, 1);
}

static size_t
big32(const unsigned char *at)
{
	return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

static unsigned
big16(const unsigned char *at)
{
	return (unsigned)(at[0] << 8 | at[1]);
}

static size_t
little32(const unsigned char *at)
{
	return (size_t)at[3] << 24 | (size_t)at[2] << 16 | (size_t)at[1] << 8 | at[0];
}

static unsigned
little16(const unsigned char *at)
{
	return (unsigned)(at[1] << 8 | at[0]);
}

/* --- TLS */

static void
use_pem(SSL_CTX *context, const char *keys, const char *trust)
{
	if (SSL_CTX_use_certificate_chain_file(context, keys) != 1 ||
	    SSL_CTX_use_PrivateKey_file(context, keys, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_load_verify_file(context, trust) != 1)
		die("cannot use %s and %s", keys, trust);
}

static void
open_store(const char *path, const char *password, EVP_PKEY **key, X509 **cert, STACK_OF(X509) **others)
{
	FILE *file = fopen(path, "r");
	PKCS12 *store = file ? d2i_PKCS12_fp(file, NULL) : NULL;

	if (!store || PKCS12_parse(store, password, key, cert, others) != 1)
		die("cannot open %s", path);
	PKCS12_free(store);
	fclose(file);
}

static void
use_stores(SSL_CTX *context, const char *keys, const char *trust, const char *password)
{
	EVP_PKEY *key = NULL, *no_key = NULL;
	X509 *cert = NULL, *no_cert = NULL;
	STACK_OF(X509) *chain = NULL, *trusted = NULL;

	open_store(keys, password, &key, &cert, &chain);
	if (SSL_CTX_use_cert_and_key(context, cert, key, chain, 1) != 1)
		die("cannot use %s", keys);
	open_store(trust, password, &no_key, &no_cert, &trusted);
	for (int i = 0; i < sk_X509_num(trusted); i++)
		X509_STORE_add_cert(SSL_CTX_get_cert_store(context), sk_X509_value(trusted, i));
}

static bool
is_pem(const char *path)
{
	char first[5] = "";
	FILE *file = fopen(path, "r");

	if (!file)
		die("cannot open %s: %s", path, strerror(errno));
	if (fread(first, 1, sizeof first, file) < sizeof first)
		first[0] = '\0';
	fclose(file);
	return first[0] != 0x30; /* an ASN.1 SEQUENCE */
}

static SSL_CTX *
make_context(const char *keys, const char *trust, const char *password)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		die("no TLS");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	if (is_pem(keys))
		use_pem(context, keys, trust);
	else
		use_stores(context, keys, trust, password);
	return context;
}

static int
dial(uint16_t port)
{
	struct sockaddr_in address = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		die("cannot connect: %s", strerror(errno));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return fd;
}

/* With a buffer below, else each 16 KiB would be a write of its own; and one read for an answer, not two. */
static void
do_handshake(struct line *line, SSL_CTX *context, char *server, uint16_t port)
{
	BIO *buffer = BIO_new(BIO_f_buffer());

	line->ssl = SSL_new(context);
	if (!line->ssl || !buffer || !SSL_set_fd(line->ssl, dial(port)) || !SSL_set1_host(line->ssl, server) ||
	    !SSL_set_tlsext_host_name(line->ssl, server) || SSL_connect(line->ssl) != 1)
		die("no handshake");
	if (BIO_set_write_buffer_size(buffer, WIRE_BUFFER) != 1)
		die("out of memory");
	SSL_set_read_ahead(line->ssl, 1);
	SSL_set0_wbio(line->ssl, BIO_push(buffer, SSL_get_wbio(line->ssl)));
}

static void
say(struct line *line, const unsigned char *bytes, size_t size)
{
	while (size > 0) {
		int piece = size < PIECE ? (int)size : PIECE;

		if (SSL_write(line->ssl, bytes, piece) != piece || BIO_flush(SSL_get_wbio(line->ssl)) != 1)
			die("the connection is lost");
		bytes += piece;
		size -= (size_t)piece;
	}
}

/* Have a whole PDU at the beginning of line->in. Its size. */
static size_t
hear(struct line *line)
{
	for (;;) {
		size_t whole = line->have >= 6 ? 6 + big32(line->in + 2) : 6;
		int got;

		if (whole > sizeof line->in)
			die("an answer is too long");
		if (line->have >= whole && line->have >= 6)
			return whole;
		got = SSL_read(line->ssl, line->in + line->have, (int)(sizeof line->in - line->have));
		if (got <= 0)
			die("the connection is lost");
		line->have += (size_t)got;
	}
}

static void
forget(struct line *line, size_t size)
{
	line->have -= size;
	memmove(line->in, line->in + size, line->have);
}

/* --- the association, PS3.8 9.3.2 */

static size_t
begin_item(struct buffer *to, unsigned type)
{
	put_big(to, type << 8, 2);
	put_big(to, 0, 2);
	return to->size;
}

static void
end_item(struct buffer *to, size_t begin)
{
	to->bytes[begin - 2] = (unsigned char)((to->size - begin) >> 8);
	to->bytes[begin - 1] = (unsigned char)(to->size - begin);
}

static void
put_uid_item(struct buffer *to, unsigned type, const char *uid)
{
	size_t begin = begin_item(to, type);

	put(to, uid, strlen(uid));
	end_item(to, begin);
}

static void
put_context(struct buffer *to, const char *class, const char *syntax)
{
	size_t begin = begin_item(to, 0x20);

	put_big(to, CONTEXT << 24, 4);
	put_uid_item(to, 0x30, class);
	put_uid_item(to, 0x40, syntax);
	end_item(to, begin);
}

static void
put_user(struct buffer *to, unsigned window)
{
	size_t begin = begin_item(to, 0x50), length = begin_item(to, 0x51), operations;

	put_big(to, 16384, 4);
	end_item(to, length);
	put_uid_item(to, 0x52, "2.25.132071486371021341640932451211317254701");
	if (window != 1) {
		operations = begin_item(to, 0x53);
		put_big(to, window, 2);
		put_big(to, 1, 2);
		end_item(to, operations);
	}
	end_item(to, begin);
}

static void
ask(struct line *line, const struct object *object, unsigned window)
{
	static const char titles[] = "IRIS_PDF_SCU    DCM_PDF_SCP     ";
	static const unsigned char reserved[32] = { 0 };
	struct buffer body = { 0 }, pdu = { 0 };

	put_big(&body, 0x00010000, 4);
	put(&body, titles, sizeof titles - 1);
	put(&body, reserved, sizeof reserved);
	put_uid_item(&body, 0x10, "1.2.840.10008.3.1.1.1");
	put_context(&body, object->class, object->syntax);
	put_user(&body, window);
	put_big(&pdu, ASSOCIATE_RQ << 8, 2);
	put_big(&pdu, body.size, 4);
	put(&pdu, body.bytes, body.size);
	say(line, pdu.bytes, pdu.size);
	free(body.bytes);
	free(pdu.bytes);
}

/* What the items of an A-ASSOCIATE-AC say, those within user information too. */
static void
read_items(struct line *line, const unsigned char *at, size_t size)
{
	while (size >= 4) {
		size_t length = big16(at + 2);

		if (length > size - 4)
			die("the association's answer is malformed");
		if (*at == 0x50)
			read_items(line, at + 4, length);
		if (*at == 0x21 && length >= 4 && at[4 + 2] != 0)
			die("the context is refused");
		if (*at == 0x51 && length == 4)
			line->pdu_max = big32(at + 4);
		if (*at == 0x53 && length == 4)
			line->window = big16(at + 4);
		at += 4 + length;
		size -= 4 + length;
	}
}

static void
associate(struct line *line, const struct object *object, unsigned window)
{
	size_t size;

	ask(line, object, window);
	size = hear(line);
	if (line->in[0] != ASSOCIATE_AC || size < 74)
		die("the association is refused");
	line->window = 1;
	read_items(line, line->in + 74, size - 74);
	if (line->pdu_max == 0 || line->pdu_max > PDU_LIMIT)
		line->pdu_max = PDU_LIMIT;
	forget(line, size);
}

static void
release(struct line *line)
{
	static const unsigned char request[] = { RELEASE_RQ, 0, 0, 0, 0, 4, 0, 0, 0, 0 };

	say(line, request, sizeof request);
	hear(line);
	if (line->in[0] != RELEASE_RP)
		die("no release");
	SSL_shutdown(line->ssl);
	BIO_flush(SSL_get_wbio(line->ssl));
}

/* --- messages */

static void
put_pdu_head(struct buffer *to, size_t fragment, unsigned control)
{
	put_big(to, P_DATA << 8, 2);
	put_big(to, fragment + 6, 4);
	put_big(to, fragment + 2, 4);
	put_big(to, CONTEXT << 8 | control, 2);
}

/* An element of a command set, implicit little endian (PS3.7 6.3.1). */
static void
put_element(struct buffer *to, unsigned element, const void *value, size_t size)
{
	put_little(to, element << 16, 4);
	put_little(to, size + size % 2, 4);
	put(to, value, size);
	put(to, "", size % 2);
}

static void
put_us(struct buffer *to, unsigned element, unsigned value)
{
	put_element(to, element, (unsigned char[]){ (unsigned char)value, (unsigned char)(value >> 8) }, 2);
}

/* The PDU of a C-STORE-RQ (PS3.7 9.3.1.1). Returns where its message ID stands. */
static size_t
put_command(struct buffer *to, const struct object *object)
{
	struct buffer body = { 0 };
	size_t id, begin = to->size;

	put_element(&body, 0x0002, object->class, strlen(object->class));
	put_us(&body, 0x0100, 0x0001);
	id = body.size + 8;
	put_us(&body, 0x0110, 0);
	put_us(&body, 0x0700, 0);
	put_us(&body, 0x0800, 0x0001);
	put_element(&body, 0x1000, object->instance, strlen(object->instance));
	put_pdu_head(to, 12 + body.size, COMMAND | LAST);
	put_little(to, 0, 4);
	put_little(to, 4, 4);
	put_little(to, body.size, 4);
	put(to, body.bytes, body.size);
	free(body.bytes);
	return begin + 24 + id;
}

/* Fragments are even (PS3.8 F.1). */
static size_t
fragment_max(const struct line *line)
{
	return (line->pdu_max - 6) & ~(size_t)1;
}

static void
put_data(struct buffer *to, const struct line *line, const struct object *object)
{
	const struct buffer *data = &object->data_set;
	size_t max = fragment_max(line);

	for (size_t at = 0, n; at < data->size; at += n) {
		n = data->size - at < max ? data->size - at : max;
		put_pdu_head(to, n, DATA | (at + n == data->size ? LAST : 0));
		put(to, data->bytes + at, n);
	}
}

/* The answer to one message, whichever it is. */
static void
hear_success(struct line *line)
{
	size_t size = hear(line), at = 12;
	unsigned status = 0xFFFF;

	if (line->in[0] != P_DATA)
		die("an answer is none");
	while (at + 8 <= size && little32(line->in + at + 4) <= size - at - 8) {
		if (little32(line->in + at) == 0x0900u << 16)
			status = little16(line->in + at + 8);
		at += 8 + little32(line->in + at + 4);
	}
	if (status != 0)
		die("status %04XH", status);
	forget(line, size);
}

static void
send_messages(struct line *line, const struct object *object, unsigned long count)
{
	struct buffer message = { 0 };
	size_t id = put_command(&message, object);
	unsigned long sent = 0, answered = 0;

	put_data(&message, line, object);
	while (answered < count) {
		while (sent < count && (line->window == 0 || sent - answered < line->window)) {
			sent++;
			message.bytes[id] = (unsigned char)sent;
			message.bytes[id + 1] = (unsigned char)(sent >> 8);
			say(line, message.bytes, message.size);
		}
		hear_success(line);
		answered++;
	}
	free(message.bytes);
}

/* Read the next count times size bytes of pixels into PDUs that stand one behind the other. */
static void
read_pixels(const struct object *object, off_t *at, struct buffer *pdus, size_t count, size_t size)
{
	struct iovec places[PLACES];

	if (object->pixels < 0)
		return;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct iovec){ pdus->bytes + i * (size + 12) + 12, size };
	if (preadv(object->pixels, places, (int)count, *at) != (ssize_t)(count * size))
		die("cannot read the pixels: %s", strerror(errno));
	*at += (off_t)(count * size);
}

/* The data set is its head and so many bytes: PDUs, as many as fit into a piece. */
static void
send_bytes(struct line *line, const struct object *object, size_t size)
{
	struct buffer message = { 0 }, pdus = { 0 };
	size_t max = fragment_max(line), count = PIECE / (max + 12) > 0 ? PIECE / (max + 12) : 1;
	unsigned char *zeros = calloc(1, max);
	off_t at = object->pixels_at;

	if (!zeros)
		die("out of memory");
	if (count > PLACES)
		count = PLACES;
	put_command(&message, object);
	put_pdu_head(&message, object->data_set.size, DATA);
	put(&message, object->data_set.bytes, object->data_set.size);
	say(line, message.bytes, message.size);
	for (size_t i = 0; i < count; i++) {
		put_pdu_head(&pdus, max, DATA);
		put(&pdus, zeros, max);
	}
	for (; size > count * max; size -= count * max) {
		read_pixels(object, &at, &pdus, count, max);
		say(line, pdus.bytes, pdus.size);
	}
	for (; size > max; size -= max) {
		read_pixels(object, &at, &pdus, 1, max);
		say(line, pdus.bytes, max + 12);
	}
	pdus.size = 0;
	put_pdu_head(&pdus, size, DATA | LAST);
	put(&pdus, zeros, size);
	read_pixels(object, &at, &pdus, 1, size);
	say(line, pdus.bytes, pdus.size);
	hear_success(line);
	free(zeros);
	free(pdus.bytes);
	free(message.bytes);
}

/* --- objects */

static void
put_explicit_uid(struct buffer *to, unsigned element, const char *uid)
{
	size_t size = strlen(uid);

	put_little(to, element << 16 | 0x0008, 4);
	put(to, "UI", 2);
	put_little(to, size + size % 2, 2);
	put(to, uid, size + size % 2);
}

/* A data set up to the value of its Pixel Data, of so many bytes: the last ones of a file, or zeros. */
static struct object
make_up(size_t pixels, const char *path)
{
	struct object object = { .pixels = -1 };
	struct stat status;

	if (path) {
		object.pixels = open(path, O_RDONLY | O_CLOEXEC);
		if (object.pixels < 0 || fstat(object.pixels, &status) < 0 || (size_t)status.st_size < pixels)
			die("%s has no %zu bytes to be read", path, pixels);
		object.pixels_at = status.st_size - (off_t)pixels;
	}

	if (pixels > 0xFFFFFFFE || pixels % 2)
		die("%zu bytes of pixels are too many, or odd", pixels);
	strcpy(object.class, ct_image);
	strcpy(object.instance, made_up_uid);
	strcpy(object.syntax, explicit_little);
	put_explicit_uid(&object.data_set, 0x0016, ct_image);
	put_explicit_uid(&object.data_set, 0x0018, made_up_uid);
	put_little(&object.data_set, 0x00107FE0, 4);
	put(&object.data_set, "OW\0", 4);
	put_little(&object.data_set, pixels, 4);
	return object;
}

static struct buffer
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	struct buffer whole = { 0 };
	struct stat status;

	if (!file || fstat(fileno(file), &status) < 0)
		die("cannot read %s: %s", path, strerror(errno));
	whole.size = whole.room = (size_t)status.st_size;
	whole.bytes = malloc(whole.size + 1);
	if (!whole.bytes || fread(whole.bytes, 1, whole.size, file) != whole.size)
		die("cannot read %s", path);
	fclose(file);
	return whole;
}

static void
copy_uid(char to[65], const unsigned char *value, size_t size)
{
	memcpy(to, value, size < 64 ? size : 64);
}

/* A Part 10 file (PS3.10 7.1): 132 bytes, (0002,0000) with its length of 12, group 2. */
static struct object
read_object(const char *path)
{
	struct buffer whole = read_file(path);
	struct object object = { 0 };
	size_t at = 144, end;

	if (whole.size < at || memcmp(whole.bytes + 128, "DICM\2\0\0\0UL", 10) != 0 ||
	    (end = at + little32(whole.bytes + 140)) > whole.size)
		die("%s is no DICOM file", path);
	while (at + 8 <= end) {
		const unsigned char *head = whole.bytes + at;
		bool is_long = memcmp(head + 4, "OB", 2) == 0;
		size_t value = is_long ? 12 : 8;
		size_t size = is_long ? little32(head + 8) : little16(head + 6);

		if (value + size > end - at)
			die("%s: group 2 is malformed", path);
		if (little16(head + 2) == 0x0002)
			copy_uid(object.class, head + value, size);
		if (little16(head + 2) == 0x0003)
			copy_uid(object.instance, head + value, size);
		if (little16(head + 2) == 0x0010)
			copy_uid(object.syntax, head + value, size);
		at += value + size;
	}
	put(&object.data_set, whole.bytes + end, whole.size - end);
	free(whole.bytes);
	return object;
}

/* --- the command line */

static void __attribute__((noreturn))
usage(void)
{
	fprintf(stderr, "usage: floor [-k KEYS] [-t TRUST] [-p PASSWORD] [-s SERVER] [-w WINDOW] PORT\n"
		"             start | bytes N [FILE] | messages COUNT FILE\n");
	exit(2);
}

static unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || *text == '-' || value > max)
		usage();
	return value;
}

struct task {
	const char *keys, *trust, *password;
	char *server;
	unsigned window;
	uint16_t port;
	unsigned long n;
	const char *file;
	void (*send)(struct line *line, const struct object *object, unsigned long n);
};

static struct task
parse(int argc, char **argv)
{
	static char iris[] = "iris";
	struct task task = { .keys = "scu1.p12", .trust = "truststore.p12", .password = "changeit",
		.server = iris, .window = 1 };
	int option;

	while ((option = getopt(argc, argv, "k:t:p:s:w:")) != -1)
		switch (option) {
		case 'k':
			task.keys = optarg;
			break;
		case 't':
			task.trust = optarg;
			break;
		case 'p':
			task.password = optarg;
			break;
		case 's':
			task.server = optarg;
			break;
		case 'w':
			task.window = (unsigned)number(optarg, 65535);
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc < 2)
		usage();
	task.port = (uint16_t)number(argv[0], 65535);
	if (strcmp(argv[1], "start") == 0 && argc == 2)
		return task;
	if (argc < 3)
		usage();
	task.n = number(argv[2], UINT32_MAX);
	if (strcmp(argv[1], "bytes") == 0 && argc <= 4) {
		task.send = send_bytes;
		task.file = argv[3];
	} else if (strcmp(argv[1], "messages") == 0 && argc == 4) {
		task.send = send_messages;
		task.file = argv[3];
	} else {
		usage();
	}
	return task;
}

int
main(int argc, char **argv)
{
	static struct line line;
	struct task task = parse(argc, argv);
	struct object object =
		task.send == send_messages ? read_object(task.file) : make_up(task.n, task.file);
	SSL_CTX *context = make_context(task.keys, task.trust, task.password);

	do_handshake(&line, context, task.server, task.port);
	associate(&line, &object, task.window);
	if (task.send)
		task.send(&line, &object, task.n);
	release(&line);
	return 0;
}
