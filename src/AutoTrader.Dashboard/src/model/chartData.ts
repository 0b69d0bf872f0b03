import type { Bars, Fill, Order, Strategy } from '../api/types';
import type { Candle, Level, Mark } from '../views/chart';

const newYorkHours = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', timeZoneName: 'longOffset' });

/** Seconds since 1970 of the New York wall clock: the chart library knows no time zones. */
export function chartTime(at: string): number {
  const date = new Date(at);
  const zone = newYorkHours.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT-05:00';
  const [, sign = '-', hours = '5', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(zone) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  return Math.floor(date.getTime() / 1000) + offset * 60;
}

export function candles(bars: Bars['items']): Candle[] {
  return bars.map((bar) => ({
    time: chartTime(bar.start),
    open: Number(bar.open),
    high: Number(bar.high),
    low: Number(bar.low),
    close: Number(bar.close),
  }));
}

/** Where its fills lie on the bars: each on the minute in which it traded. */
export function marks(fills: readonly Fill[], bars: Bars['items']): Mark[] {
  const first = bars[0]?.start ?? '9';
  return fills
    .filter((fill) => fill.timestamp >= first && fill.kind === 'trade')
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp))
    .map((fill) => ({ time: Math.floor(chartTime(fill.timestamp) / 60) * 60, side: fill.side, text: `${fill.side} ${fill.quantity}` }));
}

/** The prices that matter to a strategy: entry, stop, watermark, targets, grid. */
export function levels(strategy: Strategy, orders: readonly Order[]): Level[] {
  const list: Level[] = [];
  const add = (price: string | null | undefined, title: string, kind: Level['kind']): void => {
    if (price != null) {
      list.push({ price: Number(price), title, kind });
    }
  };
  add(strategy.entry_fill_price ?? strategy.entry_price, 'entry', 'entry');
  add(strategy.effective_stop, 'stop', 'stop');
  add(strategy.high_watermark, 'high', 'watermark');
  for (const order of orders.filter((it) => it.side === 'sell' && it.limit_price !== null)) {
    add(order.limit_price, 'target', 'target');
  }
  const grid = strategy.grid_config;
  if (grid !== null) {
    const [low, high] = [Number(grid.low), Number(grid.high)];
    for (let level = 0; level < grid.levels; level++) {
      add(String(low + ((high - low) * level) / (grid.levels - 1)), `level ${level}`, 'grid');
    }
    add(grid.stop_below, 'stop below', 'stop');
  }
  return list;
}
