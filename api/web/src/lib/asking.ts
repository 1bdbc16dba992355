// Asking while somebody types or drags: the newest question wins, answers to older ones are dropped.

import { aborted } from './api';

/** Waits until the typing rests, then asks; a newer question ends the older one. */
export class Asking<T> {
  #running: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  constructor(readonly milliseconds: number) {}

  ask(question: (signal: AbortSignal) => Promise<T>, answered: (answer: T) => void, refused: (error: unknown) => void): void {
    this.stop();
    this.#timer = setTimeout(() => {
      const mine = (this.#running = new AbortController());
      question(mine.signal).then(
        (answer) => { if (!mine.signal.aborted) answered(answer); },
        (error) => { if (!mine.signal.aborted && !aborted(error)) refused(error); },
      );
    }, this.milliseconds);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }
}

/** Asks at once, and again with the last question when the answer is there: never two at a time. */
export class Following<Q, T> {
  #busy = false;
  #next: Q | undefined;
  #ended = false;
  constructor(readonly question: (q: Q) => Promise<T>, readonly answered: (q: Q, answer: T | undefined, error: unknown) => void) {}

  ask(q: Q): void {
    if (this.#busy) { this.#next = q; return; }
    this.#busy = true;
    const done = (answer: T | undefined, error: unknown): void => {
      this.#busy = false;
      if (this.#ended) return;
      this.answered(q, answer, error);
      const next = this.#next;
      this.#next = undefined;
      if (next !== undefined) this.ask(next);
    };
    this.question(q).then((answer) => done(answer, undefined), (error) => done(undefined, error));
  }

  end(): void { this.#ended = true; }
}
