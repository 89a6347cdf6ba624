import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render } from '@testing-library/react';
import * as React from 'react';
import { FolderTree } from '../targets';
import { contentsOf } from '../testingserver';
import { FolderPicker } from './FolderPicker';

it('a letter that is typed while the last one is looked at stays', () => {
  const chosen: string[] = [];
  const tree = new FolderTree(contentsOf(['hst']) as never, [], 'Home');
  const picker = (path: string) => (
    <FolderPicker
      tree={tree}
      place={{ root: 'home', path }}
      trans={nullTranslator.load('x')}
      labelledBy="x"
      choose={place => chosen.push(place.path)}
    />
  );
  const { getByRole, rerender } = render(picker(''));
  const box = getByRole('textbox') as unknown as HTMLInputElement;
  act(() => box.focus());
  for (const value of ['im', 'ima']) {
    fireEvent.change(box, { target: { value } });
  }
  rerender(picker('im'));
  expect(box.value).toBe('ima');
  rerender(picker('ima'));
  expect([box.value, chosen]).toEqual(['ima', ['im', 'ima']]);

  // What is chosen in the tree stands in the box.
  act(() => box.blur());
  rerender(picker('hst'));
  expect(box.value).toBe('hst');
});
