#include "config/site_file.h"

#include "config/schema.h"

/* clang-format off */

static const cyaml_schema_field_t identity_fields[] = {
	TEXT(MUST, raw_identity, name),
	TEXT(MUST, raw_identity, kind),
	CYAML_FIELD_END};

static const cyaml_schema_field_t journal_fields[] = {
	TEXT(MUST, raw_journal, directory),
	TEXT(MUST, raw_journal, segment),
	TEXT(MUST, raw_journal, max_behind),
	TEXT(MAY,  raw_journal, reserve),
	CYAML_FIELD_END};

static const cyaml_schema_field_t fault_fields[] = {
	TEXT(MUST, raw_fault, seed),
	TEXT(MUST, raw_fault, loss),
	TEXT(MUST, raw_fault, reorder),
	TEXT(MUST, raw_fault, duplicate),
	TEXT(MAY,  raw_fault, burst),
	TEXT(MAY,  raw_fault, burst_length),
	TEXT(MAY,  raw_fault, delay),
	TEXT(MAY,  raw_fault, delay_by),
	TEXT(MAY,  raw_fault, skew),
	TEXT(MAY,  raw_fault, runt),
	TEXT(MAY,  raw_fault, cut),
	TEXT(MAY,  raw_fault, checksum),
	TEXT(MAY,  raw_fault, length),
	TEXT(MAY,  raw_fault, vlan),
	TEXT(MAY,  raw_fault, fragment),
	CYAML_FIELD_END};

static const cyaml_schema_field_t port_fields[] = {
	TEXT(MUST, raw_port, name),
	TEXT(MUST, raw_port, kind),
	TEXT(MUST, raw_port, device),
	TEXT(MAY,  raw_port, speed),
	TEXT(MAY,  raw_port, queues),
	CYAML_FIELD_MAPPING_PTR("fault", MAY, struct raw_port, fault, fault_fields),
	CYAML_FIELD_END};
static const cyaml_schema_value_t port_entry = ENTRY(raw_port, port_fields);

static const cyaml_schema_field_t line_fields[] = {
	TEXT(MUST, raw_line, port),
	TEXT(MUST, raw_line, group),
	TEXT(MAY,  raw_line, source),
	TEXT(MAY,  raw_line, interface),
	CYAML_FIELD_END};
static const cyaml_schema_value_t line_entry = ENTRY(raw_line, line_fields);

static const cyaml_schema_value_t server_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t requests_fields[] = {
	LIST(MUST, raw_requests, servers, &server_entry, 1, REQUEST_SERVER_COUNT_MAX),
	TEXT(MUST, raw_requests, messages),
	TEXT(MUST, raw_requests, reach),
	TEXT(MUST, raw_requests, rate),
	TEXT(MUST, raw_requests, tries),
	TEXT(MUST, raw_requests, timeout),
	TEXT(MUST, raw_requests, within),
	TEXT(MAY,  raw_requests, sub_id),
	TEXT(MAY,  raw_requests, username),
	TEXT(MAY,  raw_requests, password),
	TEXT(MAY,  raw_requests, password_file),
	LIST(MAY,  raw_requests, lines, &line_entry, 1, LINE_COUNT_MAX),
	CYAML_FIELD_END};

static const cyaml_schema_field_t snapshot_fields[] = {
	TEXT(MUST, raw_snapshot, address),
	TEXT(MAY,  raw_snapshot, sub_id),
	TEXT(MUST, raw_snapshot, username),
	TEXT(MAY,  raw_snapshot, password),
	TEXT(MAY,  raw_snapshot, password_file),
	TEXT(MAY,  raw_snapshot, session),
	TEXT(MUST, raw_snapshot, tries),
	TEXT(MUST, raw_snapshot, timeout),
	CYAML_FIELD_END};

static const cyaml_schema_field_t recovery_fields[] = {
	TEXT(MUST, raw_recovery, wait),
	TEXT(MUST, raw_recovery, hold),
	TEXT(MAY,  raw_recovery, again),
	CYAML_FIELD_MAPPING_PTR("requests", MAY, struct raw_recovery, requests, requests_fields),
	CYAML_FIELD_MAPPING_PTR("snapshot", MAY, struct raw_recovery, snapshot, snapshot_fields),
	CYAML_FIELD_END};

static const cyaml_schema_field_t channel_fields[] = {
	TEXT(MUST, raw_channel, name),
	TEXT(MAY,  raw_channel, protocol),
	TEXT(MAY,  raw_channel, market),
	TEXT(MAY,  raw_channel, number),
	TEXT(MAY,  raw_channel, session),
	TEXT(MAY,  raw_channel, new_session),
	TEXT(MUST, raw_channel, max_silence),
	TEXT(MAY,  raw_channel, stage),
	LIST(MUST, raw_channel, lines, &line_entry, 1, LINE_COUNT_MAX),
	CYAML_FIELD_MAPPING_PTR("recovery", MAY, struct raw_channel, recovery, recovery_fields),
	CYAML_FIELD_END};
static const cyaml_schema_value_t channel_entry = ENTRY(raw_channel, channel_fields);

static const cyaml_schema_field_t venue_tls_fields[] = {
	TEXT(MUST, raw_tls, name),
	TEXT(MUST, raw_tls, certificate),
	TEXT(MUST, raw_tls, key),
	TEXT(MUST, raw_tls, authority),
	CYAML_FIELD_END};
static const cyaml_schema_field_t gate_tls_fields[] = {
	TEXT(MUST, raw_tls, listen),
	TEXT(MUST, raw_tls, certificate),
	TEXT(MUST, raw_tls, key),
	TEXT(MUST, raw_tls, authority),
	CYAML_FIELD_END};

static const cyaml_schema_field_t drop_fields[] = {
	TEXT(MUST, raw_drop, session_id),
	TEXT(MAY,  raw_drop, protocol),
	TEXT(MUST, raw_drop, address),
	TEXT(MUST, raw_drop, username),
	TEXT(MAY,  raw_drop, password),
	TEXT(MAY,  raw_drop, password_file),
	TEXT(MAY,  raw_drop, alarm_after),
	TEXT(MAY,  raw_drop, on_break),
	TEXT(MAY,  raw_drop, comp_id),
	TEXT(MAY,  raw_drop, our_comp_id),
	TEXT(MAY,  raw_drop, reset),
	TEXT(MAY,  raw_drop, timestamps),
	CYAML_FIELD_MAPPING_PTR("tls", MAY, struct raw_drop, tls, venue_tls_fields),
	CYAML_FIELD_END};

static const cyaml_schema_field_t fee_fields[] = {
	TEXT(MUST, raw_rate, flags),
	TEXT(MAY,  raw_rate, fee),
	TEXT(MAY,  raw_rate, rebate),
	CYAML_FIELD_END};
static const cyaml_schema_value_t fee_entry = ENTRY(raw_rate, fee_fields);

static const cyaml_schema_field_t fees_fields[] = {
	LIST(MUST, raw_schedule, rates, &fee_entry, 1, FEE_ROW_COUNT_MAX),
	TEXT(MAY,  raw_schedule, currency),
	TEXT(MAY,  raw_schedule, per_order),
	TEXT(MAY,  raw_schedule, minimum),
	CYAML_FIELD_END};

static const cyaml_schema_value_t id_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};

static const cyaml_schema_field_t calendar_fields[] = {
	TEXT(MUST, raw_calendar, zone),
	TEXT(MUST, raw_calendar, begins),
	TEXT(MUST, raw_calendar, ends),
	LIST(MUST, raw_calendar, days, &id_entry, 1, 7),
	LIST(MAY,  raw_calendar, holidays, &id_entry, 0, CALENDAR_HOLIDAY_MAX),
	LIST(MAY,  raw_calendar, half_days, &id_entry, 0, CALENDAR_HALF_MAX),
	TEXT(MUST, raw_calendar, close_after),
	CYAML_FIELD_END};
static const cyaml_schema_field_t hours_fields[] = {
	TEXT(MUST, raw_calendar, zone),
	TEXT(MUST, raw_calendar, begins),
	TEXT(MUST, raw_calendar, ends),
	LIST(MUST, raw_calendar, days, &id_entry, 1, 7),
	LIST(MAY,  raw_calendar, holidays, &id_entry, 0, CALENDAR_HOLIDAY_MAX),
	LIST(MAY,  raw_calendar, half_days, &id_entry, 0, CALENDAR_HALF_MAX),
	CYAML_FIELD_END};

static const cyaml_schema_field_t venue_fields[] = {
	TEXT(MUST, raw_venue, name),
	TEXT(MUST, raw_venue, session_id),
	TEXT(MAY,  raw_venue, protocol),
	TEXT(MUST, raw_venue, address),
	TEXT(MUST, raw_venue, username),
	TEXT(MAY,  raw_venue, password),
	TEXT(MAY,  raw_venue, password_file),
	TEXT(MAY,  raw_venue, firm),
	TEXT(MAY,  raw_venue, login_tries),
	TEXT(MUST, raw_venue, heartbeat),
	TEXT(MUST, raw_venue, timeout),
	CYAML_FIELD_MAPPING_PTR("tls", MAY, struct raw_venue, tls, venue_tls_fields),
	CYAML_FIELD_MAPPING_PTR("drop_copy", MAY, struct raw_venue, drop_copy, drop_fields),
	CYAML_FIELD_MAPPING_PTR("calendar", MAY, struct raw_venue, calendar, hours_fields),
	CYAML_FIELD_MAPPING_PTR("fees", MAY, struct raw_venue, fees, fees_fields),
	TEXT(MAY,  raw_venue, comp_id),
	TEXT(MAY,  raw_venue, our_comp_id),
	TEXT(MAY,  raw_venue, reset),
	TEXT(MAY,  raw_venue, timestamps),
	CYAML_FIELD_END};
static const cyaml_schema_value_t venue_entry = ENTRY(raw_venue, venue_fields);

static const cyaml_schema_field_t route_fields[] = {
	TEXT(MAY,  raw_route, session),
	TEXT(MAY,  raw_route, account),
	TEXT(MAY,  raw_route, strategy),
	LIST(MAY,  raw_route, symbols, &server_entry, 1, SYMBOL_COUNT_MAX),
	TEXT(MUST, raw_route, venue),
	CYAML_FIELD_END};
static const cyaml_schema_value_t route_entry = ENTRY(raw_route, route_fields);

static const cyaml_schema_field_t session_fields[] = {
	TEXT(MUST, raw_session, id),
	TEXT(MUST, raw_session, name),
	TEXT(MAY,  raw_session, protocol),
	TEXT(MUST, raw_session, username),
	TEXT(MAY,  raw_session, password),
	TEXT(MAY,  raw_session, password_file),
	TEXT(MAY,  raw_session, trader),
	TEXT(MAY,  raw_session, default_account),
	TEXT(MAY,  raw_session, default_strategy),
	LIST(MAY,  raw_session, strategies, &server_entry, 1, SESSION_STRATEGY_MAX),
	TEXT(MAY,  raw_session, parents),
	TEXT(MAY,  raw_session, cancel_on_disconnect),
	TEXT(MAY,  raw_session, dead_man),
	TEXT(MUST, raw_session, replay),
	TEXT(MAY,  raw_session, comp_id),
	TEXT(MAY,  raw_session, our_comp_id),
	TEXT(MAY,  raw_session, reset),
	TEXT(MAY,  raw_session, timestamps),
	TEXT(MAY,  raw_session, certificate),
	CYAML_FIELD_END};
static const cyaml_schema_value_t session_entry = ENTRY(raw_session, session_fields);

static const cyaml_schema_field_t copy_fields[] = {
	TEXT(MUST, raw_copy, id),
	TEXT(MUST, raw_copy, name),
	TEXT(MAY,  raw_copy, protocol),
	TEXT(MUST, raw_copy, username),
	TEXT(MAY,  raw_copy, password),
	TEXT(MAY,  raw_copy, password_file),
	LIST(MAY, raw_copy, accounts, &id_entry, 1, COPY_ACCOUNT_COUNT_MAX),
	TEXT(MUST, raw_copy, replay),
	TEXT(MAY,  raw_copy, comp_id),
	TEXT(MAY,  raw_copy, our_comp_id),
	TEXT(MAY,  raw_copy, reset),
	TEXT(MAY,  raw_copy, timestamps),
	CYAML_FIELD_END};
static const cyaml_schema_value_t copy_entry = ENTRY(raw_copy, copy_fields);

static const cyaml_schema_field_t control_fields[] = {
	TEXT(MUST, raw_control, max_silence),
	TEXT(MUST, raw_control, when_silent),
	CYAML_FIELD_END};

static const cyaml_schema_field_t stack_fields[] = {
	TEXT(MUST, raw_stack, port),
	TEXT(MUST, raw_stack, address),
	TEXT(MAY,  raw_stack, gateway),
	TEXT(MAY,  raw_stack, mtu),
	CYAML_FIELD_END};

static const cyaml_schema_value_t uid_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, CYAML_UNLIMITED)};
static const cyaml_schema_field_t shm_fields[] = {
	TEXT(MUST, raw_shm, socket),
	TEXT(MAY,  raw_shm, ring),
	TEXT(MAY,  raw_shm, max_silence),
	LIST(MUST, raw_shm, uids, &uid_entry, 1, ORDER_UID_COUNT_MAX),
	CYAML_FIELD_END};

static const cyaml_schema_field_t gate_fields[] = {
	TEXT(MAY,  raw_gate, listen),
	TEXT(MUST, raw_gate, client_heartbeat),
	TEXT(MUST, raw_gate, client_timeout),
	TEXT(MUST, raw_gate, cancels_per_turn),
	TEXT(MUST, raw_gate, own_orders),
	TEXT(MAY,  raw_gate, text_ids),
	TEXT(MAY,  raw_gate, residue),
	PART(raw_gate, control, control_fields),
	CYAML_FIELD_MAPPING_PTR("stack", MAY, struct raw_gate, stack, stack_fields),
	CYAML_FIELD_MAPPING_PTR("shm", MAY, struct raw_gate, shm, shm_fields),
	CYAML_FIELD_MAPPING_PTR("tls", MAY, struct raw_gate, tls, gate_tls_fields),
	LIST(MUST, raw_gate, sessions, &session_entry, 1, SESSION_COUNT_MAX - 1),
	LIST(MAY, raw_gate, drop_copies, &copy_entry, 0, COPY_COUNT_MAX),
	CYAML_FIELD_END};

static const cyaml_schema_field_t gate_row_fields[] = {
	TEXT(MUST, raw_gate_row, name),
	TEXT(MUST, raw_gate_row, listen),
	LIST(MUST, raw_gate_row, accounts, &id_entry, 1, ACCOUNT_COUNT_MAX),
	LIST(MUST, raw_gate_row, venues, &id_entry, 1, VENUE_COUNT_MAX),
	CYAML_FIELD_END};
static const cyaml_schema_value_t gate_row_entry = ENTRY(raw_gate_row, gate_row_fields);

static const cyaml_schema_field_t book_fields[] = {
	TEXT(MUST, raw_book, orders),
	CYAML_FIELD_END};

static const cyaml_schema_field_t capture_fields[] = {
	TEXT(MUST, raw_capture, directory),
	TEXT(MUST, raw_capture, file),
	TEXT(MUST, raw_capture, files),
	CYAML_FIELD_END};

static const cyaml_schema_field_t raising_fields[] = {
	TEXT(MUST, raw_raising, raise),
	CYAML_FIELD_END};

static const cyaml_schema_field_t clock_fields[] = {
	TEXT(MUST, raw_clock, source),
	TEXT(MAY,  raw_clock, max_offset),
	TEXT(MAY,  raw_clock, socket),
	TEXT(MAY,  raw_clock, domain),
	CYAML_FIELD_END};

static const cyaml_schema_field_t stage_fields[] = {
	TEXT(MUST, raw_stage, core),
	TEXT(MUST, raw_stage, idle),
	CYAML_FIELD_END};

static const cyaml_schema_field_t feed_fields[] = {
	TEXT(MUST, raw_feed, name),
	TEXT(MUST, raw_feed, core),
	TEXT(MUST, raw_feed, idle),
	CYAML_FIELD_END};
static const cyaml_schema_value_t feed_entry = ENTRY(raw_feed, feed_fields);

static const cyaml_schema_field_t stages_fields[] = {
	CYAML_FIELD_MAPPING_PTR("feed", MAY, struct raw_stages, feed, stage_fields),
	LIST(MAY, raw_stages, feeds, &feed_entry, 1, FEED_STAGE_COUNT_MAX),
	PART(raw_stages, gate, stage_fields),
	PART(raw_stages, journal, stage_fields),
	PART(raw_stages, door, stage_fields),
	CYAML_FIELD_END};

static const cyaml_schema_field_t person_fields[] = {
	TEXT(MUST, raw_person, name),
	TEXT(MUST, raw_person, uid),
	TEXT(MUST, raw_person, role),
	CYAML_FIELD_END};
static const cyaml_schema_value_t person_entry = ENTRY(raw_person, person_fields);

static const cyaml_schema_field_t tape_fields[] = {
	TEXT(MUST, raw_tape, events),
	TEXT(MUST, raw_tape, carries),
	CYAML_FIELD_END};

static const cyaml_schema_field_t reader_fields[] = {
	TEXT(MUST, raw_reader, name),
	TEXT(MUST, raw_reader, uid),
	CYAML_FIELD_END};
static const cyaml_schema_value_t reader_entry = ENTRY(raw_reader, reader_fields);

static const cyaml_schema_field_t market_fields[] = {
	CYAML_FIELD_MAPPING_PTR("tape", MAY, struct raw_market, tape, tape_fields),
	LIST(MAY, raw_market, readers, &reader_entry, 0, READER_COUNT_MAX),
	CYAML_FIELD_END};

static const cyaml_schema_field_t start_fields[] = {
	TEXT(MUST, raw_start, file),
	TEXT(MUST, raw_start, max_age),
	CYAML_FIELD_END};

static const cyaml_schema_field_t currency_fields[] = {
	TEXT(MUST, raw_currency, currency),
	TEXT(MUST, raw_currency, max_age),
	TEXT(MAY,  raw_currency, rate),
	TEXT(MAY,  raw_currency, as_of),
	CYAML_FIELD_END};
static const cyaml_schema_value_t currency_entry = ENTRY(raw_currency, currency_fields);

static const cyaml_schema_field_t site_fields[] = {
	PART(raw_site, site, identity_fields),
	TEXT(MUST, raw_site, run_directory),
	PART(raw_site, journal, journal_fields),
	LIST(MUST, raw_site, ports, &port_entry, 0, PORT_COUNT_MAX),
	LIST(MUST, raw_site, channels, &channel_entry, 0, CHANNEL_COUNT_MAX),
	LIST(MUST, raw_site, venues, &venue_entry, 0, VENUE_COUNT_MAX),
	LIST(MAY, raw_site, routes, &route_entry, 1, ROUTE_COUNT_MAX),
	PART(raw_site, gate, gate_fields),
	LIST(MAY, raw_site, gates, &gate_row_entry, 2, GATE_COUNT_MAX),
	PART(raw_site, book, book_fields),
	CYAML_FIELD_MAPPING_PTR("capture", MAY, struct raw_site, capture, capture_fields),
	CYAML_FIELD_MAPPING_PTR("clock", MAY, struct raw_site, clock, clock_fields),
	CYAML_FIELD_MAPPING_PTR("limits", MAY, struct raw_site, limits, raising_fields),
	PART(raw_site, stages, stages_fields),
	CYAML_FIELD_MAPPING_PTR("market", MAY, struct raw_site, market, market_fields),
	CYAML_FIELD_MAPPING_PTR("positions", MAY, struct raw_site, positions, start_fields),
	CYAML_FIELD_MAPPING_PTR("calendar", MAY, struct raw_site, calendar, calendar_fields),
	TEXT(MAY, raw_site, base_currency),
	LIST(MAY, raw_site, currencies, &currency_entry, 1, CURRENCY_COUNT_MAX - 1),
	LIST(MUST, raw_site, people, &person_entry, 1, 64),
	CYAML_FIELD_END};
const cyaml_schema_value_t site_file_site = ROOT(raw_site, site_fields);

static const cyaml_schema_field_t strategy_fields[] = {
	TEXT(MUST, raw_strategy, id),
	TEXT(MUST, raw_strategy, name),
	CYAML_FIELD_END};
static const cyaml_schema_value_t strategy_entry = ENTRY(raw_strategy, strategy_fields);

static const cyaml_schema_field_t account_fields[] = {
	TEXT(MUST, raw_account, id),
	TEXT(MUST, raw_account, name),
	TEXT(MAY,  raw_account, mpid),
	TEXT(MAY,  raw_account, approved_until),
	TEXT(MAY,  raw_account, self_trade_group),
	TEXT(MAY,  raw_account, self_trade_mode),
	TEXT(MAY,  raw_account, market_orders),
	TEXT(MAY,  raw_account, market_orders_extended),
	LIST(MUST, raw_account, strategies, &strategy_entry, 1, 8),
	LIST(MUST, raw_account, sessions, &id_entry, 1, 8),
	CYAML_FIELD_END};
static const cyaml_schema_value_t account_entry = ENTRY(raw_account, account_fields);

static const cyaml_schema_field_t accounts_fields[] = {
	LIST(MUST, raw_accounts, accounts, &account_entry, 1, ACCOUNT_COUNT_MAX - 1),
	CYAML_FIELD_END};
const cyaml_schema_value_t site_file_accounts = ROOT(raw_accounts, accounts_fields);

static const cyaml_schema_field_t symbol_fields[] = {
	TEXT(MUST, raw_symbol, name),
	TEXT(MAY,  raw_symbol, currency),
	TEXT(MUST, raw_symbol, tick),
	TEXT(MUST, raw_symbol, lot),
	TEXT(MAY,  raw_symbol, previous_close),
	TEXT(MAY,  raw_symbol, previous_close_time),
	TEXT(MAY,  raw_symbol, adv),
	TEXT(MAY,  raw_symbol, outstanding),
	TEXT(MAY,  raw_symbol, margin),
	TEXT(MAY,  raw_symbol, stress),
	TEXT(MAY,  raw_symbol, sector),
	CYAML_FIELD_END};
static const cyaml_schema_value_t symbol_entry = ENTRY(raw_symbol, symbol_fields);

static const cyaml_schema_field_t symbols_fields[] = {
	LIST(MUST, raw_symbols, symbols, &symbol_entry, 1, SYMBOL_COUNT_MAX),
	CYAML_FIELD_END};
const cyaml_schema_value_t site_file_symbols = ROOT(raw_symbols, symbols_fields);
/* clang-format on */
