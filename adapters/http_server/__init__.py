"""The HTTP server that the adapters share: aiohttp, with limits for strangers' connections."""
