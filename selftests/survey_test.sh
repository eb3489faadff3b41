#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2016
#
# Tests what `cancelsafe survey` finds out about files, and what it says when it
# cannot. With busybox, as root, the module not loaded but cancelsafe.ko in this folder,
# and there, too:
#
# Helpers: fuse_file
# Modules: fuse
#
# Prints TAP.

. ./script_lib

COMMAND=survey
SYSFS=/sys/class/misc
OWN='pipe eventfd timerfd socket pty'
QUEUES='cancelsafe cancelsafe-cancel-lock cancelsafe-driver-queue cancelsafe-framework
	cancelsafe-startio'
HOUR=3600000000
FUSE=/tmp/fuse
SERVER=

# survey STATUS ARGUMENT...: whether it ends with this status.
survey()
{
	local expected=$1

	shift
	tool "$expected" $COMMAND "$@"
}

# row FILE EXPRESSION: whether awk's EXPRESSION is true of FILE's row, in which $2 is
# where a read waits, $3 what the cancel said, $4 what the read said, $(NF - 5) and
# $(NF - 4) how long that took and its unit, and $(NF - 3) to $NF how many were
# cancelled, got data, were lost, and were told untruths.
row()
{
	awk -v file="$1" '$1 == file { if (NF == 1) { getline; $0 = file " " $0 }
			found = '"$2"' }
		END { exit !found }' "$OUT" ||
		{ echo "not so of $1: $2" >>"$ERR"; return 1; }
}

# says_when FILE: whether its row has a time from the cancel to the read's end, and how
# many cancels were untrue. That is mostly none, and no file can be made to have some:
# each needs a read to end between two looks of io_uring's for it.
says_when()
{
	row "$1" '$(NF - 5) > 0 && $(NF - 5) < 1000 && $(NF - 4) ~ /^([um]s|s)$/ &&
		$NF ~ /^[0-9]+$/ && $NF <= $(NF - 3) + $(NF - 2)'
}

# untruths_add_up: whether each file's are, in JSON, as many as cancels that said 0 of
# reads that got data, and "not found" of those that were cancelled.
untruths_add_up()
{
	tr -d ' ,"' <"$OUT" | awk -F : '
		$1 == "untrue" { untrue = $2 }
		$2 == "{" { word = $1 }
		word == "0" && $1 == "data" { untrue -= $2 }
		word == "ENOENT" && $1 == "cancelled" { asked++; bad += untrue != $2 }
		END { exit bad || !asked }' || { echo "untruths do not add up" >>"$ERR"; return 1; }
}

# narrow: whether the table fits 100 columns.
narrow()
{
	[ "$(wc -L <"$OUT")" -le 100 ] && ! grep -q ' $' "$OUT"
}

test_usage()
{
	misuse 'which file' && misuse 'which file' --json && misuse bogus --bogus pipe &&
	misuse 'not both' --json --markdown pipe && misuse 'takes no value' --json=x pipe
	result wrong_options_are_refused
	misuse 'option --node' --node cancelsafe pipe
	result there_is_no_node_to_choose
	misuse 'from 1 to 100000' --rounds 0 pipe && misuse 'from 1 to' --rounds 100001 pipe &&
	misuse 'from 1 to' --rounds x pipe && misuse 'rounds needs' pipe --rounds
	result wrong_rounds_are_refused
	survey 0 --help && grep -q 'FILE\.\.\.' "$OUT"
	result help_is_given
}

test_missing()
{
	local switch=/proc/sys/kernel/io_uring_disabled

	survey 1 bogus && says 'no file "bogus"' 'help survey' &&
	survey 1 /none && says /none 'No such file'
	result no_such_file_is_named
	survey 1 /dev/cancelsafe && says insmod
	result no_module_says_what_to_do
	survey 1 --rounds 3 bogus pipe && row pipe '$2 == "poll"' && grep -q bogus "$ERR"
	result one_that_is_missing_leaves_the_others
	mkdir -p /etc
	echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
	echo secret >/tmp/secret
	chmod 0600 /tmp/secret
	! su nobody -c 'cancelsafe survey /tmp/secret' >"$OUT" 2>"$ERR" && says 'no permission' chmod
	result no_permission_is_explained
	umount -l /proc
	survey 1 pipe && says 'is /proc mounted'
	result no_proc_is_named
	mount -t proc proc /proc
	if [ ! -e $switch ]; then
		echo "ok - io_uring_disabled_is_named # SKIP Linux $(uname -r) has no kernel.io_uring_disabled"
		return
	fi
	echo 2 >$switch
	survey 1 pipe && says io_uring_disabled
	result io_uring_disabled_is_named
	echo 0 >$switch
}

# Of each cancelled read the data has to be there yet, and each has to have ended.
test_own()
{
	local kind

	# shellcheck disable=SC2086 # several words
	survey 0 --rounds 100 $OWN && narrow
	result own_objects_are_asked
	for kind in $OWN; do
		row "$kind" '$2 == "poll" && $3 == 0 && $4 == "-ECANCELED" &&
			$(NF - 3) + $(NF - 2) == 100 && $(NF - 1) == 0'
		result "A1_A2_$kind"
		says_when "$kind"
		result "says_when_and_how_often_untrue_$kind"
		row "$kind" '$(NF - 3) > 0 && $(NF - 2) > 0'
		result "race_goes_both_ways_$kind"
	done
	survey 0 --rounds 20 --json pipe && untruths_add_up && grep -q '"verdict": "asked"' "$OUT" &&
	grep -q '"threads": 0' "$OUT" && grep -q '"can_tell": true' "$OUT" &&
	[ "$(grep -c '[{[]$' "$OUT")" = "$(grep -c '^ *[]}],*$' "$OUT")" ]
	result json_has_the_answers
	survey 0 --rounds 20 --markdown pipe /init && grep -q '^| pipe | poll | 0 |' "$OUT" &&
	[ "$(grep '^|' "$OUT" | tr -cd '|\n' | sort -u)" = '||||||||||' ]
	result markdown_has_a_cell_for_each_column
}

# Files that have no read wait, or cannot be read, are said to be so.
test_others()
{
	survey 0 /dev/zero /init / && row /dev/zero '/always was data/' &&
	row /init '/always was data/' && row / '/cannot be read: -EISDIR/' &&
	: >/tmp/empty && survey 0 /tmp/empty && row /tmp/empty '/at its end/'
	result what_never_waits_is_said
	syslogd -O /tmp/messages && until_true [ -S /dev/log ] &&
	survey 1 /dev/log && says 'only connect'
	result sockets_path_is_refused
}

# A FIFO that has no writer may be at its end, or wait for one; open(2) does not.
test_fifos()
{
	mkdir /tmp/fifos && cd /tmp/fifos && mkfifo pipe a_name_that_is_longer_than_its_column
	survey 0 --rounds 5 ./pipe && row ./pipe '$2 == "poll" || /nobody has it open/'
	result fifo_without_a_writer_does_not_hang
	sleep 1000 <>pipe >&0 &
	survey 0 --rounds 5 ./pipe && row ./pipe '$2 == "poll" && $4 == "-ECANCELED" &&
		$(NF - 3) == 5 && $(NF - 2) == 0 && $(NF - 1) == "?"'
	result fifo_with_a_writer_is_asked
	echo data >pipe && survey 0 --rounds 5 ./pipe && row ./pipe '$(NF - 3) == 5'
	result what_has_come_before_is_read_first
	kill $!
	survey 0 --rounds 5 pipe a_name_that_is_longer_than_its_column && narrow &&
	row pipe '$(NF - 1) == 0' && row a_name_that_is_longer_than_its_column 1
	result long_names_have_a_line_of_their_own
	cd /
}

# served WORD...: FUSE is a file that fuse_file serves, told so, and no other one. The
# kernel knows the size of what is mounted only once somebody has asked for it, and lets
# no read go past it.
served()
{
	unserved && touch $FUSE || return
	fuse_file $FUSE "$@" &
	SERVER=$!
	until_true grep -q "^fuse_file $FUSE " /proc/mounts && [ -s $FUSE ]
}

# unserved: the server dies, if there is one, and with it whatever waits for it.
unserved()
{
	[ "$SERVER" ] || return 0
	umount -l $FUSE
	kill -KILL "$SERVER" 2>/dev/null
	wait "$SERVER" 2>/dev/null
	SERVER=
	until_true nobody_asks
}

nobody_asks()
{
	! pidof cancelsafe >/dev/null
}

# held_up: the process that asks is, where it submits a read.
held_up()
{
	row $FUSE '/not cancelled: io_uring_enter.2. does not return while a read waits/'
}

# A file that has no FUSE_POLL is always ready, as far as io_uring knows, and so it is
# read there and then, by who submits that. Killed, that one waits for its server yet,
# if that does not heed what interrupts a read; but nobody waits for it any more.
test_fuse_that_cannot_be_polled()
{
	served $HOUR && survey 0 $FUSE && held_up && ! nobody_asks
	result fuse_read_holds_up_who_submits_it
	served $HOUR && { cancelsafe survey $FUSE 2>&1 | timeout 60 cat >"$OUT"; } &&
	held_up && ! nobody_asks
	result who_is_held_up_keeps_no_output
	served $HOUR heed && survey 0 $FUSE && held_up && until_true nobody_asks
	result fuse_server_that_heeds_lets_go
	served 30000 heed && survey 0 $FUSE && held_up
	result fuse_read_that_gets_data_held_up_too
}

# In a thread of io-wq, a cancel interrupts the read, which its server may heed or not.
# io_uring looks for the read twice: it interrupts it, and says -ENOENT if it has ended
# by the second time.
test_fuse_async()
{
	served $HOUR heed && survey 0 --async --rounds 20 $FUSE && narrow &&
	row $FUSE '$2 == "thread" && $3 ~ /^-(EALREADY|ENOENT)$/ && $4 ~ /^-(EINTR|ECANCELED)$/ &&
		$(NF - 3) == 20'
	result fuse_read_in_a_thread_is_cancelled
	served $HOUR heed late && survey 0 --async --rounds 2 $FUSE && says_when $FUSE &&
	row $FUSE '($(NF - 5) >= 100 && $(NF - 4) == "ms") || $(NF - 4) == "s"'
	result after_is_from_the_cancel_to_the_reads_end
	served 100000 heed && survey 0 --async --rounds 50 $FUSE &&
	row $FUSE '$2 == "thread" && $(NF - 3) + $(NF - 2) == 50 && $(NF - 1) == "?"'
	result fuse_data_races_with_cancels
	served $HOUR && survey 0 --async $FUSE &&
	row $FUSE '/not cancelled: no CQE after .* cancels, whose first said -EALREADY/'
	result fuse_server_that_heeds_nothing_keeps_the_read
}

# The io_uring of 6.1 polls no regular file: it takes for granted that the data is there.
test_fuse_that_can_be_polled()
{
	served $HOUR poll && survey 0 --rounds 20 $FUSE
	case $(uname -r) in
	6.1.*)	held_up ;;
	*)	row $FUSE '$2 == "poll" && $3 == 0 && $4 == "-ECANCELED" && $(NF - 3) == 20' ;;
	esac
	result fuse_read_waits_in_poll
	served $HOUR poll heed && survey 0 --async --rounds 20 $FUSE &&
	case $(uname -r) in
	6.1.*)	row $FUSE '$2 == "thread" && $3 == "-EALREADY" && $(NF - 3) == 20' ;;
	*)	row $FUSE '$2 == "poll" && $3 == 0 && $4 == "-ECANCELED" && $(NF - 3) == 20' ;;
	esac
	result fuse_read_is_begun_in_a_thread_and_waits_in_poll
}

# why_no_fuse: prints why there can be no test, if there is a reason. FUSE may be built
# in; then nothing has to be loaded. Whether io_uring polls a regular file before it
# reads it has changed from release to release.
why_no_fuse()
{
	[ ! -e fuse.ko ] || insmod fuse.ko
	grep -q fuse /proc/filesystems || { echo 'has no FUSE here'; return; }
	case $(uname -r) in
	6.1.*|6.12.*|7.*) ;;
	*)	echo 'is not known to this test' ;;
	esac
}

test_fuse()
{
	local why

	why=$(why_no_fuse)
	if [ "$why" ]; then
		for _ in $(seq 11); do
			echo "ok - fuse # SKIP Linux $(uname -r) $why"
		done
		return
	fi
	test_fuse_that_cannot_be_polled
	test_fuse_async
	test_fuse_that_can_be_polled
	unserved
	result fuse_server_that_dies_keeps_nobody
}

# find_pipe: of the process that asks, in PIPE.
find_pipe()
{
	local pid

	for pid in $(pidof cancelsafe); do
		for PIPE in /proc/"$pid"/fd/*; do
			case $(readlink "$PIPE") in
			pipe:*)	return ;;
			esac
		done
	done
	false
}

# thief: reads three units from that pipe, or till that process has ended, however long
# that takes. Whichever they are, the process misses them: it waits a second for each.
thief()
{
	until_true find_pipe && dd bs=1 count=3 <"$PIPE" >/tmp/stolen 2>/dev/null
}

# What somebody else has read is gone, as if the cancelled read had lost it.
test_loss()
{
	thief &
	survey 0 --rounds 2000 pipe </dev/null && row pipe '$(NF - 1) > 0'
	result loss_is_noticed
	wait $!
}

# counted NODE AWK-EXPRESSION: of the node's counters, by name.
counted()
{
	awk -F '[:\t]+' '{ n[$1] = $2 } END { exit !('"$2"') }' $SYSFS/"$1"/stats/all
}

# asked NODE PLACE: whether its reads wait there, are cancelled or get data, and leave
# nothing behind.
asked()
{
	row "/dev/$1" '$2 == "'"$2"'" && $4 == "-ECANCELED" && $(NF - 3) + $(NF - 2) == 50 &&
		$(NF - 1) == "?"' && says_when "/dev/$1" &&
	until_true counted "$1" 'n["waiting"] == 0'
}

# all_asked: of the nodes that queue, and the one that does not: where a poll is armed,
# the driver hears of no cancel. A current read of startio's is abandoned, and counts as
# failed.
all_asked()
{
	local node

	for node in $QUEUES; do
		asked "$node" thread && counted "$node" 'n["cancelled"]' || return
	done
	asked cancelsafe-wait-queue poll && counted cancelsafe-startio 'n["failed"]' &&
	counted cancelsafe-wait-queue 'n["cancelled"] == 0'
}

test_nodes()
{
	local settle node

	for settle in 100000 1000000; do
		for node in $QUEUES cancelsafe-wait-queue; do
			echo $settle >"$SYSFS/$node/settle_us"
		done
		# shellcheck disable=SC2046,SC2086 # several words
		survey 0 --rounds 50 $(printf '/dev/%s ' $QUEUES) /dev/cancelsafe-wait-queue &&
		narrow && all_asked
		result "A1_A2_nodes_that_settle_in_${settle}_us"
	done
	survey 0 --rounds 5 --json /dev/cancelsafe && grep -q '"threads": 1,' "$OUT" &&
	grep -q '"can_tell": false' "$OUT"
	result a_read_costs_a_thread
	for node in $QUEUES; do
		echo 2000 >"$SYSFS/$node/settle_us"
	done
	# shellcheck disable=SC2046,SC2086
	survey 0 --rounds 200 --json $(printf '/dev/%s ' $QUEUES) && untruths_add_up
	result untruths_are_what_cancels_and_reads_said

	# Once claimed, a read cannot be cancelled: it is served for as long as that takes.
	echo 0 >$SYSFS/cancelsafe/settle_us
	echo 8000000 >$SYSFS/cancelsafe/acquire_us
	survey 0 /dev/cancelsafe && row /dev/cancelsafe '/not cancelled: no CQE after/' &&
	until_true counted cancelsafe 'n["waiting"] == 0'
	result what_is_not_cancelled_is_said_and_left
}

echo 1..51
test_usage
test_missing
test_own
test_others
test_fifos
test_fuse
test_loss
insmod cancelsafe.ko || exit
test_nodes
rmmod cancelsafe
