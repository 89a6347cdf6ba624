import { nullTranslator } from '@jupyterlab/translation';
import type { IChoice } from '../tokens';
import { Ghost } from './ghost';
import { archiveObject } from './testing';

const FITS = archiveObject('hst/public/ibg7/ibg705080/ibg705080_drz.fits');
const JPG = archiveObject('hst/public/ibg7/ibg705080/ibg705080_drz.jpg', 500);
const FOLDER = 'hst/public/ibg7/';

let ghost: Ghost;
afterEach(() => {
  ghost.dispose();
  document.body.replaceChildren();
});

function setUp(chosen: Partial<IChoice>) {
  ghost = new Ghost(
    { objects: [], folders: [], ...chosen },
    nullTranslator.load('x'),
    'en'
  );
  const part = (selector: string) => ghost.node.querySelector(selector);
  return {
    title: () => part('b')?.textContent,
    verb: () => part('.mast-Ghost-verb')?.textContent,
    icon: () => part('svg')?.getAttribute('data-icon')
  };
}

/** Drag over a place which takes what is dragged, or does not. */
async function over(className: string, takes: boolean) {
  const place = document.createElement('div');
  place.className = className;
  const inside = document.createElement('span');
  place.append(inside);
  document.body.append(place);
  const event = Object.assign(
    new MouseEvent('lm-dragover', { bubbles: true, cancelable: true }),
    { dropAction: 'none' }
  );
  place.addEventListener('lm-dragover', () => {
    if (takes) {
      event.preventDefault();
      event.dropAction = 'copy';
    }
  });
  inside.dispatchEvent(event);
  await Promise.resolve();
}

describe('what is dragged', () => {
  it.each([
    [
      { objects: [FITS] },
      'ibg705080_drz.fits, 1.0 MB',
      'jupyterlab-mast:fits-image'
    ],
    [{ objects: [JPG, FITS] }, '2 files, 1.0 MB', 'ui-components:image'],
    [{ folders: [FOLDER] }, 'ibg7', 'ui-components:folder'],
    [
      { folders: [FOLDER, 'hst/'], objects: [FITS] },
      '2 folders, 1 file, 1.0 MB',
      'ui-components:folder'
    ]
  ])('is named, with its bytes and its icon', (chosen, title, icon) => {
    const shown = setUp(chosen);
    expect(shown.title()).toBe(title);
    expect(shown.icon()).toBe(icon);
  });
});

describe('what a drop would do', () => {
  it('is said at each place', async () => {
    const { verb, icon } = setUp({ objects: [FITS] });
    await over('jp-Notebook', true);
    expect(verb()).toBe('Insert code as a new cell');
    await over('jp-Editor', true);
    expect(verb()).toBe('Insert the URI');
    await over('of somebody else', true);
    expect(verb()).toBe('Drop here');
    expect(icon()).toBe('jupyterlab-mast:fits-image');
  });

  it('is an insertion of URIs where there are several', async () => {
    const { verb } = setUp({ objects: [FITS, JPG], folders: [FOLDER] });
    await over('jp-Editor', true);
    expect(verb()).toBe('Insert the 3 URIs');
  });

  it('is an insertion of URIs in a notebook, too, where there are no files', async () => {
    const { verb } = setUp({ folders: [FOLDER] });
    await over('jp-Notebook jp-Editor', true);
    expect(verb()).toBe('Insert the URI');
  });

  it('is nothing where nothing takes it, with another icon', async () => {
    const { verb, icon } = setUp({ objects: [FITS] });
    await over('jp-Editor', false);
    expect(verb()).toBe('Nothing can be dropped here');
    expect(icon()).toBe('jupyterlab-mast:error');
    await over('jp-Editor', true);
    expect(icon()).toBe('jupyterlab-mast:fits-image');
  });

  it('is what the place says, until the pointer has left it', async () => {
    const { verb } = setUp({ objects: [FITS] });
    ghost.say('Copy to hst');
    await over('', true);
    expect(verb()).toBe('Copy to hst');
    ghost.say(null);
    await over('jp-Notebook', true);
    expect(verb()).toBe('Insert code as a new cell');
  });

  it('is not looked at any more after the drag', async () => {
    const { verb } = setUp({ objects: [FITS] });
    ghost.dispose();
    await over('jp-Notebook', true);
    expect(verb()).toBe('');
  });
});
