import { useEffect, useRef, useState } from 'preact/hooks';
import { read } from '../api/client';
import type { KillSwitch, Overview } from '../api/types';
import { plan, type Action } from './actions';
import { forget, lookUp, request, send, type Outcome, type Sent } from './perform';

const again = [1, 2, 5, 10];

interface Props {
  /** What is to be done, or what was sent before and has no known outcome. */
  readonly subject: Action | Sent;
  readonly overview: Overview;
  readonly changed: () => void;
  readonly close: () => void;
}

/** Shows what would happen, does it, and stays until the outcome is known. */
export function ActionDialog(props: Props) {
  const { subject, overview } = props;
  const box = useRef<HTMLDialogElement>(null);
  const [sent, setSent] = useState<Sent | null>('path' in subject ? subject : null);
  const [outcome, setOutcome] = useState<Outcome | 'sending' | null>(
    'path' in subject ? { kind: 'unknown', message: 'The page was left before an answer came.' } : null,
  );
  const attempts = useRef(0);

  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      (before as HTMLElement | null)?.focus();
    };
  }, []);

  const deliver = async (what: Sent): Promise<void> => {
    setOutcome('sending');
    const result = await send(what);
    setOutcome(result);
    props.changed();
  };

  // Finds out by itself: asks for the command, or sends the same request under the same key.
  useEffect(() => {
    if (outcome === null || outcome === 'sending' || sent === null || outcome.kind === 'done' || outcome.kind === 'refused') {
      return;
    }
    const timer = setTimeout(
      () => {
        attempts.current++;
        if (outcome.kind === 'waiting') {
          void lookUp(outcome.command).then((result) => {
            setOutcome({ ...result });
            props.changed();
          });
        } else {
          void deliver(sent);
        }
      },
      (again[attempts.current] ?? 10) * 1000,
    );
    return () => clearTimeout(timer);
  }, [outcome]);

  const leave = (): void => {
    props.close();
  };
  return (
    <dialog ref={box} aria-labelledby="dialog-title" onClose={leave} onCancel={leave}>
      {sent === null && !('path' in subject) ? (
        <Confirm
          action={subject}
          overview={overview}
          cancel={leave}
          confirmed={(what) => {
            setSent(what);
            void deliver(what);
          }}
        />
      ) : (
        <>
          <h2 id="dialog-title">{sent?.title}</h2>
          <div role="status">
            <Told outcome={outcome} />
          </div>
          <p class="buttons">
            {outcome !== null && outcome !== 'sending' && outcome.kind === 'unknown' && sent !== null ? (
              <>
                <button type="button" onClick={() => void deliver(sent)}>
                  Ask now
                </button>
                <button
                  type="button"
                  onClick={() => {
                    forget();
                    leave();
                  }}
                >
                  Stop asking
                </button>
              </>
            ) : null}
            <button type="button" onClick={leave}>
              Close
            </button>
          </p>
        </>
      )}
    </dialog>
  );
}

function Told(props: { outcome: Outcome | 'sending' | null }) {
  const { outcome } = props;
  if (outcome === null || outcome === 'sending') {
    return <p>… Sending.</p>;
  }
  switch (outcome.kind) {
    case 'done':
      return <p class="told good">✓ {outcome.message}</p>;
    case 'refused':
      return <p class="told bad">✕ Refused: {outcome.message}</p>;
    case 'waiting':
      return <p class="told">… The engine has the command. Waiting for its outcome.</p>;
    case 'unknown':
      return (
        <p class="told bad">
          ! The outcome is unknown: it may have been done. {outcome.message} Asking again under the same key, so that it is done once at
          most.
        </p>
      );
  }
}

function Confirm(props: { action: Action; overview: Overview; cancel: () => void; confirmed: (sent: Sent) => void }) {
  const { action, overview } = props;
  const [due, setDue] = useState<readonly string[] | null>(action.kind === 'kill_switch_off' ? null : []);
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  useEffect(() => {
    if (action.kind === 'kill_switch_off') {
      read<KillSwitch>('engine/kill-switch').then(
        (state) => setDue(state.due),
        () => setDue([]),
      );
    }
  }, []);
  const it = plan(action, overview, due ?? []);
  const isReady = due !== null && (!it.isDangerous || typed.trim() === overview.account) && (!it.wantsReason || reason.trim() !== '');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) {
          props.confirmed(request(it, reason.trim()));
        }
      }}
    >
      <h2 id="dialog-title">{it.title}</h2>
      <p>
        <strong>{overview.live ? 'LIVE account, real money' : 'PAPER account'}.</strong> What would happen now; nothing has been done yet:
      </p>
      <ul class="effects">
        {it.effects.map((effect) => (
          <li key={effect}>{effect}</li>
        ))}
      </ul>
      {it.wantsReason || (it.body('x') !== undefined && !('on' in (it.body('x') as object))) ? (
        <label>
          Reason{it.wantsReason ? '' : ' (optional)'}
          <input value={reason} maxLength={500} required={it.wantsReason} onInput={(event) => setReason(event.currentTarget.value)} />
        </label>
      ) : null}
      {it.isDangerous ? (
        <label>
          Type the account’s name, <strong>{overview.account}</strong>, to go on
          <input
            value={typed}
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      ) : null}
      <p class="buttons">
        <button type="submit" class={it.isDangerous ? 'dangerous' : ''} disabled={!isReady}>
          {it.confirm}
        </button>
        <button type="button" onClick={props.cancel}>
          Do nothing
        </button>
      </p>
    </form>
  );
}
