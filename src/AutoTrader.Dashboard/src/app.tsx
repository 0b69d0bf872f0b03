import { useEffect, useState } from 'preact/hooks';
import { ActionDialog } from './actions/dialog';
import type { Action } from './actions/actions';
import { unfinished, type Sent } from './actions/perform';
import { functionKey } from './api/client';
import { useFills, useReasons, useRuns } from './api/history';
import { useLive } from './api/live';
import { dateIn, newYork, viewerZone } from './model/format';
import { BacktestList } from './views/backtests';
import { KeyForm } from './views/keyForm';
import { Money } from './views/money';
import { Fills, Positions, WorkingOrders } from './views/positions';
import { Agenda } from './views/schedules';
import { Limits, NotificationList, Strategies } from './views/settings';
import { Alarm, AttentionList, Head, Pulse } from './views/status';
import { StrategyPage } from './views/strategy';

export function App() {
  const live = useLive();
  const { overview, now } = live;
  const today = dateIn(newYork, now);
  const fills = useFills(overview);
  const reasons = useReasons(fills, today);
  const runs = useRuns(overview, now);
  const strategy = useStrategyInAddress();
  const [subject, act] = useState<Action | Sent | null>(unfinished);
  const isWhole = useAfterPaint(overview !== null);

  useEffect(() => {
    if (overview !== null) {
      const state =
        live.problem !== null ? 'NO CONNECTION' : overview.attention.length > 0 ? `${overview.attention.length} to look at` : 'all well';
      document.title = `${overview.live ? 'LIVE' : 'PAPER'} ${overview.account}: ${state}`;
    }
  }, [overview, live.problem]);

  if (live.needsKey) {
    return <KeyForm given={live.refresh} />;
  }
  if (overview === null) {
    return (
      <main>
        <Alarm live={live} />
        <p class="loading">{live.problem === null ? 'Loading…' : ''}</p>
      </main>
    );
  }
  return (
    <div class={live.problem === null ? 'all' : 'all stale'}>
      <a class="skip" href="#main" onClick={(event) => skip(event)}>
        To the content
      </a>
      <Head overview={overview} now={now} act={act} />
      <Alarm live={live} />
      <main id="main" tabIndex={-1}>
        {strategy !== null ? (
          <StrategyPage id={strategy} overview={overview} fills={fills} reasons={reasons} now={now} act={act} />
        ) : (
          <>
            <Pulse overview={overview} now={now} />
            <AttentionList overview={overview} now={now} />
            <Money overview={overview} />
            <Positions overview={overview} act={act} />
            {isWhole ? (
              <>
                <WorkingOrders orders={overview.orders} count={overview.order_count} now={now} act={act} />
                <Agenda overview={overview} runs={runs} now={now} act={act} changed={live.refresh} />
                <Fills fills={fills} reasons={reasons} today={today} now={now} />
                <Strategies overview={overview} />
                <Limits overview={overview} />
                <NotificationList now={now} />
                <BacktestList now={now} />
              </>
            ) : null}
          </>
        )}
      </main>
      <footer>
        <p>
          Times: {viewerZone}
          {viewerZone === newYork ? '' : ', with New York in brackets'}. <a href="/api/dashboard/notice.txt">Notices</a>
        </p>
        {functionKey.get() === null ? null : (
          <button
            type="button"
            onClick={() => {
              functionKey.forget();
              location.reload();
            }}
          >
            Forget the key
          </button>
        )}
      </footer>
      {subject === null ? null : (
        <ActionDialog
          key={JSON.stringify(subject)}
          subject={subject}
          overview={overview}
          changed={live.refresh}
          close={() => {
            act(null);
            live.refresh();
          }}
        />
      )}
    </div>
  );
}

// The address after # names the strategy that is shown; jumping to the content must not change it.
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** Whether what came first has been painted: what is looked at first does not wait for what is further down. */
function useAfterPaint(ready: boolean): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    if (ready) {
      // A frame is painted between the two.
      requestAnimationFrame(() => setTimeout(() => setPainted(true)));
    }
  }, [ready]);
  return painted;
}

function useStrategyInAddress(): string | null {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => {
      setHash(location.hash);
      window.scrollTo(0, 0);
    };
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  const match = /^#\/strategy\/(.+)$/.exec(hash);
  return match?.[1] === undefined ? null : decode(match[1]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
