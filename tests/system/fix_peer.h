/* fix_peer.h - one end of a FIX connection over real TCP, our machine in it: for tests against other people's engines.

   A thread of its own polls the socket.  As acceptor it plays a small venue: a new order is acknowledged and half
   of it filled, a replace and a cancel are done if they name an order, else refused.  As initiator it keeps
   what it was told.  Plain types only, so that C++ can speak to it.

   Owner      the test. */
#ifndef SLUICE_TESTS_SYSTEM_FIX_PEER_H
#define SLUICE_TESTS_SYSTEM_FIX_PEER_H

#ifdef __cplusplus
extern "C" {
#endif

enum fix_peer_count {
	FIX_PEER_ORDERS,   /* taken                                             */
	FIX_PEER_REPORTS,  /* taken: execution reports, cancel rejects          */
	FIX_PEER_AGAIN,    /* of both, those that came as possible duplicates   */
	FIX_PEER_REJECTS,  /* 3 and j taken                                     */
	FIX_PEER_NEXT_OUT, /* the session's numbers                             */
	FIX_PEER_NEXT_IN,
	FIX_PEER_STATE,    /* enum fix_state                                    */
	FIX_PEER_WHY,      /* enum fix_end of the newest connection             */
	FIX_PEER_ANSWERED, /* our TestRequests that were answered               */
	FIX_PEER_GARBLED,
};

struct fix_peer;

/* fix_peer_open starts it; version 42 or 44.  port 0: listens on one that the system gives, fix_peer_port tells it. */
struct fix_peer *fix_peer_open(int version, int is_initiator, int port);
int fix_peer_port(struct fix_peer *end);
void fix_peer_close(struct fix_peer *end);

/* fix_peer_get reads a count. */
unsigned long fix_peer_get(struct fix_peer *end, enum fix_peer_count count);

/* fix_peer_order sends a new order, fix_peer_cancel a cancel of one, fix_peer_report a report of something. */
void fix_peer_order(struct fix_peer *end, const char *id);
void fix_peer_cancel(struct fix_peer *end, const char *id, const char *of);
void fix_peer_report(struct fix_peer *end);

/* fix_peer_test asks for a sign of life, fix_peer_logout says goodbye. */
void fix_peer_test(struct fix_peer *end);
void fix_peer_logout(struct fix_peer *end);

/* fix_peer_cut drops the connection as a broken cable would; nothing is sent and no connection made until
   fix_peer_join. */
void fix_peer_cut(struct fix_peer *end);
void fix_peer_join(struct fix_peer *end);

/* fix_peer_record writes what both ends say into a pcap file, as TCP on port 9878. */
int fix_peer_record(struct fix_peer *end, const char *path);

#ifdef __cplusplus
}
#endif
#endif
