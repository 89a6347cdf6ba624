import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
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
    trans: nullTranslator.load('jupyterlab_mast'),
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

describe('whose code could not be loaded', () => {
  let error: jest.SpyInstance;
  beforeEach(() => {
    error = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => error.mockRestore());

  /** A panel whose first load has failed. */
  async function failed() {
    let first = true;
    const it = setUp(async () => {
      if (first) {
        first = false;
        throw new Error('Loading chunk 7 failed.');
      }
      return new Widget();
    });
    const reason = it.panel.ready.catch((why: unknown) => why);
    Widget.attach(it.panel, document.body);
    return { ...it, reason: await reason };
  }

  it('says so, and tells who waits for it', async () => {
    const { panel, reason } = await failed();
    expect(reason).toEqual(new Error('Loading chunk 7 failed.'));
    expect(panel.node.textContent).toContain(
      'This could not be loaded: Loading chunk 7 failed. Check the connection to the Jupyter server.'
    );
    expect(error.mock.calls).toEqual([['jupyterlab-mast:', reason]]);
    panel.dispose();
  });

  const tries: [string, (panel: LazyPanel) => void][] = [
    [
      'its button is clicked',
      panel => panel.node.querySelector('button')?.click()
    ],
    [
      'it is shown again',
      panel => {
        panel.hide();
        panel.show();
      }
    ],
    [
      'it is activated while it is in sight',
      panel => MessageLoop.sendMessage(panel, Widget.Msg.ActivateRequest)
    ]
  ];
  it.each(tries)('tries again when %s', async (_, act) => {
    const { panel, loads } = await failed();
    act(panel);
    const content = await panel.ready;
    expect(panel.widgets).toEqual([content]);
    expect(panel.node.textContent).toBe('');
    expect([loads.mock.calls.length, error.mock.calls.length]).toEqual([2, 1]);
    panel.dispose();
  });
});
