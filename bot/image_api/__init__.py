"""Clients for the image APIs. All implement the `ImageApi` port."""
