/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/netfs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check_main.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define FUSE	     0x65735546

static const char mounts[] =
	"22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
	"31 22 0:40 / /mnt/a\\040-\\040b rw shared:2 master:7 - fuse.sshfs me@host:/data rw,user_id=1000\n"
	"32 22 0:41 / /mnt/local rw - fuse.mergerfs a:b rw\n"
	"33 22 0:42 / /mnt/dav rw - fuse https://dav.example/ rw\n"
	"34 22 0:43 / /mnt/usb rw - fuseblk /dev/sdb1 rw\n"
	"35 22 0:44 / /mnt/g rw shared:3 - fuse.glusterfs host:/vol rw\n"
	"36 22 0:45 / /mnt/new rw - fuse.sshfsplus x rw\n"
	"37 22 0:46 / /mnt/virtio rw - virtiofs share rw\n"
	"nonsense\n"
	"38 22 0:47 / no dash here\n"
	"39 22 0:48 / /end rw - fuse.s3fs";

static const struct {
	uint32_t type;
	unsigned major, minor;
	const char *mounts, *name;
} rows[] = {
	{ 0xef53, 254, 0, mounts, NULL },	  /* ext4 */
	{ 0x01021994, 0, 25, mounts, NULL },	  /* tmpfs */
	{ 0x9123683e, 0, 25, mounts, NULL },	  /* btrfs */
	{ 0x58465342, 8, 1, mounts, NULL },	  /* XFS */
	{ 0x794c7630, 0, 25, mounts, NULL },	  /* overlay */
	{ 0x2fc12fc1, 0, 25, mounts, NULL },	  /* ZFS */
	{ 0x6969, 0, 50, "", "nfs" },
	{ 0x517b, 0, 50, mounts, "smb" },
	{ 0xff534d42, 0, 50, mounts, "cifs" },
	{ 0xfe534d42, 0, 50, mounts, "smb3" },
	{ 0x00c36400, 0, 50, mounts, "ceph" },
	{ 0x5346414f, 0, 50, mounts, "afs" },
	{ 0x73757245, 0, 50, mounts, "coda" },
	{ 0x0bd00bd0, 0, 50, mounts, "lustre" },
	{ 0x47504653, 0, 50, mounts, "gpfs" },
	{ 0x19830326, 0, 50, mounts, "beegfs" },
	{ 0x01161970, 253, 1, mounts, "gfs2" },
	{ 0x7461636f, 253, 1, mounts, "ocfs2" },
	{ 0x01021997, 0, 50, mounts, "9p" },
	{ FUSE, 0, 40, mounts, "fuse.sshfs" },
	{ FUSE, 0, 41, mounts, NULL },
	{ FUSE, 0, 42, mounts, "fuse" },
	{ FUSE, 0, 43, mounts, NULL },
	{ FUSE, 0, 44, mounts, "fuse.glusterfs" },
	{ FUSE, 0, 45, mounts, NULL },
	{ FUSE, 0, 46, mounts, NULL },
	{ FUSE, 0, 47, mounts, NULL },
	{ FUSE, 0, 48, mounts, "fuse.s3fs" },
	{ FUSE, 0, 49, mounts, NULL },
	{ FUSE, 0, 40, "", NULL },
	{ FUSE, 0, 40, " - ", NULL },
	{ FUSE, 0, 40, "1 1 0:40 - ", NULL },
	{ FUSE, 0, 40, "1 1 0:40 - fuse.sshfs", "fuse.sshfs" },
	{ FUSE, 0, 40, "1 1 0:40 x\n1 1 0:41 - fuse.sshfs h rw\n", NULL },
};

START_TEST(row)
{
	const char *name = netfs_evaluate(rows[_i].type, rows[_i].major, rows[_i].minor, rows[_i].mounts);

	if (rows[_i].name)
		ck_assert_str_eq(name ? name : "none", rows[_i].name);
	else
		ck_assert_msg(!name, "%s", name);
}
END_TEST

START_TEST(here)
{
	const char *name = "unset";

	ck_assert_int_eq(netfs_find("/proc", &name), 0);
	ck_assert_ptr_null(name);
	ck_assert_int_eq(netfs_find("/nonexistent", &name), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("netfs");
	TCase *tc = tcase_create("netfs");

	tcase_add_rows(tc, row, rows, name);
	tcase_add_test(tc, here);
	suite_add_tcase(s, tc);
	return s;
}

int
main(void)
{
	return check_run(suite());
}
