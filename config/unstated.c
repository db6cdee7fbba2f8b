#include "config/unstated.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/cover.h"

/* Where lines go; what does not fit is cut, the counting goes on. */
struct page {
	char *text;
	size_t size, used;
	uint32_t count;
};

static void page_add(struct page *page, const struct limit_bind *bind, const char *for_whom)
{
	char scopes[96];
	limit_scopes_format(bind->scopes, scopes, sizeof scopes);
	page->count++;
	if (page->used >= page->size)
		return;
	int more = snprintf(page->text + page->used, page->size - page->used,
		"%s, which is stated by %s, is stated for %s by nobody: refuses\n",
		limit_keys[bind->limit].key, scopes, for_whom);
	page->used += more > 0 ? (size_t)more : 0;
}

/* Sessions are covered by their own rows alone. */
static void sessions_add(struct page *page, const struct row_index *index,
	const struct site_config *site, const struct limit_bind *bind)
{
	uint32_t bare = 0;
	char whom[64];
	for (uint32_t i = 0; i < site->session_count; i++)
		bare += !limit_row_states(
			row_index_find(index, SCOPE_SESSION, site->sessions[i].id, SYMBOL_NONE),
			bind->limit);
	snprintf(whom, sizeof whom, "%" PRIu32 " sessions", bare);
	if (bare != 0)
		page_add(page, bind, whom);
}

static void pairs_add(struct page *page, const struct row_index *index,
	const struct site_config *site, const struct limit_bind *bind)
{
	struct limit_row all;
	char whom[96];
	limit_row_init(&all, SCOPE_FIRM, 0, SYMBOL_NONE);
	struct cover cover = cover_of(index, site, &all, bind);
	snprintf(whom, sizeof whom, "%" PRIu64 " of %" PRIu64 " pairs of account and symbol",
		cover.bare, cover.pairs);
	if (cover.bare != 0)
		page_add(page, bind, cover.bare < cover.pairs ? whom : "any order");
}

uint32_t limitset_unstated(
	const struct limitset *set, const struct site_config *site, char *text, size_t size)
{
	struct page page = {.text = text, .size = size};
	struct row_index *index = row_index_make(set);
	if (size > 0)
		text[0] = '\0';
	for (unsigned i = 0; i < LIMIT_BIND_COUNT; i++) {
		const struct limit_bind *bind = &limit_binds[i];
		/* Short sales alone ask for these two, and one of them does. */
		bool is_short_sales =
			bind->limit == LIMIT_locates || bind->limit == LIMIT_easy_to_borrow;
		if (bind->absence == ABSENCE_PASSES || is_short_sales)
			continue;
		if (bind->scopes == 1u << SCOPE_SESSION)
			sessions_add(&page, index, site, bind);
		else
			pairs_add(&page, index, site, bind);
	}
	free(index);
	return page.count;
}
