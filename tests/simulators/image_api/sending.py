"""Sends an answer as a bad line would: late, in drops, cut, or shorter than it says."""

import asyncio

from aiohttp import web

from tests.simulators.image_api.answers import Answer


async def send(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Send it. One that breaks off, or is shorter than it says, ends with its connection."""
    await asyncio.sleep(answer.latency_seconds)
    if answer.gate and answer.gate_at is None:
        await answer.gate.wait()
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json", **answer.headers})
    if answer.is_gzipped:
        response.enable_compression(web.ContentCoding.gzip)
    elif (length := await asyncio.to_thread(answer.content_length)) is not None:
        response.content_length = length
    await response.prepare(request)
    is_whole = await _write(response, answer)
    if is_whole and not answer.length_off_by:
        await response.write_eof()
    elif request.transport:
        request.transport.close()
    return response


async def _write(response: web.StreamResponse, answer: Answer) -> bool:
    """Write the body; False if it was to be cut."""
    sent = 0
    for chunk in answer.chunks():
        start = 0
        for stop in sorted({at for at in (answer.gate_at, answer.cut_at) if at is not None}):
            if sent <= stop < sent + len(chunk):
                await response.write(chunk[start : stop - sent])
                start = stop - sent
                if stop == answer.gate_at and answer.gate:
                    await answer.gate.wait()
                if stop == answer.cut_at:
                    return False
        await response.write(chunk[start:])
        await asyncio.sleep(answer.pause_seconds)
        sent += len(chunk)
    return True
