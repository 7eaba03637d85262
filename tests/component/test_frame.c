/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The helper program's work, without its sandbox: frames encoded here by CharLS, OpenJPEG and by
 * hand, decoded to the pixels that they were made of; damaged ones; and the program's own loop.
 */
int program_main(void);
#define main program_main
#include "decode/program.c"
#undef main

#include <charls/charls.h>
#include <fcntl.h>
#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"

#define RLE	"1.2.840.10008.1.2.5"
#define JPEG_LS "1.2.840.10008.1.2.4.80"
#define J2K	"1.2.840.10008.1.2.4.90"

enum { ROWS = 8, COLUMNS = 6, PIXELS = ROWS * COLUMNS, ENCODED_MAX = 65536, SIZE_MAX_HERE = PIXELS * 3 * 2 };

/* What the program would be told that it cannot confine itself by. */
static const char *sandbox_failure;

int
sandbox_enter(struct err *err)
{
	return sandbox_failure ? err_set(err, ERR_INTERNAL, "%s", sandbox_failure) : 0;
}

/* --- pixels, and frames of them */

/* samples, allocated and stored bits, sign. */
static struct decoder_image
image_of(unsigned samples, unsigned allocated, unsigned stored, bool is_signed)
{
	struct decoder_image image = { .samples = (uint16_t)samples, .rows = ROWS, .columns = COLUMNS,
		.allocated = (uint16_t)allocated, .stored = (uint16_t)stored,
		.high_bit = (uint16_t)(stored - 1), .is_signed = is_signed,
		.planar = samples > 1 ? 0 : 0xffff };

	strcpy(image.photometric, samples > 1 ? "RGB" : "MONOCHROME2");
	return image;
}

/* The i-th sample, by pixel. */
static int
sample(const struct decoder_image *image, size_t i)
{
	int value = (int)(i * 37 + 11) & ((1 << image->stored) - 1);

	return image->is_signed ? value - (1 << (image->stored - 1)) : value;
}

static size_t
sample_count(const struct decoder_image *image)
{
	return (size_t)PIXELS * image->samples;
}

/* The pixels as they are to be decoded, little endian and by pixel. Returns the bytes. */
static size_t
wanted_pixels(const struct decoder_image *image, unsigned char *out)
{
	size_t cell = image->allocated / 8u;

	for (size_t i = 0; i < sample_count(image); i++)
		for (size_t byte = 0; byte < cell; byte++)
			out[i * cell + byte] = (unsigned char)((unsigned)sample(image, i) >> 8 * byte);
	return sample_count(image) * cell;
}

/* A frame's bytes, with room for what decoders append. */
static unsigned char encoded[ENCODED_MAX + DECODE_END];
static size_t encoded_size;

static struct decoder_image after;
static struct err err;

static int
decode_encoded(const char *syntax, const struct decoder_image *image, unsigned char *pixels, size_t size)
{
	const struct frame frame = { .syntax = syntax, .image = image, .bytes = encoded,
		.size = encoded_size, .pixels = pixels, .pixels_size = size };

	after = *image;
	return frame_decode(&frame, &after, &err);
}

static void
assert_decoded(const char *syntax, const struct decoder_image *image)
{
	unsigned char pixels[SIZE_MAX_HERE], wanted[SIZE_MAX_HERE];
	size_t size = wanted_pixels(image, wanted);

	memset(pixels, 0xee, sizeof pixels);
	ck_assert_msg(decode_encoded(syntax, image, pixels, size) == 0, "%s", err.text);
	ck_assert_mem_eq(pixels, wanted, size);
	ck_assert(size == sizeof pixels || pixels[size] == 0xee);
}

static void
assert_refused(const char *syntax, const struct decoder_image *image, size_t size, const char *sentence)
{
	unsigned char pixels[SIZE_MAX_HERE];

	ck_assert_int_lt(decode_encoded(syntax, image, pixels, size), 0);
	ck_assert_msg(strstr(err.text, sentence) != NULL, "no \"%s\" in: %s", sentence, err.text);
}

/* --- JPEG-LS */

static void
encode_jpegls(const struct decoder_image *image, charls_interleave_mode mode,
	charls_color_transformation transformation)
{
	charls_jpegls_encoder *encoder = charls_jpegls_encoder_create();
	charls_frame_info info = { COLUMNS, ROWS, image->stored, image->samples };
	unsigned char pixels[SIZE_MAX_HERE];
	size_t cell = image->stored > 8 ? 2 : 1;

	for (size_t i = 0; i < sample_count(image); i++) {
		bool planes = image->samples > 1 && mode == CHARLS_INTERLEAVE_MODE_NONE;
		size_t at = planes ? i % image->samples * PIXELS + i / image->samples : i;
		uint16_t value = (uint16_t)sample(image, i);

		if (cell == 2)
			memcpy(pixels + at * cell, &value, cell);
		else
			pixels[at] = (unsigned char)value;
	}
	ck_assert_int_eq(charls_jpegls_encoder_set_frame_info(encoder, &info), 0);
	ck_assert_int_eq(charls_jpegls_encoder_set_interleave_mode(encoder, mode), 0);
	ck_assert_int_eq(charls_jpegls_encoder_set_color_transformation(encoder, transformation), 0);
	ck_assert_int_eq(charls_jpegls_encoder_set_destination_buffer(encoder, encoded, ENCODED_MAX), 0);
	ck_assert_int_eq(charls_jpegls_encoder_encode_from_buffer(encoder, pixels,
		sample_count(image) * cell, 0), 0);
	ck_assert_int_eq(charls_jpegls_encoder_get_bytes_written(encoder, &encoded_size), 0);
	charls_jpegls_encoder_destroy(encoder);
}

static const struct {
	const char *name;
	unsigned samples, allocated, stored;
	charls_interleave_mode mode;
} jpegls[] = {
	{ "8 bits", 1, 8, 8, CHARLS_INTERLEAVE_MODE_NONE },
	{ "6 bits in 8", 1, 8, 6, CHARLS_INTERLEAVE_MODE_NONE },
	{ "8 bits in 16", 1, 16, 8, CHARLS_INTERLEAVE_MODE_NONE },
	{ "12 bits", 1, 16, 12, CHARLS_INTERLEAVE_MODE_NONE },
	{ "16 bits", 1, 16, 16, CHARLS_INTERLEAVE_MODE_NONE },
	{ "colour by plane", 3, 8, 8, CHARLS_INTERLEAVE_MODE_NONE },
	{ "colour by line", 3, 8, 8, CHARLS_INTERLEAVE_MODE_LINE },
	{ "colour by pixel", 3, 8, 8, CHARLS_INTERLEAVE_MODE_SAMPLE },
	{ "colour of 16 bits by plane", 3, 16, 16, CHARLS_INTERLEAVE_MODE_NONE },
};

START_TEST(jpegls_frames)
{
	struct decoder_image image =
		image_of(jpegls[_i].samples, jpegls[_i].allocated, jpegls[_i].stored, false);

	image.planar = image.samples > 1 ? 1 : 0xffff;
	encode_jpegls(&image, jpegls[_i].mode, CHARLS_COLOR_TRANSFORMATION_NONE);
	assert_decoded(JPEG_LS, &image);
	/* By pixel now. */
	ck_assert_int_eq(after.planar, image.samples > 1 ? 0 : 0xffff);
	/* Without its end marker, too. */
	encoded_size -= 2;
	assert_decoded(JPEG_LS, &image);
}
END_TEST

START_TEST(jpegls_refused)
{
	const struct decoder_image grey = image_of(1, 8, 8, false), colour = image_of(3, 8, 8, false);
	struct decoder_image other = grey;

	encode_jpegls(&grey, CHARLS_INTERLEAVE_MODE_NONE, CHARLS_COLOR_TRANSFORMATION_NONE);
	other.rows--;
	assert_refused(JPEG_LS, &other, PIXELS, "a JPEG-LS frame contradicts the image's attributes");
	other = grey;
	other.columns++;
	assert_refused(JPEG_LS, &other, PIXELS, "contradicts");
	assert_refused(JPEG_LS, &colour, 3 * PIXELS, "contradicts");
	assert_refused(JPEG_LS, &grey, PIXELS - 1, "a JPEG-LS frame is too large");
	encoded_size /= 2;
	assert_refused(JPEG_LS, &grey, PIXELS, "the JPEG-LS decoder says: ");
	other = image_of(1, 16, 12, false);
	encode_jpegls(&other, CHARLS_INTERLEAVE_MODE_NONE, CHARLS_COLOR_TRANSFORMATION_NONE);
	assert_refused(JPEG_LS, &grey, PIXELS, "contradicts");
	encode_jpegls(&colour, CHARLS_INTERLEAVE_MODE_SAMPLE, CHARLS_COLOR_TRANSFORMATION_HP1);
	assert_refused(JPEG_LS, &colour, 3 * PIXELS, "a color transformation of HP's");
}
END_TEST

/* --- JPEG 2000 */

static OPJ_SIZE_T
append(void *bytes, OPJ_SIZE_T size, void *unused)
{
	(void)unused;
	ck_assert_uint_le(encoded_size + size, ENCODED_MAX);
	memcpy(encoded + encoded_size, bytes, size);
	encoded_size += size;
	return size;
}

static OPJ_OFF_T
append_zeros(OPJ_OFF_T size, void *unused)
{
	(void)unused;
	memset(encoded + encoded_size, 0, (size_t)size);
	encoded_size += (size_t)size;
	return size;
}

static OPJ_BOOL
seek(OPJ_OFF_T offset, void *unused)
{
	(void)unused;
	encoded_size = (size_t)offset;
	return OPJ_TRUE;
}

static opj_image_t *
make_opj_image(const struct decoder_image *image)
{
	opj_image_cmptparm_t components[3];
	opj_image_t *made;

	memset(components, 0, sizeof components);
	for (unsigned c = 0; c < image->samples; c++) {
		components[c].dx = components[c].dy = 1;
		components[c].w = image->columns;
		components[c].h = image->rows;
		components[c].prec = image->stored;
		components[c].sgnd = image->is_signed;
	}
	made = opj_image_create(image->samples, components,
		image->samples > 1 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY);
	ck_assert_ptr_nonnull(made);
	made->x1 = image->columns;
	made->y1 = image->rows;
	for (size_t i = 0; i < sample_count(image); i++)
		made->comps[i % image->samples].data[i / image->samples] = sample(image, i);
	return made;
}

static void
encode_jpeg2000(const struct decoder_image *image)
{
	opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);
	opj_image_t *made = make_opj_image(image);
	opj_cparameters_t parameters;

	encoded_size = 0;
	opj_set_default_encoder_parameters(&parameters);
	parameters.numresolution = 2;
	parameters.tcp_mct = image->samples > 1;
	opj_stream_set_user_data(stream, encoded, NULL);
	opj_stream_set_write_function(stream, append);
	opj_stream_set_skip_function(stream, append_zeros);
	opj_stream_set_seek_function(stream, seek);
	ck_assert(opj_setup_encoder(codec, &parameters, made));
	ck_assert(opj_start_compress(codec, made, stream));
	ck_assert(opj_encode(codec, stream));
	ck_assert(opj_end_compress(codec, stream));
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	opj_image_destroy(made);
}

static const struct {
	const char *name;
	unsigned samples, allocated, stored;
	bool is_signed;
	const char *photometric, *becomes; /* NULL: it stays */
} jpeg2000[] = {
	{ "8 bits", 1, 8, 8, false, NULL, NULL },
	{ "12 bits", 1, 16, 12, false, NULL, NULL },
	{ "8 bits in 16", 1, 16, 8, false, NULL, NULL },
	{ "16 bits", 1, 16, 16, false, NULL, NULL },
	{ "16 bits, signed", 1, 16, 16, true, NULL, NULL },
	{ "12 bits, signed", 1, 16, 12, true, NULL, NULL },
	{ "8 bits, signed", 1, 8, 8, true, NULL, NULL },
	{ "colour", 3, 8, 8, false, NULL, NULL },
	{ "colour, transformed reversibly", 3, 8, 8, false, "YBR_RCT", "RGB" },
	{ "colour, transformed", 3, 8, 8, false, "YBR_ICT", "RGB" },
	{ "colour of 16 bits", 3, 16, 16, false, NULL, NULL },
};

START_TEST(jpeg2000_frames)
{
	struct decoder_image image = image_of(jpeg2000[_i].samples, jpeg2000[_i].allocated,
		jpeg2000[_i].stored, jpeg2000[_i].is_signed);

	if (jpeg2000[_i].photometric)
		strcpy(image.photometric, jpeg2000[_i].photometric);
	image.planar = image.samples > 1 ? 1 : 0xffff;
	encode_jpeg2000(&image);
	assert_decoded(J2K, &image);
	ck_assert_int_eq(after.planar, image.samples > 1 ? 0 : 0xffff);
	ck_assert_str_eq(after.photometric, jpeg2000[_i].becomes ? jpeg2000[_i].becomes : image.photometric);
	/* Without its end marker, too. */
	encoded_size -= 2;
	assert_decoded(J2K, &image);
}
END_TEST

START_TEST(jpeg2000_refused)
{
	struct decoder_image image = image_of(1, 16, 12, true), other = image;

	encode_jpeg2000(&image);
	other.is_signed = 0;
	assert_refused(J2K, &other, 2 * PIXELS, "a JPEG 2000 frame contradicts the image's attributes");
	other = image;
	other.rows++;
	assert_refused(J2K, &other, 2 * PIXELS, "contradicts");
	other = image_of(3, 16, 12, true);
	assert_refused(J2K, &other, 6 * PIXELS, "contradicts");
	other = image;
	other.allocated = 32;
	assert_refused(J2K, &other, 4 * PIXELS, "contradicts");
	other = image_of(1, 16, 10, true); /* more than its high bit has room for */
	assert_refused(J2K, &other, 2 * PIXELS, "a pixel is out of the range of its 10 Bits Stored");
	other = image_of(1, 16, 12, false);
	encode_jpeg2000(&other);
	other.high_bit = 9;
	other.stored = 10;
	assert_refused(J2K, &other, 2 * PIXELS, "a pixel is out of the range of its 10 Bits Stored");
}
END_TEST

/* A tile-part that is shorter than its packets, as its header says itself: an error, not a grey corner. */
START_TEST(jpeg2000_cut_short)
{
	static const unsigned char sot[] = { 0xff, 0x90, 0, 10 };
	const struct decoder_image image = image_of(1, 16, 16, false);
	const size_t cut = 20;
	unsigned char *part;

	encode_jpeg2000(&image);
	encoded_size -= 2;
	part = memmem(encoded, encoded_size, sot, sizeof sot);
	ck_assert_ptr_nonnull(part);
	ck_assert_int_eq(part[6] << 24 | part[7] << 16 | part[8] << 8 | part[9],
		(int)(encoded + encoded_size - part));
	encoded_size -= cut;
	assert_refused(J2K, &image, 2 * PIXELS, "");
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
	part[8] = (unsigned char)((size_t)(encoded + encoded_size - part) >> 8);
	part[9] = (unsigned char)(encoded + encoded_size - part);
	assert_refused(J2K, &image, 2 * PIXELS, "the JPEG 2000 decoder says: ");
}
END_TEST

/* --- RLE (PS3.5 annex G) */

static void
put_le32(size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		encoded[at + i] = (unsigned char)(value >> 8 * i);
}

/* Literal runs alone: a segment for each byte of a pixel, the highest of a sample first. */
static void
encode_rle(const struct decoder_image *image)
{
	unsigned char pixels[SIZE_MAX_HERE];
	size_t cell = image->allocated / 8u, count = image->samples * cell;

	wanted_pixels(image, pixels);
	memset(encoded, 0, 64);
	put_le32(0, (uint32_t)count);
	encoded_size = 64;
	for (size_t segment = 0; segment < count; segment++) {
		size_t byte = segment / cell * cell + cell - 1 - segment % cell;

		put_le32(4 * (segment + 1), (uint32_t)encoded_size);
		encoded[encoded_size++] = 0x80; /* nothing */
		encoded[encoded_size++] = PIXELS - 1;
		for (size_t i = 0; i < PIXELS; i++)
			encoded[encoded_size++] = pixels[i * count + byte];
	}
}

static const struct {
	const char *name;
	unsigned samples, allocated;
} rle[] = {
	{ "8 bits", 1, 8 },
	{ "16 bits", 1, 16 },
	{ "colour", 3, 8 },
	{ "colour of 16 bits", 3, 16 },
};

START_TEST(rle_frames)
{
	struct decoder_image image = image_of(rle[_i].samples, rle[_i].allocated, rle[_i].allocated, false);

	encode_rle(&image);
	assert_decoded(RLE, &image);
}
END_TEST

/* Samples by plane stay so, and a run repeats one byte. */
START_TEST(rle_by_plane)
{
	struct decoder_image image = image_of(3, 8, 8, false);
	unsigned char pixels[3 * PIXELS];

	image.planar = 1;
	memset(encoded, 0, 64);
	put_le32(0, 3);
	for (size_t i = 0; i < 3; i++) {
		put_le32(4 + 4 * i, (uint32_t)(64 + 2 * i));
		encoded[64 + 2 * i] = (unsigned char)(257 - PIXELS);
		encoded[65 + 2 * i] = (unsigned char)(i + 1);
	}
	encoded_size = 64 + 6;
	ck_assert_msg(decode_encoded(RLE, &image, pixels, sizeof pixels) == 0, "%s", err.text);
	for (size_t i = 0; i < sizeof pixels; i++)
		ck_assert_int_eq(pixels[i], (int)(i / PIXELS + 1));
}
END_TEST

static const struct {
	const char *name;
	size_t at; /* where the value stands */
	uint32_t value;
	size_t shorter; /* by so many bytes */
	size_t pixels;	/* bytes of room */
	const char *sentence;
} rle_wrong[] = {
	{ "no header", 0, 2, 2 * (2 + PIXELS) + 1, 2 * PIXELS, "the header of an RLE frame is damaged" },
	{ "too many segments", 0, 16, 0, 2 * PIXELS, "the header of an RLE frame is damaged" },
	{ "another count", 0, 3, 0, 2 * PIXELS, "an RLE frame has 3 segments, but its pixels have 2 bytes" },
	{ "in the header", 4, 60, 0, 2 * PIXELS, "the header of an RLE frame is damaged" },
	{ "backwards", 8, 64, 0, 2 * PIXELS, "the header of an RLE frame is damaged" },
	{ "behind the end", 8, 70000, 0, 2 * PIXELS, "the header of an RLE frame is damaged" },
	{ "another size", 0, 2, 0, PIXELS, "a frame's size is not that of its pixels" },
	{ "a literal run cut short", 0, 2, 1, 2 * PIXELS, "an RLE segment ends before its pixels do" },
	{ "a segment without a run", 0, 2, PIXELS + 1, 2 * PIXELS,
		"an RLE segment ends before its pixels do" },
};

START_TEST(rle_refused)
{
	const struct decoder_image image = image_of(1, 16, 16, false);

	encode_rle(&image);
	put_le32(rle_wrong[_i].at, rle_wrong[_i].value);
	encoded_size -= rle_wrong[_i].shorter;
	assert_refused(RLE, &image, rle_wrong[_i].pixels, rle_wrong[_i].sentence);
}
END_TEST

/* --- what is none of them */

START_TEST(no_frame)
{
	const struct decoder_image image = image_of(1, 8, 8, false);

	encoded_size = 16;
	memset(encoded, 0, encoded_size);
	assert_refused(J2K, &image, PIXELS, "");
	ck_assert_int_eq(err.kind, ERR_NO_INPUT);
}
END_TEST

/* --- the program */

/* The memory that it shares with us, and what of it is mapped here. */
static int memory;
static unsigned char *map;
static size_t map_size;

/* At the number that the program has it at; the descriptors that it replaces are the child's own. */
static void
become(int fd, int number)
{
	int high = fcntl(fd, F_DUPFD, 10);

	if (high < 0 || dup2(high, number) < 0)
		abort();
	close(high);
}

/* In another process. Returns our end of its socket. */
static int
start_program(pid_t *pid)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	*pid = fork();
	ck_assert_int_ge(*pid, 0);
	if (*pid == 0) {
		int socket = fcntl(fds[1], F_DUPFD, 10), shared = fcntl(memory, F_DUPFD, 10);

		close(fds[0]);
		close(fds[1]);
		become(socket, DECODE_FD);
		become(shared, DECODE_MEMORY_FD);
		close(socket);
		close(shared);
		exit(program_main());
	}
	close(fds[1]);
	return fds[0];
}

static void
end_program(int fd, pid_t pid, int wanted)
{
	int status;

	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WIFEXITED(status) ? WEXITSTATUS(status) : -1, wanted);
}

static void
read_hello(int fd, const char *failure)
{
	struct decode_hello hello;

	ck_assert_int_eq(recv(fd, &hello, sizeof hello, 0), sizeof hello);
	ck_assert_str_eq(hello.version, MTLS_VERSION);
	ck_assert_str_eq(hello.failure, failure);
}

/* Have the frame decoded that stands in the memory. */
static struct decode_reply
request_frame(int fd, const struct decoder_image *image, size_t size)
{
	struct decode_request request;
	struct decode_reply reply;

	memset(&request, 0, sizeof request);
	request.map_size = map_size;
	request.size = encoded_size;
	request.frame_size = size;
	request.slot = 1;
	strcpy(request.syntax, RLE);
	request.image = *image;
	ck_assert_int_eq(send(fd, &request, sizeof request, 0), sizeof request);
	ck_assert_int_eq(recv(fd, &reply, sizeof reply, 0), sizeof reply);
	ck_assert_uint_eq(reply.slot, 1);
	return reply;
}

static void
share_frame(void)
{
	map_size = DECODE_PIXELS_AT(encoded_size) + PIXELS;
	memory = memfd_create("frame", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(memory, (off_t)map_size), 0);
	map = mmap(NULL, map_size, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	ck_assert_ptr_ne(map, MAP_FAILED);
	memcpy(map, encoded, encoded_size);
}

/* Frames over shared memory: a good one, a damaged one, and one with no memory to map. */
START_TEST(program)
{
	const struct decoder_image image = image_of(1, 8, 8, false);
	struct decode_reply reply;
	unsigned char wanted[PIXELS];
	pid_t pid;
	int fd;

	encode_rle(&image);
	share_frame();
	fd = start_program(&pid);
	read_hello(fd, "");
	reply = request_frame(fd, &image, PIXELS);
	ck_assert_msg(reply.result == DECODE_DONE, "%s", reply.text);
	wanted_pixels(&image, wanted);
	ck_assert_mem_eq(map + DECODE_PIXELS_AT(encoded_size), wanted, PIXELS);
	map[0] = 9;
	reply = request_frame(fd, &image, PIXELS);
	ck_assert_uint_eq(reply.result, DECODE_FAILED);
	ck_assert_str_eq(reply.text, "an RLE frame has 9 segments, but its pixels have 1 bytes");
	map_size = SIZE_MAX / 2;
	reply = request_frame(fd, &image, PIXELS);
	ck_assert_uint_eq(reply.result, DECODE_NO_MEMORY);
	ck_assert_str_eq(reply.text, "there is no memory to decode in");
	end_program(fd, pid, 0);
}
END_TEST

START_TEST(not_confined)
{
	pid_t pid;
	int fd;

	sandbox_failure = "no filter";
	share_frame();
	fd = start_program(&pid);
	read_hello(fd, "no filter");
	end_program(fd, pid, 1);
}
END_TEST

/* Somebody runs it by hand. */
START_TEST(by_hand)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(DECODE_FD);
		exit(program_main());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tcase = tcase_create("frame");

	tcase_add_rows(tcase, jpegls_frames, jpegls, name);
	tcase_add_test(tcase, jpegls_refused);
	tcase_add_rows(tcase, jpeg2000_frames, jpeg2000, name);
	tcase_add_test(tcase, jpeg2000_refused);
	tcase_add_test(tcase, jpeg2000_cut_short);
	tcase_add_rows(tcase, rle_frames, rle, name);
	tcase_add_test(tcase, rle_by_plane);
	tcase_add_rows(tcase, rle_refused, rle_wrong, name);
	tcase_add_test(tcase, no_frame);
	tcase_add_test(tcase, program);
	tcase_add_test(tcase, not_confined);
	tcase_add_test(tcase, by_hand);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
