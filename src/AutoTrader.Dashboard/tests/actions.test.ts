import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Overview } from '../src/api/types';
import { plan } from '../src/actions/actions';
import { lookUp, request, send, told, unfinished } from '../src/actions/perform';

const overview = {
  account: 'paper',
  market: { open: false },
  kill_switch: null,
  order_count: 2,
  holdings: [
    { strategy_id: 'trail', symbol: 'ACME', quantity: '40', price: '100' },
    { strategy_id: 'manual', symbol: 'BOLT', quantity: '5', price: null },
  ],
  orders: [
    {
      id: 'a',
      strategy_id: 'trail',
      symbol: 'ACME',
      side: 'sell',
      role: 'protection',
      qty: '40',
      order_type: 'trailing_stop',
      trail_percent: '2',
      stop_price: null,
    },
    { id: 'b', strategy_id: 'dip', symbol: 'CRUX', side: 'buy', role: 'entry', qty: '10', order_type: 'limit', limit_price: '9.5' },
  ],
  schedules: [
    { schedule: { id: 'lift', task_type: 'kill_switch_off', task_data: {} }, upcoming: [], has_more: false },
    { schedule: { id: 'arm', task_type: 'strategy_start', task_data: { strategy_id: 'trail' } }, upcoming: [], has_more: false },
    { schedule: { id: 'on', task_type: 'strategy_resume', task_data: { strategy_id: 'trail' } }, upcoming: [], has_more: false },
    { schedule: { id: 'buy', task_type: 'order_place', task_data: {} }, upcoming: [], has_more: false },
    { schedule: { id: 'hold', task_type: 'strategy_pause', task_data: { strategy_id: 'trail' } }, upcoming: [], has_more: false },
    { schedule: { id: 'tell', task_type: 'notify', task_data: {} }, upcoming: [], has_more: false },
    { schedule: { id: 'out', task_type: 'strategy_close', task_data: { strategy_id: 'trail' } }, upcoming: [], has_more: false },
  ],
} as unknown as Overview;

describe('the preview', () => {
  it('of a close says what is canceled and sold, and when', () => {
    const { effects, isDangerous } = plan({ kind: 'close', strategy: 'trail' }, overview);
    expect(effects).toContain('Cancels: sell 40 ACME trailing stop 2 %.');
    expect(effects.join(' ')).toContain('Sells 40 ACME at market (about $4,000.00). The market is closed: it waits for the next open');
    expect(isDangerous).toBe(true);
  });

  it('of a pause keeps protection', () => {
    const { effects, isDangerous } = plan({ kind: 'pause', strategy: 'trail' }, overview);
    expect(effects).toEqual(['It enters no more until it is resumed. Protection and exits run on.']);
    expect(isDangerous).toBe(false);
  });

  it('of the kill switch cancels entries alone; to flatten sells what strategies hold, and not unmanaged shares', () => {
    const on = plan({ kind: 'kill_switch_on' }, overview);
    expect(on.effects.filter((it) => it.startsWith('Cancels'))).toEqual(['Cancels: buy 10 CRUX limit $9.50.']);
    expect(on.body('why')).toEqual({ on: true, reason: 'why' });
    const flatten = plan({ kind: 'flatten' }, overview);
    expect(flatten.effects.filter((it) => it.startsWith('Sells'))).toHaveLength(1);
    expect(flatten.effects.filter((it) => it.startsWith('Cancels'))).toHaveLength(2);
    expect(flatten.body('why')).toEqual({ on: true, reason: 'why', flatten: true });
    expect(flatten.isDangerous).toBe(true);
  });

  it('of turning it off names who may buy again', () => {
    expect(plan({ kind: 'kill_switch_off' }, overview, ['dip']).effects[0]).toBe('May buy from the next cycle: dip.');
  });

  it('of a schedule that sells is as dangerous as the sale', () => {
    const run = plan({ kind: 'trigger', schedule: 'out' }, overview);
    expect(run.isDangerous).toBe(true);
    expect(run.effects.join(' ')).toContain('Sells 40 ACME');
    expect(run.path).toBe('schedules/out/trigger');
  });

  it('of what sells or lets buy wants the name of the account, of what does neither it does not', () => {
    const dangerous = (id: string): boolean => plan({ kind: 'trigger', schedule: id }, overview).isDangerous;
    expect(['out', 'buy', 'lift', 'arm', 'on', 'unknown'].filter(dangerous)).toEqual(['out', 'buy', 'lift', 'arm', 'on', 'unknown']);
    expect(['hold', 'tell'].filter(dangerous)).toEqual([]);
    expect(plan({ kind: 'resume', strategy: 'trail' }, overview).isDangerous).toBe(true);
  });

  it('says how many orders there are where not all of them are listed', () => {
    const cut = { ...overview, order_count: 412 };
    const more = (it: ReturnType<typeof plan>): boolean => it.effects.some((effect) => effect.startsWith('And more: 2 of 412'));
    expect(more(plan({ kind: 'flatten' }, cut))).toBe(true);
    expect(more(plan({ kind: 'kill_switch_on' }, cut))).toBe(true);
    expect(more(plan({ kind: 'close', strategy: 'trail' }, cut))).toBe(true);
    expect(more(plan({ kind: 'pause', strategy: 'trail' }, cut))).toBe(true);
    expect(more(plan({ kind: 'flatten' }, overview))).toBe(false);
    expect(plan({ kind: 'cancel', order: 'gone' }, cut).effects[0]).toContain('not among those that are listed');
    expect(plan({ kind: 'cancel', order: 'gone' }, overview).effects).toEqual(['The order is not working any more.']);
  });
});

describe('an action', () => {
  const stored = new Map<string, string>();
  const asked: Request[] = [];
  let answers: (() => Response)[] = [];

  beforeEach(() => {
    stored.clear();
    asked.length = 0;
    vi.stubGlobal('sessionStorage', {
      getItem: (name: string) => stored.get(name) ?? null,
      setItem: (name: string, value: string) => stored.set(name, value),
      removeItem: (name: string) => stored.delete(name),
    });
    vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
      asked.push(new Request('http://localhost' + path, { ...init, signal: null }));
      return answers.shift()!();
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  const lost = (): Response => {
    throw new TypeError('connection reset');
  };
  const sent = (): ReturnType<typeof request> => request(plan({ kind: 'close', strategy: 'trail' }, overview), 'enough');

  it('without an answer is unknown, remembered, and sent again under the same key', async () => {
    answers = [lost, () => Response.json({ outcome: 'Closed.' })];
    const what = sent();
    expect((await send(what)).kind).toBe('unknown');
    expect(unfinished()).toEqual(what);
    expect(await send(unfinished()!)).toEqual({ kind: 'done', message: 'Closed.' });
    expect(asked[0]!.headers.get('Idempotency-Key')).toBe(what.key);
    expect(asked[1]!.headers.get('Idempotency-Key')).toBe(what.key);
    expect(await asked[1]!.json()).toEqual({ reason: 'enough' });
    expect(unfinished()).toBeNull();
  });

  it('that storage being away interrupted is unknown too; a refusal is not', async () => {
    answers = [
      () => Response.json({ detail: 'Storage is away.' }, { status: 503 }),
      () => Response.json({ detail: 'No.' }, { status: 409 }),
    ];
    expect((await send(sent())).kind).toBe('unknown');
    expect(await send(sent())).toEqual({ kind: 'refused', message: 'No.' });
    expect(unfinished()).toBeNull();
  });

  it('that the engine has not answered is looked up by its command', async () => {
    answers = [
      () => Response.json({}, { status: 202, headers: { Location: '/api/commands/c%2D1' } }),
      () => Response.json({ status: 'pending' }),
      () => Response.json({ status: 'refused', outcome: 'Too late.' }),
    ];
    expect(await send(sent())).toEqual({ kind: 'waiting', command: 'c-1' });
    expect(await lookUp('c-1')).toEqual({ kind: 'waiting', command: 'c-1' });
    expect(unfinished()).not.toBeNull();
    expect(await lookUp('c-1')).toEqual({ kind: 'refused', message: 'Too late.' });
    expect(unfinished()).toBeNull();
  });

  it('that deletes what is gone already is done', async () => {
    answers = [() => Response.json({ detail: 'There is none.' }, { status: 404 })];
    expect((await send(request(plan({ kind: 'delete_schedule', schedule: 'x' }, overview), ''))).kind).toBe('done');
  });

  it('has a key of its own each time', () => expect(sent().key).not.toBe(sent().key));

  it('is told in the answer’s own words', () => {
    expect(told({ outcome: 'Paused.' })).toBe('Paused.');
    expect(told({ on: true, reason: 'x' })).toBe('The kill switch is on.');
    expect(told(null)).toBe('Done.');
  });
});
