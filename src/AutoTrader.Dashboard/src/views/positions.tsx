import type { Act } from '../actions/actions';
import type { Fill, Order, Overview } from '../api/types';
import { coverage } from '../model/coverage';
import { money, percent, quantity, words } from '../model/format';
import { fillsOf } from '../model/ledger';
import { Badge, Fact, Nothing, Profit, Section, strategyAddress, Time } from './parts';

const levels = { covered: 'good', partly: 'bad', bare: 'bad', target: 'plain' } as const;

/** What is held, and what would sell it if the price fell. */
export function Positions(props: { overview: Overview; act: Act }) {
  const { holdings } = props.overview;
  return (
    <Section id="positions" title="Positions" count={holdings.length}>
      {holdings.length === 0 ? (
        <Nothing>No positions.</Nothing>
      ) : (
        <ul class="rows">
          {holdings.map((holding) => {
            const cover = coverage(holding);
            const managed = holding.strategy_id !== 'manual';
            return (
              <li key={holding.strategy_id + holding.symbol} class={'row ' + levels[cover.level]}>
                <h3>
                  {holding.symbol}{' '}
                  <span class="quiet">
                    {managed ? <a href={strategyAddress(holding.strategy_id)}>{holding.strategy_id}</a> : 'unmanaged shares'}
                  </span>
                </h3>
                <p>
                  <Badge level={levels[cover.level]} sign={cover.sign}>
                    {cover.words}
                  </Badge>
                </p>
                <dl class="facts">
                  <Fact name="Held">{quantity(holding.quantity)}</Fact>
                  <Fact name="Covered">{quantity(holding.covered_quantity)}</Fact>
                  <Fact name="Price">{money(holding.price)}</Fact>
                  <Fact name="Stop">{money(holding.stop)}</Fact>
                  <Fact name="Distance to stop">{percent(holding.distance_pct)}</Fact>
                  <Fact name="Unrealized">
                    <Profit value={holding.unrealized_pnl} />
                  </Fact>
                </dl>
                {managed ? (
                  <p class="buttons">
                    <button type="button" class="dangerous" onClick={() => props.act({ kind: 'close', strategy: holding.strategy_id })}>
                      Close {holding.strategy_id}…
                    </button>
                  </p>
                ) : null}
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}

/** What an order asks, in words. */
export function terms(order: Order): string {
  const price =
    order.order_class === 'oco'
      ? `limit ${money(order.limit_price)} or stop ${money(order.stop_price)}`
      : order.order_type === 'trailing_stop'
        ? `trailing stop ${percent(order.trail_percent)}${order.stop_price === null ? '' : `, now ${money(order.stop_price)}`}`
        : order.order_type === 'market'
          ? 'at market'
          : words(order.order_type) + ' ' + money(order.order_type === 'stop' ? order.stop_price : order.limit_price);
  return `${order.side} ${quantity(order.qty)} ${order.symbol} ${price}`;
}

/** Orders that may still trade, with their age. */
export function WorkingOrders(props: { orders: readonly Order[]; count: number; now: Date; act: Act }) {
  return (
    <Section id="orders" title="Working orders" count={props.count}>
      {props.orders.length === 0 ? <Nothing>No working orders.</Nothing> : <OrderRows {...props} />}
      {props.count > props.orders.length ? (
        <Nothing>
          The oldest {props.orders.length} of {props.count} are shown.
        </Nothing>
      ) : null}
    </Section>
  );
}

export function OrderRows(props: { orders: readonly Order[]; now: Date; act: Act }) {
  return (
    <ul class="rows">
      {props.orders.map((order) => (
        <li key={order.id} class="row">
          <h3>
            {terms(order)}{' '}
            <span class="quiet">
              {words(order.role)},{' '}
              {order.strategy_id === 'manual' ? 'by hand' : <a href={strategyAddress(order.strategy_id)}>{order.strategy_id}</a>}
            </span>
          </h3>
          <p class="quiet">
            <Time at={order.created_at} now={props.now} ago /> · {words(order.status)}
            {Number(order.filled_qty) > 0 ? ` · ${quantity(order.filled_qty)} filled` : ''}
            {order.cancel_requested ? ' · cancel asked for' : ''}
            {order.note === null ? '' : ` · ${order.note}`}
          </p>
          {order.cancel_requested || (order.role !== 'entry' && order.strategy_id !== 'manual') ? null : (
            <p class="buttons">
              <button type="button" onClick={() => props.act({ kind: 'cancel', order: order.id })}>
                Cancel…
              </button>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What traded today, and why. */
export function Fills(props: { fills: readonly Fill[] | null; reasons: ReadonlyMap<string, string>; today: string; now: Date }) {
  const fills = props.fills === null ? null : fillsOf(props.fills, props.today);
  return (
    <Section id="fills" title="Fills today" {...(fills === null ? {} : { count: fills.length })}>
      {fills === null ? (
        <Nothing>Loading…</Nothing>
      ) : fills.length === 0 ? (
        <Nothing>No trades today.</Nothing>
      ) : (
        <FillRows fills={fills.slice(0, 30)} reasons={props.reasons} now={props.now} />
      )}
      {fills !== null && fills.length > 30 ? <Nothing>The newest 30 are shown.</Nothing> : null}
    </Section>
  );
}

export function FillRows(props: { fills: readonly Fill[]; reasons: ReadonlyMap<string, string>; now: Date }) {
  return (
    <ul class="rows">
      {props.fills.map((fill) => (
        <li key={fill.id} class="row">
          <h3>
            {fill.side === 'buy' ? 'Bought' : 'Sold'} {quantity(fill.quantity)} {fill.symbol} at {money(fill.price)}{' '}
            <span class="quiet">
              {fill.rule_id === 'manual' ? 'by hand' : <a href={strategyAddress(fill.rule_id)}>{fill.rule_id}</a>}
            </span>
          </h3>
          <p class="quiet">
            <Time at={fill.timestamp} now={props.now} />
            {fill.kind === 'trade' ? '' : ` · ${fill.kind}`}
            {fill.order_id !== null && props.reasons.has(fill.order_id) ? ` · ${props.reasons.get(fill.order_id)}` : ''}
          </p>
          {fill.side === 'sell' ? (
            <p>
              <Profit value={fill.realized_pnl} />
            </p>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
