import { ask, NoAnswer, Refused } from '../api/client';
import type { Command } from '../api/types';
import type { Plan } from './actions';

/** A request that was sent, and can be sent again as it was. */
export interface Sent {
  readonly title: string;
  readonly method: Plan['method'];
  readonly path: string;
  readonly body?: unknown;
  readonly key?: string;
}

export type Outcome =
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string }
  /** The engine has it and has not answered yet. */
  | { readonly kind: 'waiting'; readonly command: string }
  /** No answer came: it may have been done. */
  | { readonly kind: 'unknown'; readonly message: string };

const pendingName = 'autotrader-pending';

/** Makes the request of a plan, with a key of its own. */
export function request(plan: Plan, reason: string): Sent {
  const body = plan.body(reason);
  return {
    title: plan.title,
    method: plan.method,
    path: plan.path,
    ...(body === undefined ? {} : { body }),
    ...(plan.isKeyed ? { key: newKey() } : {}),
  };
}

/**
 * Sends a request. Sent again it is still one request: by its key, or because repeating it changes nothing. It is remembered until its
 * outcome is known, also over a reload of the page.
 */
export async function send(sent: Sent): Promise<Outcome> {
  sessionStorage.setItem(pendingName, JSON.stringify(sent));
  const outcome = await outcomeOf(sent);
  if (outcome.kind === 'done' || outcome.kind === 'refused') {
    forget();
  }
  return outcome;
}

/** What became of a command that the engine had not answered. */
export async function lookUp(command: string): Promise<Outcome> {
  try {
    const { body } = await ask<Command>('commands/' + encodeURIComponent(command));
    if (body === null || body.status === 'pending') {
      return { kind: 'waiting', command };
    }
    forget();
    return { kind: body.status === 'refused' ? 'refused' : 'done', message: body.outcome ?? 'Done.' };
  } catch (failure) {
    return { kind: 'unknown', message: (failure as Error).message };
  }
}

/** A request whose outcome was not known when the page was left; null for none. */
export function unfinished(): Sent | null {
  try {
    return JSON.parse(sessionStorage.getItem(pendingName) ?? 'null') as Sent | null;
  } catch {
    return null;
  }
}

export function forget(): void {
  sessionStorage.removeItem(pendingName);
}

async function outcomeOf(sent: Sent): Promise<Outcome> {
  try {
    const answer = await ask<Record<string, unknown>>(sent.path, {
      method: sent.method,
      ...(sent.body === undefined ? {} : { body: sent.body }),
      ...(sent.key === undefined ? {} : { idempotencyKey: sent.key }),
    });
    return answer.status === 202 && answer.location !== null
      ? { kind: 'waiting', command: decodeURIComponent(answer.location.split('/').at(-1) ?? '') }
      : { kind: 'done', message: told(answer.body) };
  } catch (failure) {
    if (failure instanceof Refused) {
      if (failure.status === 404 && sent.method === 'DELETE') {
        return { kind: 'done', message: 'It is not there any more.' };
      }
      // Away or overloaded: what was asked may have been written before.
      return failure.status >= 500 ? { kind: 'unknown', message: failure.message } : { kind: 'refused', message: failure.message };
    }
    return { kind: 'unknown', message: failure instanceof NoAnswer ? failure.message : 'The answer could not be read.' };
  }
}

/** The outcome in the answer's own words. */
export function told(body: Record<string, unknown> | null): string {
  if (typeof body?.['outcome'] === 'string' && body['outcome'] !== '') {
    return body['outcome'];
  }
  if (typeof body?.['on'] === 'boolean') {
    return body['on'] ? 'The kill switch is on.' : 'The kill switch is off.';
  }
  if (typeof body?.['enabled'] === 'boolean') {
    return body['enabled'] ? 'The schedule is on.' : 'The schedule is paused.';
  }
  return 'Done.';
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return 'page-' + [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
