"""hearing - messages of order protocols as people name their fields, written from the documents.

It shares nothing with the C codecs, so that a mistake made there is not made here again.  A message becomes a
dictionary: `name` (accepted, rejected ...), `type`, and each field under its name in the document; characters
are text without their padding, prices keep four decimals ("163.0000"), numbers are whole.  Options come under
their own names.
"""

import struct

# name: (type, [(field, offset, bytes, kind)], fixed part, whether an appendage's length always follows)
# kinds: n number, a text, p price
OUCH50 = {
    "event": ("S", [("event_code", 9, 1, "a")], 10, False),
    "accepted": ("A", [("user_ref_num", 9, 4, "n"), ("side", 13, 1, "a"), ("quantity", 14, 4, "n"), ("symbol", 18, 8, "a"),
                       ("price", 26, 8, "p"), ("time_in_force", 34, 1, "a"), ("display", 35, 1, "a"),
                       ("order_reference_number", 36, 8, "n"), ("capacity", 44, 1, "a"), ("iso_eligibility", 45, 1, "a"),
                       ("cross_type", 46, 1, "a"), ("order_state", 47, 1, "a"), ("clordid", 48, 14, "a")], 62, True),
    "replaced": ("U", [("orig_user_ref_num", 9, 4, "n"), ("user_ref_num", 13, 4, "n"), ("side", 17, 1, "a"),
                       ("quantity", 18, 4, "n"), ("symbol", 22, 8, "a"), ("price", 30, 8, "p"), ("time_in_force", 38, 1, "a"),
                       ("display", 39, 1, "a"), ("order_reference_number", 40, 8, "n"), ("capacity", 48, 1, "a"),
                       ("iso_eligibility", 49, 1, "a"), ("cross_type", 50, 1, "a"), ("order_state", 51, 1, "a"),
                       ("clordid", 52, 14, "a")], 66, True),
    "canceled": ("C", [("user_ref_num", 9, 4, "n"), ("quantity", 13, 4, "n"), ("reason", 17, 1, "a")], 18, False),
    "aiq-canceled": ("D", [("user_ref_num", 9, 4, "n"), ("decrement_shares", 13, 4, "n"), ("reason", 17, 1, "a"),
                           ("quantity_prevented", 18, 4, "n"), ("execution_price", 22, 8, "p"), ("liquidity_flag", 30, 1, "a"),
                           ("aiq_strategy", 31, 1, "a")], 32, False),
    "executed": ("E", [("user_ref_num", 9, 4, "n"), ("quantity", 13, 4, "n"), ("price", 17, 8, "p"),
                       ("liquidity_flag", 25, 1, "a"), ("match_number", 26, 8, "n")], 34, True),
    "broken": ("B", [("user_ref_num", 9, 4, "n"), ("match_number", 13, 8, "n"), ("reason", 21, 1, "a"),
                     ("clordid", 22, 14, "a")], 36, False),
    "corrected": ("F", [("user_ref_num", 9, 4, "n"), ("quantity", 13, 4, "n"), ("price", 17, 8, "p"),
                        ("liquidity_flag", 25, 1, "a"), ("match_number", 26, 8, "n"), ("reason", 34, 1, "a")], 49, False),
    "rejected": ("J", [("user_ref_num", 9, 4, "n"), ("reason", 13, 2, "n"), ("clordid", 15, 14, "a")], 29, False),
    "cancel-pending": ("P", [("user_ref_num", 9, 4, "n")], 13, False),
    "cancel-reject": ("I", [("user_ref_num", 9, 4, "n")], 13, False),
    "priority": ("T", [("user_ref_num", 9, 4, "n"), ("price", 13, 8, "p"), ("display", 21, 1, "a"),
                       ("order_reference_number", 22, 8, "n")], 30, False),
    "modified": ("M", [("user_ref_num", 9, 4, "n"), ("side", 13, 1, "a"), ("quantity", 14, 4, "n")], 18, False),
    "restated": ("R", [("user_ref_num", 9, 4, "n"), ("reason", 13, 1, "a")], 14, True),
    "mass-canceled": ("X", [("user_ref_num", 9, 4, "n"), ("firm", 13, 4, "a"), ("symbol", 17, 8, "a")], 25, True),
    "disabled": ("G", [("user_ref_num", 9, 4, "n"), ("firm", 13, 4, "a")], 17, True),
    "enabled": ("K", [("user_ref_num", 9, 4, "n"), ("firm", 13, 4, "a")], 17, True),
    "query": ("Q", [("next_user_ref_num", 9, 4, "n")], 13, False),
}

# The same of OUCH 4.2; orders are named by tokens.
OUCH42 = {
    "event": ("S", [("event_code", 9, 1, "a")], 10, False),
    "accepted": ("A", [("token", 9, 14, "a"), ("side", 23, 1, "a"), ("shares", 24, 4, "n"), ("stock", 28, 8, "a"),
                       ("price", 36, 4, "p"), ("time_in_force", 40, 4, "n"), ("firm", 44, 4, "a"), ("display", 48, 1, "a"),
                       ("capacity", 57, 1, "a"), ("iso_eligibility", 58, 1, "a"), ("minimum_quantity", 59, 4, "n"),
                       ("cross_type", 63, 1, "a"), ("order_state", 64, 1, "a")], 66, False),
    "replaced": ("U", [("token", 9, 14, "a"), ("side", 23, 1, "a"), ("shares", 24, 4, "n"), ("stock", 28, 8, "a"),
                       ("price", 36, 4, "p"), ("time_in_force", 40, 4, "n"), ("display", 48, 1, "a"),
                       ("order_state", 64, 1, "a"), ("previous", 65, 14, "a")], 80, False),
    "canceled": ("C", [("token", 9, 14, "a"), ("decrement_shares", 23, 4, "n"), ("reason", 27, 1, "a")], 28, False),
    "aiq-canceled": ("D", [("token", 9, 14, "a"), ("decrement_shares", 23, 4, "n"), ("reason", 27, 1, "a"),
                           ("quantity_prevented", 28, 4, "n"), ("execution_price", 32, 4, "p")], 37, False),
    "executed": ("E", [("token", 9, 14, "a"), ("executed_shares", 23, 4, "n"), ("execution_price", 27, 4, "p"),
                       ("liquidity_flag", 31, 1, "a"), ("match_number", 32, 8, "n")], 40, False),
    "broken": ("B", [("token", 9, 14, "a"), ("match_number", 23, 8, "n"), ("reason", 31, 1, "a")], 32, False),
    "corrected": ("F", [("token", 9, 14, "a"), ("executed_shares", 23, 4, "n"), ("execution_price", 27, 4, "p"),
                        ("match_number", 32, 8, "n"), ("reason", 40, 1, "a")], 41, False),
    "rejected": ("J", [("token", 9, 14, "a"), ("reason", 23, 1, "a")], 24, False),
    "cancel-pending": ("P", [("token", 9, 14, "a")], 23, False),
    "cancel-reject": ("I", [("token", 9, 14, "a")], 23, False),
    "priority": ("T", [("token", 9, 14, "a"), ("price", 23, 4, "p"), ("display", 27, 1, "a")], 36, False),
    "modified": ("M", [("token", 9, 14, "a"), ("side", 23, 1, "a"), ("shares", 24, 4, "n")], 28, False),
}

OPTIONS = {1: ("secondary_ord_ref_num", "n"), 2: ("firm", "a"), 3: ("min_qty", "n"), 4: ("customer_type", "a"),
           5: ("max_floor", "n"), 6: ("price_type", "a"), 7: ("peg_offset", "n"), 9: ("discretion_price", "p"),
           10: ("discretion_price_type", "a"), 11: ("discretion_peg_offset", "n"), 12: ("post_only", "a"),
           13: ("random_reserves", "n"), 14: ("route", "a"), 15: ("expire_time", "n"), 16: ("trade_now", "a"),
           17: ("handle_inst", "a"), 18: ("bbo_weight_indicator", "a"), 22: ("display_quantity", "n"),
           23: ("display_price", "p"), 24: ("group_id", "n"), 25: ("shares_located", "a"), 26: ("locate_broker", "a"),
           27: ("side", "a"), 28: ("user_ref_idx", "n")}


def value(bytes_, kind):
    if kind == "a":
        return bytes_.decode("latin-1").rstrip(" \0")
    number = int.from_bytes(bytes_, "big")
    return f"{number // 10000}.{number % 10000:04d}" if kind == "p" else number


def ouch50(message):
    """One message of the exchange in OUCH 5.0; what is too short or unknown has the name `garbled`."""
    return read(message, OUCH50)


def ouch42(message):
    return read(message, OUCH42)


def read(message, rows):
    for name, (kind, fields, fixed, always) in rows.items():
        if kind != chr(message[0]):
            continue
        if len(message) < fixed + (2 if always else 0):
            break
        out = {"name": name, "type": kind}
        out.update((field, value(message[at:at + size], how)) for field, at, size, how in fields)
        out.update(options(message[fixed:]) if rows is OUCH50 else {})
        return out
    return {"name": "garbled", "bytes": message.hex()}


def options(bytes_):
    out, at = {}, 2
    if len(bytes_) < 2:
        return out
    end = 2 + struct.unpack(">H", bytes_[:2])[0]
    while at < end:
        size, tag = bytes_[at], bytes_[at + 1]
        name, kind = OPTIONS.get(tag, (f"option_{tag}", "n"))
        out[name] = value(bytes_[at + 2:at + 1 + size], kind)
        at += 1 + size
    return out


def same(found, wanted):
    """Whether a field of a message is what a script's word says: numbers may be hexadecimal, prices shorter."""
    if isinstance(found, int):
        try:
            return found == int(wanted, 0)
        except ValueError:
            return False
    if wanted.startswith("~"):
        return found is not None and wanted[1:] in found
    if "." in str(found) and wanted.replace(".", "").isdigit():
        whole, _, part = wanted.partition(".")
        return (found + ("0000" if "." in found else ".0000")).startswith(f"{int(whole)}.{(part + '0000')[:4]}")
    return found == wanted
