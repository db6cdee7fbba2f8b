/* layout.c - what the regions look like to this build, as one number.

   Two builds may share memory only if every offset, size and meaning is the same to both, so the hash
   goes over the places of all members that lie in a region and over the names behind their numbers
   (metrics, lanes, limits): a row moved in a .def file changes the layout although no size did. */
#include "dataplane/shm/market.h"

#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define SIZE(type)       sizeof(struct type), _Alignof(struct type)

/* clang-format off */
static const uint64_t layout_places[] = {
	REGION_VERSION, RECORD_VERSION, LIMIT_BANK_COUNT, STOP_RESULT_COUNT, STOP_CHANGE_COUNT,
	STOP_VENUE_BASE, STOP_SESSION_BASE, STOP_ACCOUNT_BASE, STOP_STRATEGY_BASE, STOP_SYMBOL_BASE,
	MAILBOX_ROW_COUNT, MAILBOX_ROW_BYTES, HISTOGRAM_PARTS, RECORD_ALIGN_BYTES, LINK_BYTES,
	STAGE_FEED, STAGE_GATE, STAGE_JOURNAL, STAGE_DOOR, STAGE_FEED_MORE, STAGE_GATE_MORE,
	STAGE_COUNT,

	SIZE(region_header), AT(region_header, magic), AT(region_header, version),
	AT(region_header, layout_hash), AT(region_header, size_bytes), AT(region_header, instance),
	AT(region_header, pid), AT(region_header, build_id), AT(region_header, config_hash),
	AT(region_header, started_wall_ns),

	SIZE(control_region), AT(control_region, heartbeat), AT(control_region, clock_off_ns),
	AT(control_region, limits_epoch),
	AT(control_region, capture_bytes), AT(control_region, stops), AT(control_region, requests), AT(control_region, banks),
	SIZE(limit_bank), AT(limit_bank, epoch), AT(limit_bank, row_count), AT(limit_bank, hash),
	AT(limit_bank, rows), AT(limit_bank, within_ns), AT(limit_bank, persons), AT(limit_bank, term),
	AT(limit_bank, cut_count), AT(limit_bank, cuts), SIZE(limit_cut), AT(limit_cut, row),
	AT(limit_cut, limit), AT(limit_cut, values), GATE_COUNT_MAX,
	SIZE(limit_row), AT(limit_row, scope), AT(limit_row, id), AT(limit_row, symbol),
	AT(limit_row, stated), AT(limit_row, limits),
	SIZE(limit_value), AT(limit_value, value), AT(limit_value, window_ns), AT(limit_value, burst),
	SIZE(stop_board), AT(stop_board, epoch), AT(stop_board, changes), AT(stop_board, words),
	SIZE(stop_change), AT(stop_change, word), AT(stop_change, uid), AT(stop_change, reason),
	SIZE(mailbox_request), AT(mailbox_request, number), AT(mailbox_request, kind),
	AT(mailbox_request, id), AT(mailbox_request, symbol), AT(mailbox_request, instance), AT(mailbox_request, cursor),
	AT(mailbox_request, release), AT(mailbox_request, limits),
	SIZE(limit_word_record), AT(limit_word_record, word), AT(limit_word_record, reason),
	SIZE(release_record), AT(release_record, scope), AT(release_record, id),
	AT(release_record, latch), AT(release_record, uid), AT(release_record, second_uid),
	AT(release_record, reason),

	SIZE(dataplane_region), AT(dataplane_region, clocks), AT(dataplane_region, metrics), AT(dataplane_region, gate),
	AT(dataplane_region, more_feeds), AT(dataplane_region, claims),
	AT(dataplane_region, ports), SIZE(port_page), AT(port_page, words),
	AT(dataplane_region, door_stops), AT(dataplane_region, answers),
	AT(dataplane_region, journal), AT(dataplane_region, frames),
	offsetof(struct dataplane_region, more_gates), SIZE(gate_part), AT(gate_part, metrics),
	AT(gate_part, gate), AT(gate_part, journal),
	SIZE(metrics), AT(metrics, values), AT(metrics, refused), AT(metrics, breached),
	AT(metrics, judge_ns), AT(metrics, gate_ns), AT(metrics, packet_ns), AT(metrics, wire_ns), AT(metrics, commit_ns),
	SIZE(histogram), AT(histogram, count), AT(histogram, sum), AT(histogram, max),
	AT(histogram, buckets),
	SIZE(gate_page), AT(gate_page, stop_epoch_seen), AT(gate_page, limits_epoch_adopted),
	AT(gate_page, is_recovered), AT(gate_page, result_count), AT(gate_page, latched_state),
	AT(gate_page, latch_count), AT(gate_page, control_instance),
	AT(gate_page, control_silent_ns), AT(gate_page, venue_up_mask), AT(gate_page, venue_closed_mask), AT(gate_page, results),
	AT(gate_page, venue_copy_up_mask), AT(gate_page, venue_breaks), AT(gate_page, breaks_lost),
	AT(gate_page, day_phase),
	AT(gate_page, usage_count), AT(gate_page, usage), USAGE_EVENT_COUNT,
	AT(gate_page, trip_count), AT(gate_page, trips_standing), AT(gate_page, trips), TRIP_EVENT_COUNT,
	AT(gate_page, session_event_count), AT(gate_page, session_events), SESSION_EVENT_COUNT, AT(gate_page, venue_refusals),
	AT(gate_page, copy_refusals), SIZE(session_event), AT(session_event, why), AT(session_event, expected), AT(session_event, text),
	SESSION_WHY_COUNT, SIZE(session_refusals), AT(session_refusals, last),
	AT(gate_page, limits), AT(gate_page, limits_left_ns), SIZE(limits_page), AT(limits_page, now),
	AT(limits_page, former), AT(limits_page, ended), AT(limits_page, end_count),
	AT(limits_page, taken), AT(limit_epoch_record, within_ns), AT(limit_epoch_record, term),
	SIZE(limit_end_record), AT(limit_end_record, why),
	AT(gate_page, leases), AT(gate_page, leases_left_ns), LEASE_COUNT_MAX, SIZE(leases_page), AT(leases_page, count), AT(leases_page, last),
	AT(leases_page, end_count), AT(leases_page, rows), AT(leases_page, ends), SIZE(lease_row), AT(lease_row, base),
	SIZE(lease_ended), AT(lease_ended, end), SIZE(lease_end_record), AT(lease_end_record, why), SIZE(lease_record),
	AT(lease_record, word), AT(lease_record, id), AT(lease_record, within_ns), AT(lease_record, value), AT(lease_record, whole),
	AT(lease_record, reason), AT(mailbox_request, lease),
	SIZE(stop_result), AT(stop_result, lock), AT(stop_result, stamp), AT(stop_result, writer),
	AT(stop_result, scope), AT(stop_result, state), AT(stop_result, id), AT(stop_result, latch),
	AT(stop_result, seen_ns), AT(stop_result, open_count), AT(stop_result, cancels_sent),
	AT(stop_result, cancels_confirmed), AT(stop_result, sent_ns), AT(stop_result, done_ns),

	SIZE(market_region), AT(market_region, map), AT(market_region, tapes),
	AT(market_region, channels), AT(market_region, tops), AT(market_region, instruments),
	SIZE(sluice_map), AT(sluice_map, abi), AT(sluice_map, clock), AT(sluice_map, parts),
	SIZE(market_tape), SIZE(sluice_tape_page), AT(sluice_tape_page, written),
	AT(sluice_tape_page, turns), AT(sluice_tape_page, offset_bytes),
	AT(sluice_tape_page, event_count), AT(sluice_tape_page, kinds),
	SIZE(sluice_event), AT(sluice_event, recv_ns), AT(sluice_event, exch_ns),
	AT(sluice_event, order), AT(sluice_event, other), AT(sluice_event, price_e4),
	AT(sluice_event, qty), AT(sluice_event, symbol), AT(sluice_event, kind),
	AT(sluice_event, channel),
	SIZE(sluice_instrument), AT(sluice_instrument, tick_e4), AT(sluice_instrument, lot),
	AT(market_region, channel_facts), AT(market_region, states),
	SIZE(channel_market), AT(channel_market, facts), SIZE(channel_facts),
	AT(channel_facts, phase), AT(channel_facts, mwcb_level), AT(channel_facts, phase_ns),
	AT(channel_facts, mwcb_levels), AT(channel_facts, mwcb_ns),
	SIZE(market_state), AT(market_state, facts), SIZE(symbol_state), AT(symbol_state, said),
	AT(symbol_state, effective), AT(symbol_state, breaks), AT(symbol_state, directory),
	AT(symbol_state, trading), AT(symbol_state, operational), AT(symbol_state, short_sale),
	AT(symbol_state, collar), AT(symbol_state, ipo), AT(symbol_state, listing),
	AT(symbol_state, imbalance), AT(symbol_state, retail), AT(symbol_state, opening),
	AT(symbol_state, closing), AT(symbol_state, reopening), AT(symbol_state, participants),
	SIZE(channel_state), AT(channel_state, heard_ns), AT(channel_state, phase),
	AT(channel_state, next_sequence), AT(channel_state, stale_since_ns),
	AT(channel_state, stale_reasons), AT(channel_state, gap_first),
	AT(channel_state, gap_count), AT(channel_state, gaps), AT(channel_state, lost),
	AT(channel_state, messages), AT(channel_state, bytes), AT(channel_state, recovery),
	AT(channel_state, recovery_since_ns), AT(channel_state, recovery_ns),
	AT(channel_state, recoveries), AT(channel_state, sources_tried),
	AT(channel_state, requests), AT(channel_state, timeouts), AT(channel_state, snapshots),
	AT(channel_state, snapshots_failed), AT(channel_state, snapshot_trouble),
	AT(channel_state, requests_refused), AT(channel_state, refusal),
	AT(channel_state, filled_by_line),
	AT(channel_state, spared), AT(channel_state, held_packets),
	AT(channel_state, held_bytes), AT(channel_state, session_changes),
	AT(channel_state, ended_numbers), AT(channel_state, closed_first),
	AT(channel_state, closed_count), AT(channel_state, closed_ns), AT(channel_state, closed_by),
	AT(channel_state, refused_session), AT(channel_state, refused_ns),
	AT(channel_state, session), AT(channel_state, lines),
	SIZE(line_state), AT(line_state, packets), AT(line_state, messages), AT(line_state, bytes),
	AT(line_state, duplicates), AT(line_state, wins), AT(line_state, gaps_filled),
	AT(line_state, last_sequence), AT(line_state, heard_ns), AT(line_state, malformed),
	AT(line_state, other_session), AT(line_state, unbelieved), AT(line_state, strangers), AT(line_state, late_count),
	AT(line_state, late_ns_sum), AT(line_state, late_ns_max),
	STALE_GAP, STALE_SILENT, STALE_ENDED, STALE_BROKEN, STALE_BEHIND, RECOVERY_GIVEN_UP, SOURCE_SNAPSHOT,
	SNAPSHOT_OTHER_SESSION,
	SIZE(mailbox_answer), AT(mailbox_answer, number), AT(mailbox_answer, code),
	AT(mailbox_answer, row_count), AT(mailbox_answer, next), AT(mailbox_answer, rows),
	SIZE(link), AT(link, head), AT(link, sequence), AT(link, tail), AT(link, durable),
	AT(link, failed), AT(link, full), AT(link, bytes),
	SIZE(frames), AT(frames, claimed), AT(frames, published), AT(frames, sequence),
	AT(frames, words), SIZE(frame_head), AT(frame_head, sequence), AT(frame_head, now_ns),
	AT(frame_head, capture_ns), AT(frame_head, size_bytes), AT(frame_head, wire_bytes),
	AT(frame_head, port),
	SIZE(top), AT(top, lock), AT(top, prices),
	SIZE(top_prices), AT(top_prices, close_minute), AT(top_prices, short_sale),
	AT(top_prices, phase), AT(top_prices, close_e4), AT(top_prices, band_lower_e4),
	AT(top_prices, band_upper_e4), AT(top_prices, bid_e4), AT(top_prices, ask_e4), AT(top_prices, bid_qty),
	AT(top_prices, ask_qty), AT(top_prices, last_e4), AT(top_prices, last_ns),
	AT(top_prices, state), AT(top_prices, channel), AT(top_prices, operational),
	AT(top_prices, stale),

	/* rows of answers, and what the link carries */
	SIZE(order_row), AT(order_row, order_id), AT(order_row, price_e4),
	AT(order_row, entered_wall_ns), AT(order_row, symbol), AT(order_row, qty),
	AT(order_row, open_qty), AT(order_row, executed_qty), AT(order_row, client_ref),
	AT(order_row, venue_ref), AT(order_row, account), AT(order_row, strategy),
	AT(order_row, session), AT(order_row, venue), AT(order_row, side), AT(order_row, state),
	AT(order_row, state_name), AT(order_row, clordid),
	SIZE(position_row), AT(position_row, position), AT(position_row, working_buy_qty),
	AT(position_row, working_buy_value_e4), AT(position_row, bought_qty),
	AT(position_row, bought_value_e4), AT(position_row, sold_value_e4),
	SIZE(session_row), AT(session_row, peer), AT(session_row, name),
	AT(session_row, is_up), AT(session_row, last_ref), AT(session_row, sequence_out),
	AT(session_row, sequence_in), AT(session_row, messages_in),
	AT(session_row, messages_out), AT(session_row, orders_open), AT(session_row, orders_in),
	AT(session_row, orders_acked), AT(session_row, residue),
	SIZE(usage_row), AT(usage_row, lane), AT(usage_row, key), AT(usage_row, id), AT(usage_row, parent),
	AT(usage_row, usage),
	AT(usage_row, peak), AT(usage_row, limit),
	SIZE(effective_row), AT(effective_row, limit), AT(effective_row, owner_scope),
	AT(effective_row, scopes), AT(effective_row, absence),
	AT(effective_row, value), AT(effective_row, in_force),
	SIZE(latch_row), AT(latch_row, state), AT(latch_row, writer), AT(latch_row, id),
	AT(latch_row, uid), AT(latch_row, latch), AT(latch_row, since_wall_ns),
	AT(latch_row, reason),
	SIZE(mismatch_row), AT(mismatch_row, match), AT(mismatch_row, age_ns),
	AT(mismatch_row, qty), AT(mismatch_row, price_sum), AT(mismatch_row, count),
	AT(mismatch_row, venue_ref), AT(mismatch_row, applied), AT(mismatch_row, account),
	AT(mismatch_row, session), AT(mismatch_row, venue), AT(mismatch_row, type),
	AT(mismatch_row, is_alarmed), AT(mismatch_row, side),
	SIZE(level_row), AT(level_row, price_e4), AT(level_row, qty), AT(level_row, order_count),
	AT(level_row, side),
	SIZE(ahead_row), AT(ahead_row, price_e4), AT(ahead_row, qty_ahead), AT(ahead_row, qty),
	AT(ahead_row, orders_ahead), AT(ahead_row, side),
	SIZE(record), AT(record, body_bytes), AT(record, type), AT(record, crc),
	AT(record, sequence),
	SIZE(boot_record), SIZE(turn_inputs), SIZE(top_used), SIZE(stop_record),
	SIZE(limit_epoch_record), SIZE(session_record), SIZE(message_record), SIZE(sent_record),
	SIZE(cancel_record), SIZE(reserve_record), SIZE(state_hash_record), SIZE(receipt),
	AT(receipt, mask), AT(receipt, symbol), AT(receipt, account), AT(receipt, lane),
	AT(receipt, flags), AT(receipt, met_id), AT(receipt, parent),
};
/* clang-format on */

/* FNV-1a, 64 bits: nobody attacks a layout. */
static uint64_t layout_add(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ p[i]) * 0x100000001b3ull;
	return hash;
}

uint64_t region_layout_hash(void)
{
	uint64_t hash = layout_add(0xcbf29ce484222325ull, layout_places, sizeof layout_places);
	for (unsigned i = 0; i < METRIC_COUNT; i++)
		hash = layout_add(hash, metric_rows[i].field, strlen(metric_rows[i].field) + 1);
	for (unsigned i = 0; i < PORT_WORD_COUNT; i++)
		hash = layout_add(
			hash, port_word_rows[i].field, strlen(port_word_rows[i].field) + 1);
	for (unsigned i = 0; i < LANE_COUNT; i++)
		hash = layout_add(hash, lane_rows[i].name, strlen(lane_rows[i].name) + 1);
	for (unsigned i = 0; i < LIMIT_COUNT; i++)
		hash = layout_add(hash, limit_keys[i].key, strlen(limit_keys[i].key) + 1);
	return hash;
}
