/* fix_strategy.cpp - a strategy whose FIX engine is QuickFIX: commands on standard input, what it hears on standard
   output, one message a line with bars for SOH.

     fix_strategy FIX.4.2 <port> <username> <password> <their name> <our name>

     D <id> <side> <qty> <price>            a new order of AAPL
     G <id> <of> <side> <qty> <price>       a replace
     F <id> <of> <side>                     a cancel
     cut | join | quit                      the connection */
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>

#include <quickfix/Application.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketInitiator.h>

static std::string username, password;

static void say(const char *word, const FIX::Message &message)
{
	static std::mutex lock;
	std::lock_guard<std::mutex> guard(lock);
	std::string text = message.toString();
	for (char &c : text)
		c = c == '\1' ? '|' : c;
	std::printf("%s |%s\n", word, text.c_str());
}

class Strategy : public FIX::Application {
public:
	void onCreate(const FIX::SessionID &) override {}
	void onLogon(const FIX::SessionID &) override { std::printf("logon\n"); }
	void onLogout(const FIX::SessionID &) override { std::printf("logout\n"); }
	void toAdmin(FIX::Message &message, const FIX::SessionID &id) override
	{
		if (message.getHeader().getField(35) != "A")
			return;
		if (id.getBeginString().getValue() == "FIX.4.2") {
			message.setField(95, std::to_string(password.size()));
			message.setField(96, password);
		} else {
			message.setField(553, username);
			message.setField(554, password);
		}
	}
	void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
	void fromAdmin(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override
	{
		say("admin", message);
	}
	void fromApp(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) override
	{
		say("app", message);
	}
};

/* order_of reads a command; its fields stand in the order of the essay. */
static FIX::Message order_of(std::istringstream &words, const std::string &type)
{
	FIX::Message m;
	std::string id, of, side, qty, price;
	words >> id;
	if (type != "D")
		words >> of;
	words >> side >> qty >> price;
	m.getHeader().setField(35, type);
	m.setField(11, id);
	if (!of.empty())
		m.setField(41, of);
	m.setField(55, "AAPL");
	m.setField(54, side);
	m.setField(60, "20250102-14:30:00.000");
	if (type == "F")
		return m;
	m.setField(21, "1");
	m.setField(38, qty);
	m.setField(40, "2");
	m.setField(44, price);
	m.setField(59, "0");
	return m;
}

static std::string settings_of(char **words)
{
	std::ostringstream text;
	text << "[DEFAULT]\nConnectionType=initiator\nUseDataDictionary=N\nStartTime=00:00:00\n"
	     << "EndTime=00:00:00\nReconnectInterval=1\nHeartBtInt=30\nLogoutTimeout=2\n"
	     << "SenderCompID=" << words[6] << "\nTargetCompID=" << words[5]
	     << "\nSocketConnectHost=127.0.0.1\nSocketConnectPort=" << words[2]
	     << "\n[SESSION]\nBeginString=" << words[1] << "\n";
	return text.str();
}

int main(int count, char **words)
{
	if (count != 7)
		return 2;
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	username = words[3];
	password = words[4];
	Strategy strategy;
	std::istringstream text(settings_of(words));
	FIX::SessionSettings settings(text);
	FIX::MemoryStoreFactory store;
	FIX::SocketInitiator initiator(strategy, store, settings);
	FIX::SessionID id(words[1], words[6], words[5]);
	initiator.start();
	std::string line;
	while (std::getline(std::cin, line) && line != "quit") {
		std::istringstream command(line);
		std::string word;
		command >> word;
		FIX::Session *session = FIX::Session::lookupSession(id);
		if (word == "cut") {
			session->disconnect(); /* without a word of farewell */
			initiator.stop(true);
		} else if (word == "join") {
			initiator.start();
		} else {
			FIX::Message m = order_of(command, word);
			FIX::Session::sendToTarget(m, id);
		}
	}
	initiator.stop();
	return 0;
}
