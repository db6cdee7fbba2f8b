#include "dataplane/gate/banks.h"

#include "config/cut.h"
#include "dataplane/gate/turn.h"

/* A row and all that its parts are of are one record. */
_Static_assert(sizeof(struct record) + sizeof(struct limit_row) +
			       CUT_WHOLE_COUNT_MAX * sizeof(struct cut_whole) <=
		       RECORD_BYTES_MAX,
	"a record has room for it");

/* A half-taken older epoch is ended as not whole, so its rows cannot mix with the next one's. */
static void banks_begin(struct gate *gate, uint32_t epoch)
{
	if (gate->bank_row != UINT32_MAX && gate->bank_row != 0) {
		gate_turn(gate);
		struct limit_epoch_record *broken =
			gate_input(gate, RECORD_LIMIT_EPOCH, sizeof *broken);
		broken->row_count = UINT32_MAX;
		gate_commit(gate, broken);
	}
	gate->bank_epoch = epoch;
	gate->bank_row = gate->bank_cut = gate->bank_taken = 0;
}

static uint32_t banks_cut_count(const struct limit_bank *bank)
{
	return bank->cut_count < LIMIT_CUT_COUNT_MAX ? bank->cut_count : LIMIT_CUT_COUNT_MAX;
}

/* Passes the cuts of rows that are not this gate's; returns how many the next row has. */
static uint32_t banks_cuts_of_row(struct gate *gate, const struct limit_bank *bank)
{
	const uint32_t count = banks_cut_count(bank);
	uint32_t of_row = 0;
	while (gate->bank_cut < count && bank->cuts[gate->bank_cut].row < gate->bank_row)
		gate->bank_cut++;
	while (of_row < CUT_WHOLE_COUNT_MAX && gate->bank_cut + of_row < count &&
		bank->cuts[gate->bank_cut + of_row].row == gate->bank_row)
		of_row++;
	return of_row;
}

/* Of a limit that spans gates a row gets this one's part, and the journal what that is a part of. */
static void banks_cut(
	struct gate *gate, const struct limit_bank *bank, struct limit_row *row, uint32_t count)
{
	struct cut_whole *wholes = (struct cut_whole *)(row + 1);
	for (uint32_t i = 0; i < count; i++) {
		const struct limit_cut *cut = &bank->cuts[gate->bank_cut++];
		if (cut->limit >= LIMIT_COUNT)
			continue;
		struct limit_value *value = &row->limits[cut->limit];
		wholes[i] = (struct cut_whole){
			.value = value->value, .burst = value->burst, .limit = (uint8_t)cut->limit};
		*value = cut->values[gate->site->gate];
	}
}

static void banks_adopt(struct gate *gate, const struct limit_bank *bank)
{
	struct limit_epoch_record *record = gate_input(gate, RECORD_LIMIT_EPOCH, sizeof *record);
	record->epoch = gate->bank_epoch;
	record->row_count = gate->bank_taken;
	memcpy(record->hash, bank->hash, sizeof record->hash);
	record->within_ns = bank->within_ns;
	record->uid = bank->uid;
	record->second_uid = bank->second_uid;
	record->persons = bank->persons;
	record->term = bank->term;
	gate->bank_row = UINT32_MAX;
	gate_commit(gate, record);
}

static void banks_row(struct gate *gate, const struct limit_bank *bank)
{
	const uint32_t count = banks_cuts_of_row(gate, bank);
	struct limit_row *row = gate_input(
		gate, RECORD_LIMIT_ROW, (uint32_t)(sizeof *row + count * sizeof(struct cut_whole)));
	*row = bank->rows[gate->bank_row];
	banks_cut(gate, bank, row, count);
	gate_commit(gate, row);
	gate->bank_taken++;
}

/* An epoch is copied a few rows a turn, so that loading a large file does not hold up orders; it comes in
   force at once, with its last record. */
bool banks_take(struct gate *gate, bool has_events)
{
	enum { ROWS_PER_TURN = 64, ROWS_AMONG_ORDERS = 8, TURNS_WITHOUT = 47 };
	const struct control_region *control = gate->control_seen;
	uint32_t epoch = control == NULL ? 0
					 : atomic_load_explicit(
						   &control->limits_epoch, memory_order_acquire);
	if (LIKELY(epoch == 0 || (epoch == gate->bank_epoch && gate->bank_row == UINT32_MAX)))
		return false;
	const struct limit_bank *bank = &control->banks[epoch % LIMIT_BANK_COUNT];
	if (epoch != gate->bank_epoch)
		banks_begin(gate, epoch);
	if (epoch <= gate->fold->epochs.taken) {
		gate->bank_row = UINT32_MAX; /* banks (1) */
		return false;
	}
	/* While orders come nearly every poll is theirs alone, and the others take few rows (tools/bench, loads). */
	if (has_events && gate->bank_waits++ % (TURNS_WITHOUT + 1) != TURNS_WITHOUT)
		return false;
	gate_turn(gate);
	uint32_t row_count =
		bank->row_count < LIMIT_ROW_COUNT_MAX ? bank->row_count : LIMIT_ROW_COUNT_MAX;
	uint32_t row_end = gate->bank_row + (has_events ? ROWS_AMONG_ORDERS : ROWS_PER_TURN);
	for (; gate->bank_row < row_count && gate->bank_row < row_end; gate->bank_row++) {
		if (site_has_row(gate->site, &bank->rows[gate->bank_row]))
			banks_row(gate, bank);
	}
	if (gate->bank_row == row_count)
		banks_adopt(gate, bank);
	return true;
}
