"""The demo painter: an image API that needs no key and no network."""
