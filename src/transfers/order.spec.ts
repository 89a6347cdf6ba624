import { hasEnded, inOrder, isBusy, sectionOf } from './order';
import { transferOf, waitingFor } from './testing';
import type { ITransfer, TransferState } from './types';

const waitFor = (reason: 'network' | 'space' | 'quota') =>
  transferOf({
    state: 'waiting',
    waiting: waitingFor(reason)
  });

it.each<[string, ITransfer, string]>([
  ['running', transferOf(), 'active'],
  ['paused', transferOf({ state: 'paused' }), 'active'],
  ['counting', transferOf({ state: 'planning' }), 'active'],
  [
    'counting, and asks for a word then',
    transferOf({
      state: 'planning',
      confirm: true,
      plan: { complete: false }
    }),
    'active'
  ],
  ['waiting for the network', waitFor('network'), 'active'],
  ['waiting for space', waitFor('space'), 'needs-you'],
  ['over quota', waitFor('quota'), 'needs-you'],
  ['planned', transferOf({ state: 'planning', confirm: true }), 'needs-you'],
  ['failed', transferOf({ state: 'failed' }), 'needs-you'],
  ['done in part', transferOf({ state: 'done-with-failures' }), 'needs-you'],
  ['undone', transferOf({ state: 'done-with-failures', undone: true }), 'done'],
  ['done', transferOf({ state: 'done' }), 'done'],
  ['cancelled', transferOf({ state: 'cancelled' }), 'done']
])('one that is %s stands where it belongs', (_, transfer, section) => {
  expect(sectionOf(transfer)).toBe(section);
});

it('a plan that waits for a person keeps nobody busy', () => {
  const planned = { state: 'planning', confirm: true } as const;
  expect(isBusy(transferOf({ state: 'planning' }))).toBe(true);
  expect(isBusy(transferOf(planned))).toBe(false);
  const plan = { complete: false };
  expect(isBusy(transferOf({ ...planned, plan }))).toBe(true);
  expect(
    isBusy(transferOf({ ...planned, plan: { ...plan, error: 'No.' } }))
  ).toBe(false);
});

it('has four ends', () => {
  const states: TransferState[] = [
    'planning',
    'queued',
    'running',
    'paused',
    'waiting',
    'done',
    'done-with-failures',
    'failed',
    'cancelled'
  ];
  expect(states.filter(state => hasEnded(transferOf({ state })))).toEqual(
    states.slice(5)
  );
});

it('active ones stand as they were created, ended ones the latest first', () => {
  const list = [
    transferOf({ id: 'd1', state: 'done', created: 1, ended: 5 }),
    transferOf({ id: 'd2', state: 'done', created: 2, ended: 9 }),
    transferOf({ id: 'n1', state: 'failed', created: 3 }),
    transferOf({ id: 'n2', state: 'failed', created: 4 }),
    transferOf({ id: 'a2', created: 6 }),
    transferOf({ id: 'a1', state: 'paused', created: 5 })
  ];
  expect(inOrder(list).map(one => one.id)).toEqual([
    'a1',
    'a2',
    'n2',
    'n1',
    'd2',
    'd1'
  ]);
  // Progress moves none of them.
  expect(
    inOrder(
      [...list].reverse().map(one => ({ ...one, bytes: { total: 9, done: 1 } }))
    ).map(one => one.id)
  ).toEqual(inOrder(list).map(one => one.id));
});
