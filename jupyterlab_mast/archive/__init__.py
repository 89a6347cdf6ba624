"""The archive: configuration, S3 relay, and clients for it."""
