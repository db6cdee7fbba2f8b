#include "config/scalar.h"
#include "config/site_file.h"

#include <stdio.h>

static bool read_path(
	const struct document *d, const struct site_config *site, const char *text, char *path)
{
	return field_path(d, site->directory, text, "a file", path, PATH_BYTES);
}

bool tls_read(const struct document *d, const struct raw_tls *raw, const struct site_config *site,
	struct tls_config *tls)
{
	if (raw == NULL)
		return true;
	tls->is_used = 1;
	return read_path(d, site, raw->certificate, tls->certificate) &&
	       read_path(d, site, raw->key, tls->key) &&
	       read_path(d, site, raw->authority, tls->authority) &&
	       (raw->name == NULL || field_name(d, raw->name, tls->name, sizeof tls->name));
}

bool tls_listen_read(const struct document *d, const struct raw_tls *raw, struct site_config *site)
{
	uint32_t address_ip;
	if (raw == NULL)
		return true;
	const char *expected = scalar_endpoint(raw->listen, &address_ip, &site->tls_port);
	if (expected != NULL)
		return document_refuse(
			d, raw->listen, "found \"%.64s\", expected %s", raw->listen, expected);
	if (site->tls_port == site->listen_port)
		return document_refuse(d, raw->listen,
			"found %s, expected another port than that of sessions without TLS",
			raw->listen);
	snprintf(site->tls_address, sizeof site->tls_address, "tls:%.*s",
		(int)strcspn(raw->listen, ":"), raw->listen);
	return tls_read(d, raw, site, &site->tls);
}

/* The address then says by whose papers the venue is believed. */
bool tls_venue_read(const struct document *d, const struct raw_tls *raw,
	const struct site_config *site, const char *word, char address[64], struct tls_config *tls)
{
	char plain[64];
	if (raw == NULL)
		return true;
	memcpy(plain, address, sizeof plain);
	int size = snprintf(tls->word, sizeof tls->word, "%s", word);
	CHECK(size > 0 && size < (int)sizeof tls->word);
	size = snprintf(address, sizeof plain, "tls:%s@%.15s", word, plain);
	CHECK(size > 0 && size < (int)sizeof plain);
	return tls_read(d, raw, site, tls);
}

bool tls_session_read(const struct document *d, const char *certificate,
	const struct site_config *site, struct session_config *session)
{
	if (certificate == NULL)
		return true;
	if (!site->tls.is_used)
		return document_refuse(d, certificate,
			"found a certificate, expected none at a gate without tls: nobody could "
			"show it");
	return field_name(d, certificate, session->certificate, sizeof session->certificate);
}
