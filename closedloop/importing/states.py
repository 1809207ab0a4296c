"""US states and territories, and the armed forces' mail: names to the two letters of the Postal Service."""

from typing import Final

_NAMES: Final = """
AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,
DC District of Columbia, FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas,
KY Kentucky, LA Louisiana, ME Maine, MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi,
MO Missouri, MT Montana, NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York,
NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island,
SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington,
WV West Virginia, WI Wisconsin, WY Wyoming, AS American Samoa, GU Guam, MP Northern Mariana Islands, PR Puerto Rico,
VI Virgin Islands, VI US Virgin Islands, UM United States Minor Outlying Islands, FM Federated States of Micronesia,
MH Marshall Islands, PW Palau, AA Armed Forces Americas, AE Armed Forces Europe, AP Armed Forces Pacific
"""
_LETTERS: Final = {
    name.casefold(): letters
    for letters, _, name in (entry.strip().partition(" ") for entry in _NAMES.replace("\n", " ").split(","))
}


def two_letters(state: str) -> str:
    """The two letters of a state written in words, in any case; anything else as it is."""
    known = _LETTERS.get(state.replace(".", "").casefold())
    return known or (state.upper() if len(state) == 2 and state.isascii() and state.isalpha() else state)
