// SPDX-License-Identifier: GPL-2.0
/*
 * What became of many reads that were cancelled in the same way: those of which the
 * same is to be said, together.
 */
#include <stdlib.h>

#include "command.h"
#include "endings.h"

const char *const who_words[WHOS] = {
	[WHO_CANCELLER] = "canceller",
	[WHO_SERVER] = "server",
	[WHO_UNPLUG] = "unplug",
	[WHO_ABANDON] = "abandoned",
	[WHO_IO_URING] = "io_uring",
	[WHO_NOBODY] = "nobody",
};

static bool same(enum told told, int said, enum told other, int other_said)
{
	return told == other && (told != SAYS || said == other_said);
}

static bool is_alike(const struct ending *one, const struct ending *other)
{
	return one->who == other->who &&
	       same(one->read, one->read_said, other->read, other->read_said) &&
	       same(one->cancel, one->cancel_said, other->cancel, other->cancel_said);
}

static struct alike *add(struct endings *endings, const struct ending *ending)
{
	struct alike *alike = realloc(endings->alike, (endings->kinds + 1) * sizeof(*alike));

	if (!alike) {
		complain("no memory for what is found out");
		return NULL;
	}
	endings->alike = alike;
	alike += endings->kinds++;
	*alike = (struct alike){ .ending = *ending };
	return alike;
}

static struct alike *find(struct endings *endings, const struct ending *ending)
{
	for (unsigned int i = 0; i < endings->kinds; i++)
		if (is_alike(&endings->alike[i].ending, ending))
			return &endings->alike[i];
	return add(endings, ending);
}

static void move_up(struct endings *endings, struct alike *alike)
{
	struct alike other;

	for (; alike > endings->alike && alike[-1].count < alike->count; alike--) {
		other = alike[-1];
		alike[-1] = *alike;
		*alike = other;
	}
}

int endings_note(struct endings *endings, const struct ending *ending, __u64 after_ns)
{
	struct alike *alike = find(endings, ending);

	if (!alike)
		return -1;
	endings->count++;
	alike->count++;
	if (ending->who != WHO_NOBODY && after_ns)
		latency_note(&alike->after, after_ns);
	move_up(endings, alike);
	return 0;
}

void endings_free(struct endings *endings)
{
	free(endings->alike);
	*endings = (struct endings){ 0 };
}

const char *told_word(enum told told, int said, char word[static RESULT_NAME_SIZE])
{
	switch (told) {
	case SAYS:
		return result_word(said, word);
	case IS_GONE:
		return "(gone)";
	case STILL_WAITS:
		return "(waits)";
	default:
		return "";
	}
}
