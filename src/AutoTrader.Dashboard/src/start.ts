import { askEarly } from './api/early';

// The data does not wait for the page that shows it: this file is small, and the page is loaded beside it.
askEarly();
void import('./main');
