"""Packs a drawing into Windows' ico and macOS' icns. Both are a header and one PNG for each size."""

import struct
import subprocess
import sys

drawing, ico, icns = sys.argv[1:]


def png(size):
    command = ["rsvg-convert", "--width", str(size), "--height", str(size), drawing]
    return subprocess.run(command, check=True, capture_output=True).stdout


sizes = [16, 24, 32, 48, 64, 128, 256]
pictures = [png(size) for size in sizes]
offset = 6 + 16 * len(sizes)
with open(ico, "wb") as file:
    file.write(struct.pack("<HHH", 0, 1, len(sizes)))
    for size, data in zip(sizes, pictures):
        file.write(struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), offset))
        offset += len(data)
    file.writelines(pictures)

kinds = {b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024, b"ic11": 32, b"ic12": 64, b"ic13": 256, b"ic14": 512}
body = b"".join(kind + struct.pack(">I", len(data) + 8) + data for kind, data in ((k, png(s)) for k, s in kinds.items()))
with open(icns, "wb") as file:
    file.write(b"icns" + struct.pack(">I", len(body) + 8) + body)
