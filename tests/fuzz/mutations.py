"""How a good file is changed: bytes of any kind, and the insides of JSON, .npy, safetensors, zip and CSV.

Every function takes the random numbers to use, the content, and the contents of the same kind that pieces may be taken
from. The same random numbers give the same mutant.
"""

from __future__ import annotations

import io
import json
import math
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]

INTERESTING = (0, 1, -1, 2, 7, 127, 128, 255, 256, 1000, 1001, 4096, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53, 2**63 - 1,
               2**63, 2**64, 10**12, 10**18, 10**30, -(2**31), -(2**63))  # fmt: skip
FLOATS = (0.5, -0.0, 1e-300, 5e-324, 1e100, 1.0000000000000002e100, -1e100, 1e155, 1e300, 1.7976931348623157e308, -1e308, 0.1,
          1e-9, 3.0000000000000004, 1e16)  # fmt: skip
TEXTS = ("", " ", "x", "A", "none", "auto", "cpu", "cuda:0", "mps", "cuda:999", "0", "-1", "nan", "inf", "1e999", "true", "null",
         "{", "}", "{0}", "{x}", "{x!r:>{y}}", "%s", "\\", "'", '"', "\0", "\ud800", "\udfff\ud800", "\u202e\u2066", "\n\r\t", "\x7f",
         "가", "나\u0301", "ﷺ", "👩‍👩‍👧", "../../etc/passwd", "=1+1", "x" * 1000, "x" * 1001, "가" * 999,
         "perceptron", "mlp", "kmeans", "knn", "pca", "linear_regression", "logistic_regression", "centroid:0", "centroid:99",
         "weight:1:0:0", "weight:1:0:-1", "freeze:1:0:0", "freeze:2:0:99", "parameters", "axis", "axis:0", "line:0", "line:1",
         "n_clusters", "n_neighbors", "hidden_layer_sizes", "activation", "learning_rate", "start_weights", "start_centers",
         "query", "standard", "classes", "values", "drawn", "table", "logic", "generated", "retune", "edit", "move", "adam", "sgd",
         "momentum", "squared", "cross_entropy", "relu", "logistic", "tanh", "identity", "k-means++", "distance", "closed_form")  # fmt: skip


# -- bytes of any kind ---------------------------------------------------------------------------------------------------


def plain(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Some bytes turned, cut, doubled, put in, or taken from another file."""
    data = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        at, end = sorted((random.randrange(len(data) + 1), random.randrange(len(data) + 1)))
        what = random.randrange(9)
        if what == 0 and at < len(data):
            data[at] ^= 1 << random.randrange(8)
        elif what == 1 and at < len(data):
            data[at] = random.choice((0, 1, 10, 13, 32, 34, 44, 127, 128, 255, random.randrange(256)))
        elif what == 2:
            del data[at:]
        elif what == 3:
            del data[at : min(end, at + random.choice((1, 2, 8, 100)))]
        elif what == 4:
            data[at:at] = bytes(random.randrange(256) for _ in range(random.choice((1, 2, 8, 40))))
        elif what == 5:
            data[at:at] = data[at : min(end, at + 1000)] * random.choice((1, 2, 10))
        elif what == 6:
            size = random.choice((1, 2, 4, 8))
            data[at : at + size] = (random.choice(INTERESTING) % 256**size).to_bytes(size, "little")
        elif what == 7 and others:
            other = random.choice(others)
            start = random.randrange(len(other) + 1)
            data[at:end] = other[start : start + random.choice((4, 40, 400, 10**6))]
        elif what == 8:
            data += random.choice((b"\0", b"\n", b"PK\x05\x06" + bytes(18), bytes(random.randrange(2000))))
    return bytes(data[: 4 * 2**20])


# -- JSON ------------------------------------------------------------------------------------------------------------------


def json_values(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Values of a JSON document exchanged, taken from another one, bent or left out; now and then its letters."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return plain(random, content, others)
    foreign = _foreign(random, others) or document
    for _ in range(random.choice((1, 1, 1, 1, 2, 3, 6))):
        place, key = _place(random, document)
        if key is None:
            break
        what = random.randrange(12)
        if what == 0:
            del place[key]
        elif what == 1:
            there, other = _place(random, document)
            if other is not None:
                place[key], there[other] = _copied(there[other]), _copied(place[key])
        elif what <= 3:
            there, other = _place(random, foreign)
            place[key] = _copied(there[other]) if other is not None else None
        elif what == 4 and isinstance(place, dict):
            place[random.choice(TEXTS)] = _copied(place[key])
        elif what == 5 and isinstance(place, list):
            place[key:key] = [_copied(place[key])] * random.choice((1, 1, 2, 10, 100))
        elif what == 6:
            place[key] = [place[key]] if random.random() < 0.5 else {"kind": place[key]}
        else:
            place[key] = _bent(random, place[key])
    text = json.dumps(document)
    if random.random() < 0.08:
        text = _odd_letters(random, text)
    return text.encode("utf-8", "surrogatepass")


def _odd_letters(random: Random, text: str) -> str:
    numbers = list(re.finditer(r"-?[0-9][0-9.e+-]*", text))
    what = random.randrange(6)
    if what == 0 and numbers:
        found = random.choice(numbers)
        odd = random.choice(
            ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "0x10", "01", "1_0", "9" * 5000, "1." + "0" * 400)
        )
        return text[: found.start()] + odd + text[found.end() :]
    if what == 1:
        return "\ufeff" + text
    if what == 2:
        return "[" * random.choice((2, 13, 2000)) + text
    if what == 3 and text.startswith("{"):
        key = random.choice(re.findall(r'"[a-z_]+": ', text) or ['"a": '])
        return "{" + key + "0, " + text[1:]  # a key twice
    if what == 4:
        return text.replace(": ", random.choice((":\n", ":\0", ":  \t", " ")), random.choice((1, 10**6)))
    return text.replace("\\u", random.choice(("\\ud8", "\\U", "\\x")), 1)


def _copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _foreign(random: Random, others: Sequence[bytes]) -> Any:
    try:
        return json.loads(random.choice(others)) if others else None
    except (ValueError, RecursionError):
        return None


def _place(random: Random, document: Any) -> tuple[Any, Any]:
    """(container, key) of a random value at any depth, or (document, None) where there is none."""
    inner: Any = document
    while True:
        place = inner
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return document, None
        key = random.choice(keys)
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or random.random() < 0.3:
            return place, key


def _bent(random: Random, value: Any) -> Any:
    """Another value, most often of the same kind."""
    if random.random() < 0.15:
        return random.choice((None, True, False, [], {}, "", 0, -1, [[]], [None], {"": 0}, 1.5, "1", [0, 0], [0, 1]))
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        near = (value + 1, value - 1, value * 2, value * 10, -value, float(value), value + 0.5, str(value))
        return random.choice((*near, random.choice(INTERESTING)))
    if isinstance(value, float):
        return random.choice(
            (value * 1e3, -value, value * 1e-9, round(value), random.choice(FLOATS), random.choice(INTERESTING))
        )
    if isinstance(value, str):
        spot = random.randrange(len(value) + 1)
        near = (value + random.choice(TEXTS), value[:spot] + value[spot + 1 :], value.upper(), value * 20)
        return random.choice((*near, random.choice(TEXTS), random.choice(TEXTS)))
    if isinstance(value, list):
        kept = list(value)
        random.shuffle(kept)
        near = (kept, value[:-1], value[1:], value + value, value * 50, [*value, random.choice(INTERESTING)])
        return random.choice(
            (*near, [random.choice(FLOATS)] * random.choice((1, 2, 3, 4, 12, 17)), [random.choice(TEXTS)])
        )
    return value


# -- arrays ----------------------------------------------------------------------------------------------------------------

_DESCRS = ("'<f8'", "'<i8'", "'>f8'", "'<f4'", "'|O'", "'|b1'", "'<U9'", "'<c16'", "'|V8'", "'<M8[s]'", "()", "[]", "{}", "None",
           "('<f8', (2,))", "[('a', '<f8')]", "[('a', '<f8', (9,))]", "'\\x3cf8'", "u'<f8'", "b'<f8'", "'<f8,<f8'", "'f8'", "''", "1")  # fmt: skip
_SHAPES = ("()", "(0,)", "(1,)", "(-1,)", "(2, 2)", "(10, 2)", "(10000000000, 1)", "(4294967296, 4294967296)", "(2.0, 2)",
           "(1_0, 2)", "(True, 2)", "(٣, 2)", "[10, 2]", "10", "None", "((10,), 2)", "(1, 1, 1, 1)", "(10L, 2)", "'(10, 2)'")  # fmt: skip


def npy(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The header of an array said otherwise, or its numbers made strange."""
    if len(content) < 10 or random.random() < 0.15:
        return plain(random, content, others)
    length = int.from_bytes(content[8:10], "little")
    magic, header, body = content[:8], content[10 : 10 + length].decode("latin-1"), content[10 + length :]
    what = random.randrange(8)
    if what == 0:
        header = re.sub(r"'descr': ('[^']*'|[^,]*)", lambda _: "'descr': " + random.choice(_DESCRS), header, count=1)
    elif what == 1:
        header = re.sub(r"'shape': \([^)]*\)", lambda _: "'shape': " + random.choice(_SHAPES), header, count=1)
    elif what == 2:
        header = header.replace("False", random.choice(("True", "0", "1", "None", "''", "False or True")))
    elif what == 3:
        magic = magic[:6] + bytes((random.choice((0, 1, 2, 3, 255)), random.choice((0, 0, 1))))
    elif what == 4:
        odd = ("", "\n", "{", "(" * 500 + "\n", "{}\n", "'" * 99, " " * 990, "{'descr': '<f8'}\n", "__import__('os')\n")
        header = random.choice(odd)
    elif what == 5:
        return plain(random, magic + content[8:10] + header.encode("latin-1"), others) + body
    else:
        body = _numbers(random, body)
    written = header.encode("utf-8")
    declared = len(written) if random.random() < 0.9 else random.choice((0, 1, 10, len(written) + 1, 65535))
    return magic + struct.pack("<H", min(declared, 65535)) + written + body


def _numbers(random: Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(random.choice((1, 1, 3, 20))):
        at = 8 * random.randrange(len(data) // 8 + 1)
        odd = random.choice((math.nan, math.inf, -math.inf)) if random.random() < 0.1 else random.choice(FLOATS)
        whole = struct.pack("<q", random.choice((0, 1, -1, 2, 3, 99, 2**31, 2**62, -(2**63))))
        data[at : at + 8] = struct.pack("<d", odd) if random.random() < 0.6 else whole
    if random.random() < 0.2:
        value = struct.pack("<d", random.choice((0.0, 1.0, *FLOATS)))
        data = bytearray(value * (len(data) // 8))  # all alike
    if random.random() < 0.2:
        data = data[: random.randrange(len(data) + 1)] if random.random() < 0.5 else data + data[:64]
    return bytes(data)


def safetensors(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """The header of a safetensors file with other names, kinds, shapes and places, or its numbers made strange."""
    size = int.from_bytes(content[:8], "little")
    if size > len(content) - 8 or random.random() < 0.15:
        return plain(random, content, others)
    header, body = content[8 : 8 + size], content[8 + size :]
    what = random.randrange(4)
    if what == 0:
        body = _numbers(random, body)
    elif what == 1:
        try:
            document = json.loads(header)
        except (ValueError, RecursionError):
            return plain(random, content, others)
        names = sorted(name for name in document if name != "__metadata__")
        if names:
            entry = document[random.choice(names)]
            wish = random.randrange(4)
            if wish == 0:
                entry["shape"] = random.choice(
                    ([0, 2**24], [2**24, 0], [2**62, 4], [], [1], [0], [2**24], [-1], [2, 0])
                )
            elif wish == 1:
                entry["dtype"] = random.choice(("F64", "F32", "I64", "I32", "BOOL", "BF16", "U8", "F8_E4M3", "", "I8"))
            elif wish == 2:
                entry["data_offsets"] = random.choice(
                    ([0, 0], [0, 8], [8, 0], [-8, 8], [0, 2**62], [0, len(body)], [0])
                )
            else:
                document[random.choice((*names, *TEXTS[:20]))] = document.pop(random.choice(names))
        header = json.dumps(document).encode("utf-8", "surrogatepass")
    else:
        heads = [other[8 : 8 + int.from_bytes(other[:8], "little")] for other in others]
        header = json_values(random, header, heads)
    declared = len(header) if random.random() < 0.95 else random.choice((0, 1, 2**16, 2**63))
    return struct.pack("<Q", declared) + header + body


# -- zip ---------------------------------------------------------------------------------------------------------------------


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(random: Random, members: dict[str, bytes]) -> bytes:
    """A zip of these members; now and then packed, named or described as ours is not."""
    plan = list(members.items())
    packing = zipfile.ZIP_DEFLATED if random.random() < 0.7 else zipfile.ZIP_STORED
    is_odd = random.random() < 0.12
    if is_odd:
        what = random.randrange(6)
        if what == 0:
            plan.append((random.choice(("../evil", "/etc/evil", "extra.txt", "project.json", "a" * 300)), b"x"))
        elif what == 1 and plan:
            plan.pop(random.randrange(len(plan)))
        elif what == 2:
            packing = random.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
        elif what == 3:
            random.shuffle(plan)
        elif what == 4:
            plan = [(name, data + bytes(random.choice((1, 10, 10**6)))) for name, data in plan]
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", packing) as archive:
        warnings.simplefilter("ignore")  # a name twice is meant
        for name, data in plan:
            archive.writestr(zipfile.ZipInfo(name), data, packing)
        if is_odd and random.random() < 0.2:
            archive.comment = b"a comment"
    packed = buffer.getvalue()
    return _odd_directory(random, packed) if random.random() < 0.06 else packed


def _odd_directory(random: Random, packed: bytes) -> bytes:
    """A number in the zip's own records changed: sizes, places, checksums, flags, versions."""
    data = bytearray(packed)
    at = data.find(random.choice((b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06")))
    if at < 0:
        return packed
    size = random.choice((1, 2, 4))
    at += random.randrange(4, 46)
    data[at : at + size] = (random.choice(INTERESTING) % 256**size).to_bytes(size, "little")
    return bytes(data)


# -- CSV ---------------------------------------------------------------------------------------------------------------------

_CELLS = ("", " ", "nan", "NA", "-", "없음", "1", "0", "-1", "1.5", "1,5", "1 234", "1,234", "1_000", "1e5", "1e309", "-1e-400", "0x10",
          "١٢", "１２", "∞", "TRUE", "3/4", "2024-01-01", "12:30", "5%", "$3", "=1+1", "'", '"', '""', '"a', 'a"b', "a\nb", "a;b",
          "a\tb", "a|b", "x" * 5000, "가", "e\u0301", "\ufeff", "\u200b", "\x00", "\x1a", "\r", "\\", "#", "//", "999999999999999999999999")  # fmt: skip


def csv_cells(random: Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Cells, rows, delimiters, line ends and encodings of a table changed."""
    text = content.decode("utf-8", "replace")
    delimiter = max(",;\t|", key=text.count)
    rows = [line.split(delimiter) for line in text.splitlines()]
    for _ in range(random.choice((1, 1, 2, 5, 20))):
        if not rows:
            break
        at = random.randrange(len(rows))
        row = rows[at]
        what = random.randrange(14)
        if what <= 5 and row:
            row[random.randrange(len(row))] = random.choice(_CELLS)
        elif what == 6 and random.random() < 0.3:
            row.insert(random.randrange(len(row) + 1), random.choice(_CELLS))
        elif what == 7 and row and random.random() < 0.3:
            row.pop(random.randrange(len(row)))
        elif what == 8:
            rows.pop(at)
        elif what == 9:
            rows.insert(at, list(random.choice(rows)))
        elif what == 10:
            rows.insert(
                random.choice((0, at)), [random.choice(_CELLS) for _ in range(random.choice((0, 1, 2, 3, 1001)))]
            )
        elif what == 11 and row:
            column, cell = random.randrange(len(row)), random.choice(_CELLS)
            for each in rows[random.choice((0, 1)) :]:
                if column < len(each):
                    each[column] = cell
        elif what == 12 and others:
            other = random.choice(others).decode("utf-8", "replace").splitlines()
            rows[at:at] = [line.split(delimiter) for line in other[: random.choice((1, 3, 30))]]
        elif what == 13:
            rows[at] = row[::-1]
    if random.random() < 0.15:
        delimiter = random.choice((",", ";", "\t", "|", " ", "  ", ":", ",,", "\x1f"))
    end = random.choice(("\n", "\n", "\n", "\r\n", "\r", "\n\n", "\x0b", "\u2028"))
    changed = end.join(delimiter.join(row) for row in rows) + random.choice(("", end, end * 3))
    encoding = random.choice(
        ("utf-8",) * 24 + ("utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-32", "latin-1", "euc-jp")
    )
    written = changed.encode(encoding, "replace")
    return plain(random, written, others) if random.random() < 0.1 else written
