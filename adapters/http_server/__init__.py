"""The HTTP server that the adapters share: aiohttp, with limits on connections from unknown clients."""
