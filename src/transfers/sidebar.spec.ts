import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
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
