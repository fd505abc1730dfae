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

import httpx
import pytest

from bot.paths import REPOSITORY
from bot.settings import Settings
from recommender.catalogue.ingest import ingest
from tests.recommender.fakes import FakeEmbedder
from tests.web.conftest import WebProcess, free_port
from tests.web.conftest import engine as engine
from tests.web.fake_engine import FakeEngine

CONF = REPOSITORY / "docs" / "deploy" / "nginx.conf"


@pytest.fixture
def proxied(settings: Settings, engine: FakeEngine, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of nginx, which has a certificate of its own."""
    ingest(settings.shop_dir / "products.csv", settings.catalogue_dir, embedder=FakeEmbedder())
    web = WebProcess(settings, engine.port, SHOPTALK_PROXIES="1")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=chat.example", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, secure = free_port(), free_port()
    text = CONF.read_text()
    for old, new in (
        ("127.0.0.1:8000", f"127.0.0.1:{web.port}"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
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
    with httpx.Client(
        base_url=f"https://127.0.0.1:{secure}", verify=trust, trust_env=False, timeout=20
    ) as client:
        for _ in range(100):
            try:
                client.get("/health").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield client
    nginx.terminate()
    nginx.wait()
    web.kill()


def test_customers_chat_through_it_live(proxied: httpx.Client) -> None:
    token = proxied.post("/chat/session").json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    message = {"id": str(uuid.uuid4()), "text": "hello"}
    assert proxied.post("/chat/messages", json=message, headers=headers).status_code == 202
    with proxied.stream("GET", "/chat/stream?after=0", headers=headers) as stream:
        line = next(line for line in stream.iter_lines() if "You said: hello" in line)
    assert line.startswith("data: ")  # while the stream is open
    # Pictures pass where messages of that size don't.
    large = b"x" * 200_000
    assert proxied.post("/chat/messages", content=large, headers=headers).status_code == 413
    refused = proxied.post("/chat/pictures", content=large, headers=headers)
    assert refused.status_code == 400 and "error" in refused.json()  # by Shoptalk: it is no picture
    assert proxied.get("/console").status_code == 404
