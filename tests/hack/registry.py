"""A registry of images that holds what is pushed to it, by the distribution protocol, in memory."""

import hashlib
import http.server
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

MANIFEST = re.compile(r"/v2/(.+)/manifests/(.+)")
BLOB = re.compile(r"/v2/.+/blobs/(sha256:.+)")
UPLOADS = re.compile(r"/v2/.+/blobs/uploads/")
UPLOAD = re.compile(r"/v2/.+/blobs/uploads/([0-9a-f]+)(?:\?digest=sha256(?::|%3A)(.+))?")


class Registry(http.server.BaseHTTPRequestHandler):
    """Answers one client at a time, and any number of them at once."""

    protocol_version = "HTTP/1.1"
    manifests: ClassVar[dict[str, bytes]]
    blobs: ClassVar[dict[str, bytes]]
    uploads: ClassVar[dict[str, bytearray]]

    def do_GET(self) -> None:
        """Give a blob or a manifest, or say that this is a registry."""
        blob = BLOB.fullmatch(self.path)
        found = self.blobs.get(blob[1]) if blob else self.manifests.get(self._tagged())
        self._answer(200, found or b"") if found or self.path == "/v2/" else self._answer(404)

    def do_HEAD(self) -> None:
        """Say whether it is there."""
        self.do_GET()

    def do_POST(self) -> None:
        """Begin an upload."""
        if not UPLOADS.fullmatch(self.path):
            self._answer(404)
            return
        name = secrets.token_hex(4)
        self.uploads[name] = bytearray()
        self._answer(202, Location=self.path + name)

    def do_PATCH(self) -> None:
        """Take a part of an upload."""
        length = len(self._uploaded())
        self._answer(202, Location=self.path, Range=f"0-{length - 1}")

    def do_PUT(self) -> None:
        """End an upload, which has to be what it says it is; or take a manifest."""
        ended = UPLOAD.fullmatch(self.path)
        if not ended:
            self.manifests[self._tagged()] = self._body()
            self._answer(201)
            return
        whole = bytes(self._uploaded())
        is_whole = hashlib.sha256(whole).hexdigest() == ended[2]
        if is_whole:
            self.blobs[f"sha256:{ended[2]}"] = whole
        self._answer(201 if is_whole else 400)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _uploaded(self) -> bytearray:
        """Add what comes to the upload; give all of it."""
        upload = UPLOAD.fullmatch(self.path)
        assert upload, self.path
        whole = self.uploads[upload[1]]
        whole.extend(self._body())
        return whole

    def _tagged(self) -> str:
        found = MANIFEST.fullmatch(self.path)
        return f"{found[1]}:{found[2]}" if found else ""

    def _body(self) -> bytes:
        if length := self.headers.get("Content-Length"):
            return self.rfile.read(int(length))
        if self.headers.get("Transfer-Encoding") != "chunked":
            return b""
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def registry() -> Iterator[tuple[str, type[Registry]]]:
    """Run a registry until the end of the block; give where it is, and what it holds."""
    holds = type("Holds", (Registry,), {"manifests": {}, "blobs": {}, "uploads": {}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), holds)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}", holds
    finally:
        server.shutdown()
        server.server_close()
