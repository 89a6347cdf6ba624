"""A kernel in a process of its own, for tests of what people run in cells."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager


class KernelProcess:
    """A kernel, ready, and a client of it.

    They speak by sockets of the file system. A port that was free when it was chosen may be
    another program's when the kernel takes it, and then that ends at once; the tests start many
    servers beside it.
    """

    def __init__(
        self, folder: Path, env: dict[str, str], name: str = "python3", kernels: Path | None = None
    ) -> None:
        """`kernels` is where the kernel `name` is described, if not where Jupyter looks."""
        # The system takes about 100 bytes for the path of a socket.
        self._sockets = tempfile.mkdtemp(prefix="k-")
        self.manager = KernelManager(
            kernel_name=name, transport="ipc", connection_file=f"{self._sockets}/k.json"
        )
        if kernels is not None:
            self.manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(kernels)])
        self.manager.start_kernel(env=env, cwd=str(folder))
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        """End it at once."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        shutil.rmtree(self._sockets, ignore_errors=True)
