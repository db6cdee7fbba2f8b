#include "dataplane/shm/frames.h"

enum { WORDS = FRAMES_BYTES / 8, HEAD_WORDS = sizeof(struct frame_head) / 8 };
_Static_assert((FRAMES_BYTES & (FRAMES_BYTES - 1)) == 0, "position is a mask away from count");

static uint32_t frame_words(uint32_t size_bytes)
{
	return HEAD_WORDS + (size_bytes + 7) / 8;
}

/* Words go one by one, so that a reader who is overrun reads old or new words and never half ones. */
static void words_write(uint64_t *target, const void *source, uint32_t size_bytes)
{
	const uint8_t *from = source;
	uint64_t word;
	for (; size_bytes >= 8; size_bytes -= 8, from += 8) {
		memcpy(&word, from, 8);
		__atomic_store_n(target++, word, __ATOMIC_RELAXED);
	}
	if (size_bytes > 0) {
		word = 0;
		memcpy(&word, from, size_bytes);
		__atomic_store_n(target, word, __ATOMIC_RELAXED);
	}
}

static void words_read(void *target, const uint64_t *source, uint32_t size_bytes)
{
	uint8_t *to = target;
	for (; size_bytes > 0; source++) {
		uint64_t word = __atomic_load_n(source, __ATOMIC_RELAXED);
		uint32_t part = size_bytes < 8 ? size_bytes : 8;
		memcpy(to, &word, part);
		to += part;
		size_bytes -= part;
	}
}

void frames_put(struct frames *frames, const struct frame_head *head, const uint8_t *bytes)
{
	CHECK(head->size_bytes <= PACKET_BYTES_MAX);
	uint64_t at = atomic_load_explicit(&frames->published, memory_order_relaxed);
	uint64_t sequence = atomic_load_explicit(&frames->sequence, memory_order_relaxed) + 1;
	uint32_t words = frame_words(head->size_bytes);
	uint64_t place = at / 8 % WORDS, to_end = WORDS - place;
	/* What is left behind a frame is nothing, or holds a head at least. */
	bool is_short = to_end < words || to_end - words - 1 < HEAD_WORDS - 1;
	uint64_t pad = is_short ? to_end : 0;
	uint64_t end = at + (pad + words) * 8;
	/* Readers learn first which bytes are not theirs any more. */
	atomic_store_explicit(&frames->claimed, end, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	struct frame_head own = *head;
	own.sequence = sequence;
	if (pad > 0) {
		struct frame_head skip = {.sequence = sequence, .size_bytes = FRAME_PAD};
		words_write(&frames->words[place], &skip, sizeof skip);
		place = 0;
	}
	words_write(&frames->words[place], &own, sizeof own);
	words_write(&frames->words[place + HEAD_WORDS], bytes, head->size_bytes);
	atomic_store_explicit(&frames->sequence, sequence, memory_order_relaxed);
	atomic_store_explicit(&frames->published, end, memory_order_release);
}

void frames_join(struct frames_reader *reader, const struct frames *frames)
{
	reader->frames = frames;
	reader->lost = 0;
	do {
		reader->at = atomic_load_explicit(&frames->published, memory_order_acquire);
		reader->sequence = atomic_load_explicit(&frames->sequence, memory_order_acquire);
	} while (reader->at != atomic_load_explicit(&frames->published, memory_order_acquire));
}

/* What was copied from the reader's place on was whole only if the writer has claimed none of it since. */
static bool is_overrun(const struct frames_reader *reader)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&reader->frames->claimed, memory_order_relaxed) - reader->at >
	       FRAMES_BYTES;
}

bool frames_take(struct frames_reader *reader, struct frame_head *head, uint8_t *bytes)
{
	const struct frames *frames = reader->frames;
	for (;;) {
		uint64_t published = atomic_load_explicit(&frames->published, memory_order_acquire);
		if (reader->at == published)
			return false;
		uint64_t place = reader->at / 8 % WORDS;
		words_read(head, &frames->words[place], sizeof *head);
		bool is_pad = head->size_bytes == FRAME_PAD;
		if (!is_pad && head->size_bytes <= PACKET_BYTES_MAX &&
			frame_words(head->size_bytes) <= WORDS - place)
			words_read(bytes, &frames->words[place + HEAD_WORDS], head->size_bytes);
		if (is_overrun(reader)) {
			reader->at = published;
			continue;
		}
		if (is_pad) {
			reader->at += (WORDS - place) * 8;
			continue;
		}
		reader->at += frame_words(head->size_bytes) * 8ull;
		reader->lost += head->sequence - reader->sequence - 1;
		reader->sequence = head->sequence;
		return true;
	}
}
