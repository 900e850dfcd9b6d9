"""A gateway with a network, or a list of names, of its own. Both need root.

A network is a namespace and a cable to it: packets can be dropped and addresses changed as on a
shop floor, and nothing else on this machine notices. Names are a private `/etc/hosts`.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.disk import run
from tests.system.rig import Document, Gateway

READ = "import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1]).read())"
WRONG = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
BIND = 'to=$1; shift; mount --bind "$0" "$to" && exec "$@"'
HOSTS, MACHINE = "/etc/hosts", "/etc/machine-id"


class Net:
    """A namespace in which a gateway runs, and the cable between it and the servers."""

    def __init__(self, name: str, block: int) -> None:
        """Name it.

        Args:
            name: of the namespace.
            block: third byte of its addresses, its own on this machine.
        """
        self.name, self._block = name, block
        self.servers = self.address(1)
        self._here, self._there = f"v{block}a", f"v{block}b"

    def address(self, host: int) -> str:
        """An address in this network; 1 is where the servers are."""
        return f"10.211.{self._block}.{host}"

    def within(self, *line: str) -> list[str]:
        """The command that does this inside."""
        return ["ip", "netns", "exec", self.name, *line]

    def move(self, old: int, new: int) -> None:
        """Give the gateway another address, as a lease that was not renewed does."""
        run(*self.within("ip", "addr", "del", f"{self.address(old)}/24", "dev", self._there))
        run(*self.within("ip", "addr", "add", f"{self.address(new)}/24", "dev", self._there))

    def cut(self) -> None:
        """Lose every packet, out and in, without a word: to a wrong hardware address each."""
        run(*self._neighbour("replace"), *WRONG)
        run(*self.within(*self._neighbour("replace", inside=True)), *WRONG)

    def heal(self) -> None:
        """Let them find each other again."""
        run(*self._neighbour("del"))
        run(*self.within(*self._neighbour("del", inside=True)))

    def _neighbour(self, verb: str, *, inside: bool = False) -> list[str]:
        """The command on what one side knows of the other."""
        other, device = (self.servers, self._there) if inside else (self.address(2), self._here)
        return ["ip", "neigh", verb, other, "dev", device]

    def make(self) -> None:
        """Make both ends, and join them."""
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self._here, "type", "veth", "peer", "name", self._there)
        run("ip", "link", "set", self._there, "netns", self.name)
        run("ip", "addr", "add", f"{self.servers}/24", "dev", self._here)
        run("ip", "link", "set", self._here, "up")
        for line in ("link set lo up", f"link set {self._there} up"):
            run(*self.within("ip", *line.split()))
        run(*self.within("ip", "addr", "add", f"{self.address(2)}/24", "dev", self._there))


class Inside(Gateway):
    """A gateway in such a network."""

    net: Net

    def get(self, path: str) -> Document:
        """An answer of the API, asked for inside."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        line = self.net.within("python3", "-c", READ, url)
        done = subprocess.run(line, capture_output=True, timeout=20, check=False)
        if done.returncode:
            raise OSError(done.stderr.decode()[-300:])
        found: Document = json.loads(done.stdout)
        return found


@contextmanager
def network() -> Iterator[Net]:
    """One of our own."""
    net = Net(f"lineproof-{os.getpid()}", os.getpid() % 250)
    try:
        net.make()
        yield net
    finally:
        run("ip", "netns", "del", net.name, good=(0, 1))
        run("ip", "link", "del", f"v{os.getpid() % 250}a", good=(0, 1))


def with_names(hosts: Path) -> list[str]:
    """The command that starts another one with these names."""
    return in_place_of(HOSTS, hosts)


def in_place_of(path: str, file: Path) -> list[str]:
    """The command that starts another one, for which a file of the system is this one."""
    return ["unshare", "--mount", "sh", "-c", BIND, str(file), path]
