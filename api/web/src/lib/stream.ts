// The venue's events, for as long as the page is open: read with the key in a header, which EventSource cannot send.

import { authorization } from './api';

export interface Happening { id: number; kind: string; order: string | null; at: string; from?: number; to?: number; version?: number; number?: number }
interface Listener { after(): number; heard(events: Happening[]): void; connected(): void; lost(): void; refused(): void }

const SILENCE = 35_000; // the server says something every 15 s
const LONGEST_WAIT = 5_000;

/** Follows until the function that is returned is called. */
export function follow(venue: string, listener: Listener): () => void {
  const ended = new AbortController();
  let wake = (): void => {};
  const hurry = (): void => wake();
  window.addEventListener('online', hurry);

  async function once(): Promise<void> {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    ended.signal.addEventListener('abort', stop);
    window.addEventListener('offline', stop);
    let guard = setTimeout(stop, SILENCE);
    try {
      const answer = await fetch(`/v1/venues/${venue}/events`, {
        headers: { ...authorization(), 'Last-Event-ID': String(listener.after()) }, signal: attempt.signal, cache: 'no-store',
      });
      if (answer.status === 401 || answer.status === 403) { listener.refused(); ended.abort(); return; }
      if (!answer.ok || !answer.body) return;
      listener.connected();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(guard);
        guard = setTimeout(stop, SILENCE);
        const parts = (rest + value).split('\n\n');
        rest = parts.pop() ?? '';
        const events = parts.map(read).filter((event) => event !== null);
        if (events.length) listener.heard(events);
      }
    } catch {
      // lost: said below
    } finally {
      clearTimeout(guard);
      attempt.abort();
      ended.signal.removeEventListener('abort', stop);
      window.removeEventListener('offline', stop);
    }
  }

  async function run(): Promise<void> {
    for (let wait = 500; !ended.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      const began = Date.now();
      await once();
      if (ended.signal.aborted) return;
      listener.lost();
      if (Date.now() - began > 10_000) wait = 500;
      await new Promise<void>((resolve) => { wake = resolve; setTimeout(resolve, wait); });
    }
  }
  void run();
  return () => { ended.abort(); wake(); window.removeEventListener('online', hurry); };
}

function read(text: string): Happening | null {
  let id = 0, kind = '', data = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('id: ')) id = Number(line.slice(4));
    else if (line.startsWith('event: ')) kind = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
  }
  return id && data ? { ...JSON.parse(data), id, kind } : null;
}
