// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting commands by their tags, in one hash table for all nodes: to find one
 * takes as long among a million as alone (rule A10).
 *
 * An entry is taken out before its command's CQE is posted, so that who has seen
 * the CQE may use the tag again. Who found the entry just before may still look at
 * it: the memory stays for a grace period, and only who gets a reference has found
 * anything.
 *
 *	finder, in an RCU section		end of the command
 *	-------------------------		------------------
 *	entry = lookup				remove the entry
 *	refs: from 1 to 2, or 0: not found	post the CQE
 *						put; at 0 free, a grace period later
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>

#include "cmd_read.h"

static struct rhashtable tags;

/*
 * The tag is whatever a program chose, and is mixed with the seed. Its file, ring and
 * maker are only added: where the first two are in memory nobody can know.
 */
static u32 hash(const void *data, u32 unused, u32 seed)
{
	const struct cs_tag *tag = data;
	const u32 whose = hash_ptr(tag->file, 32) ^ hash_ptr(tag->ring, 32);

	return jhash_3words(tag->tag, tag->tag >> 32, whose + tag->maker, seed);
}

static struct cs_tag tag_of(const struct cs_cmd_read *read)
{
	return (struct cs_tag){
		.file = read->req.file,
		.ring = read->ring,
		.tag = read->tag,
		.maker = read->req.maker,
	};
}

static u32 hash_entry(const void *data, u32 unused, u32 seed)
{
	struct cs_tag tag = tag_of(data);

	return hash(&tag, unused, seed);
}

static int differs(struct rhashtable_compare_arg *arg, const void *entry)
{
	const struct cs_cmd_read *read = entry;
	const struct cs_tag *tag = arg->key;

	return read->tag != tag->tag || read->ring != tag->ring ||
	       read->req.file != tag->file ||
	       !cs_is_made_by(&read->req, tag->maker);
}

/* As it shrinks it keeps room for some: or a few that come and go would have it rehash. */
#define FEW 1024

static const struct rhashtable_params params = {
	.key_len = sizeof(struct cs_tag),
	.head_offset = offsetof(struct cs_cmd_read, in_tags),
	.hashfn = hash,
	.obj_hashfn = hash_entry,
	.obj_cmpfn = differs,
	.min_size = FEW,
	.automatic_shrinking = true,
};

/**
 * cs_tag_insert() - let a request be found by its tag
 * @read: known to nobody else; with or without a tag
 *
 * Context: may sleep.
 * Return: 0; -EEXIST: another has the tag; -ENOMEM.
 */
int cs_tag_insert(struct cs_cmd_read *read)
{
	const struct cs_tag tag = tag_of(read);
	int err;

	if (!read->tag)
		return 0;
	err = rhashtable_lookup_insert_key(&tags, &tag, &read->in_tags, params);
	return err && err != -EEXIST ? -ENOMEM : err;
}

/**
 * cs_tag_remove() - its command is about to end
 * @read: inserted; the caller holds a reference
 *
 * Context: task context.
 */
void cs_tag_remove(struct cs_cmd_read *read)
{
	if (read->tag)
		rhashtable_remove_fast(&tags, &read->in_tags, params);
}

/**
 * cs_tag_find() - which request has this tag?
 * @tag: the tag, and whose
 *
 * Context: any but hard interrupt.
 * Return: the request, with a reference, or NULL.
 */
struct cs_cmd_read *cs_tag_find(const struct cs_tag *tag)
{
	struct cs_cmd_read *read;

	rcu_read_lock();
	read = rhashtable_lookup(&tags, tag, params);
	if (read && !refcount_inc_not_zero(&read->req.refs))
		read = NULL;
	rcu_read_unlock();
	return read;
}

/**
 * cs_tags_init() - before the first command
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int cs_tags_init(void)
{
	return rhashtable_init(&tags, &params);
}

/**
 * cs_tags_exit() - after the last command
 *
 * Context: may sleep.
 */
void cs_tags_exit(void)
{
	rhashtable_destroy(&tags);
}
