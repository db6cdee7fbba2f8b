#include "drivers/stream/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "drivers/machine/clock.h"

struct stream_event *tls_queue(struct tls_session *session, enum stream_event_kind kind)
{
	struct tls *tls = session->tls;
	CHECK(tls->queue_to < ARRAY_COUNT(tls->queue));
	struct stream_event *event = &tls->queue[tls->queue_to++];
	*event = (struct stream_event){.kind = (uint8_t)kind,
		.connection = session->number,
		.listener = session->listener};
	return event;
}

/* --- between OpenSSL and the wrapped stream --- */

static int bio_write(BIO *bio, const char *bytes, int size)
{
	struct tls_session *session = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (size <= 0)
		return 0;
	if (session->out_from == session->out_to) {
		session->out_from = session->out_to = 0;
		if (stream_send(session->tls->wrapped, session->number, (const uint8_t *)bytes,
			    (uint32_t)size))
			return size;
	}
	if ((uint32_t)size > TLS_OUT_BYTES - session->out_to && session->out_from > 0) {
		memmove(session->out, session->out + session->out_from, tls_out_bytes(session));
		session->out_to -= session->out_from;
		session->out_from = 0;
	}
	if ((uint32_t)size > TLS_OUT_BYTES - session->out_to) {
		BIO_set_retry_write(bio);
		return -1;
	}
	memcpy(session->out + session->out_to, bytes, (size_t)size);
	session->out_to += (uint32_t)size;
	return size;
}

static int bio_read(BIO *bio, char *bytes, int size)
{
	struct tls_session *session = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (size <= 0)
		return 0;
	if (session->in_bytes == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	uint32_t take = (uint32_t)size < session->in_bytes ? (uint32_t)size : session->in_bytes;
	memcpy(bytes, session->in, take);
	session->in += take;
	session->in_bytes -= take;
	return (int)take;
}

static long bio_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio, (void)number, (void)pointer;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static BIO_METHOD *bio_kind(void)
{
	static BIO_METHOD *kind;
	if (kind != NULL)
		return kind;
	kind = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
	CHECK(kind != NULL);
	BIO_meth_set_write(kind, bio_write);
	BIO_meth_set_read(kind, bio_read);
	BIO_meth_set_ctrl(kind, bio_control);
	return kind;
}

/* --- what OpenSSL tells --- */

static void on_state(const SSL *ssl, int where, int value)
{
	struct tls_session *session = SSL_get_app_data(ssl);
	if ((where & SSL_CB_ALERT) == 0 || (value & 0xFF) == SSL_AD_CLOSE_NOTIFY)
		return;
	notes_count((where & SSL_CB_READ) != 0 ? &session->tls->counts.alerts_in
					       : &session->tls->counts.alerts_out);
}

static void on_message(
	int is_sent, int version, int type, const void *bytes, size_t size, SSL *ssl, void *context)
{
	struct tls_session *session = context;
	(void)version, (void)ssl;
	if (type != SSL3_RT_HANDSHAKE || size == 0 || *(const uint8_t *)bytes != SSL3_MT_KEY_UPDATE)
		return;
	notes_count(is_sent ? &session->tls->counts.updates_out : &session->tls->counts.updates_in);
	session->updates_here += is_sent == 0;
}

/* Keeps whose certificate is not believed: OpenSSL forgets it with the handshake. */
static int on_verify(int is_good, X509_STORE_CTX *verifying)
{
	const SSL *ssl =
		X509_STORE_CTX_get_ex_data(verifying, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_session *session = SSL_get_app_data(ssl);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(verifying);
	if (is_good == 0 && certificate != NULL)
		X509_NAME_oneline(X509_get_subject_name(certificate), session->doubted,
			sizeof session->doubted);
	return is_good;
}

bool tls_session_start(struct tls_session *session, SSL_CTX *context, const char *name)
{
	ERR_clear_error();
	BIO *bio = BIO_new(bio_kind());
	session->ssl = SSL_new(context);
	if (bio == NULL || session->ssl == NULL) {
		BIO_free(bio);
		SSL_free(session->ssl);
		session->ssl = NULL;
		return false;
	}
	BIO_set_data(bio, session);
	BIO_set_init(bio, 1);
	SSL_set_bio(session->ssl, bio, bio);
	SSL_set_app_data(session->ssl, session);
	SSL_set_info_callback(session->ssl, on_state);
	SSL_set_msg_callback(session->ssl, on_message);
	SSL_set_verify(session->ssl, SSL_get_verify_mode(session->ssl), on_verify);
	SSL_set_msg_callback_arg(session->ssl, session);
	if (name == NULL) {
		SSL_set_accept_state(session->ssl);
		return true;
	}
	SSL_set_connect_state(session->ssl);
	SSL_set_hostflags(session->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(session->ssl, name) == 1 &&
	       SSL_set_tlsext_host_name(session->ssl, name) == 1;
}

/* --- ends --- */

void tls_session_flush(struct tls_session *session)
{
	struct stream *wrapped = session->tls->wrapped;
	uint32_t piece = tls_out_bytes(session);
	while (piece > 0) {
		if (stream_send(wrapped, session->number, session->out + session->out_from, piece))
			session->out_from += piece;
		else if (piece > 256)
			piece = piece / 2 + 1; /* the room there is, not all of it */
		else
			return;
		if (piece > tls_out_bytes(session))
			piece = tls_out_bytes(session);
	}
	if (session->phase != TLS_DRAINING)
		return;
	session->phase = TLS_LEAVING;
	session->since_ns = clock_now_ns();
	stream_shut(wrapped, session->number, false);
}

void tls_session_end(struct tls_session *session, enum tls_phase phase)
{
	ERR_clear_error();
	SSL_shutdown(session->ssl);
	session->phase = (uint8_t)phase;
	tls_session_flush(session);
}

void tls_session_fail(struct tls_session *session, int32_t error, const char *why)
{
	struct tls *tls = session->tls;
	bool is_refused = session->phase <= TLS_SHAKING;
	char who[80] = "";
	notes_count(is_refused ? &tls->counts.refused : &tls->counts.broken);

	if (session->certificate[0] != '\0')
		snprintf(who, sizeof who, " with \"%s\"", session->certificate);
	notes_put(&tls->notes, "TLS %s connection %u%s %s: %s",
		session->listener != 0 ? "client's" : "server's", session->number, who,
		is_refused ? "refused" : "closed", why);
	session->error = error;
	/* The alert that OpenSSL wrote goes in front of the end. */
	session->phase = TLS_DRAINING;
	tls_session_flush(session);
	if (session->phase == TLS_DRAINING) { /* no room for it: the peer does not read */
		session->phase = TLS_LEAVING;
		session->since_ns = clock_now_ns();
		stream_shut(tls->wrapped, session->number, true);
	}
}

/* session_fail_ssl asks OpenSSL what was wrong. */
static void session_fail_ssl(struct tls_session *session)
{
	char why[NOTE_BYTES];
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	long verdict = SSL_get_verify_result(session->ssl);
	if (verdict != X509_V_OK) {
		snprintf(why, sizeof why,
			"found a certificate%s%s: %s, expected one of the authority%s",
			session->doubted[0] != '\0' ? " of " : "", session->doubted,
			X509_verify_cert_error_string(verdict),
			session->listener == 0 ? " for this server" : "");
		tls_session_fail(session, EKEYREJECTED, why);
		return;
	}
	snprintf(why, sizeof why, "found \"%s\", expected TLS 1.3",
		reason != NULL ? reason : "no sense in it");
	tls_session_fail(session, EPROTO, why);
}

/* --- the turn --- */

/* session_name takes the one common name of a verified certificate.  false: there is none that could be a name. */
static bool session_name(struct tls_session *session)
{
	const X509 *certificate = SSL_get0_peer_certificate(session->ssl);
	X509_NAME *subject = certificate == NULL ? NULL : X509_get_subject_name(certificate);
	int at = subject == NULL ? -1 : X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return false;
	const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
	int size = ASN1_STRING_length(text);
	const uint8_t *letters = ASN1_STRING_get0_data(text);
	if (size < 1 || size >= (int)sizeof session->certificate)
		return false;
	for (int i = 0; i < size; i++) {
		if (letters[i] < ' ' || letters[i] > '~') {
			session->certificate[0] = '\0';
			return false;
		}
		session->certificate[i] = (char)letters[i];
	}
	session->certificate[size] = '\0';
	return true;
}

/* session_shake goes on with the handshake.  Returns true if it is done. */
static bool session_shake(struct tls_session *session)
{
	ERR_clear_error();
	int done = SSL_do_handshake(session->ssl);
	if (done == 1) {
		if (session->listener != 0 && !session_name(session)) {
			tls_session_fail(session, EKEYREJECTED,
				"found a certificate without a name, expected one common name of "
				"1 to 63 plain letters");
			return false;
		}
		session->phase = TLS_OPEN;
		session->is_told = true;
		notes_count(&session->tls->counts.opened);
		tls_queue(session, STREAM_OPENED);
		return true;
	}
	int why = SSL_get_error(session->ssl, done);
	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		session_fail_ssl(session);
	return false;
}

/* session_plain makes one event of what can be read.  Returns false if there was nothing more. */
static bool session_plain(struct tls_session *session)
{
	struct tls *tls = session->tls;
	uint8_t *to = tls->plain + tls->plain_bytes;
	size_t total = 0, got = 0;
	int result = 1;
	while (total < STREAM_EVENT_BYTES_MAX &&
		(result = SSL_read_ex(
			 session->ssl, to + total, STREAM_EVENT_BYTES_MAX - total, &got)) == 1)
		total += got;
	if (total > 0) {
		struct stream_event *event = tls_queue(session, STREAM_BYTES);
		event->bytes = to;
		event->size_bytes = (uint32_t)total;
		tls->plain_bytes += (uint32_t)total;
	}
	if (result == 1)
		return true;
	int why = SSL_get_error(session->ssl, result);
	if (session->updates_here > TLS_UPDATES_MAX)
		tls_session_fail(
			session, EPROTO, "found a flood of key updates, expected one now and then");
	else if (why == SSL_ERROR_ZERO_RETURN)
		session->phase = TLS_ENDING;
	else if (why == SSL_ERROR_WANT_WRITE)
		tls_session_fail(session, EPROTO,
			"found a peer that asks and does not read, expected it to take its "
			"answers");
	else if (why != SSL_ERROR_WANT_READ)
		session_fail_ssl(session);
	return false;
}

void tls_session_take(struct tls_session *session, const uint8_t *bytes, uint32_t size_bytes)
{
	session->in = bytes;
	session->in_bytes = size_bytes;
	session->updates_here = 0;
	if (session->phase == TLS_SHAKING && !session_shake(session)) {
		session->in_bytes = 0; /* all was read, or it failed */
		return;
	}
	ERR_clear_error();
	while (session->phase == TLS_OPEN && session_plain(session))
		;
	session->in_bytes = 0;
}
