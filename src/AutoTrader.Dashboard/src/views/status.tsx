import type { Live } from '../api/live';
import type { Overview } from '../api/types';
import { worstFirst } from '../model/attention';
import { timeIn, viewerZone } from '../model/format';
import { engineIsLate, marketState } from '../model/freshness';
import { Badge, Nothing, Section, Time } from './parts';
import type { Act } from '../actions/actions';

/** Account, LIVE or PAPER, kill switch, health: what is looked at first. */
export function Head(props: { overview: Overview; now: Date; act: Act }) {
  const { overview, now } = props;
  const { kill_switch: kill, health } = overview;
  return (
    <header class={overview.live ? 'live' : 'paper'}>
      <div class="account">
        <h1>
          <span class="mode">{overview.live ? 'LIVE' : 'PAPER'}</span> <a href="#/">{overview.account}</a>
        </h1>
        <p>{overview.live ? 'Real money is traded.' : 'No real money is traded.'}</p>
      </div>
      <div class="states">
        <Badge level={health.status === 'ok' ? 'good' : 'bad'} sign={health.status === 'ok' ? '✓' : '✕'}>
          Health: {health.status}
        </Badge>
        {kill === null ? (
          <Badge level="good" sign="○">
            Kill switch: off
          </Badge>
        ) : (
          <Badge level="bad" sign="■">
            KILL SWITCH IS ON
          </Badge>
        )}
        <button
          type="button"
          class="dangerous"
          onClick={() => props.act(kill === null ? { kind: 'kill_switch_on' } : { kind: 'kill_switch_off' })}
        >
          {kill === null ? 'Stop all buying…' : 'Allow buying again…'}
        </button>
        <button type="button" class="dangerous" onClick={() => props.act({ kind: 'flatten' })}>
          Sell everything…
        </button>
      </div>
      {kill === null ? null : (
        <p class="told bad">
          Nothing is bought: {kill.reason} (by {kill.by}, <Time at={kill.since} now={now} ago />)
        </p>
      )}
      {health.problems.map((problem) => (
        <p class="told bad" key={problem}>
          {problem}
        </p>
      ))}
    </header>
  );
}

/** Says loudly that what is shown is old, or that there is no connection. Nothing in it ticks: screen readers read it out again when it
 * changes. */
export function Alarm(props: { live: Live }) {
  const { overview, problem, answeredAt, now, refresh } = props.live;
  const late = overview === null ? null : engineIsLate(overview, now);
  return (
    <div role="alert" class="alarms">
      {problem === null ? null : (
        <div class="alarm">
          <p>
            <strong>✕ No connection. {overview === null ? '' : 'The data is old.'}</strong> {problem}
            {answeredAt === null ? '' : ` Last answer at ${timeIn(viewerZone, new Date(answeredAt), true)}.`} The app may still be
            trading.
          </p>
          <button type="button" onClick={refresh}>
            Try again
          </button>
        </div>
      )}
      {problem !== null || late === null ? null : (
        <div class="alarm">
          <p>
            <strong>✕ The engine is silent.</strong> {late}
          </p>
        </div>
      )}
    </div>
  );
}

/** The last cycle, the next one, and the market. */
export function Pulse(props: { overview: Overview; now: Date }) {
  const { overview, now } = props;
  const { engine } = overview;
  const market = marketState(overview.market, now);
  return (
    <Section id="pulse" title="Now">
      <dl class="facts">
        <div class="fact">
          <dt>Last cycle</dt>
          <dd>{engine.last_cycle_at === null ? 'none yet' : <Time at={engine.last_cycle_at} now={now} ago />}</dd>
        </div>
        <div class="fact">
          <dt>Next cycle</dt>
          <dd>{engine.next_cycle_at === null ? '–' : <Time at={engine.next_cycle_at} now={now} />}</dd>
        </div>
        <div class="fact">
          <dt>Market</dt>
          <dd>
            <Badge level={market.open ? 'good' : 'plain'} sign={market.open ? '●' : '○'}>
              {market.open ? 'open' : 'closed'}
            </Badge>{' '}
            {market.next}{' '}
            <span class="quiet">
              (<Time at={market.at} now={now} />)
            </span>
          </dd>
        </div>
        <div class="fact">
          <dt>Clock</dt>
          <dd>
            <Time at={now} now={now} />
          </dd>
        </div>
      </dl>
    </Section>
  );
}

const signs = { high: '✕', warning: '!', note: 'i' } as const;
const levels = { high: 'bad', warning: 'warn', note: 'plain' } as const;

/** What needs a person, worst first. */
export function AttentionList(props: { overview: Overview; now: Date }) {
  const items = worstFirst(props.overview.attention);
  return (
    <Section id="attention" title="Attention" count={items.length}>
      {items.length === 0 ? (
        <Nothing>✓ Nothing needs attention.</Nothing>
      ) : (
        <ul class="rows">
          {items.map((item) => (
            <li key={item.code + item.key} class={'row ' + levels[item.severity]}>
              <Badge level={levels[item.severity]} sign={signs[item.severity]}>
                {item.severity}: {item.code}
              </Badge>
              <p>{item.message}</p>
              <p>
                <strong>Do:</strong> {item.todo}
              </p>
              <p class="quiet">
                {item.key}, since <Time at={item.since} now={props.now} ago />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
