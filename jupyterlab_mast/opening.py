"""How folders and files are opened for copies and the quota: by names of systems that have both."""

from __future__ import annotations

import os

#: How a folder is opened: no link is one.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: How a file is opened that is read: no link, and without waiting for what is no file.
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
