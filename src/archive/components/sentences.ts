import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { fileIcon, folderIcon, lockIcon } from '@jupyterlab/ui-components';
import { cloudOffIcon, warningIcon } from '../../ui/panelicons';
import type { ArchiveError } from '../errors';
import type { SortBy } from '../rows';

/**
 * An error in words: what happened, and what it means.
 */
export interface IErrorText {
  readonly icon: LabIcon;
  readonly title: string;
  readonly text: string;
}

/**
 * Where an error happened, for its sentence.
 */
export interface IErrorContext {
  /** The archive's title. */
  readonly archive?: string;
  /** Bucket and region. */
  readonly where?: string;
  readonly signed?: boolean;
  /** Milliseconds without an answer. */
  readonly waited?: number;
}

/** The sentence for an error of the archive. */
export function errorText(
  error: ArchiveError,
  trans: TranslationBundle,
  context: IErrorContext = {}
): IErrorText {
  const { target: asked = '' } = error.details;
  const target = asked === '' ? '/' : asked;
  const archive = context.archive ?? trans.__('The archive');
  switch (error.kind) {
    case 'network':
      return {
        icon: cloudOffIcon,
        title: trans.__('%1 cannot be reached', archive),
        text: [
          Private.silence(context, trans),
          error.details.direct
            ? trans.__(
                'This page asks it without the Jupyter server, which the archive must allow this site by CORS.'
              )
            : '',
          trans.__(
            'Your files are not affected; running transfers wait, and go on by themselves.'
          )
        ]
          .filter(sentence => sentence !== '')
          .join(' ')
      };
    case 'server-away':
      return {
        icon: cloudOffIcon,
        title: trans.__('The Jupyter server does not answer'),
        text: trans.__(
          'The archive is read through your Jupyter server. Check that it is running.'
        )
      };
    case 'signed-out':
      return {
        icon: lockIcon,
        title: trans.__('Your Jupyter server has signed you out'),
        text: trans.__('Reload the page and sign in again.')
      };
    case 'forbidden':
      return {
        icon: lockIcon,
        title: trans.__('You may not list this folder'),
        text:
          error.details.status === undefined
            ? error.message
            : context.signed
              ? trans.__(
                  'The archive answered %1 for %2. This server reads it with its own credentials.',
                  error.details.status,
                  target
                )
              : trans.__(
                  'The archive answered %1 for %2. This server reads it without signing in.',
                  error.details.status,
                  target
                )
      };
    case 'refused':
      return {
        icon: lockIcon,
        title: trans.__(
          'The request was refused (%1)',
          error.details.status ?? 403
        ),
        text: trans.__(
          '%1 answered, but neither as S3 nor as the Jupyter server does: a proxy or a firewall on the way may have refused the request. Whoever runs it can tell more from the details.',
          error.details.host ?? archive
        )
      };
    case 'not-found':
      return {
        icon: folderIcon,
        title: trans.__('This is not in the archive'),
        text: trans.__('%1 was not found.', target)
      };
    case 'throttled':
      return {
        icon: warningIcon,
        title: trans.__('The archive asks us to slow down.'),
        text: ''
      };
    case 'changed':
      return {
        icon: warningIcon,
        title: trans.__('This file was replaced in the archive'),
        text: trans.__('%1 is another version now. Reload the folder.', target)
      };
    case 'malformed':
      return {
        icon: warningIcon,
        title: trans.__('The answer is not a list of files'),
        text: trans.__(
          'What answers for %1 is not S3, or something on the way changed the answer.',
          context.where ?? target
        )
      };
    case 'too-large':
      return {
        icon: fileIcon,
        title: trans.__('Too large to open here'),
        text: error.message
      };
    default:
      return {
        icon: warningIcon,
        title:
          error.details.status === undefined
            ? trans.__('The archive could not be read')
            : trans.__(
                'The archive answered with an error (%1)',
                error.details.status
              ),
        text: trans.__('%1: %2', target, error.message)
      };
  }
}

/** What an order of a folder needs that is not loaded to its end. */
export function sortText(
  sortBy: SortBy,
  loaded: string,
  trans: TranslationBundle
): string {
  switch (sortBy) {
    case 'size':
      return trans.__(
        'Sorting by size loads all of this folder first, more than %1 entries.',
        loaded
      );
    case 'date':
      return trans.__(
        'Sorting by date loads all of this folder first, more than %1 entries.',
        loaded
      );
    case 'name':
      return trans.__(
        'Sorting by name downwards loads all of this folder first, more than %1 entries.',
        loaded
      );
  }
}

namespace Private {
  /** From where no answer came, and for how long where that is worth a word. */
  export function silence(
    context: IErrorContext,
    trans: TranslationBundle
  ): string {
    const where = context.where ?? trans.__('the archive');
    const seconds = Math.round((context.waited ?? 0) / 1000);
    return seconds < 1
      ? trans.__('No answer from %1.', where)
      : trans.__('No answer from %1 for %2 s.', where, seconds);
  }
}
