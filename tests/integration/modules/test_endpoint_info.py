# Copyright (c) 2026 klinematrix
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking at addresses: the estate's domain in the local cloud, and small servers that misbehave in their own ways."""

from __future__ import annotations

import socket
import threading
import typing as t
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cloud import LocalCloud
from tests.integration.clients.aks_cluster import NAMESPACE
from tests.integration.clients.edge_estate import HOST, Estate, authority, backend, certificate, made, serve
from tests.steps import BOTH_WAYS, Done, direct, play, task

URL = f"https://{HOST}/api/health"
HEALTHY = {"expected_json": {"status": "ok"}}


@pytest.fixture
def estate(cloud: LocalCloud, tmp_path: Path) -> Estate:
    return made(cloud, tmp_path)


def failed(done: Done) -> tuple[str, str]:
    assert done.status == "failed", done.result
    return done.result["failure"]["code"], done.result["msg"]


# --- as it should be ---------------------------------------------------------------


@pytest.mark.parametrize("in_process", BOTH_WAYS)
def test_a_healthy_endpoint(estate: Estate, in_process: bool) -> None:
    serve(estate)
    estate.cloud.forget()
    wanted = {"url": f"{URL}?token=secret", **HEALTHY, "minimum_days": 30, "wait_timeout": 5}
    ran = play(estate.cloud, [task("endpoint_info", check=check, **wanted) for check in (True, False)], in_process=in_process)
    preview, real = ran.done
    assert (preview.status, real.status) == ("ok", "ok"), ran.output
    found = real.result["endpoint"]
    assert (real.result["changed"], real.writes, found) == (False, [], preview.result["endpoint"])
    assert {name: found[name] for name in ("url", "ok", "problem", "status", "json", "proxied", "addresses")} == {
        "url": URL,
        "ok": True,
        "problem": None,
        "status": 200,
        "json": {"status": "ok"},
        "proxied": True,
        "addresses": [],
    }
    assert found["http"] == {"status": 308, "location": URL, "to_https": True}
    shown = found["certificate"]
    assert (shown["names"], shown["days_left"], shown["trusted"], shown["issuer"]) == ([HOST], 89, True, "O=Let's Encrypt, OU=YE1")
    assert real.result["io"] == {"reads": 2, "writes": 0}
    assert "secret" not in str(real.result["endpoint"])


def test_waiting_until_it_answers(estate: Estate) -> None:
    serve(estate)
    estate.cloud.fault("status", cloud="kubernetes", action="edge request", status=503, count=2)
    done = direct(estate.cloud, "endpoint_info", url=URL, wait_timeout=20, http_too=False)
    assert (done.status, done.result["endpoint"]["ok"]) == ("ok", True)
    assert [call["status"] for call in done.calls] == [503, 503, 200]


def test_facts_without_failing(estate: Estate) -> None:
    serve(estate)
    done = direct(estate.cloud, "endpoint_info", url=f"https://{HOST}/nothing", required=False, http_too=False)
    found = done.result["endpoint"]
    assert (done.status, found["ok"], found["status"], found["problem"]["code"]) == ("ok", False, 404, "unexpected_status")
    done = direct(estate.cloud, "endpoint_info", url=f"https://{HOST}/nothing", expected_status=[], http_too=False)
    assert (done.result["endpoint"]["ok"], done.result["endpoint"]["json"]) == (True, {"detail": "Not Found"})


# --- what is wrong -------------------------------------------------------------------


def test_what_a_certificate_has_against_it(estate: Estate) -> None:
    serve(estate, trusted=False)
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL))
    assert (code, "(STAGING) Let's Encrypt" in text, "switch to the production issuer" in text) == ("untrusted_issuer", True, True)
    facts = direct(estate.cloud, "endpoint_info", url=URL, validate_certs=False, **HEALTHY).result["endpoint"]
    assert (facts["ok"], facts["certificate"]["trusted"]) == (True, False)

    issue = authority(estate.cloud).issue
    certificate(estate, issue([HOST], trusted=True, days=-2))
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL))
    assert (code, "its certificate has expired, on 20" in text) == ("expired", True)
    certificate(estate, issue([HOST], trusted=True, days=10))
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL, minimum_days=14))
    assert (code, "its certificate ends in 9 days" in text) == ("expires_soon", True)
    certificate(estate, issue(["other.example.com"], trusted=True))
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL))
    assert (code, f"is for ingress.local, not for {HOST}" in text, "tls Secret" in text) == ("untrusted_issuer", True, True)


def test_what_an_answer_has_against_it(estate: Estate) -> None:
    serve(estate)
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL, expected_json={"status": "ok", "database": {"up": True}}))
    assert (code, "differs at /database" in text) == ("unexpected_body", True)
    code, text = failed(direct(estate.cloud, "endpoint_info", url=f"https://{HOST}/metrics", expected_json={}))
    assert (code, "no JSON" in text) == ("unexpected_body", True)
    (deployment, _) = backend()
    deployment["spec"]["replicas"] = 0
    estate.apply(deployment)
    estate.until(lambda: estate.get("Deployment", "backend")["status"].get("replicas", 0) == 0)
    done = direct(estate.cloud, "endpoint_info", url=URL)
    code, text = failed(done)
    assert (code, "it answers 503 instead of 200" in text, "look at its Deployment" in text) == ("unexpected_status", True, True)
    assert done.result["failure"]["status"] == 503
    estate.delete("Namespace", NAMESPACE)


def test_an_address_behind_which_is_nothing(estate: Estate) -> None:
    code, text = failed(direct(estate.cloud, "endpoint_info", url=URL, wait_timeout=1))
    assert (code, "after 1 s" in text) == ("dropped", True)
    code, text = failed(direct(estate.cloud, "endpoint_info", url=f"https://shop.{HOST}/"))
    assert (code, "Does the DNS have an A record" in text) == ("not_reached", True)


# --- without a proxy --------------------------------------------------------------------


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """Takes connections on loopback: sends this and hangs up, or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            while True:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                with taken:
                    taken.settimeout(5)
                    taken.recv(65536)
                    if answer is None:
                        taken.recv(65536)
                    else:
                        taken.sendall(answer)

        threading.Thread(target=run, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def alone(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1,localhost,.invalid")
    return cloud


def test_servers_that_misbehave(alone: LocalCloud) -> None:
    def code(url: str, **options: t.Any) -> str:
        return failed(direct(alone, "endpoint_info", url=url, http_too=False, **options))[0]

    with server(b"SSH-2.0-OpenSSH_9.9\r\n") as port:
        assert code(f"https://127.0.0.1:{port}/") == "no_tls"
        assert code(f"http://127.0.0.1:{port}/") == "dropped"
    assert code(f"https://127.0.0.1:{port}/") == "refused"
    with server(None) as port:
        assert code(f"http://127.0.0.1:{port}/", timeout=1) == "timeout"
    assert code("https://nowhere.invalid/") == "name_not_resolved"
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as port:
        done = direct(alone, "endpoint_info", url=f"http://127.0.0.1:{port}/")
        found = done.result["endpoint"]
        assert (found["json"], found["certificate"], found["http"], found["addresses"], found["proxied"]) == (
            {},
            None,
            None,
            ["127.0.0.1"],
            False,
        )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"url": "klinematrix.com/api/health"}, "begins with https:// or http://"),
        ({"url": "ftp://klinematrix.com/"}, "begins with https:// or http://"),
        ({"url": "https://klinematrix.com:99999/"}, "Port out of range"),
        ({"url": "https://name:password@klinematrix.com/"}, "leave them out"),
        ({"url": URL, "timeout": 0}, "timeout has to be at least 1"),
    ],
)
def test_options_that_make_no_sense(cloud: LocalCloud, options: dict[str, t.Any], said: str) -> None:
    done = direct(cloud, "endpoint_info", **options)
    assert (done.status, done.calls) == ("failed", [])
    assert said in done.result["msg"]
    assert "name:password" not in done.result["msg"]


def test_an_address_that_is_not_known_yet(cloud: LocalCloud) -> None:
    done = direct(cloud, "endpoint_info", check=True, url="https://(known after apply)/api/health")
    assert (done.status, done.result["endpoint"], done.calls) == ("ok", None, [])
