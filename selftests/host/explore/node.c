// SPDX-License-Identifier: GPL-2.0
/* A node, and what must be true of it. */
#include <string.h>

#include <linux/atomic.h>
#include <linux/errno.h>

#include "actor.h"
#include "arena.h"
#include "complain.h"
#include "core/model.h"
#include "node.h"
#include "trace.h"

struct node *node;	/* at the same place in all states */

static struct read *read_of(const struct cs_request *req)
{
	struct read *read = node->reads;

	while (read->req != req)
		read++;
	return read;
}

/* The host */

static void arm(struct cs_queue *queue)
{
	WRITE_ONCE(node->armed, true);
}

static bool settled(struct cs_queue *queue)
{
	return !READ_ONCE(node->unsettled);
}

static int take_sample(struct cancelsafe_sample *sample)
{
	node->unsettled = node->settling;
	*sample = (struct cancelsafe_sample){ .sequence = ++node->sequence };
	return 0;
}

static bool is_given_up(long i)
{
	return node->reads[i].detached;
}

/* The server is a timer: it begins, and fires again when there is a sample. */
static int acquire_by_timer(struct cancelsafe_sample *sample)
{
	const bool begun = node->acquiring;

	if (READ_ONCE(node->unsettled)) {
		CHECK(!begun); /* B */
		return -EAGAIN;
	}
	node->acquiring = node->slow && !begun;
	return node->acquiring ? -EAGAIN : take_sample(sample);
}

/* It is a thread: it takes its time, and others may come in. */
static int acquire_by_thread(struct cancelsafe_sample *sample)
{
	actor_wait("the acquisition", node->hangs ? is_given_up : NULL, 0);
	if (node->gone)
		return -ENODEV;
	CHECK(!node->unsettled); /* B */
	return take_sample(sample);
}

static int acquire(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	int err;

	CHECK(node->serving);
	CHECK(!node->samples); /* D2, R18 */
	err = queue->model->timer ? acquire_by_timer(sample) :
				    acquire_by_thread(sample);
	node->samples += !err;
	return err;
}

/* Is it time for the server to look? */
bool node_service_due(void)
{
	if (!node->armed || node->gone)
		return false;
	if (node->acquiring)
		return !node->hangs || is_given_up(0);
	return !node->unsettled;
}

/* Somebody is queued or in service, has no sample, and nobody cancels it. */
static bool somebody_waits(void)
{
	const struct read *read = node->reads;

	for (; read < node->reads + node->nr_reads; read++)
		if (read->arrived && !read->elsewhere && !read->cancels &&
		    !read->completions && !LOOK(read->req->sample.sequence))
			return true;
	return false;
}

/* With one lock for two nodes nobody is busy with one while another is with the other. */
static void look_alone(void)
{
	CHECK(!node->looking); /* E4 */
	node->looking = true;
	node->looks++;
	actor_wait("looking at the device", NULL, 0);
	node->looking = false;
}

static int acquire_now(struct cs_queue *queue, struct cancelsafe_sample *sample)
{
	if (node->elsewhere)
		look_alone();
	if (queue != node->queue)
		return -EAGAIN;
	if (node->slow || READ_ONCE(node->unsettled))
		return -EAGAIN;
	CHECK(!node->gone); /* L16 */
	if (node->ordered)
		CHECK(!somebody_waits()); /* A6 */
	return take_sample(sample);
}

static void watch(struct cs_queue *queue)
{
	WRITE_ONCE(node->watching, true);
}

static void breathe(struct cs_queue *queue)
{
}

static void wake(struct cs_queue *queue)
{
	int i;

	actor_wait("waking all", NULL, 0);
	for (i = 0; i < node->nr_reads; i++)
		node->reads[i].asleep = false;
}

static const struct cs_host host = {
	.arm = arm,
	.settled = settled,
	.acquire = acquire,
	.acquire_now = acquire_now,
	.watch = watch,
	.breathe = breathe,
	.wake = wake,
};

void host_trace(enum host_event event, const struct cs_request *req,
		enum cs_who who)
{
	struct read *read = read_of(req);

	if (event == HOST_QUEUED) {
		CHECK(!node->elsewhere || !node->looking); /* E4 */
		read->arrived = ++node->arrivals;
	}
	if (event == HOST_CLAIMED && who == CS_SERVER) {
		CHECK(!read->early); /* A4 */
		read->served = true;
	}
	if (event == HOST_CLAIMED && who == CS_CANCELLER) {
		read->taken_back = running == read->submitter && !read->submitted;
		read->canceller = running;
	}
}

/* No driver of ours breaks a rule, in no order, unless an actor makes it do so. */
void cs_complain(const struct cs_request *req, const char *what,
		 const char *why, const char *rule)
{
	if (!node->provoked || strcmp(node->provoked, rule))
		fail("%s failed: %s (rule %s)", what, why, rule);
	node->complaints++;
}

/* The paths */

static void check_completion(struct cs_request *req, struct read *read)
{
	CHECK(!host_locks_held()); /* A5 */
	CHECK(!read->completions); /* A1 */
	CHECK(!read->abandoned); /* A9 */
	CHECK(!LOOK(req->cancelable.routine)); /* R10 */
	CHECK(LOOK(req->cancelable.link.next) == &req->cancelable.link); /* R6 */
}

/* Who is told of an error finds it counted. */
static void check_counted(const struct read *told)
{
	const struct cs_counts *counts = &told->req->file->queue->ledger.counts;
	const struct read *read = node->reads;
	u64 errors = 0;

	for (; read < node->reads + node->nr_reads; read++)
		errors += read->elsewhere == told->elsewhere &&
			  read->completions && read->result < 0;
	CHECK(LOOK(counts->n[CS_COUNT_CANCELLED]) +
		      LOOK(counts->n[CS_COUNT_FAILED]) >= errors);
}

/* What its reader is told is written down while the request is still there. */
void node_take(struct read *read)
{
	struct cs_request *req = read->req;
	const bool sampled = !read->detached && !req->result;
	const int told = cs_deliver(req, read->gone);

	read->result = told < 0 ? told : 0;
	read->lost = sampled && told < 0;
	if (read->detached)
		CHECK(told < 0); /* G3 */
	else if (told < 0)
		check_counted(read);
	else
		CHECK(told == sizeof(req->sample));
}

/* Into the memory of the reader: only while that is there. */
static bool copy(struct cs_request *req)
{
	struct read *read = read_of(req);

	CHECK(!host_locks_held()); /* A5 */
	CHECK(!read->gone); /* G1, L15 */
	if (node->faulty)
		return false;
	read->sequence = req->sample.sequence;
	return true;
}

/* A reader waits, as in read(2): it is woken. */
static void complete(struct cs_request *req)
{
	struct read *read = read_of(req);

	check_completion(req, read);
	WRITE_ONCE(read->completions, read->completions + 1);
}

/* Nobody waits, as in libaio: the completion ends all. */
static void complete_async(struct cs_request *req)
{
	struct read *read = read_of(req);

	check_completion(req, read);
	read->completions++;
	node_take(read);
	cs_put(req);
}

static void release(struct cs_request *req)
{
	read_of(req)->released++;
	memory_free(req);
}

/* The watchdog has abandoned it. */
static void detach(struct cs_request *req)
{
	struct read *read = read_of(req);

	CHECK(!read->completions);
	read->abandoned = true;
	WRITE_ONCE(read->detached, true);
}

static const struct cs_path path = {
	.name = "sync",
	.complete = complete,
	.copy = copy,
	.detach = detach,
	.release = release,
};

static const struct cs_path async_path = {
	.name = "async",
	.complete = complete_async,
	.copy = copy,
	.release = release,
};

static void file_released(struct cs_file *file)
{
	node->closed++;
	memory_free(file);
}

static void elsewhere_released(struct cs_file *file)
{
	memory_free(file->queue);
	memory_free(file);
}

/* Before the actors begin */

const int node_owners[2];

/* The last ones may be another's, who may have a descriptor table of its own. */
static void set_up_maker(const struct scenario *s, int i)
{
	const bool stranger = i >= s->requests - s->strangers;
	const bool sharer = i >= s->requests - s->sharers;

	node->reads[i].owner = &node_owners[stranger];
	node->reads[i].maker = stranger || sharer ? NODE_OTHER_MAKER :
						    NODE_MAKER;
}

static struct cs_queue *set_up_queue(const struct scenario *s, const char *name)
{
	const struct explored_model *model = node->model;
	struct cs_queue *queue = arena_alloc(name, model->model->queue_size);

	queue->settings.queue_limit = s->limit ?: 1000;
	queue->settings.acquire_us = node->slow;
	queue->host_data = node;
	cs_queue_init(queue, model->model, &host, "explored");
	if (model->vary)
		model->vary(queue, s->how ?: model->how);
	return queue;
}

static struct cs_file *set_up_file(struct cs_queue *queue, const char *name,
				   void (*released)(struct cs_file *file))
{
	struct cs_file *file = arena_alloc(name, sizeof(*file));

	cs_file_init(file, queue, released);
	return file;
}

static void set_up_read(const struct scenario *s, int i)
{
	static const char *const names[] = { "r1", "r2", "r3" };
	struct read *read = &node->reads[i];

	set_up_maker(s, i);
	read->elsewhere = s->elsewhere && i == s->requests - 1;
	read->req = arena_alloc(names[i], sizeof(*read->req));
	cs_request_init(read->req, s->async ? &async_path : &path,
			read->elsewhere ? node->elsewhere : node->file,
			read->maker, read->owner);
}

/* Who cancels holds a reference (rule R17). */
static void take_references(const struct scenario *s)
{
	const struct actor_spec *actor = s->actors;

	for (; actor < s->actors + s->nr_actors; actor++)
		if (actor->run == cancel || actor->run == cancel_too)
			refcount_inc(&node->reads[actor->arg].req->refs);
}

void node_set_up(const struct scenario *s, const struct explored_model *model)
{
	int i;

	node = arena_alloc_unwatched(sizeof(*node));
	node->model = model;
	node->ordered = model_shows(model, "A6");
	node->unsettled = s->unsettled;
	node->settling = s->settling;
	node->hangs = s->hangs;
	node->faulty = s->faulty;
	node->slow = s->slow || s->hangs;
	node->nr_reads = s->requests;
	node->queue = set_up_queue(s, "queue");
	node->file = set_up_file(node->queue, "file", file_released);
	if (s->elsewhere)
		node->elsewhere = set_up_file(set_up_queue(s, "other queue"),
					      "other file", elsewhere_released);
	for (i = 0; i < s->requests; i++)
		set_up_read(s, i);
	take_references(s);
	for (i = 0; i < s->queued; i++) {
		node->reads[i].submitting = true;
		cs_submit(node->reads[i].req);
	}
}

/* What must be true in every state */

static void check_law(const struct cs_counts *counts, const char *whose)
{
	int i;

	if (!cs_law_holds(counts))
		fail("the law does not hold for %s", whose);
	for (i = 0; i < CS_NR_COUNTS; i++)
		if ((__s64)counts->n[i] < 0)
			fail("a count of %s is negative", whose);
}

void node_check_law(void)
{
	if (actors_in_locks())
		return;
	check_law(&node->queue->ledger.counts, "the node");
	if (!node->closed)
		check_law(&node->file->counts, "the open file");
}

/* At the end */

/* Each request has ended in one way, once (A1, A2, A3, A8, A9). */
static void check_read(const struct read *read)
{
	const bool accepted = !read->refused;

	CHECK(read->released == 1);
	CHECK(read->completions == (accepted && !read->abandoned));
	CHECK(read->claimed <= 1);
	if (!node->model->delivers || (read->completions && !read->result))
		CHECK(!read->late || read->served); /* A8 */
	CHECK(!read->taken_back || !read->claimed); /* R3 */
	CHECK(read->cancels || !read->result || read->lost); /* G2, G4 */
	if (read->lost)
		CHECK(read->result == (read->gone ? -ECANCELED : -EFAULT)); /* G1 */
	if (read->claimed || read->early)
		CHECK(!accepted || read->result < 0 || read->abandoned);
	if (read->completions)
		CHECK(!read->result == !!read->sequence); /* A2 */
	if (read->first_err && read->result < 0 && !node->gone &&
	    !(node->cut_off && read->result == -ENODEV))
		CHECK(read->result == read->first_err);
	if (read->served && read->completions && !node->gone)
		CHECK(!read->result || read->lost);
}

/* Who came first was served first (A6). */
static void check_order(const struct read *a, const struct read *b)
{
	if (a->arrived && a->arrived < b->arrived && a->sequence && b->sequence)
		CHECK(a->sequence < b->sequence);
	CHECK(a == b || !a->sequence || a->sequence != b->sequence); /* A7 */
}

/* Who could not be served for want of a lower target is told why: one of them (H8). */
static void check_told(void)
{
	const struct read *read = node->reads;
	int unserved = 0;

	for (; read < node->reads + node->nr_reads; read++)
		unserved += read->refused || read->result == -ENODEV;
	CHECK(node->complaints == !!unserved);
}

static void check_counts(const struct cs_counts *counts, bool elsewhere)
{
	u64 submitted = 0, completed = 0, cancelled = 0;
	const struct read *read = node->reads;

	for (; read < node->reads + node->nr_reads; read++) {
		if (read->elsewhere != elsewhere)
			continue;
		submitted += !read->refused;
		completed += read->completions && !read->result;
		cancelled += read->completions && read->result && !read->lost &&
			     read->result != -ENODEV;
	}
	CHECK(counts->n[CS_COUNT_WAITING] == 0);
	CHECK(counts->n[CS_COUNT_SUBMITTED] == submitted);
	CHECK(counts->n[CS_COUNT_COMPLETED] == completed);
	CHECK(counts->n[CS_COUNT_CANCELLED] == cancelled);
	CHECK(counts->n[CS_COUNT_ACQUIRED] ==
	      (elsewhere ? 0 : node->sequence)); /* A7 */
}

void node_end(long unused)
{
	int i, j;

	for (i = 0; i < node->nr_reads; i++) {
		check_read(&node->reads[i]);
		for (j = 0; j < node->nr_reads && node->ordered; j++)
			check_order(&node->reads[i], &node->reads[j]);
	}
	check_counts(&node->queue->ledger.counts, false);
	if (node->cut_off)
		check_told();
	if (!node->closed) {
		check_counts(&node->file->counts, false);
		cs_file_put(node->file);
	}
	CHECK(node->closed == 1);
	memory_free(node->queue);
	if (node->elsewhere) {
		CHECK(node->looks);
		check_counts(&node->elsewhere->queue->ledger.counts, true);
		cs_file_put(node->elsewhere);
	}
	if (arena_leak())
		fail("%s was never freed", arena_leak());
}
