/* fix_venue.cpp - sluice-exchange against QuickFIX as its client, 4.2 and 4.4: orders, fills, replaces, cancels, what is
   refused, broken, corrected, and a cable that breaks.

   What QuickFIX finds malformed it rejects (35=3), and then the test fails.
   A sentence a step; the first that does not hold ends the program with 1. */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>

#include <quickfix/Application.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketInitiator.h>

static std::string where;

static void step(const char *sentence, const std::function<bool()> &holds)
{
	auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
	while (!holds()) {
		if (std::chrono::steady_clock::now() > until) {
			std::printf("not ok: %s: %s\n", where.c_str(), sentence);
			std::exit(1);
		}
		std::this_thread::sleep_for(std::chrono::milliseconds(2));
	}
	std::printf("ok: %s: %s\n", where.c_str(), sentence);
}

/* The venue: a real process and its console. */
class Venue {
public:
	FILE *to = nullptr, *from = nullptr;
	int pid = 0, port = 0;

	Venue(const char *program, const char *speaks)
	{
		int in[2], out[2];
		if (pipe(in) != 0 || pipe(out) != 0)
			std::exit(1);
		std::string word = std::string("CLIENT:") + speaks;
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			dup2(in[0], 0);
			dup2(out[1], 1);
			close(in[1]);
			close(out[0]);
			execl(program, program, "--user", "CLIENT:secret:FIRM", "--speaks", word.c_str(), "--symbols",
				"MSFT", "--fix", "127.0.0.1:0", "--comp-id", "VENUE", "--commands", (char *)nullptr);
			_exit(127);
		}
		close(in[0]);
		close(out[1]);
		to = fdopen(in[1], "w");
		from = fdopen(out[0], "r");
		std::string ready = line();
		port = std::atoi(ready.c_str() + ready.find(" fix=") + 5);
	}
	~Venue()
	{
		fclose(to);
		kill(pid, SIGTERM);
		waitpid(pid, nullptr, 0);
		fclose(from);
	}
	std::string line()
	{
		char text[8192] = "";
		return fgets(text, sizeof text, from) != nullptr ? text : "";
	}
	void does(const char *command)
	{
		std::fprintf(to, "%s\n", command);
		std::fflush(to);
		std::string answer = line();
		if (answer.compare(0, 3, "ok ") != 0) {
			std::printf("not ok: %s: `%s`: %s\n", where.c_str(), command, answer.c_str());
			std::exit(1);
		}
	}
};

/* What QuickFIX was told and found good. */
class Client : public FIX::Application {
public:
	std::mutex lock;
	std::vector<FIX::Message> told;
	unsigned rejects = 0;
	bool is_on = false;

	void onCreate(const FIX::SessionID &) override {}
	void onLogon(const FIX::SessionID &) override { is_on = true; }
	void onLogout(const FIX::SessionID &) override { is_on = false; }
	void toAdmin(FIX::Message &message, const FIX::SessionID &) override
	{
		std::string type = message.getHeader().getField(35);
		if (type == "A")
			message.setField(554, "secret");
		if (type == "3") { /* QuickFIX rejects what the venue said */
			rejects++;
			std::printf("QuickFIX rejects: %s\n", message.toString().c_str());
		}
	}
	void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
	void fromAdmin(const FIX::Message &, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override {}
	void fromApp(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) override
	{
		std::lock_guard<std::mutex> guard(lock);
		told.push_back(message);
	}
	/* Whether message number `count` has come and its fields are as written, "150=0|39=0". */
	bool is(size_t count, const char *type, const char *fields)
	{
		std::lock_guard<std::mutex> guard(lock);
		if (told.size() < count)
			return false;
		const FIX::Message &m = told[count - 1];
		bool is = m.getHeader().getField(35) == type;
		std::istringstream list(fields);
		for (std::string field; std::getline(list, field, '|');) {
			int tag = std::atoi(field.c_str());
			is = is && m.isSetField(tag) && m.getField(tag) == field.substr(field.find('=') + 1);
		}
		return is;
	}
};

static FIX::Message order_of(const char *type, const char *id, const char *of, const char *qty)
{
	FIX::Message m;
	bool is_cancel = type[0] == 'F';
	m.getHeader().setField(35, type);
	m.setField(11, id);
	if (of != nullptr)
		m.setField(41, of);
	m.setField(55, "MSFT");
	m.setField(54, "1");
	m.setField(60, "20250102-14:30:00");
	m.setField(38, qty);
	if (!is_cancel) {
		m.setField(21, "1");
		m.setField(40, "2");
		m.setField(44, "10.50");
		m.setField(59, "0");
	}
	return m;
}

static void conversation(Venue &venue, Client &client, const FIX::SessionID &id, bool is_42)
{
	auto sends = [&](FIX::Message m) { FIX::Session::sendToTarget(m, id); };
	sends(order_of("D", "A1", nullptr, "100"));
	step("a new order is acknowledged", [&] { return client.is(1, "8", "11=A1|150=0|39=0|151=100"); });
	venue.does("fill CLIENT 1 40");
	step("a part of it is filled",
		[&] { return client.is(2, "8", is_42 ? "150=1|39=1|32=40|14=40" : "150=F|39=1|32=40|14=40"); });
	sends(order_of("G", "A2", "A1", "90"));
	step("it is replaced", [&] { return client.is(3, "8", "11=A2|41=A1|150=5|151=50"); });
	sends(order_of("F", "A3", "A2", "90"));
	step("it is cancelled", [&] { return client.is(4, "8", "11=A3|41=A2|150=4|39=4|151=0|14=40"); });
	sends(order_of("F", "A4", "A2", "90"));
	step("a cancel too late is refused", [&] { return client.is(5, "9", "11=A4|41=A2|434=1"); });
	venue.does("correct CLIENT last to 10.40");
	step("a trade is corrected",
		[&] { return client.is(6, "8", is_42 ? "20=2|31=10.4" : "150=G|31=10.4"); });
	venue.does("bust CLIENT last");
	step("a trade is broken", [&] { return client.is(7, "8", is_42 ? "20=1|14=0" : "150=H|14=0"); });
	venue.does("next CLIENT enter reject halted");
	sends(order_of("D", "A5", nullptr, "100"));
	step("an order is rejected", [&] { return client.is(8, "8", "11=A5|150=8|39=8|103=2"); });
	sends(order_of("D", "A6", nullptr, "100"));
	step("another lives", [&] { return client.is(9, "8", "11=A6|150=0"); });
	venue.does("cancel CLIENT last 10");
	step("the desk takes some off", [&] { return client.is(10, "8", "150=D|378=5|151=90"); });
	venue.does("restate CLIENT last reason reserve");
	step("it is restated", [&] { return client.is(11, "8", "150=D|378=3|151=90"); });
	venue.does("disconnect CLIENT");
	venue.does("fill CLIENT last 30");
	step("what was missed is asked for and told again",
		[&] { return client.is(12, "8", is_42 ? "150=1|32=30|151=60" : "150=F|32=30|151=60"); });
	FIX::Message status;
	status.getHeader().setField(35, "H");
	status.setField(11, "A6");
	status.setField(55, "MSFT");
	status.setField(54, "1");
	sends(status);
	step("its status is told", [&] { return client.is(13, "8", is_42 ? "20=3|39=1" : "150=I|39=1"); });
	step("nothing that the venue said was found malformed", [&] { return client.rejects == 0; });
}

static void quickfix_is_the_client(const char *program, const char *version, const char *speaks)
{
	where = std::string("QuickFIX as client of the venue, ") + version;
	Venue venue(program, speaks);
	Client client;
	std::ostringstream text;
	text << "[DEFAULT]\nConnectionType=initiator\nUseDataDictionary=N\nStartTime=00:00:00\nEndTime=00:00:00\nReconnectInterval=1\nHeartBtInt=30\nSenderCompID=CLIENT\n"
	     << "TargetCompID=VENUE\nLogoutTimeout=2\nSocketConnectHost=127.0.0.1\nSocketConnectPort=" << venue.port
	     << "\n[SESSION]\nBeginString=" << version << "\n";
	std::istringstream stream(text.str());
	FIX::SessionSettings settings(stream);
	FIX::MemoryStoreFactory store;
	FIX::SocketInitiator initiator(client, store, settings);
	initiator.start();
	FIX::SessionID id(version, "CLIENT", "VENUE");
	step("it logs on", [&] { return client.is_on; });
	conversation(venue, client, id, std::string(version) == "FIX.4.2");
	initiator.stop();
	step("it logs out", [&] { return !client.is_on; });
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		std::printf("found %d words, expected the venue's program\n", argc - 1);
		return 2;
	}
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	quickfix_is_the_client(argv[1], "FIX.4.2", "fix42");
	quickfix_is_the_client(argv[1], "FIX.4.4", "fix44");
	return 0;
}
