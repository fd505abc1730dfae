"""Bodies that aren't JSON that can be used, though Python's own reader takes many of them."""

NO_JSON = (
    b"", b"{", b"null", b"1", b"[]", b'"x"', b"\xff", b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}',
    b'{"a": NaN}', b'{"a": -Infinity}', b'{"a": [{"b": Infinity}]}', b'{"a": 1e999}', b'{"a": -1e999}',
    b'{"a": "\\ud800"}', b'{"\\udfff": 1}', b'{"a": ["x", "\\ud83d y"]}', b'{"a": 1, "a": 2}',
    b'{"b": {"a": 1, "a": 1}}', b'{"a": 9007199254740992}', b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", b'{"a":' * 3000 + b"1" + b"}" * 3000, b"[" * 30_000,
    b"{'a': 1}", b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16"),
)  # fmt: skip
