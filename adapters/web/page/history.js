// Entries of before, asked for as somebody wants to see them.

const PATIENCE = 30_000; // milliseconds

/** The page of entries before a position: {entries, hasOlder}. Throws where the server is not reached. */
export function fetchBefore(position) {
  return fetchJson(`/entries?before=${position}`);
}

/** Single entries by their keys; those that are not there are left out. Throws where the server is not reached. */
export async function fetchEntries(keys) {
  const query = keys.map((key) => `key=${encodeURIComponent(key)}`).join("&");
  return (await fetchJson(`/entries?${query}`)).entries;
}

async function fetchJson(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
