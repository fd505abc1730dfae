"""Whether receivers can tell that mails are the shop's: SPF, DKIM, DMARC and the way back, as DNS has them.

SPF (RFC 7208) is looked up for the domain to which mails return, DMARC (RFC 7489) and DKIM (RFC 6376) for
that of the sender. DMARC holds by SPF where one of both domains lies below the domain that has the record.
Who signs is the mail server, and only a mail that was received tells whether it does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, Resolver

from bot.settings.shop import Shop

SECONDS = 5.0  # for one question
MOST_LOOKUPS = 10  # of an SPF record, RFC 7208, 4.6.4
LOOKED_UP = ("include", "a", "mx", "ptr", "exists", "redirect")
POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked up, and what to do when it isn't right."""

    name: str
    ok: bool
    said: str
    mend: str = ""


class _Wrong(Exception):
    """A record isn't right; says why."""


def findings(shop: Shop, resolver: Resolver) -> Iterator[Finding]:
    """All that DNS says of the shop's sender; nothing where shop.yml sends no campaigns."""
    if shop.mail is None or not shop.campaigns.address:
        return
    sender = _domain(parseaddr(shop.mail.sender)[1])
    returned = shop.campaigns.returned.address
    back = _domain(returned) if returned else sender
    dns = _Dns(resolver)
    for look in (
        lambda: _spf(dns, back), lambda: _dkim(dns, sender, shop.campaigns.dkim_selector),
        lambda: _dmarc(dns, sender, back), lambda: _way_back(dns, back),
    ):  # fmt: skip
        try:
            yield look()
        except DNSException as error:  # no network, or a server that fails: nothing is known
            said = f"DNS gives no answer ({type(error).__name__}), so {sender} wasn't looked up"
            yield Finding("sender", True, said)
            return


class _Dns:
    """What is asked of DNS. Raises DNSException where it gives no answer."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def has(self, name: str, kind: str) -> list[str]:
        """The records of a name, the strings of a TXT record joined; none where there is no such name."""
        try:
            answer = self._resolver.resolve(
                name, kind, lifetime=SECONDS, raise_on_no_answer=False, search=False
            )
        except NXDOMAIN:
            return []
        if kind != "TXT":
            return [str(one) for one in answer]
        return [b"".join(one.strings).decode("utf-8", "replace") for one in answer]

    def spf(self, domain: str) -> list[str]:
        """The SPF records of a domain."""
        records = self.has(domain, "TXT")
        return [
            one for one in records if one.lower() == "v=spf1" or one.lower().startswith("v=spf1 ")
        ]


def _spf(dns: _Dns, domain: str) -> Finding:
    mend = f"publish one TXT record at {domain}: v=spf1, what your mail service says, and ~all"
    records = dns.spf(domain)
    if len(records) != 1:
        how_many = (
            f"{len(records)} SPF records, of which none counts" if records else "no SPF record"
        )
        return Finding("SPF", False, f"{domain} has {how_many}", mend)
    (record,) = records
    try:
        lookups = _lookups(dns, domain, record, 0)
    except _Wrong as wrong:
        return Finding("SPF", False, f"{domain}: {wrong}", mend)
    terms = record.lower().split()
    ends = next((one for one in terms if one.lstrip("+-~?") == "all"), "")
    if ends in ("all", "+all"):
        return Finding("SPF", False, f"{domain}: {ends} lets anybody send in your name", mend)
    if ends not in ("-all", "~all") and not any(one.startswith("redirect=") for one in terms):
        return Finding(
            "SPF", False, f"{domain}: it ends in neither -all nor ~all, and says little", mend
        )
    return Finding("SPF", True, f"{domain}: {record} ({lookups} lookups)")


def _lookups(dns: _Dns, domain: str, record: str, so_far: int) -> int:
    """How many lookups a record takes, with those it includes. Raises _Wrong for too many."""
    for term in record.lower().split()[1:]:
        plain = term.lstrip("+-~?")
        name = plain.partition(":")[0].partition("=")[0].partition("/")[0]
        if name not in LOOKED_UP:
            continue
        so_far += 1
        if so_far > MOST_LOOKUPS:
            raise _Wrong(f"it takes more than {MOST_LOOKUPS} lookups, so receivers give up")
        other = plain.partition("=" if name == "redirect" else ":")[2]
        if (
            name in ("include", "redirect") and "%" not in other
        ):  # with a macro it hangs on the mail
            included = dns.spf(other) if other else []
            if len(included) != 1:
                raise _Wrong(f"{term} leads to {len(included)} SPF records, and must to one")
            so_far = _lookups(dns, other, included[0], so_far)
    return so_far


def _dkim(dns: _Dns, domain: str, selector: str) -> Finding:
    if not selector:
        said = (
            "not looked up: campaigns.dkim_selector in shop.yml names the key of your mail server"
        )
        return Finding("DKIM", True, said)
    name = f"{selector}._domainkey.{domain}"
    keys = [_tags(one) for one in dns.has(name, "TXT")]
    if not any("p" in one for one in keys):
        mend = "your mail service shows the record to publish, and its selector"
        return Finding("DKIM", False, f"there is no key at {name}", mend)
    if not any(one.get("p") for one in keys):
        return Finding("DKIM", False, f"the key at {name} is withdrawn", "publish the one in use")
    return Finding("DKIM", True, f"a key at {name}")


def _dmarc(dns: _Dns, domain: str, back: str) -> Finding:
    labels = domain.split(".")
    for at in range(max(1, len(labels) - 1)):
        holder = ".".join(labels[at:])
        records = [
            one for one in dns.has(f"_dmarc.{holder}", "TXT") if _tags(one).get("v") == "DMARC1"
        ]
        if records:
            break
    else:
        mend = f"publish a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:you@{domain}"
        return Finding(
            "DMARC", False, f"{domain} has no DMARC record, which large providers ask for", mend
        )
    tags = _tags(records[0])
    if len(records) > 1 or tags.get("p", "").lower() not in POLICIES:
        mend = f"have one TXT record at _dmarc.{holder} with p= {', '.join(POLICIES)}"
        return Finding("DMARC", False, f"the record at _dmarc.{holder} doesn't count", mend)
    strict = tags.get("aspf", "r").lower() == "s"
    same = back == domain if strict else all(_is_below(one, holder) for one in (back, domain))
    said = f"{holder}: p={tags['p']}"
    if not same:
        said += f"; mails return to {back}, so it holds by DKIM alone"
    return Finding("DMARC", True, said)


def _way_back(dns: _Dns, domain: str) -> Finding:
    servers = [one for one in dns.has(domain, "MX") if one.split()[-1] != "."]
    if servers or (not dns.has(domain, "MX") and (dns.has(domain, "A") or dns.has(domain, "AAAA"))):
        return Finding("bounces", True, f"{domain} takes mail")
    mend = f"give {domain} an MX record, or name another campaigns.returned.address"
    return Finding(
        "bounces", False, f"{domain} takes no mail: nothing that bounces is heard of", mend
    )


def _tags(record: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record; spaces count for nothing."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, equals, value in pairs if equals}


def _is_below(domain: str, holder: str) -> bool:
    return domain == holder or domain.endswith(f".{holder}")


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")
