#include "control/socket/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COLUMN_COUNT_MAX = 32, LINE_BYTES = 4096 };

void answer_init(struct answer *answer, bool is_json)
{
	memset(answer, 0, sizeof *answer);
	answer->is_json = is_json;
	answer->rows = json_array();
}

void answer_free(struct answer *answer)
{
	json_decref(answer->facts);
	json_decref(answer->rows);
	answer->facts = answer->rows = answer->row = NULL;
}

/* No word of an answer may break its frame: answer (1). */
static void answer_flatten(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
	}
}

/* Whoever copied a text into what has room for its beginning may have cut its last letter. */
static void tail_trim(char *text)
{
	size_t size = strlen(text), at = size;
	while (at > 0 && size - at < 3 && ((unsigned char)text[at - 1] & 0xC0) == 0x80)
		at--;
	unsigned char lead = at > 0 ? (unsigned char)text[at - 1] : 0;
	size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (lead < 0xF8 && wanted > size - at + 1)
		text[at - 1] = '\0';
}

/* json_string refuses what is not UTF-8; such bytes become '?' rather than a lost word. */
json_t *text_json(const char *text)
{
	char flat[LINE_BYTES];
	snprintf(flat, sizeof flat, "%s", text);
	answer_flatten(flat);
	json_t *value = json_string(flat);
	if (value != NULL)
		return value;
	tail_trim(flat);
	value = json_string(flat);
	if (value != NULL)
		return value;
	for (char *p = flat; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	}
	return json_string(flat);
}

void answer_code(struct answer *answer, enum code code, const char *format, ...)
{
	va_list arguments;
	answer->code = (unsigned)code;
	answer->is_coded = true;
	va_start(arguments, format);
	vsnprintf(answer->text, sizeof answer->text, format, arguments);
	va_end(arguments);
	answer_flatten(answer->text);
	/* Cut at the buffer's end, a letter of several bytes may have lost some. */
	json_t *whole = text_json(answer->text);
	snprintf(answer->text, sizeof answer->text, "%s", json_string_value(whole));
	json_decref(whole);
}

void answer_fact(struct answer *answer, const char *key, const char *value)
{
	if (answer->facts == NULL)
		answer->facts = json_object();
	json_object_set_new(answer->facts, key, text_json(value));
}

void answer_json(struct answer *answer, json_t *row)
{
	answer->row = NULL;
	if (row == NULL || json_array_size(answer->rows) >= ANSWER_ROW_COUNT_MAX) {
		answer->dropped_count++;
		json_decref(row);
		return;
	}
	if (json_array_append_new(answer->rows, row) == 0)
		answer->row = row;
}

void answer_row(struct answer *answer)
{
	answer_json(answer, json_object());
}

size_t answer_row_count(const struct answer *answer)
{
	return json_array_size(answer->rows) + (size_t)answer->dropped_count;
}

static void answer_set(struct answer *answer, const char *key, json_t *value)
{
	if (answer->row == NULL)
		json_decref(value);
	else
		json_object_set_new(answer->row, key, value);
}

void answer_word(struct answer *answer, const char *key, const char *value)
{
	answer_set(answer, key, text_json(value));
}

void answer_format(struct answer *answer, const char *key, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	answer_word(answer, key, text);
}

void answer_line(struct answer *answer, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (text[0] == '\0')
		return;
	answer_row(answer);
	answer_word(answer, "line", text);
}

void answer_lines(struct answer *answer, const char *text)
{
	while (*text != '\0') {
		size_t size = strcspn(text, "\n");
		if (size > 0)
			answer_line(answer, "%.*s",
				(int)(size < LINE_BYTES ? size : LINE_BYTES - 1), text);
		text += size;
		text += *text == '\n';
	}
}

void answer_number(struct answer *answer, const char *key, int64_t value)
{
	answer_set(answer, key, json_integer(value));
}

void answer_count(struct answer *answer, const char *key, uint64_t value)
{
	if (value <= INT64_MAX)
		answer_number(answer, key, (int64_t)value);
	else
		answer_format(answer, key, "%" PRIu64, value);
}

void answer_flag(struct answer *answer, const char *key, bool value)
{
	answer_set(answer, key, json_boolean(value));
}

void e4_format(int64_t value_e4, char text[32])
{
	uint64_t size = value_e4 < 0 ? 0 - (uint64_t)value_e4 : (uint64_t)value_e4;
	snprintf(text, 32, "%s%" PRIu64 ".%04u", value_e4 < 0 ? "-" : "", size / 10000,
		(unsigned)(size % 10000));
}

void time_format(uint64_t wall_ns, char text[32])
{
	time_t seconds = (time_t)(wall_ns / 1000000000u);
	struct tm parts;
	char day[24];
	if (gmtime_r(&seconds, &parts) == NULL ||
		strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
		snprintf(text, 32, "?");
		return;
	}
	snprintf(text, 32, "%s.%06uZ", day, (unsigned)(wall_ns % 1000000000u / 1000));
}

void answer_e4(struct answer *answer, const char *key, int64_t value_e4)
{
	char text[32];
	e4_format(value_e4, text);
	answer_word(answer, key, text);
}

void answer_time(struct answer *answer, const char *key, uint64_t wall_ns)
{
	char text[32] = "-";
	if (wall_ns != 0)
		time_format(wall_ns, text);
	answer_word(answer, key, text);
}

/* A value's word in a text; text serves numbers. */
static const char *cell_text(const json_t *value, char text[32])
{
	if (json_is_string(value))
		return json_string_value(value)[0] == '\0' ? "-" : json_string_value(value);
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	if (json_is_integer(value)) {
		snprintf(text, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return text;
	}
	return "-";
}

/* Width in columns: UTF-8 continuation bytes take none. */
static unsigned cell_width(const char *text)
{
	unsigned width = 0;
	for (; *text != '\0'; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

static bool rows_alike(json_t *a, json_t *b)
{
	void *ia = json_object_iter(a), *ib = json_object_iter(b);
	while (ia != NULL && ib != NULL) {
		if (strcmp(json_object_iter_key(ia), json_object_iter_key(ib)) != 0)
			return false;
		ia = json_object_iter_next(a, ia);
		ib = json_object_iter_next(b, ib);
	}
	return ia == NULL && ib == NULL;
}

static void cell_write(
	FILE *out, const json_t *value, const char *text, unsigned width, bool is_last)
{
	unsigned gap = width > cell_width(text) ? width - cell_width(text) : 0;
	if (json_is_integer(value))
		fprintf(out, "%*s%s%s", (int)gap, "", text, is_last ? "\n" : "  ");
	else if (is_last)
		fprintf(out, "%s\n", text);
	else
		fprintf(out, "%s%*s  ", text, (int)gap, "");
}

static void table_row_write(FILE *out, json_t *row, const unsigned *widths, bool is_head)
{
	const char *key;
	json_t *value;
	unsigned column = 0;
	char text[32];
	json_object_foreach(row, key, value)
	{
		bool is_last = column + 1 == json_object_size(row);
		const char *word = is_head ? key : cell_text(value, text);
		cell_write(
			out, value, word, widths[column < COLUMN_COUNT_MAX ? column : 0], is_last);
		column++;
	}
}

/* Writes the rows from `first` that have equal keys as one table; returns the row after it. */
static size_t table_write(FILE *out, json_t *rows, size_t first)
{
	unsigned widths[COLUMN_COUNT_MAX] = {0};
	json_t *head = json_array_get(rows, first);
	size_t last = first;
	for (; last < json_array_size(rows) && rows_alike(head, json_array_get(rows, last));
		last++) {
		const char *key;
		json_t *value;
		unsigned column = 0;
		char text[32];
		json_object_foreach(json_array_get(rows, last), key, value)
		{
			unsigned width = cell_width(cell_text(value, text));
			if (width < cell_width(key))
				width = cell_width(key);
			if (column < COLUMN_COUNT_MAX && widths[column] < width)
				widths[column] = width;
			column++;
		}
	}
	table_row_write(out, head, widths, true);
	for (size_t i = first; i < last; i++)
		table_row_write(out, json_array_get(rows, i), widths, false);
	return last;
}

static void text_write(FILE *out, const struct answer *answer)
{
	fprintf(out, "%03u %s\n", answer->code, answer->text);
	for (size_t i = 0; i < json_array_size(answer->rows);) {
		json_t *row = json_array_get(answer->rows, i);
		const char *line = json_string_value(json_object_get(row, "line"));
		if (json_object_size(row) == 0) {
			i++;
		} else if (line != NULL && json_object_size(row) == 1) {
			fprintf(out, "%s\n", line);
			i++;
		} else {
			i = table_write(out, answer->rows, i);
		}
	}
	if (answer->dropped_count > 0)
		fprintf(out, "(%" PRIu64 " rows left out)\n", answer->dropped_count);
	fputc('\n', out);
}

static void json_write(FILE *out, const struct answer *answer)
{
	json_t *whole = json_object();
	json_object_set_new(whole, "code", json_integer((json_int_t)answer->code));
	json_object_set_new(whole, "text", text_json(answer->text));
	if (answer->facts != NULL)
		json_object_update(whole, answer->facts);
	json_object_set(whole, "rows", answer->rows);
	if (answer->dropped_count > 0)
		json_object_set_new(
			whole, "dropped", json_integer((json_int_t)answer->dropped_count));
	json_dumpf(whole, out, JSON_COMPACT);
	json_decref(whole);
	fputc('\n', out);
}

char *answer_render(const struct answer *answer, size_t *size)
{
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, size);
	if (out == NULL)
		return NULL;
	if (answer->is_json)
		json_write(out, answer);
	else
		text_write(out, answer);
	if (fclose(out) != 0) {
		free(bytes);
		return NULL;
	}
	return bytes;
}
