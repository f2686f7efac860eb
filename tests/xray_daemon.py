"""What an X-Ray daemon is sent, taken on a port of 127.0.0.1."""

from __future__ import annotations

import json
import socket
import threading
from typing import Any

HEADER = '{"format":"json","version":1}\n'


class Daemon:
    """Takes what is sent to an X-Ray daemon: `taken` are the datagrams, `segments` the documents in them."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.taken: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                self.taken.append(self.socket.recv(65_536).decode())
            except TimeoutError:
                if self._over.is_set():
                    return

    @property
    def segments(self) -> list[dict[str, Any]]:
        """The documents so far; each has come with the daemon's own header before it."""
        assert all(text.startswith(HEADER) for text in self.taken)
        return [json.loads(text.removeprefix(HEADER)) for text in self.taken]

    def close(self) -> None:
        """Take what is on its way, then no more."""
        self._over.set()
        self._thread.join()
        self.socket.close()
