/* fix_acceptor.cpp - a venue whose FIX engine is QuickFIX: what it says on standard input, what it hears on standard
   output, one message a line with bars for SOH.

     fix_acceptor FIX.4.4 <port> <their name> <our name>

     say <type> <tag>=<value>|...           a message of the application; 60 and the session's tags are put in
     cut | quit                             the connection, without a word of farewell

   What QuickFIX itself says of the session is told too: `rejects` (35=3), `asks` (35=2). */
#include <cstdio>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

#include <quickfix/Application.h>
#include <quickfix/FieldTypes.h>
#include <quickfix/MessageStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>

static void tell(const char *word, const FIX::Message &message)
{
	static std::mutex lock;
	std::lock_guard<std::mutex> guard(lock);
	std::string text = message.toString();
	for (char &c : text)
		c = c == '\1' ? '|' : c;
	std::printf("%s |%s\n", word, text.c_str());
}

class Venue : public FIX::Application {
public:
	void onCreate(const FIX::SessionID &) override {}
	void onLogon(const FIX::SessionID &) override { std::printf("logon\n"); }
	void onLogout(const FIX::SessionID &) override { std::printf("logout\n"); }
	void toAdmin(FIX::Message &message, const FIX::SessionID &) override
	{
		std::string type = message.getHeader().getField(35);
		if (type == "3" || type == "2")
			tell(type == "3" ? "rejects" : "asks", message);
	}
	void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
	void fromAdmin(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::RejectLogon) override
	{
		tell("admin", message);
	}
	void fromApp(const FIX::Message &message, const FIX::SessionID &) throw(FIX::FieldNotFound,
		FIX::IncorrectDataFormat, FIX::IncorrectTagValue, FIX::UnsupportedMessageType) override
	{
		tell("app", message);
	}
};

static FIX::Message message_of(std::istringstream &words)
{
	FIX::Message m;
	std::string type, fields;
	words >> type >> fields;
	m.getHeader().setField(35, type);
	m.setField(FIX::StringField(60, "20250102-14:30:00.000"));
	std::istringstream list(fields);
	for (std::string field; std::getline(list, field, '|');)
		m.setField(std::atoi(field.c_str()), field.substr(field.find('=') + 1));
	return m;
}

static std::string settings_of(char **words)
{
	std::ostringstream text;
	text << "[DEFAULT]\nConnectionType=acceptor\nUseDataDictionary=N\nStartTime=00:00:00\nEndTime=00:00:00\nHeartBtInt=30\nSocketReuseAddress=Y\n"
	     << "SenderCompID=" << words[4] << "\nTargetCompID=" << words[3]
	     << "\nSocketAcceptPort=" << words[2] << "\n[SESSION]\nBeginString=" << words[1] << "\n";
	return text.str();
}

int main(int count, char **words)
{
	if (count != 5)
		return 2;
	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	Venue venue;
	std::istringstream text(settings_of(words));
	FIX::SessionSettings settings(text);
	FIX::MemoryStoreFactory store;
	FIX::SocketAcceptor acceptor(venue, store, settings);
	FIX::SessionID id(words[1], words[4], words[3]);
	acceptor.start();
	std::printf("ready\n");
	std::string line;
	while (std::getline(std::cin, line) && line != "quit") {
		std::istringstream command(line);
		std::string word;
		command >> word;
		if (word == "cut") {
			FIX::Session::lookupSession(id)->disconnect();
		} else {
			FIX::Message m = message_of(command);
			FIX::Session::sendToTarget(m, id);
		}
	}
	acceptor.stop(true);
	return 0;
}
