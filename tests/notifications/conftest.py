import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Request:
    headers: dict
    body: dict


@dataclass
class Provider:
    """A messaging provider on the loopback: answers 200, or what `answers` says next."""

    requests: list[Request] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    delay: float = 0

    def open(self):
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.requests.append(Request(dict(self.headers), body))
                time.sleep(provider.delay)
                answer = json.dumps({"id": f"sms-{len(provider.requests)}"}).encode()
                self.send_response(provider.answers.pop(0) if provider.answers else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/send"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def provider(settings):
    provider = Provider()
    settings.MESSAGE_GATEWAY_URL = provider.open()
    settings.MESSAGE_GATEWAY_KEY = "key of the gateway"
    yield provider
    provider.close()
