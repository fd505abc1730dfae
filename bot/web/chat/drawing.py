"""Draws a picture anew: a program of its own, which has so much time and memory and no more.

    drawing.py SECONDS BYTES        of processor, and of address space

It reads a picture and writes a JPEG of at most SIDE pixels, and ends with 0, TOO_LARGE, or otherwise where the picture
can't be read. What a file holds decides what reading it costs: a small one may have thousands of scans, or be one
pixel wide and millions high. Run by bot/web/chat/pictures.py; it imports nothing of the house.
"""

import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 40_000_000
SIDE = 1600  # pixels of its longer side, as it is kept
QUALITY = 80
TOO_LARGE = 3  # as it ends


def draw(content: bytes) -> bytes:
    """A picture as it is kept. Raises what Pillow raises, and MemoryError also for one of too many pixels."""
    warnings.simplefilter("ignore")  # Pillow's of many pixels: they are counted here
    with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise MemoryError
        picture.draft("RGB", (SIDE, SIDE))
        picture.thumbnail((SIDE, SIDE))  # before it is turned, which makes another of its size
        upright = ImageOps.exif_transpose(picture)
        drawn = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        drawn.paste(seen, mask=seen.getchannel("A"))
    made = io.BytesIO()
    drawn.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    for limited, most in zip((resource.RLIMIT_CPU, resource.RLIMIT_AS), sys.argv[1:], strict=True):
        resource.setrlimit(limited, (int(most), int(most)))
    try:
        sys.stdout.buffer.write(draw(sys.stdin.buffer.read()))
    except MemoryError:
        sys.exit(TOO_LARGE)
