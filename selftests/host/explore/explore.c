// SPDX-License-Identifier: GPL-2.0
/*
 * Goes through all orders in which the actors of a scenario can take their steps,
 * on module/core as it is. search.c is how, actor.h is what a step is.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "actor.h"
#include "arena.h"
#include "core/model.h"
#include "print.h"
#include "search.h"

static const char usage[] =
	"Usage: explore [--all] [--first] [--rule RULE] [PATTERN]\n"
	"       explore --replay NAME:ORDER\n"
	"\n"
	"Explores the scenarios whose MODEL/NAME matches a shell pattern, and prints TAP.\n"
	"  --all     the big ones, too\n"
	"  --first   stop at the first failure, and do not look for a simpler one\n"
	"  --rule    only the scenarios that prove it\n"
	"  --replay  go through one order, as a failure has printed it\n";

static bool all, first;
static const char *pattern = "*";
static const char *proved;
static const char *replay;

static int planned, tests, failures;
static double total_states, total_orders;

/* A wild pointer ends the order, not the explorer. */
static void on_fault(int signal, siginfo_t *info, void *context)
{
	fail("wild access: to address %p", info->si_addr);
	abort();	/* it was the explorer's own */
}

/* Neither does a loop without end and without an access, after two of its ticks. */
static void on_tick(int signal)
{
	static unsigned long before;

	if (running && before == memory_steps)
		fail("runs without end");
	before = memory_steps;
}

static void catch_loops(void)
{
	const struct sigaction action = {
		.sa_handler = on_tick,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};
	const struct itimerval every_five_seconds = {
		.it_interval.tv_sec = 5,
		.it_value.tv_sec = 5,
	};

	sigaction(SIGVTALRM, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &every_five_seconds, NULL);
}

static void catch_faults(void)
{
	static char stack[64 * 1024];
	const stack_t altstack = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&altstack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* The rules that it proves of this model, each with a _ behind it. */
static void print_rules(const struct scenario *s,
			const struct explored_model *model)
{
	char rules[64], *rule;

	snprintf(rules, sizeof(rules), "%s", s->rules);
	for (rule = strtok(rules, "_"); rule; rule = strtok(NULL, "_"))
		if (!model || model_shows(model, rule))
			printf("%s_", rule);
}

static void print_result(const struct scenario *s, const char *group,
			 const struct explored_model *model, bool ok,
			 const struct found *found)
{
	printf("%sok %d - ", ok ? "" : "not ", ++tests);
	print_rules(s, model);
	printf("%s_%s # %d actors, %d request%s: %zu states, %.3g orders\n",
	       group, s->name, s->nr_actors - 1, s->requests,
	       s->requests == 1 ? "" : "s", found->states, found->orders);
	failures += !ok;
	total_states += found->states;
	total_orders += found->orders;
}

/* Of the orders that fail, one with the fewest interruptions. */
static void simplify(const struct scenario *s,
		     const struct explored_model *model, struct found *found)
{
	int bound = 0;

	do
		search(s, model, bound++, found);
	while (!found->failed);
}

static void print_failure(const struct scenario *s, const char *group,
			  const struct explored_model *model,
			  struct found *found)
{
	int i;

	if (!first)
		simplify(s, model, found);
	printf("# %s\n", *failure ? failure : "it did not fail");
	if (!first)
		print_order(s, model, found);
	printf("# to see it again: explore --replay %s/%s:", group, s->name);
	for (i = 0; i < found->length; i++)
		printf("%d", found->order[i]);
	printf("\n");
}

static void count(const struct scenario *s, const char *group,
		  const struct explored_model *model)
{
	planned++;
}

static void explore(const struct scenario *s, const char *group,
		    const struct explored_model *model)
{
	static struct found found;
	bool ok;

	if (first && failures)
		return;
	search(s, model, UNBOUNDED, &found);
	ok = s->fails ? found.failed && strstr(failure, s->fails) :
			!found.failed;
	print_result(s, group, model, ok, &found);
	if (!ok)
		print_failure(s, group, model, &found);
	fflush(stdout);
}

static void show_replay(const struct scenario *s, const char *group,
			const struct explored_model *model)
{
	const char *order = strchr(replay, ':');
	struct found found = { 0 };

	while (*++order && found.length < MAX_DEPTH)
		found.order[found.length++] = *order - '0';
	print_order(s, model, &found);
	printf("# %s\n", *failure ? failure : "nothing wrong so far");
	failures += !!*failure;
}

/* Some paths want a model that queues, or one that does not. */
static bool fits(const struct scenario *s, const char *group,
		 const struct explored_model *model)
{
	if (!model)
		return true;
	if (s->only && fnmatch(s->only, group, 0))
		return false;
	if (s->unserved && model->starts)
		return false;
	return model->model->queues ? !s->polling : !s->queueing;
}

static bool is_deep(const struct scenario *s,
		    const struct explored_model *model)
{
	return s->deep || (s->large && model && model->again);
}

static bool proves(const struct scenario *s, const struct explored_model *model)
{
	return has_rule(s->rules, proved) &&
	       (!model || model_shows(model, proved));
}

static bool wanted(const struct scenario *s, const char *name,
		   const struct explored_model *model)
{
	if (replay)
		return strlen(name) == strcspn(replay, ":") &&
		       !strncmp(replay, name, strlen(name));
	if (proved && !proves(s, model))
		return false;
	return (all || !is_deep(s, model)) && !fnmatch(pattern, name, 0);
}

/* In its world, whose end comes behind its own actors. */
static void place(struct scenario *s, const struct world *world)
{
	s->world = world;
	while (s->actors[s->nr_actors].run)
		s->nr_actors++;
	s->actors[s->nr_actors++] = (struct actor_spec){
		.name = "end",
		.run = world->end,
		.last = true,
	};
}

/* What is done with each scenario that is wanted. */
typedef void (*use)(const struct scenario *s, const char *group,
		    const struct explored_model *model);

static void use_one(const struct scenario *scenario, const struct world *world,
		    const char *group, const struct explored_model *model,
		    use use)
{
	struct scenario s = *scenario;
	char name[128];

	place(&s, world);
	snprintf(name, sizeof(name), "%s/%s", group, s.name);
	if (fits(&s, group, model) && wanted(&s, name, model))
		use(&s, group, model);
}

static void use_all(use use)
{
	const struct explored_model *m;
	const struct scenario *s;

	for (s = driver_world.scenarios; s->name; s++)
		use_one(s, &driver_world, "driver", NULL, use);
	for (s = node_world.scenarios; s->name; s++)
		for (m = explored_models; m->model; m++)
			use_one(s, &node_world, m->name ?: m->model->name, m,
				use);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "first", no_argument, NULL, 'f' },
		{ "rule", required_argument, NULL, 'u' },
		{ "replay", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		all |= c == 'a';
		first |= c == 'f';
		if (c == 'u')
			proved = optarg;
		if (c == 'r')
			replay = optarg;
		if (c == 'h' || c == '?') {
			fputs(usage, c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (optind < argc)
		pattern = argv[optind];
	if (replay && !strchr(replay, ':')) {
		fputs(usage, stderr);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	arena_init();
	catch_faults();
	catch_loops();
	if (replay) {
		use_all(show_replay);
		return failures != 0;
	}
	use_all(count);
	printf("1..%d\n", planned);
	use_all(explore);
	printf("# in all: %.0f states, %.3g orders\n", total_states,
	       total_orders);
	return failures != 0;
}
