#include "control/plane/question.h"

void question_ask(struct question *question, struct plane *plane, uint64_t now_ns)
{
	question->state = plane->is_attached ? QUESTION_QUEUED : QUESTION_AWAY;
	question->until_ns = now_ns + QUESTION_WAIT_NS;
	question_look(question, plane, now_ns);
}

/* Whether the stage has taken note of the last question. */
static bool mail_is_free(struct plane *plane, enum stage_id stage)
{
	struct plane_mail *mail = &plane->mail[stage];
	if (mail->is_unanswered && atomic_load_explicit(&plane->region->answers[stage].number,
					   memory_order_acquire) == mail->number)
		mail->is_unanswered = false;
	return !mail->is_unanswered && !mail->is_awaited;
}

static void question_send(struct question *question, struct plane *plane)
{
	struct plane_mail *mail = &plane->mail[question->stage];
	struct mailbox_request *request = &plane->own->requests[question->stage];
	request->kind = question->kind;
	request->id = question->id;
	request->symbol = question->symbol;
	request->strategy = question->strategy;
	request->session = question->session;
	request->instance = plane->region->header.instance;
	request->cursor = question->cursor;
	request->release = question->release;
	request->limits = question->limits;
	request->lease = question->lease;
	request->rate = question->rate;
	request->resolve = question->resolve;
	question->number = ++mail->number;
	mail->is_unanswered = mail->is_awaited = true;
	question->state = QUESTION_ASKED;
	/* mailbox (1): the number last */
	atomic_store_explicit(&request->number, question->number, memory_order_release);
}

enum question_state question_look(struct question *question, struct plane *plane, uint64_t now_ns)
{
	if (question->state != QUESTION_QUEUED && question->state != QUESTION_ASKED)
		return question->state;
	if (!plane->is_attached) {
		question_drop(question, plane);
		return question->state = QUESTION_AWAY;
	}
	struct plane_mail *mail = &plane->mail[question->stage];
	if (question->state == QUESTION_QUEUED && mail_is_free(plane, question->stage))
		question_send(question, plane);
	if (question->state == QUESTION_ASKED && question->number == mail->number &&
		atomic_load_explicit(&plane->region->answers[question->stage].number,
			memory_order_acquire) == question->number) {
		mail->is_unanswered = mail->is_awaited = false;
		return question->state = QUESTION_ANSWERED;
	}
	if (now_ns >= question->until_ns) {
		question_drop(question, plane);
		return question->state = QUESTION_SILENT;
	}
	return question->state;
}

const struct mailbox_answer *question_answer(
	const struct question *question, const struct plane *plane)
{
	CHECK(question->state == QUESTION_ANSWERED);
	return &plane->region->answers[question->stage];
}

void question_drop(struct question *question, struct plane *plane)
{
	struct plane_mail *mail = &plane->mail[question->stage];
	if (question->state == QUESTION_ASKED && mail->number == question->number)
		mail->is_awaited = false;
	question->state = QUESTION_NONE;
}

bool question_next_gate(struct question *question, const struct plane *plane)
{
	uint32_t next = stage_gate_index(question->stage) + 1; /* of no gate: 0 */
	if (next == 0 || next >= plane_gate_count(plane))
		return false;
	question->stage = stage_of_gate(next);
	question->cursor = 0;
	return true;
}
