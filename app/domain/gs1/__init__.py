"""GS1: application identifiers, keys with their check digits, and a key's spellings. Resolves nothing.

A key travels here as *elements*: pairs of application identifier and value, primary key first, in canonical order.
The names below are the everyday ones, lenient about data that name nothing; the modules read strictly.
"""

from app.domain.gs1.check_digits import check_digit, check_gln, check_gtin, check_pair, check_sscc, sscc
from app.domain.gs1.elements import FNC1, Elements, bracketed, element_string
from app.domain.gs1.keys import QUALIFIERS, from_bracketed, from_element_string, from_path, path_of
from app.domain.gs1.urns import from_urn, urn_of

__all__ = [
    "FNC1",
    "QUALIFIERS",
    "Elements",
    "bracketed",
    "check_digit",
    "check_gln",
    "check_gtin",
    "check_pair",
    "check_sscc",
    "element_string",
    "from_bracketed",
    "from_element_string",
    "from_path",
    "from_urn",
    "path_of",
    "sscc",
    "urn_of",
]
