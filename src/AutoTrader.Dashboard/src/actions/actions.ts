import type { Order, Overview, Schedule } from '../api/types';
import type { Question } from '../api/client';
import { does } from '../model/agenda';
import { money, quantity } from '../model/format';
import { terms } from '../views/positions';

/** What a person can do here. */
export type Action =
  | { readonly kind: 'pause' | 'resume' | 'close'; readonly strategy: string }
  | { readonly kind: 'cancel'; readonly order: string }
  | { readonly kind: 'trigger' | 'pause_schedule' | 'resume_schedule' | 'delete_schedule'; readonly schedule: string }
  | { readonly kind: 'kill_switch_on' | 'kill_switch_off' | 'flatten' };

/** Opens the dialog of an action. */
export type Act = (action: Action) => void;

/** What an action would do now, and the request that does it. */
export interface Plan {
  readonly title: string;
  /** What would happen, a sentence each. */
  readonly effects: readonly string[];
  /** Sells at market or lets the engine buy again: done only after the account's name was typed. */
  readonly isDangerous: boolean;
  /** Whether a reason must be given. */
  readonly wantsReason: boolean;
  readonly confirm: string;
  readonly path: string;
  readonly method: NonNullable<Question['method']>;
  /** The body, given the reason; undefined for none. */
  readonly body: (reason: string) => unknown;
  /** Whether the API takes an Idempotency-Key for it. The others can be repeated without harm. */
  readonly isKeyed: boolean;
}

// What sells at market, or lets the engine buy.
const risky = new Set<Schedule['task_type']>(['strategy_close', 'order_place', 'strategy_start', 'strategy_resume', 'kill_switch_off']);

const protects = (order: Order): boolean => order.role === 'protection' || order.role === 'target';

/** What would happen if it were done now, from what the overview says. `due` names the strategies that the kill switch holds. */
export function plan(action: Action, overview: Overview, due: readonly string[] = []): Plan {
  const reasoned = (reason: string): unknown => (reason === '' ? undefined : { reason });
  const none = (): undefined => undefined;
  const closed = overview.market.open ? '' : ' The market is closed: it waits for the next open, protected until then.';
  switch (action.kind) {
    case 'pause':
    case 'resume':
    case 'close': {
      const { kind, strategy } = action;
      const orders = overview.orders.filter((order) => order.strategy_id === strategy);
      const effects =
        kind === 'pause'
          ? [
              ...cancels(orders.filter((order) => order.role === 'entry')),
              ...more(overview),
              'It enters no more until it is resumed. Protection and exits run on.',
            ]
          : kind === 'resume'
            ? ['It goes on where it was, and may buy from the next cycle on.']
            : [
                ...cancels(orders),
                ...more(overview),
                ...sells(overview, (id) => id === strategy, closed),
                'It is disabled, and enters no more until it is enabled.',
              ];
      const names = { pause: 'Pause', resume: 'Resume', close: 'Close' } as const;
      return {
        title: `${names[kind]} ${strategy}`,
        effects,
        isDangerous: kind !== 'pause',
        wantsReason: false,
        confirm: `${names[kind]} it`,
        method: 'POST',
        path: `strategies/${encodeURIComponent(strategy)}/${kind}`,
        body: reasoned,
        isKeyed: true,
      };
    }
    case 'cancel': {
      const order = overview.orders.find((it) => it.id === action.order);
      return {
        title: 'Cancel an order',
        effects:
          order === undefined
            ? [
                overview.order_count > overview.orders.length
                  ? 'The order is not working any more, or not among those that are listed here.'
                  : 'The order is not working any more.',
              ]
            : [
                ...cancels([order]),
                order.strategy_id === 'manual' ? 'What has filled by then stays.' : `Without its entry, ${order.strategy_id} is paused.`,
              ],
        isDangerous: false,
        wantsReason: false,
        confirm: 'Cancel the order',
        method: 'DELETE',
        path: `orders/${encodeURIComponent(action.order)}`,
        body: none,
        isKeyed: true,
      };
    }
    case 'trigger':
    case 'pause_schedule':
    case 'resume_schedule': {
      const schedule = overview.schedules.find((it) => it.schedule.id === action.schedule)?.schedule;
      const verb = { trigger: 'trigger', pause_schedule: 'pause', resume_schedule: 'resume' }[action.kind];
      const what = schedule === undefined ? 'It does what it is for.' : `It ${does(schedule)}.`;
      const isTrigger = action.kind === 'trigger';
      return {
        title: isTrigger ? `Run ${action.schedule} now` : `${verb === 'pause' ? 'Pause' : 'Resume'} ${action.schedule}`,
        effects: isTrigger
          ? [`Now: ${what}`, ...triggered(action.schedule, overview, closed), 'What it is planned for stays.']
          : verb === 'pause'
            ? ['It does nothing until it is resumed. What was due before now is done first.']
            : [`From its next occurrence after now: ${what} Those of the pause are not made up for.`],
        isDangerous: isTrigger && (schedule === undefined || risky.has(schedule.task_type)),
        wantsReason: false,
        confirm: isTrigger ? 'Run it now' : verb === 'pause' ? 'Pause it' : 'Resume it',
        method: 'POST',
        path: `schedules/${encodeURIComponent(action.schedule)}/${verb}`,
        body: none,
        isKeyed: isTrigger,
      };
    }
    case 'delete_schedule':
      return {
        title: `Delete ${action.schedule}`,
        effects: ['It does nothing any more from now on. What it did can still be read.'],
        isDangerous: false,
        wantsReason: false,
        confirm: 'Delete it',
        method: 'DELETE',
        path: `schedules/${encodeURIComponent(action.schedule)}`,
        body: none,
        isKeyed: false,
      };
    case 'kill_switch_on':
    case 'flatten': {
      const flatten = action.kind === 'flatten';
      const orders = overview.orders.filter((order) => (flatten && order.strategy_id !== 'manual') || !protects(order));
      return {
        title: flatten ? 'Sell everything that strategies hold' : 'Turn the kill switch on',
        effects: [
          'Nothing is bought any more, by anyone, until the kill switch is turned off.',
          ...cancels(orders.filter((order) => flatten || order.side === 'buy')),
          ...more(overview),
          ...(flatten
            ? [...sells(overview, (id) => id !== 'manual', closed), 'Unmanaged shares stay.']
            : ['What is held stays, and stays protected.']),
        ],
        isDangerous: flatten,
        wantsReason: true,
        confirm: flatten ? 'Sell everything' : 'Turn it on',
        method: 'PUT',
        path: 'engine/kill-switch',
        body: (reason) => ({ on: true, reason, ...(flatten ? { flatten: true } : {}) }),
        isKeyed: true,
      };
    }
    case 'kill_switch_off':
      return {
        title: 'Turn the kill switch off',
        effects: [
          due.length === 0 ? 'No strategy waits for it.' : `May buy from the next cycle: ${due.join(', ')}.`,
          ...(overview.kill_switch === null ? ['It is off already.'] : [`It was turned on because: ${overview.kill_switch.reason}`]),
        ],
        isDangerous: true,
        wantsReason: false,
        confirm: 'Turn it off',
        method: 'PUT',
        path: 'engine/kill-switch',
        body: () => ({ on: false }),
        isKeyed: true,
      };
  }
}

function cancels(orders: readonly Order[]): string[] {
  return orders.map((order) => `Cancels: ${terms(order)}.`);
}

// The overview lists the oldest orders only where there are many.
function more(overview: Overview): string[] {
  const { orders, order_count: count } = overview;
  return count > orders.length
    ? [`And more: ${orders.length} of ${count} working orders are known here; all that it concerns are canceled.`]
    : [];
}

function sells(overview: Overview, of: (owner: string) => boolean, closed: string): string[] {
  const held = overview.holdings.filter((holding) => of(holding.strategy_id) && Number(holding.quantity) > 0);
  return held.length === 0
    ? ['It holds nothing to sell.']
    : held.map((holding) => {
        const value =
          holding.price === null ? 'price unknown' : `about ${money(String(Number(holding.price) * Number(holding.quantity)))}`;
        return `Sells ${quantity(holding.quantity)} ${holding.symbol} at market (${value}).${closed}`;
      });
}

function triggered(id: string, overview: Overview, closed: string): string[] {
  const schedule = overview.schedules.find((it) => it.schedule.id === id)?.schedule;
  const { strategy_id: target, symbol } = schedule?.task_data ?? {};
  switch (schedule?.task_type) {
    case 'strategy_close':
      return sells(overview, (owner) => owner === target, closed);
    case 'orders_cancel':
      return [
        ...cancels(
          overview.orders.filter(
            (order) => !protects(order) && (target == null || order.strategy_id === target) && (symbol == null || order.symbol === symbol),
          ),
        ),
        ...more(overview),
      ];
    default:
      return [];
  }
}
