import type { Backtest, EquityHistory } from '../api/types';
import { chartTime } from './chartData';

export interface Point {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}

/** The account by the day, or by the sample. */
export function equityLine(points: EquityHistory['items'], intraday: boolean): Point[] {
  return points.map((point) => ({
    time: intraday ? chartTime(point.at) : Date.parse(point.day) / 1000,
    value: Number(point.equity),
  }));
}

/** The account of a backtest by the session. */
export function backtestLine(points: Backtest['equity_curve']): Point[] {
  const days = new Map(points.map((point) => [Math.floor(chartTime(point.at) / 86400) * 86400, Number(point.equity)]));
  return [...days].map(([time, value]) => ({ time, value }));
}

/** What a curve came to, in dollars and in percent of where it began; null for less than two points. */
export function changeOf(line: readonly Point[]): { readonly amount: string; readonly pct: string | null } | null {
  const [first, last] = [line[0], line.at(-1)];
  if (first === undefined || last === undefined || line.length < 2) {
    return null;
  }
  const amount = last.value - first.value;
  return { amount: String(amount), pct: first.value > 0 ? String((amount / first.value) * 100) : null };
}
