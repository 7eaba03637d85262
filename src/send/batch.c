/* SPDX-License-Identifier: BSD-3-Clause */
#include "send/batch.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "send/result.h"

struct item_list {
	struct item *items;
	size_t count, room;
};

/* A study that the walk met, and what the batch holds of it: nothing, if all of it has its result already. */
struct group {
	const char *uid; /* the study's */
	struct study *study;
	struct item_list files;
	struct item_list referrers; /* sent after the files */
	struct group *next;
};

struct batch {
	struct plan_rules rules;
	bool split;
	struct tally *tally;
	struct group *first, **tail; /* in order of appearance */
	struct group *latest;	     /* the one that the walk is in; NULL: none */
	size_t count;		     /* of groups */
	void *by_uid;		     /* the same groups as a tree, tsearch(3) */
	size_t fresh;		     /* items added since the last batch_take */
	int64_t first_us;	     /* when the first of them was */
	struct plan part;	     /* contexts of what batch_take is working on */
};

void
unit_free(struct unit *unit)
{
	if (!unit)
		return;
	for (size_t i = 0; i < unit->count; i++)
		instance_clear(&unit->items[i].instance);
	if (unit->plan && __atomic_sub_fetch(&unit->plan->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(unit->plan); /* NOLINT(clang-analyzer-unix.Malloc): it does not follow atomic counts */
	free(unit->items);
	free(unit);
}

struct batch *
batch_new(const struct plan_rules *rules, bool split, struct tally *tally, struct err *err)
{
	struct batch *batch = calloc(1, sizeof *batch);

	if (!batch) {
		err_nomem(err);
		return NULL;
	}
	batch->rules = *rules;
	batch->split = split;
	batch->tally = tally;
	batch->tail = &batch->first;
	return batch;
}

static int
compare(const void *a, const void *b)
{
	const struct group *left = a, *right = b;

	return strcmp(left->uid, right->uid);
}

static struct group *
group_new(struct batch *batch, const char *uid)
{
	struct group *group = calloc(1, sizeof *group);

	if (group)
		group->study = tally_study(batch->tally, uid);
	if (!group || !group->study) {
		free(group);
		return NULL;
	}
	group->uid = group->study->uid;
	if (!tsearch(group, &batch->by_uid, compare)) {
		tally_close_study(batch->tally, group->study);
		free(group);
		return NULL;
	}
	*batch->tail = group;
	batch->tail = &group->next;
	batch->count++;
	return group;
}

/* Its items have been moved already. */
static void
group_free(struct batch *batch, struct group *group)
{
	tdelete(group, &batch->by_uid, compare);
	tally_close_study(batch->tally, group->study);
	batch->count--;
	free(group->files.items);
	free(group->referrers.items);
	free(group);
}

static struct item *
group_item(const struct group *group, size_t i)
{
	if (i < group->files.count)
		return &group->files.items[i];
	return &group->referrers.items[i - group->files.count];
}

struct study *
batch_meet(struct batch *batch, const char *uid)
{
	struct group key = { .uid = uid };
	struct group *const *node;
	struct group *group = batch->latest;

	if (!group || strcmp(group->uid, uid) != 0) {
		node = tfind(&key, &batch->by_uid, compare);
		group = node ? *node : group_new(batch, uid);
	}
	if (!group)
		return NULL;
	batch->latest = group;
	return group->study;
}

static int
item_push(struct item_list *list, const struct item *item)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 4;
		struct item *items = reallocarray(list->items, room, sizeof *items);

		if (!items)
			return -1;
		list->items = items;
		list->room = room;
	}
	list->items[list->count++] = *item;
	return 0;
}

int
batch_add(struct batch *batch, struct item *item, int64_t now_us)
{
	struct group *group = batch->latest;
	bool referrer = uid_is_referrer(item->instance.sop_class);

	if (item_push(referrer ? &group->referrers : &group->files, item) < 0) {
		instance_clear(&item->instance);
		return -1;
	}
	*item = (struct item){ 0 };
	if (batch->fresh++ == 0)
		batch->first_us = now_us;
	return 0;
}

bool
batch_is_due(const struct batch *batch, int64_t now_us)
{
	return batch->fresh >= BATCH_FILES || batch->count >= BATCH_FILES ||
		(batch->fresh > 0 && now_us - batch->first_us >= BATCH_US);
}

/* The list that batch_take makes. */
struct taking {
	struct unit *first, **tail;
	struct shared_plan *plan; /* the one that is being filled */
};

/* Undo: the units are still empty, and nobody uses them yet. */
static void
taking_drop(struct taking *taking)
{
	struct unit *next;

	/* The last plan may have no unit yet. */
	if (taking->plan && taking->plan->refs == 0)
		free(taking->plan);
	for (struct unit *unit = taking->first; unit; unit = next) {
		next = unit->next;
		unit_free(unit);
	}
}

/* Make room for the contexts of the current part, in a new plan if necessary. */
static int
taking_cover(struct taking *taking, const struct plan *part)
{
	struct shared_plan *plan;

	if (taking->plan && plan_merge(&taking->plan->plan, part))
		return 0;
	plan = calloc(1, sizeof *plan);
	if (!plan)
		return -1;
	plan->plan = *part;
	taking->plan = plan;
	return 0;
}

/* Append a unit of count items, which are to be filled in. */
static int
taking_append(struct taking *taking, struct study *study, size_t count, bool free_to_any)
{
	struct unit *unit = calloc(1, sizeof *unit);
	struct item *items = calloc(count, sizeof *items);

	if (!unit || !items) {
		free(unit);
		free(items);
		return -1;
	}
	*unit = (struct unit){
		.study = study,
		.plan = taking->plan,
		.items = items,
		.count = count,
		.free_to_any = free_to_any,
	};
	__atomic_add_fetch(&taking->plan->refs, 1, __ATOMIC_RELAXED);
	*taking->tail = unit;
	taking->tail = &unit->next;
	return 0;
}

/*
 * How many of the group's items are taken now. Referring objects of a study that the walk is still in wait,
 * since files that they refer to may still come, but only up to a limit: a study of nothing else must not
 * fill the memory.
 */
static size_t
count_leaving(const struct batch *batch, const struct group *group, bool last)
{
	bool hold = !last && group == batch->latest && group->referrers.count <= BATCH_FILES;

	return group->files.count + (hold ? 0 : group->referrers.count);
}

/* The contexts of the group's items from the i-th on, of as many as one plan
 * holds, into batch->part. Returns where the rest begins; an empty plan holds any one item. */
static size_t
plan_part(struct batch *batch, const struct group *group, size_t i, size_t end)
{
	batch->part.rules = batch->rules;
	batch->part.count = 0;
	(void)plan_add(&batch->part, &group_item(group, i)->instance);
	i++;
	while (i < end && plan_add(&batch->part, &group_item(group, i)->instance))
		i++;
	return i;
}

/* Units for the first count items of the group. */
static int
take_group(struct batch *batch, const struct group *group, size_t count, struct taking *taking)
{
	size_t done = 0;

	while (done < count) {
		size_t end = plan_part(batch, group, done, count);

		if (taking_cover(taking, &batch->part) < 0)
			return -1;
		do {
			size_t n = batch->split && end - done > STUDY_SLICE ? STUDY_SLICE : end - done;

			if (taking_append(taking, group->study, n, batch->split) < 0)
				return -1;
			done += n;
		} while (done < end);
	}
	return 0;
}

/* Move the first count items of the group into its units. Returns what follows them. */
static struct unit *
fill_units(struct unit *unit, const struct group *group, size_t count)
{
	for (size_t done = 0; unit && done < count; unit = unit->next) {
		for (size_t i = 0; i < unit->count; i++)
			unit->items[i] = *group_item(group, done++);
	}
	return unit;
}

/* Move the items out, and close the studies that the walk has left. */
static void
pass_batch(struct batch *batch, bool last, struct unit *units)
{
	struct group *kept = last ? NULL : batch->latest;
	struct group *next;

	for (struct group *group = batch->first; group; group = next) {
		size_t count = count_leaving(batch, group, last);

		next = group->next;
		units = fill_units(units, group, count);
		if (count > group->files.count)
			group->referrers.count = 0;
		group->files.count = 0;
		if (group != kept)
			group_free(batch, group);
	}
	batch->latest = batch->first = kept;
	batch->tail = &batch->first;
	if (kept) {
		kept->next = NULL;
		batch->tail = &kept->next;
	}
	batch->fresh = 0;
}

int
batch_take(struct batch *batch, bool last, struct unit **out, struct err *err)
{
	struct taking taking = { .tail = &taking.first };

	*out = NULL;
	for (struct group *group = batch->first; group; group = group->next) {
		if (take_group(batch, group, count_leaving(batch, group, last), &taking) < 0) {
			taking_drop(&taking);
			return err_nomem(err); /* NOLINT(clang-analyzer-unix.Malloc): taking_drop freed it */
		}
	}
	pass_batch(batch, last, taking.first);
	*out = taking.first;
	return 0;
}

void
batch_free(struct batch *batch)
{
	struct group *next;

	if (!batch)
		return;
	for (struct group *group = batch->first; group; group = next) {
		next = group->next;
		for (size_t i = 0; i < group->files.count + group->referrers.count; i++) {
			struct item *item = group_item(group, i);
			struct report_instance event = result_unsent(item);

			tally_finish(batch->tally, group->study, &event);
			instance_clear(&item->instance);
		}
		group_free(batch, group);
	}
	free(batch);
}
