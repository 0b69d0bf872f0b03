import type { Holding } from '../api/types';
import { quantity } from './format';

export interface Coverage {
  readonly level: 'covered' | 'partly' | 'bare' | 'target';
  readonly sign: string;
  readonly words: string;
}

/** How much of what is held would be sold if the price fell, in words. */
export function coverage(holding: Holding): Coverage {
  const [held, covered, stopped] = [Number(holding.quantity), Number(holding.covered_quantity), Number(holding.stopped_quantity)];
  if (held < 0) {
    return { level: 'bare', sign: '✕', words: `${quantity(holding.quantity)} shares: sold beyond what is held` };
  }
  if (stopped >= Math.floor(held) && stopped > 0) {
    return { level: 'covered', sign: '✓', words: `all ${quantity(String(held))} covered by a stop` };
  }
  if (stopped > 0) {
    return { level: 'partly', sign: '!', words: `only ${quantity(String(stopped))} of ${quantity(String(held))} covered by a stop` };
  }
  if (!holding.wants_stop) {
    return covered > 0
      ? {
          level: 'target',
          sign: '◎',
          words: `${quantity(String(covered))} of ${quantity(String(held))} on sale at a target, no stop by design`,
        }
      : {
          level: 'target',
          sign: '◎',
          words: holding.strategy_id === 'manual' ? 'yours to protect: no strategy manages it' : 'no stop by design',
        };
  }
  return { level: 'bare', sign: '✕', words: covered > 0 ? 'NO STOP: only a target rests' : 'NOT COVERED by any working sell' };
}
