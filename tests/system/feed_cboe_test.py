#!/usr/bin/env python3
"""A Cboe unit over veth, through the real processes: PITCH on two lines, what both lose asked for at the gap request proxy over
kernel TCP and heard again on lines of gap responses; a late start and what the proxy no longer has by the spin server.
In the end every book is the venue's own.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
from cases import appliance  # noqa: E402
from feed_bad_wire_test import Market, channel, play, site_of, wrong_books  # noqa: E402

RATE, UNIT = 10000, 31
DOORS = ("--pitch-a", "239.1.2.1:30001", "--pitch-b", "239.1.2.2:30001", "--pitch-unit", str(UNIT),
         "--gap-a", "239.1.3.1:30001", "--gap-b", "239.1.3.2:30001", "--gap-proxy", "127.0.0.1:26030",
         "--spin-server", "127.0.0.1:26040", "--cboe-user", "0001:FIRM:test-feed")
CHANNEL = f"""channels:
  - name: bzx
    protocol: pitch
    number: {UNIT}
    max_silence: 3 s
    lines:
      - {{port: feed-a, group: 239.1.2.1:30001}}
      - {{port: feed-b, group: 239.1.2.2:30001}}
    recovery:
      wait: 2 ms
      hold: 16384 packets
      again: 30 s
      requests:
        servers: [127.0.0.1:26030]
        sub_id: "0001"
        username: FIRM
        password: test-feed
        lines:
          - {{port: feed-a, group: 239.1.3.1:30001}}
          - {{port: feed-b, group: 239.1.3.2:30001}}
        messages: 100 messages
        reach: 20000 messages
        rate: 300 per s
        tries: 3
        timeout: 200 ms
        within: 10 s
      snapshot: {{address: "127.0.0.1:26040", sub_id: "0001", username: FIRM, password: test-feed, tries: 3, timeout: 5 s}}

venues:
"""


class Unit(Market):
    def __init__(self, directory):
        import feed_bad_wire_test
        feed_bad_wire_test.RATES, feed_bad_wire_test.SECONDS = (RATE,), 0
        super().__init__(directory)


def cboe_site(directory, market):
    site = site_of(directory, market)
    path = os.path.join(site.config, "site.yaml")
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text[:text.index("channels:\n")] + CHANNEL + text[text.index("venues:\n") + len("venues:\n"):])
    return site


def recovery(site):
    return next(row for row in site.ctl_json("show", "feeds")["rows"] if "last_gap_by" in row)


def caught_up(site, seconds=20):
    def look():
        row = channel(site)
        return int(row["next"]) > site.exchange_report()["unit"]["messages"] and row["state"] == "sequenced"
    try:
        appliance.wait_for("the feed to come along", look, seconds, every=0.1)
    except appliance.NotReady:
        return False
    return True


def losses(test, directory):
    market = Unit(directory)
    with cboe_site(directory, market) as site:
        site.up("--commands", "--messages-per-second", "1", *DOORS, start="command", itch=market.path)
        site.exchange_say("begin")
        site.exchange_say("pause")
        play(site, RATE, 0.3)
        test.true("a_unit_is_in_sequence", caught_up(site), channel(site), "sequenced")
        test.equal("its_books_are_the_venues", wrong_books(site, market)[:5], [])
        by_request(test, site, market)
        late_start(test, site, market)
        beyond_the_proxy(test, site, market)
        given_up(test, site)


def by_request(test, site, market):
    site.exchange_say("pitch drop 3 on both")
    play(site, RATE, 0.3)
    test.true("what_both_lines_lost_is_said_again", caught_up(site), recovery(site), "sequenced")
    unit, row = site.exchange_report()["unit"], recovery(site)
    test.true("the_proxy_was_asked", unit["accepted"] > 0, unit, "some")
    test.equal("show_feeds_names_what_filled_it", row["last_gap_by"], "request")
    test.true("and_how_much", int(row["filled_by_request"]) > 0, row, "some")
    test.equal("nothing_was_given_up", channel(site)["lost"], 0)
    test.equal("books_behind_requests_are_the_venues", wrong_books(site, market)[:5], [])


def late_start(test, site, market):
    site.stop("dataplane")
    play(site, RATE, 0.3)
    site.dataplane()
    site.wait_open()
    play(site, RATE, 0.3)
    test.true("who_starts_late_is_whole", caught_up(site, 60), recovery(site), "sequenced")
    test.equal("books_of_a_late_start_are_the_venues", wrong_books(site, market)[:5], [])


def beyond_the_proxy(test, site, market):
    spins = site.exchange_report()["unit"]["spins"]
    site.exchange_say("gaps depth 1")
    site.exchange_say("pitch drop 3 on both")
    play(site, RATE, 0.3)
    test.true("what_the_proxy_no_longer_has_is_mended_by_a_spin", caught_up(site, 60), recovery(site), "sequenced")
    row = recovery(site)
    test.true("a_spin_was_given", site.exchange_report()["unit"]["spins"] > spins, row, "one more")
    test.equal("the_refusal_is_named", row["last_refusal"], "out of range")
    test.equal("and_what_mended_it", row["last_gap_by"], "snapshot")
    test.equal("books_behind_a_spin_are_the_venues", wrong_books(site, market)[:5], [])


def given_up(test, site):
    """Nobody has it: loudly."""
    site.exchange_say("spins cut 1")
    site.exchange_say("pitch drop 3 on both")
    play(site, RATE, 0.2)
    appliance.wait_for("it to be given up", lambda: int(channel(site)["lost"]) > 0, 30)
    row = recovery(site)
    test.equal("what_nobody_has_is_given_up", (channel(site)["state"], row["recovery"]), ("STALE", "given up"))
    test.equal("and_how_the_spin_broke_off_is_named", row["snapshot_trouble"], "closed")
    test.true("health_says_so", "tried: request 127.0.0.1:26030, snapshot 127.0.0.1:26040" in site.ctl("health").stdout,
              site.ctl("health").stdout, "whom it asked")


if __name__ == "__main__":
    cases.run("system.feed_cboe", losses)
