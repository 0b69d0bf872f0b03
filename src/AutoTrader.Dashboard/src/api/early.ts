import { ask, type Answer } from './client';
import type { Overview } from './types';

let early: Promise<Answer<Overview>> | null = null;

/** Asks for the overview while the page itself is still on its way: on a slow line that is when there is time for it. */
export function askEarly(): void {
  early = ask<Overview>('overview');
  // Whoever takes it hears of a failure.
  early.catch(() => undefined);
}

/** The answer to what was asked early, once; null when it was taken, or never asked. */
export function takeEarly(): Promise<Answer<Overview>> | null {
  const taken = early;
  early = null;
  return taken;
}
