#include "config/scalar.h"

#include "config/currency.h"

#include <arpa/inet.h>

/* A reader stands on a character.  too_big remembers that digits were right but did not fit, so that
   the sentence can say so instead of blaming the spelling. */
struct cursor {
	const char *at;
	bool too_big;
};

static const char TOO_BIG[] = "a number that fits in 63 bits";
static const uint64_t DAY_NS = 86400ull * 1000 * 1000 * 1000;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *refusal(const struct cursor *c, const char *expected)
{
	return c->too_big ? TOO_BIG : expected;
}

static bool grow(struct cursor *c, uint64_t *number, uint64_t factor, uint64_t more)
{
	if (__builtin_mul_overflow(*number, factor, number) ||
		__builtin_add_overflow(*number, more, number) || *number > INT64_MAX) {
		c->too_big = true;
		return false;
	}
	return true;
}

static bool take_number(struct cursor *c, uint64_t *number)
{
	if (!is_digit(c->at[0]) || (c->at[0] == '0' && is_digit(c->at[1])))
		return false;
	for (*number = 0; is_digit(*c->at); c->at++) {
		if (!grow(c, number, 10, (uint64_t)(*c->at - '0')))
			return false;
	}
	return true;
}

/* take_places reads a number with up to so many decimals, as so small parts. */
static bool take_places(struct cursor *c, unsigned places, uint64_t *number)
{
	unsigned digits = 0;
	if (!take_number(c, number))
		return false;
	if (*c->at == '.') {
		for (c->at++; is_digit(*c->at) && digits < places; c->at++, digits++) {
			if (!grow(c, number, 10, (uint64_t)(*c->at - '0')))
				return false;
		}
		if (digits == 0 || is_digit(*c->at))
			return false;
	}
	for (; digits < places; digits++) {
		if (!grow(c, number, 10, 0))
			return false;
	}
	return true;
}

/* take_decimal reads a number with up to four decimals as ten-thousandths. */
static bool take_decimal(struct cursor *c, uint64_t *number_e4)
{
	return take_places(c, 4, number_e4);
}

static bool take_word(struct cursor *c, const char *word)
{
	size_t size = strlen(word);
	if (strncmp(c->at, word, size) != 0)
		return false;
	c->at += size;
	return true;
}

struct unit_row {
	const char *word;
	uint64_t factor;
};

static const struct unit_row durations[] = {
	{" ns", 1},
	{" us", 1000},
	{" ms", 1000 * 1000},
	{" min", 60ull * 1000 * 1000 * 1000},
	{" s", 1000ull * 1000 * 1000},
	{" h", 3600ull * 1000 * 1000 * 1000},
	{" days", 86400ull * 1000 * 1000 * 1000},
};

static const struct unit_row sizes[] = {
	{" B", 1}, {" KiB", 1ull << 10}, {" MiB", 1ull << 20}, {" GiB", 1ull << 30}};

/* take_scaled reads a number and one of the units; longer words stand before their beginnings. */
static bool take_scaled(
	struct cursor *c, const struct unit_row *rows, size_t count, uint64_t *number)
{
	if (!take_number(c, number))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (take_word(c, rows[i].word))
			return grow(c, number, rows[i].factor, 0);
	}
	return false;
}

static bool take_duration(struct cursor *c, uint64_t *duration_ns)
{
	return take_scaled(c, durations, ARRAY_COUNT(durations), duration_ns);
}

static bool take_end(const struct cursor *c)
{
	return *c->at == '\0';
}

const char *scalar_count(const char *text, uint64_t *count)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_number(&c, &number) || !take_end(&c))
		return refusal(&c, "a whole number such as \"100\"");
	*count = number;
	return NULL;
}

static const char *unit_sentence(const char *unit)
{
	static const char *const rows[][2] = {
		{"shares", "a whole number of shares such as \"500 shares\""},
		{"bps", "basis points such as \"50 bps\""},
		{"ticks", "ticks such as \"20 ticks\""},
		{"records", "a whole number of records such as \"4096 records\""},
		{"ppm", "parts per million such as \"100 ppm\""},
		{"orders", "a whole number of orders such as \"65536 orders\""},
		{"messages", "a whole number of messages such as \"60 messages\""},
		{"packets", "a whole number of packets such as \"4096 packets\""},
		{"per s", "how many in a second such as \"500 per s\""},
	};
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (strcmp(rows[i][0], unit) == 0)
			return rows[i][1];
	}
	return "a whole number and its unit";
}

const char *scalar_unit_count(const char *text, const char *unit, uint64_t *count)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_number(&c, &number) || !take_word(&c, " ") || !take_word(&c, unit) ||
		!take_end(&c))
		return refusal(&c, unit_sentence(unit));
	*count = number;
	return NULL;
}

const char *scalar_price(const char *text, int64_t *price_e4)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_decimal(&c, &number) || !take_end(&c))
		return refusal(&c, "a price with at most four decimals such as \"189.95\"");
	*price_e4 = (int64_t)number;
	return NULL;
}

const char *scalar_rate(const char *text, int64_t *rate_e6)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_places(&c, 6, &number) || !take_end(&c))
		return refusal(&c, "a rate with at most six decimals such as \"0.00295\"");
	*rate_e6 = (int64_t)number;
	return NULL;
}

const char *scalar_exchange(const char *text, int64_t *rate_e8)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_places(&c, 8, &number) || !take_end(&c))
		return refusal(&c, "a rate with at most eight decimals such as \"1.0850\"");
	if (number == 0 || number > RATE_E8_MAX)
		return "a rate above 0 and at most 100000 such as \"1.0850\"";
	*rate_e8 = (int64_t)number;
	return NULL;
}

const char *scalar_money(const char *text, const char *currency, int64_t *money_e4)
{
	struct cursor c = {.at = text};
	uint64_t number;
	bool is_usd = strcmp(currency, CURRENCY_BASE_NAME) == 0;
	if (!take_decimal(&c, &number) || !take_word(&c, " ") || !take_word(&c, currency) ||
		!take_end(&c))
		return refusal(
			&c, is_usd ? "money with at most four decimals such as \"25000.00 USD\""
				   : "money with at most four decimals in a currency of the "
				     "site such as \"25000.00 EUR\"");
	*money_e4 = (int64_t)number;
	return NULL;
}

const char *scalar_duration(const char *text, uint64_t *duration_ns)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_duration(&c, &number) || !take_end(&c))
		return refusal(
			&c, "a duration in ns, us, ms, s, min, h or days such as \"500 ms\"");
	*duration_ns = number;
	return NULL;
}

const char *scalar_size(const char *text, uint64_t *size_bytes)
{
	struct cursor c = {.at = text};
	uint64_t number;
	if (!take_scaled(&c, sizes, ARRAY_COUNT(sizes), &number) || !take_end(&c))
		return refusal(&c, "a size in B, KiB, MiB or GiB such as \"64 MiB\"");
	*size_bytes = number;
	return NULL;
}

const char *scalar_boolean(const char *text, bool *truth)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return "true or false";
	*truth = text[0] == 't';
	return NULL;
}

/* take_fixed reads exactly so many digits, leading zeros included, from low to high. */
static bool take_fixed(
	struct cursor *c, unsigned digits, unsigned low, unsigned high, unsigned *number)
{
	*number = 0;
	for (unsigned i = 0; i < digits; i++, c->at++) {
		if (!is_digit(*c->at))
			return false;
		*number = *number * 10 + (unsigned)(*c->at - '0');
	}
	return *number >= low && *number <= high;
}

static bool is_leap(unsigned year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

static bool take_date(struct cursor *c, uint64_t *days)
{
	unsigned year, month, day;
	if (!take_fixed(c, 4, 1970, 2199, &year) || !take_word(c, "-") ||
		!take_fixed(c, 2, 1, 12, &month) || !take_word(c, "-") ||
		!take_fixed(c, 2, 1, days_in(year, month), &day))
		return false;
	*days = day - 1;
	for (unsigned y = 1970; y < year; y++)
		*days += is_leap(y) ? 366 : 365;
	for (unsigned m = 1; m < month; m++)
		*days += days_in(year, m);
	return true;
}

const char *scalar_time(const char *text, uint64_t *wall_ns)
{
	struct cursor c = {.at = text};
	uint64_t days;
	unsigned hour, minute, second;
	if (!take_date(&c, &days) || !take_word(&c, "T") || !take_fixed(&c, 2, 0, 23, &hour) ||
		!take_word(&c, ":") || !take_fixed(&c, 2, 0, 59, &minute) || !take_word(&c, ":") ||
		!take_fixed(&c, 2, 0, 59, &second) || !take_word(&c, "Z") || !take_end(&c))
		return "a time in UTC from 1970 to 2199 such as \"2019-01-29T21:00:00Z\"";
	*wall_ns = (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000000000ull;
	return NULL;
}

static bool take_address(struct cursor *c, uint32_t *address_ip)
{
	*address_ip = 0;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t byte;
		if ((i > 0 && !take_word(c, ".")) || !take_number(c, &byte) || byte > 255)
			return false;
		*address_ip = *address_ip << 8 | (uint32_t)byte;
	}
	return true;
}

const char *scalar_address(const char *text, uint32_t *address_ip)
{
	struct cursor c = {.at = text};
	uint32_t address;
	if (!take_address(&c, &address) || !take_end(&c))
		return "a numeric IPv4 address such as \"10.0.0.1\"";
	*address_ip = address;
	return NULL;
}

const char *scalar_endpoint(const char *text, uint32_t *address_ip, uint16_t *port)
{
	struct cursor c = {.at = text};
	uint32_t address;
	uint64_t number;
	if (!take_address(&c, &address) || !take_word(&c, ":") || !take_number(&c, &number) ||
		!take_end(&c) || number < 1 || number > UINT16_MAX)
		return "a numeric IPv4 address and a port from 1 to 65535 such as "
		       "\"239.1.1.1:26477\"";
	*address_ip = address;
	*port = (uint16_t)number;
	return NULL;
}

const char *scalar_address6(const char *text, uint8_t address_ip6[16])
{
	uint8_t address[16];
	if (inet_pton(AF_INET6, text, address) != 1)
		return "a numeric IPv6 address such as \"fd00::1\"";
	memcpy(address_ip6, address, sizeof address);
	return NULL;
}

const char *scalar_endpoint6(const char *text, uint8_t address_ip6[16], uint16_t *port)
{
	static const char expected[] = "a numeric IPv6 address in brackets and a port from 1 to "
				       "65535 such as \"[ff3e::1]:26477\"";
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "]");
	uint64_t number;
	if (text[0] != '[' || text[length] != ']' || length - 1 >= sizeof address)
		return expected;
	memcpy(address, text + 1, length - 1);
	address[length - 1] = '\0';
	struct cursor c = {.at = text + length + 1};
	if (!take_word(&c, ":") || !take_number(&c, &number) || !take_end(&c) || number < 1 ||
		number > UINT16_MAX || scalar_address6(address, address_ip6) != NULL)
		return expected;
	*port = (uint16_t)number;
	return NULL;
}

static bool take_window(struct cursor *c, uint64_t *window_ns)
{
	return take_word(c, " per ") && take_duration(c, window_ns) && *window_ns > 0 &&
	       *window_ns <= DAY_NS;
}

static const char *limit_rate(const char *text, struct limit_value *value)
{
	struct cursor c = {.at = text};
	uint64_t orders, window_ns, burst;
	if (!take_number(&c, &orders) || !take_window(&c, &window_ns) ||
		!take_word(&c, " burst ") || !take_number(&c, &burst) || !take_end(&c))
		return refusal(&c, "a rate within at most a day such as \"100 per 1 s burst 20\"");
	if (orders < 1 || orders > UINT32_MAX || burst < 1 || burst > UINT32_MAX)
		return "a rate and a burst from 1 to 4294967295 such as \"100 per 1 s burst 20\"";
	*value = (struct limit_value){(int64_t)orders, window_ns, (uint32_t)burst, 0};
	return NULL;
}

static const char *limit_ratio(const char *text, struct limit_value *value)
{
	struct cursor c = {.at = text};
	uint64_t messages, after;
	if (!take_number(&c, &messages) || !take_word(&c, " per trade after ") ||
		!take_number(&c, &after) || !take_end(&c))
		return refusal(&c, "a ratio such as \"50 per trade after 500\"");
	if (messages < 1 || messages > ORDER_TO_TRADE_MAX || after < 1 || after > UINT32_MAX)
		return "at most 1000000 messages per trade and from 1 to 4294967295 before such as "
		       "\"50 per trade after 500\"";
	*value = (struct limit_value){(int64_t)messages, 0, (uint32_t)after, 0};
	return NULL;
}

static const char *limit_windowed(
	const char *text, const char *unit, const char *expected, struct limit_value *value)
{
	struct cursor c = {.at = text};
	uint64_t number, window_ns;
	if (!take_number(&c, &number) || !take_word(&c, unit) || !take_window(&c, &window_ns) ||
		!take_end(&c))
		return refusal(&c, expected);
	*value = (struct limit_value){(int64_t)number, window_ns, 0, 0};
	return NULL;
}

static const char *limit_plain(const char *expected, uint64_t number, struct limit_value *value)
{
	if (expected == NULL)
		*value = (struct limit_value){(int64_t)number, 0, 0, 0};
	return expected;
}

const char *scalar_limit(
	const char *text, enum limit_unit unit, const char *currency, struct limit_value *value)
{
	uint64_t number = 0;
	int64_t money_e4 = 0;
	const char *expected;
	switch (unit) {
	case SHARES:
		expected = scalar_unit_count(text, "shares", &number);
		return limit_plain(expected, number, value);
	case MONEY:
		expected = scalar_money(text, currency, &money_e4);
		return limit_plain(expected, (uint64_t)money_e4, value);
	case BPS:
		expected = scalar_unit_count(text, "bps", &number);
		return limit_plain(expected, number, value);
	case TICKS:
		expected = scalar_unit_count(text, "ticks", &number);
		return limit_plain(expected, number, value);
	case AGE:
		expected = scalar_duration(text, &number);
		return limit_plain(expected, number, value);
	case RATE:
		return limit_rate(text, value);
	case RATIO:
		return limit_ratio(text, value);
	case COUNT:
		return limit_windowed(
			text, "", "a count within at most a day such as \"2 per 500 ms\"", value);
	case WALK:
		return limit_windowed(text, " bps",
			"a walk within at most a day such as \"100 bps per 10 s\"", value);
	case FLAG:
		number = strcmp(text, "yes") == 0;
		expected = number != 0 || strcmp(text, "no") == 0 ? NULL : "yes or no";
		return limit_plain(expected, number, value);
	}
	return "a limit of a known unit";
}
