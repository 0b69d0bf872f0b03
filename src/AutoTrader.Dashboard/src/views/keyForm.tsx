import { useState } from 'preact/hooks';
import { functionKey } from '../api/client';

/** Asks for the function key. It stays in this tab, and is never part of an address. */
export function KeyForm(props: { given: () => void }) {
  const [key, setKey] = useState('');
  const wasWrong = functionKey.get() !== null;
  return (
    <main class="key">
      <h1>AutoTrader</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          functionKey.set(key.trim());
          props.given();
        }}
      >
        <p role="alert">{wasWrong ? '✕ The app does not take this key.' : ''}</p>
        <label>
          Function key
          <input
            type="password"
            autocomplete="current-password"
            value={key}
            required
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <p class="quiet">A host key of the function app, by any name. It is kept until this tab is closed.</p>
        <button type="submit" disabled={key.trim() === ''}>
          Open
        </button>
      </form>
    </main>
  );
}
