#!/usr/bin/env python3
"""Checks the golden vectors with a decoder written from PROTOCOL.md alone.

    python3 sync-protocol/vectors/decode.py

This is an implementation of the wire format independent of the Rust one: whatever it cannot decode, or
decodes to another value, is wrong in the vectors, in PROTOCOL.md or in the Rust code. Python 3.11, standard
library only. It prints one line and exits 0; or it prints each difference (file, path inside the value, both
values) and exits 1.

Checked are:

- every NAME.hex against its NAME.json: the decoded value, the bytes encoded again, refusal of every strict
  prefix and of an additional byte;
- that no half of a pair is missing, and that every type, variant and optional field of PROTOCOL.md occurs;
- the tables of types below against the tables of PROTOCOL.md, and its worked example against the vectors;
- spelling.json, digest.json, feed_chain.json, cursors_hash.json, receipt.json and genesis.json;
- this program: it must find faults put into a copy of the vectors, and stand hostile bytes.
"""

import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TABLES = {"spelling", "digest", "feed_chain", "cursors_hash", "receipt", "genesis"}

REQUEST_BYTES = 8_388_608
REQUEST_ITEMS = 250_000
RESPONSE_BYTES = 33_554_432

# --------------------------------------------------------------------------------------------------------
# The types, in the notation of PROTOCOL.md.
# --------------------------------------------------------------------------------------------------------


def fields(*lines):
    """`"name: type"` lines as pairs; a field's number is its place."""
    return tuple(tuple(line.split(": ")) for line in lines)


INTEGERS = {
    "u8": (0, 2**8 - 1),
    "u16": (0, 2**16 - 1),
    "u32": (0, 2**32 - 1),
    "u64": (0, 2**64 - 1),
    "i32": (-(2**31), 2**31 - 1),
    "i64": (-(2**63), 2**63 - 1),
}

NAMES = {
    "DocumentId": "bytes(16)",
    "BookId": "bytes(16)",
    "DeviceId": "bytes(16)",
    "Actor": "bytes(16)",
    "ChangeHash": "bytes(32)",
    "Generation": "u64",
}

STRUCTURES = {
    "SyncRequest": fields(
        "protocol: u16",
        "schema: u32",
        "device: DeviceId",
        "stream: StreamState",
        "cursors: Cursors",
        "pushes: [PushedDocument]",
        "downloads: [DownloadAsk]",
        "repairs: [RepairAsk]",
        "complete_up_to_ms: i64?",
        "bundle_version: u8?",
        "page_bytes: u32",
        "wiped: WipeReceipt?",
        "closed_days: [i32]?",
        "report: DeviceReport?",
    ),
    "StreamState": fields("actor: Actor", "current: Generation", "next: Generation"),
    "Cursor": fields("book: BookId", "epoch: u64", "seq: u64", "check: u64"),
    "PushedDocument": fields(
        "document: DocumentId?",
        "kind: Kind",
        "lineage: u32",
        "book: BookId",
        "changes: [PushedChange]",
        "proofs: [Proof]?",
    ),
    "PushedChange": fields("bytes: bytes", "replaces: ChangeHash?"),
    "DownloadAsk": fields("book: BookId", "token: DownloadToken?"),
    "DownloadToken": fields("as_of: Cursor", "last_used: u64", "revisited: DocumentId?"),
    "RepairAsk": fields("book: BookId", "held: [HeldDocument]"),
    "HeldDocument": fields("document: DocumentId", "state: u64"),
    "Proof": fields("statement: Statement", "index: u32", "of: u32", "path: bytes", "receipt: bytes"),
    "WipeReceipt": fields("order: bytes", "unsent: u32"),
    "DeviceReport": fields("version: text", "unsent: u32", "tray: u32"),
    "SyncResponse": fields(
        "protocol: u16",
        "hub_time_ms: i64",
        "stream: StreamStatus",
        "results: [PushResult]",
        "books: [BookPage]",
        "gone: [BookId]",
        "origins: [ActorOrigin]",
        "list_cursors: bool",
        "wipe: bytes?",
        "receipt: bytes?",
        "day_results: [DayResult]?",
    ),
    "Replacement": fields("replaced: ChangeHash", "by: ChangeHash"),
    "BookPage": fields(
        "book: BookId",
        "title: BookTitle?",
        "downloaded: [DownloadedDocument]",
        "download: DownloadToken?",
        "entries: [Entry]",
        "cursor: Cursor?",
        "more: bool",
        "digest: Digest?",
    ),
    "BookTitle": fields("name: text", "read_only: bool"),
    "DownloadedDocument": fields(
        "document: DocumentId", "kind: Kind", "lineage: u32", "snapshot: bytes", "selling_rep: text?"
    ),
    "Entry": fields("seq: u64", "document: DocumentId?", "lineage: u32", "body: EntryBody", "pushed: u32?"),
    "ActorOrigin": fields("actor: Actor", "user: text", "device: DeviceId"),
    "Digest": fields("first: u64", "second: u64"),
    "Poke": fields("book: BookId", "seq: u64"),
    "WireError": fields("code: ErrorCode", "retry_after_ms: u32?"),
}

ENUMERATIONS = {
    "Cursors": {
        0: ("List", fields("cursors: [Cursor]")),
        1: ("Hash", fields("hash: bytes(32)")),
    },
    "PushResult": {
        0: ("Accepted", ()),
        1: ("Need", fields("parents: [ChangeHash]")),
        2: ("Superseded", fields("lineage: u32")),
        3: ("Replaced", fields("pairs: [Replacement]")),
        4: ("Fork", ()),
        5: ("StaleStream", ()),
        6: ("Refused", fields("code: RefusalCode", "from: u32")),
        7: ("Held", fields("code: RefusalCode")),
        8: ("Retry", ()),
    },
    "Statement": {
        0: ("History", fields("document: DocumentId", "lineage: u32", "heads: [ChangeHash]")),
        1: ("Origin", fields("origin: ActorOrigin")),
    },
    "EntryBody": {
        0: ("Changes", fields("arrived_ms: i64", "payload: Payload")),
        1: ("Snapshot", fields("kind: Kind", "snapshot: bytes")),
        2: ("Joined", fields("kind: Kind", "heads: [ChangeHash]", "snapshot: bytes?", "selling_rep: text?")),
        3: ("Left", ()),
        4: ("Redirected", fields("to: DocumentId")),
        5: ("Erased", ()),
    },
    "Payload": {
        0: ("Raw", fields("changes: [bytes]")),
        1: ("Bundle", fields("bundle: bytes")),
        2: ("Snapshot", fields("snapshot: bytes")),
        3: ("Known", fields("hashes: [ChangeHash]")),
    },
}

BARE = {
    "StreamStatus": {0: "Current", 1: "Stale"},
    "DayResult": {0: "Noted", 1: "NotYet", 2: "TooOld", 3: "NotARep"},
    "RefusalCode": {
        1: "NotYours",
        2: "HeadquartersOnly",
        3: "TooLarge",
        4: "Malformed",
        5: "ForeignActor",
        6: "NotPermitted",
        7: "Erased",
        8: "WrongKind",
    },
    "Kind": {1: "Customer", 2: "Policy", 3: "PolicyRecord", 4: "Product", 5: "Schema"},
    "ErrorCode": {
        1: "Malformed",
        2: "TooLarge",
        3: "UpgradeNeeded",
        4: "SignInNeeded",
        5: "DeviceRevoked",
        6: "NotAllowed",
        7: "Busy",
        8: "StorageFailed",
        9: "Internal",
        10: "SlowDown",
    },
}

TYPES = STRUCTURES | ENUMERATIONS | BARE

# --------------------------------------------------------------------------------------------------------
# CBOR, as much of it as section 4 uses.
# --------------------------------------------------------------------------------------------------------

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
FALSE, TRUE, NULL = 20, 21, 22


class Refused(Exception):
    """The bytes are no message of the type asked for."""

    def __init__(self, why):
        super().__init__(why)
        self.path = ""

    def inside(self, step):
        """The same refusal, seen from one level further out."""
        self.path = step + self.path
        return self


class Reader:
    """Reads CBOR items one after the other and never looks beyond the bytes it was given.

    Lengths are checked against what is left before anything is read or built, so the cost is bounded by the
    number of bytes. Nothing open (of indefinite length) is taken.
    """

    def __init__(self, data, is_request):
        if len(data) > (REQUEST_BYTES if is_request else RESPONSE_BYTES):
            raise Refused("more bytes than the limit")
        self.data = data
        self.at = 0
        self.items = 0
        self.is_request = is_request

    def left(self):
        """How many bytes are still unread."""
        return len(self.data) - self.at

    def take(self, count):
        """The next `count` bytes."""
        if count > self.left():
            raise Refused(f"ends within an item at byte {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def head(self):
        """The major type of the next item, and its argument; of a simple item `FALSE` and so on.

        Floats and other simple values come back with a negative argument, for they are only passed over.
        """
        self.items += 1
        if self.is_request and self.items > REQUEST_ITEMS:
            raise Refused("more items than the limit")
        start = self.at
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if info > 27:
            raise Refused(f"an open length or a reserved number at byte {start}")
        argument = info if info < 24 else int.from_bytes(self.take(1 << (info - 24)))
        if major == SIMPLE:
            return major, self.simple(info, argument)
        shortest = {BYTES: argument, TEXT: argument, ARRAY: argument, MAP: 2 * argument}
        if shortest.get(major, 0) > self.left():
            raise Refused(f"a length beyond the end at byte {start}")
        return major, argument

    @staticmethod
    def simple(info, argument):
        """`FALSE`, `TRUE` or `NULL`, or -1 for what the protocol does not use."""
        if info == 24 and argument < 32:
            raise Refused("a simple value in a form RFC 8949 rules out")
        return argument if info in (FALSE, TRUE, NULL) else -1

    def expect(self, major):
        """The argument of the next item, which must be of this major type."""
        found, argument = self.head()
        if found != major:
            raise Refused(f"major type {found} where {major} belongs")
        return argument

    def string(self, major):
        """The content of the next item, a byte string or a text string."""
        return self.take(self.expect(major))

    def null(self):
        """Whether the next item is `null`, which is then read."""
        if self.data[self.at : self.at + 1] != b"\xf6":
            return False
        self.head()
        return True

    def pass_over(self):
        """Reads one item of any kind and depth, with a count instead of recursion."""
        waiting = 1
        while waiting:
            major, argument = self.head()
            if self.is_request and (major in (MAP, TAG) or argument < 0):
                raise Refused("a kind of item no request has")
            if major in (BYTES, TEXT):
                self.take(argument)
            waiting += {ARRAY: argument, MAP: 2 * argument, TAG: 1}.get(major, 0) - 1
            if waiting > self.left():
                raise Refused("more elements than bytes")


def write_head(major, argument):
    """The shortest head with this argument."""
    if argument < 24:
        return bytes([major << 5 | argument])
    size = next(size for size in (1, 2, 4, 8) if argument < 1 << 8 * size)
    return bytes([major << 5 | 23 + size.bit_length()]) + argument.to_bytes(size)


# --------------------------------------------------------------------------------------------------------
# Decoding into the neutral form of the appendix.
# --------------------------------------------------------------------------------------------------------


class Decoder:
    """Decodes values of the types above; `seen` gathers what occurred, for the check of coverage."""

    def __init__(self, data, is_request, seen):
        self.reader = Reader(data, is_request)
        self.seen = seen

    def value(self, kind):
        """The next item as a value of the type `kind`."""
        kind = NAMES.get(kind, kind)
        if kind.endswith("?"):
            return None if self.reader.null() else self.value(kind[:-1])
        if kind.startswith("["):
            return self.list(kind[1:-1])
        if kind in STRUCTURES:
            return self.structure(kind, STRUCTURES[kind])
        if kind in ENUMERATIONS:
            return self.enumeration(kind)
        if kind in BARE:
            return self.variant(kind, BARE[kind])
        return self.scalar(kind)

    def scalar(self, kind):
        """The next item as a number, a truth value, a text or bytes."""
        if kind in INTEGERS:
            return self.integer(*INTEGERS[kind])
        if kind == "bool":
            return self.boolean()
        if kind == "text":
            return self.text()
        return self.bytes(kind)

    def integer(self, least, most):
        """An integer within its width."""
        major, argument = self.reader.head()
        if major not in (UNSIGNED, NEGATIVE):
            raise Refused(f"major type {major} where an integer belongs")
        number = argument if major == UNSIGNED else -1 - argument
        if not least <= number <= most:
            raise Refused(f"{number} is outside the width")
        return neutral_number(number)

    def boolean(self):
        """`true` or `false`."""
        argument = self.reader.expect(SIMPLE)
        if argument not in (FALSE, TRUE):
            raise Refused("neither true nor false")
        return argument == TRUE

    def text(self):
        """A text, which must be UTF-8."""
        try:
            return self.reader.string(TEXT).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("a text that is not UTF-8") from error

    def bytes(self, kind):
        """A byte string, of exactly the length that `kind` names, if it does."""
        content = self.reader.string(BYTES)
        if kind not in ("bytes", f"bytes({len(content)})"):
            raise Refused(f"{len(content)} bytes where {kind} belongs")
        return content.hex()

    def list(self, kind):
        """An array of values of one type."""
        count = self.reader.expect(ARRAY)
        return [self.inside(f"[{number}]", kind) for number in range(count)]

    def structure(self, owner, members):
        """An array of fields: absent ones may be left out at the end, newer ones may follow."""
        count = self.reader.expect(ARRAY)
        value = {}
        for number, (name, kind) in enumerate(members):
            value[name] = self.field(name, kind) if number < count else absent(name, kind)
            if kind.endswith("?"):
                self.seen.add(f"{owner}.{name} {'absent' if value[name] is None else 'present'}")
        for _ in range(len(members), count):
            self.reader.pass_over()
        return value

    def enumeration(self, kind):
        """An array of two: the variant's number and its fields."""
        if self.reader.expect(ARRAY) != 2:
            raise Refused("an enumeration that is no array of two")
        name, members = self.variant(kind, ENUMERATIONS[kind])
        if members:
            return {name: self.structure(f"{kind}.{name}", members)}
        self.reader.pass_over()
        return {name: None}

    def variant(self, kind, variants):
        """What the table `variants` has under the number that comes next."""
        number = self.reader.expect(UNSIGNED)
        if number not in variants:
            raise Refused(f"{number} is no variant of {kind}")
        found = variants[number]
        self.seen.add(f"{kind}.{found if isinstance(found, str) else found[0]}")
        return found

    def field(self, name, kind):
        """The field `name` of a structure."""
        return self.inside(f".{name}", kind)

    def inside(self, step, kind):
        """A value one level further in; a refusal tells the way to it."""
        try:
            return self.value(kind)
        except Refused as refused:
            raise refused.inside(step) from None


def absent(name, kind):
    """The value of a field that was left out."""
    if not kind.endswith("?"):
        raise Refused(f"the field {name} is missing")
    return None


def neutral_number(number):
    """A number as JSON has it: a string beyond 2^53."""
    return number if abs(number) <= 2**53 else str(number)


def decode(message, data, seen=None):
    """The value of the type `message` that `data` holds, and nothing after it."""
    if message not in TYPES:
        raise LookupError(f"no type {message}")
    decoder = Decoder(data, message == "SyncRequest", set() if seen is None else seen)
    value = decoder.value(message)
    if decoder.reader.left():
        raise Refused(f"{decoder.reader.left()} bytes after the end")
    return value


# --------------------------------------------------------------------------------------------------------
# Encoding from the neutral form.
# --------------------------------------------------------------------------------------------------------


def encode(kind, value):
    """The golden bytes of a value of the type `kind`."""
    kind = NAMES.get(kind, kind)
    if kind.endswith("?"):
        return b"\xf6" if value is None else encode(kind[:-1], value)
    if kind.startswith("["):
        return encode_array([encode(kind[1:-1], element) for element in value])
    if kind in STRUCTURES:
        return encode_structure(STRUCTURES[kind], value)
    if kind in ENUMERATIONS:
        return encode_enumeration(ENUMERATIONS[kind], value)
    if kind in BARE:
        return write_head(UNSIGNED, number_of(BARE[kind], value))
    return encode_scalar(kind, value)


def encode_scalar(kind, value):
    """A number, a truth value, a text or bytes."""
    if kind in INTEGERS:
        number = int(value)
        return write_head(UNSIGNED, number) if number >= 0 else write_head(NEGATIVE, -1 - number)
    if kind == "bool":
        return write_head(SIMPLE, TRUE if value else FALSE)
    major, content = (TEXT, value.encode("utf-8")) if kind == "text" else (BYTES, bytes.fromhex(value))
    return write_head(major, len(content)) + content


def encode_array(elements):
    """An array of encoded elements."""
    return write_head(ARRAY, len(elements)) + b"".join(elements)


def encode_structure(members, value):
    """An array of fields, without the absent ones at its end."""
    encoded = [(kind, value[name], encode(kind, value[name])) for name, kind in members]
    while encoded and encoded[-1][1] is None:
        encoded.pop()
    return encode_array([element for _, _, element in encoded])


def encode_enumeration(variants, value):
    """An array of the variant's number and its fields."""
    ((name, content),) = value.items()
    number = number_of({number: found for number, (found, _) in variants.items()}, name)
    return encode_array([write_head(UNSIGNED, number), encode_structure(variants[number][1], content)])


def number_of(variants, name):
    """The number of the variant `name`."""
    return next(number for number, found in variants.items() if found == name)


# --------------------------------------------------------------------------------------------------------
# Comparing.
# --------------------------------------------------------------------------------------------------------


def compare(path, found, expected):
    """A line for each place where two JSON values differ; `1` and `true` are not the same."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for name in found:
            yield from compare(f"{path}.{name}", found[name], expected[name])
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, pair in enumerate(zip(found, expected)):
            yield from compare(f"{path}[{number}]", *pair)
    elif type(found) is not type(expected) or found != expected:
        yield f"{path}: found {as_json(found)}, expected {as_json(expected)}"


def as_json(value):
    """A value in one line."""
    return json.dumps(value, ensure_ascii=False)


def unique_members(pairs):
    """A JSON object, in which no name may occur twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a JSON object names a member twice")
    return members


def read_json(path):
    """The content of a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique_members)


def read_hex(path):
    """The bytes of a .hex file, which must be laid out as the appendix says."""
    text = path.read_text(encoding="ascii")
    data = bytes.fromhex(text)
    digits = data.hex()
    if not data or text != "".join(digits[at : at + 64] + "\n" for at in range(0, len(digits), 64)):
        raise ValueError("not laid out in lines of 64 lowercase digits")
    return data


# --------------------------------------------------------------------------------------------------------
# The pairs of .hex and .json.
# --------------------------------------------------------------------------------------------------------


def check_pair(folder, name, seen):
    """Decodes NAME.hex, compares it with NAME.json and encodes it again."""
    data = read_hex(folder / f"{name}.hex")
    pair = read_json(folder / f"{name}.json")
    yield from compare("members", sorted(pair), ["message", "value"])
    message = pair["message"]
    if message not in TYPES:
        yield f"message: no type {message}"
        return
    seen.add(message)
    try:
        found = decode(message, data, seen)
    except Refused as refused:
        yield f"value{refused.path}: found a refusal ({refused}), expected {as_json(pair['value'])}"
        return
    yield from compare("value", found, pair["value"])
    yield from compare("bytes", data.hex(), encode(message, found).hex())


def check_ends(folder, name):
    """Each strict prefix of the bytes must be refused, and so must one more byte."""
    data = read_hex(folder / f"{name}.hex")
    message = read_json(folder / f"{name}.json")["message"]
    for length in range(len(data)):
        yield from check_refused(message, data[:length], f"the first {length} bytes")
    for more in (b"\x00", b"\xf6", b"\xff"):
        yield from check_refused(message, data + more, f"one byte {more.hex()} more")


def check_refused(message, data, what):
    """The bytes must be refused."""
    try:
        found = decode(message, data)
    except Refused:
        return
    yield f"{what}: found {as_json(found)}, expected a refusal"


def check_names(pairs, halves):
    """A .hex needs its .json, and a .json its .hex unless it is one of the tables."""
    for name in sorted(halves - pairs):
        yield f"{name}: one half of the pair {name}.hex and {name}.json is missing"


def check_coverage(seen):
    """Every type must have a vector of its own, every variant and optional field must occur."""
    wanted = set(TYPES)
    for kind, members in STRUCTURES.items():
        wanted |= wanted_of_fields(kind, members)
    for kind, variants in ENUMERATIONS.items():
        for name, members in variants.values():
            wanted |= {f"{kind}.{name}"} | wanted_of_fields(f"{kind}.{name}", members)
    for kind, variants in BARE.items():
        wanted |= {f"{kind}.{name}" for name in variants.values()}
    for what in sorted(wanted - seen):
        yield f"{what}: no vector has it"


def wanted_of_fields(owner, members):
    """What must occur of a list of fields: each optional one, once absent and once present."""
    optional = [name for name, kind in members if kind.endswith("?")]
    return {f"{owner}.{name} {how}" for name in optional for how in ("absent", "present")}


# --------------------------------------------------------------------------------------------------------
# PROTOCOL.md.
# --------------------------------------------------------------------------------------------------------


def documented_types(text):
    """The types as the tables of section 4, 5 and 6 have them."""
    types = {}
    for name, bare, section in re.findall(r"^#### `(\w+)`( \(bare\))?\n(.*?)(?=^#)", text, re.M | re.S):
        rows = re.findall(r"^\| (\d+) \| `(\w+)` \| ?(.*?) ?\|", section, re.M)
        if bare:
            types[name] = {int(number): variant for number, variant, _ in rows}
        elif "| no. | variant |" in section:
            types[name] = {int(row[0]): (row[1], documented_fields(row[2])) for row in rows}
        else:
            types[name] = documented_members(rows)
    return types


def documented_fields(cell):
    """The fields of a variant: "0 `code`: RefusalCode, 1 `from`: u32"."""
    parts = [part.partition(" ") for part in cell.split(", ") if part]
    return documented_members([(number, *rest.replace("`", "").split(": ")) for number, _, rest in parts])


def documented_members(rows):
    """Rows of number, name and type in the order of their numbers, which must not have gaps."""
    if [int(row[0]) for row in rows] != list(range(len(rows))):
        raise ValueError(f"the numbers of the fields {[row[1] for row in rows]} are not 0, 1, 2...")
    return tuple((name, kind) for _, name, kind in rows)


def check_types(text):
    """The tables of this program must be those of PROTOCOL.md."""
    documented = documented_types(text)
    names = re.findall(r"^\| `(\w+)` \| (bytes\(\d+\)|u64) \|", text, re.M)
    documented["the names of section 4"] = dict(names)
    own = TYPES | {"the names of section 4": NAMES}
    for name in sorted(own.keys() | documented.keys()):
        if own.get(name) != documented.get(name):
            yield f"{name}: found {own.get(name)} in decode.py, expected {documented.get(name)}"


def check_worked_example(folder, text):
    """The bytes of section 18 must be those of its two vectors."""
    blocks = re.findall(r"^```hex\n(.*?)^```", text, re.M | re.S)
    found = [bytes.fromhex(re.sub(r";.*", "", block)).hex() for block in blocks]
    names = ("sync_request_example", "sync_response_example")
    expected = [read_hex(folder / f"{name}.hex").hex() for name in names]
    yield from compare("section 18", found, expected)
    lengths = re.findall(r"^Content-Length: (\d+)$", text, re.M)
    yield from compare("section 18, Content-Length", lengths, [str(len(expected[0]) // 2)])


# --------------------------------------------------------------------------------------------------------
# The tables.
# --------------------------------------------------------------------------------------------------------


def big_endian(number, size):
    """A number of the neutral form as big-endian bytes."""
    return int(number).to_bytes(size)


def check_spelling(table):
    """Takes what must be taken, which no encoder writes, and refuses what must be refused."""
    yield from compare("members", sorted(table), ["refused", "taken"])
    for number, case in enumerate(table["taken"]):
        place, data = f"taken[{number}] ({case['why']})", bytes.fromhex(case["hex"])
        try:
            yield from compare(f"{place}.value", decode(case["message"], data), case["value"])
        except Refused as refused:
            yield f"{place}{refused.path}: found a refusal ({refused}), expected {as_json(case['value'])}"
        if encode(case["message"], case["value"]) == data:
            yield f"{place}: this is the spelling encoders write"
    for number, case in enumerate(table["refused"]):
        place = f"refused[{number}] ({case['why']})"
        yield from check_refused(case["message"], bytes.fromhex(case["hex"]), place)


def digest_term(case):
    """The two words of one document: section 13.1."""
    heads = sorted(bytes.fromhex(head) for head in case["heads"])
    content = bytes.fromhex(case["document"]) + big_endian(case["lineage"], 4) + b"".join(heads)
    digest = hashlib.sha256(content).digest()
    return int.from_bytes(digest[:8]), int.from_bytes(digest[8:16])


def digest_value(words):
    """Two words, modulo 2^64, in the neutral form."""
    return dict(zip(("first", "second"), (neutral_number(word % 2**64) for word in words)))


def check_digest(table):
    """Terms, running sums, the whole sum, and the sum without the first document."""
    total, terms = (0, 0), []
    for number, case in enumerate(table["documents"]):
        terms.append(digest_term(case))
        total = (total[0] + terms[-1][0], total[1] + terms[-1][1])
        yield from compare(f"documents[{number}].term", digest_value(terms[-1]), case["term"])
        yield from compare(f"documents[{number}].sum_so_far", digest_value(total), case["sum_so_far"])
    without_first = (total[0] - terms[0][0], total[1] - terms[0][1])
    yield from compare("sum", digest_value(total), table["sum"])
    yield from compare("without_first", digest_value(without_first), table["without_first"])


def check_feed_chain(table):
    """Chain and check value of each entry: section 11.2."""
    chain = bytes(32)
    yield from compare("start", chain.hex(), table["start"])
    for number, link in enumerate(table["links"]):
        place = f"links[{number}]"
        body = ENUMERATIONS["EntryBody"][link["number"]][0]
        document, content = bytes.fromhex(link["document"]), bytes.fromhex(link["hash"])
        entry = big_endian(link["seq"], 8) + document + bytes([link["number"]]) + content
        chain = hashlib.sha256(chain + entry).digest()
        yield from compare(f"{place}.body", body, link["body"])
        yield from compare(f"{place}.chain", chain.hex(), link["chain"])
        yield from compare(f"{place}.check", neutral_number(int.from_bytes(chain[:8])), link["check"])


def check_cursors_hash(table):
    """The hash over all cursors: section 11.3."""
    for number, case in enumerate(table["cases"]):
        content = hashlib.sha256()
        for cursor in sorted(case["cursors"], key=lambda cursor: bytes.fromhex(cursor["book"])):
            content.update(bytes.fromhex(cursor["book"]))
            for name in ("epoch", "seq", "check"):
                content.update(big_endian(cursor[name], 8))
        yield from compare(f"cases[{number}].hash", content.hexdigest(), case["hash"])


def leaf(statement):
    """The leaf of a statement: section 14.1."""
    ((variant, told),) = statement.items()
    if variant == "History":
        heads = b"".join(bytes.fromhex(head) for head in told["heads"])
        content = b"\0\0" + bytes.fromhex(told["document"]) + big_endian(told["lineage"], 4) + heads
    else:
        origin = told["origin"]
        ids = bytes.fromhex(origin["actor"]) + bytes.fromhex(origin["device"])
        content = b"\0\1" + ids + origin["user"].encode()
    return hashlib.sha256(content).digest()


def next_level(level):
    """Neighbours hashed in pairs; the last of an odd number goes up as it is."""
    pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
    return [pair[0] if len(pair) == 1 else hashlib.sha256(b"\1" + b"".join(pair)).digest() for pair in pairs]


def check_receipt(table):
    """Leaves, root and paths of the statements of a response: section 14.1."""
    for number, case in enumerate(table["cases"]):
        level = [leaf(statement) for statement in case["statements"]]
        yield from compare(f"cases[{number}].leaves", [hash.hex() for hash in level], case["leaves"])
        paths, places = [b"" for _ in level], list(range(len(level)))
        while len(level) > 1:
            for which, place in enumerate(places):
                paths[which] += level[place ^ 1] if place ^ 1 < len(level) else b""
            level, places = next_level(level), [place // 2 for place in places]
        yield from compare(f"cases[{number}].root", level[0].hex(), case["root"])
        yield from compare(f"cases[{number}].paths", [path.hex() for path in paths], case["paths"])


def check_genesis(table, text):
    """Genesis changes as sections 8.1 and 8.3 describe them: chunk, hash, and the keys in order."""
    yield from compare("kinds", [case["kind"] for case in table["kinds"]], list(BARE["Kind"].values()))
    for case in table["kinds"]:
        if not case["objects"]:
            nothing = {"change": case["change"], "hash": case["hash"]}
            yield from compare(case["kind"], nothing, {"change": None, "hash": None})
            continue
        yield from check_genesis_change(case)
        if case["hash"] not in text or case["change"] not in text.replace("\n", ""):
            yield f"{case['kind']}: found other bytes or another hash in PROTOCOL.md"
        listed = re.findall(r"^\|(?: `Customer`)? \| `(\w+)` \| .*?(map|text|counter)", text, re.M)
        objects = [[thing["key"], thing["type"]] for thing in case["objects"]]
        yield from compare(f"{case['kind']}.objects", objects, [list(row) for row in listed])


def check_genesis_change(case):
    """The change of one kind that has containers."""
    change = bytes.fromhex(case["change"])
    digest = hashlib.sha256(change[8:]).digest()
    start = bytes.fromhex("856f4a83") + digest[:4] + b"\x01"
    length, body = read_leb128(change, 9)
    keys = [thing["key"].encode() for thing in case["objects"]]
    yield from compare(f"{case['kind']}.hash", digest.hex(), case["hash"])
    yield from compare(f"{case['kind']}.change[..9]", change[:9].hex(), start.hex())
    yield from compare(f"{case['kind']}.change, length", len(change) - body, length)
    if b"".join(bytes([len(key)]) + key for key in keys) not in change:
        yield f"{case['kind']}.change: found other keys than {keys}"


def read_leb128(data, at):
    """An unsigned LEB128 number, and where it ends."""
    number = shift = 0
    while data[at] & 128:
        number |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return number | data[at] << shift, at + 1


# --------------------------------------------------------------------------------------------------------
# The whole.
# --------------------------------------------------------------------------------------------------------


def gather(name, check, *arguments):
    """The differences a check finds; a file it cannot read or understand is one too."""
    found = []
    try:
        for difference in check(*arguments):
            found.append(f"{name}: {difference}")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError, StopIteration) as error:
        found.append(f"{name}: cannot be checked: {type(error).__name__}: {error}")
    return found


def check_pairs(folder, ends):
    """How many pairs there are, and the differences in them."""
    hexes = {path.stem for path in folder.glob("*.hex")}
    jsons = {path.stem for path in folder.glob("*.json")} - TABLES
    pairs, seen, found = hexes & jsons, set(), []
    for name in sorted(pairs):
        found += gather(name, check_pair, folder, name, seen)
        if ends:
            found += gather(name, check_ends, folder, name)
    found += gather("vectors", check_names, pairs, hexes | jsons)
    found += gather("vectors", check_coverage, seen)
    return len(pairs), found


def check_tables(folder, text):
    """The differences in the tables."""
    checks = {
        "spelling": check_spelling,
        "digest": check_digest,
        "feed_chain": check_feed_chain,
        "receipt": check_receipt,
        "cursors_hash": check_cursors_hash,
        "genesis": lambda table: check_genesis(table, text),
    }
    found = []
    for name, check in checks.items():
        found += gather(name, lambda: check(read_json(folder / f"{name}.json")))
    return found


def check_all(folder, ends=True):
    """How many pairs `folder` holds, and all differences in it and in PROTOCOL.md beside it."""
    text = (folder.parent / "PROTOCOL.md").read_text(encoding="utf-8")
    count, found = check_pairs(folder, ends)
    found += check_tables(folder, text)
    found += gather("PROTOCOL.md", check_types, text)
    found += gather("PROTOCOL.md", check_worked_example, folder, text)
    return count, found


# --------------------------------------------------------------------------------------------------------
# The check of this program.
# --------------------------------------------------------------------------------------------------------

# Faults: what the report must begin with, the file, and the text in it that is replaced by another; no text
# at all: the file is deleted.
FAULTS = [
    ("poke: value.seq: found", "poke.hex", "032c", "032d"),
    ("poke: value: found a refusal", "poke.hex", "82503031", "83503031"),
    ("poke: value.book: found a refusal", "poke.hex", "82503031", "82513031"),
    ("push_result_fork: bytes: found", "push_result_fork.hex", "820480", "820400"),
    ("wire_error_busy: value: found a refusal", "wire_error_busy.hex", "8107", "a107"),
    ("wire_error_busy: value.code: found", "wire_error_busy.json", "Busy", "Internal"),
    ("book_title: value.read_only: found false, expected 0", "book_title.json", "false", "0"),
    ("vectors: poke: one half", "poke.json", None, None),
    ("vectors: poke: one half", "poke.hex", None, None),
    ("vectors: Poke: no vector", "poke.json", '"Poke"', '"Digest"'),
    ("spelling: taken[0] ", "spelling.json", '"8207f6"', '"8207f7"'),
    ("spelling: refused[4] ", "spelling.json", '"810b"', '"810a"'),
    ("digest: documents[1].term.first: found", "digest.json", '"6823595729131466094"', '"6823595729131466095"'),
    ("feed_chain: links[0].chain: found", "feed_chain.json", "61be14aa", "61be14ab"),
    ("cursors_hash: cases[1].hash: found", "cursors_hash.json", "78085612", "78085613"),
    ("genesis: Customer.hash: found", "genesis.json", "09686f757365", "09686f757366"),
    ("PROTOCOL.md: Digest: found", "../PROTOCOL.md", "| 1 | `second` | u64 |", "| 1 | `second` | u32 |"),
    ("PROTOCOL.md: section 18[0]: found", "../PROTOCOL.md", "  01      ", "  02      "),
]


def self_test(folder):
    """Complaints about this program: faults it does not find, hostile bytes it does not stand."""
    complaints = gather("decode.py", check_hostile, read_hex(folder / "sync_request_minimal.hex"))
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "vectors"
        shutil.copytree(folder, copy)
        shutil.copy(folder.parent / "PROTOCOL.md", place)
        for fault in FAULTS:
            complaints += gather("decode.py", check_fault, copy, *fault)
    return complaints


def check_fault(copy, expected, name, old, new):
    """Puts one fault into the copy of the vectors, which must be reported, and takes it away again."""
    path = copy / name
    original = path.read_bytes()
    damaged = original if old is None else original.replace(old.encode(), new.encode(), 1)
    if old is None:
        path.unlink()
    elif damaged == original:
        yield f"{name} has no {old} to damage"
    else:
        path.write_bytes(damaged)
    _, found = check_all(copy, ends=False)
    path.write_bytes(original)
    if not any(line.startswith(expected) for line in found):
        yield f"a fault in {name} was not found; expected: {expected}"


def check_hostile(request):
    """Long, deep and strange bytes must be taken or refused as told, at once and without recursion."""
    newer = b"\x83\x07\xf6"  # a WireError with one element of a newer version
    depth = 100_000
    one_newer = b"\x8f" + request[1:] + b"\xf6\xf6\xf6"
    room = REQUEST_ITEMS - 21  # the request's own items and the nulls for `wiped`, `closed_days` and `report`
    cases = [
        ("deep arrays", "WireError", newer + b"\x81" * depth + b"\x00", True),
        ("deep arrays that end", "WireError", newer + b"\x81" * depth, False),
        ("deep tags", "WireError", newer + b"\xc1" * depth + b"\x00", True),
        ("an endless array", "WireError", b"\x9b" + b"\xff" * 8, False),
        ("an endless string", "WireError", newer + b"\x5b" + b"\xff" * 8, False),
        ("an endless map", "WireError", newer + b"\xbb" + b"\xff" * 8, False),
        ("a newer map", "WireError", newer + b"\xa1\x00\x00", True),
        ("a newer open array", "WireError", newer + b"\x9f\xff", False),
        ("a text that is not UTF-8", "BookTitle", b"\x82\x61\xff\xf4", False),
        ("a newer number in a request", "SyncRequest", one_newer + b"\x00", True),
        ("a newer map in a request", "SyncRequest", one_newer + b"\xa0", False),
        ("a newer float in a request", "SyncRequest", one_newer + b"\xf9\x00\x00", False),
        ("undefined in a request", "SyncRequest", one_newer + b"\xf7", False),
        ("items up to the limit", "SyncRequest", with_newer(request, room), True),
        ("items beyond the limit", "SyncRequest", with_newer(request, room + 1), False),
        ("too many bytes", "SyncRequest", request + bytes(REQUEST_BYTES), False),
    ]
    for what, message, data, taken in cases:
        try:
            decode(message, data)
            outcome = True
        except Refused:
            outcome = False
        yield from compare(f"{what}, taken", outcome, taken)


def with_newer(request, count):
    """The minimal request with `wiped`, `closed_days` and `report` spelled out and `count` elements of a newer version."""
    return b"\x9a" + (14 + count).to_bytes(4) + request[1:] + b"\xf6\xf6\xf6" + bytes(count)


def main():
    """Checks everything and tells the result."""
    count, found = check_all(FOLDER)
    if not found:
        found = self_test(FOLDER)
    for difference in found:
        print(difference)
    print(f"{count} vectors decoded, {len(found)} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
