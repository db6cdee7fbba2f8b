#include "control/journal/word.h"

#include "dataplane/orders/names.h"
#include "dataplane/wire/fix.h"
#include "dataplane/wire/ouch42_inner.h"

enum { NAME_BYTES_OF_ORDER = 14, NAME_BYTES_OF_CANCEL = 19 };

/* OUCH 5.0, options of Restated. */
enum { OPTION_ORDER_REFERENCE = 1, OPTION_DISPLAY_QUANTITY = 22, OPTION_DISPLAY_PRICE = 23 };

/* The order that one of our names stands for: a cancel's is the order's between an X and four digits.  0: not ours. */
static uint64_t order_of(const void *bytes, uint32_t size)
{
	const char *name = bytes;
	uint64_t account, order;
	if (size == NAME_BYTES_OF_CANCEL && name[0] == 'X')
		return order_of(name + 1, NAME_BYTES_OF_ORDER);
	return size == NAME_BYTES_OF_ORDER && names_clordid_read(name, &account, &order) ? order
											 : 0;
}

/* --- OUCH --- */

static void ouch_fill(const struct ouch_out *out, struct venue_word *word)
{
	word->type = out->type;
	word->qty = out->qty;
	word->price_e4 = out->price_e4;
	word->order_reference = out->order_reference;
	word->match = out->match;
	word->reject_code = out->reject_code;
	word->reject_letter = out->reject_letter;
	word->code = out->code;
	word->liquidity = out->type == 'E' ? out->code : out->liquidity;
	word->display = out->display;
	word->order_state = out->order_state;
	word->order_id = order_of(out->clordid, sizeof out->clordid);
	word->original_id = order_of(out->original_clordid, sizeof out->original_clordid);
}

static uint64_t option_of(const struct ouch_out *out, uint32_t tag)
{
	return (out->options.present >> tag & 1) != 0 ? (uint64_t)out->options.value[tag] : 0;
}

static bool ouch50_read(const uint8_t *bytes, uint32_t size, struct venue_word *word)
{
	struct ouch_out out;
	if (ouch50_parse_out(bytes, size, &out) != OUCH_OK)
		return false;
	ouch_fill(&out, word);
	if (out.type == 'R') {
		word->order_reference = option_of(&out, OPTION_ORDER_REFERENCE);
		word->qty = (uint32_t)option_of(&out, OPTION_DISPLAY_QUANTITY);
		word->price_e4 = option_of(&out, OPTION_DISPLAY_PRICE);
	}
	word->ref = out.ref;
	word->original_ref = out.original_ref;
	/* Those are of the session, or of many orders. */
	return strchr("SXGKQ", out.type) == NULL;
}

static bool ouch42_read(const uint8_t *bytes, uint32_t size, struct venue_word *word)
{
	struct ouch42_out message;
	struct ouch_out out;
	if (ouch42_parse_out(bytes, size, &message) != OUCH_OK)
		return false;
	ouch42_inner_hear_out(&message, &out);
	ouch_fill(&out, word);
	return out.type != 'S';
}

/* --- FIX --- */

static void text_copy(char out[WORD_NAME_BYTES], const struct fix_text *text)
{
	uint32_t size = text->size_bytes < WORD_NAME_BYTES ? text->size_bytes : WORD_NAME_BYTES - 1;
	for (uint32_t i = 0; i < size; i++)
		out[i] =
			text->bytes[i] >= ' ' && text->bytes[i] < 0x7F ? (char)text->bytes[i] : '?';
	out[size] = '\0';
}

/* What a report's ExecType is in OUCH; 0: none that we know. */
static uint8_t report_type(const struct fix_message *m)
{
	static const char types[][2] = {{'0', 'A'}, {'5', 'U'}, {'1', 'E'}, {'2', 'E'}, {'F', 'E'},
		{'G', 'F'}, {'H', 'B'}, {'3', 'C'}, {'4', 'C'}, {'C', 'C'}, {'8', 'J'}, {'D', 'M'},
		{'6', 'P'}, {'A', 'N'}, {'E', 'N'}, {'I', '8'}};
	if (m->version == FIX_42 && m->exec_trans_type != '0')
		return m->exec_trans_type == '1' ? 'B' : m->exec_trans_type == '2' ? 'F' : '8';
	for (uint32_t i = 0; i < ARRAY_COUNT(types); i++)
		if (m->exec_type == (uint8_t)types[i][0])
			return (uint8_t)types[i][1];
	return 0;
}

static void report_read(const struct fix_message *m, struct venue_word *word)
{
	static const char flags[] = {' ', 'A', 'R', 'X'};
	word->type = report_type(m);
	word->code = (uint8_t)(word->type == '8' ? m->ord_status : m->exec_type);
	word->executed_qty = (uint32_t)m->cum_qty;
	word->qty = (uint32_t)m->leaves_qty;
	word->price_e4 = m->price_e4 > 0 ? (uint64_t)m->price_e4 : 0;
	word->reject_code = (uint32_t)m->ord_rej_reason;
	bool is_trade = word->type == 'E' || word->type == 'F' || word->type == 'B';
	if (!is_trade) {
		text_copy(word->name, &m->order_id);
		return;
	}
	word->qty = (uint32_t)m->last_qty;
	word->price_e4 = m->last_price_e8 > 0 ? (uint64_t)m->last_price_e8 / 10000 : 0;
	bool has_flag = fix_has(m, FIX_LAST_LIQUIDITY) && m->last_liquidity < sizeof flags;
	word->liquidity = (uint8_t)(has_flag ? flags[m->last_liquidity] : ' ');
	text_copy(word->name, word->type == 'E' ? &m->exec_id : &m->exec_ref_id);
}

static bool fix_read(const uint8_t *bytes, uint32_t size, struct venue_word *word)
{
	struct fix_frame frame;
	struct fix_message m;
	if (fix_cut(bytes, size, &frame) != FIX_WHOLE)
		return false;
	fix_parse(frame.bytes, frame.size_bytes, &m);
	word->number = m.sequence;
	word->is_again = m.is_poss_dup != 0;
	text_copy(word->text, &m.text);
	word->order_id = order_of(m.cl_ord_id.bytes, m.cl_ord_id.size_bytes);
	word->original_id = order_of(m.orig_cl_ord_id.bytes, m.orig_cl_ord_id.size_bytes);
	if (m.type == FIX_MSG_EXECUTION_REPORT) {
		report_read(&m, word);
	} else if (m.type == FIX_MSG_CANCEL_REJECT) {
		word->type = m.cxl_rej_response_to == '2' ? 'J' : 'I';
		word->reject_code = (uint32_t)m.cxl_rej_reason;
	} else if (m.type == FIX_MSG_BUSINESS_REJECT) {
		word->type = 'J';
		word->reject_code = (uint32_t)m.business_reason;
		word->order_id = order_of(m.business_ref_id.bytes, m.business_ref_id.size_bytes);
	}
	return word->type != 0;
}

/* --- whose --- */

/* The venue whose order session or copy brought it; false: neither. */
static bool session_find(const struct site_config *site, uint32_t session, struct venue_word *word)
{
	for (uint32_t i = 0; i < site->venue_count; i++) {
		const struct venue_config *venue = &site->venues[i];
		bool is_copy = venue->drop.session_id == session && session != 0;
		if (venue->session_id != session && !is_copy)
			continue;
		word->venue = (uint8_t)i;
		word->is_copy = is_copy;
		word->protocol = is_copy ? venue->drop.protocol : venue->protocol;
		return true;
	}
	return false;
}

bool word_message_of(const struct record *record, struct word_message *message)
{
	struct message_record head;
	if (record->body_bytes < sizeof head)
		return false;
	memcpy(&head, record_body(record), sizeof head);
	uint32_t held = record->body_bytes - (uint32_t)sizeof head;
	*message =
		(struct word_message){.bytes = (const uint8_t *)record_body(record) + sizeof head,
			.size_bytes = head.size_bytes < held ? head.size_bytes : held,
			.session = head.session};
	return true;
}

bool word_read(const struct site_config *site, const struct record *record, struct venue_word *word)
{
	struct word_message message;
	if (!word_message_of(record, &message))
		return false;
	*word = (struct venue_word){.order_id = 0};
	if (!session_find(site, message.session, word))
		return false;
	switch (word->protocol) {
	case ORDERS_OUCH50:
		return ouch50_read(message.bytes, message.size_bytes, word);
	case ORDERS_OUCH42:
		return ouch42_read(message.bytes, message.size_bytes, word);
	default:
		return fix_read(message.bytes, message.size_bytes, word);
	}
}
