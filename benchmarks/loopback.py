"""A server that answers like X as fast as it can, in a process of its own: `python -m benchmarks.loopback`.

It checks nothing, so that what is measured is the client. Its address is the first line that it prints.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ids = count(1_000)


def _answer(method: str, path: str, body: bytes) -> tuple[int, object]:
    if method == "POST":
        return 201, {"data": {"id": str(next(_ids)), "text": json.loads(body)["text"]}}
    if path.startswith("/2/users/me"):
        return 200, {"data": {"id": "1", "username": "bench", "name": "bench"}}
    return 200, {"meta": {"result_count": 0}}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            break
        first, *lines = asked.decode().split("\r\n")
        length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
        method, path, _ = first.split(" ", 2)
        status, content = _answer(method, path, await reader.readexactly(length))
        body = json.dumps(content).encode()
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
    writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


@contextmanager
def loopback() -> Iterator[str]:
    """Start it; its address."""
    command = [sys.executable, "-m", "benchmarks.loopback"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise SystemExit("the server on loopback did not start")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_main())
