#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2016
#
# Tests what `cancelsafe compare` finds out about the nodes that there are, and what it
# leaves behind. With nothing but busybox, as root, the module not loaded but
# cancelsafe.ko in this folder, and there, too:
#
# Helpers: on_terminal
#
# Prints TAP.

. ./script_lib

COMMAND=compare
SYSFS=/sys/class/misc
SETTINGS='settle_us acquire_us close_policy'

# compare STATUS ARGUMENT...: whether it ends with this status.
compare()
{
	local expected=$1

	shift
	tool "$expected" $COMMAND "$@"
}

# complains WORD: behind the head of a table, perhaps.
complains()
{
	grep -q -- "$1" "$ERR" || { echo "it does not say: $1" >>"$ERR"; return 1; }
}

# rows HOW NAME SITUATION EXPRESSION: whether awk's EXPRESSION is true of all or some
# rows, of which there is one, that the Markdown table has for "model path". There $5
# is what the read said, $6 what its cancel said, $7 who completed it.
rows()
{
	awk -F ' *[|] *' -v how="$1" -v name="$2" -v situation="$3" '
		$2 == name && $3 == situation { rows++; good += ('"$4"') ? 1 : 0 }
		END { exit !(how == "all" ? rows && good == rows : good) }' "$OUT" ||
		{ echo "not so of $1 $2, $3: $4" >>"$ERR"; return 1; }
}

# cost NAME EXPRESSION: the same of its row in the table of costs: $3 to $6 are how many
# reads waited, threads, those of io-wq, and bytes for each, $7 is its order.
cost()
{
	awk -F ' *[|] *' -v name="$1" '$2 == name && NF == 8 { found = ('"$2"'); row = $0 }
		END { if (!found) print "it is: " row; exit !found }' "$OUT" >>"$ERR" ||
		{ echo "not so of $1: $2" >>"$ERR"; return 1; }
}

# every NAME FUNCTION: of each model, that queues: FUNCTION MODEL.
every()
{
	local node model failed=0

	for node in "$SYSFS"/cancelsafe*; do
		read -r model <"$node/model"
		[ -e "$node/queue_limit" ] || continue
		"$2" "$model" || failed=1
	done
	[ $failed = 0 ]
	result "$1"
}

# settings: those of all nodes, so that they can be told from others.
settings()
{
	local node setting

	for node in "$SYSFS"/cancelsafe*; do
		for setting in $SETTINGS; do
			echo "$node $setting $(cat "$node/$setting")"
		done
		grep waiting "$node/stats/all"
	done
}

test_usage()
{
	misuse 'what is' pipe && misuse bogus --bogus && misuse 'not both' --json --markdown &&
	misuse 'not both' --plot --json && misuse 'takes no value' --json=x &&
	misuse 'something else' --plot --path cmd
	result wrong_options_are_refused
	misuse 'from 1 to 100000' --rounds 0 && misuse 'rounds needs' --rounds &&
	misuse 'no path' --path bogus && misuse 'needs paths' --path
	result wrong_rounds_and_paths_are_refused
	compare 0 --help && grep -q 'usage: cancelsafe compare' "$OUT"
	result help_is_given
	compare 1 && says insmod
	result no_module_says_what_to_do
}

queued()
{
	rows all "$1 read" queued '$5 == "-EINTR" && $6 == "" && $7 == "canceller"' &&
	rows all "$1 iowq" queued '$5 == "-ECANCELED" && $7 == "canceller"' &&
	rows all "$1 aio" queued '$5 == "-ECANCELED" && $6 == "-EINPROGRESS"' &&
	rows all "$1 cmd" queued '$5 == "-ECANCELED" && $6 == 0 && $7 == "canceller"'
}

ended_from_outside()
{
	local path

	for path in read iowq aio cmd; do
		rows all "$1 $path" close '$5 == "-ECANCELED" && $6 == 0 && $7 == "canceller"' &&
		rows all "$1 $path" 'kill -9' '$5 == "(gone)" && $7 == "canceller"' &&
		rows all "$1 $path" unplug '$5 == "-ENODEV" && $6 == 0 && $7 == "unplug"' ||
			return
	done
}

timed_out()
{
	rows all "$1 iowq" timeout '$5 == "-ECANCELED" && $7 == "canceller"' &&
	rows all "$1 cmd" timeout '$5 == "(waits)" && $7 == "nobody"' &&
	rows all "$1 read" timeout '/only io_uring/' && rows all "$1 aio" timeout '/only io_uring/'
}

raced()
{
	local path

	for path in read iowq aio cmd; do
		rows all "$1 $path" race '$5 == 32 || $5 == "-ECANCELED" || $5 == "-EINTR"' ||
			return
	done
}

in_order()
{
	cost "$1 read" '$4 == 1 && $5 == 0 && $6 > 0 && $7 == "always"' &&
	cost "$1 iowq" '$4 == 1 && $5 == 1 && $6 > 8192 && $7 == "always"' &&
	cost "$1 aio" '$4 < 0.1 && $6 > 0 && $6 < 8192 && $7 == "always"' &&
	cost "$1 cmd" '$4 < 0.1 && $6 > 0 && $6 < 8192 && $7 == "always"'
}

# as_queued MODEL: whether a cancel ends what the device settles for as if it was queued,
# unless it came too late.
as_queued()
{
	local path

	for path in read iowq aio cmd; do
		rows all "$1 $path" settling '$5 == 32 || $7 == "canceller"' || return
	done
	rows some "$1 read" settling '$5 == "-EINTR" && $6 == ""' &&
	rows some "$1 iowq" settling '$5 == "-ECANCELED"' &&
	rows some "$1 aio" settling '$5 == "-ECANCELED" && $6 == "-EINPROGRESS"' &&
	rows some "$1 cmd" settling '$5 == "-ECANCELED" && $6 == 0'
}

# abandoned MODEL SITUATION: whether who cannot wait for the server leaves it the read.
abandoned()
{
	rows some "$1 iowq" "$2" '$5 == "-ECANCELED" && $7 == "abandoned"' &&
	rows some "$1 aio" "$2" '$5 == "-ECANCELED" && $6 == "-EINPROGRESS" &&
		$7 == "abandoned"'
}

# too_late MODEL SITUATION: whether a cancel leaves alone what the server has.
too_late()
{
	rows all "$1 read" "$2" '$5 == 32 && $6 == "" && $7 == "server"' &&
	rows all "$1 cmd" "$2" '$5 == 32 && $7 == "server"' &&
	rows some "$1 cmd" "$2" '$6 == "-EALREADY"'
}

# of_all_nodes: what the tables of all nodes say of each model.
of_all_nodes()
{
	every A2_A3_queued_reads_are_cancelled queued
	every A9_G2_close_kill_and_unplug_end_reads ended_from_outside
	every L6_link_timeouts_reach_only_READs timed_out
	every A3_races_end_with_a_sample_or_cancelled raced
	every A6_order_is_kept_and_waiting_costs_little in_order
	as_queued csq
	result A3_B_csq_settling_is_as_queued
	as_queued framework
	result H5_B_framework_settling_is_marked_and_as_queued
	as_queued cancel_lock
	result E2_B_cancel_lock_settling_is_ended_by_the_routine
	too_late startio settling && abandoned startio settling
	result A8_A9_B_startio_settling_is_lasting_service
	too_late startio service && abandoned startio service
	result A9_lasting_service_is_abandoned
	too_late csq service && rows some 'csq iowq' service '$5 == 32 && $7 == "server"' &&
	rows some 'csq aio' service '$5 == 32 && $6 == "-EALREADY" && $7 == "server"'
	result A8_short_service_goes_on
	rows all 'wait_queue poll' queued '$5 == "-ECANCELED" && $7 == "io_uring"' &&
	rows all 'wait_queue aio' all '/-EOPNOTSUPP/' &&
	rows all 'wait_queue cmd' all '/-EOPNOTSUPP/'
	result a_path_that_a_model_has_not_got_says_so
}

test_nodes()
{
	local node

	for node in "$SYSFS"/cancelsafe*; do
		echo 1234 >"$node/settle_us"
		echo 5 >"$node/acquire_us"
	done
	settings >/tmp/settings
	compare 0 --rounds 5 --markdown
	result all_nodes_are_compared
	of_all_nodes
	settings | cmp - /tmp/settings
	result settings_are_as_they_were
}

# Who is queued, or ended from outside, is not the server's.
test_protocol()
{
	echo server >$SYSFS/cancelsafe-cancel-lock/current_ended_by
	compare 0 --rounds 5 --markdown --node cancelsafe-cancel-lock &&
	rows some 'cancel_lock read' settling '$5 == "-EINTR" && $7 == "server"' &&
	rows some 'cancel_lock cmd' settling '$5 == "-ECANCELED" && $6 == "-EALREADY"' &&
	rows all 'cancel_lock cmd' settling '$7 == "server"' &&
	rows all 'cancel_lock cmd' race '$7 == "server"' &&
	abandoned cancel_lock settling && queued cancel_lock &&
	ended_from_outside cancel_lock && ! grep -q startio "$OUT"
	result E2_B_cancel_lock_settling_is_ended_by_the_server
	echo routine >$SYSFS/cancelsafe-cancel-lock/current_ended_by
}

# endings: those of the JSON, a line for each: its path, its situation, and the names and
# values that it has.
endings()
{
	tr -d ' ,"' <"$OUT" | awk -F : '
		function put() { if (line != "") print line; line = "" }
		$1 == "path" { path = $2 }
		$1 == "situation" { put(); situation = $2 }
		$1 == "reads" { put(); line = path " " situation }
		/^(read|cancel|completed_by|median|p99|worst):/ { line = line " " $1 "=" $2 }
		END { put() }'
}

# ending PATTERN: whether there is one, and all of its path and situation are so.
ending()
{
	if ! grep -qx -- "$1" /tmp/endings ||
	   grep "^${1%% read=*} " /tmp/endings | grep -vx -- "$1" >>"$ERR"; then
		echo "not so of an ending: $1" >>"$ERR"
		return 1
	fi
}

# in_time: whether each has three times, none below the one before; or none at all, as
# those that wait, and those that had ended before their cancels.
in_time()
{
	awk -F '[ =]' '{ m = p = w = 0
		for (i = 3; i < NF; i++) {
			if ($i == "median") m = $(i + 1)
			if ($i == "p99") p = $(i + 1)
			if ($i == "worst") w = $(i + 1)
		}
		if (m || p || w)
			timed++
		if ((m || p || w) && !(m && m <= p && p <= w)) { print; bad++ } }
		END { exit bad || !timed }' /tmp/endings >>"$ERR"
}

test_formats()
{
	local times='median=[0-9]* p99=[0-9]* worst=[0-9]*'

	compare 0 --rounds 2 --node cancelsafe-wait-queue && [ "$(wc -L <"$OUT")" -le 100 ] &&
	! grep -q ' $' "$OUT" && grep -q '^wait_queue read *queued' "$OUT" &&
	grep -q '^wait_queue poll *1000' "$OUT" && [ ! -s "$ERR" ]
	result table_fits_a_terminal
	compare 0 --rounds 2 --json --node cancelsafe-wait-queue &&
	grep -q '"refused": "-EOPNOTSUPP"' "$OUT" &&
	grep -q '"completed_by": "canceller"' "$OUT" && grep -q '"impossible": "only' "$OUT" &&
	[ "$(grep -c '[{[]$' "$OUT")" = "$(grep -c '^ *[]}],*$' "$OUT")" ]
	result json_has_the_answers
	endings >/tmp/endings && in_time
	result median_is_below_99_percent_and_that_below_the_worst
	ending "read queued read=-EINTR completed_by=canceller $times" &&
	compare 0 --rounds 2 --json --node cancelsafe --path cmd && endings >/tmp/endings &&
	ending "cmd kill-9 read=(gone) completed_by=canceller $times" &&
	ending "cmd queued read=-ECANCELED cancel=0 completed_by=canceller $times" &&
	ending 'cmd timeout read=(waits) cancel=-E[A-Z]* completed_by=nobody'
	result json_says_who_has_no_answer
}

# What it is at is shown until it has a row, or none.
shows_progress()
{
	local erase what

	erase=$(printf '\r\033[K')
	for what in 'what waiting costs' queued settling service race close 'kill -9' unplug; do
		grep -qF "${erase}wait_queue read: $what$erase" "$OUT" ||
			{ echo "no progress is shown: $what" >>"$ERR"; return 1; }
	done
}

test_progress()
{
	on_terminal cancelsafe compare --rounds 2 --node cancelsafe-wait-queue --path read \
		>"$OUT" && shows_progress
	result progress_is_shown_at_a_terminal
}

# A read that somebody else has there is none of ours.
test_company()
{
	echo 3600000000 >$SYSFS/cancelsafe/settle_us
	cancelsafe read -n 2 >/dev/null &
	until_true grep -q 'waiting:.*1' $SYSFS/cancelsafe/stats/all
	compare 1 --node cancelsafe && complains 'wait there already'
	result a_node_in_use_is_refused
	kill $!
	wait $!
	until_true grep -q 'waiting:.*0' $SYSFS/cancelsafe/stats/all
	echo 1234 >$SYSFS/cancelsafe/settle_us
	compare 1 --node cancelsafe --path poll && says 'by this path'
	result a_path_that_no_node_has_is_named
	compare 1 --node cancelsafe-none && says 'no node'
	result no_such_node_is_named
	mkdir -p /etc
	echo nobody:x:65534:65534::/:/bin/sh >/etc/passwd
	! su nobody -c 'cancelsafe compare' >"$OUT" 2>"$ERR" && complains sudo &&
	[ "$(wc -l <"$ERR")" = 1 ]
	result who_is_not_root_is_told_so
}

test_interrupt()
{
	local status

	cancelsafe compare --rounds 100000 >"$OUT" 2>"$ERR" &
	until_true grep -q queued "$OUT"
	kill $!
	wait $!
	status=$?
	[ $status = 1 ] && complains 'ended by a signal' && settings | cmp - /tmp/settings
	result a_signal_ends_it_and_settings_are_as_they_were
}

test_plot()
{
	compare 0 --plot && [ "$(head -n 1 "$OUT" | cut -c -9)" = '# gnuplot' ] &&
	awk '$2 == "<<" { data = 1; blocks++; next } $1 == "END" { data = 0 }
		data && $2 > 0 { rates++ } END { exit !(blocks > 1 && rates == 2 * blocks) }' "$OUT" &&
	! grep -q wait_queue "$OUT" && settings | cmp - /tmp/two
	result plot_has_rates_of_each_model_that_queues
}

echo 1..30
test_usage
insmod cancelsafe.ko || exit
test_nodes
test_protocol
test_formats
test_progress
test_company
test_interrupt
rmmod cancelsafe
insmod cancelsafe.ko instances=2 || exit
settings >/tmp/two
test_plot
rmmod cancelsafe
