"""Checksums that boto3 alone cannot make."""

from __future__ import annotations


def crc64nvme(data: bytes) -> bytes:
    """CRC-64/NVME. Check value of b"123456789": ae8b14860a799888."""
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x9A6C9329AC4BC9B5 if number & 1 else 0)
        table.append(number)
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return (crc ^ 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
