"""The simulated endpoint refuses what Google would refuse, and runs as a process of its own."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.simulators.gemini_endpoint import KEY, GeminiEndpointSimulator
from tests.unit.image_api.folder_sink import FolderSink
from tests.unit.image_api.orders import Departures, drawn, endpoint, order

ROOT = Path(__file__).parents[3]
GOOD = {"responseModalities": ["TEXT", "IMAGE"]}
TEXT = {"text": "a fox"}


def request(*parts: dict[str, Any], config: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": list(parts)}], "generationConfig": config or GOOD, **more}


@pytest.mark.parametrize(
    "body",
    [
        request(TEXT, config={"response_modalities": ["IMAGE"]}),
        request(TEXT, config={"responseModalities": ["TEXT"]}),
        request(TEXT, config={**GOOD, "imageConfig": {}}),
        request(TEXT, config={**GOOD, "imageConfig": {"imageSize": "4k"}}),
        request(TEXT, config={**GOOD, "imageConfig": {"aspectRatio": "7:5"}}),
        request(TEXT, config={**GOOD, "imageConfig": {"ratio": "1:1"}}),
        request(TEXT, config={**GOOD, "candidateCount": 2}),
        request(TEXT, seed=1),
        request({"text": " "}),
        request({"text": "a fox", "inlineData": {"mimeType": "image/png", "data": "QUJD"}}),
        request(TEXT, {"inlineData": {"mimeType": "image/jpg", "data": "QUJD"}}),
        request(TEXT, {"inlineData": {"mimeType": "image/png", "data": ""}}),
        request(TEXT, {"inlineData": {"mimeType": "image/png", "data": "***"}}),
        request(TEXT, {"picture": "QUJD"}),
    ],
    ids=str,
)
async def test_what_google_would_refuse_fails_the_test(body: dict[str, Any]) -> None:
    simulator = GeminiEndpointSimulator(picture=drawn())
    with pytest.raises(AssertionError) as caught:
        await send(simulator, body)
    assert simulator.violations
    assert str(caught.value) == "\n".join(simulator.violations)
    assert len(simulator.requests) == 1


async def test_what_google_would_take_passes() -> None:
    simulator = GeminiEndpointSimulator(picture=drawn())
    full = {**GOOD, "imageConfig": {"imageSize": "4K", "aspectRatio": "1:8"}}
    await send(simulator, request(TEXT, {"inlineData": {"mimeType": "image/webp", "data": "QUJD"}}, config=full))
    assert simulator.violations == []


async def send(simulator: GeminiEndpointSimulator, body: dict[str, Any]) -> None:
    async with simulator, httpx.AsyncClient() as client:
        url = f"{simulator.base_url}/v1beta/models/any:generateContent"
        await client.post(url, json=body, headers={"x-goog-api-key": KEY})


async def test_as_a_process_it_paints_and_counts(tmp_path: Path) -> None:
    picture = tmp_path / "fox.png"
    picture.write_bytes(drawn())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.simulators.gemini_endpoint", "--port", "0", "--picture", str(picture)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        base_url = (await process.stdout.readline()).decode().strip()
        api = endpoint(base_url)
        sink = FolderSink(tmp_path)
        (made,) = await api.paint(order(), sink, leaving=Departures())
        await api.close()
        assert sink.content(made.picture) == drawn()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{base_url}/_requests")).json() == {"count": 1}
    finally:
        process.terminate()
        assert await process.wait() == 0
