import type { Fill } from '../api/types';

export interface Point {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** Profit realized so far after fees, one point per trading day. */
export function realizedCurve(fills: readonly Fill[]): Point[] {
  const days = new Map<string, number>();
  for (const fill of fills) {
    days.set(fill.trading_day, (days.get(fill.trading_day) ?? 0) + Number(fill.realized_pnl) - Number(fill.fee));
  }
  let sum = 0;
  return [...days]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([day, profit]) => ({ time: Date.parse(day) / 1000, value: round((sum += profit)) }));
}

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
  return most <= 0 || profit >= 0 ? 0 : round((-profit / most) * 100);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
