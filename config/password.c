/* password.c - a secret, written in the site's file or kept in a file of its own that only root reads. */
#include "config/site_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWORD_BYTES_MAX = 10 };

/* Never shown: an error ends up in logs. */
static bool password_take(const struct document *d, const struct site_config *site,
	const char *mark, const char *secret, size_t size, char password[11])
{
	bool good = size >= 1 && size <= PASSWORD_BYTES_MAX;
	for (size_t i = 0; i < size; i++)
		good = good && field_is_name_character(secret[i]);
	if (!good)
		return document_refuse(d, mark,
			"found a password of %zu characters, expected 1 to 10 letters, digits, "
			"dots, dashes "
			"or underscores",
			size);
	if (site->kind == SITE_PRODUCTION && strncasecmp(secret, "test", 4) == 0)
		return document_refuse(d, mark,
			"found a test password in the production site \"%s\", expected a secret of "
			"its own",
			site->name);
	memset(password, 0, PASSWORD_BYTES_MAX + 1);
	memcpy(password, secret, size);
	return true;
}

/* Who else may read the file knows the secret; so does whoever owns it. */
static bool password_is_kept(
	const struct document *d, const char *text, const char *path, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return document_refuse(d, text, "found %s, which is no file, expected one", path);
	if (status->st_uid != 0 && status->st_uid != geteuid())
		return document_refuse(d, text,
			"found %s of uid %u, expected root's: chown root %s", path,
			(unsigned)status->st_uid, path);
	if ((status->st_mode & 077) != 0)
		return document_refuse(d, text,
			"found %s of mode %04o, which others may read or write, expected 0600: "
			"chmod 600 %s",
			path, (unsigned)(status->st_mode & 07777), path);
	return true;
}

static bool password_read_file(const struct document *d, const struct site_config *site,
	const char *text, char password[11])
{
	char path[2 * PATH_BYTES], secret[PASSWORD_BYTES_MAX + 3] = "";
	struct stat status;
	snprintf(path, sizeof path, "%s%s%.*s", text[0] == '/' ? "" : site->directory,
		text[0] == '/' ? "" : "/", PATH_BYTES - 1, text);
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &status) != 0) {
		int error = errno;
		if (fd >= 0)
			close(fd);
		return document_refuse(d, text, "found no readable file %s: %s, expected one", path,
			strerror(error));
	}
	bool good = password_is_kept(d, text, path, &status);
	ssize_t size = good ? read(fd, secret, sizeof secret) : 0;
	close(fd);
	if (good && size > 0 && secret[size - 1] == '\n')
		size--;
	if (good)
		good = password_take(d, site, text, secret, size > 0 ? (size_t)size : 0, password);
	explicit_bzero(secret, sizeof secret);
	return good;
}

bool password_read(const struct document *d, const struct site_config *site, const char *mark,
	const char *text, const char *file, char password[11])
{
	if ((text == NULL) == (file == NULL))
		return document_refuse(d, mark,
			"found %s password_file of \"%.64s\", expected one of them",
			text == NULL ? "neither password nor" : "both password and", mark);
	return file != NULL ? password_read_file(d, site, file, password)
			    : password_take(d, site, text, text, strlen(text), password);
}
