"""Copy to workspace: from an archive to the user's disk, beside the Jupyter server.

Imports nothing of Jupyter but in ``manager`` and ``handlers``: the engine also runs in the command
line and in notebooks.
"""
