// SPDX-License-Identifier: GPL-2.0
/*
 * cancelsafe survey: what becomes of cancelled io_uring reads of any file.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "command.h"
#include "findings.h"
#include "inquiry.h"
#include "json.h"
#include "ring.h"
#include "table.h"

#define DEFAULT_ROUNDS 200

enum { ROUNDS, ASYNC, JSON, MARKDOWN, OPTIONS };

static const char help[] =
"usage: cancelsafe survey [--rounds N] [--async] [--json | --markdown] FILE...\n"
"\n"
"Has io_uring read a file that may have a reader wait, cancels the read, and tells\n"
"what the cancel and the read said, how long after the cancel the read ended, and\n"
"whether it cost a thread of the kernel's. Then it cancels more reads at the moment\n"
"when data comes for them, and counts what became of them and of the data. It needs\n"
"no module.\n"
"\n"
"FILE is the path of a device, a terminal, a FIFO, a file of FUSE's and so on. It\n"
"is really read: what has come for others is gone then. Or it is one of\n"
"\n"
"  pipe     a pipe\n"
"  eventfd  an eventfd(2)\n"
"  timerfd  a timerfd_create(2), which is set anew for each read\n"
"  socket   a socketpair(2), AF_UNIX and SOCK_STREAM\n"
"  pty      a terminal, raw, with us at its other end\n"
"\n"
"which it makes itself, so that data comes when it wants, and it can tell whether\n"
"any was lost. A file of such a name is ./pipe, for example.\n"
"\n"
"      --rounds N  so many reads race with data, 1 to 100000 (default 200); those\n"
"                  of a file for which no data comes take up to 10 ms each\n"
"      --async     read with IOSQE_ASYNC: who submits is never kept waiting\n"
"      --json      print one JSON object instead of the table\n"
"      --markdown  print the table as Markdown\n"
"\n"
"Ends with 0 if all files could be asked, whatever they answered (that they cannot be\n"
"read is an answer, too), and 1 if not.\n";

static const char *const place_names[PLACES] = {
	[PLACE_UNKNOWN] = "?",
	[IN_POLL] = "poll",
	[IN_THREAD] = "thread",
	[IN_DRIVER] = "driver",
};

static const struct column columns[] = {
	{ { "", "file" }, 27, false },
	{ { "a read", "waits" }, 6, false },
	{ { "the", "cancel" }, 9, false },
	{ { "the", "read" }, 10, false },
	{ { "", "after" }, 8, true },
	{ { "race:", "cancelled" }, 9, true },
	{ { "got", "data" }, 5, true },
	{ { "data", "lost" }, 4, true },
	{ { "cancel", "untrue" }, 6, true },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
#define VERDICT_SIZE 100

/* What the columns are, each in two lines at most. */
static const struct {
	const char *column;
	const char *lines[2];
} legend[] = {
	{ "waits", {
	  "poll: in io_uring, which polls the file, without a thread; thread: in a thread of",
	  "io-wq; driver: in neither; ?: it had ended before that was seen" } },
	{ "after", {
	  "from the cancel to the read's own CQE" } },
	{ "lost", {
	  "the read said that it was cancelled, but the data that had come was gone; ?: cannot",
	  "tell, because that data is not ours" } },
	{ "untrue", {
	  "the cancel said 0, but the read got data; or -ENOENT, but the read was cancelled:",
	  "what a cancel says is no proof, only what the read says is" } },
};

static const char *why_at_end(const char *name)
{
	struct stat st;

	return !stat(name, &st) && S_ISFIFO(st.st_mode) ? "nobody has it open for writing" :
							  "it is at its end";
}

/* Why there are no answers to show. */
static void say_verdict(const char *name, const struct findings *findings,
			char text[static VERDICT_SIZE])
{
	char said[RESULT_NAME_SIZE];

	switch (findings->verdict) {
	case STAYS:
		snprintf(text, VERDICT_SIZE,
			 "not cancelled: no CQE after %u cancels, whose first said %s",
			 findings->cancels, result_word(findings->cancel_said, said));
		break;
	case HOLDS_UP:
		snprintf(text, VERDICT_SIZE,
			 "not cancelled: io_uring_enter(2) does not return while a read waits");
		break;
	case NEVER_WAITS:
		snprintf(text, VERDICT_SIZE, "no read waited: there always was data");
		break;
	case AT_END:
		snprintf(text, VERDICT_SIZE, "no read waited: %s", why_at_end(name));
		break;
	default:
		snprintf(text, VERDICT_SIZE, "cannot be read: %s",
			 result_name(findings->read_said, said));
	}
}

static void put_verdict(const struct table *table, const char *name,
			const struct findings *findings)
{
	const char *cells[TABLE_COLUMNS] = { name };
	char text[VERDICT_SIZE];

	say_verdict(name, findings, text);
	cells[1] = text;
	table_row(table, cells);
}

static void put_answers(const struct table *table, const char *name,
			const struct findings *findings)
{
	const struct race *race = &findings->race;
	char cancel[RESULT_NAME_SIZE], read[RESULT_NAME_SIZE], after[TIME_NAME_SIZE];
	char numbers[4][24];
	const char *cells[COLUMNS] = {
		name, place_names[findings->place],
		result_word(findings->cancel_said, cancel),
		result_word(findings->read_said, read),
		time_name(findings->after_ns, after),
		numbers[0], numbers[1], numbers[2], numbers[3],
	};

	snprintf(numbers[0], 24, "%llu", race_ended(race, WAS_CANCELLED_IN_RACE));
	snprintf(numbers[1], 24, "%llu", race_ended(race, GOT_DATA));
	snprintf(numbers[2], 24, findings->told || race->lost ? "%llu" : "?", race->lost);
	snprintf(numbers[3], 24, "%llu", race_untrue(race));
	table_row(table, cells);
}

static void put_legend(bool markdown)
{
	putchar('\n');
	for (unsigned int i = 0; i < sizeof(legend) / sizeof(legend[0]); i++) {
		const char *second = legend[i].lines[1];

		printf(markdown ? "- %s: %s" : "%-8s%s", legend[i].column, legend[i].lines[0]);
		if (second)
			printf(markdown ? " %s" : "\n%8s%s", markdown ? second : "", second);
		putchar('\n');
	}
}

/* Whether there is a row yet: before the first one, what the table is. */
static void begin_table(const struct table *table, const struct questions *questions, bool *begun)
{
	struct utsname kernel;

	if (*begun)
		return;
	*begun = true;
	uname(&kernel);
	printf("Linux %s, %llu read%s of each in the race%s\n\n", kernel.release,
	       questions->rounds, questions->rounds == 1 ? "" : "s",
	       questions->async ? ", with IOSQE_ASYNC" : "");
	table_head(table);
}

static int survey_table(char **names, const struct questions *questions, bool markdown)
{
	const struct table table = { columns, COLUMNS, markdown };
	bool begun = false, answered = false;
	struct findings findings;
	int status = STATUS_HELD;

	for (; *names; names++) {
		if (inquire(*names, questions, &findings)) {
			status = STATUS_FAILED;
			continue;
		}
		begin_table(&table, questions, &begun);
		if (findings.verdict == ASKED)
			put_answers(&table, *names, &findings);
		else
			put_verdict(&table, *names, &findings);
		answered |= findings.verdict == ASKED;
	}
	if (answered)
		put_legend(markdown);
	return status;
}

static void json_race(const struct findings *findings)
{
	static const char *const words[WORDS] = { "0", "EALREADY", "ENOENT", "otherwise" };
	const struct race *race = &findings->race;

	json_open("race", '{');
	json_number("rounds", race->rounds);
	json_number("cancelled", race_ended(race, WAS_CANCELLED_IN_RACE));
	json_number("data", race_ended(race, GOT_DATA));
	json_bool("can_tell", findings->told);
	json_number("lost", race->lost);
	json_number("untrue", race_untrue(race));
	json_open("cancel_said", '{');
	for (int word = 0; word < WORDS; word++) {
		json_open(words[word], '{');
		json_number("cancelled", race->ends[word][WAS_CANCELLED_IN_RACE]);
		json_number("data", race->ends[word][GOT_DATA]);
		json_close('}');
	}
	json_close('}');
	json_close('}');
}

static void json_findings(const char *name, const struct findings *findings)
{
	static const char *const verdicts[] = {
		[ASKED] = "asked", [STAYS] = "stays", [HOLDS_UP] = "holds_up", [NEVER_WAITS] = "never_waits",
		[AT_END] = "at_end", [FAILS] = "fails",
	};
	char said[RESULT_NAME_SIZE];

	json_open(NULL, '{');
	json_text("file", name);
	json_text("verdict", verdicts[findings->verdict]);
	if (findings->verdict != STAYS && findings->verdict != HOLDS_UP)
		json_text("read", result_word(findings->read_said, said));
	if (findings->verdict == ASKED || findings->verdict == STAYS) {
		json_text("cancel", result_word(findings->cancel_said, said));
		json_number("cancels", findings->cancels);
	}
	if (findings->verdict == ASKED) {
		json_number("after_ns", findings->after_ns);
		json_text("waits", place_names[findings->place]);
		json_number("threads", findings->threads);
		json_race(findings);
	}
	json_close('}');
}

static int survey_json(char **names, const struct questions *questions)
{
	struct findings findings;
	int status = STATUS_HELD;
	struct utsname kernel;

	uname(&kernel);
	json_open(NULL, '{');
	json_text("kernel", kernel.release);
	json_number("rounds", questions->rounds);
	json_bool("async", questions->async);
	json_open("files", '[');
	for (; *names; names++) {
		if (inquire(*names, questions, &findings))
			status = STATUS_FAILED;
		else
			json_findings(*names, &findings);
	}
	json_close(']');
	json_close('}');
	return status;
}

static int survey(int argc, char **argv)
{
	struct command_option options[OPTIONS] = {
		[ROUNDS] = { "rounds", 0, 1, 100000, .value = DEFAULT_ROUNDS },
		[ASYNC] = { "async", .kind = FLAG },
		[JSON] = { "json", .kind = FLAG },
		[MARKDOWN] = { "markdown", .kind = FLAG },
	};
	int status = options_parse(&command_survey, argc, argv, options, OPTIONS);
	const struct questions questions = { options[ROUNDS].value, options[ASYNC].given };

	if (status != STATUS_GO_ON)
		return status;
	if (optind == argc)
		return bad_usage(&command_survey, "which file? A path, or pipe, eventfd, timerfd, "
				 "socket, pty");
	if (options[JSON].given && options[MARKDOWN].given)
		return bad_usage(&command_survey, "--json or --markdown, not both");
	if (ring_probe())
		return STATUS_FAILED;
	if (options[JSON].given)
		return survey_json(argv + optind, &questions);
	return survey_table(argv + optind, &questions, options[MARKDOWN].given);
}

const struct command command_survey = {
	.name = "survey",
	.summary = "cancelled io_uring reads of any file: what they and their cancels said",
	.help = help,
	.takes_files = true,
	.run = survey,
};
