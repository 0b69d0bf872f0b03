import type { Problem } from './types';

const keyName = 'autotrader-key';
const waitSeconds = 15;

/** The API said no; the message is its own sentence. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
  }
}

/** No answer came. What was asked may have been done all the same. */
export class NoAnswer extends Error {}

export interface Answer<T> {
  readonly status: number;
  /** Null for 204 and 304. */
  readonly body: T | null;
  readonly etag: string | null;
  readonly location: string | null;
  /** Business time at the server; null where it does not say. */
  readonly now: Date | null;
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly body?: unknown;
  readonly etag?: string | null;
  /** The version that a change was made for. */
  readonly version?: string;
  readonly idempotencyKey?: string;
}

/** The function key of this tab: kept until the tab is closed, sent as a header, never part of an address. */
export const functionKey = {
  get: (): string | null => sessionStorage.getItem(keyName),
  set: (key: string): void => sessionStorage.setItem(keyName, key),
  forget: (): void => sessionStorage.removeItem(keyName),
};

/** Asks the API. Throws Refused or NoAnswer. */
export async function ask<T>(path: string, question: Question = {}): Promise<Answer<T>> {
  const headers = new Headers({ Accept: 'application/json', 'X-Caller': 'dashboard' });
  const key = functionKey.get();
  if (key !== null) {
    headers.set('x-functions-key', key);
  }
  if (question.etag) {
    headers.set('If-None-Match', question.etag);
  }
  if (question.version !== undefined) {
    headers.set('If-Match', question.version);
  }
  if (question.idempotencyKey !== undefined) {
    headers.set('Idempotency-Key', question.idempotencyKey);
  }
  if (question.body !== undefined) {
    headers.set('Content-Type', 'application/json');
  }

  let response: Response;
  let text: string;
  try {
    response = await fetch('/api/' + path, {
      method: question.method ?? 'GET',
      headers,
      body: question.body === undefined ? null : JSON.stringify(question.body),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(waitSeconds * 1000),
    });
    text = await response.text();
  } catch {
    throw new NoAnswer(`No answer within ${waitSeconds} seconds, or no connection.`);
  }

  if (response.status === 304) {
    return answer<T>(response, null);
  }
  if (!response.ok) {
    throw new Refused(problemOf(response.status, text));
  }
  try {
    return answer(response, text === '' ? null : (JSON.parse(text) as T));
  } catch {
    throw new NoAnswer('The answer was cut short.');
  }
}

/** What an address answers, whole. */
export async function read<T>(path: string): Promise<T> {
  return (await ask<T>(path)).body as T;
}

function answer<T>(response: Response, body: T | null): Answer<T> {
  const now = response.headers.get('X-AutoTrader-Now');
  return {
    status: response.status,
    body,
    etag: response.headers.get('ETag'),
    location: response.headers.get('Location'),
    now: now === null ? null : new Date(now),
  };
}

function problemOf(status: number, text: string): Problem {
  try {
    const told = JSON.parse(text) as Partial<Problem>;
    return { status, code: told.code ?? `HTTP_${status}`, detail: told.detail ?? `The app answered ${status}.` };
  } catch {
    return { status, code: `HTTP_${status}`, detail: `The app answered ${status}.` };
  }
}
