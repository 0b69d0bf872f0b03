import { describe, expect, it } from 'vitest';
import type { Attention, Fill, Holding, Overview, Run, Schedule } from '../src/api/types';
import { agenda, does, partOfDay, ranOn } from '../src/model/agenda';
import { worstFirst, type Severity } from '../src/model/attention';
import { chartTime, levels, marks } from '../src/model/chartData';
import { coverage } from '../src/model/coverage';
import { entry } from '../src/model/entry';
import { instant, money, percent, signedMoney, span, trend } from '../src/model/format';
import { engineIsLate, marketState, retryAfter } from '../src/model/freshness';
import { backtestLine, changeOf, equityLine } from '../src/model/equity';
import { fillsOf, lossUsed, merge } from '../src/model/ledger';

const monday = { day: '2026-02-02', open: '2026-02-02T14:30:00Z', close: '2026-02-02T21:00:00Z', early_close: false };
const market = { open: true, session: monday, sessions: [monday] };

function overview(parts: Partial<Overview>): Overview {
  return {
    market,
    engine: { running: true, last_cycle_at: null, next_cycle_at: null, pending_requests: 0 },
    schedules: [],
    ...parts,
  } as Overview;
}

function schedule(parts: Partial<Schedule>): Schedule {
  return {
    id: 'one',
    enabled: true,
    last_run: null,
    next_run: null,
    task_type: 'notify',
    task_data: { strategy_id: null, symbol: null, message: null },
    ...parts,
  } as Schedule;
}

describe('numbers', () => {
  it('are dollars with a sign where the sign matters', () => {
    expect(money('1234.5')).toBe('$1,234.50');
    expect(signedMoney('12')).toBe('+$12.00');
    expect(signedMoney('-12')).toBe('−$12.00');
    expect(signedMoney('0')).toBe('$0.00');
    expect(percent('2.345')).toBe('2.35 %');
  });

  it('that are not known are a dash, never zero', () => {
    expect(money(null)).toBe('–');
    expect(percent(undefined)).toBe('–');
  });

  it('have a word for their trend', () => {
    expect([trend('1'), trend('-0.01'), trend('0'), trend(null)]).toEqual(['up', 'down', 'flat', 'flat']);
  });
});

describe('an entry', () => {
  it.each([
    ['market', null, null, 'at market'],
    ['limit', '10.5', null, 'limit at $10.50'],
    ['condition', null, 'below:95', 'at market when the price is $95.00 or lower'],
    ['condition', null, 'above:1200.5', 'at market when the price is $1,200.50 or higher'],
    ['condition', null, 'sma:20 > sma:50', 'at market while SMA (20) is above SMA (50), on 1-minute bars'],
    ['condition', null, 'rsi_wilder:14 <= 30 @15Min', 'at market while RSI WILDER (14) is at or below 30, on 15-minute bars'],
    ['condition', null, 'close<bbands.bbl:20,2@1day', 'at market while the close is below BBL of BBANDS (20, 2), on daily bars'],
    ['condition', null, 'macd.histogram >= -0.5 @1Hour', 'at market while HISTOGRAM of MACD is at or above −0.5, on hourly bars'],
    ['condition', null, 'pigs fly', 'at market when pigs fly'],
    ['condition', null, 'sma:20 > sma:50 @2Min', 'at market when sma:20 > sma:50 @2Min'],
  ] as const)('of kind %s at %s on %s is told in words', (entry_type, entry_price, entry_condition, told) => {
    expect(entry({ entry_type, entry_price, entry_condition })).toBe(told);
  });
});

describe('times', () => {
  const now = new Date('2026-02-02T20:00:00Z');

  it('are where the viewer is, with New York beside', () => {
    expect(instant(new Date('2026-02-02T14:35:00Z'), now, 'Europe/Berlin')).toEqual({ here: '15:35', newYork: '09:35' });
  });

  it('name the day when it is another one, and New York’s when it differs from the viewer’s', () => {
    expect(instant(new Date('2026-02-03T14:35:00Z'), now, 'Europe/Berlin')).toEqual({ here: 'Tue, Feb 3 15:35', newYork: '09:35' });
    expect(instant(new Date('2026-02-02T20:30:00Z'), now, 'Asia/Tokyo')).toEqual({ here: '05:30', newYork: 'Mon, Feb 2 15:30' });
  });

  it('are not said twice in New York', () => {
    expect(instant(new Date('2026-02-02T14:35:00Z'), now, 'America/New_York')).toEqual({ here: '09:35', newYork: null });
  });

  it('span the two largest units', () => {
    expect([0, 59_000, 61_000, 600_000, 3_660_000, 90_000_000].map(span)).toEqual([
      '0 s',
      '59 s',
      '1 min 1 s',
      '10 min',
      '1 h 1 min',
      '1 d 1 h',
    ]);
  });

  it('on a chart are the clock of New York, in winter and in summer', () => {
    expect(chartTime('2026-02-02T14:30:00Z')).toBe(Date.parse('2026-02-02T09:30:00Z') / 1000);
    expect(chartTime('2026-07-02T13:30:00Z')).toBe(Date.parse('2026-07-02T09:30:00Z') / 1000);
  });
});

describe('freshness', () => {
  it('says when no cycle has ended for three minutes of an open market', () => {
    const live = overview({ engine: { running: true, last_cycle_at: '2026-02-02T15:00:00Z', next_cycle_at: null, pending_requests: 0 } });
    expect(engineIsLate(live, new Date('2026-02-02T15:03:00Z'))).toBeNull();
    expect(engineIsLate(live, new Date('2026-02-02T15:03:01Z'))).toContain('more than 3 minutes ago');
    expect(engineIsLate({ ...live, market: { ...market, open: false } }, new Date('2026-02-02T23:00:00Z'))).toBeNull();
  });

  it('counts down to the open or the close', () => {
    expect(marketState(market, new Date('2026-02-02T14:00:00Z'))).toMatchObject({ open: false, next: 'opens in 30 min' });
    expect(marketState(market, new Date('2026-02-02T20:00:00Z'))).toMatchObject({ open: true, next: 'closes in 1 h' });
    const half = { ...market, session: { ...monday, early_close: true } };
    expect(marketState(half, new Date('2026-02-02T20:00:00Z')).next).toBe('closes early in 1 h');
  });

  it('asks again ever more slowly, but at least twice a minute', () => {
    expect([1, 2, 3, 50].map(retryAfter)).toEqual([2000, 4000, 8000, 30_000]);
  });
});

describe('attention', () => {
  it('comes worst first, then by age', () => {
    const item = (key: string, severity: Severity, since: string): Attention => ({
      code: 'A',
      key,
      message: '',
      since,
      severity,
      todo: '',
    });
    const sorted = worstFirst([item('n', 'note', '1'), item('w2', 'warning', '3'), item('w1', 'warning', '2'), item('h', 'high', '9')]);
    expect(sorted.map((it) => it.key)).toEqual(['h', 'w1', 'w2', 'n']);
  });
});

describe('coverage', () => {
  const held = (parts: Partial<Holding>): Holding =>
    ({ strategy_id: 's', quantity: '40', covered_quantity: '0', stopped_quantity: '0', wants_stop: true, ...parts }) as Holding;

  it('is whole, in part, or none', () => {
    expect(coverage(held({ covered_quantity: '40', stopped_quantity: '40' })).level).toBe('covered');
    expect(coverage(held({ covered_quantity: '40', stopped_quantity: '20' }))).toMatchObject({
      level: 'partly',
      words: 'only 20 of 40 covered by a stop',
    });
    expect(coverage(held({})).words).toBe('NOT COVERED by any working sell');
    expect(coverage(held({ covered_quantity: '40' })).level).toBe('bare');
  });

  it('ignores the fraction that no order can sell', () => {
    expect(coverage(held({ quantity: '40.5', covered_quantity: '40', stopped_quantity: '40' })).level).toBe('covered');
  });

  it('does not ask a grid for a stop, nor unmanaged shares', () => {
    expect(coverage(held({ wants_stop: false, covered_quantity: '40' })).level).toBe('target');
    expect(coverage(held({ wants_stop: false, strategy_id: 'manual' })).words).toContain('yours to protect');
  });

  it('shouts about shares that were sold beyond what is held', () => {
    expect(coverage(held({ quantity: '-3' })).level).toBe('bare');
  });
});

describe('the agenda', () => {
  const now = new Date('2026-02-02T15:00:00Z');
  const run = (parts: Partial<Run>): Run =>
    ({
      schedule_id: 'one',
      planned: '2026-02-02T14:35:00Z',
      status: 'fired',
      lateness_seconds: '0.2',
      outcome: 'Enabled.',
      ...parts,
    }) as Run;
  const entries = (ahead: Overview['schedules'], runs: Run[]) =>
    agenda(overview({ schedules: ahead }), new Map([['one', runs]]), now)[0]?.entries ?? [];

  it('says of what was due whether it was done, late, skipped or failed, and why', () => {
    const states = entries(
      [{ schedule: schedule({}), upcoming: [], has_more: false }],
      [
        run({}),
        run({ planned: '2026-02-02T14:36:00Z', lateness_seconds: '200' }),
        run({ planned: '2026-02-02T14:37:00Z', status: 'skipped', outcome: 'The window was over.' }),
        run({ planned: '2026-02-02T14:38:00Z', status: 'failed', outcome: 'No.' }),
        run({ planned: '2026-02-02T14:39:00Z', status: 'skipped', code: 'no_op', outcome: 'The kill switch is already off.' }),
      ],
    );
    expect(states.map((entry) => entry.state)).toEqual(['done', 'late', 'missed', 'failed', 'idle']);
    expect(states[1]?.remark).toBe('3 min 20 s late. Enabled.');
    expect(states[2]?.remark).toBe('The window was over.');
  });

  it('calls what should have run and did not overdue', () => {
    const late = schedule({ next_run: '2026-02-02T14:50:00Z' });
    expect(entries([{ schedule: late, upcoming: [], has_more: false }], []).map((entry) => entry.state)).toEqual(['overdue']);
    expect(entries([{ schedule: { ...late, enabled: false }, upcoming: [], has_more: false }], [])).toEqual([]);
  });

  it('puts each occurrence on its New York day', () => {
    const ahead = { schedule: schedule({}), upcoming: [{ at: '2026-02-03T02:00:00Z', local: '', remark: null }], has_more: false };
    const days = agenda(overview({ schedules: [ahead] }), new Map(), now);
    expect(days.map((day) => day.entries.length)).toEqual([1, 0, 0, 0, 0]);
    expect(days.map((day) => day.date)).toEqual(['2026-02-02', '2026-02-03', '2026-02-04', '2026-02-05', '2026-02-06']);
    expect(days[1]?.session).toBeNull();
  });

  it('asks for the runs of today’s schedules only', () => {
    const ran = (id: string, last_run: string | null) => ({ schedule: schedule({ id, last_run }), upcoming: [], has_more: false });
    const due = ranOn(overview({ schedules: [ran('a', '2026-02-02T14:00:00Z'), ran('b', '2026-01-30T14:00:00Z'), ran('c', null)] }), now);
    expect(due.map((it) => it.id)).toEqual(['a']);
  });

  it('draws a day from midnight to midnight in New York', () => {
    expect(partOfDay(new Date('2026-02-02T17:00:00Z'))).toBe(0.5);
  });

  it('has words for what a schedule does', () => {
    expect(does(schedule({}))).toBe('sends the daily summary');
    expect(does(schedule({ task_type: 'strategy_close', task_data: { strategy_id: 'x' } as Schedule['task_data'] }))).toContain(
      'closes x',
    );
  });
});

describe('times', () => {
  it('are made with a formatter for each zone and kind, however often they are shown', () => {
    const real = Intl.DateTimeFormat;
    let made = 0;
    Intl.DateTimeFormat = class extends real {
      constructor(...parts: ConstructorParameters<typeof real>) {
        super(...parts);
        made++;
      }
    } as typeof real;
    for (let minute = 0; minute < 500; minute++) {
      instant(new Date(Date.UTC(2026, 1, 3, 15, minute)), new Date(Date.UTC(2026, 1, 2)), 'Asia/Tokyo');
    }
    Intl.DateTimeFormat = real;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(10);
  });
});

describe('the equity curve', () => {
  const point = (day: string, at: string, equity: string) => ({ day, at, equity, cash: '0' });

  it('has a point a day, or one a sample on the clock of New York', () => {
    const points = [point('2026-02-02', '2026-02-02T20:55:00Z', '100'), point('2026-02-03', '2026-02-03T20:55:00Z', '101.5')];
    expect(equityLine(points, false)).toEqual([
      { time: Date.UTC(2026, 1, 2) / 1000, value: 100 },
      { time: Date.UTC(2026, 1, 3) / 1000, value: 101.5 },
    ]);
    expect(equityLine(points, true)[0]?.time).toBe(Date.UTC(2026, 1, 2, 15, 55) / 1000);
  });

  it('says what it came to, and nothing of less than two points', () => {
    expect(changeOf([{ time: 1, value: 200 }, { time: 2, value: 190 }])).toEqual({ amount: '-10', pct: '-5' });
    expect(changeOf([{ time: 1, value: 200 }])).toBeNull();
    expect(changeOf([])).toBeNull();
    expect(changeOf([{ time: 1, value: 0 }, { time: 2, value: 1 }])?.pct).toBeNull();
  });

  it('of a backtest has a point a session, the last of its day', () => {
    const line = backtestLine([
      { at: '2026-02-02T18:00:00Z', equity: '1' },
      { at: '2026-02-02T21:00:00Z', equity: '2' },
      { at: '2026-02-03T21:00:00Z', equity: '3' },
    ]);
    expect(line).toEqual([
      { time: Date.UTC(2026, 1, 2) / 1000, value: 2 },
      { time: Date.UTC(2026, 1, 3) / 1000, value: 3 },
    ]);
  });
});

describe('the ledger', () => {
  const fill = (parts: Partial<Fill>): Fill =>
    ({
      id: '1',
      trading_day: '2026-02-02',
      realized_pnl: '0',
      fee: '0',
      timestamp: '2026-02-02T15:00:00Z',
      kind: 'trade',
      side: 'sell',
      quantity: '1',
      ...parts,
    }) as Fill;

  it('keeps each fill once', () => {
    expect(merge([fill({}), fill({ id: '2' })], [fill({ id: '2', fee: '1' })]).map((it) => it.fee)).toEqual(['0', '1']);
  });

  it('lists a day’s fills, newest first', () => {
    const list = fillsOf(
      [fill({}), fill({ id: '2', timestamp: '2026-02-02T16:00:00Z' }), fill({ id: '3', trading_day: '2026-02-01' })],
      '2026-02-02',
    );
    expect(list.map((it) => it.id)).toEqual(['2', '1']);
  });

  it('knows how much of the loss limit is used', () => {
    expect([lossUsed('-125', '500'), lossUsed('80', '500'), lossUsed('-600', '500')]).toEqual([25, 0, 120]);
  });

  it('marks fills on the minute in which they traded, in order', () => {
    const bars = [{ start: '2026-02-02T14:30:00Z', open: '1', high: '1', low: '1', close: '1', volume: 1 }];
    const list = marks(
      [fill({ timestamp: '2026-02-02T15:00:20Z' }), fill({ timestamp: '2026-01-02T15:00:00Z' }), fill({ kind: 'split' })],
      bars,
    );
    expect(list).toEqual([{ time: chartTime('2026-02-02T15:00:00Z'), side: 'sell', text: 'sell 1' }]);
  });

  it('draws a grid’s levels', () => {
    const grid = { grid_config: { low: '28', high: '32', levels: 5, qty_per_level: 20, stop_below: null } };
    const strategy = {
      entry_fill_price: null,
      entry_price: null,
      effective_stop: null,
      high_watermark: null,
      ...grid,
    } as unknown as Parameters<typeof levels>[0];
    expect(levels(strategy, []).map((level) => level.price)).toEqual([28, 29, 30, 31, 32]);
  });
});
