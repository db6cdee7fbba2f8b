#include "dataplane/wire/fix_scalar.h"

enum {
	DIGITS_MAX = 18,
	DECIMALS_PRICE = 4,
	DECIMALS_RATE = 8,
	YEAR_FIRST = 1970,
	YEAR_LAST = 2261
};

static const uint64_t powers_of_ten[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000};

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* digits_read takes the digits at the head of a text; returns how many stood there, UINT32_MAX: more of them
   count than can be held. */
static uint32_t digits_read(const uint8_t *at, uint32_t size, uint64_t *value)
{
	uint32_t taken = 0, first;
	uint64_t sum = 0;
	while (taken < size && at[taken] == '0')
		taken++;
	for (first = taken; taken < size && is_digit(at[taken]); taken++) {
		if (taken - first == DIGITS_MAX)
			return UINT32_MAX;
		sum = sum * 10 + (uint64_t)(at[taken] - '0');
	}
	*value = sum;
	return taken;
}

enum fix_reason fix_read_number(const uint8_t *at, uint32_t size, uint64_t *value)
{
	bool is_negative = size > 0 && at[0] == '-';
	if (is_negative) {
		at++;
		size--;
	}
	uint64_t read;
	uint32_t taken = digits_read(at, size, &read);
	if (taken == UINT32_MAX)
		return FIX_OUT_OF_RANGE;
	if (taken == 0 || taken != size)
		return FIX_BAD_FORMAT;
	if (is_negative && read != 0)
		return FIX_OUT_OF_RANGE;
	*value = read;
	return FIX_NO_REASON;
}

/* A decimal taken apart.  fraction holds the first `decimals` digits behind the point, filled with zeros. */
struct decimal {
	bool is_negative;
	bool is_cut; /* digits other than zero stood behind those */
	uint64_t whole, fraction;
};

static uint64_t fraction_read(
	const uint8_t *at, uint32_t size, uint32_t decimals, struct decimal *decimal)
{
	uint64_t fraction = 0;
	for (uint32_t i = 0; i < decimals; i++)
		fraction = fraction * 10 + (i < size ? (uint64_t)(at[i] - '0') : 0);
	for (uint32_t i = decimals; i < size; i++)
		decimal->is_cut |= at[i] != '0';
	return fraction;
}

static enum fix_reason decimal_read(
	const uint8_t *at, uint32_t size, uint32_t decimals, struct decimal *decimal)
{
	*decimal = (struct decimal){.is_negative = size > 0 && at[0] == '-'};
	at += decimal->is_negative;
	size -= decimal->is_negative;
	uint32_t whole = digits_read(at, size, &decimal->whole), behind = 0;
	if (whole == UINT32_MAX)
		return FIX_OUT_OF_RANGE;
	at += whole;
	size -= whole;
	if (size > 0 && at[0] == '.') {
		at++;
		size--;
		while (behind < size && is_digit(at[behind]))
			behind++;
		decimal->fraction = fraction_read(at, behind, decimals, decimal);
	}
	return behind != size || whole + behind == 0 ? FIX_BAD_FORMAT : FIX_NO_REASON;
}

/* decimal_join gives whole and fraction as one integer; false: it does not fit. */
static bool decimal_join(const struct decimal *decimal, uint32_t decimals, int64_t *value)
{
	int64_t joined;
	if (__builtin_mul_overflow(
		    (int64_t)decimal->whole, (int64_t)powers_of_ten[decimals], &joined) ||
		__builtin_add_overflow(joined, (int64_t)decimal->fraction, &joined))
		return false;
	*value = decimal->is_negative ? -joined : joined;
	return true;
}

enum fix_reason fix_read_qty(const uint8_t *at, uint32_t size, uint64_t *value)
{
	struct decimal decimal;
	enum fix_reason reason = decimal_read(at, size, 0, &decimal);
	if (reason != FIX_NO_REASON)
		return reason;
	bool is_negative = decimal.is_negative && decimal.whole != 0;
	if (decimal.is_cut || is_negative || decimal.whole > UINT32_MAX)
		return FIX_OUT_OF_RANGE;
	*value = decimal.whole;
	return FIX_NO_REASON;
}

enum fix_reason fix_read_price(const uint8_t *at, uint32_t size, int64_t *price_e4)
{
	struct decimal decimal;
	enum fix_reason reason = decimal_read(at, size, DECIMALS_PRICE, &decimal);
	if (reason != FIX_NO_REASON)
		return reason;
	return !decimal.is_cut && decimal_join(&decimal, DECIMALS_PRICE, price_e4)
		       ? FIX_NO_REASON
		       : FIX_OUT_OF_RANGE;
}

enum fix_reason fix_read_rate(const uint8_t *at, uint32_t size, int64_t *rate_e8)
{
	struct decimal decimal;
	enum fix_reason reason = decimal_read(at, size, DECIMALS_RATE, &decimal);
	if (reason != FIX_NO_REASON)
		return reason;
	return decimal_join(&decimal, DECIMALS_RATE, rate_e8) ? FIX_NO_REASON : FIX_OUT_OF_RANGE;
}

/* Days since 1970 of a date in the Gregorian calendar, counted in years that begin in March. */
static uint32_t days_of(uint32_t year, uint32_t month, uint32_t day)
{
	uint32_t march_year = year - (month < 3);
	uint32_t march_month = month < 3 ? month + 9 : month - 3;
	uint32_t before = march_year * 365 + march_year / 4 - march_year / 100 + march_year / 400;
	return before + (153 * march_month + 2) / 5 + day - 1 - 719468;
}

static uint32_t days_in_month(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month] + (uint32_t)(month == 2 && is_leap);
}

/* fixed_read takes exactly `count` digits. */
static bool fixed_read(const uint8_t *at, uint32_t count, uint32_t *value)
{
	uint32_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!is_digit(at[i]))
			return false;
		sum = sum * 10 + (uint32_t)(at[i] - '0');
	}
	*value = sum;
	return true;
}

enum fix_reason fix_read_time(const uint8_t *at, uint32_t size, uint64_t *wall_ns)
{
	uint32_t year, month, day, hour, minute, second, fraction = 0;
	bool has_size = size == 17 || size == 21 || size == 24 || size == 27;
	if (!has_size || at[8] != '-' || at[11] != ':' || at[14] != ':' ||
		(size > 17 && at[17] != '.'))
		return FIX_BAD_FORMAT;
	if (!fixed_read(at, 4, &year) || !fixed_read(at + 4, 2, &month) ||
		!fixed_read(at + 6, 2, &day) || !fixed_read(at + 9, 2, &hour) ||
		!fixed_read(at + 12, 2, &minute) || !fixed_read(at + 15, 2, &second) ||
		(size > 17 && !fixed_read(at + 18, size - 18, &fraction)))
		return FIX_BAD_FORMAT;
	bool is_leap_second = second == 60 && hour == 23 && minute == 59;
	bool is_date = year >= YEAR_FIRST && year <= YEAR_LAST && month >= 1 && month <= 12 &&
		       day >= 1 && day <= days_in_month(year, month);
	if (!is_date || hour > 23 || minute > 59 || (second > 59 && !is_leap_second))
		return FIX_OUT_OF_RANGE;
	if (size > 17)
		fraction *= (uint32_t)powers_of_ten[27 - size];
	uint64_t seconds =
		(uint64_t)days_of(year, month, day) * 86400 + hour * 3600u + minute * 60u + second;
	*wall_ns = seconds * 1000000000u + fraction;
	return FIX_NO_REASON;
}

uint32_t fix_write_number(uint8_t *out, uint64_t value)
{
	uint8_t text[FIX_NUMBER_BYTES_MAX];
	uint32_t at = sizeof text;
	do {
		text[--at] = (uint8_t)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	memcpy(out, text + at, sizeof text - at);
	return (uint32_t)sizeof text - at;
}

static uint8_t *fixed_write(uint8_t *out, uint32_t count, uint32_t value)
{
	for (uint32_t i = count; i > 0; i--) {
		out[i - 1] = (uint8_t)('0' + value % 10);
		value /= 10;
	}
	return out + count;
}

/* decimal_write leaves out the zeros at the end, and the point with them. */
static uint32_t decimal_write(uint8_t *out, int64_t value, uint32_t decimals)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t fraction = size % powers_of_ten[decimals];
	uint32_t at = 0;
	if (value < 0)
		out[at++] = '-';
	at += fix_write_number(out + at, size / powers_of_ten[decimals]);
	if (fraction == 0)
		return at;
	out[at++] = '.';
	fixed_write(out + at, decimals, (uint32_t)fraction);
	while (out[at + decimals - 1] == '0')
		decimals--;
	return at + decimals;
}

uint32_t fix_write_price(uint8_t *out, int64_t price_e4)
{
	return decimal_write(out, price_e4, DECIMALS_PRICE);
}

uint32_t fix_write_rate(uint8_t *out, int64_t rate_e8)
{
	return decimal_write(out, rate_e8, DECIMALS_RATE);
}

uint32_t fix_write_time(uint8_t *out, uint64_t wall_ns, enum fix_precision precision)
{
	uint8_t *at = out;
	uint32_t fraction = (uint32_t)(wall_ns % 1000000000u);
	uint64_t seconds = wall_ns / 1000000000u;
	uint32_t of_day = (uint32_t)(seconds % 86400);
	/* The other way round than days_of: 400-year eras, years from March. */
	uint32_t days = (uint32_t)(seconds / 86400) + 719468;
	uint32_t of_era = days % 146097;
	uint32_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t march_month = (5 * of_year + 2) / 153;
	uint32_t month = march_month < 10 ? march_month + 3 : march_month - 9;
	at = fixed_write(at, 4, days / 146097 * 400 + year_of_era + (month < 3));
	at = fixed_write(at, 2, month);
	at = fixed_write(at, 2, of_year - (153 * march_month + 2) / 5 + 1);
	*at++ = '-';
	at = fixed_write(at, 2, of_day / 3600);
	*at++ = ':';
	at = fixed_write(at, 2, of_day / 60 % 60);
	*at++ = ':';
	at = fixed_write(at, 2, of_day % 60);
	if (precision == FIX_SECONDS)
		return (uint32_t)(at - out);
	*at++ = '.';
	at = fixed_write(at, (uint32_t)precision,
		fraction / (uint32_t)powers_of_ten[9 - (uint32_t)precision]);
	return (uint32_t)(at - out);
}
