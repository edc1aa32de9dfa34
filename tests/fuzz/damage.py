"""Files as accidents leave them."""

import random


def damaged(data: bytes, choose: random.Random) -> bytes:
    """The data as it is not any more.

    A few bits turned, an end cut off, a piece left out, put in, doubled or zeroed, a
    number made enormous, or text of another encoding put in.
    """
    changed = bytearray(data)
    at = choose.randrange(len(changed) + 1)
    some = choose.randint(1, 9)
    kind = choose.randrange(8)
    if kind == 0 and changed:
        for _ in range(some):
            changed[choose.randrange(len(changed))] ^= 1 << choose.randrange(8)
    elif kind == 1:
        del changed[at:]
    elif kind == 2:
        del changed[at : at + some]
    elif kind == 3:
        changed[at:at] = choose.randbytes(some)
    elif kind == 4:
        changed[at:at] = changed[at : at + 100 * some]
    elif kind == 5:
        changed[at : at + 10 * some] = bytes(10 * some)
    elif kind == 6:
        enormous = [b"9" * 40, b"-1", b"1e999", b"NaN", b"null", b"[]", b"{}", b'""']
        changed[at : at + 1] = choose.choice(enormous)
    else:
        odd = ["\ud800", "\x00", "é", "\u2028", "\ufeff", "𝟘"]
        changed[at:at] = choose.choice(odd).encode("utf-8", "surrogatepass")
    return bytes(changed)
