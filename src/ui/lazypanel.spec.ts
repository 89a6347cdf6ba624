import { Widget } from '@lumino/widgets';
import { archiveIcon } from './icons';
import { LazyPanel } from './lazypanel';

function setUp(load: () => Promise<Widget> = async () => new Widget()) {
  const loads = jest.fn(load);
  const panel = new LazyPanel({
    id: 'some-panel',
    kind: 'mast-Some',
    icon: archiveIcon,
    label: 'Some',
    load: loads
  });
  return { panel, loads };
}

it('is a named region of its kind before it is loaded', () => {
  const { panel } = setUp();
  expect([panel.id, panel.title.caption, panel.title.icon]).toEqual([
    'some-panel',
    'Some',
    archiveIcon
  ]);
  expect([...panel.node.classList]).toEqual(
    expect.arrayContaining(['mast-Panel', 'mast-Some'])
  );
  expect(panel.node.getAttribute('role')).toBe('region');
  expect(panel.node.getAttribute('aria-label')).toBe('Some');
});

it('loads its content once, when it is first shown', async () => {
  const { panel, loads } = setUp();
  let shown = 0;
  panel.shown.connect(() => shown++);
  panel.hide();
  Widget.attach(panel, document.body);
  expect([loads.mock.calls.length, shown]).toEqual([0, 0]);
  panel.show();
  const content = await panel.ready;
  expect(panel.widgets).toEqual([content]);
  panel.hide();
  panel.show();
  expect([loads.mock.calls.length, shown]).toEqual([1, 2]);
  panel.dispose();
});

it('tries again when its code could not be loaded', async () => {
  const error = jest
    .spyOn(console, 'error')
    .mockImplementation(() => undefined);
  let first = true;
  const { panel, loads } = setUp(async () => {
    if (first) {
      first = false;
      throw new Error('no network');
    }
    return new Widget();
  });
  Widget.attach(panel, document.body);
  await new Promise(resolve => setTimeout(resolve));
  panel.hide();
  panel.show();
  await panel.ready;
  expect([loads.mock.calls.length, error.mock.calls.length]).toEqual([2, 1]);
  expect(error.mock.calls[0][0]).toContain('some-panel');
  error.mockRestore();
  panel.dispose();
});
