/* site_file.h - the three files of a site as document.h loads them: every leaf is the written string.

   The structures follow the YAML key for key; load.c and its siblings read them into struct
   site_config.  An optional string or part that the file leaves out is NULL.

   Owner      the document that loaded them. */
#ifndef SLUICE_CONFIG_SITE_FILE_H
#define SLUICE_CONFIG_SITE_FILE_H

#include "config/document.h"
#include "config/field.h"
#include "config/file_text.h"

struct raw_identity {
	char *name, *kind;
};

struct raw_journal {
	char *directory, *segment, *max_behind, *reserve;
};

struct raw_fault {
	char *seed, *loss, *reorder, *duplicate;
	char *burst, *burst_length, *delay, *delay_by, *skew;
	char *runt, *cut, *checksum, *length, *vlan, *fragment;
};

struct raw_port {
	char *name, *kind, *device, *speed, *queues;
	struct raw_fault *fault;
};

struct raw_line {
	char *port, *group, *source, *interface;
};

struct raw_requests {
	char **servers;
	unsigned servers_count;
	char *messages, *reach, *rate, *tries, *timeout, *within;
	char *sub_id, *username, *password, *password_file;
	struct raw_line *lines;
	unsigned lines_count;
};

struct raw_snapshot {
	char *address, *sub_id, *username, *password, *password_file, *session, *tries, *timeout;
};

struct raw_recovery {
	char *wait, *hold, *again;
	struct raw_requests *requests;
	struct raw_snapshot *snapshot;
};

struct raw_channel {
	char *name, *protocol, *market, *number, *session, *new_session, *max_silence, *stage;
	struct raw_recovery *recovery;
	struct raw_line *lines;
	unsigned lines_count;
};

struct raw_tls {
	char *listen, *name, *certificate, *key, *authority;
};

struct raw_drop {
	char *session_id, *protocol, *address, *username, *password, *password_file, *alarm_after,
		*on_break, *comp_id, *our_comp_id, *reset, *timestamps;
	struct raw_tls *tls;
};

struct raw_rate {
	char *flags, *fee, *rebate;
};

struct raw_schedule {
	struct raw_rate *rates;
	unsigned rates_count;
	char *currency, *per_order, *minimum;
};

struct raw_calendar;

struct raw_venue {
	char *name, *session_id, *protocol, *address, *username, *password, *password_file, *firm,
		*login_tries, *heartbeat, *timeout, *comp_id, *our_comp_id, *reset, *timestamps;
	struct raw_tls *tls;
	struct raw_drop *drop_copy;
	struct raw_calendar *calendar;
	struct raw_schedule *fees;
};

struct raw_route {
	char *session, *account, *strategy, *venue;
	char **symbols;
	unsigned symbols_count;
};

struct raw_session {
	char *id, *name, *protocol, *username, *password, *password_file, *trader, *default_account,
		*default_strategy, *cancel_on_disconnect, *dead_man, *replay, *parents, *comp_id,
		*our_comp_id, *reset, *timestamps;
	char **strategies;
	unsigned strategies_count;
	char *certificate;
};

struct raw_copy {
	char *id, *name, *protocol, *username, *password, *password_file, *replay, *comp_id,
		*our_comp_id, *reset, *timestamps;
	char **accounts; /* none: all */
	unsigned accounts_count;
};

struct raw_control {
	char *max_silence, *when_silent;
};

struct raw_stack {
	char *port, *address, *gateway, *mtu;
};

struct raw_shm {
	char *socket, *ring, *max_silence;
	char **uids;
	unsigned uids_count;
};

struct raw_gate {
	char *listen, *client_heartbeat, *client_timeout, *cancels_per_turn, *own_orders, *text_ids,
		*residue;
	struct raw_control control;
	struct raw_stack *stack;
	struct raw_shm *shm;
	struct raw_tls *tls;
	struct raw_session *sessions;
	struct raw_copy *drop_copies;
	unsigned sessions_count, drop_copies_count;
};

/* One of several gates, with what it owns. */
struct raw_gate_row {
	char *name, *listen;
	char **accounts, **venues;
	unsigned accounts_count, venues_count;
};

struct raw_book {
	char *orders;
};

struct raw_capture {
	char *directory, *file, *files;
};

struct raw_clock {
	char *source, *max_offset, *socket, *domain;
};

struct raw_stage {
	char *core, *idle;
};

struct raw_feed {
	char *name, *core, *idle;
};

struct raw_stages {
	struct raw_stage *feed;
	struct raw_feed *feeds;
	struct raw_stage gate, journal, door;
	unsigned feeds_count;
};

struct raw_start {
	char *file, *max_age;
};

struct raw_calendar {
	char *zone, *begins, *ends, *close_after;
	char **days, **holidays, **half_days;
	unsigned days_count, holidays_count, half_days_count;
};

struct raw_person {
	char *name, *uid, *role;
};

struct raw_tape {
	char *events, *carries;
};

struct raw_reader {
	char *name, *uid;
};

struct raw_market {
	struct raw_tape *tape; /* NULL: not stated */
	struct raw_reader *readers;
	unsigned readers_count;
};

struct raw_currency {
	char *currency, *max_age, *rate, *as_of;
};

struct raw_priced {
	char *currency, *rate;
};

struct raw_rates {
	char *version, *as_of;
	struct raw_priced *rates;
	unsigned rates_count;
};

struct raw_raising {
	char *raise;
};

struct raw_site {
	struct raw_identity site;
	char *run_directory;
	struct raw_journal journal;
	struct raw_port *ports;
	struct raw_channel *channels;
	struct raw_venue *venues;
	struct raw_route *routes;
	struct raw_gate gate;
	struct raw_gate_row *gates; /* none: one, which owns everything */
	struct raw_book book;
	struct raw_capture *capture;
	struct raw_clock *clock;
	struct raw_raising *limits;
	struct raw_stages stages;
	struct raw_market *market; /* NULL: not stated */
	struct raw_start *positions;
	struct raw_calendar *calendar; /* NULL: no day rolls */
	char *base_currency;           /* NULL: USD */
	struct raw_currency *currencies;
	unsigned currencies_count;
	struct raw_person *people;
	unsigned ports_count, channels_count, venues_count, routes_count, people_count, gates_count;
};

struct raw_strategy {
	char *id, *name;
};

struct raw_account {
	char *id, *name, *mpid, *approved_until, *self_trade_group, *self_trade_mode,
		*market_orders, *market_orders_extended;
	struct raw_strategy *strategies;
	char **sessions;
	unsigned strategies_count, sessions_count;
};

struct raw_accounts {
	struct raw_account *accounts;
	unsigned accounts_count;
};

struct raw_symbol {
	char *name, *currency, *tick, *lot, *previous_close, *previous_close_time, *adv,
		*outstanding, *margin, *stress, *sector;
};

struct raw_symbols {
	struct raw_symbol *symbols;
	unsigned symbols_count;
};

struct raw_position {
	char *account, *symbol, *is_long, *is_short, *cost, *price;
};

struct raw_positions {
	char *version, *as_of;
	struct raw_position *positions;
	unsigned positions_count;
};

extern const cyaml_schema_value_t site_file_site, site_file_accounts, site_file_symbols;

/* Each reads one part of a document into site; false: the document's error says why.
   site_read       identity, directories, journal, book, stages and people
   start_read      which file says what is held when a journal begins
   currencies_read the base currency and the others
   days_read       the calendar by which days end and begin
   market_read     tapes, and who may read the market
   wires_read      ports, channels and venues
   sessions_read   the gate and its sessions; ids may not be those of venues
   accounts_read   the accounts file; sessions must be known
   symbols_read    the symbols file
   sessions_check  once accounts are known: the accounts and strategies that sessions default to
   copies_read     sessions that only listen, and the venues' copies to which we do; once sessions and accounts are known
   routes_read     once all these are known: which order goes to which venue
   gates_read      and then: which gate owns what */
bool site_read(const struct document *d, struct site_config *site);
bool start_read(const struct document *d, struct site_config *site);
bool currencies_read(const struct document *d, struct site_config *site);
bool days_read(const struct document *d, struct site_config *site);
bool market_read(const struct document *d, struct site_config *site);
bool wires_read(const struct document *d, struct site_config *site);
bool sessions_read(const struct document *d, struct site_config *site);
bool accounts_read(const struct document *d, struct site_config *site);
bool symbols_read(const struct document *d, struct site_config *site);
bool sessions_check(const struct document *d, const struct site_config *site);
bool routes_read(const struct document *d, struct site_config *site);
bool copies_read(const struct document *d, struct site_config *site);
bool gates_read(const struct document *d, struct site_config *site);

/* recovery_read reads how one channel gets back what it lost; raw NULL: it does not. */
bool recovery_read(const struct document *d, const struct raw_recovery *raw,
	const struct site_config *site, struct recovery_config *recovery);

/* protocol_read reads what a channel speaks, its market, its number and its session; protocol_check, once the recovery is known, whether
   the protocol has one. */
bool protocol_read(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel);
bool protocol_check(
	const struct document *d, const struct raw_channel *raw, struct channel_config *channel);

/* How a session of FIX names its ends, whether its numbers may begin anew, and how finely its times are written. */
struct raw_fix_names {
	const char *name, *comp_id, *our_comp_id, *reset, *timestamps;
};

/* fix_times_read reads the last; text NULL: milliseconds. */
bool fix_times_read(const struct document *d, const char *text, uint8_t *times);

/* fix_names_read reads them; every other protocol has none. */
bool fix_names_read(const struct document *d, const struct raw_fix_names *raw,
	const struct site_config *site, struct session_config *session);

/* How a session of ours at a venue is named in FIX: the words of the file, and whose they are ("venue"). */
struct raw_fix_peer {
	const char *who, *name, *comp_id, *our_comp_id, *reset, *timestamps, *heartbeat;
	uint64_t heartbeat_ns;
	uint8_t protocol;
	bool has_calendar;
};

/* calendar_read reads the hours of a site or a venue; raw NULL: it has none, and the result no weekdays. */
bool calendar_read(
	const struct document *d, const struct raw_calendar *raw, struct calendar *calendar);

/* fix_peer_read reads them, and that heartbeats can be told in FIX; every other protocol has none. */
bool fix_peer_read(const struct document *d, const struct raw_fix_peer *raw, struct fix_peer *peer);

/* order_protocol_read reads what a session or venue speaks; text NULL: OUCH 5.0. */
bool order_protocol_read(const struct document *d, const char *text, uint8_t *protocol);

/* fees_read reads what a venue takes; raw NULL: it does not say, which a production site must. */
bool fees_read(const struct document *d, const struct raw_schedule *raw,
	const struct site_config *site, const char *venue_name, struct fees_config *fees);

/* stack_read reads the gate's own TCP stack; raw NULL: it has none. */
bool stack_read(const struct document *d, const struct raw_stack *raw, struct site_config *site);

/* shm_read reads the order sessions in shared memory; raw NULL: there are none. */
bool shm_read(const struct document *d, const struct raw_shm *raw, struct site_config *site);

/* tls_read reads the papers of one side and where they are; raw NULL: there are none.  tls_listen_read reads the gate's
   second listener, tls_check, once sessions are known, that a certificate can be shown.  tls_venue_read makes an address of
   a venue's one that is spoken to by these papers, for which word stands. */
bool tls_read(const struct document *d, const struct raw_tls *raw, const struct site_config *site,
	struct tls_config *tls);
bool tls_listen_read(const struct document *d, const struct raw_tls *raw, struct site_config *site);
bool tls_venue_read(const struct document *d, const struct raw_tls *raw,
	const struct site_config *site, const char *word, char address[64], struct tls_config *tls);
bool tls_session_read(const struct document *d, const char *certificate,
	const struct site_config *site, struct session_config *session);

/* password_read takes up to ten characters, out of the site's file or of one that only its owner reads, root or
   the uid that we run under; a production site refuses test passwords.  mark is where neither is blamed. */
bool password_read(const struct document *d, const struct site_config *site, const char *mark,
	const char *text, const char *file, char password[11]);

/* site_parse is config_load from memory: texts holds site.yaml, accounts.yaml and symbols.yaml. */
bool site_parse(struct site_config *site, const char *directory, const struct file_text *texts,
	struct config_error *error);

/* positions_parse reads the positions file of a site whose other files are read, and puts its bytes into the hash.
   false: error says where and what, and the site is as it was. */
bool positions_parse(
	struct site_config *site, const struct file_text *text, struct config_error *error);

#endif
