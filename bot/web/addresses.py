"""Addresses of the storefront's pages and pictures."""

from urllib.parse import quote


def product_url(sku: str) -> str:
    """The storefront's page of a product."""
    return f"/shop/products/{quote(sku, safe='')}"


def picture_url(image: str) -> str:
    """A product's picture: its own address, or a file of the shop's folder; empty for none."""
    if not image or image.startswith(("http://", "https://")):
        return image
    return f"/shop/files/{quote(image)}"
