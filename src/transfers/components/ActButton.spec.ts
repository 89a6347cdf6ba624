import { nullTranslator } from '@jupyterlab/translation';
import { Sentences } from '../sentences';
import { transferOf } from '../testing';
import { actLabel } from './ActButton';

const say = new Sentences(nullTranslator.load('x'), 'en');

it.each([
  [0, 1, 'Retry', 'Undo: remove the 1 copied file'],
  [1234, 56_789, 'Retry 1,234 failed', 'Undo: remove the 56,789 copied files']
])('of %d and %d files', (failed, copied, retry, undo) => {
  const transfer = transferOf({ files: { failed, copied } });
  expect(actLabel('retry', transfer, say)).toBe(retry);
  expect(actLabel('undo', transfer, say)).toBe(undo);
});
