"""What people call the kinds of elements on a label and their properties, wherever they are named."""

from app.errors import N_

PURPOSES = {
    "product": N_("Products"),
    "lot": N_("Lots"),
    "serial": N_("Parts with a serial number"),
    "carton": N_("Cartons"),
    "pallet": N_("Pallets"),
    "location": N_("Places"),
    "badge": N_("Badges"),
    "trust-mark": N_("Trust marks"),
    "other": N_("Others"),
}
KINDS = {  # title and icon
    "qr": (N_("QR code"), "qrcode"),
    "datamatrix": (N_("Data Matrix"), "grid-dots"),
    "gs1-datamatrix": (N_("GS1 Data Matrix"), "grid-pattern"),
    "code128": (N_("Code 128"), "barcode"),
    "gs1-128": (N_("GS1-128"), "barcode"),
    "text": (N_("Text"), "typography"),
    "image": (N_("Picture"), "photo"),
    "line": (N_("Line"), "minus"),
    "box": (N_("Frame"), "square"),
}
PROPERTIES = {
    "x": N_("the distance from the left"),
    "y": N_("the distance from the top"),
    "width": N_("the width"),
    "height": N_("the height"),
    "rotation": N_("the rotation"),
    "when": N_("the condition"),
    "source": N_("what the code says"),
    "module": N_("the least module"),
    "error_correction": N_("the error correction"),
    "align": N_("the horizontal alignment"),
    "valign": N_("the vertical alignment"),
    "text": N_("the text"),
    "size": N_("the size of the type"),
    "least": N_("the least size of the type"),
    "lines": N_("the number of lines"),
    "leading": N_("the line spacing"),
    "overflow": N_("what happens to what does not fit"),
    "data": N_("the picture"),
    "thickness": N_("the thickness"),
    "kind": N_("the kind of element"),
    "language": N_("the language"),
    "purpose": N_("the purpose"),
    "dpi": N_("the resolution"),
}
