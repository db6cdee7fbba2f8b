#!/usr/bin/env python3
"""Everything an operator can type, against a running appliance, and everything that counts, after a day.

Each row of config/commands.def is asked once as text and once as JSON; a row that is not in the table here fails by
name.  Then a day is played in which something of every kind happens, on the wires too, and each counter of
config/metrics.def must have moved, but for those that say that something is broken.
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import cases  # noqa: E402
import frames  # noqa: E402
import market  # noqa: E402
import ouch  # noqa: E402
from cases import appliance  # noqa: E402

CONFIG = os.path.join(appliance.ROOT, "config")
SECOND_UID = 1001
# A row of commands.def: what is typed instead, and the class it ends with (text, JSON; a second run may differ).
COMMANDS = {
    "help [words...]": [("help", 0), ("help codes", 0), ("help kill", 0)],
    "status": [("status", 0)],
    "health": [("health", 0)],
    "metrics": [("metrics", 0)],
    "show feeds": [("show feeds", 0)],
    "show ports": [("show ports", 0)],
    "show clock": [("show clock", 0)],
    "show book <symbol> [levels]": [("show book AAPL", 0), ("show book AAPL 3", 0), ("show book NOPE", 4), ("show book", 9)],
    "show ahead <symbol> <reference>": [("show ahead AAPL 1", 4), ("show ahead NOPE 1", 4), ("show ahead AAPL no", 9), ("show ahead", 9)],
    "show symbol <symbol>": [("show symbol AAPL", 0), ("show symbol NOPE", 4), ("show symbol", 9)],
    "show market": [("show market", 0)],
    "show bars <symbol> [options...]": [("show bars AAPL", 0), ("show bars AAPL --interval 1d", 0), ("show bars NOPE", 4),
                                        ("show bars", 9), ("show bars AAPL --interval 2h", 9)],
    "show sessions": [("show sessions", 0)],
    "show venues": [("show venues", 0)],
    "show orders [account]": [("show orders", 0), ("show orders 17", 0), ("show orders 4095", 4)],
    "show positions [account]": [("show positions", 0), ("show positions 17", 0)],
    "show limits [account]": [("show limits", 0), ("show limits 18", 0)],
    "show effective <account> <symbol> [options...]": [
        ("show effective 17 AAPL", 0), ("show effective 17 AAPL --session 1", 0), ("show effective 17", 9)],
    "show rejects": [("show rejects", 0)],
    "show stops": [("show stops", 0)], "show breaks": [("show breaks", 0)],
    "show rates": [("show rates", 0)], "show fees": [("show fees", 0)],
    "rates set <currency> <rate> [because...]": [("rates set EUR 1.0850", 4), ("rates set EUR", 9)],  # scenario.verdict_rates sets some
    "rates load <file> [because...]": [("rates load {directory}/rates.yaml", 9), ("rates load", 9)],
    "breaks ack <number> [because...]": [("breaks ack 1 because x", 4), ("breaks ack x because x", 9), ("breaks ack 1", 4)],
    "halt <scope> <id> [because...]": [("halt account 18 because lunch", 0)],
    "reduce-only <scope> <id> [because...]": [("reduce-only strategy 2 because check", 0)],
    "resume <scope> <id> [because...]": [("resume account 18 because back", 0), ("resume strategy 2 because back", 0)],
    "kill <scope> <id> [because...]": [("kill symbol ZVZZT because runaway", 0)],
    "rearm <scope> <id> [because...]": [("rearm symbol ZVZZT because checked", 4)],
    "orders uncertain [account]": [("orders uncertain", 0), ("orders uncertain 17", 0)],
    "orders resolve <order> [as...] [because...]": [("orders resolve 1 --as cancelled because x", 4), ("orders resolve 1 because x", 9)],
    "day show": [("day show", 0)],
    "day end [because...]": [("day end now because test", 9)],  # system.roll ends one
    "day begin [because...]": [("day begin", 4), ("day begin because test", 0)],
    "limits check [file]": [("limits check", 0), ("limits check {directory}/loose.yaml", 0),
                            ("limits check {directory}/bad.yaml", 4), ("limits check {directory}/none.yaml", 9),
                            ("limits check none.yaml", 4)],
    "limits lint [file]": [("limits lint", 0), ("limits lint {directory}/high.yaml", 4)],
    "limits diff [file]": [("limits diff", 0), ("limits diff {directory}/loose.yaml", 0)],
    "show pnl [account]": [("show pnl", 0), ("show pnl 17", 0)],
    "show lots <account> <symbol>": [("show lots 17 AAPL", 0), ("show lots 17 NONE", 4)],
    "limits dry-run [file]": [("limits dry-run", 0), ("limits dry-run {directory}/loose.yaml", 0),
                              ("limits dry-run {directory}/bad.yaml", 4)],
    "limits load [file] [options...] [because...]": [
        ("limits load", 0), ("limits load {directory}/loose.yaml because test", 4),
        ("limits load {directory}/loose.yaml --confirm-within 60s because test", 4), ("limits load --confirm-within 5x", 9)],
    "limits raise <scope> <id> [lease...] [because...]": [
        ("limits raise account 17 max_order_quantity 3000 shares for 30 min because test", 4), ("limits raise account 17", 4),
        ("limits raise account 17 max_order_quantity 3000 shares because test", 9)],
    "limits confirm [because...]": [("limits confirm", 4)],
    "limits undo [lease...] [because...]": [("limits undo", 4), ("limits undo lease 9", 4), ("limits undo lease x", 9)],
    "limits leases": [("limits leases", 0)],
    "show slices": [("show slices", 0)],
    "slices move <limit> [amount...] [because...]": [
        ("slices move credit 1.00 USD --from east --to west because test", 9), ("slices move", 9)],
    "slices settle [because...]": [("slices settle because test", 0), ("slices settle", 4)],
    "limits history": [("limits history", 0)],
    "limits restore <epoch> [options...] [because...]": [
        ("limits restore 1 because test", 0), ("limits restore 999 because test", 4), ("limits restore x", 9), ("limits restore", 9)],
    "capture start [duration...]": [("capture start 60 s", 0), ("capture start 5x", 9)],
    "capture stop": [("capture stop", 0)],
    "capture status": [("capture status", 0)],
    "why <order>": [("why 1", 0), ("why 999999", 4)],
    "what-if [options...]": [("what-if --limits limits.yaml day", 0), ("what-if 1 --limits {directory}/loose.yaml", 0),
                             ("what-if 999999 --limits limits.yaml", 4), ("what-if 1", 9)],
    "journal verify [options...]": [("journal verify", 0)],
    "journal export [options...]": [("journal export", 0), ("journal export 5", 0)],
    "journal replay [options...]": [("journal replay", 0)],
}
# What a good day does not move: each says that a table, a disk or a venue is broken, or stands at zero when all is
# well.  Fragments are put together by the kernel before net_af_packet sees them.
UNMOVED = {"feed_book_full", "feed_fragments", "feed_port_missed", "gate_withheld", "gate_unanswered",
           "gate_venue_unknown", "gate_venue_bad", "gate_journal_full", "gate_conservation_residue",
           "journal_behind", "journal_errors", "journal_salvaged",
           "journal_no_room",  # by system.disk_full
           "journal_waits"}    # by system.slow_disk, and unit.dataplane.plan.patience
# What only a wire or a server worse than this day's moves: property.feed_loss and the unit tests of feed/ move these.
UNMOVED |= {"feed_answers_old", "feed_answers_refused", "feed_held_bytes", "feed_held_packets", "feed_hold_full",
            "feed_requests_unsent", "feed_session_changes", "feed_snapshots_failed", "feed_spared", "feed_superseded",
            "feed_unbelieved", "feed_unnamed"}
# What only a venue with a gap request proxy moves: system.feed_cboe and unit.dataplane.feed.proxy move these.
UNMOVED |= {"feed_replies", "feed_requests_refused"}
# What only somebody else's packets on our address move: unit.dataplane.feed.inlet moves it.
UNMOVED |= {"feed_strangers"}
# What only a venue that goes away moves: unit.dataplane.gate.venue_many moves these.
UNMOVED |= {"gate_uncertain", "gate_venue_losses", "gate_venue_refusals"}
# What only persons who resolve uncertain orders move: unit.dataplane.fold.resolve and scenario.orders_resolved move these.
UNMOVED |= {"gate_resolved", "gate_resolved_denied"}
# What only FIX peers that say too much in one message move: unit.dataplane.gate.session_fix and session_fix_venue move it.
UNMOVED |= {"gate_too_long"}
# What only a FIX venue that lacks something in mid-session moves: unit.dataplane.fold.fix_lacked moves it.
UNMOVED |= {"gate_venue_lacked"}
# What only a FIX venue that lost answers moves: unit.dataplane.fold.fix_status and scenario.fix_status_asked move these.
UNMOVED |= {"gate_status_asked", "gate_status_settled"}
# What only sessions that ask for it move: unit.dataplane.gate.client_left moves these.
UNMOVED |= {"gate_orders_left", "gate_orders_dead_man", "gate_logins_crowded"}
# What only clients that send what is no message move: system.order_malformed.
UNMOVED |= {"gate_garbled"}
# What only a venue with second thoughts moves: unit.dataplane.fold.trade moves these.
UNMOVED |= {"gate_fills_broken", "gate_fills_corrected", "gate_fills_late", "gate_fills_repeated", "gate_fills_unknown"}

# What only a site that states its venue's fees moves: unit.dataplane.fold.trade_fees moves it.
UNMOVED |= {"gate_fees_unnamed"}
# What only a site with those doors moves: system.order_shm, system.order_tls, system.stack and unit.dataplane.gate.client move these.
UNMOVED |= {"gate_shm_opened", "gate_shm_refused", "gate_shm_lied", "gate_shm_died", "gate_shm_hung", "gate_connections_refused",
            "gate_stack_tx_frames", "gate_stack_tx_refused"}
# What only memory that changes moves: unit.dataplane.fold.truth moves it.
UNMOVED |= {"gate_untrue"}
# What only a gate that latches by itself moves: unit.dataplane.gate.trips and scenario.verdict_loss move these.
UNMOVED |= {"gate_trips", "gate_trips_standing"}
# What only persons who raise a limit for a time move: scenario.limits_raised_for_a_time moves it.
UNMOVED |= {"gate_leases"}
# What only a site with a venue's drop copy moves: scenario.copy_in_resolves, scenario.copy_in_dead and unit.dataplane.fold.copyin move these.
UNMOVED |= {"gate_copy_acknowledged", "gate_copy_alarms", "gate_copy_applied", "gate_copy_breaks", "gate_copy_lost", "gate_copy_matched", "gate_copy_waiting"}
UNMOVED |= {"gate_tls_opened", "gate_tls_refused", "gate_tls_truncated", "gate_tls_broken", "gate_tls_alerts_in",
            "gate_tls_alerts_out", "gate_tls_memory", "gate_tls_memory_denied"}


# The example's symbols are easy to borrow; shares located show how many are used all the same.
LOCATED = ("    symbols:\n      - {symbol: ZVZZT,",
           "    symbols:\n      - {symbol: AAPL, locates: 1000 shares}\n      - {symbol: ZVZZT,")


def rows_of(name, macro):
    with open(os.path.join(CONFIG, name)) as file:
        return re.findall(rf"^{macro}\((.*)\)$", file.read(), flags=re.M)


def every_command(test, directory):
    typed = [re.match(r'"([^"]*)"', row)[1] for row in rows_of("commands.def", "COMMAND")]
    test.equal("every_row_of_commands_def_is_asked_here", sorted(typed), sorted(COMMANDS))
    with appliance.Appliance(directory, edit={"limits.yaml": [LOCATED]}) as site:
        site.up("--commands", "--messages-per-second", "20000")
        make_limits(site, directory)
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        appliance.wait_for("the book", lambda: len(site.ctl_json("show", "book", "AAPL")["rows"]) == 20)
        appliance.wait_for("health to be ready", lambda: site.ctl("health").returncode == 0)
        client.answer(client.enter("B", 10, "AAPL", 1600000))
        client.answer(client.enter("B", 999999, "AAPL", 1600000))
        wrong = []
        for form in ("text", "json"):
            for row in typed:
                for line, status in COMMANDS.get(row, []):
                    wrong += ask(site, line.format(directory=directory), status, form)
            again(site)
        test.none("every_command_ends_in_its_class_as_text_and_as_json", wrong, "commands that did not")
        capture_of_the_wire(test, site)
        judged_again(test, site, directory)
        read_while_written(test, site, client)
        every_limit(test, site)
        strangers(test, site)
        outputs(test, site)
        client.close()


def capture_of_the_wire(test, site):
    """What an analyser reads in the file is what both ports brought meanwhile: ITCH in MoldUDP64, whole frames."""
    def status():
        return site.ctl_json("capture", "status")["rows"][0]

    site.ctl("capture", "start")
    appliance.wait_for("heartbeats of both lines", lambda: int(status()["frames"]) >= 4)
    site.ctl("capture", "stop")
    appliance.wait_for("the end", lambda: status()["capture"] == "off")
    with open(status()["file"], "rb") as file:
        bytes_ = file.read()
    at, sizes, ports = 0, [], set()
    while at < len(bytes_):
        kind, size = struct.unpack_from("<II", bytes_, at)
        if kind == 6:
            port, _, _, kept, wire = struct.unpack_from("<IIIII", bytes_, at + 8)
            sizes.append((kept, wire))
            ports.add(port)
        at += size
    test.true("frames_of_both_ports_are_in_the_pcapng_file", len(sizes) >= 4 and ports == {0, 1}, (len(sizes), ports),
              "at least 4, of ports 0 and 1")
    test.none("every_frame_is_whole", [pair for pair in sizes if pair[0] != pair[1]], "frames that were cut")
    test.equal("no_frame_is_lost", int(status()["lost"]), 0)


def read_while_written(test, site, client):
    """What the disk has not acknowledged may be torn, and is no damage."""
    is_over = threading.Event()

    def orders():
        while not is_over.wait(0.0005):
            client.enter("B", 999999, "AAPL", 1600000)

    writer = threading.Thread(target=orders)
    writer.start()
    wrong = []
    for _ in range(12):
        for words in (("journal", "verify"), ("limits", "dry-run"), ("journal", "replay"), ("why", "1")):
            done = site.ctl(*words)
            if done.returncode != 0 or "damaged record" in done.stdout:
                wrong.append((words, done.returncode, done.stdout[:200]))
    is_over.set()
    writer.join()
    test.none("a_journal_that_is_being_written_is_read_and_judged_whole", wrong, "answers that were not")


def judged_again(test, site, directory):
    """The day by the limits that it had, and by such as let nobody send more than 5 shares at once."""
    same = site.ctl_json("limits", "dry-run")
    test.equal("by_its_own_limits_no_verdict_differs", (same["code"], same["rows"]), (0, []))
    other = site.ctl_json("limits", "dry-run", f"{directory}/tight.yaml")
    found = {(row["old"], row["new"], row["usage"], row["limit"], row["owner"]) for row in other["rows"]}
    test.equal("by_tighter_ones_the_order_is_named_with_its_reason", found,
               {("PASSED", "MAX_ORDER_QUANTITY", "10 shares", "5 shares", "account")})
    order = str(other["rows"][0]["order"])
    one = site.ctl_json("what-if", "--limits", f"{directory}/tight.yaml", order)
    test.equal("one_order_is_asked_for_by_its_number", one["rows"], other["rows"][:1])
    bad = site.ctl("limits", "dry-run", f"{directory}/bad.yaml")
    test.true("limits_that_are_wrong_are_refused_with_their_place", re.search(r"/bad\.yaml:\d+:\d+: found", bad.stdout),
              bad.stdout, ".../bad.yaml:LINE:COLUMN: found ...")
    by_hand = subprocess.run([site.program("sluice-dataplane"), "--config", site.config, "--replay", site.journal,
                              "--limits", f"{directory}/tight.yaml"], capture_output=True, text=True, timeout=60)
    test.equal("the_program_by_hand_says_so_by_its_exit_status", by_hand.returncode, 3)


def every_limit(test, site):
    """Usage is shown of each row of limits.def: by the account, or by the firm, its sessions and symbols; and of the
    site's own two limits, which have no key there."""
    # capital: leverage and shares are reckoned from it, nothing is held against it alone; by the rates collateral and stress are
    keys = sorted({row.split(",")[0] for row in rows_of("limits.def", "LIMIT")} - {"capital", "margin_rate", "stress_rate"})
    shown = site.ctl_json("show", "limits")["rows"] + site.ctl_json("show", "limits", "17")["rows"]
    forecasts = {row["scope"]: row["forecast"] for row in shown if row["key"] == "order_to_trade"}
    test.equal("messages_are_foretold_of_the_account_and_the_firm", sorted(forecasts), ["account 17 (market-making)", "firm"])
    test.none("a_forecast_is_a_time_or_says_that_there_is_none",
              [word for word in forecasts.values() if word != "not at this pace" and not word.startswith("in ")], "other words")
    test.equal("every_row_of_limits_def_shows_its_usage", sorted({row["key"] for row in shown} - {"-"}), keys)
    test.equal("the_sites_own_limits_show_theirs", sorted(row["limit_of"] for row in shown if row["key"] == "-"),
               ["CONTROL_SILENT", "JOURNAL_BEHIND"])
    test.none("each_shows_now_peak_and_limit", [row for row in shown if not {"usage", "peak", "limit"} <= set(row)],
              "rows that did not")
    test.equal("what_is_only_allowed_or_not_is_held_to_yes_or_no",
               sorted({(row["key"], row["usage"], row["limit"]) for row in shown if row["limit"] in ("yes", "no")}),
               [("allow_buy", "0", "yes"), ("allow_exempt", "0", "no"), ("allow_sell", "0", "yes"), ("allow_short", "0", "yes"),
                ("allow_unmarked_short", "0", "yes"), ("easy_to_borrow", "0", "yes")])
    samples = [row for row in site.ctl_json("metrics")["rows"] if row["metric"].startswith("sluice_limit")]
    for metric in ("sluice_limit_usage", "sluice_limit_peak", "sluice_limit"):
        found = {re.search(r'key="(\w*)"', row["labels"])[1] for row in samples if row["metric"] == metric}
        test.equal(f"{metric}_is_told_of_every_row_of_limits_def", sorted(found - {""}), keys)
    test.equal("no_usage_and_no_word_of_a_limit_that_fills_is_missing_from_the_metrics",
               {row["metric"]: row["value"] for row in samples if row["labels"] == ""},
               {"sluice_limits_cut": "0", "sluice_limits_kept": "1", "sluice_limit_usage_events_lost_total": "0"})
    marks = {re.search(r'mark="(\d+)"', row["labels"])[1] for row in samples if row["metric"] == "sluice_limit_usage_events_total"}
    test.equal("limits_that_fill_are_counted_by_mark", bool(marks) and marks <= {"50", "80", "100"}, True)
    with open(os.path.join(site.journal, "audit.jsonl")) as file:
        told = [line for line in map(json.loads, file) if line.get("event") == "usage"]
    test.none("what_the_audit_tells_of_a_filling_limit_is_of_limits_def",
              [line for line in told if line["key"] not in keys + ["-"] or line["percent"] not in (50, 80, 100)], "lines")
    test.true("the_audit_tells_of_limits_that_fill", told, told, "a line at least")


def make_limits(site, directory):
    with open(os.path.join(site.config, "limits.yaml")) as file:
        text = file.read()
    for name, old, new in (("loose.yaml", "max_order_quantity: 2000 shares", "max_order_quantity: 3000 shares"),
                           ("high.yaml", "max_order_quantity: 2000 shares", "max_order_quantity: 2000000000 shares"),
                           ("tight.yaml", "2000 shares", "5 shares"),
                           ("bad.yaml", "2000 shares", "2000 share")):
        if old not in text:
            raise appliance.NotReady(f"limits.yaml: found no `{old}`")
        with open(os.path.join(directory, name), "w") as file:
            file.write(text.replace(old, new))


def again(site):
    """The second person, so that the next form finds what the first one did."""
    site.ctl("rearm", "symbol", "ZVZZT", "because", "checked", uid=SECOND_UID)


def ask(site, line, status, form):
    words = line.split()
    done = site.ctl(*(["--json"] if form == "json" else []), *words)
    trouble = []
    if done.returncode != status:
        # Whole, as why something is not ready stands in its last rows; but for what has no end.
        said = done.stdout[:200] if is_for_machines(line) else done.stdout
        trouble.append(f"{form} `{line}`: exit {done.returncode}, expected {status}: {said}{done.stderr}")
    if form == "text":
        trouble += text_trouble(line, done)
    else:
        trouble += json_trouble(line, done, status)
    return trouble


def is_for_machines(line):
    return line.startswith(("metrics", "journal export"))


def text_trouble(line, done):
    lines = done.stdout.split("\n")
    trouble = []
    if "" in [part.strip() for part in lines[:-1]]:
        trouble.append(f"text `{line}`: found an empty line inside: {done.stdout[:200]!r}")
    if not is_for_machines(line) and not re.match(r"(door +|control +)?\d{3} ", lines[0]):
        trouble.append(f"text `{line}`: found {lines[0][:80]!r}, expected a code first")
    if is_for_machines(line) and not re.match(r"\d{3} ", done.stderr):
        trouble.append(f"text `{line}`: found {done.stderr[:80]!r} on standard error, expected the code there")
    return trouble


def json_trouble(line, done, status):
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        return [f"json `{line}`: {error}: {done.stdout[:200]!r}"]
    if not isinstance(answer.get("code"), int) or (answer["code"] // 100 if answer["code"] >= 200 else 0) != status:
        return [f"json `{line}`: found code {answer.get('code')}, expected class {status}"]
    parts = [answer] if "rows" in answer else [answer.get("door"), answer.get("control")]
    if not all(isinstance(part, dict) and "text" in part for part in parts):
        return [f"json `{line}`: found {str(answer)[:200]}, expected text and rows"]
    return []


def outputs(test, site):
    """A full disk is told; a reader who left has what he wanted.  What is closed is nobody's, least of all control's."""
    found, told = {}, set()
    for name, words in (("full", "> /dev/full"), ("closed", ">&-"), ("left", "| true"), ("read", "> /dev/null")):
        line = f"'{site.program('sluicectl')}' --run '{site.run}' status {words}; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=10)
        found[name] = done.stdout.strip()
        told |= {name} if "takes no more" in done.stderr else set()
    test.equal("an_answer_that_nobody_can_read_is_no_success", found, {"full": "8", "closed": "8", "left": "0", "read": "0"})
    test.equal("an_output_that_takes_no_more_is_told", told, {"full", "closed"})


def strangers(test, site):
    """A viewer of the example sees everything and moves nothing."""
    uid = 65534
    found = [site.ctl(*line.split(), uid=uid).returncode for line in
             ("status", "show stops", "halt account 17 because no", "resume account 17 because no", "limits load",
              "frobnicate", "halt account 99")]
    test.equal("a_viewer_sees_and_moves_nothing", found[:5], [0, 0, 4, 4, 4])
    test.equal("what_is_no_command_is_not_understood", found[5], 9)
    test.equal("nothing_is_stopped_at_the_end", site.ctl_json("show", "stops")["rows"], [])


def a_day(test, directory):
    with appliance.Appliance(directory) as site:
        site.up("--user", "maker:maker", "--commands", "--speed", "step")
        site.exchange_say("step 9000")
        appliance.wait_for("the book", lambda: int(site.ctl_json("show", "feeds")["rows"][0]["messages"]) > 9000)
        orders_of_a_day(site)
        appliance.wait_for("a quiet second", lambda: site.metric("sluice_feed_heartbeats_total") > 0, 5)
        wires_of_a_day(site)
        reader = strategies_of_a_day(test, site)
        moved(test, site)
        reader.close()
        on_every_kernel(test, site)
        the_ledger(test, site)
        dead_dataplane(test, site)


def orders_of_a_day(site):
    two = ouch.Client(25000, "take2", "test-two")
    two.login()
    two.answer(two.enter("B", 1, "AAPL", 1600000), ("accepted",))
    two.close()
    stranger = ouch.Client(25000, "quote1", "wrong")
    stranger.login()
    stranger.close()
    one = ouch.Client(25000, "quote1", "test-one")
    one.login()
    best = [row for row in site.ctl_json("show", "book", "AAPL")["rows"] if row["side"] == "ask"][0]
    ask_e4 = int(best["price"].replace(".", ""))
    taken = one.enter("B", 1, "AAPL", ask_e4)
    if one.answer(taken, ("executed", "rejected")) is None:
        raise appliance.NotReady(f"found {one.messages}, expected an execution")
    open_refs = [one.enter("B", 1 + i, "AAPL", ask_e4 - 20000 - 100 * i) for i in range(5)]
    for ref in open_refs:
        one.answer(ref, ("accepted", "rejected"))
    one.answer(one.replace(open_refs[0], 20, ask_e4 - 30000), ("replaced", "rejected"))
    last = one.ref
    one.enter("B", 1, "AAPL", ask_e4 - 20000, ref=1)      # a number used before: ignored
    one.ref = last
    one.answer(one.enter("B", 999999, "AAPL", ask_e4))    # refused
    one.cancel(open_refs[1])
    one.answer(open_refs[1], ("canceled",))
    one.cancel(424242)                                    # of nobody: ignored
    one.send(b"?what")                                    # no message at all
    one.answer(one.enter("B", 2, "AAPL", ask_e4 - 25000))
    site.ctl("kill", "account", "17", "because", "test")
    one.answer(open_refs[2], ("canceled",))
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(os.path.join(site.run, "kill.sock"))
        door.sendall(b"kill account 4095\n")
        door.settimeout(5)
        door.recv(999)
    one.close()


def wires_of_a_day(site):
    """Whatever a wire may bring: to line A, in a pause of the venue; the feed is not asked for truth any more."""
    at = int(site.ctl_json("show", "feeds")["rows"][0]["next"])
    group, port, session = (239, 1, 1, 1), 26477, "SIM0000001"
    good = frames.add(1, 1 << 41, b"B", 5, "AAPL", 1600000)
    unknown, execute = frames.head(b"E", 1), 1 << 41
    packets = [
        frames.frame(group, 9, b"not for us" * 4),
        frames.frame(group, port, b"short"),
        frames.frame(group, port, frames.mold("OTHER00001", at, [good])),
        frames.frame(group, port, frames.mold(session, at, [good]), fragment=0x2000),
        frames.frame(group, port, frames.mold(session, at, [good]), total_bytes=9000),
        b"\xff" * 6 + b"\x02\0\0\0\0\x01" + b"\x08\x06" + bytes(46),
        # a router asks which groups are wanted (IGMPv2, ten seconds)
        bytes.fromhex("01005e000001" "020000000001" "0800" "4600002000004000" "0102" "fad5" "0a000001" "e0000001"
                      "94040000" "1164ee9b00000000"),
        frames.frame(group, port, frames.mold(session, at, [
            good, b"~" + bytes(20), b"A" + bytes(4),
            unknown + struct.pack(">QIQ", 12345678, 1, 1),    # of an order that is not there
            unknown + struct.pack(">QIQ", execute, 500, 2)])),  # more than is left of it
    ]
    wire = frames.Wire("slsenda")
    for packet in packets:
        wire.put(packet)
    wire.close()
    # books that contradict themselves are fetched again: a snapshot takes them back to where the venue is, and once it is there
    # too, they are whole; what is lost before that would come with a snapshot
    appliance.wait_for("the books to go back", lambda: site.metric("sluice_feed_rewound_messages_total") > 0, 20)
    site.exchange_say("step 20")
    appliance.wait_for("the books to be fetched again", lambda: site.metric("sluice_feed_recoveries_total") > 0, 10)
    site.exchange_say("drop ab 1")
    site.exchange_say("step 20")
    site.exchange_say("step 20")
    appliance.wait_for("what was lost to be asked for", lambda: site.metric("sluice_feed_answers_used_total") > 0, 10)
    for door in ("rewind", "glimpse"):
        site.exchange_say(f"{door} refuse all")
    site.exchange_say("drop ab 1")
    site.exchange_say("step 20")
    site.exchange_say("step 20")
    appliance.wait_for("a gap", lambda: site.metric("sluice_feed_lost_messages_total") > 0, 40)
    site.exchange_say("stop")
    appliance.wait_for("the end of the session", lambda: site.metric("sluice_feed_end_of_session_total") > 0, 10)


def strategies_of_a_day(test, site):
    """One that reads and stays while the counters are looked at, and one that asks for what is not given."""
    refused = market.Market(site.run, wants=market.WANTS_ORDERS)
    reader = market.Market(site.run)
    test.equal("the_market_is_given_and_orders_are_not", (reader.text, refused.fd, "orders go through" in refused.text),
               ("", None, True))
    refused.close()
    return reader


def moved(test, site):
    rows = [re.match(r'(\w+), (\w+), (\w+), "(\w+)"', row).groups() for row in rows_of("metrics.def", "METRIC")]
    values = site.metrics()
    test.none("every_row_of_metrics_def_is_told", [name for *_, name in rows if name not in values], "rows missing")
    still = {field for _, field, _, name in rows if values.get(name, 0) == 0}
    test.none("every_counter_that_a_day_moves_has_moved", sorted(still - UNMOVED), "counters that stand at 0")
    test.note(f"at 0 as they should be: {', '.join(sorted(still & UNMOVED))}")
    test.note(f"moved beyond that: {', '.join(sorted(UNMOVED - still)) or 'none'}")
    test.equal("orders_in_are_passed_refused_or_ignored", values["sluice_gate_orders_in_total"],
               values["sluice_gate_orders_passed_total"] + values["sluice_gate_orders_refused_total"] +
               values["sluice_gate_orders_ignored_total"])


def the_ledger(test, site):
    """What was traded, by the journal's own lots and by the gate."""
    rows = site.ctl_json("show", "pnl")["rows"]
    held = [row for row in site.ctl_json("show", "positions")["rows"] if row["account"] != "firm" and row["position"]]
    test.true("somebody_holds_something", held, held, "a position")
    test.equal("the_ledger_and_the_gate_are_equal", {row["gate"] for row in rows}, {"equal"})
    found = {(str(row["account"]), row["symbol"]): row["position"] for row in rows if row["position"]}
    test.equal("positions_are_the_gates", found, {(row["account"], row["symbol"]): row["position"] for row in held})
    account, symbol = held[0]["account"], held[0]["symbol"]
    lots = site.ctl_json("show", "lots", account, symbol)["rows"]
    test.equal("lots_sum_to_the_position", sum(row["shares"] for row in lots), held[0]["position"])


def on_every_kernel(test, site):
    """The day's journal judged again by each kernel of the judgement that this machine has: the same receipts and state."""
    states = {}
    for isa in ("scalar", "avx2", "avx512"):
        done = subprocess.run([site.program("sluice-dataplane"), "--config", site.config, "--replay", site.journal,
                               "--json"], capture_output=True, text=True, timeout=60, env={**os.environ, "SLUICE_ISA": isa})
        found = json.loads(done.stdout)
        states[isa] = (found["verdict"], found["differences"])
    test.equal("every_kernel_comes_to_the_same_receipts", states,
               {isa: ("equal", 0) for isa in ("scalar", "avx2", "avx512")})


def dead_dataplane(test, site):
    before = site.metrics()
    site.kill9("dataplane")
    appliance.wait_for("control to notice", lambda: site.metric("sluice_up") == 0, 5)
    after = site.metrics()
    names = ("sluice_gate_orders_in_total", "sluice_gate_fills_total", "sluice_feed_messages_total",
             "sluice_journal_records_total")
    test.equal("the_counters_of_a_dead_dataplane_are_readable", {n: after.get(n) for n in names},
               {n: before[n] for n in names})
    done = site.ctl("metrics")
    test.true("and_it_is_said_to_be_dead", done.returncode == 0 and "sluice_up 0" in done.stdout,
              (done.returncode, done.stdout[:80]), "exit 0 and sluice_up 0")
    health, status = site.ctl("health"), site.ctl("status").stdout.splitlines()[0]
    test.true("health_fails_and_status_says_absent", health.returncode == 8 and "absent" in status,
              (health.returncode, health.stdout, status), "exit 8, and absent")


HELD = """version: 1
as_of: "{time}"
positions:
  - {{account: 17, symbol: AAPL, long: 500 shares, cost: 150.25, price: 154.68}}
  - {{account: 18, symbol: MSFT, short: 100 shares, cost: 104.10, price: 102.94}}
"""


def held_over_night(test, directory):
    """A day that begins with a file of positions: refused when it is old, in the journal once, and never read again."""
    named = ("run_directory: run", "positions: {file: held.yaml, max_age: 4 days}\nrun_directory: run")
    with appliance.Appliance(directory, edit={"site.yaml": [named]}) as site:
        path = os.path.join(site.config, "held.yaml")

        def write(days_ago):
            with open(path, "w") as file:
                file.write(HELD.format(time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400 * days_ago))))

        def refused():
            done = subprocess.run([site.program("sluice-dataplane"), "--config", site.config], capture_output=True, text=True,
                                  timeout=60)
            return done.returncode, done.stderr

        write(5)
        found, said = refused()
        test.true("old_positions_begin_no_day", found == 1 and re.search(r"held\.yaml:1:1: found an as_of \d+ s ago", said),
                  (found, said[-300:]), "exit 1 and the file")
        test.none("and_leave_nothing", [name for name in ("run", "journal") if os.path.exists(os.path.join(site.config, name))],
                  "directories")
        write(0)
        site.up("--commands", "--messages-per-second", "20000")
        wait_held(site, {("17", "AAPL"): 500, ("18", "MSFT"): -100})
        client = ouch.Client(25000, "quote1", "test-one")
        client.login()
        sell_some(test, site, client)
        client.close()
        held = positions_of(site)
        test.equal("what_was_sold_is_gone_from_it", held, {("17", "AAPL"): 499, ("18", "MSFT"): -100})
        told = site.ctl_json("show", "pnl")
        rows = sorted((row["account"], row["position"], row["gate"]) for row in told["rows"])
        test.equal("journal_and_gate_are_equal", (told["code"], rows),
                   (100, [(17, 499, "equal"), (18, -100, "equal")]))
        lots = site.ctl_json("show", "lots", "17", "AAPL")["rows"]
        test.equal("the_lot_is_of_the_start", [(row["shares"], row["price"], row["opened_by"]) for row in lots],
                   [(499, "150.2500", "start of day")])
        site.kill9("dataplane")
        site.dataplane(wait="open: clients on")
        site.wait_open()
        wait_held(site, held)
        test.equal("a_restart_takes_them_from_the_journal", [row["type"] for row in site.records()].count("position"), 2)
        test.equal("a_replay_needs_them_from_nowhere_else", site.replay()["verdict"], "equal")
        a_file_that_changes(test, site, path, refused)


def positions_of(site):
    rows = site.ctl_json("show", "positions")["rows"]
    return {(row["account"], row["symbol"]): row["position"] for row in rows if row["account"] != "firm" and row["position"]}


def wait_held(site, held):
    appliance.wait_for(f"positions {held}", lambda: positions_of(site) == held)


def sell_some(test, site, client):
    """A share of what the file says is held: it needs no locate, for it is no short sale."""
    best = []

    def look():
        best[:] = [row for row in site.ctl_json("show", "book", "AAPL")["rows"] if row["side"] == "bid"][:1]
        return best

    appliance.wait_for("a bid", look)
    ref = client.enter("S", 1, "AAPL", int(best[0]["price"].replace(".", "")) - 500)
    found = client.answer(ref, ("executed", "rejected"))
    test.equal("what_is_held_may_be_sold", found and found["name"], "executed")


def a_file_that_changes(test, site, path, refused):
    """The file is part of the configuration of the journal, and a kill does not wait for who mends it."""
    with open(path) as file:
        text = file.read()
    with open(path, "w") as file:
        file.write(text.replace("500 shares", "50")[:-20])
    done = site.ctl("kill", "account", "17", "because", "runaway")
    test.true("a_kill_needs_no_positions", done.returncode == 0 and re.match(r"door +000 ", done.stdout),
              (done.returncode, done.stdout, done.stderr), "exit 0 and the door's answer")
    site.stop("dataplane")
    with open(path, "w") as file:
        file.write(text.replace("500 shares", "400 shares"))
    found, said = refused()
    test.true("other_positions_are_another_configuration", found == 1 and "found records of configuration" in said,
              (found, said[-300:]), "exit 1 and the configuration")


if __name__ == "__main__":
    cases.run("system.operator", every_command, a_day, held_over_night)
