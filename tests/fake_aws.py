"""A stand-in for AWS over real HTTP: moto's standalone server with authorization on, and in front of it what moto lacks.

    client --HTTP--> Fake (answers by key or by permission, pages, boundaries, last-accessed data) --HTTP--> moto

moto checks signatures and policies; what it gets wrong is written out here (an inactive key that still signs in, expiry,
throttling, pages, boundaries of users, service last accessed).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

ACCOUNT = "123456789012"  # moto's
_FROM_CREDENTIAL = re.compile(r"Credential=([A-Z0-9]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/")


class Call(NamedTuple):
    """What arrived."""

    key_id: str
    service: str
    region: str
    action: str
    user_agent: str
    token: str


class Answer(NamedTuple):
    """What goes back; status 0 closes the connection without a word, -1 keeps silent until the client goes away."""

    status: int
    body: bytes = b""
    kind: str = "text/xml"
    headers: tuple[tuple[str, str], ...] = ()


def error(code: str, message: str = "made up", status: int = 403) -> Answer:
    """An error as the query APIs of AWS write it."""
    text = (
        f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>1-2-3</RequestId></ErrorResponse>"
    )
    return Answer(status, text.encode())


def html(status: int, text: str = "<html><body><h1>Corporate proxy</h1><p>no</body></html>") -> Answer:
    """What proxies write."""
    return Answer(status, text.encode(), "text/html")


def identity(arn: str, account: str = ACCOUNT) -> Answer:
    """A GetCallerIdentity that succeeds."""
    text = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
    return Answer(200, text.encode())


# What a key's calls get, by name: a list is worked through, its last answer stays.
BEHAVIOURS: dict[str, list[Answer]] = {
    "unknown": [error("InvalidClientTokenId", "The security token included in the request is invalid.")],
    "wrong": [error("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")],
    "expired": [error("ExpiredToken", "The security token included in the request is expired")],
    "skew": [error("SignatureDoesNotMatch", "Signature expired: 20200101T000000Z is now earlier than 20260101T000000Z")],
    "denied": [
        error("AccessDenied", "not authorized to perform: sts:GetCallerIdentity with an explicit deny in a VPC endpoint policy")
    ],
    "throttled-once": [error("Throttling", "Rate exceeded", 400), identity(f"arn:aws:iam::{ACCOUNT}:user/slow")],
    "throttled": [error("Throttling", "Rate exceeded", 400)],
    "html-403": [html(403)],
    "html-407": [html(407)],
    "html-502": [html(502)],
    "failing": [error("InternalFailure", "oops", 500)],
    "portal": [html(200, "<html><form>Sign in to the guest network")],
    "empty": [Answer(200)],
    "json": [Answer(200, b'{"Account": "123456789012"}', "application/json")],
    "other-account": [identity(f"arn:aws:iam::{ACCOUNT}:user/x", "999999999999")],
    "redirect": [Answer(302, b"", headers=(("Location", "https://elsewhere.example/login?then=secret"),))],
    "closed": [Answer(0)],
    "slow": [Answer(-1)],
    "live": [identity(f"arn:aws:iam::{ACCOUNT}:user/ci/deployer")],
    "root": [identity(f"arn:aws:iam::{ACCOUNT}:root")],
    "role": [identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session-1")],
    "builder": [identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/i-1")],
    "roamer": [identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/roamer/i-1")],
    "canary": [identity(f"arn:aws:iam::{ACCOUNT}:user/canarytokens.com@@abcdefghijkl")],
    "china": [identity(f"arn:aws-cn:iam::{ACCOUNT}:user/panda")],
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *args: object) -> None:
        """A client that goes away, or does not trust the certificate, is what is tested."""


class Fake:
    """The server. Its behaviour is set through its attributes, from the same process, between calls."""

    def __init__(self, moto_port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.moto_port = moto_port
        self.reset()
        server = Server(("127.0.0.1", 0), _handler(self))
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        self._server = server
        self.port = server.server_address[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def reset(self) -> None:
        """As new."""
        self.calls: list[Call] = []
        self.tunnels: list[str] = []  # what it was asked to connect to as a proxy
        self.keys: dict[str, list[Answer]] = {}  # key id -> what is left of its behaviour
        self.inactive: set[str] = set()
        self.denied: dict[str, Answer] = {}  # action, such as "iam:GetUser"
        self.pages = 0  # members on a page; 0: as moto gives them
        self.lists: dict[tuple[str, str], Answer] = {}
        self.boundaries: dict[str, str] = {}  # user -> ARN of the boundary
        self.canned: dict[str, str] = {}  # action -> content of its result element
        self.delay = 0.0  # seconds before each answer
        self.together = 0  # requests being answered
        self.most_together = 0
        self.lock = threading.Lock()

    def key(self, key_id: str, behaviour: str) -> None:
        """Let a key have one of BEHAVIOURS; without any it is passed on to moto, or unknown if there is none."""
        self.keys[key_id] = list(BEHAVIOURS[behaviour])

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def actions(self) -> list[str]:
        """What was called, in order."""
        return [f"{call.service}:{call.action}" for call in self.calls]

    def answer(self, call: Call, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """The answer to one request."""
        name = f"{call.service}:{call.action}"
        with self.lock:
            self.calls.append(call)
            left = self.keys.get(call.key_id)
            chosen = (left.pop(0) if len(left) > 1 else left[0]) if left else None
        if self.delay:
            time.sleep(self.delay)
        if chosen is not None:
            return chosen
        if call.key_id in self.inactive:
            return BEHAVIOURS["unknown"][0]
        if name in self.denied:
            return self.denied[name]
        if call.action in self.canned:
            result = f"{call.action}Result"
            text = f"<{call.action}Response><{result}>{self.canned[call.action]}</{result}></{call.action}Response>"
            return Answer(200, text.encode())
        if not self.moto_port:
            return BEHAVIOURS["unknown"][0]
        asked = parse_qs(body.decode("utf-8", "replace"))
        marker = int(asked.pop("Marker", ["0"])[0]) if self.pages else 0
        listed = (call.key_id, json.dumps(asked))  # moto gets the question once, for it has its own idea of markers
        if not marker:
            self.lists[listed] = self._moto(method, path, headers, body)
        return self._amend(call, marker, self.lists[listed])

    def _moto(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.moto_port, timeout=60)
        try:
            passed = {name: value for name, value in headers.items() if name.lower() != "connection"}
            connection.request(method, path, body, passed)
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.getheader("Content-Type", "text/xml"))
        finally:
            connection.close()

    def _amend(self, call: Call, marker: int, answer: Answer) -> Answer:
        """Boundaries of users and pages of lists, which moto has not."""
        if answer.status != 200 or call.service != "iam" or not (self.pages or self.boundaries):
            return answer
        space = "https://iam.amazonaws.com/doc/2010-05-08/"
        ET.register_namespace("", space)
        root = ET.fromstring(answer.body)
        space = root.tag.partition("}")[0] + "}"
        for user in root.iter(f"{space}User"):
            name = user.findtext(f"{space}UserName", "")
            if name in self.boundaries:
                boundary = ET.SubElement(user, f"{space}PermissionsBoundary")
                ET.SubElement(boundary, f"{space}PermissionsBoundaryType").text = "Policy"
                ET.SubElement(boundary, f"{space}PermissionsBoundaryArn").text = self.boundaries[name]
        result = root.find(f"{space}{call.action}Result")
        if self.pages and result is not None:
            _page(result, space, marker, self.pages)
        return answer._replace(body=ET.tostring(root))


def _page(result: ET.Element, space: str, start: int, size: int) -> None:
    """Leave one page of the list in a result, and say whether more follows."""
    lists = [element for element in result if element.find(f"{space}member") is not None]
    if not lists:
        return
    members = list(lists[0])
    for number, member in enumerate(members):
        if not start <= number < start + size:
            lists[0].remove(member)
    more = start + size < len(members)
    for name, value in (("IsTruncated", str(more).lower()), ("Marker", str(start + size))):
        for old in result.findall(f"{space}{name}"):
            result.remove(old)
        if name == "IsTruncated" or more:
            ET.SubElement(result, f"{space}{name}").text = value


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # heads and bodies go out apart: each answer would wait 40 ms for an acknowledgement

        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with fake.lock:
                fake.together += 1
                fake.most_together = max(fake.most_together, fake.together)
            try:
                answer = fake.answer(_call(self.headers, body), self.command, self.path, dict(self.headers.items()), body)
                self._send(answer)
            finally:
                with fake.lock:
                    fake.together -= 1

        do_GET = do_POST  # noqa: N815 - as http.server names it

        def do_CONNECT(self) -> None:
            """As a proxy that lets nobody through."""
            fake.tunnels.append(self.path)
            self._send(html(403))

        def _send(self, answer: Answer) -> None:
            if answer.status < 0:
                self.connection.settimeout(20)
                try:
                    self.connection.recv(1)
                except OSError:
                    pass
                self.close_connection = True
                return
            if not answer.status:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)
            except OSError:
                self.close_connection = True  # the client has given up

    return Handler


def _call(headers: Any, body: bytes) -> Call:
    found = _FROM_CREDENTIAL.search(headers.get("Authorization", ""))
    key_id, _, region, service = found.groups() if found else ("", "", "", "")
    target = headers.get("X-Amz-Target", "")
    action = target.rpartition(".")[2] or parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return Call(key_id, service, region, action, headers.get("User-Agent", ""), headers.get("X-Amz-Security-Token", ""))


class Moto:
    """moto's standalone server in a process of its own."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        environ = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
        self._process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise RuntimeError("moto did not start")

    def post(self, path: str, body: str = "") -> None:
        """One of moto's own controls, such as /moto-api/reset."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Content-Type": "text/plain"})
        assert connection.getresponse().status == 200
        connection.close()

    def client(self, service: str, key_id: str = "x", secret: str = "x", region: str = "us-east-1") -> Any:
        """A boto3 client for seeding."""
        import boto3

        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )

    def close(self) -> None:
        """Stop."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)


def served() -> Iterator[Fake]:
    """For a fixture: a fake that passes nothing on."""
    fake = Fake()
    yield fake
    fake.close()


def policy(action: str | list[str] = "*", effect: str = "Allow", **more: Any) -> str:
    """A policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*", **more}]})
