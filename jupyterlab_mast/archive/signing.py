"""Signing with the server's own AWS credentials, for archives with access 'role'."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

from .errors import forbidden


class Signer:
    """Signs requests by AWS signature version 4 with botocore's credential chain.

    Its methods block (a chain may ask a metadata service): call them in a thread. Any number of
    threads may.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._credentials: Any = None

    def sign(self, url: str, method: str, headers: dict[str, str], region: str) -> dict[str, str]:
        """Return the headers that sign a request without a body.

        `url` is in canonical form, every ``/`` of the key plain, even where the request spells
        some as ``%2F``: a server computes the signature from the decoded key. `headers` are
        those to be signed. Raises S3Error 403 when there are no credentials.
        """
        # botocore is an optional dependency, and an untyped one.
        auth = import_module("botocore.auth")
        request = import_module("botocore.awsrequest").AWSRequest(method, url, headers)
        auth.S3SigV4Auth(self._frozen_credentials(), "s3", region).add_auth(request)
        return dict(request.headers.items())

    def _frozen_credentials(self) -> Any:
        core_error = import_module("botocore.exceptions").BotoCoreError
        session = import_module("botocore.session")
        try:
            with self._lock:
                if self._credentials is None:
                    self._credentials = session.Session().get_credentials()
            if self._credentials is not None:
                return self._credentials.get_frozen_credentials()
        except core_error:
            pass
        raise forbidden(
            "The Jupyter server has no AWS credentials, which this archive needs (access 'role'). "
            "Ask the administrator of the server to give it a role."
        )
