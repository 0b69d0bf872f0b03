import type { Fill } from '../api/types';

/** The fills of a trading day, newest first. */
export function fillsOf(fills: readonly Fill[], day: string): Fill[] {
  return fills.filter((fill) => fill.trading_day === day).sort((a, b) => b.timestamp.localeCompare(a.timestamp));
}

/** What was known and what was read anew, each once. */
export function merge(known: readonly Fill[], read: readonly Fill[]): Fill[] {
  return [...new Map([...known, ...read].map((fill) => [fill.id, fill])).values()];
}

/** How much of the daily loss limit is used, in percent, 0 when the day is in profit. */
export function lossUsed(dailyPnl: string, limit: string): number {
  const [profit, most] = [Number(dailyPnl), Number(limit)];
  return most <= 0 || profit >= 0 ? 0 : Math.round((-profit / most) * 10000) / 100;
}
