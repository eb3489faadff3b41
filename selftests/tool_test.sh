#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Tests what userspace/cancelsafe says to people: bad usage, and everything that
# can be missing. With nothing but busybox, as root, the module not loaded but
# cancelsafe.ko in this folder; prints TAP. At the end this kernel takes only
# signed modules, until it boots again.

. ./script_lib

NODE=/dev/cancelsafe
NODES=/sys/devices/cancelsafe
FRAMEWORK=/sys/class/misc/cancelsafe-framework

test_usage()
{
	misuse bogus bogus && misuse bogus info --bogus && misuse extra read extra
	result unknown_words_are_refused

	misuse 'options follow' -t 10 stress && misuse 'options follow' --json
	result options_before_the_command_are_refused
	tool 0 help help && grep -q stress "$OUT" && tool 0 help stress && tool 0 --help
	result help_is_given

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

	misuse bogus stress --path bogus && misuse bogus stress --path read,bogus &&
	misuse 'path needs' stress --path && misuse 'path needs' stress --path=
	result wrong_paths_are_refused

	misuse 'node needs' read --node x/y && misuse 'node needs' info --node= &&
	misuse 'node needs' stress --node
	result wrong_nodes_are_refused
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

# adds_up: whether the table's reads are as many as were submitted, and those that
# the driver never saw as many as its own count lacks; and so by path, too.
adds_up()
{
	awk '/^reads$/ { of_reads = 1; next }
	/^$/ { of_reads = of_paths = 0 }
	/^paths  / { of_paths = 1; next }
	of_paths && NF > 5 { by_path += $(NF - 4); ended += $(NF - 3) + $(NF - 1) + $NF; next }
	of_reads && $1 == "submitted" { submitted = $NF; next }
	of_reads && !/^    / { sum += $NF }
	of_reads && /before the driver/ { never_seen = $NF }
	of_reads && /in flight when/ { in_flight = $NF }
	!of_reads && $1 == "submitted" { seen = $NF }
	END { exit !(submitted && submitted == sum && submitted == seen + never_seen &&
		     submitted == by_path && submitted == ended + in_flight) }' "$OUT"
}

# What a node has not got, and what does not go together.
test_combinations()
{
	local queueless=cancelsafe-wait-queue

	misuse EOPNOTSUPP stress --node $queueless --path aio &&
	misuse EOPNOTSUPP stress --node $queueless --path read,cmd &&
	misuse polled stress --node $queueless --path iowq &&
	misuse EOPNOTSUPP stress --node $queueless --mix data,tag &&
	misuse polled stress --path poll
	result paths_that_the_node_lacks_are_refused
	misuse 'left out' stress --path iowq --mix data,tag &&
	misuse signal=1 stress --path read --mix none &&
	misuse iocb=1 stress --path iowq,aio --mix data
	result mixes_without_their_paths_are_refused
}

# takes PATH... [-- OPTION...]: whether a run by these paths, and no others, holds.
takes()
{
	local paths='' path

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		paths=$paths${paths:+,}$1
		shift
	done
	[ $# -eq 0 ] || shift
	tool 0 stress -t 2 --seconds 1 --path "$paths" "$@" && adds_up || return
	for path in read iowq poll aio cmd; do
		case ,$paths, in
		*,$path,*)	grep -q "^  $path  *[A-Za-z]" "$OUT" ;;
		*)		! grep -q "^  $path  *[A-Za-z]" "$OUT" ;;
		esac || { echo "$path: it took it, or not" >>"$ERR"; return 1; }
	done
}

test_paths()
{
	local path

	for path in read iowq aio cmd; do
		takes $path
		result A1_A7_path_$path
	done
	takes poll -- --node cancelsafe-wait-queue
	result A1_A7_path_poll
	takes read iowq aio cmd && takes read aio -- --mix signal,iocb=9 &&
	takes read poll -- --node cancelsafe-wait-queue
	result A1_A7_paths_together
	takes read iowq aio cmd -- --mix data=9,file,iocb=9,signal=9 &&
	takes iowq aio cmd -- --mix none
	result A1_A7_one_files_cancel_reaches_all_its_paths
	for path in aio cmd; do
		takes $path -- --abrupt || break
	done
	result A9_L10_abrupt_end_of_paths_without_threads
}

# by_route: whether runs hold by each of the framework's other routes.
by_route()
{
	local route

	for route in requeue forward lower; do
		echo $route >/sys/class/misc/cancelsafe-framework/route &&
		tool 0 stress -t 2 --seconds 1 --node cancelsafe-framework && adds_up || return
	done
}

# Each has its own way to let a read wait, and two of them have more.
test_models()
{
	local sysfs=/sys/class/misc node

	for node in "$sysfs"/cancelsafe-*; do
		tool 0 stress -t 2 --seconds 1 --node "${node##*/}" && adds_up &&
		grep -q 'waiting:	0' "$node/stats/all"
		result "A1_A7_stress_of_$(cat "$node/model")"
	done
	echo server >$sysfs/cancelsafe-cancel-lock/current_ended_by
	tool 0 stress -t 2 --seconds 1 --node cancelsafe-cancel-lock && adds_up
	result A1_A7_E3_stress_where_the_server_ends_the_current_read
	by_route
	result A1_A7_stress_of_the_frameworks_other_routes
}

one_waits()
{
	grep -q 'waiting:	1' $FRAMEWORK/stats/all
}

# A read that cannot be had, for a reason that the node's owner can do away with.
test_refused()
{
	local settle limit reader

	settle=$(cat $FRAMEWORK/settle_us)
	limit=$(cat $FRAMEWORK/queue_limit)
	echo 3600000000 >$FRAMEWORK/settle_us
	echo lower >$FRAMEWORK/route
	echo unplugged >$FRAMEWORK/lower
	tool 1 read --node cancelsafe-framework && says "echo plugged >$FRAMEWORK/lower"
	result read_says_that_the_lower_target_is_unplugged
	echo plugged >$FRAMEWORK/lower
	echo 1 >$FRAMEWORK/queue_limit
	cancelsafe read --node cancelsafe-framework >/dev/null 2>/tmp/unplugged &
	reader=$!
	until_true one_waits && tool 1 read --node cancelsafe-framework &&
	says "raise $FRAMEWORK/queue_limit"
	result read_says_that_too_many_wait
	echo cancelsafe-framework >$NODES/unplug
	! wait $reader && cp /tmp/unplugged "$ERR" && : >"$OUT" &&
	says "echo cancelsafe-framework >$NODES/plug"
	result read_says_that_the_node_was_unplugged
	echo cancelsafe-framework >$NODES/plug
	echo direct >$FRAMEWORK/route
	echo "$limit" >$FRAMEWORK/queue_limit
	echo "$settle" >$FRAMEWORK/settle_us
}

test_whole()
{
	tool 0 stress -t 2 -i 2 --seconds 2 --mix data,fd,all,sync,link,signal=2,none --json &&
	grep -q '"held": *true' "$OUT"
	result A1_A7_several_instances_under_one_account
	tool 0 stress -t 2 --seconds 2 --node cancelsafe-wait-queue --json &&
	grep -q '"held": *true' "$OUT" && tool 0 read -n 2 --node cancelsafe-wait-queue &&
	tool 0 cancel --node cancelsafe-wait-queue &&
	tool 0 info --node cancelsafe-wait-queue && ! grep -q queue_limit "$OUT" &&
	tool 1 read --node none && says none 'no such node'
	result A1_A7_the_node_that_queues_nothing
	tool 0 stress -t 2 --seconds 1 && adds_up
	result table_adds_up
	tool 0 stress -t 2 -i 2 --seconds 1 --abrupt && adds_up &&
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
echo 1..40
test_usage
test_no_module
result no_module_says_what_to_do
test_load
insmod cancelsafe.ko || exit
test_permission
test_io_uring_disabled
test_combinations
test_paths
test_models
test_refused
test_whole
rmmod cancelsafe || exit
test_signed_only
