/* SPDX-License-Identifier: BSD-3-Clause */
#include "dicom/extneg.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "dicom_bytes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CLASS	     "1.2.840.10008.5.1.4.1.1."
#define HEAD	     74 /* bytes of an A-ASSOCIATE-RQ before its first item */
#define SERVICE	     "\0\x11" "1.2.840.10008.4.2"
#define BE	     ENCODING_EXPLICIT_BE

static struct extneg *
known(void)
{
	struct err err = ERR_INIT;
	struct extneg *extneg = extneg_new(&err);

	ck_assert_ptr_nonnull(extneg);
	return extneg;
}

static void
item(struct bytes *b, unsigned type, const void *body, size_t len)
{
	bytes_u16(b, BE, type << 8);
	bytes_u16(b, BE, (unsigned)len);
	bytes_put(b, body, len);
}

static void
put_length(struct bytes *b)
{
	size_t length = b->len - 6;

	for (size_t i = 0; i < 4; i++)
		b->data[2 + i] = (unsigned char)(length >> (24 - 8 * i));
}

/* As DCMTK makes one: application context, a context, user information of user_len bytes. */
static struct bytes
request(size_t user_len)
{
	struct bytes b = { 0 };
	char *user = calloc(1, user_len + 1);

	ck_assert_ptr_nonnull(user);
	bytes_zero(&b, HEAD);
	b.data[0] = 1;
	b.data[7] = 1;
	item(&b, 0x10, "1.2.840.10008.3.1.1.1", 21);
	item(&b, 0x20, "\1\0\0\0", 4);
	item(&b, 0x50, user, user_len);
	put_length(&b);
	free(user);
	return b;
}

static void
plan_for(struct plan *plan, const char *const classes[], size_t count)
{
	static const char *const syntax[] = { UID_EXPLICIT_LE };

	memset(plan, 0, sizeof *plan);
	for (size_t i = 0; i < count; i++)
		ck_assert(plan_add_class(plan, classes[i], syntax, 1));
}

/* Append to a request; what was appended, in bytes of the caller's. */
static int
append(const struct extneg *extneg, const struct plan *plan, struct bytes *b, size_t more, struct err *err)
{
	size_t size = b->len, room = b->len + more;
	unsigned char *pdu = malloc(room);
	int rv;

	ck_assert_ptr_nonnull(pdu);
	memcpy(pdu, b->data, size);
	rv = extneg_append(extneg, plan, pdu, &size, room, err);
	if (rv < 0)
		ck_assert_msg(size == b->len && memcmp(pdu, b->data, size) == 0, "a failure left traces");
	bytes_free(b);
	bytes_put(b, pdu, size);
	free(pdu);
	return rv;
}

/* The general classes announced for the only class of a plan, with commas. */
static const char *
general_of(const struct extneg *extneg, const char *sop_class)
{
	static char out[512];
	struct bytes b = request(20);
	size_t at = b.len + 4 + 2 + strlen(sop_class) + 19 + 2;
	struct plan plan;
	struct err err = ERR_INIT;

	plan_for(&plan, &sop_class, 1);
	ck_assert_int_eq(append(extneg, &plan, &b, 1000, &err), 0);
	ck_assert_uint_eq(element_u16(b.data + at - 2, true), b.len - at);
	out[0] = '\0';
	while (at < b.len) {
		size_t len = element_u16(b.data + at, true), used = strlen(out);

		ck_assert_uint_le(at + 2 + len, b.len);
		snprintf(out + used, sizeof out - used, "%s%.*s", used ? "," : "", (int)len,
			(const char *)b.data + at + 2);
		at += 2 + len;
	}
	bytes_free(&b);
	return out;
}

static const struct {
	const char *sop_class, *general;
} standard[] = {
	{ CLASS "9.1.1", CLASS "9.1.2" },
	{ CLASS "1.2", CLASS "1.1" },
	{ CLASS "1.2.1", CLASS "1.1.1" },
	{ CLASS "1.3", CLASS "1.1" },
	{ CLASS "1.3.1", CLASS "1.1.1" },
	{ CLASS "88.11", CLASS "88.22," CLASS "88.33," CLASS "88.34," CLASS "88.35" },
	{ CLASS "88.22", CLASS "88.33," CLASS "88.34," CLASS "88.35" },
	{ CLASS "88.33", CLASS "88.34," CLASS "88.35" },
	{ CLASS "88.34", CLASS "88.35" },
	{ CLASS "88.35", "" },
	{ CLASS "88.67", CLASS "88.22," CLASS "88.33," CLASS "88.34," CLASS "88.35" },
	{ CLASS "78.6", CLASS "88.22" },
	{ CLASS "2.1", CLASS "2.2" },
	{ CLASS "4.1", CLASS "4.4" },
	{ CLASS "130", CLASS "128.1" },
	{ CLASS "2", "" },
	{ "1.2.826.0.1.3680043.2.1", "" },
};

START_TEST(what_is_known)
{
	struct extneg *extneg = known();

	ck_assert_str_eq(general_of(extneg, standard[_i].sop_class), standard[_i].general);
	extneg_free(extneg);
}
END_TEST

/* The bytes of PS3.7 table D.3-12, each class once, Verification not at all; both lengths are mended. */
START_TEST(bytes_on_the_wire)
{
	static const char *const classes[] = { CLASS "9.1.1", UID_VERIFICATION, CLASS "2", CLASS "9.1.1" };
	static const char wanted[] =
		"\x57\0\0\x53" "\0\x1d" CLASS "9.1.1" SERVICE "\0\x1f" "\0\x1d" CLASS "9.1.2"
		"\x57\0\0\x30" "\0\x19" CLASS "2" SERVICE "\0";
	struct bytes b = request(20);
	size_t before = b.len;
	struct extneg *extneg = known();
	struct plan plan;
	struct err err = ERR_INIT;

	plan_for(&plan, classes, COUNT(classes));
	ck_assert_int_eq(append(extneg, &plan, &b, sizeof wanted, &err), 0);
	ck_assert_uint_eq(b.len, before + sizeof wanted);
	ck_assert_mem_eq(b.data + before, wanted, sizeof wanted);
	ck_assert_uint_eq(element_u32(b.data + 2, true), b.len - 6);
	ck_assert_uint_eq(element_u16(b.data + before - 22, true), 20 + sizeof wanted);
	bytes_free(&b);
	extneg_free(extneg);
}
END_TEST

/* A full association fits: all that is known, and private classes with the longest UIDs. */
START_TEST(full_association)
{
	struct bytes b = request(200);
	struct extneg *extneg = known();
	struct err err = ERR_INIT;
	struct plan plan = { .count = 0 };

	for (size_t i = 0; i < PLAN_CONTEXTS_MAX; i++) {
		const char *syntax = UID_EXPLICIT_LE;
		char uid[UID_MAX + 1];

		if (i < COUNT(standard))
			snprintf(uid, sizeof uid, "%s", standard[i].sop_class);
		else
			snprintf(uid, sizeof uid, "1.2.%060zu", i);
		ck_assert(plan_add_class(&plan, uid, &syntax, 1));
	}
	ck_assert_int_eq(append(extneg, &plan, &b, 65535, &err), 0);
	ck_assert_uint_eq(element_u32(b.data + 2, true), b.len - 6);
	bytes_free(&b);
	extneg_free(extneg);
}
END_TEST

/* What is done to a right request, whose 72 bytes of user information stand behind HEAD + 25 + 8. */
static const struct {
	const char *name;
	size_t cut;	     /* so long is it then; 0: as it was */
	size_t at;	     /* this byte */
	unsigned char value; /* becomes that */
	bool honest;	     /* the PDU's length is mended after */
	const char *says;
} hostile[] = {
	{ "nothing", 1, 0, 1, false, "does not end with its user information" },
	{ "head alone", 6, 0, 1, true, "does not end with its user information" },
	{ "fixed part cut", HEAD - 1, 0, 1, true, "does not end with its user information" },
	{ "no items", HEAD, 0, 1, true, "does not end with its user information" },
	{ "an acceptance", 0, 0, 2, false, "does not end with its user information" },
	{ "P-DATA", 0, 0, 4, false, "does not end with its user information" },
	{ "length too large", 0, 4, 0x7f, false, "does not end with its user information" },
	{ "length enormous", 0, 2, 0xff, false, "does not end with its user information" },
	{ "length too small", 0, 5, 0, false, "does not end with its user information" },
	{ "first item too long", 0, HEAD + 2, 0xff, false, "does not end with its user information" },
	{ "first item too short", 0, HEAD + 3, 0, false, "does not end with its user information" },
	{ "context too long", 0, HEAD + 25 + 2, 0xff, false, "does not end with its user information" },
	{ "user too long", 0, HEAD + 25 + 8 + 3, 73, false, "does not end with its user information" },
	{ "user too short", 0, HEAD + 25 + 8 + 3, 71, false, "does not end with its user information" },
	{ "unknown item", 0, HEAD, 0x99, false, "does not end with its user information" },
	{ "user not last", 0, HEAD, 0x50, false, "does not end with its user information" },
	{ "no user", 0, HEAD + 25 + 8, 0x20, false, "does not end with its user information" },
	{ "user cut off", HEAD + 25 + 8, 0, 1, true, "does not end with its user information" },
	{ "user's head cut", HEAD + 25 + 8 + 3, 0, 1, true, "does not end with its user information" },
	{ "user's body cut", HEAD + 25 + 8 + 4 + 71, 0, 1, true, "does not end with its user information" },
};

START_TEST(hostile_request)
{
	const char *sop_class = CLASS "9.1.1";
	struct bytes b = request(72);
	struct extneg *extneg = known();
	struct plan plan;
	struct err err = ERR_INIT;

	if (hostile[_i].cut)
		b.len = hostile[_i].cut;
	b.data[hostile[_i].at] = hostile[_i].value;
	if (hostile[_i].honest)
		put_length(&b);
	plan_for(&plan, &sop_class, 1);
	ck_assert_msg(append(extneg, &plan, &b, 1000, &err) == -1, "%s passed", hostile[_i].name);
	ck_assert_int_eq(err.kind, ERR_INTERNAL);
	ck_assert_msg(strstr(err.text, hostile[_i].says), "%s: %s", hostile[_i].name, err.text);
	bytes_free(&b);
	extneg_free(extneg);
}
END_TEST

/* Bytes of user information and room; the item takes 87. */
static const struct {
	size_t user, room;
	int rv;
} limits[] = {
	{ 20, 87, 0 },
	{ 20, 86, -1 },
	{ 20, 0, -1 },
	{ 65535 - 87, 87, 0 },
	{ 65535 - 86, 1000, -1 },
	{ 65535, 1000, -1 },
};

START_TEST(room)
{
	const char *sop_class = CLASS "9.1.1";
	struct bytes b = request(limits[_i].user);
	struct extneg *extneg = known();
	struct plan plan;
	struct err err = ERR_INIT;

	plan_for(&plan, &sop_class, 1);
	ck_assert_int_eq(append(extneg, &plan, &b, limits[_i].room, &err), limits[_i].rv);
	if (limits[_i].rv < 0) {
		ck_assert_int_eq(err.kind, ERR_INTERNAL);
		ck_assert_ptr_nonnull(strstr(err.text, "cannot have so many"));
		ck_assert_ptr_nonnull(strstr(err.hint, "--rel-sop-classes"));
	}
	bytes_free(&b);
	extneg_free(extneg);
}
END_TEST

static char path[] = "/tmp/relatedXXXXXX";

static int
load(struct extneg *extneg, const char *text, size_t len, struct err *err)
{
	int fd, rv;

	strcpy(path + sizeof path - 7, "XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	rv = extneg_load(extneg, path, err);
	unlink(path);
	return rv;
}

/* A file, and what 1.2.3 is related to then. */
static const struct {
	const char *text, *general;
} files[] = {
	{ "", "" },
	{ "1.2.3=1.2.4", "1.2.4" },
	{ "1.2.3=1.2.4\n", "1.2.4" },
	{ "1.2.3 = 1.2.4 , 1.2.5\r\n", "1.2.4,1.2.5" },
	{ "1.2.3:1.2.4,1.2.5\n", "1.2.4,1.2.5" },
	{ "1.2.3 1.2.4,1.2.5\n", "1.2.4,1.2.5" },
	{ "\t1.2.3\t=\t1.2.4\t\n", "1.2.4" },
	{ "# 1.2.3=1.2.9\n! comment \\\n\n  # one more\n1.2.3=1.2.4", "1.2.4" },
	{ "1.2.3=1.2.4,\\\n   1.2.5,\\\r\n\t1.2.6\n1.2.7=1.2.8\n", "1.2.4,1.2.5,1.2.6" },
	{ "1.2.3=\\\n1.2.4", "1.2.4" },
	{ "\\\n1.2.3=1.2.4", "1.2.4" },
	{ "1.2.3=1.2.4\\", "1.2.4" },
	{ "1.2.3=1.2.4\n1.2.3=1.2.5\n", "1.2.5" },
	{ "1.2.3=1.2.4\n1.2.3=\n", "" },
	{ "1.2.3\n", "" },
	{ "1.2.9=1.2.8\n1.2.3=1.2.4\n1.2.1=1.2.2\n", "1.2.4" },
};

START_TEST(file)
{
	struct extneg *extneg = known();
	struct err err = ERR_INIT;

	ck_assert_msg(load(extneg, files[_i].text, strlen(files[_i].text), &err) == 0, "%s", err.text);
	ck_assert_str_eq(general_of(extneg, "1.2.3"), files[_i].general);
	/* What was known stays. */
	ck_assert_str_eq(general_of(extneg, CLASS "9.1.1"), CLASS "9.1.2");
	extneg_free(extneg);
}
END_TEST

START_TEST(file_replaces)
{
	static const char text[] = CLASS "9.1.1 = 1.2.3\n" CLASS "2.1 =\n";
	struct extneg *extneg = known();
	struct err err = ERR_INIT;

	ck_assert_int_eq(load(extneg, text, strlen(text), &err), 0);
	ck_assert_str_eq(general_of(extneg, CLASS "9.1.1"), "1.2.3");
	ck_assert_str_eq(general_of(extneg, CLASS "2.1"), "");
	extneg_free(extneg);
}
END_TEST

#define LONG64 "1.2.840.100000000000000000000000000000000000000000000000000000.1"
_Static_assert(sizeof LONG64 - 1 == UID_MAX, "one digit more is one too many");

static const struct {
	const char *text;
	size_t len; /* 0: up to the NUL */
	const char *says;
} bad[] = {
	{ "CTImageStorage=1.2.3", 0, "line 1: 'CTImageStorage' is not a UID" },
	{ "\n# x\n1.2.3=1.2.4\n1.2.5=one\n", 0, "line 4: 'one' is not a UID" },
	{ "1.2.3=1.2.4,\\\n1..2\n", 0, "line 2: '1..2' is not a UID" },
	{ "=1.2.3", 0, "line 1: '' is not a UID" },
	{ "1.2.3=1.2;1.3", 0, "'1.2;1.3' is not a UID" },
	{ "1.2.3=\033[31m", 0, "'?[31m' is not a UID" },
	{ "1.2.3=\xff", 0, "'?' is not a UID" },
	{ "1.2.3=1.2.4\\ ", 0, "'1.2.4\\' is not a UID" },
	{ LONG64 "1=1.2", 0, "is not a UID" },
	{ "1.2.3=" LONG64 "1", 0, "is not a UID" },
	{ "1.2.3=1.2\0001.3", 13, "it is not a text file" },
};

START_TEST(bad_file)
{
	struct extneg *extneg = known();
	struct err err = ERR_INIT;
	size_t len = bad[_i].len ? bad[_i].len : strlen(bad[_i].text);

	ck_assert_int_eq(load(extneg, bad[_i].text, len, &err), -1);
	ck_assert_int_eq(err.kind, ERR_USAGE);
	ck_assert_msg(strstr(err.text, bad[_i].says), "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_ptr_nonnull(err.hint);
	extneg_free(extneg);
}
END_TEST

START_TEST(no_file)
{
	static const struct {
		const char *path, *says;
	} paths[] = {
		{ "/nonexistent/related", "No such file" },
		{ "/", "Is a directory" },
		{ "/dev/zero", "larger than 1 MiB" },
	};
	struct extneg *extneg = known();

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct err err = ERR_INIT;

		ck_assert_int_eq(extneg_load(extneg, paths[i].path, &err), -1);
		ck_assert_int_eq(err.kind, ERR_USAGE);
		ck_assert_msg(strstr(err.text, paths[i].says), "%s", err.text);
	}
	extneg_free(extneg);
}
END_TEST

/* More than an association request can hold is said when it is made, with what to do. */
START_TEST(too_many)
{
	const char *sop_class = "1.2.3";
	struct bytes text = { 0 }, b = request(20);
	struct extneg *extneg = known();
	struct plan plan;
	struct err err = ERR_INIT;

	bytes_put(&text, "1.2.3=", 6);
	for (int i = 0; i < 10000; i++)
		bytes_put(&text, "1.2.840.113619,", 15);
	ck_assert_int_eq(load(extneg, (const char *)text.data, text.len, &err), 0);
	plan_for(&plan, &sop_class, 1);
	ck_assert_int_eq(append(extneg, &plan, &b, 1 << 20, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot have so many"));
	bytes_free(&text);
	bytes_free(&b);
	extneg_free(extneg);
	extneg_free(NULL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("extneg");
	TCase *tc = tcase_create("extneg");

	tcase_add_rows(tc, what_is_known, standard, sop_class);
	tcase_add_test(tc, bytes_on_the_wire);
	tcase_add_test(tc, full_association);
	tcase_add_rows(tc, hostile_request, hostile, name);
	tcase_add_loop_test(tc, room, 0, (int)COUNT(limits));
	tcase_add_rows(tc, file, files, text);
	tcase_add_test(tc, file_replaces);
	tcase_add_rows(tc, bad_file, bad, text);
	tcase_add_test(tc, no_file);
	tcase_add_test(tc, too_many);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
