/* fix_quickfix.cpp - our FIX session against QuickFIX over loopback TCP, both ways round, 4.2 and 4.4.

   QuickFIX as the client of our acceptor, and QuickFIX as the venue of our initiator: logon, orders, fills, replaces,
   cancels, rejects, a cable that breaks and what was missed, test requests, numbers that jump, logout.
   A sentence a step; the first that does not hold ends the program with 1. */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include <quickfix/Application.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>

#include "tests/system/fix_peer.h"

static std::string where;

static void step(const char *sentence, const std::function<bool()> &holds)
{
	auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
	while (!holds()) {
		if (std::chrono::steady_clock::now() > until) {
			std::printf("not ok: %s: %s\n", where.c_str(), sentence);
			std::exit(1);
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(5));
	}
	std::printf("ok: %s: %s\n", where.c_str(), sentence);
}

/* What QuickFIX was told, counted by type; a venue answers as fix_peer does. */
class Desk : public FIX::Application {
public:
	std::mutex lock;
	std::map<std::string, unsigned> taken;
	unsigned again = 0, exec = 0;
	bool is_on = false, is_venue = false;
	std::string test_id, text;

	unsigned count(const std::string &type)
	{
		std::lock_guard<std::mutex> guard(lock);
		return taken[type];
	}
	void onCreate(const FIX::SessionID &) override {}
	void onLogon(const FIX::SessionID &) override
	{
		std::lock_guard<std::mutex> guard(lock);
		is_on = true;
	}
	void onLogout(const FIX::SessionID &) override
	{
		std::lock_guard<std::mutex> guard(lock);
		is_on = false;
	}
	void toAdmin(FIX::Message &, const FIX::SessionID &) override {}
	void toApp(FIX::Message &message, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
	void note(const FIX::Message &message)
	{
		std::lock_guard<std::mutex> guard(lock);
		taken[message.getHeader().getField(35)]++;
		if (message.getHeader().isSetField(43) && message.getHeader().getField(43) == "Y" &&
			message.getHeader().getField(35) == "8")
			again++;
		if (message.isSetField(112))
			test_id = message.getField(112);
		if (message.isSetField(58))
			text = message.getField(58);
	}
	void fromAdmin(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override
	{
		note(message);
	}
	void fromApp(const FIX::Message &message, const FIX::SessionID &id) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) override
	{
		note(message);
		if (!is_venue)
			return;
		std::string type = message.getHeader().getField(35);
		if (type == "D") {
			report(id, message.getField(11), "", "0", "0");
			report(id, message.getField(11), "", "1", "1");
		} else if (type == "F") {
			report(id, message.getField(11), message.getField(41), "4", "4");
		}
	}
	void report(const FIX::SessionID &id, const std::string &own, const std::string &of,
		const std::string &type, const std::string &status)
	{
		FIX::Message m;
		bool is_42 = id.getBeginString().getValue() == "FIX.4.2";
		m.getHeader().setField(35, "8");
		m.setField(37, "Q1");
		m.setField(11, own);
		if (!of.empty())
			m.setField(41, of);
		m.setField(17, std::to_string(++exec));
		if (is_42)
			m.setField(20, "0");
		m.setField(150, type == "1" && !is_42 ? "F" : type);
		m.setField(39, status);
		m.setField(55, "MSFT");
		m.setField(54, "1");
		m.setField(151, "50");
		m.setField(14, "50");
		m.setField(6, "10.123456");
		if (type == "1") {
			m.setField(32, "50");
			m.setField(31, "10.5");
		}
		FIX::Session::sendToTarget(m, id);
	}
};

static std::string settings_of(const char *version, bool is_venue, int port)
{
	std::ostringstream text;
	text << "[DEFAULT]\nConnectionType=" << (is_venue ? "acceptor" : "initiator")
	     << "\nUseDataDictionary=N\nStartTime=00:00:00\nEndTime=00:00:00\nReconnectInterval=1\n"
	     << "HeartBtInt=30\nSenderCompID=QUICKFIX\nTargetCompID=SLUICE\n"
	     << "SocketReuseAddress=Y\nCheckLatency=Y\nLogoutTimeout=2\n"
	     << "SocketConnectHost=127.0.0.1\nSocketConnectPort=" << port
	     << "\nSocketAcceptPort=" << port << "\n[SESSION]\nBeginString=" << version << "\n";
	return text.str();
}

static FIX::Message order_of(const char *type, const char *id, const char *of)
{
	FIX::Message m;
	m.getHeader().setField(35, type);
	m.setField(11, id);
	if (of != nullptr)
		m.setField(41, of);
	m.setField(21, "1");
	m.setField(55, "MSFT");
	m.setField(54, "1");
	m.setField(60, "20250102-14:30:00.000");
	m.setField(38, "100");
	m.setField(40, "2");
	m.setField(44, "10.50");
	m.setField(59, "0");
	return m;
}

static FIX::Message cancel_of(const char *id, const char *of)
{
	FIX::Message m = order_of("F", id, of);
	for (int tag : {21, 40, 44, 59})
		m.removeField(tag);
	return m;
}

/* The numbers of both ends are the same when neither waits for anything. */
static bool are_even(fix_peer *end, FIX::Session *session)
{
	return fix_peer_get(end, FIX_PEER_NEXT_OUT) == (unsigned long)session->getExpectedTargetNum() &&
	       fix_peer_get(end, FIX_PEER_NEXT_IN) == (unsigned long)session->getExpectedSenderNum();
}

/* Both ways round: signs of life asked for by either. */
static void test_requests(fix_peer *end, Desk &desk, const FIX::SessionID &id)
{
	unsigned long answered = fix_peer_get(end, FIX_PEER_ANSWERED);
	fix_peer_test(end);
	step("our test request is answered",
		[&] { return fix_peer_get(end, FIX_PEER_ANSWERED) > answered; });
	FIX::Message test;
	test.getHeader().setField(35, "1");
	test.setField(112, "are you there");
	FIX::Session::sendToTarget(test, id);
	step("their test request is answered with its own words", [&] {
		std::lock_guard<std::mutex> guard(desk.lock);
		return desk.test_id == "are you there";
	});
}

static void their_client_orders(Desk &desk, const FIX::SessionID &id)
{
	FIX::Message m = order_of("D", "A", nullptr);
	FIX::Session::sendToTarget(m, id);
	step("a new order is acknowledged and filled", [&] { return desk.count("8") == 2; });
	m = order_of("G", "B", "A");
	FIX::Session::sendToTarget(m, id);
	step("a replace is done", [&] { return desk.count("8") == 3; });
	m = cancel_of("C", "B");
	FIX::Session::sendToTarget(m, id);
	step("a cancel is done", [&] { return desk.count("8") == 4; });
	m = cancel_of("E", "nobody");
	FIX::Session::sendToTarget(m, id);
	step("a cancel of nothing is refused", [&] { return desk.count("9") == 1; });
	m = order_of("D", "F", nullptr);
	m.setField(59, "9");
	FIX::Session::sendToTarget(m, id);
	step("a value that is none is rejected", [&] { return desk.count("3") == 1; });
	FIX::Message data;
	data.getHeader().setField(35, "V");
	data.setField(262, "x");
	FIX::Session::sendToTarget(data, id);
	step("a type that is not served is refused", [&] { return desk.count("j") == 1; });
}

static void quickfix_is_the_client(const char *version, int number, const char *capture)
{
	where = std::string("QuickFIX as client, ") + version;
	fix_peer *end = fix_peer_open(number, 0, 0);
	if (capture != nullptr)
		step("the conversation is recorded", [&] { return fix_peer_record(end, capture) != 0; });
	Desk desk;
	std::istringstream text(settings_of(version, false, fix_peer_port(end)));
	FIX::SessionSettings settings(text);
	FIX::MemoryStoreFactory store;
	FIX::SocketInitiator initiator(desk, store, settings);
	FIX::SessionID id(version, "QUICKFIX", "SLUICE");
	initiator.start();
	FIX::Session *session = FIX::Session::lookupSession(id);
	step("the logon is answered", [&] { return desk.is_on; });
	their_client_orders(desk, id);
	test_requests(end, desk, id);
	fix_peer_cut(end);
	for (int i = 0; i < 3; i++)
		fix_peer_report(end);
	step("the cable breaks", [&] { return !desk.is_on; });
	fix_peer_join(end);
	step("after it what was missed is sent again",
		[&] { return desk.count("8") == 7 && desk.again == 3; });
	step("and the numbers are the same", [&] { return are_even(end, session); });
	session->setNextSenderMsgSeqNum(session->getExpectedSenderNum() + 5);
	FIX::Message m = cancel_of("G", "B");
	FIX::Session::sendToTarget(m, id);
	step("numbers that jump are asked for and filled", [&] { return are_even(end, session); });
	m = order_of("D", "H", nullptr);
	FIX::Session::sendToTarget(m, id);
	step("what follows is taken", [&] { return desk.count("8") >= 9 && are_even(end, session); });
	initiator.stop();
	step("goodbye is answered", [&] { return fix_peer_get(end, FIX_PEER_STATE) == 0; });
	step("and known as one", [&] { return fix_peer_get(end, FIX_PEER_WHY) == 1; });
	step("nothing was garbled", [&] { return fix_peer_get(end, FIX_PEER_GARBLED) == 0; });
	fix_peer_close(end);
}

static void quickfix_is_the_venue(const char *version, int number, int port)
{
	where = std::string("QuickFIX as venue, ") + version;
	Desk desk;
	desk.is_venue = true;
	std::istringstream text(settings_of(version, true, port));
	FIX::SessionSettings settings(text);
	FIX::MemoryStoreFactory store;
	FIX::SocketAcceptor acceptor(desk, store, settings);
	FIX::SessionID id(version, "QUICKFIX", "SLUICE");
	acceptor.start();
	FIX::Session *session = FIX::Session::lookupSession(id);
	fix_peer *end = fix_peer_open(number, 1, port);
	step("our logon is answered", [&] { return desk.is_on; });
	step("and taken", [&] { return fix_peer_get(end, FIX_PEER_STATE) == 2; });
	fix_peer_order(end, "A");
	step("our order is acknowledged and filled",
		[&] { return fix_peer_get(end, FIX_PEER_REPORTS) == 2; });
	fix_peer_cancel(end, "B", "A");
	step("our cancel is done", [&] { return fix_peer_get(end, FIX_PEER_REPORTS) == 3; });
	test_requests(end, desk, id);
	fix_peer_cut(end);
	step("the cable breaks", [&] { return !desk.is_on; });
	fix_peer_order(end, "LATE"); /* decided, and never on a wire */
	for (int i = 0; i < 3; i++)
		desk.report(id, "A", "", "1", "1");
	fix_peer_join(end);
	step("what they said meanwhile comes again",
		[&] { return fix_peer_get(end, FIX_PEER_REPORTS) == 6 &&
			     fix_peer_get(end, FIX_PEER_AGAIN) == 3; });
	step("and the numbers are the same", [&] { return are_even(end, session); });
	fix_peer_order(end, "C");
	step("the next order is taken", [&] { return fix_peer_get(end, FIX_PEER_REPORTS) == 8; });
	step("and the late one was never sent", [&] { return desk.count("D") == 2; });
	step("nothing was rejected", [&] { return fix_peer_get(end, FIX_PEER_REJECTS) == 0; });
	fix_peer_logout(end);
	step("our goodbye is answered", [&] { return fix_peer_get(end, FIX_PEER_STATE) == 0; });
	step("and known as one", [&] { return fix_peer_get(end, FIX_PEER_WHY) == 1; });
	fix_peer_close(end);
	acceptor.stop();
}

int main(int count, char **words)
{
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	quickfix_is_the_client("FIX.4.2", 42, count > 1 ? words[1] : nullptr);
	quickfix_is_the_client("FIX.4.4", 44, nullptr);
	fix_peer *probe = fix_peer_open(42, 0, 0); /* a port that the system holds to be free */
	int port = fix_peer_port(probe);
	fix_peer_close(probe);
	quickfix_is_the_venue("FIX.4.2", 42, port);
	quickfix_is_the_venue("FIX.4.4", 44, port);
	std::printf("QuickFIX and we understand each other\n");
	return 0;
}
