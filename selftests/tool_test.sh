#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Tests what userspace/cancelsafe says to people: bad usage, and everything that
# can be missing. With nothing but busybox, as root, the module not loaded but
# cancelsafe.ko in this folder; prints TAP. At the end this kernel takes only
# signed modules, until it boots again.

OUT=/tmp/tool.out
ERR=/tmp/tool.err
NODE=/dev/cancelsafe

# result NAME: of the command before it; what the tool said, if it was wrong.
result()
{
	if [ $? = 0 ]; then
		echo "ok - $1"
	else
		sed 's/^/# /' "$OUT" "$ERR"
		echo "not ok - $1"
	fi
}

# tool STATUS ARGUMENT...: whether it ends with this status.
tool()
{
	local expected=$1 status=0

	shift
	cancelsafe "$@" >"$OUT" 2>"$ERR" || status=$?
	[ "$status" = "$expected" ] && return
	echo "# cancelsafe $*: status $status, not $expected" >>"$ERR"
	return 1
}

# says WORD...: each of them, and on standard error alone.
says()
{
	for word; do
		grep -q -- "$word" "$ERR" || { echo "# it does not say: $word" >>"$ERR"; return 1; }
	done
	[ ! -s "$OUT" ]
}

# misuse WORD ARGUMENT...: ends with 2, names WORD, and says where help is.
misuse()
{
	local word=$1

	shift
	tool 2 "$@" && says "$word" 'Try .cancelsafe'
}

test_usage()
{
	misuse bogus bogus && misuse bogus info --bogus && misuse extra read extra
	result unknown_words_are_refused

	misuse 'from 1 to 100' stress -t 0 && misuse 'from 1 to 100' stress -t 101 &&
	misuse 'from 1 to 100' stress -t -1 && misuse 'from 1 to 100' stress -t 4x &&
	misuse 'from 1 to 100' stress -t '' && misuse 'from 1 to 100' stress -i 101 &&
	misuse 'from 1 to' stress --seconds 0 &&
	misuse 'from 1 to' stress --seconds 99999999999999999999 &&
	misuse 'from 1 to' stress --reads 0 && misuse seed stress --seed x &&
	misuse 'from 1 to' read -n 0 && misuse threads stress -t
	result wrong_numbers_are_refused_and_the_range_is_named

	misuse bogus stress --mix bogus=1 && misuse weight stress --mix data= &&
	misuse 1000 stress --mix data=1001 && misuse mix stress --mix '' &&
	misuse mix stress --mix data=0
	result wrong_mixes_are_refused
}

test_no_module()
{
	for command in 'stress --seconds 1' cancel read info; do
		# shellcheck disable=SC2086 # a command and its options
		tool 1 $command && says insmod || return
	done
}

# of_another_kernel FILE: the module, with another release and another word behind
# it in its vermagic. With symbol versions the kernel does not look at the release.
of_another_kernel()
{
	local at

	cp cancelsafe.ko "$1"
	for at in $(strings -t d "$1" | awk '/vermagic=/ {
			at = $1 - index($0, "vermagic=")
			print at + index($0, "=") + 1, at + index($0, " SMP") + 1 }'); do
		printf 0 | dd of="$1" bs=1 seek="$at" conv=notrunc 2>/dev/null
	done
}

# What --load needs: nothing, a file, a module, one for this kernel.
test_load()
{
	tool 0 stress --seconds 1 --load && [ ! -e $NODE ]
	result load_loads_and_unloads

	insmod cancelsafe.ko && tool 0 stress --seconds 1 --load && [ -e $NODE ] &&
	rmmod cancelsafe
	result load_leaves_what_was_there

	tool 1 stress --seconds 1 --load /none.ko && says none.ko 'No such file'
	result load_of_no_file
	echo junk >/tmp/junk.ko
	tool 1 stress --seconds 1 --load /tmp/junk.ko && says junk.ko 'no kernel module'
	result load_of_no_module
	of_another_kernel /tmp/other.ko
	tool 1 stress --seconds 1 --load /tmp/other.ko && says 'built for' "$(uname -r)"
	result load_of_another_kernels_module
}

test_permission()
{
	echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
	echo samplers:x:77: >/etc/group
	chown 0:77 $NODE
	! su nobody -c 'cancelsafe read' >"$OUT" 2>"$ERR" && says samplers
	result no_permission_names_the_group
}

test_io_uring_disabled()
{
	local switch=/proc/sys/kernel/io_uring_disabled

	if [ ! -e $switch ]; then
		echo "ok - io_uring_disabled_is_named # SKIP Linux $(uname -r) has no kernel.io_uring_disabled"
		return
	fi
	echo 2 >$switch
	tool 1 cancel && says io_uring_disabled
	result io_uring_disabled_is_named
	echo 0 >$switch
}

test_whole()
{
	tool 0 stress -t 2 -i 2 --seconds 2 --mix data,fd,all,sync,link,signal=2,none --json &&
	grep -q '"held": *true' "$OUT"
	result A1_A7_several_instances_under_one_account
	tool 0 stress -t 2 -i 2 --seconds 1 --abrupt &&
	grep -q 'waiting:	0' /sys/class/misc/cancelsafe/stats/all
	result A9_L10_abrupt_end_leaves_nothing_waiting
}

test_signed_only()
{
	local switch=/sys/module/module/parameters/sig_enforce

	if ! echo 1 >$switch; then
		echo "ok - signed_only_kernel_is_named # SKIP this kernel cannot be told to take only signed modules"
		return
	fi
	tool 1 stress --seconds 1 --load && says sign
	result signed_only_kernel_is_named
} 2>>"$ERR"

mkdir -p /etc
echo 1..14
test_usage
test_no_module
result no_module_says_what_to_do
test_load
insmod cancelsafe.ko || exit
test_permission
test_io_uring_disabled
test_whole
rmmod cancelsafe || exit
test_signed_only
