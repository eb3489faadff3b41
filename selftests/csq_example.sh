#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# Tests docs/examples/csq_example.c, with nothing but busybox: loads mailbox.ko
# from this folder, and prints TAP.

. ./script_lib

PID=

waits()
{
	grep -q mailbox_read "/proc/$1/stack"
}

# reader NAME: in the background, its one letter to the file NAME. Sets PID;
# returns when it waits.
reader()
{
	rm -f "/tmp/$1"
	dd if=/dev/mailbox of="/tmp/$1" bs=64 count=1 2>"/tmp/$1.said" &
	PID=$!
	until_true waits "$PID"
}

# send LETTER: as one write(2).
send()
{
	echo -n "$1" >/dev/mailbox
}

# got NAME LETTER: or, without LETTER, nothing.
got()
{
	[ "$(cat "/tmp/$1" 2>/dev/null)" = "$2" ]
}

test_letter()
{
	reader a && got a '' && send hello && wait "$PID" && got a hello
	result C8_waiting_read_gets_a_letter
}

test_order()
{
	reader a && a=$PID && reader b && b=$PID && reader c && c=$PID &&
	send 1 && wait "$c" && got c 1 && got b '' && got a '' &&
	send 2 && wait "$b" && got b 2 && got a '' &&
	send 3 && wait "$a" && got a 3
	result C8_last_reader_comes_first
}

test_interrupted()
{
	reader a && a=$PID && reader b &&
	kill -TERM "$PID" && { wait "$PID"; [ $? = 143 ]; } &&
	send hello && wait "$a" && got a hello && got b ''
	result C8_interrupted_reader_leaves_the_queue
}

# A signal with a handler: dd says how far it is, and its read is restarted.
test_restarted()
{
	reader a && a=$PID && reader b && b=$PID &&
	kill -USR1 "$a" && until_true [ -s /tmp/a.said ] && until_true waits "$a" &&
	send 1 && wait "$a" && got a 1 && got b '' &&
	send 2 && wait "$b" && got b 2
	result C8_restarted_reader_is_the_last_to_come
}

test_nobody()
{
	! send lost 2>/tmp/err && grep -q 'Resource temporarily unavailable' /tmp/err
	result C8_letter_without_a_reader_is_EAGAIN
}

test_unload()
{
	rmmod mailbox && [ ! -e /dev/mailbox ] &&
	! dmesg | grep -E 'WARNING|BUG|Oops|Call Trace'
	result C8_unload_with_a_clean_log
}

insmod mailbox.ko || exit
echo 1..6
test_letter
test_order
test_interrupted
test_restarted
test_nobody
test_unload
