import type { Overview } from '../api/types';
import { span } from './format';

/** How often the page asks, in milliseconds: more often while the exchange is open. */
export function pollEvery(marketOpen: boolean): number {
  return marketOpen ? 10_000 : 30_000;
}

/** When it asks again after so many failures in a row, in milliseconds. */
export function retryAfter(failures: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(failures, 5));
}

const lateCycle = 3 * 60_000;

/**
 * Why what the engine says is old, in a sentence; null when it is not. Health says it where the app can; this also holds where nobody
 * asks the app for health.
 */
export function engineIsLate(overview: Overview, now: Date): string | null {
  const last = overview.engine.last_cycle_at;
  if (last === null) {
    return overview.market.open ? 'No cycle has run yet.' : null;
  }
  const age = now.getTime() - new Date(last).getTime();
  return overview.market.open && age > lateCycle
    ? `The last cycle ended more than ${Math.floor(age / 60_000)} minutes ago. Nothing is decided meanwhile.`
    : null;
}

/** What the exchange does, with the time until it does something else. */
export function marketState(market: Overview['market'], now: Date): { open: boolean; next: string; at: Date } {
  const [opens, closes] = [new Date(market.session.open), new Date(market.session.close)];
  const open = now >= opens && now < closes;
  const at = open ? closes : opens;
  const early = market.session.early_close && open ? ' early' : '';
  return { open, at, next: at > now ? `${open ? 'closes' + early : 'opens'} in ${span(at.getTime() - now.getTime())}` : '' };
}
