#include "tools/exchange/words.h"

#include <stdlib.h>

#define HOUR_NS 3600000000000ull

static bool is_number(const char *text, uint64_t max, uint64_t *value)
{
	return words_decimal(text, 0, value) && *value <= max;
}

/* lines_of reads a word that names lines; 0: it names none. */
static uint32_t lines_of(const char *word)
{
	static const struct {
		const char *word;
		uint32_t lines;
	} rows[] = {{"a", 1}, {"b", 2}, {"ab", 3}, {"both", 3}};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
		if (strcmp(word, rows[i].word) == 0)
			return rows[i].lines;
	return 0;
}

bool words_split(struct words *words, const char *line)
{
	char *rest = NULL;
	memset(words, 0, sizeof *words);
	if (strlen(line) >= sizeof words->line)
		return false;
	memcpy(words->line, line, strlen(line));
	for (char *word = strtok_r(words->line, " \t\r", &rest); word != NULL;
		word = strtok_r(NULL, " \t\r", &rest)) {
		if (words->count == WORDS_MAX)
			return false;
		words->word[words->count++] = word;
	}
	return true;
}

bool words_line(struct words *words, const char *line)
{
	char *rest = NULL;
	memset(words, 0, sizeof *words);
	if (strlen(line) >= sizeof words->line)
		return false;
	memcpy(words->line, line, strlen(line));
	for (char *word = strtok_r(words->line, " \t\r", &rest); word != NULL;
		word = strtok_r(NULL, " \t\r", &rest)) {
		uint32_t lines = words->count > 0 ? lines_of(word) : 0;
		if (strcmp(word, "on") == 0)
			continue;
		if (strcmp(word, "seed") == 0) {
			const char *number = strtok_r(NULL, " \t\r", &rest);
			words->has_seed =
				number != NULL && is_number(number, UINT64_MAX, &words->seed);
			if (!words->has_seed)
				return false;
		} else if (lines != 0) {
			words->lines |= lines;
		} else if (words->count == WORDS_MAX) {
			return false;
		} else {
			words->word[words->count++] = word;
		}
	}
	return true;
}

bool words_left(const struct words *words)
{
	return words->at < words->count;
}

const char *words_next(struct words *words)
{
	return words_left(words) ? words->word[words->at++] : NULL;
}

bool words_take(struct words *words, const char *word)
{
	if (!words_left(words) || strcmp(words->word[words->at], word) != 0)
		return false;
	words->at++;
	return true;
}

bool words_price(struct words *words, uint64_t *price_e4)
{
	if (!words_left(words) || !words_decimal(words->word[words->at], 4, price_e4))
		return false;
	words->at++;
	return true;
}

bool words_number(struct words *words, uint64_t max, uint64_t *value)
{
	if (!words_left(words) || !is_number(words->word[words->at], max, value))
		return false;
	words->at++;
	return true;
}

bool words_decimal(const char *text, uint32_t decimals, uint64_t *value)
{
	bool has_point = false, has_digit = false;
	uint32_t given = 0;
	*value = 0;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '.' && !has_point && decimals > 0) {
			has_point = true;
			continue;
		}
		if (*c < '0' || *c > '9' || (has_point && given == decimals))
			return false;
		has_digit = true;
		given += has_point;
		if (__builtin_mul_overflow(*value, 10u, value) ||
			__builtin_add_overflow(*value, (uint64_t)(*c - '0'), value))
			return false;
	}
	for (; given < decimals; given++)
		if (__builtin_mul_overflow(*value, 10u, value))
			return false;
	return has_digit;
}

/* A unit and what one of it is worth. */
struct unit {
	const char *name;
	uint64_t worth;
};

/* words_measure takes a number with up to three decimals and its unit, beside it or behind it, and gives
   thousandths of `worth`; no unit: the first of them. */
static bool words_measure(
	struct words *words, const struct unit *units, size_t unit_count, uint64_t *thousandths)
{
	char text[32];
	uint64_t value;
	uint32_t at = words->at;
	if (at == words->count)
		return false;
	const char *word = words->word[at++];
	size_t digits = strspn(word, "0123456789.");
	if (digits >= sizeof text)
		return false;
	memcpy(text, word, digits);
	text[digits] = '\0';
	const char *unit = word + digits;
	if (*unit == '\0' && at < words->count)
		unit = words->word[at++];
	if (*unit == '\0')
		unit = units[0].name;
	if (!words_decimal(text, 3, &value))
		return false;
	for (size_t i = 0; i < unit_count; i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		words->at = at;
		return !__builtin_mul_overflow(value, units[i].worth, thousandths);
	}
	return false;
}

bool words_ppm(struct words *words, uint32_t *ppm)
{
	static const struct unit units[] = {{"ppm", 1}, {"%", 10000}};
	uint64_t thousandths;
	if (!words_measure(words, units, ARRAY_COUNT(units), &thousandths) ||
		thousandths > 1000000000ull)
		return false;
	*ppm = (uint32_t)(thousandths / 1000);
	return true;
}

bool words_time(struct words *words, uint64_t *time_ns)
{
	static const struct unit units[] = {
		{"ms", 1000000}, {"s", 1000000000}, {"us", 1000}, {"ns", 1}};
	uint64_t thousandths;
	if (!words_measure(words, units, ARRAY_COUNT(units), &thousandths) ||
		thousandths > HOUR_NS * 1000)
		return false;
	*time_ns = thousandths / 1000;
	return true;
}
