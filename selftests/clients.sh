#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Tests that programs nobody here wrote read the device as they read any other, as
# root, with cancelsafe.ko in this folder and clients.tar, an archive of these:
#
# Programs: cat dd env fio python3 timeout
# Packages: coreutils fio python3-minimal
#
# Prints TAP.

. ./script_lib

DATA=/tmp/data
HOUR=3600000000
BIN=/usr/bin	# or busybox would take its own
FIO="$BIN/fio --readonly --output-format=json /tmp/job"
SYSFS=
PID=

# on NODE SETTLE_US: from here on it is the one that is counted.
on()
{
	SYSFS=/sys/class/misc/$1
	echo "$2" >"$SYSFS/settle_us"
	cat "$SYSFS/stats/all" >/tmp/before
	: >$ERR
}

# counted [COUNT NUMBER]...: since on(), and nothing else; and the law holds.
counted()
{
	awk -v expected="$*" '
	BEGIN { n = split(expected, word)
		for (i = 1; i < n; i += 2) more[word[i] ":"] = word[i + 1] }
	FNR == NR { before[$1] = $2; next }
	{ now[$1] = $2 }
	$1 ~ /^(completed|cancelled|failed|waiting|undeliverable):/ &&
		$2 - before[$1] != more[$1] + 0 { wrong = 1 }
	END { wrong = wrong ||
		now["submitted:"] != now["completed:"] + now["cancelled:"] + \
				     now["failed:"] + now["waiting:"] ||
		now["acquired:"] != now["completed:"] + now["undeliverable:"]
		for (count in now) print count, before[count], "to", now[count]
		exit wrong }' /tmp/before "$SYSFS/stats/all" >>$ERR && return
	echo "expected: $*" >>$ERR
	return 1
}

# got NUMBER: OUT has so many samples, with no gap, from the first one since on().
got()
{
	od -An -v -w32 -t u8 $DATA | awk -v number="$1" '
	FNR == NR { if ($1 == "acquired:") next_one = $2 + 1; next }
	$1 != next_one++ { wrong = 1 }
	{ n++ }
	END { exit wrong || n != number }' /tmp/before - && return
	{ echo "expected: $1 samples"; od -An -v -w32 -t u8 $DATA; } >>$ERR
	return 1
}

some_wait()
{
	[ "$(cat "$SYSFS/stats/waiting")" = "$1" ]
}

# begin NUMBER PROGRAM...: in the background, where it may be interrupted all the
# same. Sets PID; returns when so many reads wait.
begin()
{
	local reads=$1

	shift
	$BIN/env --default-signal=INT "$@" >$DATA 2>>$ERR &
	PID=$!
	until_true some_wait "$reads"
}

# ends STATUS: the program that began does.
ends()
{
	local status=0

	wait "$PID" || status=$?
	[ $status = "$1" ] && return
	echo "status $status, not $1" >>$ERR
	return 1
}

dd()
{
	$BIN/dd bs=32 "$@" >$DATA 2>>$ERR
}

test_dd()
{
	on cancelsafe 1000
	dd if=/dev/cancelsafe count=8 && got 8 && counted completed 8
	result A7_dd_copies_consecutive_samples

	on cancelsafe $HOUR
	! dd if=/dev/cancelsafe iflag=nonblock count=1 && counted &&
	grep -q 'Resource temporarily unavailable' $ERR
	result B_dd_that_must_not_wait

	on cancelsafe 0
	dd if=/dev/cancelsafe iflag=nonblock count=1 && got 1 && counted completed 1
	result B_dd_that_need_not_wait
}

# To be asked how far it is interrupts dd's read, which it then repeats.
test_dd_signals()
{
	on cancelsafe $HOUR
	begin 1 $BIN/dd bs=32 count=1 if=/dev/cancelsafe && kill -USR1 "$PID" &&
	until_true grep -q '0+0 records in' $ERR && until_true some_wait 1 &&
	echo 0 >"$SYSFS/settle_us" && ends 0 && got 1 && counted completed 1 cancelled 1
	result A2_L18_dd_is_asked_how_far_it_is

	on cancelsafe $HOUR
	begin 1 $BIN/dd if=/dev/cancelsafe && kill -INT "$PID" && ends 130 &&
	grep -q '0+0 records in' $ERR && counted cancelled 1
	result A2_dd_interrupted

	on cancelsafe $HOUR
	begin 1 $BIN/dd if=/dev/cancelsafe && kill -KILL "$PID" && ends 137 &&
	counted cancelled 1
	result A9_dd_killed
}

test_timeout()
{
	local status=0

	on cancelsafe $HOUR
	$BIN/timeout 1 $BIN/cat /dev/cancelsafe >$DATA 2>>$ERR || status=$?
	[ $status = 124 ] && [ ! -s $DATA ] && counted cancelled 1
	result A2_A7_timeout_ends_cat
}

# job ENGINE: of fio.
job()
{
	cat >/tmp/job <<-END
	[reads]
	filename=/dev/cancelsafe
	rw=read
	bs=32
	size=1k
	ioengine=$1
	iodepth=4
	END
}

# field NAME: of the job, the first to have one in what fio says.
field()
{
	sed -n "s/^ *\"$1\" : \(.*[^,]\),*$/\1/p" $DATA | head -n 1
}

# test_fio ENGINE READS: of which it keeps so many waiting. Interrupted, it wants
# those that it has asked for, however long they take.
# shellcheck disable=SC2046,SC2086 # of several words each
test_fio()
{
	job "$1"
	on cancelsafe 1000
	$FIO >$DATA 2>>$ERR && [ "$(field error)" = 0 ] && [ "$(field total_ios)" = 32 ] &&
	counted completed 32
	result "A1_A7_fio_$1"

	on cancelsafe $HOUR
	begin "$2" $FIO && kill -INT "$PID" && until_true grep -q terminating $DATA &&
	echo 0 >"$SYSFS/settle_us" && ends 128 && counted completed "$(field total_ios)"
	result "A7_L18_fio_${1}_interrupted"

	on cancelsafe $HOUR
	begin "$2" $FIO && kill -KILL $(pidof fio) && ends 137 &&
	until_true some_wait 0 && counted cancelled "$2"
	result "A9_fio_${1}_killed"
}

# epoll_loop: on the node that has ->poll, for eight samples.
epoll_loop()
{
	PYTHONHOME=/usr $BIN/python3 -S -c '
import os, select, sys

node = os.open("/dev/cancelsafe-wait-queue", os.O_RDONLY | os.O_NONBLOCK)
epoll = select.epoll()
epoll.register(node, select.EPOLLIN)
samples = 0
while samples < 8:
	for fd, events in epoll.poll():
		try:
			sys.stdout.buffer.write(os.read(fd, 32))
			samples += 1
		except BlockingIOError:
			pass
'
}

test_epoll()
{
	on cancelsafe-wait-queue 20000
	epoll_loop >$DATA 2>>$ERR && got 8 && counted completed 8
	result A7_epoll_in_python
}

{ tar -x -f clients.tar && rm clients.tar && insmod cancelsafe.ko; } || exit
echo 1..17
test_dd
test_dd_signals
test_timeout
test_fio sync 1
test_fio libaio 4
test_fio io_uring 4
test_epoll
rmmod cancelsafe
