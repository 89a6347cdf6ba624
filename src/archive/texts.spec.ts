import { nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from './ids';
import type { ITemplate } from './snippets';
import { archiveInfo } from './testing';
import { codeFor, textOf, type IChosen } from './texts';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const trans = nullTranslator.load('x');
const templates: ITemplate[] = [
  {
    id: 'fits',
    title: 'F',
    kinds: ['image'],
    extensions: [],
    one: 'f({{uri}})'
  },
  { id: 'any', title: 'A', kinds: [], extensions: ['.txt'], one: 'a({{uri}})' }
];

function chosen(names: string[], folders: string[] = []): IChosen {
  return {
    info: archiveInfo(),
    folders,
    objects: names.map(name => ({
      key: FOLDER + name,
      size: 1,
      etag: '',
      lastModified: null,
      storageClass: null
    }))
  };
}

const copied = (command: string, it: IChosen) =>
  textOf(command, it, templates, trans);

describe('what is copied', () => {
  const two = chosen(['ibg705081_drz.fits', 'a b.txt']);

  it.each([
    [
      CommandIDs.copyS3Uri,
      `s3://stpubdata/${FOLDER}ibg705081_drz.fits\ns3://stpubdata/${FOLDER}a b.txt`
    ],
    [
      CommandIDs.copyHttpsUrl,
      `https://stpubdata.s3.us-east-1.amazonaws.com/${FOLDER}ibg705081_drz.fits\n` +
        `https://stpubdata.s3.us-east-1.amazonaws.com/${FOLDER}a%20b.txt`
    ],
    [CommandIDs.copyFileName, 'ibg705081_drz.fits\na b.txt'],
    [
      CommandIDs.copyPythonString,
      `[\n    "s3://stpubdata/${FOLDER}ibg705081_drz.fits",\n    "s3://stpubdata/${FOLDER}a b.txt",\n]`
    ]
  ])('by %s has a line for each file', (command, text) => {
    expect(copied(command, two)).toBe(text);
  });

  it('of one file as a Python string is no list', () => {
    expect(copied(CommandIDs.copyPythonString, chosen(['a.txt']))).toBe(
      `"s3://stpubdata/${FOLDER}a.txt"`
    );
  });

  it('of folders is their address, before that of files', () => {
    const both = chosen(['a.txt'], [FOLDER]);
    expect(copied(CommandIDs.copyS3Uri, both)).toBe(
      `s3://stpubdata/${FOLDER}\ns3://stpubdata/${FOLDER}a.txt`
    );
    expect(copied(CommandIDs.copyHttpsUrl, chosen([], [FOLDER]))).toBe(
      `https://stpubdata.s3.us-east-1.amazonaws.com/${FOLDER}`
    );
  });

  it('as MAST URI says which file has none', () => {
    expect(copied(CommandIDs.copyMastUri, chosen(['ibg705081_drz.fits']))).toBe(
      'mast:HST/product/ibg705081_drz.fits'
    );
    const { info, folders, objects } = two;
    const other = { ...objects[0], key: 'other/a.txt' };
    const all = { info, folders, objects: [...objects, other] };
    expect(() => copied(CommandIDs.copyMastUri, all)).toThrow(
      'There is no MAST URI for other/a.txt.'
    );
  });

  it('as code is by the first template that reads all, or a sentence', () => {
    expect(copied(CommandIDs.copyPython, chosen(['a.txt']))).toContain('a("s3');
    expect(() => copied(CommandIDs.copyPython, two)).toThrow(
      'No code template'
    );
  });
});

it('code is by the template that is named, where it reads the files', () => {
  const file = chosen(['ibg705081_drz.fits']);
  expect(codeFor(file, templates)).toContain('f("s3');
  expect(codeFor(file, templates, 'fits')).toContain('f("s3');
  expect(codeFor(file, templates, 'any')).toBeNull();
});
