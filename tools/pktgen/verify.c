#include "tools/pktgen/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataplane/book/book.h"
#include "dataplane/wire/itch50.h"

enum { BURST = 32, ORACLE_LINE_BYTES = 256, DIFFERENCES_TOLD = 20, DEPTH_MAX = 1 << 20 };

/* map_file maps a file with readable zeros behind it, as the decoder asks.  NULL: told on report. */
static uint8_t *map_file(const char *path, size_t *size_bytes, size_t *mapped_bytes, FILE *report)
{
	struct stat about;
	int file = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *bytes = MAP_FAILED;
	if (file >= 0 && fstat(file, &about) == 0) {
		*size_bytes = (size_t)about.st_size;
		*mapped_bytes = *size_bytes + 2 * 4096;
		bytes = mmap(NULL, *mapped_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (bytes != MAP_FAILED && *size_bytes > 0 &&
			mmap(bytes, *size_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE,
				file, 0) == MAP_FAILED)
			bytes = MAP_FAILED;
	}
	if (bytes == MAP_FAILED)
		fprintf(report, "%s: cannot be read: %s\n", path, strerror(errno));
	if (file >= 0)
		close(file);
	return bytes == MAP_FAILED ? NULL : bytes;
}

/* A length of 0 at the end of a file is a mark that some days' files have. */
static bool is_end_mark(const uint8_t *bytes, size_t left)
{
	return left == 2 && load_be16(bytes) == 0;
}

/* fill_book plays the file; returns the messages played; *end is where the last whole one ended. */
static uint64_t fill_book(struct book *book, const uint8_t *bytes, size_t size,
	struct itch50_counts *counts, size_t *end)
{
	struct mold64_block blocks[BURST];
	struct event events[BURST];
	struct book_step steps[BURST];
	uint64_t messages = 0;
	size_t at = 0;
	while (at < size && !is_end_mark(bytes + at, size - at)) {
		size_t used;
		uint32_t count = itch50_split(bytes + at, size - at, blocks, BURST, &used);
		if (count == 0)
			break;
		/* the mark came with the last messages */
		if (at + used == size && blocks[count - 1].size_bytes == 0) {
			count--;
			used -= 2;
		}
		itch50_decode(blocks, count, events, counts);
		book_prefetch(book, events, steps, count);
		book_prefetch_levels(book, events, steps, count);
		for (uint32_t i = 0; i < count; i++)
			book_apply_step(book, &events[i], &steps[i]);
		messages += count;
		at += used;
	}
	*end = at;
	return messages;
}

struct row {
	uint64_t price_e4, qty;
	uint32_t levels;
};

static struct row row_of(const struct book *book, uint16_t locate, enum side side,
	struct book_level *levels, uint32_t *orders)
{
	struct row row = {0};
	row.levels = book_depth(book, locate, side, levels, DEPTH_MAX);
	for (uint32_t i = 0; i < row.levels; i++)
		*orders += levels[i].order_count;
	if (row.levels > 0) {
		row.price_e4 = (uint64_t)levels[0].price_e4;
		row.qty = levels[0].qty;
	}
	return row;
}

enum { LOCATE, BID, BID_QTY, ASK, ASK_QTY, BID_LEVELS, ASK_LEVELS, ORDERS, COLUMN_COUNT };

/* read_row reads the numbers of a row; the symbol stands after the locate.  false: it is no such row. */
static bool read_row(const char *line, uint64_t columns[COLUMN_COUNT], char symbol[9])
{
	for (int i = 0; i < COLUMN_COUNT; i++) {
		char *end;
		if (*line < '0' || *line > '9')
			return false;
		errno = 0;
		columns[i] = strtoull(line, &end, 10);
		if (errno != 0 || *end != (i + 1 < COLUMN_COUNT ? '\t' : '\n'))
			return false;
		line = end + 1;
		if (i != LOCATE)
			continue;
		size_t size = strcspn(line, "\t\n");
		if (size > 8 || line[size] != '\t')
			return false;
		memcpy(symbol, line, size);
		symbol[size] = '\0';
		line += size + 1;
	}
	return columns[LOCATE] <= UINT16_MAX;
}

/* compare_line holds one row of the oracle against the book; false: told. */
static bool compare_line(const struct book *book, const char *line, struct book_level *levels,
	bool is_told, FILE *report)
{
	uint64_t expected[COLUMN_COUNT];
	uint32_t orders = 0;
	char symbol[9];
	if (!read_row(line, expected, symbol)) {
		fprintf(report, "oracle: found '%.40s', expected a row of nine columns\n", line);
		return false;
	}
	uint16_t locate = (uint16_t)expected[LOCATE];
	struct row b = row_of(book, locate, SIDE_BUY, levels, &orders);
	struct row a = row_of(book, locate, SIDE_SELL, levels, &orders);
	bool is_equal = b.price_e4 == expected[BID] && b.qty == expected[BID_QTY] &&
			a.price_e4 == expected[ASK] && a.qty == expected[ASK_QTY] &&
			b.levels == expected[BID_LEVELS] && a.levels == expected[ASK_LEVELS] &&
			orders == expected[ORDERS];
	if (!is_equal && is_told)
		fprintf(report,
			"%s (locate %u): found %" PRIu64 " x %" PRIu64 " / %" PRIu64 " x %" PRIu64
			", %u + %u levels, %u orders; expected %.80s",
			symbol, locate, b.price_e4, b.qty, a.price_e4, a.qty, b.levels, a.levels,
			orders, line);
	return is_equal;
}

static uint64_t compare_oracle(const struct book *book, FILE *oracle, uint64_t *rows, FILE *report)
{
	char line[ORACLE_LINE_BYTES];
	uint64_t differences = 0;
	struct book_level *levels = malloc(DEPTH_MAX * sizeof *levels);
	if (levels == NULL || fgets(line, sizeof line, oracle) == NULL) {
		fprintf(report, "oracle: found no header line\n");
		free(levels);
		return 1;
	}
	while (fgets(line, sizeof line, oracle) != NULL) {
		differences +=
			!compare_line(book, line, levels, differences < DIFFERENCES_TOLD, report);
		++*rows;
	}
	free(levels);
	return differences;
}

static bool verify_book(const uint8_t *bytes, size_t size, FILE *oracle, FILE *report)
{
	struct itch50_counts counts = {0};
	struct book_counts book_counts;
	uint64_t rows = 0;
	struct book *book = book_open(BOOK_ORDER_COUNT_DEFAULT);
	size_t end;
	uint64_t messages = fill_book(book, bytes, size, &counts, &end);
	bool is_whole = end == size || is_end_mark(bytes + end, size - end);
	if (!is_whole)
		fprintf(report,
			"found message %" PRIu64
			" cut short at byte %zu of %zu, expected it whole: "
			"fetch the file again\n",
			messages + 1, end, size);
	uint64_t differences = compare_oracle(book, oracle, &rows, report);
	book_counts_of(book, &book_counts);
	book_close(book);
	uint64_t refused = book_counts.unknown_orders + book_counts.full + book_counts.overfills +
			   book_counts.duplicate_orders + book_counts.bad_adds + counts.bad +
			   counts.unknown;
	bool is_equal = is_whole && messages > 0 && rows > 0 && differences == 0 && refused == 0;
	fprintf(report,
		"%s: %" PRIu64 " messages, %" PRIu64 " orders, %" PRIu64 " levels; %" PRIu64
		" symbols compared, %" PRIu64 " differ; %" PRIu64 " messages refused\n",
		is_equal ? "exact" : "NOT EXACT", messages, book_counts.orders, book_counts.levels,
		rows, differences, refused);
	return is_equal;
}

bool verify_files(const char *itch, const char *oracle, FILE *report)
{
	size_t size = 0, mapped = 0;
	bool is_equal = false;
	FILE *rows = fopen(oracle, "r");
	if (rows == NULL) {
		fprintf(report, "%s: cannot be read: %s\n", oracle, strerror(errno));
		return false;
	}
	uint8_t *bytes = map_file(itch, &size, &mapped, report);
	if (bytes != NULL) {
		is_equal = verify_book(bytes, size, rows, report);
		munmap(bytes, mapped);
	}
	fclose(rows);
	return is_equal;
}
