/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "home.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define NOBODY	     65534

static const struct journal_key iris = { "IRIS", "iris.example", 2762, "STORESCU", "" };

/* --- a journal that works, and instances --- */

static struct journal *
open_for(const struct journal_key *key)
{
	struct err err = ERR_INIT;
	struct journal *journal = journal_open(at("j"), key, &err);

	ck_assert_msg(journal, "%s", err.text);
	return journal;
}

static void
close_it(struct journal *journal)
{
	struct err err = ERR_INIT;

	ck_assert_msg(journal_close(journal, &err) == 0, "%s", err.text);
}

static struct instance
instance_of(const char *uid)
{
	static char path[] = "/data/a.dcm";
	struct instance instance = { .path = path, .size = 1000, .mtime_ns = 1700000000123456789 };

	snprintf(instance.sop_instance, sizeof instance.sop_instance, "%s", uid);
	return instance;
}

/* The n-th of many, their UIDs in no order. */
static struct instance
numbered(unsigned n)
{
	char uid[UID_MAX + 1];

	snprintf(uid, sizeof uid, "1.2.826.0.1.%u.%u", n * 2654435761u, n);
	return instance_of(uid);
}

static int
record(struct journal *journal, const struct instance *instance, enum journal_state state, int status,
	struct err *err)
{
	struct journal_result result = { .instance = instance, .state = state, .has_status = status >= 0,
		.status = (uint16_t)(status < 0 ? 0 : status) };

	return journal_record(journal, &result, 1, err);
}

static void
must_record(struct journal *journal, const struct instance *instance, enum journal_state state, int status)
{
	struct err err = ERR_INIT;

	ck_assert_msg(record(journal, instance, state, status, &err) == 0, "%s", err.text);
}

static struct journal_entry
look(struct journal *journal, const struct instance *instance)
{
	struct journal_entry entry;
	struct err err = ERR_INIT;

	ck_assert_msg(journal_look(journal, instance, &entry, &err) == 0, "%s", err.text);
	return entry;
}

/* Record count numbered ones from first on, so many in a transaction. */
static void
fill(struct journal *journal, unsigned first, unsigned count, unsigned at_a_time)
{
	struct instance *instances = calloc(at_a_time, sizeof *instances);
	struct journal_result *results = calloc(at_a_time, sizeof *results);
	struct err err = ERR_INIT;

	ck_assert(instances && results);
	for (unsigned i = 0; i < count; i += at_a_time) {
		for (unsigned j = 0; j < at_a_time; j++) {
			instances[j] = numbered(first + i + j);
			results[j] = (struct journal_result){ .instance = &instances[j],
				.state = JOURNAL_ACKNOWLEDGED, .has_status = true };
		}
		ck_assert_msg(journal_record(journal, results, at_a_time, &err) == 0, "%s", err.text);
	}
	free(results);
	free(instances);
}

static unsigned
count_known(struct journal *journal, unsigned first, unsigned count)
{
	unsigned known = 0;

	for (unsigned i = first; i < first + count; i++) {
		struct instance instance = numbered(i);

		known += look(journal, &instance).state == JOURNAL_ACKNOWLEDGED;
	}
	return known;
}

START_TEST(states)
{
	static const struct {
		const char *uid;
		enum journal_state state;
		int status;
	} rows[] = {
		{ "1.1", JOURNAL_ACKNOWLEDGED, 0 },
		{ "1.2", JOURNAL_ACKNOWLEDGED, 0xb007 },
		{ "1.3", JOURNAL_FAILED, 0xa700 },
		{ "1.4", JOURNAL_FAILED, -1 },
		{ "1.5", JOURNAL_UNCERTAIN, -1 },
	};

	for (int round = 0; round < 2; round++) {
		struct journal *journal = open_for(&iris);

		for (size_t i = 0; i < COUNT(rows); i++) {
			struct instance instance = instance_of(rows[i].uid);
			struct journal_entry entry = look(journal, &instance);

			if (round == 0) {
				ck_assert_int_eq(entry.state, JOURNAL_UNKNOWN);
				ck_assert_uint_eq(entry.attempts, 0);
				must_record(journal, &instance, rows[i].state, rows[i].status);
				entry = look(journal, &instance);
			}
			ck_assert_int_eq(entry.state, rows[i].state);
			ck_assert_int_eq(entry.has_status, rows[i].status >= 0);
			ck_assert_int_eq(entry.status, rows[i].status < 0 ? 0 : rows[i].status);
			ck_assert_uint_eq(entry.attempts, 1);
			ck_assert_str_eq(entry.path, "/data/a.dcm");
		}
		close_it(journal);
	}
}
END_TEST

/* The last result counts, attempts add up; a changed file begins anew. */
START_TEST(repeated)
{
	struct instance instance = instance_of("1.2.3"), longer = instance, newer = instance;
	struct journal *journal = open_for(&iris);

	longer.size++;
	newer.mtime_ns++;
	must_record(journal, &instance, JOURNAL_UNCERTAIN, -1);
	must_record(journal, &instance, JOURNAL_FAILED, 0xa700);
	ck_assert_int_eq(look(journal, &instance).state, JOURNAL_FAILED);
	ck_assert_uint_eq(look(journal, &instance).attempts, 2);
	ck_assert_int_eq(look(journal, &longer).state, JOURNAL_UNKNOWN);
	ck_assert_int_eq(look(journal, &newer).state, JOURNAL_UNKNOWN);
	must_record(journal, &newer, JOURNAL_ACKNOWLEDGED, 0);
	ck_assert_uint_eq(look(journal, &newer).attempts, 1);
	ck_assert_int_eq(look(journal, &instance).state, JOURNAL_UNKNOWN);
	close_it(journal);
}
END_TEST

static bool
shares(struct journal *journal, const struct instance *instance)
{
	bool shared;
	struct err err = ERR_INIT;

	ck_assert_msg(journal_shares_uid(journal, instance, &shared, &err) == 0, "%s", err.text);
	return shared;
}

/* Different objects under one UID have an entry each, though they be equal in size and time. */
START_TEST(shared_uid)
{
	char other[] = "/data/\xff b.dcm", third[] = "/data/c.dcm";
	struct instance a = instance_of("1.2.3"), b = a, c = a, alone;
	struct journal *journal = open_for(&iris);

	b.path = other;
	b.uid_shared = true;
	c.path = third;
	c.size++;
	ck_assert(!shares(journal, &a));
	must_record(journal, &a, JOURNAL_ACKNOWLEDGED, 0);
	ck_assert(!shares(journal, &a));
	ck_assert(shares(journal, &c));
	ck_assert_int_eq(look(journal, &b).state, JOURNAL_UNKNOWN);
	must_record(journal, &b, JOURNAL_FAILED, 0xa700);
	ck_assert_int_eq(look(journal, &a).state, JOURNAL_ACKNOWLEDGED);
	ck_assert_int_eq(look(journal, &b).state, JOURNAL_FAILED);
	/* the other way round, as another order of the paths would have it */
	a.uid_shared = true;
	ck_assert_int_eq(look(journal, &a).state, JOURNAL_ACKNOWLEDGED);
	alone = b;
	alone.uid_shared = false;
	ck_assert_int_eq(look(journal, &alone).state, JOURNAL_FAILED);
	must_record(journal, &b, JOURNAL_ACKNOWLEDGED, 0);
	ck_assert_uint_eq(look(journal, &b).attempts, 2);
	ck_assert_int_eq(look(journal, &alone).state, JOURNAL_ACKNOWLEDGED);
	a.uid_shared = false;
	ck_assert(shares(journal, &a));
	/* changed: as any other */
	b.mtime_ns++;
	ck_assert_int_eq(look(journal, &b).state, JOURNAL_UNKNOWN);
	close_it(journal);
}
END_TEST

static const struct {
	struct journal_key key;
	bool same;
} keys[] = {
	{ { "IRIS", "iris.example", 2762, "STORESCU", "" }, true },
	{ { "IRIS", "IRIS.Example", 2762, "STORESCU", "" }, true },
	{ { "iris", "iris.example", 2762, "STORESCU", "" }, false },
	{ { "IRIS", "10.0.0.1", 2762, "STORESCU", "" }, false },
	{ { "IRIS", "iris.example", 104, "STORESCU", "" }, false },
	{ { "IRIS", "iris.example", 2762, "storescu", "" }, false },
	{ { "IRIS", "iris.example", 2762, "STORESCU", "0123abc" }, false },
	{ { "IRIS'; DROP TABLE instance; --", "\xff", 65535, "", "\"" }, false },
};

START_TEST(key)
{
	struct instance instance = instance_of("1.2.3");
	struct journal *journal = open_for(&iris);

	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
	for (int round = 0; round < 2; round++) {
		journal = open_for(&keys[_i].key);
		ck_assert_int_eq(look(journal, &instance).state,
			keys[_i].same || round ? JOURNAL_ACKNOWLEDGED : JOURNAL_UNKNOWN);
		must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
		close_it(journal);
	}
}
END_TEST

/* Any byte may be in a path; more of it than the entry holds is cut. */
START_TEST(paths)
{
	static char odd[] = "/data/\xff\x80 '\"\n\033[31m%s.dcm";
	struct instance a = instance_of("1.1"), b = instance_of("1.2");
	struct journal *journal = open_for(&iris);
	char *longest = malloc(6001);

	memset(longest, 'x', 6000);
	longest[6000] = '\0';
	a.path = odd;
	b.path = longest;
	must_record(journal, &a, JOURNAL_ACKNOWLEDGED, 0);
	must_record(journal, &b, JOURNAL_ACKNOWLEDGED, 0);
	ck_assert_str_eq(look(journal, &a).path, odd);
	ck_assert_uint_eq(strlen(look(journal, &b).path), 4095);
	close_it(journal);
	ck_assert_int_eq(journal_close(NULL, NULL), 0);
	free(longest);
}
END_TEST

/* --- its file --- */

static unsigned
mode_of(const char *name)
{
	struct stat st;

	return stat(at(name), &st) < 0 ? 0 : st.st_mode & 07777;
}

START_TEST(modes)
{
	static const mode_t umasks[] = { 0, 022, 0777 };
	mode_t before = umask(umasks[_i]);
	struct journal *journal = open_for(&iris);

	ck_assert_uint_eq(mode_of("j"), 0600);
	ck_assert_uint_eq(mode_of("j-wal"), 0600);
	ck_assert_uint_eq(mode_of("j-shm"), 0600);
	close_it(journal);
	ck_assert_uint_eq(mode_of("j"), 0600);
	ck_assert_uint_eq(mode_of("j-wal"), 0);
	umask(before);
}
END_TEST

/* What is there and readable by others stays so, and so does what lies beside it. */
START_TEST(given_mode)
{
	struct journal *journal;

	close(open(at("j"), O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(chmod(at("j"), 0640), 0);
	journal = open_for(&iris);
	ck_assert_uint_eq(mode_of("j"), 0640);
	ck_assert_uint_eq(mode_of("j-wal"), 0640);
	close_it(journal);
}
END_TEST

/* Names that mean something else to SQLite are names of files. */
START_TEST(odd_name)
{
	static const char *const odd[] = {
		":memory:", "file:x?mode=memory", "file:y", "a%20b?c#d", " ", "-x", "\xff",
	};
	struct instance instance = instance_of("1.2.3");

	ck_assert_int_eq(chdir(home), 0);
	for (int round = 0; round < 2; round++) {
		struct err err = ERR_INIT;
		struct journal *journal = journal_open(odd[_i], &iris, &err);

		ck_assert_msg(journal, "%s", err.text);
		ck_assert_int_eq(access(at(odd[_i]), F_OK), 0);
		ck_assert_int_eq(look(journal, &instance).state,
			round ? JOURNAL_ACKNOWLEDGED : JOURNAL_UNKNOWN);
		must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
		close_it(journal);
	}
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

/* --- what it refuses --- */

static void
write_file(const char *bytes, size_t len)
{
	int fd = open(at("j"), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	ck_assert_int_eq(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void
sql(const char *text)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(at("j"), &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* A journal of 2000 entries, closed. */
static void
make(void)
{
	struct journal *journal = open_for(&iris);

	fill(journal, 0, 2000, 1000);
	close_it(journal);
}

static void
text_file(void)
{
	write_file("These are my notes, not a journal.\n", 35);
}

static void
one_byte(void)
{
	write_file("\n", 1);
}

static void
long_file(void)
{
	static char bytes[100000];

	memset(bytes, 'x', sizeof bytes);
	write_file(bytes, sizeof bytes);
}

static void
directory(void)
{
	ck_assert_int_eq(mkdir(at("j"), 0700), 0);
}

static void
fifo(void)
{
	ck_assert_int_eq(mkfifo(at("j"), 0600), 0);
}

static void
dangling_link(void)
{
	ck_assert_int_eq(symlink("nowhere", at("j")), 0);
}

static void
link_loop(void)
{
	ck_assert_int_eq(symlink("j", at("j")), 0);
}

static void
no_directory(void)
{
	ck_assert_int_eq(rmdir(home), 0);
}

static void
foreign(void)
{
	sql("CREATE TABLE instance (destination, uid); INSERT INTO instance VALUES (1, 2)");
}

static void
foreign_signed(void)
{
	sql("PRAGMA application_id = 7; PRAGMA user_version = 1");
}

static void
newer(void)
{
	make();
	sql("PRAGMA user_version = 2");
}

static void
no_version(void)
{
	make();
	sql("PRAGMA user_version = 0");
}

static void
no_tables(void)
{
	make();
	sql("DROP TABLE instance");
}

static void
other_columns(void)
{
	make();
	sql("ALTER TABLE instance RENAME COLUMN status TO code");
}

/* Write over the journal from a byte on. */
static void
spoil(off_t from, size_t len)
{
	static char bytes[65536];
	int fd = open(at("j"), O_WRONLY);

	memset(bytes, 0xa5, sizeof bytes);
	ck_assert_int_eq(pwrite(fd, bytes, len, from), (ssize_t)len);
	close(fd);
}

static void
spoiled_head(void)
{
	make();
	spoil(0, 16);
}

static void
spoiled_first_page(void)
{
	make();
	spoil(100, 3000);
}

static void
spoiled_middle(void)
{
	make();
	spoil(20 * 4096, 8192);
}

static void
cut_short(void)
{
	make();
	ck_assert_int_eq(truncate(at("j"), 20 * 4096 + 1000), 0);
}

/* --- whom it does not believe: what belongs to others, or can be theirs --- */

static void
writable_by_all(void)
{
	make();
	ck_assert_int_eq(chmod(at("j"), 0666), 0);
}

static void
writable_by_all_empty(void)
{
	write_file("", 0);
	ck_assert_int_eq(chmod(at("j"), 0602), 0);
}

/* Give the name to somebody else; nothing without root. */
static void
give_away(const char *name)
{
	ck_assert_int_eq(lchown(at(name), NOBODY, NOBODY), 0);
}

static void
of_another(void)
{
	make();
	give_away("j");
}

static void
move(const char *name, const char *to)
{
	char from[PATH_MAX];

	snprintf(from, sizeof from, "%s", at(name));
	ck_assert_int_eq(rename(from, at(to)), 0);
}

static void
link_of_another(void)
{
	make();
	move("j", "real");
	ck_assert_int_eq(symlink("real", at("j")), 0);
	give_away("j");
}

static void
far_link_of_another(void)
{
	make();
	move("j", "real");
	ck_assert_int_eq(symlink("real", at("second")), 0);
	give_away("second");
	ck_assert_int_eq(symlink(home, at("d")), 0);
	ck_assert_int_eq(symlink("d/second", at("j")), 0);
}

/* A file of that name beside the journal, which SQLite would read. */
static void
plant(const char *name, mode_t mode)
{
	int fd;

	make();
	fd = open(at(name), O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void
log_of_another(void)
{
	plant("j-wal", 0600);
	give_away("j-wal");
}

static void
log_writable_by_all(void)
{
	plant("j-wal", 0606);
}

static void
index_of_another(void)
{
	plant("j-shm", 0600);
	give_away("j-shm");
}

static void
rollback_of_another(void)
{
	plant("j-journal", 0600);
	give_away("j-journal");
}

static void
directory_of_all(void)
{
	make();
	ck_assert_int_eq(chmod(home, 0777), 0);
}

static void
directory_of_all_no_file(void)
{
	ck_assert_int_eq(chmod(home, 0777), 0);
}

static void
link_it(const char *name)
{
	char from[PATH_MAX];

	snprintf(from, sizeof from, "%s", at(name));
	ck_assert_int_eq(link(from, at("elsewhere")), 0);
}

static void
two_names(void)
{
	make();
	link_it("j");
}

static void
drop_root(void)
{
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(home, NOBODY, NOBODY), 0);
	if (access(at("j"), F_OK) == 0)
		ck_assert_int_eq(chown(at("j"), NOBODY, NOBODY), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
}

static void
read_only_file(void)
{
	make();
	drop_root();
	ck_assert_int_eq(chmod(at("j"), 0400), 0);
}

static void
unreadable_file(void)
{
	make();
	drop_root();
	ck_assert_int_eq(chmod(at("j"), 0), 0);
}

/* The -wal file cannot be made. */
static void
read_only_directory(void)
{
	make();
	drop_root();
	ck_assert_int_eq(chmod(home, 0500), 0);
}

static void
read_only_directory_no_file(void)
{
	drop_root();
	ck_assert_int_eq(chmod(home, 0500), 0);
}

/* Check keeps its notes in a file: no assertions under a low limit. */
static void
limit_files(rlim_t size)
{
	struct rlimit limit = { size, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		abort();
}

/* Limits on file sizes stand for a full disk: none left at all; some, but not for all of it. */
static void
full_disk(void)
{
	make();
	limit_files(0);
}

static void
full_disk_no_file(void)
{
	limit_files(0);
}

static void
nearly_full_disk(void)
{
	make();
	limit_files(4096);
}

static const struct {
	const char *name;
	void (*prepare)(void);
	const char *says, *hints;
	bool kept; /* the file stays as it was */
	bool root; /* only root can prepare that */
} refused[] = {
	{ "writable by all", writable_by_all, "is not trusted: all users can write to", "chmod 600", true, false },
	{ "writable by all, empty", writable_by_all_empty, "is not trusted: all users can write to", "chmod 600",
		true, false },
	{ "of another", of_another, "is not trusted", "chown", true, true },
	{ "link of another", link_of_another, "is not trusted", "chown", true, true },
	{ "far link of another", far_link_of_another, "is not trusted", "chown", true, true },
	{ "log of another", log_of_another, "j-wal belongs to user ID 65534", "chown", true, true },
	{ "log writable by all", log_writable_by_all, "can write", "chmod 600", true, false },
	{ "index of another", index_of_another, "j-shm belongs to user ID 65534", "chown", true, true },
	{ "rollback of another", rollback_of_another, "j-journal belongs to", "chown", true, true },
	{ "directory of all", directory_of_all, "can replace it", "o-w", true, false },
	{ "directory of all, no file", directory_of_all_no_file, "can replace it", "o-w", false,
		false },
	{ "two names", two_names, "has 2 names (hard links)", "other names", true, false },
	{ "text", text_file, "is not a journal", "not changed", true, false },
	{ "one byte", one_byte, "is not a journal", "not changed", true, false },
	{ "long file", long_file, "is not a journal", "not changed", true, false },
	{ "directory", directory, "is not a regular file", "a file", false, false },
	{ "FIFO", fifo, "is not a regular file", "a file", false, false },
	{ "dangling link", dangling_link, "No such file or directory", "directory", false, false },
	{ "link to itself", link_loop, "Too many levels", "directory", false, false },
	{ "no directory", no_directory, "No such file or directory", "directory", false, false },
	{ "foreign", foreign, "another program", "not changed", true, false },
	{ "foreign, signed", foreign_signed, "another program", "not changed", true, false },
	{ "newer", newer, "newer release", "that release", true, false },
	{ "version is unknown", no_version, "damaged: its version is unknown", "Move it away", true, false },
	{ "no tables", no_tables, "damaged: no such table", "Move it away", false, false },
	{ "other columns", other_columns, "damaged: no such column", "Move it away", false, false },
	{ "spoiled head", spoiled_head, "is not a journal", "not changed", true, false },
	{ "spoiled first page", spoiled_first_page, "damaged", "Move it away", false, false },
	{ "spoiled middle", spoiled_middle, "damaged", "Move it away", false, false },
	{ "cut short", cut_short, "damaged", "Move it away", false, false },
	{ "read-only file", read_only_file, "Permission denied", "user can write to", true, false },
	{ "unreadable file", unreadable_file, "Permission denied", "user can write to", false, false },
	{ "read-only directory", read_only_directory, "cannot", "this user", true, false },
	{ "read-only directory, no file", read_only_directory_no_file, "Permission denied", "can write to",
		false, false },
	{ "full disk", full_disk, "File too large", "Free", true, false },
	{ "full disk, no file", full_disk_no_file, "File too large", "Free", false, false },
	{ "nearly full disk", nearly_full_disk, "File too large", "Free", true, false },
};

/* FNV-1a of the file's bytes; 0 if it has none that can be read. */
static unsigned long
sum(void)
{
	unsigned long value = 14695981039346656037u;
	int fd = open(at("j"), O_RDONLY | O_NONBLOCK);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file)
		return 0;
	for (int c; (c = getc(file)) != EOF;)
		value = (value ^ (unsigned)c) * 1099511628211u;
	fclose(file);
	return value;
}

START_TEST(refusal)
{
	struct err err = ERR_INIT;
	struct journal *journal;
	unsigned long before;

	if (refused[_i].root && geteuid() != 0)
		return;
	refused[_i].prepare();
	before = sum();
	journal = journal_open(at("j"), &iris, &err);
	limit_files(RLIM_INFINITY);
	ck_assert_msg(!journal, "%s: opened", refused[_i].name);
	ck_assert_int_eq(err.kind, ERR_JOURNAL);
	ck_assert_msg(strstr(err.text, at("j")), "%s: %s", refused[_i].name, err.text);
	ck_assert_msg(strstr(err.text, refused[_i].says), "%s: %s", refused[_i].name, err.text);
	ck_assert_msg(strstr(err.hint, refused[_i].hints), "%s: %s", refused[_i].name, err.hint);
	ck_assert_uint_gt(strlen(err.hint), 0);
	if (refused[_i].kept)
		ck_assert_msg(sum() == before, "%s: written to", refused[_i].name);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod(home, 0700);
	if (access(home, F_OK) < 0)
		mkdir(home, 0700);
}
END_TEST

/* A group's members may be trusted, and a sticky bit keeps others' hands off. Links of one's own are names. */
START_TEST(believed)
{
	struct instance instance = instance_of("1.2.3");
	struct journal *journal;
	struct err err = ERR_INIT;

	make();
	journal = open_for(&iris);
	ck_assert(!journal_group_writes(journal));
	close_it(journal);
	ck_assert_int_eq(chmod(home, 01777), 0);
	ck_assert_int_eq(chmod(at("j"), 0660), 0);
	ck_assert_int_eq(symlink("j", at("s")), 0);
	journal = journal_open(at("s"), &iris, &err);
	ck_assert_msg(journal, "%s", err.text);
	ck_assert(journal_group_writes(journal));
	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
	ck_assert_int_eq(access(at("s-wal"), F_OK), -1);
}
END_TEST

/* --- what is done to its files while they are in use --- */

static void
remove_it(const char *name)
{
	ck_assert_int_eq(unlink(at(name)), 0);
}

static void
rename_it(const char *name)
{
	move(name, "elsewhere");
}

static void
replace_it(const char *name)
{
	rename_it(name);
	close(open(at(name), O_CREAT | O_WRONLY, 0600));
}

static const struct {
	void (*disturb)(const char *name);
	const char *name, *says;
} disturbed[] = {
	{ remove_it, "j", "was removed or renamed while it was in use" },
	{ remove_it, "j-wal", "was removed or renamed" },
	{ remove_it, "j-shm", "was removed or renamed" },
	{ rename_it, "j", "was removed or renamed" },
	{ replace_it, "j", "was replaced" },
	{ replace_it, "j-wal", "was replaced" },
	{ replace_it, "j-shm", "was replaced" },
	{ link_it, "j", "has 2 names" },
};

/* Told by the next record, and else at the end. */
START_TEST(disturbance)
{
	struct instance instance = instance_of("1.2.3");
	const char *name = disturbed[_i].name;

	for (int round = 0; round < 2; round++) {
		struct journal *journal = open_for(&iris);
		struct err err = ERR_INIT;

		must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
		disturbed[_i].disturb(name);
		if (round == 0) {
			ck_assert_int_eq(record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0, &err), -1);
			ck_assert_int_eq(err.kind, ERR_JOURNAL);
			ck_assert_msg(strstr(err.text, disturbed[_i].says), "%s", err.text);
			err = (struct err)ERR_INIT;
		}
		ck_assert_int_eq(journal_close(journal, &err), -1);
		ck_assert_int_eq(err.kind, ERR_JOURNAL);
		ck_assert_msg(strstr(err.text, disturbed[_i].says), "%s", err.text);
		ck_assert_uint_gt(strlen(err.hint), 0);
		home_remove();
		home_make();
	}
}
END_TEST

START_TEST(harmless_name)
{
	struct err err = ERR_INIT;

	ck_assert_ptr_null(journal_open("/nonexistent/\033[31m\n", &iris, &err));
	ck_assert_ptr_null(strchr(err.text, '\033'));
	ck_assert_ptr_null(strchr(err.text, '\n'));
}
END_TEST

/* --- what goes wrong on the way --- */

/* The disk fills up: nothing of that transaction is recorded, all before is, and it goes on once there is
 * room. */
START_TEST(disk_fills_up)
{
	struct journal *journal = open_for(&iris);
	struct err err = ERR_INIT;
	unsigned n = 0;
	struct instance instance;

	limit_files(200000);
	for (;; n++) {
		instance = numbered(n);
		if (record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0, &err) < 0)
			break;
		ck_assert_uint_lt(n, 100000);
	}
	ck_assert_uint_gt(n, 10);
	ck_assert_int_eq(err.kind, ERR_JOURNAL);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write the journal"));
	ck_assert_msg(strstr(err.hint, "Free"), "%s %s", err.text, err.hint);
	ck_assert_uint_eq(count_known(journal, 0, n + 1), n);
	limit_files(RLIM_INFINITY);
	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
	journal = open_for(&iris);
	ck_assert_uint_eq(count_known(journal, 0, n + 1), n + 1);
	close_it(journal);
}
END_TEST

/* What cannot be written back into the file is said, and stands in the -wal file. */
START_TEST(disk_full_at_the_end)
{
	struct journal *journal = open_for(&iris);
	struct err err = ERR_INIT;

	fill(journal, 0, 100, 10);
	limit_files(8192);
	ck_assert_int_eq(journal_close(journal, &err), -1);
	ck_assert_int_eq(err.kind, ERR_JOURNAL);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot write"));
	limit_files(RLIM_INFINITY);
	journal = open_for(&iris);
	ck_assert_uint_eq(count_known(journal, 0, 100), 100);
	close_it(journal);
}
END_TEST

START_TEST(all_or_nothing)
{
	struct instance instances[] = { instance_of("1.1"), instance_of("1.2"), instance_of("1.3") };
	struct journal_result results[] = {
		{ .instance = &instances[0], .state = JOURNAL_ACKNOWLEDGED, .has_status = true },
		{ .instance = &instances[1], .state = JOURNAL_UNKNOWN, .has_status = true }, /* no such result */
		{ .instance = &instances[2], .state = JOURNAL_ACKNOWLEDGED, .has_status = true },
	};
	struct journal *journal = open_for(&iris);
	struct err err = ERR_INIT;

	ck_assert_int_eq(journal_record(journal, results, 3, &err), -1);
	ck_assert_int_eq(err.kind, ERR_JOURNAL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(look(journal, &instances[i]).state, JOURNAL_UNKNOWN);
	results[1].state = JOURNAL_FAILED;
	ck_assert_int_eq(journal_record(journal, results, 3, &err), 0);
	ck_assert_int_eq(journal_record(journal, results, 0, &err), 0);
	ck_assert_int_eq(look(journal, &instances[1]).state, JOURNAL_FAILED);
	close_it(journal);
}
END_TEST

START_TEST(spoiled_while_open)
{
	struct journal *journal = open_for(&iris);
	struct err err = ERR_INIT;
	struct stat st;
	unsigned failed = 0;

	fill(journal, 0, 40000, 1000);
	close_it(journal);
	journal = open_for(&iris);
	ck_assert_int_eq(stat(at("j"), &st), 0);
	for (off_t from = 40960; from < st.st_size; from += 65536)
		spoil(from, 65536);
	for (unsigned i = 0; i < 40000; i++) {
		struct instance instance = numbered(i);
		struct journal_entry entry;

		if (journal_look(journal, &instance, &entry, &err) == 0)
			continue;
		failed++;
		ck_assert_int_eq(err.kind, ERR_JOURNAL);
		ck_assert_msg(strstr(err.text, "damaged"), "%s", err.text);
	}
	ck_assert_uint_gt(failed, 0);
	journal_close(journal, &err);
}
END_TEST

/* Bytes changed anywhere: refused, or answered somehow; never a crash. */
START_TEST(random_damage)
{
	struct stat st;
	unsigned seed = 12345;

	make();
	ck_assert_int_eq(stat(at("j"), &st), 0);
	for (int round = 0; round < 150; round++) {
		struct err err = ERR_INIT;
		struct journal *journal;

		for (int i = 0; i < 4; i++) {
			seed = seed * 1103515245 + 12345;
			spoil((off_t)(seed % (unsigned long)st.st_size), 1 + (seed >> 20) % 40);
		}
		journal = journal_open(at("j"), &iris, &err);
		ck_assert(journal || err.kind == ERR_JOURNAL);
		for (unsigned i = 0; journal && i < 2000; i += 50) {
			struct instance instance = numbered(i);
			struct journal_entry entry;

			(void)!journal_look(journal, &instance, &entry, &err);
			(void)!record(journal, &instance, JOURNAL_FAILED, 0xc000, &err);
		}
		journal_close(journal, &err);
		if (round % 10 == 9) {
			unlink(at("j"));
			make();
		}
	}
}
END_TEST

/* --- several at a time --- */

#define CHILDREN 4
#define EACH	 100

/* A process of its own that opens the journal and records its numbers, telling fd of each that is. */
static pid_t
child(unsigned first, unsigned count, int fd)
{
	pid_t pid = fork();
	struct journal *journal;
	struct err err = ERR_INIT;

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	journal = journal_open(at("j"), &iris, &err);
	for (unsigned i = first; journal && i < first + count; i++) {
		struct instance instance = numbered(i);

		if (record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0, &err) < 0 ||
			(fd >= 0 && write(fd, &i, sizeof i) != sizeof i))
			break;
	}
	if (journal)
		journal_close(journal, &err);
	if (err.kind != ERR_NONE)
		fprintf(stderr, "%s\n", err.text);
	_exit(err.kind == ERR_NONE ? 0 : 1);
}

/* They even make it at the same time. */
START_TEST(processes)
{
	for (unsigned round = 0; round < 5; round++) {
		pid_t pids[CHILDREN];
		struct journal *journal;
		int status;

		unlink(at("j"));
		for (unsigned i = 0; i < CHILDREN; i++)
			pids[i] = child(i * EACH, EACH, -1);
		for (unsigned i = 0; i < CHILDREN; i++) {
			ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
			ck_assert_int_eq(status, 0);
		}
		journal = open_for(&iris);
		ck_assert_uint_eq(count_known(journal, 0, CHILDREN * EACH), CHILDREN * EACH);
		close_it(journal);
	}
}
END_TEST

/* SIGKILL at any moment costs nothing that journal_record had returned for. */
START_TEST(killed)
{
	unsigned next = 0;

	for (unsigned round = 0; round < 20; round++) {
		unsigned last = 0, told = 0, wanted = 1 + round * 13 % 60;
		struct journal *journal;
		int fds[2], status;
		pid_t pid;

		ck_assert_int_eq(pipe(fds), 0);
		pid = child(next, 1000000, fds[1]);
		close(fds[1]);
		/* Killed in the middle of what comes after so many. */
		while (read(fds[0], &last, sizeof last) == sizeof last) {
			if (++told == wanted)
				kill(pid, SIGKILL);
		}
		close(fds[0]);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		ck_assert_uint_ge(told, wanted);
		journal = open_for(&iris);
		ck_assert_uint_eq(count_known(journal, 0, last + 1), last + 1);
		close_it(journal);
		next = last + 1;
	}
}
END_TEST

struct share {
	struct journal *journal;
	unsigned first;
};

static void *
use(void *ctx)
{
	const struct share *share = ctx;
	struct err err = ERR_INIT;

	for (unsigned i = share->first; i < share->first + EACH; i++) {
		struct instance instance = numbered(i);
		struct journal_entry entry;

		if (record(share->journal, &instance, JOURNAL_ACKNOWLEDGED, 0, &err) < 0 ||
			journal_look(share->journal, &instance, &entry, &err) < 0 ||
			entry.state != JOURNAL_ACKNOWLEDGED)
			return ctx;
	}
	return NULL;
}

START_TEST(threads)
{
	struct journal *journal = open_for(&iris);
	struct share shares[CHILDREN];
	pthread_t ids[CHILDREN];

	for (unsigned i = 0; i < CHILDREN; i++) {
		shares[i] = (struct share){ journal, i * EACH };
		ck_assert_int_eq(pthread_create(&ids[i], NULL, use, &shares[i]), 0);
	}
	for (unsigned i = 0; i < CHILDREN; i++) {
		void *failed;

		ck_assert_int_eq(pthread_join(ids[i], &failed), 0);
		ck_assert_ptr_null(failed);
	}
	ck_assert_uint_eq(count_known(journal, 0, CHILDREN * EACH), CHILDREN * EACH);
	close_it(journal);
}
END_TEST

/* What goes out is uncertain until its result is there, and counts one attempt. An acknowledgement stays. */
START_TEST(sent)
{
	struct instance instance = instance_of("1.1");
	struct journal_entry entry;
	struct journal_result out = { .instance = &instance, .sent = true };
	struct journal_result in = { .instance = &instance, .state = JOURNAL_ACKNOWLEDGED, .has_status = true,
		.begun = true };
	struct err err = ERR_INIT;
	struct journal *journal = journal_open(at("sent.db"), &iris, &err);

	ck_assert_msg(journal != NULL, "%s", err.text);
	ck_assert_int_eq(journal_record(journal, &out, 1, &err), 0);
	ck_assert_int_eq(journal_look(journal, &instance, &entry, &err), 0);
	ck_assert_int_eq(entry.state, JOURNAL_UNCERTAIN);
	ck_assert(!entry.has_status);
	ck_assert_uint_eq(entry.attempts, 1);
	ck_assert_int_eq(journal_record(journal, &in, 1, &err), 0);
	ck_assert_int_eq(journal_record(journal, &out, 1, &err), 0);
	ck_assert_int_eq(journal_look(journal, &instance, &entry, &err), 0);
	ck_assert_int_eq(entry.state, JOURNAL_ACKNOWLEDGED);
	ck_assert(entry.has_status);
	ck_assert_uint_eq(entry.attempts, 2);
	ck_assert_int_eq(journal_close(journal, &err), 0);
}
END_TEST

/* Only what was acknowledged goes, of whatever destination, once it is old enough. */
START_TEST(pruned)
{
	static const struct {
		const char *uid;
		enum journal_state state;
		const char *time;
		bool stays;
	} rows[] = {
		{ "1.1", JOURNAL_ACKNOWLEDGED, "999", false },
		{ "1.2", JOURNAL_ACKNOWLEDGED, "1000", true },
		{ "1.3", JOURNAL_FAILED, "999", true },
		{ "1.4", JOURNAL_UNCERTAIN, "999", true },
	};
	struct journal *journal = open_for(&iris);
	struct journal_key elsewhere = iris;
	struct err err = ERR_INIT;
	char text[100];

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct instance instance = instance_of(rows[i].uid);

		must_record(journal, &instance, rows[i].state, -1);
		snprintf(text, sizeof text, "UPDATE instance SET time = %s WHERE uid = '%s'", rows[i].time,
			rows[i].uid);
		sql(text);
	}
	close_it(journal);
	elsewhere.called = "ELSEWHERE";
	journal = open_for(&elsewhere);
	ck_assert_msg(journal_prune(journal, 1000, &err) == 0, "%s", err.text);
	close_it(journal);
	journal = open_for(&iris);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct instance instance = instance_of(rows[i].uid);

		ck_assert_int_eq(look(journal, &instance).state, rows[i].stays ? rows[i].state : JOURNAL_UNKNOWN);
	}
	close_it(journal);
}
END_TEST

/* An answer is recorded, whatever another run has made of the row since its object went out. */
START_TEST(answer_after_others)
{
	struct instance ours = instance_of("1.1"), theirs = instance_of("1.1");
	struct journal_result out = { .instance = &ours, .sent = true };
	struct journal_result in = { .instance = &ours, .state = JOURNAL_FAILED, .has_status = true,
		.status = 0xa900, .begun = true };
	struct journal *journal = open_for(&iris), *other = open_for(&iris);
	struct journal_entry entry;
	struct err err = ERR_INIT;
	char path[] = "/data/b.dcm";

	theirs.path = path;
	theirs.size += (uint64_t)_i; /* another path; then another file, too */
	ck_assert_int_eq(journal_record(journal, &out, 1, &err), 0);
	must_record(other, &theirs, JOURNAL_ACKNOWLEDGED, 0);
	ck_assert_int_eq(journal_record(journal, &in, 1, &err), 0);
	entry = look(journal, &ours);
	ck_assert_int_eq(entry.state, JOURNAL_FAILED);
	ck_assert_uint_eq(entry.status, 0xa900);
	ck_assert_str_eq(entry.path, ours.path);
	ck_assert_uint_eq(entry.attempts, _i ? 1 : 2);
	close_it(other);
	close_it(journal);
}
END_TEST

/* The journal is this run's alone until any other has written to it, for whatever key. */
START_TEST(alone)
{
	struct journal *journal = open_for(&iris), *other;
	struct journal_key elsewhere = iris;

	ck_assert(journal_is_private(journal));
	ck_assert(journal_is_blank(journal));
	fill(journal, 0, 300, 3);
	ck_assert_uint_eq(count_known(journal, 0, 600), 300);
	ck_assert(journal_is_private(journal));
	ck_assert(journal_is_blank(journal)); /* but for what it recorded itself */

	elsewhere.called = "ELSEWHERE";
	other = open_for(&elsewhere);
	ck_assert(!journal_is_private(journal));
	ck_assert(!journal_is_blank(journal));
	ck_assert(journal_is_private(other));
	ck_assert(journal_is_blank(other));
	fill(other, 300, 3, 3);
	ck_assert(journal_is_private(other));
	fill(journal, 300, 3, 3);
	ck_assert(!journal_is_private(other));
	close_it(journal);
	ck_assert(!journal_is_private(other)); /* that one's end changes nothing */
	close_it(other);

	journal = open_for(&iris);
	ck_assert(journal_is_private(journal));
	ck_assert(!journal_is_blank(journal));
	close_it(journal);
}
END_TEST

/* A process that writes to the journal when it is told to. (To open it is not always to
 * write: in the same second there is nothing to change.) */
static pid_t
late_child(int go[2])
{
	struct instance instance = instance_of("1.2.3");
	struct journal *journal;
	struct err err = ERR_INIT;
	pid_t pid;
	bool done;
	char c;

	ck_assert_int_eq(pipe(go), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	close(go[1]);
	(void)!read(go[0], &c, 1);
	journal = journal_open(at("j"), &iris, &err);
	done = journal && record(journal, &instance, JOURNAL_FAILED, 0xa900, &err) == 0;
	_exit(journal_close(journal, &err) == 0 && done ? 0 : 1);
}

/* The same across processes, and after the -wal file has begun anew. */
START_TEST(alone_among_processes)
{
	int go[2], status;
	pid_t pid = late_child(go);
	struct journal *journal = open_for(&iris);

	close(go[0]);
	for (unsigned i = 0; i < 20; i++)
		fill(journal, 0, 20000, 20000); /* more pages in all than the log takes */
	ck_assert(journal_is_private(journal));
	close(go[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(!journal_is_private(journal));
	close_it(journal);
}
END_TEST

/* --- a journal of release 0.1.0 --- */

/* As it made it, with entries for iris: acknowledged, failed, uncertain. */
static void
make_old(void)
{
	sql("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL;"
		"CREATE TABLE destination (id INTEGER PRIMARY KEY, called TEXT NOT NULL,"
		" host TEXT NOT NULL COLLATE NOCASE, port INTEGER NOT NULL, calling TEXT NOT NULL,"
		" edits TEXT NOT NULL, used INTEGER NOT NULL, UNIQUE (called, host, port, calling, edits));"
		"CREATE TABLE instance (destination INTEGER NOT NULL REFERENCES destination (id),"
		" uid TEXT NOT NULL, path BLOB NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,"
		" state TEXT NOT NULL, status INTEGER, attempts INTEGER NOT NULL, time INTEGER NOT NULL,"
		" PRIMARY KEY (destination, uid)) WITHOUT ROWID;"
		"PRAGMA application_id = 1836346483; PRAGMA user_version = 1;"
		"INSERT INTO destination VALUES (1, 'IRIS', 'iris.example', 2762, 'STORESCU', '', 1700000000);"
		"INSERT INTO instance VALUES"
		" (1, '1.1', '/data/a.dcm', 1000, 1700000000123456789, 'acknowledged', 0, 1, 1700000001),"
		" (1, '1.2', '/data/a.dcm', 1000, 1700000000123456789, 'failed', 42752, 2, 1700000002),"
		" (1, '1.3', '/data/a.dcm', 1000, 1700000000123456789, 'uncertain', NULL, 1, 1700000003)");
}

/* What it did for an object: this goes out, and is answered. */
static const char old_release[] =
	"INSERT INTO instance (destination, uid, size, mtime, path, state, attempts, time)"
	" VALUES (1, '1.2', 1000, 1700000000123456789, '/data/a.dcm', 'uncertain', 1, 1700000004)"
	" ON CONFLICT DO UPDATE SET path = excluded.path,"
	" size = excluded.size, mtime = excluded.mtime, time = excluded.time, attempts = CASE"
	" WHEN size = excluded.size AND mtime = excluded.mtime THEN attempts + 1 ELSE 1 END,"
	" state = CASE WHEN size = excluded.size AND mtime = excluded.mtime"
	" AND state = 'acknowledged' THEN state ELSE excluded.state END;"
	"UPDATE instance SET state = 'acknowledged', status = 0, time = 1700000005"
	" WHERE destination = 1 AND uid = '1.2' AND size = 1000 AND mtime = 1700000000123456789"
	" AND path = '/data/a.dcm'";

/* It is read, written on, and given back to the release that made it. */
START_TEST(old_journal)
{
	static const struct {
		const char *uid;
		enum journal_state state;
		unsigned attempts;
	} rows[] = {
		{ "1.1", JOURNAL_ACKNOWLEDGED, 1 },
		{ "1.2", JOURNAL_FAILED, 2 },
		{ "1.3", JOURNAL_UNCERTAIN, 1 },
		{ "1.4", JOURNAL_UNKNOWN, 0 },
	};
	struct instance instance = instance_of("1.4");
	struct journal *journal;

	make_old();
	for (int round = 0; round < 2; round++) {
		journal = open_for(&iris);
		ck_assert(!journal_is_blank(journal));
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct instance old = instance_of(rows[i].uid);

			ck_assert_int_eq(look(journal, &old).state, rows[i].state);
			ck_assert_uint_eq(look(journal, &old).attempts, rows[i].attempts);
		}
		close_it(journal);
	}
	journal = open_for(&iris);
	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
	sql(old_release);
	journal = open_for(&iris);
	for (size_t i = 0; i < COUNT(rows); i++) {
		instance = instance_of(rows[i].uid);
		ck_assert_int_eq(look(journal, &instance).state,
			i == 2 ? JOURNAL_UNCERTAIN : JOURNAL_ACKNOWLEDGED);
	}
	close_it(journal);
}
END_TEST

/* --- what it holds, told --- */

struct told {
	char *text;
	size_t size;
	FILE *to;
};

static void
emit_study(void *self, const struct report_study *event)
{
	struct told *told = self;

	fprintf(told->to, "%s:%s:%u:%s:%d %s%s %zu=%zu(%zu)+%zu+%zu last %lld\n", event->kept->called,
		event->kept->host, event->kept->port, event->kept->calling, event->kept->edited,
		event->kept->study_known ? "" : "?", event->uid, event->found, event->acknowledged,
		event->warned, event->failed, event->uncertain, (long long)event->kept->time);
}

static void
emit_instance(void *self, const struct report_instance *event)
{
	struct told *told = self;

	fprintf(told->to, "- %s %s %s %d %04X %s %u\n", event->path, event->sop_instance, event->study,
		event->result, event->has_status ? event->status : 0xffffu, event->comment, event->attempt);
}

/* All of it, or the error's text. */
static char *
list(const struct journal_key *only)
{
	struct told told;
	const struct reporter reporter = { .self = &told, .study = emit_study, .instance = emit_instance };
	struct report_totals totals = { .found = 0 };
	struct err err = ERR_INIT;

	told.to = open_memstream(&told.text, &told.size);
	ck_assert_ptr_nonnull(told.to);
	if (journal_list(at("j"), only, &reporter, &totals, &err) < 0)
		fprintf(told.to, "%s. %s", err.text, err.hint);
	else
		fprintf(told.to, "%zu=%zu+%zu+%zu\n", totals.found, totals.acknowledged, totals.failed,
			totals.uncertain);
	fclose(told.to);
	return told.text;
}

static void
assert_lists(const struct journal_key *only, const char *wanted)
{
	char *text = list(only);

	ck_assert_str_eq(text, wanted);
	free(text);
}

/* Two destinations and two studies; one with more than one line of each. */
static void
fill_studies(void)
{
	static const struct {
		const char *uid, *study;
		enum journal_state state;
		int status;
		const char *comment;
	} rows[] = {
		{ "1.1", "1.2.3", JOURNAL_ACKNOWLEDGED, 0, "" },
		{ "1.2", "1.2.3", JOURNAL_ACKNOWLEDGED, 0xb007, "mismatch" },
		{ "1.3", "1.2.4", JOURNAL_FAILED, 0xa700, "disk full" },
		{ "1.4", "1.2.3", JOURNAL_UNCERTAIN, -1, "gone" },
		{ "1.5", "", JOURNAL_FAILED, -1, "no such file" },
	};
	struct journal *journal = open_for(&iris);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct instance instance = instance_of(rows[i].uid);
		struct journal_result result = { .instance = &instance, .state = rows[i].state,
			.has_status = rows[i].status >= 0, .status = (uint16_t)rows[i].status };

		snprintf(instance.study, sizeof instance.study, "%s", rows[i].study);
		snprintf(result.comment, sizeof result.comment, "%s", rows[i].comment);
		ck_assert_int_eq(journal_record(journal, &result, 1, &err), 0);
	}
	close_it(journal);
	journal = open_for(&keys[6].key);
	must_record(journal, &(struct instance){ .path = (char *)(uintptr_t)"/x", .sop_instance = "1.1" },
		JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
	sql("UPDATE instance SET time = 1700000000 + substr(uid, 3)");
}

#define OF_IRIS                                                                        \
	"IRIS:iris.example:2762:STORESCU:0  1=0(0)+1+0 last 1700000005\n"              \
	"- /data/a.dcm 1.5  2 FFFF no such file 1\n"                                   \
	"IRIS:iris.example:2762:STORESCU:0 1.2.3 3=2(1)+0+1 last 1700000004\n"         \
	"- /data/a.dcm 1.4 1.2.3 3 FFFF gone 1\n"                                      \
	"IRIS:iris.example:2762:STORESCU:0 1.2.4 1=0(0)+1+0 last 1700000003\n"         \
	"- /data/a.dcm 1.3 1.2.4 2 A700 disk full 1\n"

#define OF_EDITED "IRIS:iris.example:2762:STORESCU:1  1=1(0)+0+0 last 1700000001\n"

START_TEST(listed)
{
	static const struct journal_key nobody = { "NOBODY", "iris.example", 2762, "STORESCU", "" };
	unsigned long before;

	fill_studies();
	before = sum();
	assert_lists(NULL, OF_IRIS OF_EDITED "6=3+2+1\n");
	assert_lists(&iris, OF_IRIS OF_EDITED "6=3+2+1\n");
	assert_lists(&nobody, "0=0+0+0\n");
	ck_assert(sum() == before);
	ck_assert_int_eq(access(at("j-wal"), F_OK), -1);
	ck_assert_int_eq(access(at("j-shm"), F_OK), -1);
}
END_TEST

/* While a run writes: what is committed so far, and the run goes on undisturbed. */
START_TEST(listed_meanwhile)
{
	struct instance instance = instance_of("1.9");
	struct journal *journal;

	fill_studies();
	journal = open_for(&iris);
	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	for (int i = 0; i < 2; i++) {
		char *text = list(NULL);

		ck_assert_ptr_nonnull(strstr(text, "7=4+2+1\n"));
		free(text);
	}
	ck_assert(journal_is_private(journal));
	must_record(journal, &instance, JOURNAL_ACKNOWLEDGED, 0);
	close_it(journal);
}
END_TEST

/* Nothing is added to an old one; its studies were not recorded. */
START_TEST(listed_old)
{
	unsigned long before;

	make_old();
	before = sum();
	assert_lists(NULL, "IRIS:iris.example:2762:STORESCU:0 ? 3=1(0)+1+1 last 1700000003\n"
		"- /data/a.dcm 1.2  2 A700  2\n- /data/a.dcm 1.3  3 FFFF  1\n3=1+1+1\n");
	ck_assert(sum() == before);
}
END_TEST

/* What is not there is not made, and what is refused when written to is so when read. */
START_TEST(listed_refused)
{
	char *text = list(NULL);

	ck_assert_ptr_nonnull(strstr(text, "No such file or directory. Check its name; "));
	free(text);
	ck_assert_int_eq(access(at("j"), F_OK), -1);
	fill_studies();
	ck_assert_int_eq(chmod(at("j"), 0666), 0);
	text = list(NULL);
	ck_assert_ptr_nonnull(strstr(text, "is not trusted"));
	free(text);
	ck_assert_int_eq(chmod(at("j"), 0600), 0);
	sql("UPDATE instance SET state = 'lost' WHERE uid = '1.1'");
	text = list(NULL);
	ck_assert_ptr_nonnull(strstr(text, "damaged: an entry has an unknown state"));
	free(text);
	write_file("", 0);
	assert_lists(NULL, "0=0+0+0\n");
	write_file("not a journal, but some text", 28);
	text = list(NULL);
	ck_assert_ptr_nonnull(strstr(text, "is not a journal"));
	free(text);
}
END_TEST

/* As older releases made it: with SQLite's own size of a page. */
START_TEST(other_page_size)
{
	struct journal *journal = open_for(&iris);
	sqlite3 *db;

	fill(journal, 0, 100, 10);
	close_it(journal);
	ck_assert_int_eq(sqlite3_open(at("j"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM",
		NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	journal = open_for(&iris);
	fill(journal, 100, 100, 10);
	ck_assert(journal_is_private(journal));
	ck_assert_uint_eq(count_known(journal, 0, 300), 200);
	close_it(journal);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("journal");
	TCase *tc = tcase_create("journal");

	tcase_add_checked_fixture(tc, home_make, home_remove);
	tcase_add_test(tc, states);
	tcase_add_test(tc, repeated);
	tcase_add_test(tc, shared_uid);
	tcase_add_test(tc, sent);
	tcase_add_test(tc, pruned);
	tcase_add_loop_test(tc, answer_after_others, 0, 2);
	tcase_add_test(tc, alone);
	tcase_add_test(tc, alone_among_processes);
	tcase_add_test(tc, other_page_size);
	tcase_add_test(tc, old_journal);
	tcase_add_test(tc, listed);
	tcase_add_test(tc, listed_meanwhile);
	tcase_add_test(tc, listed_old);
	tcase_add_test(tc, listed_refused);
	tcase_add_loop_test(tc, key, 0, (int)COUNT(keys));
	tcase_add_test(tc, paths);
	tcase_add_loop_test(tc, modes, 0, 3);
	tcase_add_test(tc, given_mode);
	tcase_add_loop_test(tc, odd_name, 0, 7);
	tcase_add_rows(tc, refusal, refused, name);
	tcase_add_test(tc, believed);
	tcase_add_rows(tc, disturbance, disturbed, name);
	tcase_add_test(tc, harmless_name);
	tcase_add_test(tc, disk_fills_up);
	tcase_add_test(tc, disk_full_at_the_end);
	tcase_add_test(tc, all_or_nothing);
	tcase_add_test(tc, spoiled_while_open);
	tcase_add_test(tc, random_damage);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, killed);
	tcase_add_test(tc, threads);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
