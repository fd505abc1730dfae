"""nginx itself, with the file of docs/deploy, before the real web process; left out where it isn't."""

import getpass
import grp
import os
import shutil
import ssl
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from bot.paths import REPOSITORY
from bot.platforms.hooks import LARGEST
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.console.conftest import PASSWORD, Person, add_staff
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess, free_port
from tests.web.conftest import engine as engine
from tests.web.fake_engine import FakeEngine

CONF = REPOSITORY / "docs" / "deploy" / "nginx.conf"


class Proxied(NamedTuple):
    """Clients of the two servers of nginx, and where a tunnel to the console would end."""

    customer: httpx.Client
    staff: httpx.Client
    tunnel: str


@pytest.fixture
def proxied(
    settings: Settings, engine: FakeEngine, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Proxied]:
    """Clients of nginx, which has a certificate of its own; the parameter is from where the console is open."""
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    add_staff(settings)
    inner = free_port()
    web = WebProcess(settings, engine.port, SHOPTALK_PROXIES="1", SHOPTALK_CONSOLE_PORT=str(inner))
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=chat.example", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, secure, console = free_port(), free_port(), free_port()
    text = CONF.read_text()
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{web.port}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("127.0.0.1:8001", f"127.0.0.1:{inner}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        ("listen 8443 ssl", f"listen 127.0.0.1:{console} ssl"),
        ("allow 10.8.0.0/24", f"allow {getattr(request, 'param', '127.0.0.0/8')}"),
        ("/etc/letsencrypt/live/chat.example/fullchain.pem", str(certificate)),
        ("/etc/letsencrypt/live/chat.example/privkey.pem", str(key)),
    ):
        assert old in text
        text = text.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};\n"
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {paths}\n{text}\n}}\n"
    )
    nginx = subprocess.Popen(
        [shutil.which("nginx") or "/usr/sbin/nginx", "-p", tmp_path, "-e", tmp_path / "error.log",
         "-c", tmp_path / "nginx.conf"],
    )  # fmt: skip
    trust = ssl.create_default_context(cafile=str(certificate))
    customer, staff = (
        httpx.Client(
            base_url=f"https://127.0.0.1:{port}", verify=trust, trust_env=False, timeout=20
        )
        for port in (secure, console)
    )
    with customer as client, staff:
        for _ in range(100):
            try:
                client.get("/health").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield Proxied(customer, staff, f"http://127.0.0.1:{inner}")
    nginx.terminate()
    nginx.wait()
    web.kill()


def test_customers_chat_through_it_live(proxied: Proxied) -> None:
    client = proxied.customer
    token = client.post("/chat/session").json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    message = {"id": str(uuid.uuid4()), "text": "hello"}
    assert client.post("/chat/messages", json=message, headers=headers).status_code == 202
    with client.stream("GET", "/chat/stream?after=0", headers=headers) as stream:
        line = next(line for line in stream.iter_lines() if "You said: hello" in line)
    assert line.startswith("data: ")  # while the stream is open
    # Pictures and what a platform tells pass where messages of that size don't.
    large = b"x" * 200_000
    assert client.post("/chat/messages", content=large, headers=headers).status_code == 413
    refused = client.post("/chat/pictures", content=large, headers=headers)
    assert refused.status_code == 400 and "error" in refused.json()  # by Shoptalk: it is no picture
    refused = client.post("/hooks/platform", content=b"x" * LARGEST)
    assert refused.status_code == 404, refused.text  # by Shoptalk: this shop has no platform
    assert client.get("/console").status_code == 404


def test_staff_sign_in_at_a_port_of_the_inner_network(proxied: Proxied) -> None:
    assert proxied.staff.get("/console/sign-in").status_code == 200
    form = {"csrf": "", "login": "ann", "password": PASSWORD}
    answer = proxied.staff.post("/console/sign-in", data=form)
    assert answer.status_code == 303 and "Secure" in answer.headers["set-cookie"]
    assert proxied.staff.get("/console/session", headers={"Accept": "application/json"}).json()


@pytest.mark.parametrize("proxied", ["10.8.0.0/24"], indirect=True)
def test_nobody_else_gets_as_far_as_the_console(proxied: Proxied) -> None:
    assert proxied.staff.get("/console/sign-in").status_code == 403


def test_staff_sign_in_through_a_tunnel_past_the_proxy(proxied: Proxied) -> None:
    person = Person(proxied.tunnel, "ann")
    assert person.get("/console").status_code == 200
    person.http.close()
