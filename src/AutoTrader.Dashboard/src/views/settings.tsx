import { useState } from 'preact/hooks';
import type { Notifications, Overview } from '../api/types';
import { money, quantity, words } from '../model/format';
import { Badge, Fact, Nothing, Section, strategyAddress, Time } from './parts';
import { useRead } from './strategy';

/** All strategies with their state. */
export function Strategies(props: { overview: Overview }) {
  const { strategies, strategy_count: count } = props.overview;
  return (
    <Section id="strategies" title="Strategies" count={count}>
      {strategies.length === 0 ? <Nothing>There is no strategy.</Nothing> : null}
      <ul class="entries">
        {strategies.map((strategy) => {
          const off = strategy.paused || !strategy.enabled;
          return (
            <li key={strategy.id}>
              <Badge
                level={strategy.phase === 'failed' ? 'bad' : off ? 'warn' : 'good'}
                sign={strategy.phase === 'failed' ? '✕' : strategy.paused ? '‖' : off ? '○' : '●'}
              >
                {strategy.paused ? 'PAUSED' : strategy.enabled ? words(strategy.phase) : `${words(strategy.phase)}, not enabled`}
              </Badge>{' '}
              <a href={strategyAddress(strategy.id)}>{strategy.id}</a> {words(strategy.strategy_type)} on {strategy.symbol}
              {strategy.waiting_for === null ? null : <span class="quiet"> · waits: {strategy.waiting_for}</span>}
              {strategy.pause_reason === null ? null : <span class="quiet"> · {strategy.pause_reason}</span>}
            </li>
          );
        })}
      </ul>
      {count > strategies.length ? (
        <Nothing>
          {strategies.length} of {count} are shown: those that hold shares, then those that may buy.
        </Nothing>
      ) : null}
    </Section>
  );
}

/** The limits of the account. */
export function Limits(props: { overview: Overview }) {
  const limits = props.overview.risk?.limits;
  return (
    <Section id="limits" title="Risk limits">
      {limits === undefined ? (
        <Nothing>Limits need prices, which are unavailable.</Nothing>
      ) : (
        <dl class="facts">
          <Fact name="Loss of a day">{money(limits.max_daily_loss)}</Fact>
          <Fact name="Buys of a day">{limits.max_daily_trades}</Fact>
          <Fact name="Value of an order">{money(limits.max_order_value)}</Fact>
          <Fact name="Value of a symbol">{money(limits.max_position_value)}</Fact>
          <Fact name="Shares of a symbol">{quantity(limits.max_position_size)}</Fact>
          <Fact name="Margin">{limits.allow_margin ? 'allowed' : 'not used'}</Fact>
        </dl>
      )}
    </Section>
  );
}

/** What people were told, and whether it arrived; read when it is opened. */
export function NotificationList(props: { now: Date }) {
  const [shown, show] = useState(false);
  return (
    <Section id="notifications" title="Notifications">
      <details onToggle={(event) => show((event.currentTarget as HTMLDetailsElement).open)}>
        <summary>Channels and the latest deliveries</summary>
        {shown ? <Deliveries now={props.now} /> : null}
      </details>
    </Section>
  );
}

function Deliveries(props: { now: Date }) {
  const answer = useRead<Notifications>('notifications?limit=30', '');
  if (answer === null || 'problem' in answer) {
    return <Nothing>{answer === null ? 'Loading…' : answer.problem}</Nothing>;
  }
  const { channels, recent } = answer.value;
  return (
    <>
      <p>
        {channels.length === 0
          ? '! No channel has an address: nothing is sent outside this page.'
          : `To: ${channels.map((channel) => channel.name).join(', ')}`}
      </p>
      {recent.length === 0 ? <Nothing>Nothing has been sent yet.</Nothing> : null}
      <ul class="entries">
        {recent.map(({ notification, deliveries }) => (
          <li key={notification.id}>
            <Time at={notification.at} now={props.now} /> <strong>{notification.title}</strong> {notification.subject}{' '}
            {deliveries.map((delivery) => (
              <Badge
                key={delivery.channel}
                level={delivery.status === 'delivered' ? 'good' : 'bad'}
                sign={delivery.status === 'delivered' ? '✓' : '✕'}
              >
                {delivery.channel}: {words(delivery.status)}
                {delivery.error === null ? '' : `, ${delivery.error}`}
              </Badge>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
