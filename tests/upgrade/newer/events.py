"""What intake can tell from now on. Whoever does not know it may pass it over: it is not critical."""

from shared.events.intake import FromIntake


class ComplaintPraised(FromIntake, wire="complaint.praised", term="表扬"):
    """The customer had a good word for how the complaint was handled."""

    stars: int
