#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2016
#
# Tests that `cancelsafe bench` measures what it says, judges it, and leaves the node as
# it was. How long anything takes is no matter here. With nothing but busybox, as root,
# the module not loaded but cancelsafe.ko in this folder; prints TAP.

. ./script_lib

COMMAND=bench
SYSFS=/sys/class/misc
CPU1=/sys/devices/system/cpu/cpu1/online
REASONS=/tmp/reasons

# bench STATUS ARGUMENT...: whether it ends with this status.
bench()
{
	local expected=$1

	shift
	tool "$expected" $COMMAND "$@"
}

# judged ARGUMENT...: ends with 1 if a goal is missed for no reason, and else with 0;
# and whether there are goals.
judged()
{
	local status=0

	cancelsafe $COMMAND "$@" >"$OUT" 2>"$ERR" || status=$?
	if grep -q MISSED "$OUT"; then
		[ $status = 1 ] && says_to_give_a_reason
	else
		[ $status = 0 ]
	fi && grep -Eq '^(### )?Goals' "$OUT"
}

says_to_give_a_reason()
{
	grep -q 'no reason is given: see --reasons' "$ERR"
}

says_how_many_a_second()
{
	grep -q 'in a second' "$OUT"
}

# row NAME EXPRESSION: whether awk's EXPRESSION is true of the row of the Markdown table:
# $3 and $4 are how many waited and the batch, $5 to $7 the median, the least, the most.
row()
{
	awk -F ' *[|] *' -v name="$1" '$2 == name && ('"$2"') { found = 1 }
		END { exit !found }' "$OUT" || { echo "not so of $1: $2" >>"$ERR"; return 1; }
}

# settings: those of all nodes, so that they can be told from others; nothing waits.
settings()
{
	local node

	for node in "$SYSFS"/cancelsafe*; do
		for setting in settle_us acquire_us close_policy queue_limit; do
			[ ! -e "$node/$setting" ] || echo "$node $setting $(cat "$node/$setting")"
		done
		grep waiting "$node/stats/all"
	done
}

test_usage()
{
	misuse bogus --bogus && misuse 'not both' --json --markdown &&
	misuse 'no scenario "bogus"' --scenario cancel-one,bogus &&
	misuse 'needs names' --scenario '' && misuse 'no --scenario' --plot --scenario aio &&
	misuse 'from 1 to 1000000' --most 0 && misuse 'reasons needs' --reasons
	result wrong_options_are_refused
	bench 0 --help && grep -q 'usage: cancelsafe bench' "$OUT"
	result help_is_given
	bench 1 && says insmod
	result no_module_says_what_to_do
	bench 1 --reasons /none && says /none 'No such file'
	result no_reasons_are_named
}

test_scenarios()
{
	settings >/tmp/settings
	judged --most 100 --scenario cancel-one,cancel-many,cancel-file,aio,memory,threads --markdown
	result cancels_are_measured
	row command '$3 == 1 && $4 == 32 && $6 <= $5 && $5 <= $7' &&
	row 'pread of ours' '$4 == 32 && $5 > 0' &&
	row 'READ of a pipe' '$3 == 1 && $5 > 0' && row TIMEOUT '$3 == 1 && $5 > 0' &&
	row NOP '$5 > 0' && row 'pread of ours' '$5 > 0' && row IOCB_CMD_POLL '$5 > 0' &&
	row 'READ command, no thread' '$3 == 1000 && $5 > 0 && $5 < 8192' &&
	row 'READ command, no thread' '$3 == 1000 && $5 == 0' &&
	row 'read(2)' '$3 == 100 && $5 > 1' && row 'read(2)' '$3 == 100 && $5 == 1'
	result A1_each_contender_has_its_row
	judged --most 100 --scenario killed,ring-closed,serve,signal --markdown &&
	row commands '$3 == 100 && $5 > 0' && row POLL_ADD '$3 == 100 && $5 > 0' &&
	row 'commands, with samples' '$6 <= $5 && $5 <= $7' &&
	row 'READs of eventfds' '$6 > 0' && says_how_many_a_second &&
	row 'read(2) of ours' '$5 > 0' && row 'read(2) of a pipe' '$5 > 0'
	result A9_ends_and_service_are_measured
	judged --scenario late,contend --markdown && row 'late/early' '$5 <= 0' &&
	row 'a sample each ms' '$5 > 0' && row 'csq, 2 at two nodes' '$5 > 0' &&
	row 'cancel_lock, 2 at one node' '$5 > 0' && ! grep -q 'wait_queue' "$OUT"
	result A7_no_sample_is_early_and_all_models_contend
	settings | cmp - /tmp/settings
	result settings_are_as_they_were
}

# A goal that cannot be met, and a reason for it.
test_goals()
{
	echo '- `memory/own`: before 6.7 a command is in one list more' >$REASONS
	bench 0 --scenario memory,threads --reasons $REASONS &&
	grep -q '^threads/command .* met$' "$OUT"
	result a_goal_that_is_met_needs_no_reason
	judged --scenario cancel-one,serve --instructions 1 && ! grep -q 'not judged' "$OUT" &&
	! says_how_many_a_second
	result instructions_are_judged
	printf -- '- `cancel-one/%s`: because\n' floor peer >$REASONS
	bench 0 --scenario cancel-one --instructions 1 --reasons $REASONS
	result a_goal_that_is_missed_for_a_reason_is_no_failure
	bench 1 --scenario killed --instructions 1 && grep -q 'smp 1' "$ERR" &&
	echo 0 >$CPU1 && judged --scenario killed --most 100 --instructions 1 &&
	grep -q '^killed/poll' "$OUT" && ! grep -q 'not judged' "$OUT"
	result killed_is_judged_where_there_is_one_processor
	echo 1 >$CPU1
}

test_formats()
{
	bench 0 --scenario cancel-one && [ "$(wc -L <"$OUT")" -le 100 ] && ! grep -q ' $' "$OUT"
	result table_fits_a_terminal
	bench 0 --scenario cancel-one --json && grep -q '"role": "floor"' "$OUT" &&
	grep -q '"name": "command"' "$OUT" && grep -q '"goal": "cancel-one/peer"' "$OUT" &&
	[ "$(grep -c '[{[]$' "$OUT")" = "$(grep -c '^ *[]}],*$' "$OUT")" ]
	result json_has_the_figures
	bench 0 --plot --most 128 && [ "$(head -n 1 "$OUT" | cut -c -9)" = '# gnuplot' ] &&
	awk '$2 == "<<" { line = $1; next } $1 == "END" { line = "" }
		line && $2 > 0 { points++ } line { again += there[line, $1]++ }
		END { exit points < 4 || again }' "$OUT"
	result A10_plot_has_points
}

test_company()
{
	bench 1 --node cancelsafe-wait-queue && says 'nothing is queued'
	result a_node_that_does_not_queue_is_refused
	judged --node cancelsafe-startio --most 128 \
		--scenario cancel-one,cancel-file,killed,ring-closed,signal,aio,cancel-many &&
	[ "$(grep -c '^killed: ' "$OUT")" = 1 ] && settings | cmp - /tmp/settings
	result others_come_first_where_the_first_is_in_service
	echo 3600000000 >$SYSFS/cancelsafe/settle_us
	cancelsafe read -n 2 >/dev/null &
	until_true grep -q 'waiting:.*1' $SYSFS/cancelsafe/stats/all
	bench 1 && grep -q 'wait there already' "$ERR"
	result a_node_in_use_is_refused
	kill $!
	wait $!
}

test_one_node()
{
	bench 0 --scenario contend && grep -q 'instances=2' "$ERR" && ! grep -q 'at two' "$OUT"
	result contend_says_that_it_needs_two_nodes
}

case $(uname -r) in
*-uml)	echo '1..0 # SKIP a kernel that watches each access is none to measure'; exit 0 ;;
esac
echo 1..20
test_usage
insmod cancelsafe.ko instances=2 || exit
test_scenarios
test_goals
test_formats
test_company
rmmod cancelsafe
insmod cancelsafe.ko || exit
test_one_node
rmmod cancelsafe
