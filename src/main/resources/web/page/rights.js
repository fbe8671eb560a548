/* The key or token somebody has shown to this page: kept for this tab, until it is closed. */

import { byId } from './text.js';

const NAME = 'carillon-page-token';

export const token = () => sessionStorage.getItem(NAME) ?? undefined;

export const authorization = () => (token() ? { Authorization: 'Bearer ' + token() } : {});

/** Asks for a token when the hub has refused for want of a good one. */
export function ask(problem) {
  const isAsked = problem?.status === 401 || problem?.status === 403;
  byId('token-form').hidden = !isAsked;
  byId('token-why').textContent = problem?.detail ?? '';
}

/** Calls `onShown` when somebody has shown a token. */
export function start(onShown) {
  byId('token-form').addEventListener('submit', (submit) => {
    submit.preventDefault();
    sessionStorage.setItem(NAME, byId('token').value.trim());
    byId('token').value = '';
    onShown();
  });
}
