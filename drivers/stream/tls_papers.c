#include "drivers/stream/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- OpenSSL's memory: one for the process, as OpenSSL is --- */

static _Atomic uint64_t memory_bytes, memory_most_bytes, memory_denied, memory_max_bytes;

static void memory_note(size_t more)
{
	uint64_t now = atomic_fetch_add(&memory_bytes, more) + more;
	uint64_t most = atomic_load(&memory_most_bytes);
	while (now > most && !atomic_compare_exchange_weak(&memory_most_bytes, &most, now))
		;
}

static void *memory_get(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	if (atomic_load(&memory_bytes) + size > atomic_load(&memory_max_bytes)) {
		atomic_fetch_add(&memory_denied, 1);
		return NULL;
	}
	void *memory = malloc(size);
	if (memory != NULL)
		memory_note(malloc_usable_size(memory));
	return memory;
}

static void memory_free(void *memory, const char *file, int line)
{
	(void)file, (void)line;
	if (memory != NULL)
		atomic_fetch_sub(&memory_bytes, malloc_usable_size(memory));
	free(memory);
}

static void *memory_change(void *memory, size_t size, const char *file, int line)
{
	if (memory == NULL)
		return memory_get(size, file, line);
	if (size == 0) {
		memory_free(memory, file, line);
		return NULL;
	}
	size_t old = malloc_usable_size(memory);
	if (size > old &&
		atomic_load(&memory_bytes) + size - old > atomic_load(&memory_max_bytes)) {
		atomic_fetch_add(&memory_denied, 1);
		return NULL;
	}
	void *changed = realloc(memory, size);
	if (changed == NULL)
		return NULL;
	atomic_fetch_sub(&memory_bytes, old);
	memory_note(malloc_usable_size(changed));
	return changed;
}

void tls_memory_bound(uint64_t max_bytes)
{
	atomic_store(&memory_max_bytes, max_bytes);
	/* Refused once OpenSSL has taken memory: then it was ours already, or a test came first. */
	CRYPTO_set_mem_functions(memory_get, memory_change, memory_free);
}

void tls_memory_counts(struct stream_tls_counts *counts)
{
	counts->memory_bytes = atomic_load(&memory_bytes);
	counts->memory_most_bytes = atomic_load(&memory_most_bytes);
	counts->memory_denied = atomic_load(&memory_denied);
}

/* --- files --- */

static const char *papers_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());
	return reason != NULL ? reason : "nothing that can be read";
}

/* A key asks for no password here: nobody is there to answer. */
static int papers_no_password(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer, (void)size, (void)is_writing, (void)context;
	return 0;
}

/* papers_key_file opens a key that nobody else can read; what was looked at is what is read. */
static FILE *papers_key_file(const char *path, struct config_error *error)
{
	struct stat file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &file) != 0) {
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected the private key of a certificate", path,
			strerror(errno));
	} else if (!S_ISREG(file.st_mode) || (file.st_mode & 077) != 0) {
		snprintf(error->text, sizeof error->text,
			"%s: found mode %04o, expected a key that only its owner may read: `chmod "
			"600 %s`",
			path, (unsigned)file.st_mode & 07777, path);
	} else if (file.st_uid != 0 && file.st_uid != geteuid()) {
		snprintf(error->text, sizeof error->text,
			"%s: found uid %u as the owner of a key, expected root or uid %u: `chown "
			"root %s`",
			path, file.st_uid, geteuid(), path);
	} else {
		FILE *opened = fdopen(fd, "r");
		if (opened != NULL)
			return opened;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static bool papers_key(
	SSL_CTX *context, const struct stream_tls_papers *papers, struct config_error *error)
{
	FILE *file = papers_key_file(papers->key, error);
	if (file == NULL)
		return false;
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, papers_no_password, NULL);
	fclose(file);
	if (key == NULL) {
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected a private key in PEM without a password",
			papers->key, papers_reason());
		return false;
	}
	/* use_PrivateKey compares it with the certificate that is there already. */
	bool is_good = SSL_CTX_use_PrivateKey(context, key) == 1 &&
		       SSL_CTX_check_private_key(context) == 1;
	EVP_PKEY_free(key);
	if (!is_good)
		snprintf(error->text, sizeof error->text,
			"%s: found the key of another certificate, expected that of %s",
			papers->key, papers->certificate);
	return is_good;
}

static bool papers_time(const X509 *certificate, const char *path, struct config_error *error)
{
	int from = X509_cmp_current_time(X509_get0_notBefore(certificate));
	int until = X509_cmp_current_time(X509_get0_notAfter(certificate));
	if (from < 0 && until > 0)
		return true;
	char subject[256] = "?";
	X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof subject);
	snprintf(error->text, sizeof error->text,
		"%s: found the certificate of %s %s, expected one that holds now: renew it", path,
		subject, until <= 0 ? "expired" : "not valid yet");
	return false;
}

static bool papers_certificate(
	SSL_CTX *context, const struct stream_tls_papers *papers, struct config_error *error)
{
	if (SSL_CTX_use_certificate_chain_file(context, papers->certificate) != 1) {
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected a certificate in PEM", papers->certificate,
			papers_reason());
		return false;
	}
	return papers_time(SSL_CTX_get0_certificate(context), papers->certificate, error);
}

/* Every certificate of the authority's file is believed, so every one is looked at. */
static bool papers_authority(
	SSL_CTX *context, const struct stream_tls_papers *papers, struct config_error *error)
{
	BIO *file = BIO_new_file(papers->authority, "r");
	X509 *certificate = NULL;
	uint32_t count = 0;
	bool is_good = true;
	while (file != NULL && is_good &&
		(certificate = PEM_read_bio_X509(file, NULL, papers_no_password, NULL)) != NULL) {
		is_good = papers_time(certificate, papers->authority, error) &&
			  X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate) == 1 &&
			  SSL_CTX_add_client_CA(context, certificate) == 1;
		X509_free(certificate);
		count++;
	}
	BIO_free(file);
	if (is_good && count == 0)
		snprintf(error->text, sizeof error->text,
			"%s: found \"%s\", expected the certificates of an authority in PEM",
			papers->authority, papers_reason());
	return is_good && count > 0;
}

SSL_CTX *tls_papers_context(
	bool is_server, const struct stream_tls_papers *papers, struct config_error *error)
{
	ERR_clear_error();
	error->text[0] = '\0';
	SSL_CTX *context = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
	bool is_good =
		context != NULL && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
		SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
		SSL_CTX_set_num_tickets(context, 0) == 1 &&
		SSL_CTX_set_max_early_data(context, 0) == 1 &&
		SSL_CTX_set_recv_max_early_data(context, 0) == 1 &&
		papers_certificate(context, papers, error) && papers_key(context, papers, error) &&
		papers_authority(context, papers, error);
	if (!is_good) {
		if (error->text[0] == '\0')
			snprintf(error->text, sizeof error->text,
				"TLS: found \"%s\", expected OpenSSL to make a context",
				papers_reason());
		SSL_CTX_free(context);
		ERR_clear_error();
		return NULL;
	}
	SSL_CTX_set_options(
		context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_cert_list(context, 16384);
	SSL_CTX_set_read_ahead(context, 0);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return context;
}
