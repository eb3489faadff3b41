// SPDX-License-Identifier: GPL-2.0
/*
 * Why the kernel does not take a module.
 *
 * It says only an errno, and each has several causes: so what else it shows of
 * itself is looked at.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "files.h"
#include "refusal.h"

#define VERMAGIC_SIZE 128

#define NEEDS_SIGNATURE \
	"Secure Boot needs a module that is signed with a key that this machine trusts: " \
	"make a key and enroll it (mokutil --import KEY.der, then reboot), and sign the module " \
	"(sign-file sha256 KEY.priv KEY.der cancelsafe.ko); or switch Secure Boot off; or type: " \
	"make demo, whose virtual machine needs no signature"

/* "6.1.0-18-amd64 SMP preempt mod_unload modversions", from the file's .modinfo. */
static bool read_vermagic(int fd, char vermagic[static VERMAGIC_SIZE])
{
	static const char key[] = "vermagic=";
	const size_t length = sizeof(key) - 1;
	const char *text, *found;
	struct stat st;

	if (fstat(fd, &st) || !st.st_size)
		return false;
	text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return false;
	found = memmem(text, st.st_size, key, length);
	snprintf(vermagic, VERMAGIC_SIZE, "%.*s",
		 found ? (int)(text + st.st_size - (found + length)) : 0,
		 found ? found + length : "");
	munmap((void *)text, st.st_size);
	return vermagic[0];
}

static void complain_of_format(const char *path, int fd)
{
	char vermagic[VERMAGIC_SIZE];
	struct utsname kernel;
	size_t release;

	if (!read_vermagic(fd, vermagic)) {
		complain("cannot load %s: it is no kernel module: build it: make module", path);
		return;
	}
	uname(&kernel);
	release = strcspn(vermagic, " ");
	if (strncmp(vermagic, kernel.release, release) || kernel.release[release])
		complain("cannot load %s: it was built for Linux %.*s, and this is %s: build it "
			 "anew with this kernel's headers: make clean && make module",
			 path, (int)release, vermagic, kernel.release);
	else
		complain("cannot load %s: it was built for another Linux %s than this (its version "
			 "magic: %s): look at dmesg, and build it anew: make clean && make module",
			 path, kernel.release, vermagic);
}

/* "none [integrity] confidentiality": the brackets show what is in force. */
static bool locked_down(void)
{
	char text[128];

	return !line_of_file("/sys/kernel/security/lockdown", text, sizeof(text)) &&
	       !strstr(text, "[none]");
}

static bool takes_no_more(void)
{
	__u64 disabled;

	return number_of_file("/proc/sys/kernel/modules_disabled", &disabled) && disabled;
}

static void complain_of_permission(const char *path)
{
	if (geteuid())
		complain("cannot load %s: only root may load modules: use sudo", path);
	else if (takes_no_more())
		complain("cannot load %s: sysctl kernel.modules_disabled is 1, and that lasts "
			 "until the next boot: reboot, or type: make demo", path);
	else if (locked_down())
		complain("cannot load %s: this kernel is locked down, and the module is not "
			 "signed: " NEEDS_SIGNATURE, path);
	else
		complain("cannot load %s: %s: root lacks CAP_SYS_MODULE, as in a container, or a "
			 "security module forbids it: do it outside, or type: make demo",
			 path, strerror(EPERM));
}

void refusal_complain(const char *path, int fd, int err)
{
	switch (err) {
	case EINVAL:
	case EISDIR:
	case ENOEXEC:
		complain_of_format(path, fd);
		break;
	case EPERM:
		complain_of_permission(path);
		break;
	case EKEYREJECTED:
	case ENOKEY:
	case ENODATA:
	case ENOPKG:
	case EBADMSG:
		complain("cannot load %s: %s: this kernel takes only modules that are signed with "
			 "a key that it knows: " NEEDS_SIGNATURE, path, strerror(err));
		break;
	case ENOSYS:
		complain("cannot load %s: this kernel was built without modules: type: make demo",
			 path);
		break;
	default:
		complain("cannot load %s: %s: dmesg may say more", path, strerror(err));
	}
}
