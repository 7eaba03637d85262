/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/netfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

/* File systems that several hosts may have mounted, by statfs(2)'s f_type. */
static const struct {
	uint32_t type;
	const char *name;
} remote[] = {
	{ 0x00006969, "nfs" },
	{ 0x0000517b, "smb" },
	{ 0xff534d42, "cifs" },
	{ 0xfe534d42, "smb3" },
	{ 0x00c36400, "ceph" },
	{ 0x01021997, "9p" },
	{ 0x01161970, "gfs2" },
	{ 0x0bd00bd0, "lustre" },
	{ 0x19830326, "beegfs" },
	{ 0x20030528, "orangefs" },
	{ 0x47504653, "gpfs" },
	{ 0x5346414f, "afs" },
	{ 0x6b414653, "afs" },
	{ 0x73757245, "coda" },
	{ 0x7461636f, "ocfs2" },
	{ 0xaad7aaea, "panfs" },
};

/* FUSE has one f_type for all; these are its network file systems, by their type in mountinfo. */
#define FUSE_TYPE 0x65735546
static const char *const remote_fuse[] = {
	"fuse.blobfuse", "fuse.blobfuse2", "fuse.ceph", "fuse.ceph-fuse", "fuse.curlftpfs",
	"fuse.davfs", "fuse.gcsfuse", "fuse.glusterfs", "fuse.goofys", "fuse.gvfsd-fuse",
	"fuse.hdfs", "fuse.juicefs", "fuse.lizardfs", "fuse.mfs", "fuse.moosefs", "fuse.mount-s3",
	"fuse.mountpoint-s3", "fuse.quobyte", "fuse.rclone", "fuse.s3fs", "fuse.seaweedfs",
	"fuse.smbnetfs", "fuse.sshfs",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What follows " - " in a line of mountinfo: type, source, options. */
static const char *
evaluate_fuse(const char *mount)
{
	size_t type = strcspn(mount, " \n");
	const char *source = mount + type + (mount[type] == ' ');

	for (size_t i = 0; i < COUNT(remote_fuse); i++) {
		if (strlen(remote_fuse[i]) == type && strncmp(mount, remote_fuse[i], type) == 0)
			return remote_fuse[i];
	}
	/* davfs2 only says "fuse", but mounts a URL. */
	return memmem(source, strcspn(source, " \n"), "://", 3) ? "fuse" : NULL;
}

const char *
netfs_evaluate(uint32_t type, unsigned dev_major, unsigned dev_minor, const char *mountinfo)
{
	for (size_t i = 0; i < COUNT(remote); i++) {
		if (remote[i].type == type)
			return remote[i].name;
	}
	if (type != FUSE_TYPE)
		return NULL;
	/* "ID parent major:minor root point options [fields] - type source options", proc_pid_mountinfo(5) */
	for (const char *line = mountinfo, *end; *line; line = *end ? end + 1 : end) {
		const char *dash;
		unsigned major_here, minor_here;

		end = line + strcspn(line, "\n");
		dash = memmem(line, (size_t)(end - line), " - ", 3);
		if (dash && sscanf(line, "%*u %*u %u:%u", &major_here, &minor_here) == 2 &&
			major_here == dev_major && minor_here == dev_minor)
			return evaluate_fuse(dash + 3);
	}
	return NULL;
}

/* The text of /proc/self/mountinfo, "" if there is none; the caller frees it. NULL if there is no memory. */
static char *
read_mountinfo(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *text = NULL;
	size_t room = 0;

	if (!file || getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	if (file)
		fclose(file);
	return text;
}

int
netfs_find(const char *path, const char **name)
{
	struct statfs fs;
	struct stat st;
	char *mountinfo;

	if (stat(path, &st) < 0 || statfs(path, &fs) < 0)
		return -1;
	mountinfo = read_mountinfo();
	if (!mountinfo)
		return -1;
	*name = netfs_evaluate((uint32_t)fs.f_type, major(st.st_dev), minor(st.st_dev), mountinfo);
	free(mountinfo);
	return 0;
}
