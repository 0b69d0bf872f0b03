import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ask, Refused } from './client';
import { takeEarly } from './early';
import type { Overview } from './types';
import { pollEvery, retryAfter } from '../model/freshness';

export interface Live {
  readonly overview: Overview | null;
  /** Business time now: the server's, carried on by this machine's clock. */
  readonly now: Date;
  /** When the last answer came, by this machine's clock; null before the first. */
  readonly answeredAt: number | null;
  /** Why the last request brought nothing, in a sentence; null when it brought something. */
  readonly problem: string | null;
  /** Whether the app wants a key, or another one. */
  readonly needsKey: boolean;
  /** Asks at once. */
  readonly refresh: () => void;
}

/** The overview, asked for again and again while the page can be seen. */
export function useLive(): Live {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [state, setState] = useState<{ answeredAt: number | null; problem: string | null; needsKey: boolean }>({
    answeredAt: null,
    problem: null,
    needsKey: false,
  });
  const clock = useRef({ server: Date.now(), here: performance.now() });
  const etag = useRef<string | null>(null);
  const refreshNow = useRef<() => void>(() => undefined);
  const now = useTicking(clock);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let open = true;
    let asking = false;
    let again = false;
    let ended = false;

    const poll = async (): Promise<void> => {
      if (asking) {
        again = true;
        return;
      }
      asking = true;
      clearTimeout(timer);
      let wait: number;
      try {
        const answer = await (takeEarly() ?? ask<Overview>('overview', { etag: etag.current }));
        if (answer.now !== null) {
          clock.current = { server: answer.now.getTime(), here: performance.now() };
        }
        if (answer.body !== null) {
          etag.current = answer.etag;
          open = answer.body.market.open;
          setOverview(answer.body);
        }
        failures = 0;
        setState({ answeredAt: Date.now(), problem: null, needsKey: false });
        wait = pollEvery(open);
      } catch (failure) {
        failures++;
        const needsKey = failure instanceof Refused && failure.status === 401;
        setState((before) => ({ ...before, problem: (failure as Error).message, needsKey }));
        wait = needsKey ? Number.POSITIVE_INFINITY : retryAfter(failures);
      }
      asking = false;
      if (again) {
        again = false;
        void poll();
      } else if (!ended && !document.hidden && Number.isFinite(wait)) {
        timer = setTimeout(() => void poll(), wait);
      }
    };
    const seen = (): void => {
      clearTimeout(timer);
      if (!document.hidden) {
        void poll();
      }
    };

    refreshNow.current = () => void poll();
    document.addEventListener('visibilitychange', seen);
    window.addEventListener('online', seen);
    void poll();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
      window.removeEventListener('online', seen);
    };
  }, []);

  return { overview, now, ...state, refresh: useCallback(() => refreshNow.current(), []) };
}

function useTicking(clock: { readonly current: { server: number; here: number } }): Date {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return new Date(clock.current.server + performance.now() - clock.current.here);
}
