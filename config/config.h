/* config.h - what a site is: its processes, wires, people, accounts and instruments.

   One call reads a site's directory of YAML files, strictly:
     site.yaml      kind, directories, ports, channels, venues, sessions, gate, stages, people
     accounts.yaml  accounts, their strategies, and which session may speak for them
     symbols.yaml   instruments: tick, lot, previous close
     positions      where site.yaml names such a file: what is held when a journal begins
     limits.yaml    limits (see limitset.h); read apart, because control reloads it while trading

   With gates, each of them sees its part of the site as a site of its own (site_of_gate).

   Owner      the caller gives the memory; nothing points outside it, but for a view.
   Units      last in the names; ids are the file's own numbers and are used as table indexes.
   Errors     an unknown or duplicate key, a missing one, a wrong unit, an overflow, a name that two
              rows share: one sentence `file:line:column: found ..., expected ...`, and nothing of the
              result may be used. */
#ifndef SLUICE_CONFIG_CONFIG_H
#define SLUICE_CONFIG_CONFIG_H

#include "config/calendar.h"
#include "config/currency.h"
#include "config/fees.h"
#include "config/limitset.h"
#include "config/types.h"

enum { NAME_BYTES = 32, PATH_BYTES = 256, TEXT_BYTES = 256 };

/* The sentence of what went wrong; empty when nothing did. */
struct config_error {
	char text[1024];
};

enum port_kind { PORT_DPDK = 1, PORT_PCAP = 2, PORT_SIM = 3, PORT_FAULT = 4 };
/* How limits are raised: by two persons before they act; or also by one, on trial, until another confirms them. */
enum raise_policy { RAISE_TWO_PERSONS = 0, RAISE_CONFIRMED = 1 };

/* Who says how far the wall clock may be off (drivers/machine/timesource.h); sim is for tests. */
enum clock_source {
	CLOCK_NONE = 0,
	CLOCK_KERNEL = 1,
	CLOCK_CHRONY = 2,
	CLOCK_PTP = 3,
	CLOCK_SIM = 4
};
enum idle_kind { IDLE_SPIN = 1, IDLE_YIELD = 2, IDLE_NAP = 3 };

/* What port_fault may do to a frame's bytes (drivers/port/spoil.h). */
enum spoil {
	SPOIL_RUNT = 0,     /* shorter than an Ethernet header                    */
	SPOIL_CUT = 1,      /* ends anywhere                                      */
	SPOIL_CHECKSUM = 2, /* a bit of IPv4's checksum is turned                 */
	SPOIL_LENGTH = 3,   /* IP's or UDP's length lies, the checksum is right   */
	SPOIL_VLAN = 4,     /* one to three tags in front                         */
	SPOIL_FRAGMENT = 5, /* a piece of a larger packet                         */
	SPOIL_COUNT = 6
};

/* A packet port.  device is a DPDK vdev or PCI address ("net_af_packet0,iface=veth1",
   "net_pcap0,rx_pcap=day.pcap", "0000:01:00.0"), or a capture's path for pcap. */
struct port_config {
	char name[NAME_BYTES];
	uint8_t kind; /* enum port_kind */
	char device[TEXT_BYTES];
	uint8_t at_capture_speed; /* replay pcap timestamps, not at once */
	uint8_t queue_count;      /* receive queues of a DPDK device; 0 stands for one */
	uint8_t is_fault;         /* wrap in port_fault (simulation sites only) */
	uint64_t fault_seed;
	uint32_t fault_loss_ppm, fault_reorder_ppm, fault_duplicate_ppm;
	uint32_t fault_burst_ppm, fault_burst_frames; /* so many lost in a row, at most */
	uint32_t fault_delay_ppm;
	uint64_t fault_delay_ns, fault_skew_ns; /* of those delayed; of every frame */
	uint32_t fault_spoil_ppm[SPOIL_COUNT];
};

/* One line of a channel: a multicast group on a port. */
struct line_config {
	uint8_t port;       /* index into site.ports */
	uint8_t is_ipv6;    /* the addresses are group_ip6 and source_ip6 */
	uint32_t group_ip;  /* host order; 0: any destination */
	uint32_t source_ip; /* host order; 0: any source */
	uint16_t udp_port;
	uint32_t interface_ip;                 /* host order; source of our IGMP reports */
	uint8_t group_ip6[16], source_ip6[16]; /* as on the wire; a source of zeros: any */
};

struct endpoint {
	uint32_t ip; /* host order */
	uint16_t port;
};

/* How a channel gets back what both lines lost: first from request servers, then from a snapshot. */
struct recovery_config {
	uint8_t is_configured, has_requests, has_snapshot;
	uint64_t wait_ns;      /* the other line has this long to fill      */
	uint32_t hold_packets; /* held at most of what is ahead of the hole */

	uint8_t server_count;
	struct endpoint servers[REQUEST_SERVER_COUNT_MAX];
	uint16_t request_messages;   /* asked for at once, 1 .. 65534              */
	uint32_t request_reach;      /* a longer hole goes to the snapshot at once */
	uint32_t requests_per_s;     /* at most                                    */
	uint32_t request_tries;      /* unanswered in a row: the snapshot is next  */
	uint64_t request_timeout_ns; /* of one request                             */
	uint64_t request_within_ns;  /* all requests of a recovery together        */
	/* Of a proxy: who logs in, and the lines that answers come on. */
	char request_sub_id[5], request_username[5], request_password[11];
	uint8_t reply_count;
	struct line_config replies[LINE_COUNT_MAX];

	char snapshot_address[64]; /* numeric IPv4 */
	uint16_t snapshot_port;
	char snapshot_username[7], snapshot_password[11];
	char snapshot_sub_id[5];          /* of a spin server */
	uint8_t is_snapshot_session_same; /* a GLIMPSE that names another session is refused */
	uint32_t snapshot_tries;
	uint64_t snapshot_timeout_ns; /* longer without a message of it: broken off */

	uint64_t again_ns; /* after giving up, another snapshot is tried so often; 0: never */
};

/* What a channel speaks: ITCH 5.0 in MoldUDP64, IEX DEEP or DEEP+ in IEX-TP, Cboe PITCH in sequenced units. */
enum protocol {
	PROTOCOL_ITCH50 = 0,
	PROTOCOL_DEEP = 1,
	PROTOCOL_DEEP_PLUS = 2,
	PROTOCOL_PITCH = 3,
	PROTOCOL_COUNT = 4,
};

/* protocol_name gives the word of the file. */
const char *protocol_name(enum protocol protocol);

struct channel_config {
	char name[NAME_BYTES];
	uint8_t protocol; /* enum protocol */
	uint8_t market; /* ITCH: whose operational halts bind, its code in h: Q, B, X; 0: those of any market */
	uint8_t has_number; /* of the venue's streams this one is wanted; else the first that comes */
	uint32_t number;    /* IEX-TP: channel; PITCH: unit */
	/* expected: of MoldUDP64 10 characters, of IEX-TP a number; empty: adopt the first */
	char session[11];
	uint8_t is_session_adopted; /* a new session is taken up when the old one ended or fell silent */
	uint8_t line_count;         /* 1 or 2 */
	uint8_t stage;              /* index into site.feeds: the feed stage that has it */
	uint64_t max_silence_ns; /* longer without a packet on every line: stale */
	struct line_config lines[LINE_COUNT_MAX];
	struct recovery_config recovery;
};

/* What an order session speaks, a strategy's or a venue's. */
enum order_protocol {
	ORDERS_OUCH50 = 0, /* OUCH 5.0 in SoupBinTCP 3.0 */
	ORDERS_FIX42 = 1,
	ORDERS_FIX44 = 2,
	ORDERS_OUCH42 = 3, /* OUCH 4.2 in SoupBinTCP 3.0 */
	ORDERS_COUNT = 4,
};

/* order_protocol_name gives the word of the file. */
const char *order_protocol_name(enum order_protocol protocol);

/* One side's files of TLS, absolute paths; stream_tls.h says what they must be. */
struct tls_config {
	uint8_t is_used;
	char certificate[PATH_BYTES], key[PATH_BYTES], authority[PATH_BYTES];
	char name[64];             /* a venue's: what its certificate must be for        */
	char word[NAME_BYTES + 8]; /* a venue's: what stands for these files in its address */
};

enum drop_policy { DROP_ALERTS = 0, DROP_REDUCES = 1 };

/* When a FIX venue's numbers begin anew: never, with each of our Logons (141=Y), with each day of the calendar. */
enum fix_reset { RESET_KEPT = 0, RESET_ASKED = 1, RESET_DAILY = 2 };

/* How finely a FIX session's times are written.  Milliseconds are what both versions know; finer ones are for peers that said they
   read them. */
enum fix_times { TIMES_MILLIS = 0, TIMES_SECONDS = 1, TIMES_MICROS = 2, TIMES_NANOS = 3 };

/* How both ends of a FIX session of ours are named, and what is agreed there. */
struct fix_peer {
	char comp_id[32], our_comp_id[32];
	uint8_t reset; /* enum fix_reset */
	uint8_t times; /* enum fix_times */
};

/* The venue's copy of what becomes of our orders; we only listen. */
struct drop_config {
	uint32_t session_id; /* 0: the venue has none */
	uint8_t protocol;    /* enum order_protocol: what it is told in */
	char address[64];    /* as a venue's */
	uint16_t tcp_port;
	char username[7], password[11];
	uint64_t alarm_after_ns; /* what only one side has told for so long is a break */
	uint8_t policy;          /* enum drop_policy: what a break does to the venue */
	struct tls_config tls;
	struct fix_peer fix;
};

/* The venue's order port; we are the client. */
struct venue_config {
	char name[NAME_BYTES];
	uint32_t session_id; /* its row in session tables and stop words */
	uint8_t gate;        /* index into site.gates: who logs in */
	uint8_t place;       /* with gates: index in the whole site's venues */
	uint8_t protocol;    /* enum order_protocol */
	char address[64];    /* numeric IPv4; with TLS "tls:name@" in front, name the venue's own */
	uint16_t tcp_port;
	char username[7], password[11];
	uint32_t login_tries; /* refused so often in a row: an alarm, and one try a minute */
	char firm[5];         /* MPID sent as option 2; empty: none */
	uint64_t heartbeat_ns, timeout_ns;
	struct calendar calendar; /* of its own hours; no weekdays: the site's, or none */
	struct tls_config tls;
	struct fix_peer fix;
	struct drop_config drop;
	struct fees_config fees;
};

/* Where orders go that match; what is 0 or not stated matches all. */
struct route_config {
	uint32_t session, account, strategy;
	uint8_t has_symbols; /* only those that have its bit in symbol_config.routes */
	uint8_t venue;       /* index into site.venues */
};

/* A strategy's order session: we are the server. */
struct session_config {
	uint32_t id; /* 1 .. 255 */
	char name[NAME_BYTES];
	uint8_t gate;     /* index into site.gates: where it logs in */
	uint8_t protocol; /* enum order_protocol */
	char username[7], password[11];
	char trader[9];            /* empty: orders are refused UNKNOWN_TRADER */
	uint32_t default_account;  /* 0: an order must name its account by MPID */
	uint32_t default_strategy; /* 0: an order must name its strategy by GroupID */
	uint8_t strategy_count;    /* 0: any of the accounts that it speaks for */
	uint32_t strategies[SESSION_STRATEGY_MAX]; /* else only these */
	uint8_t has_parents; /* 1: its orders name their parent (dataplane/fold/parents.h) */
	uint8_t cancel_on_disconnect; /* 1: its open orders are cancelled when it is gone */
	uint64_t
		dead_man_ns; /* silent for so long: cancelled too, though it is connected; 0: never */
	uint32_t replay_count; /* sequenced messages kept for a client that reconnects */
	/* FIX: names of both ends, whether its Logon may begin the numbers anew, and enum fix_times */
	char comp_id[32], our_comp_id[32];
	uint8_t takes_reset, times;
	/* Only whoever shows this one, by TLS, may log in; empty: nobody who shows one. */
	char certificate[64];
};

/* A session that may only listen: it is told every decision and what became of it. */
struct copy_config {
	struct session_config session; /* id, names, protocol, password, replay_count  */
	uint32_t account_count;        /* 0: of every account, and of orders that found none */
	uint32_t accounts[COPY_ACCOUNT_COUNT_MAX];
};

/* A strategy belongs to one account. */
struct strategy_config {
	uint32_t id;
	char name[NAME_BYTES];
};

/* What becomes of the orders that a refused self-trade would have met (dataplane/fold/prevention.h). */
enum self_trade_mode {
	SELF_TRADE_CANCEL_NEWEST = 0,
	SELF_TRADE_CANCEL_OLDEST = 1,
	SELF_TRADE_CANCEL_BOTH = 2,
	SELF_TRADE_DECREMENT = 3,
};

struct account_config {
	uint32_t id;  /* 1 .. 4095 */
	uint8_t gate; /* index into site.gates: who owns its positions, credit and orders */
	char name[NAME_BYTES];
	char mpid[5]; /* OUCH option 2 Firm, names it; empty: only by default_account */
	uint8_t strategy_count;
	struct strategy_config strategies[8];
	uint64_t approved_until_wall_ns;   /* CONTROLS, 37; 0: not approved */
	char self_trade_group[NAME_BYTES]; /* CONTROLS, 20; empty: the account alone */
	uint8_t self_trade_mode;           /* enum self_trade_mode; a group has one */
	uint8_t converts_market[2]; /* CONTROLS, 23: market orders become limit orders, outside
	                                      regular hours and within; 0: refused */
	uint8_t session_count;      /* sessions that may speak for it */
	uint32_t sessions[8];
};

/* An instrument.  Its index in the file is its symbol index everywhere. */
struct symbol_config {
	uint64_t name; /* symbol_pack */
	int64_t tick_e4;
	uint32_t lot;
	int64_t previous_close_e4;       /* 0: none */
	uint64_t previous_close_wall_ns; /* when that close was, ns since the epoch; 0: none */
	uint64_t adv_qty;                /* average daily volume, shares; 0: not known */
	uint64_t outstanding_qty;        /* shares outstanding; 0: not known */
	uint32_t margin_bps, stress_bps; /* of its value; 0: not known */
	uint32_t sector;                 /* index in site_config.sectors; 0: none */
	uint64_t routes;                 /* bit per route that names it */
	uint32_t currency; /* of its prices: index into site.currencies; 0: the base */
};

/* What an account holds of a symbol when a journal begins. */
struct position_config {
	uint32_t account, symbol; /* id; index                                             */
	int64_t shares;           /* never 0; short is negative                            */
	int64_t cost_e4;          /* what a share cost on average: profit since it was bought */
	int64_t price_e4;         /* what it is valued at now: profit and loss of the day  */
};

/* The gate's own TCP stack on one of the site's ports; without it order sessions are the kernel's. */
struct stack_config {
	uint8_t is_used;
	uint8_t port;                    /* index into site.ports; no channel uses it */
	uint32_t address_ip, netmask_ip; /* host order                                */
	uint32_t gateway_ip;             /* 0: none                                   */
	uint16_t mtu_bytes;
};

/* Order sessions in shared memory, for strategies on this machine. */
struct shm_config {
	uint8_t is_used;
	char socket[PATH_BYTES]; /* absolute: in the run directory                         */
	uint32_t ring_bytes;     /* of each way of a session, a power of two               */
	uint64_t max_silence_ns; /* a strategy that does not turn for longer; 0: not asked */
	uint32_t uid_count;
	uint32_t uids[ORDER_UID_COUNT_MAX]; /* who may open a session */
};

struct stage_config {
	uint8_t idle;    /* enum idle_kind */
	int16_t core;    /* -1: not pinned */
	uint64_t nap_ns; /* for IDLE_NAP */
};

struct feed_stage_config {
	char name[NAME_BYTES];
	struct stage_config stage;
};

/* A gate of several: it owns the accounts, sessions, copies and venues that carry its number, and a journal. */
struct gate_config {
	char name[NAME_BYTES];
	char listen_address[64]; /* numeric IPv4 */
	uint16_t listen_port;
};

enum role { ROLE_NONE = 0, ROLE_VIEWER = 1, ROLE_OPERATOR = 2, ROLE_RISK = 3, ROLE_SECURITY = 4 };

struct person_config {
	char name[NAME_BYTES];
	uint32_t uid;
	uint8_t role; /* enum role */
};

/* What goes on the tapes: every event of the site's instruments, prints and states alone, or nothing. */
enum tape_carries { TAPE_NONE = 0, TAPE_TRADES = 1, TAPE_ALL = 2 };

/* Whoever may read the market (tops, channels, tapes) and nothing else. */
struct reader_config {
	char name[NAME_BYTES];
	uint32_t uid;
};

/* What the gate does when control is silent (CONTROLS, 2). */
enum silent_policy { SILENT_HALTED = 1, SILENT_REDUCE_ONLY = 2 };

/* What an order that is nowhere makes of the firm (CONTROLS, 33). */
enum residue_policy { RESIDUE_HALTED, RESIDUE_REDUCE_ONLY };

struct site_config {
	char name[NAME_BYTES];
	uint8_t kind;                   /* enum site_kind */
	char directory[PATH_BYTES];     /* where the files were read */
	char run_directory[PATH_BYTES]; /* sockets; created at boot, 0755 */
	char journal_directory[PATH_BYTES];
	uint64_t hash[2]; /* XXH3-128 of the files' bytes: stamped into the journal */

	/* Feed stages; each owns the channels that name it, their ports, and a page of metrics. */
	uint8_t feed_count; /* 0 stands for one: a site made by hand need not say */
	struct feed_stage_config feeds[FEED_STAGE_COUNT_MAX];
	struct stage_config gate_stage, journal_stage, door_stage;

	/* Gates; each has accounts, sessions, venues, a journal and pages of its own. */
	uint8_t gate_count; /* 0 stands for one, which has everything */
	uint8_t gate;       /* of a gate's own view of the site (site_of_gate): which; else 0 */
	struct gate_config gates[GATE_COUNT_MAX];

	uint8_t port_count, channel_count, venue_count;
	struct port_config ports[PORT_COUNT_MAX];
	struct channel_config channels[CHANNEL_COUNT_MAX];
	struct venue_config venues[VENUE_COUNT_MAX];
	uint32_t route_count; /* 0: one venue takes everything */
	struct route_config routes[ROUTE_COUNT_MAX];

	struct stack_config stack; /* order sessions by a TCP stack of our own */
	struct shm_config shm;     /* and through shared memory */
	char listen_address[64];   /* numeric IPv4 for all client sessions */
	uint16_t listen_port;
	struct tls_config tls; /* of a second listener, for clients that need it */
	char tls_address[68];  /* "tls:" and a numeric IPv4 */
	uint16_t tls_port;
	uint32_t session_count, account_count, symbol_count, person_count;
	struct session_config sessions[SESSION_COUNT_MAX];
	uint32_t copy_count;
	struct copy_config copies[COPY_COUNT_MAX];
	struct account_config *accounts; /* account_count rows, calloc'd; config_free */
	struct symbol_config *symbols;   /* symbol_count rows */
	/* Sectors by their first mention, from 1; the rest empty. */
	char sectors[SECTOR_COUNT_MAX][SECTOR_NAME_BYTES];
	struct person_config persons[64];

	/* The base currency, which limits are held in, and the others; 0 stands for one: a site made by hand need not say. */
	uint32_t currency_count;
	struct currency_config currencies[CURRENCY_COUNT_MAX];

	/* Start of day.  Without a file every position begins at nothing. */
	char positions_path[PATH_BYTES]; /* absolute; empty: none */
	uint64_t positions_max_age_ns;   /* an older file does not begin a journal */
	uint64_t positions_wall_ns;      /* when it held, says the file */
	uint32_t position_count;
	struct position_config *positions; /* position_count rows, calloc'd; config_free */

	uint32_t tape_event_count; /* of each feed stage's tape, a power of two; 0: no tape */
	uint8_t tape_carries;      /* enum tape_carries */
	uint32_t reader_count;
	struct reader_config readers[READER_COUNT_MAX];

	struct calendar calendar; /* of the gate's days; no weekdays: they roll by hand alone */
	uint64_t close_after_ns;  /* a day that ended is closed so long after at the latest */

	uint8_t silent_policy;           /* enum silent_policy */
	uint8_t residue_policy;          /* enum residue_policy; where nothing is said it halts */
	uint64_t control_max_silence_ns; /* CONTROLS, 2 */
	uint32_t journal_max_behind;     /* records, CONTROLS, 3 */
	uint64_t client_heartbeat_ns, client_timeout_ns;
	uint32_t cancels_per_turn; /* how many open orders one turn of a kill cancels */
	uint32_t own_order_count;  /* capacity, <= OWN_ORDER_COUNT_MAX */
	uint32_t text_id_count;    /* ids of text that clients may use in a journal's life */
	uint32_t book_order_count; /* capacity of the books' order table */
	uint64_t segment_bytes;    /* size of a journal segment */
	uint64_t reserve_bytes;    /* of each journal's directory, for when its disk is full */

	uint8_t raise_policy;         /* enum raise_policy */
	uint8_t clock_source;         /* enum clock_source */
	uint64_t clock_max_offset_ns; /* further off: not ready */
	uint8_t clock_domain;         /* ptp: its domain number */
	char clock_socket[108];       /* ptp: ptp4l's Unix socket */

	/* The ring of pcapng files that `capture start` writes. */
	char capture_directory[PATH_BYTES];
	uint64_t capture_file_bytes; /* the most one file holds */
	uint32_t capture_file_count; /* the most files there are */
};

/* config_load reads site.yaml, accounts.yaml and symbols.yaml of a directory, and the positions file that the site
   names.  false: error says where and what; site holds nothing to free. */
bool config_load(struct site_config *site, const char *directory, struct config_error *error);

/* config_load in two steps, for whoever has something to begin between them.  config_begin reads what site.yaml says by itself:
   where things lie, what runs, ports, channels and venues.  NULL: as config_load's false.  Then either config_end reads the rest
   (false: error, which config_begin was given, says where and what, and the site is still to be freed) or config_drop forgets it. */
struct config_reading;
struct config_reading *config_begin(
	struct site_config *site, const char *directory, struct config_error *error);
bool config_end(struct config_reading *reading);
void config_drop(struct config_reading *reading);

/* site_load is config_load without the positions: for whoever only asks and stops.  A positions file that is being
   written must not keep a kill from its door. */
bool site_load(struct site_config *site, const char *directory, struct config_error *error);

/* config_free returns what either took. */
void config_free(struct site_config *site);

/* positions_are_current tells whether the positions of a site may begin a journal at wall_ns: they are neither of a
   later time nor older than the site allows.  false: error says so. */
bool positions_are_current(
	const struct site_config *site, uint64_t wall_ns, struct config_error *error);

/* limitset_load reads a limits file against a site: accounts, sessions and symbols must be known.
   false: error says where and what. */
bool limitset_load(struct limitset *set, const struct site_config *site, const char *path,
	struct config_error *error);

/* limitset_parse reads the same from memory; name stands for the file in errors. */
bool limitset_parse(struct limitset *set, const struct site_config *site, const char *name,
	const char *text, size_t size, struct config_error *error);

/* What a file says that currencies are worth. */
struct rate_set {
	uint64_t as_of_wall_ns;
	uint32_t count;
	struct {
		uint32_t currency; /* index into site.currencies, never 0 */
		int64_t rate_e8;
	} rates[CURRENCY_COUNT_MAX];
};

/* rates_file_parse reads one from memory, as limitset_parse does; where that is done nobody may be kept waiting, so a
   file has a bound of its own. */
enum { RATES_BYTES_MAX = 16 * 1024 };
bool rates_file_parse(struct rate_set *set, const struct site_config *site, const char *name,
	const char *text, size_t size, struct config_error *error);

/* limitset_diff writes one line per limit that differs, `scope: key old -> new (tighter|looser)`,
   into text and returns how many there are; loosened (may be NULL) counts those that loosen. */
uint32_t limitset_diff(const struct limitset *old, const struct limitset *new,
	const struct site_config *site, char *text, size_t size, uint32_t *loosened);

/* limitset_lint writes a line per limit that is so high that it does nothing, against what its symbols trade and cost;
   what a waiver of the set excuses is written with its reason.  A waiver that excuses nothing is found too. */
struct lint_counts {
	uint32_t found, waived;
};
struct lint_counts limitset_lint(
	const struct limitset *set, const struct site_config *site, char *text, size_t size);

/* limitset_waivers_hash names what a set waives, and why: it is no part of the set's own hash. */
uint64_t limitset_waivers_hash(const struct limitset *set);

/* limit_scope_format writes whose a row is, "account 17 symbol AAPL". */
void limit_scope_format(
	const struct site_config *site, const struct limit_row *row, char *text, size_t size);

/* limit_read reads a value as the limits file states it: money in any currency of the site.  Returns and fails as
   scalar.h's functions. */
const char *limit_read(const struct site_config *site, enum limit limit, const char *text,
	struct limit_value *value);

/* limit_base gives what money of a limit comes to in the base currency, rounded down, at the rates that the site's files
   state; false: they state none of its currency. */
bool limit_base(const struct site_config *site, const struct limit_value *value, int64_t *base_e4);

/* limit_scopes_format writes the scopes of a mask, "firm, account". */
void limit_scopes_format(unsigned scopes, char *text, size_t size);

/* limit_format writes a value in the file's own spelling, e.g. "25000.00 USD". */
void limit_format(const struct site_config *site, enum limit limit, const struct limit_value *value,
	char *text, size_t size);

/* site_login gives session n of those that may log in at the gate, strategies' first, then those that only listen; NULL: there
   are no more. */
static inline const struct session_config *site_login(const struct site_config *site, uint32_t n)
{
	if (n < site->session_count)
		return &site->sessions[n];
	n -= site->session_count;
	return n < site->copy_count ? &site->copies[n].session : NULL;
}

/* site_symbol_find, site_account_find, site_session_find, site_currency_find return an index into their table, or
   UINT32_MAX, site_sector_find into sectors, or 0; site_has_strategy looks for a strategy of any account.  For boot and commands;
   the hot path has its own tables. */
uint32_t site_symbol_find(const struct site_config *site, uint64_t name);
uint32_t site_account_find(const struct site_config *site, uint32_t id);
uint32_t site_session_find(const struct site_config *site, uint32_t id);
bool site_has_strategy(const struct site_config *site, uint32_t id);
uint32_t site_currency_find(const struct site_config *site, const char *name);
uint32_t site_sector_find(const struct site_config *site, const char *name);

/* site_limit_rows gives how many rows a limits file of a site may state: one for each scope that there is,
   and for each session that there may be, as a gate's view of a site has its own alone. */
uint32_t site_limit_rows(const struct site_config *site);

/* site_position_rows gives how many accounts and symbols may meet, as far as there is room for. */
uint32_t site_position_rows(const struct site_config *site);

/* account_has_session tells whether a session may speak for an account, account_has_strategy whether a strategy may trade for it. */
bool account_has_session(const struct account_config *account, uint32_t session_id);
bool account_has_strategy(const struct account_config *account, uint32_t id);

/* site_currency gives the name of the base currency, site_currency_of that of what a symbol is priced in; "-": there is no such
   symbol. */
const char *site_currency(const struct site_config *site);
const char *site_currency_of(const struct site_config *site, uint32_t symbol);

/* site_port_is_used tells whether a line of a channel, or the stack of the order sessions, is on a port. */
bool site_port_is_used(const struct site_config *site, uint32_t port);

/* site_feed_count gives the number of feed stages, at least one; site_gate_count that of gates. */
uint32_t site_feed_count(const struct site_config *site);
uint32_t site_gate_count(const struct site_config *site);

/* site_of_gate makes a gate's own view of a site: its sessions, copies, venues, routes, positions, listening address and
   journal directory, and a hash of its own.  Accounts and symbols stay the site's, which must outlive the view;
   site_of_gate_free returns the rest. */
void site_of_gate(struct site_config *view, const struct site_config *site, uint32_t gate);
void site_of_gate_free(struct site_config *view);

/* site_has_row tells whether a row of the limits file is a gate's own view's: those of sessions of other gates are not. */
bool site_has_row(const struct site_config *view, const struct limit_row *row);

/* site_journal_of writes the directory of a gate's journal. */
void site_journal_of(const struct site_config *site, uint32_t gate, char directory[PATH_BYTES]);

/* site_gate_of_order gives the gate that numbered an order. */
static inline uint32_t site_gate_of_order(const struct site_config *site, uint64_t order_id)
{
	uint64_t gate = order_id >> GATE_ORDER_ID_BITS;
	return gate < site->gate_count ? (uint32_t)gate : 0;
}

/* site_venue_place gives the index that a venue of a view has in the whole site. */
static inline uint32_t site_venue_place(const struct site_config *site, uint32_t venue)
{
	return site->gate_count > 0 ? site->venues[venue].place : venue;
}

/* site_gate_choose gives the gate that a person named; of one gate nothing need be said (name NULL).  false: error names
   those there are. */
bool site_gate_choose(const struct site_config *site, const char *name, uint32_t *gate,
	struct config_error *error);

/* site_gate_find gives the index of a gate by its name; UINT32_MAX: there is none. */
uint32_t site_gate_find(const struct site_config *site, const char *name);

#endif
