"""The records of the sender's domain, asked of a real DNS server on loopback."""

import socket
import threading
from collections.abc import Callable, Iterator

import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.resolver import Resolver

from bot.campaigns.sender_domain import findings
from bot.service.doctor import checks
from bot.settings import Settings, read_settings

GOOD = {
    ("shop.example.", "TXT"): ['"google-site-verification=x"'],
    ("bounce.shop.example.", "TXT"): ['"v=spf1 include:mail.example " "~all"'],
    ("mail.example.", "TXT"): ['"v=spf1 ip4:192.0.2.1 a mx -all"'],
    ("s1._domainkey.shop.example.", "TXT"): ['"v=DKIM1; k=rsa; p=MIIB" "IjAN"'],
    ("_dmarc.shop.example.", "TXT"): ['"v=DMARC1; p=none; rua=mailto:a@shop.example"'],
    ("bounce.shop.example.", "MX"): ["10 mx.shop.example."],
}
Records = dict[tuple[str, str], list[str]]


class DnsServer:
    """Answers over UDP from `records`; a name that has none doesn't exist, and `silent` answers nothing."""

    def __init__(self) -> None:
        self.records: Records = dict(GOOD)
        self.silent = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def resolver(self) -> Resolver:
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self._socket.getsockname()[1]
        return resolver

    def stop(self) -> None:
        here = self._socket.getsockname()
        self._socket.sendto(b"", here)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            if self.silent:
                continue
            asked = dns.message.from_wire(data)
            (question,) = asked.question
            name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
            answer = dns.message.make_response(asked)
            if records := self.records.get((name, kind)):
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
            elif not any(one == name for one, _ in self.records):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), sender)


@pytest.fixture
def server() -> Iterator[DnsServer]:
    server = DnsServer()
    yield server
    server.stop()


@pytest.fixture
def shop(settings: Settings) -> Settings:
    text = settings.shop_file.read_text(encoding="utf-8")
    text += (
        "\nmail: {host: 127.0.0.1, port: 1, tls: none, from: 'Finch <news@Shop.example>'}\n"
        "campaigns: {address: 'https://shop.example', dkim_selector: s1, "
        "returned: {address: r@bounce.shop.example, maildir: returned}}\n"
    )
    settings.shop_file.write_text(text, encoding="utf-8")
    return read_settings({"SHOPTALK_SHOP": str(settings.shop_file)})


def test_a_sender_whose_records_are_right(shop: Settings, server: DnsServer) -> None:
    found = {one.name: one for one in findings(shop.shop, server.resolver())}
    assert [*found] == ["SPF", "DKIM", "DMARC", "bounces"] and all(one.ok for one in found.values())
    assert "(3 lookups)" in found["SPF"].said and "p=none" in found["DMARC"].said
    assert "DKIM alone" not in found["DMARC"].said


def spf(record: str) -> Callable[[Records], object]:
    return lambda records: records.update({("bounce.shop.example.", "TXT"): [f'"{record}"']})


MANY = " ".join(f"exists:e{number}.example" for number in range(11))


@pytest.mark.parametrize(
    ("change", "name", "says"),
    [
        (lambda records: records.pop(("bounce.shop.example.", "TXT")), "SPF", "no SPF record"),
        (spf("v=spf10 -all"), "SPF", "no SPF record"),
        (
            lambda records: records.update(
                {("bounce.shop.example.", "TXT"): ['"v=spf1 -all"', '"v=spf1 a -all"']}
            ),
            "SPF", "2 SPF records",
        ),
        (spf("v=spf1 a +all"), "SPF", "lets anybody send"),
        (spf("v=spf1 a ?all"), "SPF", "neither -all nor ~all"),
        (spf(f"v=spf1 {MANY} -all"), "SPF", "more than 10 lookups"),
        (spf("v=spf1 include:bounce.shop.example -all"), "SPF", "more than 10 lookups"),
        (spf("v=spf1 include:gone.example -all"), "SPF", "leads to 0 SPF records"),
        (lambda records: records.pop(("s1._domainkey.shop.example.", "TXT")), "DKIM", "no key"),
        (
            lambda records: records.update({("s1._domainkey.shop.example.", "TXT"): ['"v=DKIM1; p="']}),
            "DKIM", "withdrawn",
        ),
        (lambda records: records.pop(("_dmarc.shop.example.", "TXT")), "DMARC", "no DMARC record"),
        (
            lambda records: records.update({("_dmarc.shop.example.", "TXT"): ['"v=DMARC1; p=maybe"']}),
            "DMARC", "doesn't count",
        ),
        (
            lambda records: records.update({("bounce.shop.example.", "MX"): ["0 ."]}),
            "bounces", "takes no mail",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_do(
    shop: Settings, server: DnsServer, change: Callable[[Records], object], name: str, says: str
) -> None:
    change(server.records)
    wrong = [one for one in findings(shop.shop, server.resolver()) if not one.ok]
    assert [one.name for one in wrong] == [name] and says in wrong[0].said and wrong[0].mend


def test_the_record_of_the_domain_above_counts_and_strangers_bounce_by_dkim_alone(
    shop: Settings, server: DnsServer
) -> None:
    text = shop.shop_file.read_text(encoding="utf-8").replace(
        "news@Shop.example", "n@eu.shop.example"
    )
    shop.shop_file.write_text(text, encoding="utf-8")
    below = read_settings({"SHOPTALK_SHOP": str(shop.shop_file)}).shop
    found = {one.name: one for one in findings(below, server.resolver())}
    assert found["DMARC"].said == "shop.example: p=none" and not found["DKIM"].ok
    other = text.replace("r@bounce.shop.example", "r@mail.example")
    shop.shop_file.write_text(other, encoding="utf-8")
    found = {
        one.name: one
        for one in findings(
            read_settings({"SHOPTALK_SHOP": str(shop.shop_file)}).shop, server.resolver()
        )
    }
    assert "mails return to mail.example, so it holds by DKIM alone" in found["DMARC"].said


def test_without_dns_nothing_is_wrong_and_it_is_said(
    shop: Settings, server: DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.silent = True
    monkeypatch.setattr("bot.campaigns.sender_domain.SECONDS", 0.3)
    (only,) = findings(shop.shop, server.resolver())
    assert only.ok and "DNS gives no answer" in only.said


def test_doctor_looks_at_them_where_campaigns_are_sent(
    shop: Settings, settings: Settings, server: DnsServer
) -> None:
    server.records.pop(("_dmarc.shop.example.", "TXT"))
    found = {one.name: one for one in checks(shop, server.resolver())}
    assert found["SPF"].ok and not found["DMARC"].ok and found["DMARC"].mend
    assert "SPF" not in {one.name for one in checks(settings, server.resolver())}
