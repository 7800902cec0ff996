"""What can go wrong while images are made."""


class ImageError(Exception):
    """An image could not be made; the message says which, why, and what to do."""
