#include "tests/support/papers.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

static FILE *paper_file(const char *directory, const char *name, const char *kind, const char *mode)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s.%s", directory, name, kind);
	FILE *file = fopen(path, mode);
	CHECK(file != NULL);
	if (kind[0] == 'k' && mode[0] == 'w')
		CHECK(chmod(path, 0600) == 0);
	return file;
}

static void paper_extend(X509 *certificate, int kind, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
	CHECK(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

void papers_make(const char *directory, const struct paper *paper)
{
	static long serial = 1;
	EVP_PKEY *key = EVP_EC_gen("P-256"), *signer = key;
	X509 *certificate = X509_new(), *issuer = certificate;
	size_t size = strlen(paper->name);
	CHECK(key != NULL && certificate != NULL);
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
	X509_gmtime_adj(X509_getm_notBefore(certificate), paper->from_s);
	X509_gmtime_adj(X509_getm_notAfter(certificate), paper->until_s);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
		(const uint8_t *)paper->name, -1, -1, 0);
	if (paper->issuer != NULL) {
		FILE *file = paper_file(directory, paper->issuer, "pem", "r");
		issuer = PEM_read_X509(file, NULL, NULL, NULL);
		fclose(file);
		file = paper_file(directory, paper->issuer, "key", "r");
		signer = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
		CHECK(issuer != NULL && signer != NULL);
	}
	X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
	if (size >= 2 && strcmp(paper->name + size - 2, "ca") == 0) {
		paper_extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
		paper_extend(certificate, NID_key_usage, "critical,keyCertSign");
	}
	CHECK(X509_sign(certificate, signer, EVP_sha256()) > 0);
	FILE *file = paper_file(directory, paper->name, "pem", "w");
	CHECK(PEM_write_X509(file, certificate) == 1);
	fclose(file);
	file = paper_file(directory, paper->name, "key", "w");
	CHECK(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(file);
	if (paper->issuer != NULL) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
}
