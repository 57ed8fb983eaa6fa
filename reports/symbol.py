"""The QR symbol of a report as a data URI: a 1-bit PNG, because decoders read vector symbols worse off a page."""

import base64
import io

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.pil import PilImage

_PIXELS = 6  # per module: printers and viewers that smooth pictures then still keep the edges


def qr(text: str) -> str:
    """Error correction M, quiet zone of four modules included."""
    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=_PIXELS, border=4, image_factory=PilImage)
    code.add_data(text)
    file = io.BytesIO()
    code.make_image().save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
