import { Clipboard, Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { describeKey, httpsUrl, mastUri, s3Uri } from '../missions';
import type { IArchiveInfo, IObjectProperties } from '../tokens';
import { formatBytes, formatNumber } from '../ui/format';
import { baseName } from './rows';

/**
 * What is known of an object, as pairs of a name and a value.
 */
export function describeProperties(
  info: IArchiveInfo,
  head: IObjectProperties,
  trans: TranslationBundle
): [string, string][] {
  const { key } = head;
  const checksums = Object.entries(head.checksums).map(
    ([algorithm, value]): [string, string] => [
      head.checksumType === 'COMPOSITE'
        ? trans.__('Checksum (%1, of parts)', algorithm)
        : trans.__('Checksum (%1)', algorithm),
      value
    ]
  );
  const pairs: [string, string | null][] = [
    [trans.__('Product'), describeKey(key).fullLabel],
    [
      trans.__('Size'),
      `${formatBytes(head.size)} (${trans.__('%1 bytes', formatNumber(head.size))})`
    ],
    [trans.__('Modified'), head.lastModified?.toISOString() ?? null],
    [trans.__('Key'), key],
    [trans.__('S3 URI'), s3Uri(info.bucket, key)],
    [trans.__('HTTPS address'), httpsUrl(info.bucket, key, info)],
    [trans.__('MAST URI'), mastUri(key)],
    [trans.__('ETag'), head.etag],
    ...(checksums.length > 0
      ? checksums
      : ([
          [trans.__('Checksum'), trans.__('the archive has none for this file')]
        ] as [string, string][])),
    [trans.__('Version'), head.versionId],
    [trans.__('Storage class'), head.storageClass ?? 'STANDARD'],
    [trans.__('Content type'), head.contentType],
    ...Object.entries(head.metadata).map(([name, value]): [string, string] => [
      `x-amz-meta-${name}`,
      value
    ])
  ];
  return pairs.filter((pair): pair is [string, string] => Boolean(pair[1]));
}

/** Show what is known of an object. */
export async function showProperties(
  info: IArchiveInfo,
  head: IObjectProperties,
  trans: TranslationBundle
): Promise<void> {
  const pairs = describeProperties(info, head, trans);
  const table = document.createElement('dl');
  table.className = 'mast-Properties';
  for (const [name, value] of pairs) {
    const term = document.createElement('dt');
    term.textContent = name;
    const text = document.createElement('dd');
    text.textContent = value;
    table.append(term, text);
  }
  const answer = await showDialog({
    title: baseName(head.key) || head.key,
    body: new Widget({ node: table }),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Copy all'), actions: ['copy'] }),
      Dialog.okButton({ label: trans.__('Close') })
    ]
  });
  if (answer.button.actions.includes('copy')) {
    Clipboard.copyToSystem(pairs.map(pair => pair.join('\t')).join('\n'));
  }
}
