import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { copies } from './config';
import { TransfersSidebar } from './sidebar';

it('wears the number of active transfers, beside what others put there', () => {
  const sidebar = new TransfersSidebar({
    trans: nullTranslator.load('x'),
    locale: 'en',
    load: async () => new Widget()
  });
  sidebar.title.dataset = { id: 'x' };
  sidebar.active = 3;
  expect([sidebar.title.dataset, sidebar.title.caption]).toEqual([
    { id: 'x', 'mast-active': '3' },
    'Transfers, 3 active'
  ]);
  sidebar.active = 0;
  expect([sidebar.title.dataset, sidebar.title.caption]).toEqual([
    { id: 'x' },
    'Transfers'
  ]);
});

it.each([
  ['', false],
  ['{', false],
  ['null', false],
  ['{"relay":true}', false],
  ['{"transfers":"yes"}', false],
  ['{"transfers":true}', true]
])('the page setting %s says whether the server copies', (option, on) => {
  expect(copies(option)).toBe(on);
});
