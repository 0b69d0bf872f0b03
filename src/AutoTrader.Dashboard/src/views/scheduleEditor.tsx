import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, NoAnswer } from '../api/client';
import type { Overview, Schedule, SchedulePreview } from '../api/types';
import { dayIn, newYork, timeIn, viewerZone, words } from '../model/format';
import { does } from '../model/agenda';
import { draftOf, examples, isAsked, needsStrategy, taskBody, tasks, whenBody, type Draft, type When } from '../model/scheduleDraft';

const pause = 400;

type Look = { readonly preview: SchedulePreview } | { readonly problem: string } | null;

/** Makes a schedule, or changes when one is due, with its next occurrences as they are typed. */
export function ScheduleEditor(props: { schedule: Schedule | null; overview: Overview; changed: () => void; close: () => void }) {
  const { schedule, overview } = props;
  const box = useRef<HTMLDialogElement>(null);
  const [draft, setDraft] = useState<Draft>(() => draftOf(schedule));
  const [problem, setProblem] = useState<string | null>(null);
  const [saving, setSaving] = useState(false);
  const look = useLook(draft, schedule);

  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      box.current?.close();
      (before as HTMLElement | null)?.focus();
    };
  }, []);

  const set = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const save = async (): Promise<void> => {
    setSaving(true);
    setProblem(null);
    try {
      await (schedule === null
        ? ask('schedules', { method: 'POST', body: { id: draft.id.trim(), ...taskBody(draft), ...whenBody(draft) } })
        : ask(`schedules/${encodeURIComponent(schedule.id)}`, { method: 'PATCH', body: whenBody(draft), version: schedule.etag }));
      props.changed();
      props.close();
    } catch (failure) {
      setProblem(
        (failure as Error).message +
          (failure instanceof NoAnswer
            ? ' It may have been saved: look at the list. Saving again does no harm, since an id exists once.'
            : ''),
      );
      setSaving(false);
      props.changed();
    }
  };
  return (
    <dialog ref={box} aria-labelledby="editor-title" onClose={props.close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <h2 id="editor-title">{schedule === null ? 'New schedule' : `When ${schedule.id} is due`}</h2>
        {schedule === null ? <Task draft={draft} overview={overview} set={set} /> : <p>It {does(schedule)}.</p>}
        <label>
          When
          <select value={draft.when} onChange={(event) => set({ when: event.currentTarget.value as When })}>
            <option value="market">every session, at a distance from open or close</option>
            <option value="schedule_cron">by a cron expression</option>
            <option value="schedule_at">once</option>
          </select>
        </label>
        <label>
          Rule
          <input
            value={draft.rule}
            required
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => set({ rule: event.currentTarget.value })}
          />
          <span class="quiet">For example: {examples[draft.when]}</span>
        </label>
        {draft.when === 'market' ? null : (
          <>
            <label>
              Time zone of the rule
              <input value={draft.zone} required list="zones" onInput={(event) => set({ zone: event.currentTarget.value })} />
              <datalist id="zones">
                <option value={newYork} />
                <option value={viewerZone} />
              </datalist>
            </label>
            <label class="check">
              <input
                type="checkbox"
                checked={draft.tradingDaysOnly}
                onChange={(event) => set({ tradingDaysOnly: event.currentTarget.checked })}
              />{' '}
              Trading days only
            </label>
          </>
        )}
        <div role="status" class="look">
          <Ahead look={look} />
        </div>
        <div role="alert">{problem === null ? null : <p class="told bad">✕ {problem}</p>}</div>
        <p class="buttons">
          <button type="submit" disabled={saving || !isAsked(draft) || (look !== null && 'problem' in look)}>
            {saving ? 'Saving…' : 'Save'}
          </button>
          <button type="button" onClick={props.close}>
            Do nothing
          </button>
        </p>
      </form>
    </dialog>
  );
}

function Task(props: { draft: Draft; overview: Overview; set: (part: Partial<Draft>) => void }) {
  const { draft, set } = props;
  return (
    <>
      <label>
        Name (letters, digits, - and _)
        <input
          value={draft.id}
          required
          maxLength={64}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => set({ id: event.currentTarget.value })}
        />
      </label>
      <label>
        What it does
        <select value={draft.task} onChange={(event) => set({ task: event.currentTarget.value })}>
          {tasks.map((task) => (
            <option key={task} value={task}>
              {words(task)}
            </option>
          ))}
        </select>
      </label>
      {needsStrategy(draft.task) || draft.task === 'orders_cancel' ? (
        <label>
          Strategy
          <select
            value={draft.strategy}
            required={needsStrategy(draft.task)}
            onChange={(event) => set({ strategy: event.currentTarget.value })}
          >
            <option value="">{needsStrategy(draft.task) ? 'choose one' : 'all'}</option>
            {props.overview.strategies.map((strategy) => (
              <option key={strategy.id} value={strategy.id}>
                {strategy.id} ({strategy.symbol})
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {draft.task === 'notify' ? (
        <label>
          Message (none: the daily summary)
          <input value={draft.message} maxLength={500} onInput={(event) => set({ message: event.currentTarget.value })} />
        </label>
      ) : null}
    </>
  );
}

function Ahead(props: { look: Look }) {
  const { look } = props;
  if (look === null) {
    return <p class="quiet">Its next occurrences appear here.</p>;
  }
  if ('problem' in look) {
    return <p class="told bad">✕ {look.problem}</p>;
  }
  const { occurrences, left_out: leftOut, reason, ends } = look.preview;
  const said = (zone: string, at: string): string => `${dayIn(zone, new Date(at))} ${timeIn(zone, new Date(at))}`;
  return (
    <>
      <p>{occurrences.length === 0 ? (reason ?? 'It is never due.') : 'It would be due:'}</p>
      <ul class="effects">
        {occurrences.map((occurrence) => (
          <li key={occurrence.at}>
            {said(viewerZone, occurrence.at)}
            {said(viewerZone, occurrence.at) === said(newYork, occurrence.at) ? '' : ` (${said(newYork, occurrence.at)} NY)`}
            {occurrence.remark === null ? '' : ` · ${occurrence.remark}`}
          </li>
        ))}
      </ul>
      {leftOut.length === 0 ? null : <p class="quiet">Left out: {leftOut.map((day) => `${day.day} (${day.reason})`).join(', ')}</p>}
      {ends && occurrences.length > 0 ? <p class="quiet">Then never again.</p> : null}
    </>
  );
}

/** Asks the app, a moment after the last key, when the draft would be due. */
function useLook(draft: Draft, schedule: Schedule | null): Look {
  const [look, setLook] = useState<Look>(null);
  useEffect(() => {
    if (!isAsked(draft)) {
      setLook(null);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      const body = { ...whenBody(draft), ...(schedule === null ? taskBody(draft) : {}), count: 5 };
      ask<SchedulePreview>('schedules/preview', { method: 'POST', body }).then(
        (answer) => current && answer.body !== null && setLook({ preview: answer.body }),
        (failure: unknown) => current && setLook({ problem: (failure as Error).message }),
      );
    }, pause);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [draft]);
  return look;
}
