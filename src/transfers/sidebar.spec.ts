import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { copies } from './config';
import { TransfersSidebar } from './sidebar';

function setUp(load: () => Promise<Widget> = async () => new Widget()) {
  const loads = jest.fn(load);
  const sidebar = new TransfersSidebar({
    trans: nullTranslator.load('x'),
    locale: 'en',
    load: loads
  });
  return { sidebar, loads };
}

it('loads its content when it is first shown', async () => {
  const { sidebar, loads } = setUp();
  let shown = 0;
  sidebar.shown.connect(() => shown++);
  sidebar.hide();
  Widget.attach(sidebar, document.body);
  expect([loads.mock.calls.length, shown]).toEqual([0, 0]);
  sidebar.show();
  const content = await sidebar.ready;
  expect(sidebar.widgets).toEqual([content]);
  sidebar.hide();
  sidebar.show();
  expect([loads.mock.calls.length, shown]).toEqual([1, 2]);
  sidebar.dispose();
});

it('tries again when its code could not be loaded', async () => {
  const error = jest
    .spyOn(console, 'error')
    .mockImplementation(() => undefined);
  let first = true;
  const { sidebar, loads } = setUp(async () => {
    if (first) {
      first = false;
      throw new Error('no network');
    }
    return new Widget();
  });
  Widget.attach(sidebar, document.body);
  await new Promise(resolve => setTimeout(resolve));
  sidebar.hide();
  sidebar.show();
  await sidebar.ready;
  expect([loads.mock.calls.length, error.mock.calls.length]).toEqual([2, 1]);
  error.mockRestore();
  sidebar.dispose();
});

it('wears the number of active transfers, beside what others put there', () => {
  const { sidebar } = setUp();
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
