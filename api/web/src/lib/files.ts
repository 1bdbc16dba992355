// Files of the API: fetched with the key or the cookie, then given to the browser.

import * as api from './api';
import { Refused } from './api';
import { desk } from './desk.svelte';

const KEPT_FOR = 60_000; // milliseconds: by then the browser has read it

/** Shows a PDF in a tab of its own. */
export async function openPdf(path: string): Promise<void> {
  try {
    const answer = await api.send('GET', path, { accept: 'application/pdf' });
    const address = URL.createObjectURL(await answer.blob());
    window.open(address, '_blank');
    setTimeout(() => URL.revokeObjectURL(address), KEPT_FOR);
  } catch (error) {
    desk.say(error instanceof Refused ? error.message : String(error));
  }
}

export function download(name: string, text: string, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_FOR);
}
